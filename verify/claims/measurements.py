"""What the measurements of several subjects' claims share."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Drawn = Mapping[str, NDArray[np.float64]]


def measure_nothing(values: Mapping[str, Any], **run: Any) -> Drawn:
    """No quantity: what is judged by its formulas alone draws no network."""
    return {}
