"""The terms on which claims about batch norm are judged: how batches are drawn, and moments.

Moments of hidden values and of losses over their law, the arguments of forms, are worked out by
quadrature.  The laws are scipy's, standardised, and know nothing of how numerics draws them.
Numbers are rounded to ten digits, so that a point has the same key whatever library found them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cache
from typing import Any

import mpmath
import numpy as np
from scipy.integrate import quad
from scipy.special import expit
from scipy.stats import expon, halfnorm, laplace, norm, uniform

from numerics.batch_norm import HiddenValues
from verify.model import Value

GAUSSIAN = "gaussian"

WHOLE = 128
"""Batches up to this size are drawn whole; larger ones of Gaussian values exactly in law."""

GROUP = 64
"""Batches of one draw, where no more are needed."""


def group_of_batches(law: str, batch_size: int, batches: int = GROUP) -> dict[str, Value]:
    """The setting that says how batches are drawn."""
    method = "batches" if batch_size <= WHOLE else "exact"
    return {"law": law, "method": method, "batches": batches}


def hidden_values(values: Mapping[str, Any]) -> HiddenValues:
    """What numerics draws at a point."""
    return HiddenValues(
        distribution=values["law"],
        batch_size=values["batch_size"],
        batches=values["batches"],
        method=values.get("method", "batches"),
    )


# Moments --------------------------------------------------------------------------------------

LAWS = {
    GAUSSIAN: norm(),
    "uniform": uniform(-np.sqrt(3), 2 * np.sqrt(3)),
    "laplace": laplace(scale=np.sqrt(0.5)),
    "half_normal": halfnorm(loc=-halfnorm.mean() / halfnorm.std(), scale=1 / halfnorm.std()),
    "exponential": expon(loc=-1),
}

SLOPES: dict[str, Callable[[float], float]] = {
    "relu": lambda h: float(np.logaddexp(0, h)),
    "logistic": expit,
    "squares": lambda h: 2 * h,
}
CURVATURES: dict[str, Callable[[float], float]] = {
    "relu": expit,
    "logistic": lambda h: expit(h) * expit(-h),
    "squares": lambda h: 2.0,
}


def rounded(number: float) -> float:
    """The number to ten digits, and 0 where that is all it is."""
    return float(f"{number:.10g}") if abs(number) > 1e-10 else 0.0


def expectation(law: str, function: Callable[[float], float]) -> float:
    """E f(z) for a standardised hidden value z of the law; rounded."""
    density = LAWS[law].pdf
    low, high = LAWS[law].support()
    # The density of one law has a kink at 0, and each is dense near it.
    halves = ((max(low, -40.0), 0.0), (0.0, min(high, 40.0)))
    return rounded(
        sum(
            quad(lambda z: function(z) * density(z), *ends, epsabs=1e-13, epsrel=1e-12, limit=200)[
                0
            ]
            for ends in halves
        )
    )


@cache
def moment(law: str, order: int) -> float:
    """E z^order, 0 and 1 at the first two orders."""
    return expectation(law, lambda z: z**order)


def shape(law: str) -> dict[str, float]:
    """Skewness and excess kurtosis of the law."""
    return {"skewness": moment(law, 3), "kurtosis": rounded(moment(law, 4) - 3)}


@cache
def _loss_moments(
    loss: str, law: str, scale: float, shift: float, teacher_scale: float, teacher_shift: float
) -> dict[str, float]:
    slope, curvature = SLOPES[loss], CURVATURES[loss]

    def bent(z: float) -> float:
        return curvature(scale * z + shift)

    def residual(z: float) -> float:
        return slope(scale * z + shift) - slope(teacher_scale * z + teacher_shift)

    return {
        "fisher_information": expectation(law, lambda z: bent(z) * z**2),
        "mean_curvature": expectation(law, bent),
        "curvature_moment": expectation(law, lambda z: bent(z) * z),
        "residual_mean": expectation(law, residual),
        "residual_moment": expectation(law, lambda z: residual(z) * z),
        "residual_cube": expectation(law, lambda z: residual(z) * z**3),
    }


def loss_moments(
    *, loss: str, law: str, scale: float, shift: float, teacher_scale: float, teacher_shift: float
) -> dict[str, float]:
    """What the general penalty takes of a loss, by the names of its parameters.

    They are F = E A'' z^2, E A'', E A'' z, and E r, E r z, E r z^3 for r = A'(hbar) - E[y | z].
    """
    return dict(_loss_moments(loss, law, scale, shift, teacher_scale, teacher_shift))


def inverse_std_moments(batch_size: int) -> list[Any]:
    """E sigma_B^-k of Gaussian values at sigma_P = 1, for k = 0 to 4, as mpmath numbers.

    M sigma_B^2 is chi-square with M - 1 degrees of freedom; a moment of order M - 1 or more is
    infinite.  At 40 digits differences of them keep enough for any M.
    """
    with mpmath.workdps(40):
        half, freedom = mpmath.mpf(batch_size) / 2, mpmath.mpf(batch_size - 1)
        return [
            half ** (mpmath.mpf(k) / 2) * mpmath.gammaprod([(freedom - k) / 2], [freedom / 2])
            if k < freedom
            else mpmath.inf
            for k in range(5)
        ]
