"""Where gradient descent of random residual networks turns from converging to diverging.

Within one network the diverging rates are no interval: between rates that diverge others converge.
A boundary is therefore read off a stated grid of rates, geometric from ``lowest`` to ``highest``.
"""

import math
import numbers
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from numerics.fisher.networks import Ensemble
from numerics.fisher.spectrum import measure_spectrum
from numerics.learning_rate.descent import losses_of_descent
from numerics.measurement import Measurement
from numerics.simulation import arguments

DIVERGED = 1000.0
"""The loss above which the paper calls a run diverged (Furusho 2020, section 4.3.3)."""

_LARGEST_RATE = 1e30


def measure_final_loss(
    ensemble: Ensemble, *, learning_rate: float | Sequence[float], steps: int = 50
) -> Measurement:
    """Measure the loss after gradient descent, counted as 1000 where it is above.

    Args:
        ensemble: the networks.
        learning_rate: one rate >= 0, or several, which give a column each.
        steps: >= 0.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    one = isinstance(learning_rate, numbers.Real)
    listed = (learning_rate,) if one else arguments.sequence("learning_rate", learning_rate)
    rates = [arguments.real("learning_rate", x, minimum=0, maximum=_LARGEST_RATE) for x in listed]
    losses = losses_of_descent(ensemble, _for_each(ensemble, rates), steps=steps)
    final = np.minimum(losses[:, :, -1], DIVERGED)
    return Measurement(
        quantity=f"loss after {steps} steps, at most {DIVERGED:g}",
        per_network=final[:, 0] if one else final,
        settings={**vars(ensemble), "learning_rate": learning_rate, "steps": steps},
    )


@dataclass(frozen=True, kw_only=True)
class Boundary:
    """Where descent turns from converging to diverging, one value a network.

    Attributes:
        highest_converging_rate: the highest rate of the grid whose loss is at most 1000 after all
            steps; 0 where there is none, as of a deep network that starts far above.
        lowest_rising_rate: the lowest rate of the grid at which the loss ever exceeds its start;
            the highest of the grid where it never does.
    """

    highest_converging_rate: Measurement
    lowest_rising_rate: Measurement


@dataclass(frozen=True, kw_only=True)
class BoundaryOverStart(Boundary):
    """The boundary beside the top eigenvalue of F at the start.

    Attributes:
        start_limit: 2/(top eigenvalue of F), with gradients through the statistics of batch norm;
            with stochastic depth that of the network none of whose blocks is dropped.
        above_start_limit: the highest converging rate over the start limit.
        rise_above_start_limit: the lowest rising rate over the start limit.
    """

    start_limit: Measurement
    above_start_limit: Measurement
    rise_above_start_limit: Measurement


def measure_boundary(
    ensemble: Ensemble, *, lowest: float, highest: float, rates: int, steps: int = 50
) -> Boundary:
    """Measure the boundary of each network on a geometric grid of learning rates.

    Args:
        ensemble: the networks.
        lowest: the lowest rate, > 0.
        highest: the highest rate, at least that.
        rates: number of rates of the grid >= 1.
        steps: >= 1.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    bottom = arguments.real("lowest", lowest, minimum=1e-30, maximum=_LARGEST_RATE)
    top = arguments.real("highest", highest, minimum=bottom, maximum=_LARGEST_RATE)
    count = arguments.integer("rates", rates, minimum=1)
    arguments.integer("steps", steps, minimum=1)
    ratio = math.log(top / bottom) / max(count - 1, 1)
    grid = np.array([bottom * math.exp(ratio * place) for place in range(count)])
    losses = losses_of_descent(ensemble, _for_each(ensemble, grid), steps=steps)
    converges = losses[:, :, -1] <= DIVERGED
    rises = losses.max(axis=2) > losses[:, :, 0]
    asked = {"lowest": bottom, "highest": top, "rates": count, "steps": steps}
    return Boundary(
        highest_converging_rate=Measurement(
            quantity=f"highest rate with a loss of at most {DIVERGED:g} at the end",
            per_network=np.where(converges, grid, 0).max(axis=1),
            settings={**vars(ensemble), **asked},
        ),
        lowest_rising_rate=Measurement(
            quantity="lowest rate at which the loss ever exceeds its start",
            per_network=np.where(rises, grid, grid[-1]).min(axis=1),
            settings={**vars(ensemble), **asked},
        ),
    )


def measure_boundary_over_start(
    ensemble: Ensemble, *, lowest: float, highest: float, rates: int, steps: int = 50
) -> BoundaryOverStart:
    """Measure what ``measure_boundary`` does, beside 2/(top eigenvalue of F) at the start."""
    found = measure_boundary(ensemble, lowest=lowest, highest=highest, rates=rates, steps=steps)
    limit = start_limit(ensemble)

    def measured(quantity: str, per_network: np.ndarray) -> Measurement:
        settings = found.highest_converging_rate.settings
        return Measurement(quantity=quantity, per_network=per_network, settings=settings)

    return BoundaryOverStart(
        **vars(found),
        start_limit=measured("2 / top eigenvalue of F at the start", limit),
        above_start_limit=measured(
            "highest converging rate over that", found.highest_converging_rate.per_network / limit
        ),
        rise_above_start_limit=measured(
            "lowest rising rate over that", found.lowest_rising_rate.per_network / limit
        ),
    )


def start_limit(ensemble: Ensemble) -> np.ndarray:
    """Return 2/(top eigenvalue of F) at the start as ``BoundaryOverStart`` has it, (networks,)."""
    options: dict[str, Any] = {}
    if ensemble.network == "batch_norm":
        options = {"statistics": "coupled"}
    elif ensemble.network == "stochastic_depth":
        ensemble = replace(ensemble, network="resnet", survival=None)
    top = measure_spectrum(**vars(ensemble), **options).top_eigenvalue
    assert top is not None
    return 2 / top.per_network


def _for_each(ensemble: Ensemble, rates: Sequence[float] | np.ndarray) -> np.ndarray:
    return np.tile(np.asarray(rates, dtype=float), (ensemble.networks, 1))
