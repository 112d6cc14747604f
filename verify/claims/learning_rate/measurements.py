"""How claims about learning rates are measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from numerics import learning_rate
from verify.claims.measurements import plain

if TYPE_CHECKING:
    from verify.claims.measurements import Drawn


def measure_divergence(values: Mapping[str, Any], **run: Any) -> Drawn:
    """Learning rate at which gradient descent turns to divergence, times the top eigenvalue."""
    measured = learning_rate.measure_divergence_rate(plain(values, **run)).per_network
    return {"learning rate": measured / values["top_eigenvalue"]}


def measure_fastest(values: Mapping[str, Any], **run: Any) -> Drawn:
    """Learning rate of fastest descent; the run is deterministic, each repetition the same."""
    condition = values["top_eigenvalue"] / values["bottom_eigenvalue"]
    measured = learning_rate.measure_fastest_rate(condition_number=condition, steps=values["steps"])
    rate = float(measured.estimate) / values["top_eigenvalue"]
    return {"learning rate": np.full(run["networks"], rate)}
