"""Gradient descent on a quadratic risk of two parameters: the learning rate that is fastest."""

import math
from functools import cache

import numpy as np
from scipy.optimize import minimize_scalar

from numerics.measurement import Measurement
from numerics.simulation import arguments


def measure_fastest_rate(
    *, top_eigenvalue: float, bottom_eigenvalue: float, steps: int = 1000, networks: int = 1
) -> Measurement:
    """Measure the learning rate at which gradient descent comes nearest to a minimum.

    The risk is quadratic in two parameters, whose Hessian has these eigenvalues, and descent starts
    at (1, 1). The rate in (0, 2 / top_eigenvalue) with the least final distance is found by a
    bounded scalar search over runs of ``steps`` steps. It takes no device: two numbers move.

    Args:
        top_eigenvalue: > 0.
        bottom_eigenvalue: from 1e-6 of the top one to all of it.
        steps: steps of a run >= 1; the rate is within O(1 / steps) of its limit.
        networks: how many values to return; nothing is random, and they are equal.

    Returns:
        The best rate.
    """
    top = arguments.real("top_eigenvalue", top_eigenvalue, minimum=1e-100, maximum=1e100)
    bottom = arguments.real("bottom_eigenvalue", bottom_eigenvalue, minimum=1e-6 * top, maximum=top)
    arguments.integer("steps", steps, minimum=1)
    arguments.integer("networks", networks, minimum=1)
    return Measurement(
        quantity="fastest learning rate",
        per_network=np.full(networks, _fastest(bottom / top, steps) / top),
        settings={"top_eigenvalue": top, "bottom_eigenvalue": bottom, "steps": steps},
    )


@cache
def _fastest(bottom: float, steps: int) -> float:
    """Return the best rate in units of the inverse top eigenvalue, as ``bottom`` is of it."""
    curvatures = np.array([bottom, 1.0])

    def contraction(rate: float) -> float:
        """Factor of the distance in one step, averaged geometrically; no run underflows it."""
        point, logarithm = np.ones(2), 0.0
        for _ in range(steps):
            point = point - rate * curvatures * point
            size = float(np.abs(point).max())
            if size == 0:
                return 0.0
            logarithm += math.log(size)
            point /= size
        return math.exp((logarithm + math.log(np.linalg.norm(point))) / steps)

    best = minimize_scalar(contraction, bounds=(0, 2), method="bounded", options={"xatol": 1e-9})
    return float(best.x)
