"""Share rho_L of the top eigenvalue in the trace of the FIM of a wide ResNet.

Arc-cosine recursion of the tangent kernel at orthogonal inputs. With theta_l the angle between
two inputs after l blocks, theta_0 = pi/2, kappa0 = 1 - theta/pi,
kappa1 = (sin theta + (pi - theta) cos theta)/pi:

    cos theta_l = (cos theta_(l-1) + kappa1(theta_(l-1))) / 2
    t_l = t_(l-1) (1 + kappa0(theta_(l-1))) / 2 + kappa1(theta_(l-1)) / 4,   t_0 = 0
    rho_l = t_l / (1 + l/4)

where t_l is the kernel between two inputs over 2^l, so that no depth overflows. The state kept is
e = 1 - cos theta, which falls like 1/l^2 and would drown in the rounding of cos theta.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import mpmath
import numpy as np

from theory.arc_cosine import sine_minus_chord


@cache
def _table(size: int) -> np.ndarray:
    shares = np.zeros(size)
    one_minus_cosine, between_inputs = 1.0, 0.0
    for layer in range(1, size):
        theta = 2 * math.asin(math.sqrt(one_minus_cosine / 2))
        lost = sine_minus_chord(theta) / math.pi
        kappa1 = 1 - one_minus_cosine + lost
        between_inputs = between_inputs * (1 - theta / (2 * math.pi)) + kappa1 / 4
        one_minus_cosine -= lost / 2
        shares[layer] = between_inputs / (1 + layer / 4)
    shares.setflags(write=False)
    return shares


def table(depth: int) -> np.ndarray:
    """Return a read-only float64 array whose entries 0, 1, ..., depth (and more) are rho_l."""
    return _table(1 << max(6, depth.bit_length()))


def table_mpf(depth: int) -> list[Any]:
    """Return [rho_0, ..., rho_depth] as mpmath numbers at the current precision."""
    # theta ~ 6 pi/l: its cosine loses log2(l) digits twice, sin - theta cos three times.
    with mpmath.extraprec(20 + 6 * depth.bit_length()):
        shares = [mpmath.mpf(0)]
        cosine, between_inputs = mpmath.mpf(0), mpmath.mpf(0)
        for layer in range(1, depth + 1):
            theta = mpmath.acos(cosine)
            kappa1 = (mpmath.sin(theta) + (mpmath.pi - theta) * cosine) / mpmath.pi
            between_inputs = between_inputs * (1 - theta / (2 * mpmath.pi)) + kappa1 / 4
            cosine = (cosine + kappa1) / 2
            shares.append(between_inputs / (1 + mpmath.mpf(layer) / 4))
    return [+share for share in shares]


def _bernstein(coefficients: Any, position: Any) -> Any:
    """Return sum_k binom(n, k) position^k (1 - position)^(n-k) coefficients[k] by de Casteljau.

    Only convex combinations occur: no cancellation, no overflow, and gradients at 0 and 1.
    """
    position = position[..., None]
    values = coefficients
    for _ in range(len(coefficients) - 1):
        values = (1 - position) * values[..., :-1] + position * values[..., 1:]
    return values[..., 0]


def binomial_mean(depth: Any, survival: Any, library: Any) -> Any:
    """Return E rho_K for K ~ Bin(depth, survival), elementwise over arrays or tensors.

    `library` is numpy or torch, and both arguments are its arrays. Cost: depth^2 an element.
    """
    mean = library.zeros_like(survival)
    for value in library.unique(depth):
        shares = library.asarray(table(int(value))[: int(value) + 1].copy(), device=mean.device)
        mean = library.where(depth == value, _bernstein(shares, survival), mean)
    return mean


def binomial_mean_mpf(depth: int, survival: Any) -> Any:
    """Return E rho_K for K ~ Bin(depth, survival) at the current precision of mpmath."""
    return mpmath.fsum(
        mpmath.binomial(depth, k) * survival**k * (1 - survival) ** (depth - k) * share
        for k, share in enumerate(table_mpf(depth))
    )
