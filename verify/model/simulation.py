"""Simulations of one network each, made into the measurement of a claim."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import update_wrapper
from typing import Any

import numpy as np
from numpy.typing import NDArray

from numerics.simulation.keyed import numpy_generator
from verify.model import QUANTITY


class one_network:
    """Makes a measurement of a function that simulates one network.

    @one_network
    def square_norm(generator, depth, width):
        ...
        return h @ h

    The function takes a `numpy.random.Generator` of its own and the values of a point by name
    (parameters and setting).  It returns one draw of the quantity "value", or a mapping from
    quantities to draws; a draw is a number, or a row of them where the relation compares several.
    Decorate functions at the top level of a module: workers import them by name.
    """

    def __init__(self, simulate: Callable[..., Any]) -> None:
        self._simulate = simulate
        update_wrapper(self, simulate)

    def __reduce__(self) -> str:
        return self.__qualname__  # type: ignore[attr-defined]

    def __call__(
        self,
        values: Mapping[str, Any],
        *,
        seed: int,
        first_network: int,
        networks: int,
        device: str,
    ) -> Mapping[str, NDArray[np.float64]]:
        """One draw a network for each quantity; simulated on the CPU whatever the device."""
        drawn = [
            self._simulate(numpy_generator(seed=seed, network=network), **values)
            for network in range(first_network, first_network + networks)
        ]
        rows = [one if isinstance(one, Mapping) else {QUANTITY: one} for one in drawn]
        return {name: np.array([row[name] for row in rows], dtype=np.float64) for name in rows[0]}
