"""Moments of hidden values, and of losses over their law: the arguments of forms.

They are worked out by quadrature.  The laws are scipy's, standardised, and know nothing of how
numerics draws them.  Numbers are rounded to ten digits, so that a point has the same key whatever
library found them.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import mpmath
import numpy as np

GAUSSIAN = "gaussian"


@cache
def standardised(law: str) -> Any:
    """A law of hidden values, of mean 0 and variance 1."""
    from scipy import stats

    root = np.sqrt(3)
    half = stats.halfnorm
    laws: dict[str, Callable[[], Any]] = {
        GAUSSIAN: stats.norm,
        "uniform": lambda: stats.uniform(-root, 2 * root),
        "laplace": lambda: stats.laplace(scale=np.sqrt(0.5)),
        "half_normal": lambda: half(loc=-half.mean() / half.std(), scale=1 / half.std()),
        "exponential": lambda: stats.expon(loc=-1),
    }
    return laws[law]()


def expit(h: float) -> float:
    """The logistic function."""
    return float(np.exp(-np.logaddexp(0, -h)))


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
    from scipy.integrate import quad

    density = standardised(law).pdf
    low, high = standardised(law).support()
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
