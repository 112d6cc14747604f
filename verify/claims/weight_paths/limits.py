"""Claims on limits of infinite depth, where weights are points of a path (section 2.1)."""

from __future__ import annotations

import math
from typing import Any

from theory import weight_paths as forms
from theory.domains import Integers, OneOf, Reals
from theory.form import Form
from verify.claims.terms import Law, Parameters, rounding
from verify.claims.weight_paths.bounds import MEETS, measured
from verify.model import Claim, Experiment, OfNumerics, Value
from verify.relations import AlwaysAtMost, SignedEqual


def constantly(value: float) -> Law:
    """A law that is the same at every point."""
    return lambda values: value


def exponent(quantity: str, form: Form | float, remainder: Law = rounding) -> SignedEqual:
    """That a power of the depth is the form, which may be 0: errors are absolute."""
    return SignedEqual(quantity, form, unit=constantly(1), remainder=remainder)


searched = Experiment(
    "searched paths",
    measured("extreme_errors"),
    over={
        "depth": Integers(3, 32),
        "alpha": Reals(0.5, 1),
        "norm": Reals(0.05, 1.5),
        "variation": Reals(0, 1.5),
        "input_norm": Reals(0.01, 1),
    },
    meets=MEETS,
)
SEARCHED = (
    "A search tries paths of one unit that jump where layers meet and right after they were "
    "sampled, limits of continuous ones of the same variation, along which both equations have "
    "closed solutions."
)

ode_limit = Claim(
    "susanna2024/ode-limit",
    "Where weights are points of a path of norm b and variation v, the last layer is within exp(b) "
    "(v + b²/2)/L of its equation, relative to the input, and may nearly be as far.",
    says=AlwaysAtMost("from ode", forms.ode_error_bound, remainder=rounding),
    by=searched,
    axis="depth",
    notes=(
        SEARCHED,
        "The theorems name no rate, and a sub-sequence; where F is Lipschitz on bounded sets, as "
        "for tanh (Remark 2.1.6), all networks converge. Of an F in general and a W̃ that is "
        "continuous of bounded variation no rate holds: F of (2.9) has one, as the time alone "
        "drives h.",
        "(2.6) has t₁ = 0 and t_L = T, and then t_k = k/L, which is 1/L and 1; the networks are "
        "read with weights at k/L, k = 0..L - 1.",
    ),
)

DEPTH = 64
"""Of networks whose depth is halved and doubled: exponents lie about 1/L off their limit."""


def deepened(name: str, quantity: str, **terms: Any) -> Experiment:
    """Networks of a measurement, whose own exponents have a limit of infinite depth."""
    setting = {"depth": DEPTH, **terms.pop("setting", {})}
    measure = OfNumerics(f"numerics.weight_paths:measure_{name}", quantities=(quantity,))
    return Experiment(measure=measure, setting=setting, doubled=("depth",), **terms)


OWN_EXPONENTS = (
    "A draw is the exponent of one network, from a depth to twice it, and what is judged is its "
    "limit, of three such depths."
)

ode_rate = Claim(
    "susanna2024/ode-rate",
    "On smooth paths of weights networks come near their equation as 1/L, and no faster.",
    says=exponent("exponent of the error", -1),
    where="Theorems 2.1.4 and 2.1.5",
    by=deepened(
        "ode_exponent",
        "exponent of the error",
        label="smooth paths",
        over={"dim": OneOf(2, 5)},
    ),
    notes=(
        OWN_EXPONENTS,
        "Errors are means of four networks. The equation is solved by the method of Runge and "
        "Kutta, which agrees with scipy's solvers to 1e-7.",
    ),
)

rough_paths = Claim(
    "susanna2024/rough-paths",
    "Networks tend to their equation on paths of unbounded variation as well, at the rate of their "
    "exponent of Hölder, which Theorem 2.1.4 leaves out.",
    says=exponent("exponent of the error", forms.rough_exponent),
    by=deepened(
        "rough_exponent",
        "exponent of the error",
        label="nowhere differentiable paths",
        over={"hoelder": Reals(0.3, 0.9)},
    ),
    notes=(
        OWN_EXPONENTS,
        "So a bound on the variation of weights is not needed for a limit that is an ODE, as the "
        "introduction to chapter 3 says it is: continuous weights will do. It is what makes the "
        "rate 1/L.",
    ),
)

CUTS = {
    0.5: (4, 2, 2, 6),
    0.6: (32, 8, 1, 2),
    2 / 3: (8, 4, 2, 4),
    0.75: (16, 8, 1, 3),
    0.8: (32, 16, 1, 2),
}
"""Pieces and net of paths, by their exponents of Hölder log(net)/log(pieces), and the levels."""


def cut(values: Parameters, within: float) -> dict[str, Value]:
    """Of the path of a point."""
    names = ("pieces", "net", "first_level", "last_level")
    return dict(zip(names, CUTS[values["alpha"]], strict=True))


def excursions(pieces: int, net: int) -> tuple[float, float]:
    """How far above its start and below it a path from 0 to 1 may go, whatever the orders.

    Of p pieces up and m down it goes farthest up in the last of a run of pieces up, or in a piece
    down from the top of that run, each of which is the path itself, 1/net as large.
    """
    up, down = (pieces + net) // 2, (pieces - net) // 2
    above = below = 1.0
    for _ in range(60):  # it contracts by 1/net
        above, below = (
            max(up - 1 + above, up + below) / net,
            max(down - 1 + above, down + below) / net,
        )
    return above, below


def young_remainder(values: Parameters) -> float:
    """What a path's own exponent lies off 1 - 2 alpha at most.

    |h_L - H(1)| = tanh(xi) |sum of sigma'(h_k) s_k^2/2 (1 + theta_k)|, s_k^2 = c^2 L^(-2 alpha),
    |theta_k| <= |s_k|, and xi between h_L and H(1), whose log sinh are c^2 apart at most. Over two
    depths the means of sigma' = 1/cosh^2 have a quotient of that of its ends at most.
    """
    c, start, pieces = values["size"], math.sinh(values["start"]), values["pieces"]
    above, below = excursions(pieces, values["net"])
    highest, lowest = above * c + c**2, below * c + c**2
    ends = math.asinh(start * math.exp(highest)), math.asinh(start * math.exp(-lowest))
    slopes = 2 * math.log(math.cosh(ends[0]) / math.cosh(ends[1]))
    step = c * values["net"] ** -values["first_level"]
    levels = values["last_level"] - values["first_level"]
    return (slopes + 4 * step + 2 * c**2) / (levels * math.log(pieces))


young_limit = Claim(
    "susanna2024/young-limit",
    "Euler's method for a Young equation is off by L^(1 - 2α) for a path of exponent α, as (2.26) "
    "has it, and by no less where all increments are of size L^-α; at α = 1/2 it has another "
    "limit.",
    says=exponent("exponent of the error", forms.young_exponent, young_remainder),
    by=Experiment(
        "paths cut by signs",
        OfNumerics(
            "numerics.weight_paths:measure_young_exponent", quantities=("exponent of the error",)
        ),
        over={"alpha": OneOf(*CUTS)},
        setting={"size": 0.01, "start": 0.5},
        sizes=cut,
    ),
    examples=({"alpha": 0.5},),
    notes=(
        "A draw is the exponent of one path, from a depth to 32 to 256 times that.",
        "One unit with tanh: dH = tanh(H) dW has the solution arsinh(sinh(x) exp(W(1) - W(0))).",
        "At α = 1/2 Theorem 2.1.10 says nothing: on these paths the networks tend to a limit, and "
        "it is not that of smooth paths nearby (for σ(h) = h it is x exp(c - c²/2), not x exp(c)).",
        "The theorem names a sub-sequence and 'the' solution: σ in C² makes that unique, and all "
        "networks converge, at the rate of (2.26).",
        "Its networks, h + σ(h)ᵀ(W_{k+1} - W_k), are not those of (2.4). Weights that meet "
        "Assumption 3.1.1 (iii) have L^-α ‖W_k‖ <= 1/(2L): whatever α is, chapter 3 is of the "
        "ordinary equation of smooth paths, never of Young's.",
    ),
)

young_integral = Claim(
    "susanna2024/young-integral",
    "(2.22) leaves its constant open: 1/(2^(a + b) - 2) will do, which is 1/2 and sharp at a = b = "
    "1.",
    says=AlwaysAtMost("quotient", forms.young_bound, remainder=rounding),
    by=Experiment(
        "searched polygons",
        OfNumerics("numerics.weight_paths:measure_young_quotient", quantities=("quotient",)),
        over={"hoelder": Reals(0.55, 1), "other": Reals(0.55, 1)},
    ),
    examples=({"hoelder": 1.0, "other": 1.0},),
    axis="hoelder",
    notes=(
        "X and Y are of one dimension; of two vectors, as in the theorem, Y dX has no meaning but "
        "by a product.",
        "The theorem has exponents below 1, and Theorem 2.1.10 uses it at α = 1 too, where it "
        "holds.",
    ),
)

hoelder_layers = Claim(
    "susanna2024/hoelder-layers",
    "(2.28) bounds networks on a Young path by 2 |W| |σ|, σ a function of numbers: of d entries "
    "layers may have sqrt(d) |W| |σ|, which is more from d = 5 on.",
    says=AlwaysAtMost.each(
        "quotient", forms.hoelder_bound_printed, forms.hoelder_bound, remainder=rounding
    ),
    where="Theorem 2.1.10, (2.28)",
    by=Experiment(
        "searched networks on Young paths",
        OfNumerics("numerics.weight_paths:measure_hoelder_quotient", quantities=("quotient",)),
        over={"dim": Integers(5, 9), "alpha": Reals(0.75, 1)},
        meets={"|sigma| <= 1, |sigma'| <= 1": "tanh, of which both hold"},
    ),
    axis="dim",
    notes=(
        "(2.25) and (2.26) hold as printed: their 4 (C(α) + 1) may be 2 + 3 C(α), as L^-α and "
        "L^(1 - 2α) are not alike and C(α) is counted twice.",
    ),
)

linear_limit = Claim(
    "susanna2024/linear-limit",
    "Scaled weights on a path make the network of tanh a linear one where β > 0: the last layer is "
    "within a constant over L and one over L^(2β) of H' = W H, and may nearly be as far.",
    says=AlwaysAtMost("from linear ode", forms.linear_limit_bound, remainder=rounding),
    by=searched,
    axis="depth",
    notes=(
        SEARCHED,
        "Theorem 3.3.3 asks for β < 1/2, at which 1/L^(2β) is the greater; at β = 0 the limit is "
        "H' = tanh(W H).",
        "Where γ < 1 the path is of variation L^(1 - 1/γ) at most, which tends to 0: then W is one "
        "matrix A and the limit exp(A) x. From the start (4.2) A is 0, for every γ: deep networks "
        "tend to the identity.",
    ),
)

linear_rate = Claim(
    "susanna2024/linear-rate",
    "Networks of tanh are as far from linear ones of the same scaled weights as L^(-2β).",
    says=exponent("exponent of the distance", forms.linear_limit_exponent),
    by=deepened(
        "nonlinearity_exponent",
        "exponent of the distance",
        label="networks beside linear ones",
        over={"alpha": OneOf(0.6, 0.9)},
        setting={"dim": 2, "input_norm": 0.01},
    ),
    notes=(
        OWN_EXPONENTS,
        "Paths are those of ode-rate, of groups of four networks of 2 x 2 matrices.",
    ),
)

CLAIMS = (
    ode_limit,
    ode_rate,
    rough_paths,
    young_integral,
    hoelder_layers,
    young_limit,
    linear_limit,
    linear_rate,
)
