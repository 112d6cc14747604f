"""Claims on limits of infinite depth, where weights are points of a path (section 2.1)."""

from __future__ import annotations

from collections.abc import Callable

from theory import weight_paths as forms
from theory.domains import Integers, OneOf, Reals
from verify.claims.terms import Law, Parameters, rounding
from verify.claims.weight_paths.bounds import MEETS, measured
from verify.model import Claim, Experiment, OfNumerics, Value
from verify.relations import AlwaysAtMost, PowerLaw

Sizes = Callable[[Parameters], tuple[int, ...]]


def by_depth(name: str, quantity: str, depths: tuple[int, ...]) -> OfNumerics:
    """A measurement of the subject, by its name, a column for each depth."""
    return OfNumerics(
        f"numerics.weight_paths:measure_{name}", fixed={"depths": depths}, quantities=(quantity,)
    )


def at(*depths: int) -> Sizes:
    """The sizes of a row."""
    return lambda values: depths


def constantly(value: float) -> Law:
    """A law that is the same at every point."""
    return lambda values: value


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
VARIANCES = {"ode": 0.03, "rough": 0.01 / 3, "young": 0.012, "linear": 0.04}
"""Bounds on the relative variance of draws; rough paths are of sizes 1 + u/10, u in [-1, 1]."""

REMAINDERS = {"ode": 0.008, "rough": 0.004, "young": 0.008, "linear": 0.008}
"""What means lie off a power of the depth at most, relatively, from the least of the depths on."""

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

DEPTHS = (32, 512, 4096)

ode_rate = Claim(
    "susanna2024/ode-rate",
    "On smooth paths of weights networks come near their equation as 1/L, and no faster.",
    says=PowerLaw(
        "error",
        -1,
        sizes=at(*DEPTHS),
        scale=lambda values: [0.2 / depth for depth in DEPTHS],
        relative_variance=constantly(VARIANCES["ode"]),
        remainder=constantly(REMAINDERS["ode"]),
    ),
    where="Theorems 2.1.4 and 2.1.5",
    by=Experiment(
        "smooth paths", by_depth("ode_errors", "error", DEPTHS), over={"dim": OneOf(2, 5)}
    ),
    notes=("The equation is solved by scipy's DOP853, for groups of eight networks.",),
)

ROUGH_DEPTHS = (64, 512, 4096)

rough_paths = Claim(
    "susanna2024/rough-paths",
    "Networks tend to their equation on paths of unbounded variation as well, at the rate of their "
    "exponent of Hölder, which Theorem 2.1.4 leaves out.",
    says=PowerLaw(
        "error",
        forms.rough_exponent,
        sizes=at(*ROUGH_DEPTHS),
        scale=lambda values: [
            0.01 / (1 - 2 ** -values["hoelder"]) * depth ** -values["hoelder"]
            for depth in ROUGH_DEPTHS
        ],
        relative_variance=constantly(VARIANCES["rough"]),
        remainder=constantly(REMAINDERS["rough"]),
    ),
    by=Experiment(
        "nowhere differentiable paths",
        by_depth("rough_errors", "error", ROUGH_DEPTHS),
        over={"hoelder": Reals(0.3, 0.9)},
    ),
    notes=(
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


def cut_depths(values: Parameters) -> list[int]:
    """The depths at which all increments of a path are of one size."""
    levels = range(values["first_level"], values["last_level"] + 1)
    return [values["pieces"] ** level for level in levels]


young_limit = Claim(
    "susanna2024/young-limit",
    "Euler's method for a Young equation is off by L^(1 - 2α) for a path of exponent α, as (2.26) "
    "has it, and by no less where all increments are of size L^-α; at α = 1/2 it has another "
    "limit.",
    says=PowerLaw(
        "error",
        forms.young_exponent,
        sizes=cut_depths,
        scale=lambda values: [
            0.056 * depth ** (1 - 2 * values["alpha"]) for depth in cut_depths(values)
        ],
        relative_variance=constantly(VARIANCES["young"]),
        remainder=constantly(REMAINDERS["young"]),
    ),
    by=Experiment(
        "paths cut by signs",
        OfNumerics("numerics.weight_paths:measure_young_errors", quantities=("error",)),
        over={"alpha": OneOf(*CUTS)},
        setting={"size": 0.5, "start": 0.5},
        sizes=cut,
    ),
    examples=({"alpha": 0.5},),
    notes=(
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

LINEAR_DEPTHS = (256, 4096)

linear_rate = Claim(
    "susanna2024/linear-rate",
    "Networks of tanh are as far from linear ones of the same scaled weights as L^(-2β).",
    says=PowerLaw(
        "nonlinearity",
        forms.linear_limit_exponent,
        sizes=at(*LINEAR_DEPTHS),
        scale=lambda values: [
            0.0047 * depth ** (2 * values["alpha"] - 2) for depth in LINEAR_DEPTHS
        ],
        relative_variance=constantly(VARIANCES["linear"]),
        remainder=constantly(REMAINDERS["linear"]),
    ),
    by=Experiment(
        "networks beside linear ones",
        by_depth("nonlinearity", "nonlinearity", LINEAR_DEPTHS),
        over={"alpha": OneOf(0.6, 0.9)},
        setting={"dim": 2, "input_norm": 0.1},
    ),
    notes=("Paths are those of ode-rate, of groups of eight networks of 2 x 2 matrices.",),
)

CLAIMS = (ode_limit, ode_rate, rough_paths, young_limit, linear_limit, linear_rate)
