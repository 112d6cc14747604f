"""Claims on linear students trained with batch normalisation (Luo et al. 2018, Figs 2 and 3)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from numerics.generalisation import (
    Task,
    Training,
    measure_least_squares,
    measure_linear_students,
)
from theory import generalisation as forms
from theory.batch_norm import std_moment
from verify.claims.generalisation.assumptions import ASSUMPTIONS_MET
from verify.claims.generalisation.regression import reached
from verify.claims.measurements import Drawn
from verify.claims.terms import (
    PRICE,
    Parameters,
    grid,
    placed,
    sharp,
)
from verify.evidence.accounting import Budget
from verify.model import Claim, Point, Value
from verify.relations import Ranking, SignedEqual
from verify.relations.planning import CONFIRM_FACTOR

PENALTY = 0.014
"""Strength zeta of the penalty that the paper finds batch normalisation to equal."""

FITTED_BATCH = 32
"""Batch size M of the paper's students."""

NOISE = 0.25
"""Variance of the noise of the paper's teacher."""


def _task(values: Mapping[str, Any]) -> Task:
    """What the students of a point learn; samples = load x width."""
    samples, noise = round(values["load"] * values["width"]), values.get("noise_variance", NOISE)
    return Task(dimension=values["width"], samples=samples, noise_variance=noise)


def measure_students(values: Mapping[str, Any], **run: Any) -> Drawn:
    """What students of the point's method reach by its last epoch."""
    names = ("method", "batch_size", "regularisation", "step")
    training = Training(
        **{name: values[name] for name in names if name in values},
        epochs=(values["epochs"],),
        annealed=bool(values["annealed"]),
    )
    precision = {name: values[name] for name in ("dtype",) if name in values}
    trained = measure_linear_students(_task(values), training, **precision, **run)
    return {measured.quantity: measured.per_network[:, 0] for measured in vars(trained).values()}


# Converged ------------------------------------------------------------------------------------


def measure_converged(values: Parameters, **run: Any) -> Drawn:
    """Excess risk of converged students, beside 1; least squares on the same data takes the noise.

    What batch normalisation adds to the risk of least squares is measured; the limit of the latter
    (eq 14 corrected, judged by itself) is added to it.
    """
    risk = measure_students({"method": "bn", "annealed": True, **values}, **run)["excess risk"]
    load, noise_variance = values["load"], values["noise_variance"]
    least_squares = measure_least_squares(_task(values), **run)
    limit = forms.excess_risk_ols.value(load=load, noise_variance=noise_variance)
    extrapolated = risk - least_squares.per_network + limit
    return {"excess risk": extrapolated}


@dataclass(frozen=True)
class _Sizes:
    """What remainder and variance are made of, at one point.

    `length` is g = E[sigma_B]/sigma_P, `noise` the part v alpha/(1 - alpha) or v/(alpha - 1) of the
    risk of least squares, `turned` the share by which the residuals add to it in batches of M.
    """

    load: float
    width: int
    batch: int
    length: float
    noise: float
    turned: float
    risk: float

    @classmethod
    def of(cls, values: Parameters) -> _Sizes:
        names = ("load", "noise_variance", "batch_size")
        load, variance, batch = (values[name] for name in names)
        return cls(
            load=load,
            width=values["width"],
            batch=batch,
            length=std_moment.value(batch_size=batch),
            noise=variance * min(load, 1) / abs(1 - load),
            turned=4.5 * max(0, 1 - 1 / load) / batch**2,
            risk=forms.excess_risk_bn.value(**{name: values[name] for name in names}),
        )


def remainder(values: Parameters) -> float:
    """Relative remainder at finite width and batch size, to first order in each; derived.

    The intercept takes a sample, and v/(alpha - 1) stands for v N/(P - N - 2), of which the part
    that least squares shares is gone.  E[sigma_B] is 1 + 1/(4P) times as long in units of the
    standard deviation over the training set.  What training lacks is not derived: at the epochs
    needed it was at most 0.04/M, and fell at least like 1/epochs.
    """
    at = _Sizes.of(values)
    short, square = 1 - at.length, at.length**2
    counted = short**2 + (1 - square) * at.noise * 2 / min(at.load, abs(1 - at.load))
    lengthened = (square * at.noise + at.length * short) / (2 * at.load)
    absolute = (counted + lengthened) / at.width + square * at.noise * at.turned
    needed = epochs_needed(at.load, at.batch)
    unfinished = 0.04 / at.batch * needed / values["epochs"]
    return absolute / at.risk + unfinished


def variance(values: Parameters) -> float:
    """Variance, to first order in 1/N: twice what is derived, as training ends somewhere.

    Of (1 - g)^2 A - 2 g (1 - g) B - (1 - g^2) C, where A is the share of w* in the span of the
    inputs, C the noise that least squares fits, and B their product; of g, by the kurtosis of P
    samples, whose variance is 24/P; and of the product of the noise with what turns the direction.
    """
    at = _Sizes.of(values)
    short, square = 1 - at.length, at.length**2
    spanned = short**4 * 2 * at.load * max(0, 1 - at.load)
    crossed = 4 * square * short**2 * at.noise
    fitted = (1 - square) ** 2 * 2 * at.noise**2 * max(1 / at.load, at.load) / abs(1 - at.load)
    slope = 2 * short * min(at.load, 1) + 2 * at.length * at.noise
    lengthened = slope**2 * 24 / (64 * at.batch**2 * at.load)
    turned = 4 * square**2 * at.noise**2 * at.turned
    derived = spanned + crossed + fitted + lengthened + turned
    return 2 * derived / at.width


TERMS: dict[str, Any] = {"finite_size": remainder, "variance": variance}

WORK = 300_000
"""Batches that the runs which a point plans for may take together."""

WIDEST = 0.35
"""Largest margin that tells anything."""


def epochs_needed(load: float, batch_size: int) -> int:
    """Epochs after which `remainder` covers what training still lacks; their order is derived.

    The slowest direction takes some multiple of 1/(1 - sqrt(alpha))^2 of them.  The gradients of
    small batches make |w| grow, and the rate falls like 1/|w|^2; above alpha = 1 it never ceases
    to.  The constants are measured, at noise from 0.01 to 1, batches of 4, 8 and 32 and loads of
    0.25, 0.5, 0.75, 2 and 4.
    """
    count = 400 if load > 1 else 10 + 80 / batch_size
    return math.ceil(count / (1 - math.sqrt(load)) ** 2)


def _place_converged(parameters: Mapping[str, Value], budget: Budget) -> list[Point]:
    """One point, of as small a margin as is affordable; none where that is too wide."""
    load, batch_size = float(parameters["load"]), int(parameters["batch_size"])
    width = 256 if load <= 0.5 else 128 if load < 1 else 64
    whole, width = reached(parameters, width, batch_size)
    achieved = float(whole["load"])
    if achieved == 1 or abs(achieved / load - 1) > NEAR or batch_size < SMALLEST_BATCH:
        return []
    epochs = epochs_needed(achieved, batch_size)
    sizes: dict[str, Value] = {"width": width, "epochs": epochs}
    at: dict[str, Any] = {**whole, **sizes}
    runs = WORK / (epochs * achieved * width / batch_size)
    margin = max(0.03, math.sqrt(CONFIRM_FACTOR * PRICE * variance(at) / runs) / _Sizes.of(at).risk)
    if margin * budget.sharpness > WIDEST or remainder(at) > WIDEST:
        return []
    points = [placed(whole, budget, margin, **sizes)]
    for where, wide, longer, finer in FINER:
        if parameters == where:
            points += sharp(whole, budget, {"width": wide, "epochs": longer * epochs}, finer)
    return points


SMALLEST_BATCH = 4
"""Below it how long training takes was not measured."""

NEAR = 0.02
"""How far, relatively, a load of whole batches may lie from the one asked for."""

FINER: tuple[tuple[dict[str, Value], int, int, float], ...] = (
    ({"load": 0.5, "noise_variance": 0.25, "batch_size": FITTED_BATCH}, 320, 4, 0.0065),
    ({"load": 0.5, "noise_variance": 0.01, "batch_size": SMALLEST_BATCH}, 256, 4, 0.01),
    ({"load": 4.0, "noise_variance": 0.01, "batch_size": SMALLEST_BATCH}, 80, 1, 0.2),
)
"""Where more is spent: the width, the epochs in those needed, and the margin.  Remainder and
variance are least at the first; at the others the shortening is most of what changes the risk."""


generalisation_bn = Claim(
    id="luo2018/generalisation-bn",
    statement="The paper says that linear students with batch normalisation at M = 32 follow the "
    "ridge curve of ζ = 0.014; trained to convergence they follow least squares, shorter by "
    "E[σ_B]/σ_P, and so diverge at α = 1.",
    says=(
        SignedEqual(
            "excess risk", forms.excess_risk_bn_printed, only={"batch_size": FITTED_BATCH}, **TERMS
        ),
        SignedEqual("excess risk", forms.excess_risk_bn, **TERMS),
    ),
    measure=measure_converged,
    grid=grid(
        ["load", "noise_variance", "batch_size"],
        [
            (0.75, 0.25, 32),
            (0.75, 0.01, 8),
            (0.25, 1.0, 4),
            (0.5, 0.01, 4),
            (0.5, 1.0, 8),
            (4.0, 0.25, 32),
            (4.0, 1.0, 16),
        ],
        [(0.25, 0.25, 32), (0.5, 0.25, 32), (2.0, 0.25, 32), (4.0, 0.01, 4)],
    ),
    place=_place_converged,
    axis="load",
    notes=(
        "Trained by SGD through the batch statistics, the learning rate annealed to zero, from a "
        "start in the span of the inputs; evaluated with the mean and the unbiased variance over "
        "the training set, to which running averages tend.",
        "Far from α = 1 the two curves lie within 3 % of each other: shrinking by g takes "
        "from the variance about what a ridge of 0.014 does. Near α = 1 the picture is consistent "
        "with students stopped early, which is not proved: after 120 epochs at a constant rate, a "
        "first step of 0.25, ours lie within 15 % of the ridge curve at loads of 0.75, 1 and 2, on "
        "their way up.",
        "With running averages of σ_B itself, in place of its square, nothing would shrink.",
    ),
    met=ASSUMPTIONS_MET,
)


# Over epochs at alpha = 1 ---------------------------------------------------------------------

PLANNED = 0.4
"""Excess over 1/2 of each probability in the ranking that the plan reckons with."""

LATER = 4
"""Factor in epochs between the two looks at batch normalisation."""


def measure_over_epochs(values: Parameters, **run: Any) -> Drawn:
    """Validation loss of WN with a penalty, of BN, and of BN after more epochs; a row a run."""
    task = _task({"load": 1, **values})
    epochs = values["epochs"]
    penalised = Training(method="wn", regularisation=PENALTY, epochs=(epochs,), annealed=False)
    normalised = Training(method="bn", epochs=(epochs, LATER * epochs), annealed=False)
    weight_norm = measure_linear_students(task, penalised, **run)
    batch_norm = measure_linear_students(task, normalised, **run)
    looks = (weight_norm.validation_loss.per_network, batch_norm.validation_loss.per_network)
    return {"validation loss": np.hstack(looks)}


def _place_over_epochs(parameters: Mapping[str, Value], budget: Budget) -> list[Point]:
    return [Point(parameters, {"width": 128}, margin=PLANNED * budget.sharpness)]


over_epochs = Claim(
    id="luo2018/generalisation-bn-epochs",
    statement="At α = 1 the validation loss with batch normalisation lies above that of weight "
    "normalisation with ζ = 0.014, and goes on growing with the epochs.",
    says=(Ranking("validation loss"),),
    where="sec 4.1, Fig 3",
    measure=measure_over_epochs,
    grid=grid(["epochs"], [(40,), (80,)], [(160,)]),
    place=_place_over_epochs,
    axis="epochs",
    notes=(
        "The same training sets, batches and start for both. At a constant learning rate the loss "
        "of weight normalisation settles at that of a ridge of 0.014; that of batch normalisation "
        "grows with the epochs like that of plain SGD. Fig 3 says that the two "
        "are regularised similarly: they are alike early on, by stopping.",
    ),
    met=ASSUMPTIONS_MET,
)

CLAIMS = (generalisation_bn, over_epochs)
