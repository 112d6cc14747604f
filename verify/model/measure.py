"""What a measurement is called with, and what it returns."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


class Measure(Protocol):
    """A function that draws networks of a point, importable by name so that workers can call it."""

    def __call__(
        self,
        values: Mapping[str, Any],
        *,
        seed: int,
        first_network: int,
        networks: int,
        device: str,
    ) -> Mapping[str, NDArray[np.float64]]:
        """One number a network, of `networks` from `first_network` on, for each quantity."""
        ...


QUANTITY = "value"
"""Name of the measured quantity where a simulation returns but one."""
