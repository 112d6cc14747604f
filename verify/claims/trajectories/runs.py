"""Claims on what gamma says of runs: whether it is positive, a rate, and straight (Chen 2020)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from functools import partial

from theory import trajectories as forms
from theory.closed_form import ClosedForm
from theory.domains import Integers, OneOf, Reals
from theory.trajectories.walks import GAUSSIAN_STEPS
from verify.claims.terms import Parameters, rounding, value
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import AlwaysAtMost, AtMost, Equal, Exactly, PowerLaw, Ranking

trained = Experiment(
    "perceptrons on the digits",
    OfNumerics("numerics.trajectories:measure_trained"),
    over={
        "optimiser": OneOf("sgd", "momentum", "adam"),
        "activation": OneOf("relu", "tanh", "sigmoid"),
        "learning_rate": Reals(1e-3, 0.05),
        "epochs": Integers(2, 3),
    },
    setting={"width": 8},
)
of_sigmoids = Experiment(
    "sigmoid perceptrons on the digits, SGD",
    OfNumerics("numerics.trajectories:measure_trained"),
    over={"learning_rate": Reals(1e-3, 0.05), "epochs": Integers(2, 4)},
    setting={"width": 8, "optimiser": "sgd", "activation": "sigmoid"},
)

positivity = Claim(
    "chen2020/positivity",
    "All trainings are said to obey the principle with γ > 0 throughout. Taken by epochs, small "
    "perceptrons on the digits do.",
    says=(Exactly("obeyed by epochs", 1), AlwaysAtMost("tightness", 1, remainder=rounding)),
    by=trained,
    where="Sections I and III",
    axis="epochs",
    notes=(
        "Taken by epochs, θ_k are the points after whole epochs and the gap of a step is the sum "
        "of those of its batches: γ > 0 where each epoch ends nearer to θ_T than it began.",
        "300 images in batches of 30 and 401 weights. In 40 epochs of 801 weights the right side "
        "of (3) grows to 50 to 500 times the left.",
        "That is what a curve over epochs shows; inequality (2) is of steps, and there not all "
        "obey.",
        "Descent that converges need not obey: on a quadratic it does not from η h = 3/2 on, nor "
        "from equal coordinates at the fastest rate, nor with momentum and complex roots.",
    ),
)

sigmoids = Claim(
    "chen2020/positivity-by-steps",
    "All trainings are said to obey the principle with γ > 0 throughout. Step by step, of sigmoid "
    "perceptrons on the digits by SGD a tenth and more do not, while they train.",
    says=AtMost("obeyed", 0.9, largest=lambda values: 1.0),
    by=of_sigmoids,
    where="Sections I and III",
    axis="epochs",
    notes=(
        "About half of runs of 6 epochs. Of ReLU networks by SGD one in a hundred does not, of "
        "those by momentum and Adam none of 300.",
    ),
)


GROUP = 32  # walks of a draw


def _variance_of_share(values: Parameters) -> float:
    """The relative variance of the share of a group in which an event is met."""
    often = value(forms.walk_violation, values)
    return (1 - often) / (GROUP * often)


def _often(at: Parameters, within: float) -> Mapping[str, int] | None:
    """Where a walk turns back often enough to be counted: steps are not much fewer than a half."""
    return {} if at["dim"] <= 4 * (at["steps"] - 1) else None


def _sometimes(at: Parameters, within: float) -> Mapping[str, int] | None:
    """Where the bound says something, and few draws tell."""
    return {} if 0.3 < value(forms.walk_violation_bound, at) < 1 else None


one_step = Experiment(
    "the first steps of Gaussian walks",
    OfNumerics("numerics.trajectories:measure_walk_steps", quantities=("violation",)),
    over={"dim": Integers(1, 12), "steps": Integers(2, 12)},
    sizes=_often,
    meets={GAUSSIAN_STEPS[0]: "standard normals"},
)
whole_walk = Experiment(
    "Gaussian walks",
    OfNumerics("numerics.trajectories:measure_walks", quantities=("broken",)),
    over={"dim": Integers(10, 60), "steps": Integers(4, 12)},
    sizes=_sometimes,
    meets={GAUSSIAN_STEPS[0]: "standard normals"},
)

walk_steps = Claim(
    "chen2020/walk-steps",
    "The first step of a Gaussian walk of T steps in D dimensions comes no nearer to its end as "
    "often as Student's t of D degrees of freedom is below -√(D/(4(T - 1))).",
    says=Equal("violation", forms.walk_violation, relative_variance=_variance_of_share),
    by=one_step,
    where="Section III, against a walk",
    axis="steps",
)

walks = Claim(
    "chen2020/walks",
    "A walk without a loss obeys γ > 0, but for a probability that is small where it has many more "
    "dimensions than steps: of 150 epochs of ResNet-18, 58,650 steps in 11,173,962 dimensions, it "
    "is below 6e-9.",
    says=AtMost("broken", forms.walk_violation_bound, largest=lambda values: 1.0),
    by=whole_walk,
    where="Section III, against a walk",
    axis="steps",
    notes=(
        "So γ > 0 in networks of millions of weights says nothing of how updates are aligned: "
        "directions of steps are all but orthogonal there, and each step is one of those that the "
        "end is made of.",
        "In the 401 dimensions of the perceptrons on the digits a walk of 60 steps breaks it at "
        "two of them.",
    ),
)

LENGTHS = (600, 1800, 5400, 16200)
RATE, STARTS = 0.25, (0.997, 1.003)  # as the measurement has them


def _guess(quantity: str, values: Parameters) -> tuple[float, ...]:
    """Guesses of the means, for a learning rate of 1/4 and a start of 1."""
    p = values["power"]
    if quantity == "bound":
        return (4 * (p - 2) / p,) * len(LENGTHS)
    return tuple(2.17 / (p * steps) for steps in LENGTHS)  # θ_0²/(2 η p), and a twelfth


def _end(power: float, start: float, steps: int) -> float:
    """What θ_T/θ_0 is at most: v = θ^(2 - p) grows by (p - 2) η a step and more."""
    a = power - 2
    return float((1 + a * RATE * steps * start**a) ** (-1 / a))


def _remainder_of_bound(values: Parameters) -> float:
    """How far the right side of (3) is at most from its limit in T, in its logarithm.

    The last step has γ = p η θ_(T-1)^(p - 2)/2, and so it is (1 - θ_T/θ_0)² v_(T-1)/((p - 2) η T)
    times its limit. Each step has v' = v (1 - y)^(2 - p), y = η/v, which lies above v + (p - 2) η
    by c η²/v at most, c the quotient at the first step; the sum of 1/v_k is a logarithm of T.
    """
    a, steps = values["power"] - 2, LENGTHS[0]
    grown, found = a * RATE * steps, []
    for start in STARTS:
        v, y = start**-a, RATE * start**a
        c = ((1 - y) ** -a - 1 - a * y) / y**2
        more = c * RATE**2 * (1 / v + math.log(1 + grown / v) / (a * RATE))
        least = 2 * math.log(1 - _end(a + 2, start, steps)) + math.log1p((v - a * RATE) / grown)
        found += [abs(least), math.log1p((v - a * RATE + more) / grown)]
    return max(found)


def _remainder_of_average(values: Parameters) -> float:
    """What share of the sum of all gaps is at most left after T steps.

    Squares fall by 2 η θ^p a step and less, so that the sum of θ^p is at least θ_0²/(2 η); from
    step T on it is at most an integral, 1/(2 η) times the square of the bound on θ_(T-1).
    """
    return max(_end(values["power"], start, LENGTHS[0] - 1) ** 2 for start in STARTS)


def _variance(values: Parameters) -> float:
    """The relative variance of both sides, which grow like powers of θ_0 of p at most.

    The sum of gaps is θ_0²/(2 η p) and terms up to θ_0^p, the distance θ_0 - θ_T; θ_0 is uniform.
    """
    width = STARTS[1] - STARTS[0]
    return float((values["power"] * STARTS[1] ** values["power"] * width) ** 2 / 12)


def _law(quantity: str, *laws: ClosedForm) -> tuple[PowerLaw, ...]:
    return PowerLaw.each(
        quantity,
        *laws,
        sizes=lambda values: LENGTHS,
        scale=partial(_guess, quantity),
        relative_variance=_variance,
    )


not_a_rate = Claim(
    "chen2020/not-a-rate",
    "Theorem 1 is called a rate O(1/γT). Its γ and |θ_0 - θ_T| depend on T, so that the words do "
    "not say how (3) falls: on losses |θ|^p/p with p > 2 its right side does not fall at all, "
    "while the average loss falls like 1/T.",
    says=(
        *_law("bound", forms.bound_exponent_printed, forms.bound_exponent),
        *_law("average gap", forms.average_gap_exponent),
    ),
    by=Experiment(
        "gradient descent on |θ|^p/p",
        OfNumerics("numerics.trajectories:measure_flat_descent", fixed={"lengths": LENGTHS}),
        over={"power": Reals(2.4, 3.3)},
        remainder={"bound": _remainder_of_bound, "average gap": _remainder_of_average},
    ),
    notes=(
        "On quadratics γ does not depend on T, and the right side of (3) is of order 1/T, as the "
        "average of losses whose sum is finite.",
        "On separable data cross-entropy is such a loss: γ is about 1/(2 T), the distance grows "
        "like log T, and the right side of (3) like (log T)², without bound.",
    ),
)

RATES = (0.5, 1.0, 1.6, 1.9)

straightness = Claim(
    "chen2020/straightness",
    "A larger γ is said to mean a straighter and shorter path. Of gradient descent from one start "
    "on one quadratic of condition number 25 to 40 both γ and the length of the path over its "
    "distance grow with the learning rate, from η h = 1/2 to 1.9.",
    says=(Ranking("gamma"), Ranking("length over distance")),
    by=Experiment(
        "gradient descent at four rates",
        OfNumerics("numerics.trajectories:measure_straightness", fixed={"scaled_rates": RATES}),
        over={"condition": Reals(25, 40)},
    ),
    where="Section II-B, Fig. 1",
    notes=(
        "γ tends to η times the least curvature there, as long as η (h_1 + h_2) < 2: at η h = 1.9 "
        "for condition numbers above 19. At 10 and less the steep direction has it, and γ is "
        "-1.52.",
        "γ has η as a factor. At one η the steep direction by itself, η h = 1.4, goes to and fro, "
        "7/3 of its distance, with γ = 0.28, and the flat one, η h = 0.05, straight with 0.05.",
        "In one dimension every path below η h = 1 is straight, and γ = η h takes any value up to "
        "1. Of other losses on the same points γ is whatever one likes.",
        "What (2) does say: the angle between U and θ_k - θ_T has a cosine of at least η |U|/(2 "
        "|θ_k - θ_T|), so that every step comes nearer to the end; a path may turn about it.",
    ),
)

CLAIMS = (positivity, sigmoids, walk_steps, walks, not_a_rate, straightness)
