"""What the measurements of several subjects' claims share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from numerics.fisher import Ensemble

    Drawn = Mapping[str, NDArray[np.float64]]


def plain(values: Mapping[str, Any], **run: Any) -> Ensemble:
    """Plain residual networks of a point's sizes, on Gaussian inputs."""
    from numerics.fisher import Ensemble  # not with the catalogue, which finds this module

    sizes = {name: values[name] for name in ("depth", "width", "samples")}
    return Ensemble(network="resnet", **sizes, **run)


def measure_nothing(values: Mapping[str, Any], **run: Any) -> Drawn:
    """No quantity: what is judged by its formulas alone draws no network."""
    return {}
