"""What the measurements of several subjects' claims share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics import fisher
from verify.claims.terms import Parameters

Drawn = Mapping[str, NDArray[np.float64]]


def plain(values: Mapping[str, Any], **run: Any) -> fisher.Ensemble:
    """Plain residual networks of a point's sizes, on Gaussian inputs."""
    sizes = {name: values[name] for name in ("depth", "width", "samples")}
    return fisher.Ensemble(network="resnet", **sizes, **run)


def measure_nothing(values: Parameters, **run: Any) -> Drawn:
    """No quantity: what is judged by its formulas alone draws no network."""
    return {}
