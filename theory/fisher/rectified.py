"""The mean square of a rectified signal, which eq 46 takes from a symmetry (Furusho 2020, B.1)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.polynomial import legendre
from sympy import Integer, Symbol

from theory.closed_form import ClosedForm
from theory.computed import computed
from theory.domains import Integers
from theory.fisher.parameters import WIDE
from theory.parameters import WIDTH
from theory.reading import Reading

NODES = 60
"""Of the integral over an angle."""

FEW_UNITS = WIDTH.narrowed(
    Integers(1, 200), meaning="units D in a layer, few enough to be counted", typical=(2, 12)
)

_of_both: dict[str, Any] = {
    "subject": "fisher",
    "paper": "furusho2020",
    "parameters": (FEW_UNITS,),
    "assumptions": WIDE,
}

rectified_square_printed = ClosedForm(
    **_of_both,
    name="rectified_square_printed",
    expr=Integer(1),
    where="eq 46",
    status="printed",
    superseded_by="rectified_square",
    reading=Reading(
        says="E phi(h^(l-1))^2 = (1/2) E (h^(l-1))^2, because the weights are Gaussian with mean "
        "zero and thus h^(l-1) is a symmetric random variable around zero",
        shows="l = 2, where E (h^1)^2 = 2 at any width",
        kind="wrong assumption",
        consequence="the line, and with it that Lemma 2 and Theorem 6 hold at any width; they "
        "stand in the limit of the width, as the excess is (1/4 + 1/(2 pi))/D in a wide block",
        cause="h^1 = h^0 + W phi(h^0) varies the more the larger h^0 is, as W phi(h^0) has the "
        "variance 2 |phi(h^0)|^2/D: E (h^1)^3 = 12/(sqrt(2 pi) D)",
        true_if="h^(l-1) were normal, as it is for D -> oo",
    ),
)


@computed(
    **_of_both,
    where="eq 46, corrected",
    status="corrected",
    symbol=Symbol("q_D"),
    precision=1e-12,
)
def rectified_square(width: int) -> float:
    """The mean square of relu(h) of a unit behind the first block.

    Given h^0 it is normal of mean z = h^0_j and variance S = (2/D) |relu(h^0)|^2, which z^2 is a
    part of where z > 0 alone. E relu(h)^2 = (E h^2 + E h|h|)/2, and E h|h| of a normal variable is
    G(z, S) = (z^2 + S) erf(z/sqrt(2 S)) + z sqrt(2 S/pi) exp(-z^2/(2 S)), odd in z. So
    E h|h| = E [G(z, (2/D)(z^2 + R)) - G(z, (2/D) R)]/2 over z > 0, R the sum of squares of m
    normal numbers, m binomial of D - 1 units. G is homogeneous: z^2 + R has the mean m + 1, and
    the angle a, z = cos(a), a density like sin(a)^(m-1) on (0, pi/2).
    """
    from scipy.special import beta, erf  # 0.4 s to import

    nodes, weights = legendre.leggauss(NODES)
    angle, weights = np.pi / 4 * (1 + nodes), np.pi / 4 * weights

    def signed_square(z: Any, variance: Any) -> Any:
        ratio = z / np.sqrt(2 * variance)
        return (z**2 + variance) * erf(ratio) + z * np.sqrt(2 * variance / np.pi) * np.exp(
            -(ratio**2)
        )

    per_unit = 2 / width
    excess = signed_square(np.cos(angle), per_unit) - signed_square(
        np.cos(angle), per_unit * np.sin(angle) ** 2
    )
    total = (signed_square(1.0, per_unit) - 1) / 2 ** (width - 1)  # no other unit is active
    for active in range(1, width):
        density = 2 * np.sin(angle) ** (active - 1) / beta(active / 2, 1 / 2)
        chance = math.comb(width - 1, active) / 2 ** (width - 1)
        total += chance * (active + 1) * float(weights @ (density * excess))
    return 1 + total / 4
