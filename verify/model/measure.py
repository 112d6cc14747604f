"""What a measurement is called with, what it returns, and how it is found by its name."""

from __future__ import annotations

from collections.abc import Mapping
from importlib import import_module
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


def resolved(measure: str | Measure) -> Measure:
    """The measurement itself, imported where it is named as "package.module:function".

    Raises ValueError for a name of another kind, and what the import raises.
    """
    if not isinstance(measure, str):
        return measure
    module, colon, name = measure.partition(":")
    if not (colon and name.isidentifier()):
        raise ValueError(f"measure = {measure!r}: must read package.module:function")
    found: Measure = getattr(import_module(module), name)
    return found
