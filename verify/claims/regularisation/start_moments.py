"""How norms and gradients vary at He's initialisation: moments that no draw has to tell.

A perceptron has weights N(0, 2/fan-in) in every layer, which are independent; sizes are its number
of inputs, its hidden widths and 1.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np

_ROOT = math.sqrt(math.pi)
_RAW = (2 / _ROOT, 2.0, 8 / _ROOT, 12.0)
"""Moments of |N(0, 2)|."""


def _cumulants() -> tuple[float, float, float, float]:
    """Those of |N(0, 2)|."""
    m1, m2, m3, m4 = _RAW
    return (
        m1,
        m2 - m1**2,
        m3 - 3 * m1 * m2 + 2 * m1**3,
        m4 - 4 * m1 * m3 - 3 * m2**2 + 12 * m1**2 * m2 - 6 * m1**4,
    )


_MOMENTS_OF_CUMULANTS = np.array(
    [[1, 4, 3, 6, 1], [0, 1, 0, 3, 1], [0, 0, 1, 2, 1], [0, 0, 0, 1, 1], [0, 0, 0, 0, 1]]
)
"""mu_4, mu_3 mu_1, mu_2^2, mu_2 mu_1^2 and mu_1^4 of kappa_4, kappa_3 kappa_1 and so on."""


def path_norm_moments(sizes: Sequence[int]) -> tuple[float, float, float]:
    """E psi, E psi^2 and E psi^4 of the path norm psi = |W^L| .. |W^1| 1.

    A unit of |W| v, of n inputs, has the cumulants c_k/n^(k/2) sum v_j^k given v, and m units are
    independent. So the means of sum v^4, sum v^3 sum v, (sum v^2)^2, sum v^2 (sum v)^2 and
    (sum v)^4 go linearly from layer to layer, and those of sum v^2 and (sum v)^2.
    """
    c1, c2, c3, c4 = _cumulants()
    of_degree_4 = np.array([c4, c3 * c1, c2**2, c2 * c1**2, c1**4])
    fan_in = sizes[0]
    mean = float(fan_in)
    second = np.array([mean, mean**2])
    fourth = mean ** np.array([1, 2, 2, 3, 4])
    for units in sizes[1:]:
        f1, f2, f3, f4 = (float(math.perm(units, k)) for k in (1, 2, 3, 4))
        mean *= units * c1 / math.sqrt(fan_in)
        k2, k11 = second * (c2, c1**2) / fan_in
        second = np.array([f1 * (k2 + k11), f1 * (k2 + k11) + f2 * k11])
        sums = np.array(
            [
                [f1, 0, 0, 0, 0],
                [f1, f2, 0, 0, 0],
                [f1, 0, f2, 0, 0],
                [f1, 2 * f2, f2, f3, 0],
                [f1, 4 * f2, 3 * f2, 6 * f3, f4],
            ]
        )
        fourth = sums @ _MOMENTS_OF_CUMULANTS @ (of_degree_4 * fourth) / fan_in**2
        fan_in = units
    return mean, float(second[0]), float(fourth[0])


def entrywise_variance(sizes: Sequence[int]) -> float:
    """Relative variance of the product of sums of absolute entries: pi/2 - 1 over their number."""
    entries = (below * above for below, above in pairwise(sizes))
    return math.prod(1 + (math.pi / 2 - 1) / count for count in entries) - 1


def frobenius_variance(sizes: Sequence[int]) -> float:
    """Relative variance of the product of norms of Frobenius, each of them a chi variable."""
    entries = (below * above for below, above in pairwise(sizes))
    return math.prod(1 + chi_variance(count) for count in entries) - 1


def chi_variance(degrees: int) -> float:
    """Relative variance of a chi variable."""
    log_mean = math.lgamma((degrees + 1) / 2) - math.lgamma(degrees / 2)
    return degrees / (2 * math.exp(2 * log_mean)) - 1


def gradient_variance(depth: int, width: int, inputs: int) -> float:
    """Relative variance of |grad f|^2, its mean over the output and over signs of W^1 and W^2.

    Of two matrices it is |W^1|^2/D, a chi-square of D D_0 degrees. Of three the two signs of W^2
    open each gate once: it is (|W^2 J|^2 + |W^2 K|^2)/(2 D), J and K the rows of W^1 that the input
    and its opposite open, each of them with a probability of a half, whatever its direction. Given
    W^1 its mean is |W^1|^2/D, and its variance 2/D^3 times tr (J J')^2 + tr (K K')^2.
    """
    of_first = 2 / (width * inputs)
    if depth == 2:
        return of_first
    if depth != 3:
        raise ValueError(f"depth = {depth}: must be 2 or 3")
    return of_first + (width + 2 * inputs + 3) / (width**2 * inputs)
