"""Claims on the tails that the proofs use, and on the sums that they bound (Lemmas 1 and 2)."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

import mpmath

from theory import residual_scaling as forms
from theory.domains import Integers, Reals
from verify.claims.residual_scaling import experiments_probability as drawn
from verify.claims.residual_scaling.experiments_probability import networks, speaking
from verify.claims.terms import Parameters, rounding
from verify.model import Claim, Value
from verify.relations import Agree, AlwaysAtLeast, AlwaysAtMost, AtMost


def certain(values: Parameters) -> float:
    """The largest value of what is 1 or 0."""
    return 1.0


# Independent derivations ----------------------------------------------------------------------


def normal_density(x: Any) -> Any:
    """The density of a standard normal variable."""
    return mpmath.exp(-(x**2) / 2) / mpmath.sqrt(2 * mpmath.pi)


def beyond(x: Any) -> Any:
    """The probability that a standard normal variable exceeds x, by quadrature.

    In units of the density at x, of which far out it is a small share.
    """
    if x < 0:
        return 1 - beyond(-x)
    ends = [k / (1 + x) for k in range(0, 124, 4)]
    return normal_density(x) * mpmath.quad(lambda t: mpmath.exp(-x * t - t**2 / 2), ends)


def chi_square_beyond(degrees: int, square: Any) -> Any:
    """The probability that a chi-square of so many degrees is a square or more: a finite sum.

    Two degrees more add z^a e^-z/Gamma(a + 1), z and a half of the square and of the degrees.
    """
    z = square / 2
    first, total = (1, mpmath.exp(-z)) if degrees % 2 == 0 else (0.5, mpmath.erfc(mpmath.sqrt(z)))
    steps = round(degrees / 2 - first)
    added = (
        mpmath.exp((first + k) * mpmath.log(z) - z) / mpmath.gamma(first + k + 1)
        for k in range(steps)
    )
    return total + mpmath.fsum(added)


def chi_square_tail(values: Parameters) -> Any:
    """The tail of a chi-square where Laurent and Massart bound it."""
    m, x = values["width"], mpmath.mpf(values["deviation"])
    return chi_square_beyond(m, m + 2 * mpmath.sqrt(m * x) + 2 * x)


def cross_term_tail(values: Parameters) -> Any:
    """The tail of a normal sum of variance 4 kappa^2/m."""
    kappa, half = mpmath.mpf(values["kappa"]), mpmath.mpf(values["threshold"]) / 2
    return beyond(half * mpmath.sqrt(values["width"]) / (2 * kappa))


def square_term_tail(values: Parameters) -> Any:
    """The tail of tau^2/m times a chi-square of m L degrees."""
    m, tau, half = values["width"], mpmath.mpf(values["tau"]), mpmath.mpf(values["threshold"]) / 2
    return chi_square_beyond(m * values["depth"], half * m / tau**2)


def generating_function(values: Parameters) -> Any:
    """E exp(x X/(2 m)) of a chi-square X of 2 m degrees, half of which has a Gamma law."""
    m, x = values["width"], mpmath.mpf(values["deviation"])
    decay = 1 - x / m

    def density(g: Any) -> Any:
        return mpmath.exp(-g * decay) * g ** (m - 1) / mpmath.gamma(m)

    return mpmath.quad(density, [k / decay for k in (0, 1, 3, 8, 20, 50, 120, 300)])


# Lemma 1, and Laurent and Massart ------------------------------------------------------------

one_layer = networks(
    "one residual layer",
    drawn.standard_events,
    over={"width": Integers(1, 64), "deviation": Reals(0.7, 1.1)},
    setting={"start": "dense", "depth": 2, "tau": 0.25},
)

tails = Claim(
    "zhang2022/tails",
    "Tails of a normal variable and of a chi-square (Lemma 1; Laurent and Massart in Appendix "
    "C.1): every bound holds, and the exact laws say how loose each is.",
    says=(
        AtMost("normal beyond", forms.gaussian_tail_printed, largest=certain),
        Agree(
            "normal beyond",
            forms.gaussian_tail,
            witness=lambda values: 2 * beyond(mpmath.mpf(values["deviation"])),
        ),
        AtMost("normal within", forms.gaussian_small_ball_printed, largest=certain),
        Agree(
            "normal within",
            forms.gaussian_small_ball,
            witness=lambda values: 2 * mpmath.quad(normal_density, [0, values["deviation"]]),
        ),
        AtMost("chi-square beyond", forms.chi_square_tail_printed, largest=certain),
        Agree("chi-square beyond", forms.chi_square_tail, witness=chi_square_tail),
    ),
    by=one_layer,
    axis="deviation",
    notes=(
        "The variables are those of the proofs: ξ m^(1/2)/(2τ) and ζ m/τ² of one residual layer.",
        "Bounds are held against the exact laws over their whole domain, too, which needs no draw.",
        "Of either start: given h_(l-1) their law does not depend on it.",
    ),
)


# Lemma 2 --------------------------------------------------------------------------------------


def spectral_failure(values: Parameters) -> float:
    """The probability that Lemma 2 leaves to its bound to fail."""
    return float(forms.spectral_norm_failure.value(deviation=values["deviation"]))


spectral_norm = Claim(
    "zhang2022/gaussian-spectral-norm",
    "The spectral norm of a Gaussian N x n matrix exceeds sqrt(N) + sqrt(n) + t with probability "
    "exp(-t²/2) at most.",
    says=(
        AlwaysAtMost(
            "greatest singular value", forms.spectral_norm_bound, but_for=spectral_failure
        ),
        AtMost("beyond", forms.spectral_norm_failure, largest=certain),
    ),
    by=networks(
        "Gaussian matrices",
        drawn.matrix_norms,
        over={
            "rows": Integers(1, 32),
            "columns": Integers(1, 32),
            "deviation": Reals(0.5, 1.45),
        },
    ),
    axis="deviation",
    notes=(
        "What is judged twice: that the bound fails no more often than is said, give or take the "
        "error, and that the share of matrices beyond it is at most what is said, relatively.",
    ),
)


# Sums over layers -----------------------------------------------------------------------------


def _a_quarter(at: Parameters) -> float:
    """The largest tau^2 L that the proofs allow for a threshold."""
    return float(at["threshold"]) / 4


def _cross_sizes(at: Parameters, within: float) -> dict[str, Value] | None:
    width = drawn.telling_width(forms.cross_term_tail_printed, at)
    return None if width is None else {"width": width, "tau": at["kappa"] / 2}


def _squares_sizes(at: Parameters, within: float) -> dict[str, Value]:
    return {"tau": min(float(at["tau"]), math.sqrt(_a_quarter(at) / at["depth"]))}


# Where tau^2 L is what the proofs allow at most, the tail of the squares is far above the bound.
cross_terms = networks(
    "sums of cross terms",
    drawn.sum_events_of_all,
    over={"kappa": Reals(0.3, 1), "threshold": Reals(0.2, 2.4), "width": Integers(1, 400)},
    setting={"start": "dense", "depth": 4},
    sizes=_cross_sizes,
)
squares = networks(
    "sums of squares",
    drawn.sum_events_of_all,
    over={
        "width": Integers(1, 2),
        "depth": Integers(2, 3),
        "tau": Reals(0.5, 0.75),
        "threshold": Reals(3, 6),
    },
    setting={"start": "dense"},
    sizes=_squares_sizes,
)
# One unit and one residual layer, of the two that the bound counts.
far_changes = networks(
    "changes of one unit",
    drawn.sum_events,
    over={
        "width": Integers(1, 1),
        "depth": Integers(2, 2),
        "tau": Reals(1.7, 2),
        "threshold": Reals(24, 32),
    },
    setting={"start": "dense"},
    sizes=_squares_sizes,
)
changes = networks(
    "sums of changes",
    drawn.sum_events_of_all,
    over={
        **drawn.UNIT_STARTS,
        "depth": Integers(2, 16),
        "tau": Reals(0.1, 0.5),
        "threshold": Reals(0.2, 1),
        "width": Integers(1, 400),
    },
    sizes=speaking(forms.change_sum_tail, lambda at: float(at["threshold"]) / 2),
)
generated = networks(
    "two residual layers",
    drawn.generating_function,
    over={"width": Integers(1, 3), "deviation": Reals(0.5, 0.9)},
    setting={"start": "dense", "depth": 3, "tau": 0.25},
)
layers = networks(
    "changes layer by layer",
    drawn.layer_extremes,
    over={
        **drawn.UNIT_STARTS,
        "depth": Integers(2, 16),
        "tau": Reals(0.05, 0.35),
        "width": Integers(1, 64),
    },
)


def half_lost(values: Parameters) -> float:
    """What (24) leaves to the event that some layer loses half of the energy, at c_0 = 1/2."""
    return float(values["depth"]) * math.exp(-values["width"] / (128 * values["tau"] ** 2))


def _half_sizes(at: Parameters, within: float) -> dict[str, Value]:
    """Widths at which that is between 1/10 and 4/5."""
    ends = (128 * at["tau"] ** 2 * math.log(at["depth"] / share) for share in (0.8, 0.1))
    first, last = (math.ceil(one) for one in ends)
    return {"width": min(max(int(at["width"]), first), last)}


halved = replace(
    layers,
    label="layers that lose half",
    over={**layers.over, "tau": Reals(0.05, 0.3)},
    sizes=_half_sizes,
)

proof_inequalities = Claim(
    "zhang2022/proof-inequalities",
    "The steps of Appendices B and C.1, one by one. (1 - x/m)^(-m) <= e^x is the wrong way round, "
    "with it (17) fails where tau² L is what it allows; and a layer adds more than its cross term, "
    "so that the sum of changes fails in narrow networks. Both theorems need less, and stand.",
    says=(
        AtMost("cross terms", forms.cross_term_tail_printed, by=(cross_terms,), largest=certain),
        Agree("cross terms", forms.cross_term_tail, by=(cross_terms,), witness=cross_term_tail),
        AtMost("squares", forms.square_term_tail_printed, by=(squares,), largest=certain),
        Agree("squares", forms.square_term_tail, by=(squares,), witness=square_term_tail),
        AtMost(
            "generating function",
            forms.chi_square_generating_function_printed,
            by=(generated,),
            of=(forms.chi_square_generating_function,),
        ),
        Agree(
            "generating function",
            forms.chi_square_generating_function,
            by=(generated,),
            witness=generating_function,
        ),
        AtMost("changes", forms.change_sum_tail_printed, by=(far_changes,), largest=certain),
        AtMost("changes", forms.change_sum_tail, by=(changes,), largest=certain),
        AlwaysAtLeast("slack plus 1", 1, by=(layers,), remainder=rounding),
        AlwaysAtLeast("least factor", 0.5, by=(halved,), but_for=half_lost),
    ),
    by=(cross_terms, squares, generated, far_changes, changes, layers, halved),
    axis="width",
    where="Appendices B and C.1",
    notes=(
        "Sums of ξ and ζ have the same law from every start; changes are drawn from unit starts, "
        "on whose norm they do not depend.",
        "Slack is Δ - (ξ - ζ) of (22) to (23), a sure inequality; that a layer loses half of its "
        "energy, Δ < -1/2, has a probability of L exp(-m/(128 τ²)) at most by (24).",
        "(17) fails at small sizes at the τ that it allows at most; what it is used for, a "
        "sixteenth of its exponent, holds while c_1 <= 2.4 L.",
        "The sum of changes fails for one unit at τ near 2: there Δ is near ζ, which the step "
        "drops. It holds with ζ kept, as change_sum_tail does.",
        "(25) and (28) are combinations of these lines; their displays are lost.",
    ),
)

CLAIMS = (tails, spectral_norm, proof_inequalities)
