"""Claims on linear students trained with batch normalisation (Luo et al. 2018, Figs 2 and 3)."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from theory import generalisation as forms
from theory.batch_norm import std_moment
from theory.domains import Integers
from verify.claims.generalisation.experiments import MEETS, measured, reached
from verify.claims.terms import Parameters
from verify.model import Claim, Experiment, Value
from verify.relations import Ranking, SignedEqual

FITTED_BATCH = 32
"""Batch size M of the paper's students."""

# Converged ------------------------------------------------------------------------------------


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


def risk(values: Parameters) -> float:
    """The excess risk itself."""
    return _Sizes.of(values).risk


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


TERMS: dict[str, Any] = {"remainder": remainder, "variance": variance}


def epochs_needed(load: float, batch_size: int) -> int:
    """Epochs after which `remainder` covers what training still lacks; their order is derived.

    The slowest direction takes some multiple of 1/(1 - sqrt(alpha))^2 of them.  The gradients of
    small batches make |w| grow, and the rate falls like 1/|w|^2; above alpha = 1 it never ceases
    to.  The constants are measured, at noise from 0.01 to 1, batches of 4, 8 and 32 and loads of
    0.25, 0.5, 0.75, 2 and 4.
    """
    count = 400 if load > 1 else 10 + 80 / batch_size
    return math.ceil(count / (1 - math.sqrt(load)) ** 2)


SMALLEST_BATCH = 4
"""Below it how long training takes was not measured."""

NEAR = 0.02
"""How far, relatively, a load of whole batches may lie from the one asked for."""

WIDEST = 0.35
"""Largest remainder at which anything is told."""


def sizes(at: Mapping[str, Any], within: float = 0.0) -> dict[str, Value] | None:
    """Whole batches, and the epochs that training takes; None where it was not measured."""
    load, batch_size = float(at["load"]), int(at["batch_size"])
    width = 256 if load <= 0.5 else 128 if load < 1 else 64
    whole, width = reached(at, width, batch_size)
    achieved = float(whole["load"])
    if achieved == 1 or abs(achieved / load - 1) > NEAR or batch_size < SMALLEST_BATCH:
        return None
    found: dict[str, Value] = {
        "load": achieved, "width": width, "epochs": epochs_needed(achieved, batch_size),
    }  # fmt: skip
    return None if remainder({**whole, **found}) > WIDEST else found


students = Experiment("students of batch norm", measured("converged"), sizes=sizes, meets=MEETS)
of_fitted_batch = replace(
    students, label="M = 32", over={"batch_size": Integers(FITTED_BATCH, FITTED_BATCH)}
)


def _other_sizes(at: Mapping[str, Any], within: float) -> dict[str, Value] | None:
    return None if at["batch_size"] == FITTED_BATCH else sizes(at)


of_other_batches = replace(students, label="other batches", sizes=_other_sizes)

generalisation_bn = Claim(
    "luo2018/generalisation-bn",
    "The paper says that linear students with batch normalisation at M = 32 follow the "
    "ridge curve of ζ = 0.014; trained to convergence they follow least squares, shorter by "
    "E[σ_B]/σ_P, and so diverge at α = 1.",
    says=(
        SignedEqual("excess risk", forms.excess_risk_bn_printed, by=(of_fitted_batch,), **TERMS),
        SignedEqual("excess risk", forms.excess_risk_bn, **TERMS),
    ),
    by=(of_fitted_batch, of_other_batches),
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
)


# Over epochs at alpha = 1 ---------------------------------------------------------------------

over_epochs = Claim(
    "luo2018/generalisation-bn-epochs",
    "At α = 1 the validation loss with batch normalisation lies above that of weight "
    "normalisation with ζ = 0.014, and goes on growing with the epochs.",
    says=Ranking("validation loss"),
    where="sec 4.1, Fig 3",
    by=Experiment(
        "students over epochs",
        measured("over_epochs"),
        setting={"width": 128},
        reads=("epochs",),
        meets=MEETS,
    ),
    notes=(
        "The same training sets, batches and start for both. At a constant learning rate the loss "
        "of weight normalisation settles at that of a ridge of 0.014; that of batch normalisation "
        "grows with the epochs like that of plain SGD. Fig 3 says that the two "
        "are regularised similarly: they are alike early on, by stopping.",
    ),
)

CLAIMS = (generalisation_bn, over_epochs)
