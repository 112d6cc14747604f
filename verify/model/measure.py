"""What a measurement is called with, what it returns, and how it is found by its name."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, is_dataclass
from importlib import import_module
from inspect import signature
from typing import TYPE_CHECKING, Any, Protocol, get_type_hints

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
        """One number a network, of `networks` from `first_network` on, for each quantity.

        That of network k must depend on seed and k alone, whatever else is drawn beside it.
        """
        ...


QUANTITY = "value"
"""Name of the measured quantity where a simulation returns but one."""


@dataclass(frozen=True)
class OfNumerics:
    """A measurement of numerics, called with those values of a point that it takes.

    `function` reads "package.module:function", within numerics.  An argument whose type is a
    dataclass (an ensemble, a student) is made of the values that its fields take.  `names` says
    which value an argument takes where it has another name, and `fixed` which no point names.  Each
    field of what is returned is a quantity, named with spaces; one measurement alone goes by the
    name, or names, of `quantities`.
    """

    function: str
    names: Mapping[str, str] = field(default_factory=dict)
    fixed: Mapping[str, Any] = field(default_factory=dict)
    quantities: tuple[str, ...] = (QUANTITY,)

    def __post_init__(self) -> None:
        module, _, name = self.function.partition(":")
        if not (module.startswith("numerics.") and name.isidentifier()):
            raise ValueError(
                f"function = {self.function!r}: must read package.module:function, in numerics"
            )

    def __call__(self, values: Mapping[str, Any], **run: Any) -> Mapping[str, NDArray[np.float64]]:
        """One number a network for each quantity, computed on one thread."""
        from numerics.simulation.batched import one_thread  # takes torch, as what is called does

        module, _, name = self.function.partition(":")
        with one_thread():
            found = self._call(getattr(import_module(module), name), {**values, **run})
        if hasattr(found, "per_network"):
            return dict.fromkeys(self.quantities, found.per_network)
        return {name.replace("_", " "): one.per_network for name, one in vars(found).items()}

    def _call(self, function: Callable[..., Any], given: Mapping[str, Any]) -> Any:
        types = get_type_hints(function)
        arguments = {}
        for name in signature(function).parameters:
            if is_dataclass(types[name]):
                arguments[name] = self._call(types[name], given)
            elif (value := self.names.get(name, name)) in given:
                arguments[name] = given[value]
            if name in self.fixed:
                arguments[name] = self.fixed[name]
        return function(**arguments)


NETWORKS_A_VARIANCE = 32
"""Of a draw: a pair would do, and would take twice as many networks."""


@dataclass(frozen=True)
class VarianceOf:
    """Measures variances over networks: a draw is the sample variance of so many of them.

    Its mean is the variance whatever their number is, and it is never negative.  Each quantity of
    `measure` makes "variance of" that quantity.  Network k of it is networks 32 k to 32 k + 31 of
    `measure`.
    """

    measure: Measure
    networks: int = NETWORKS_A_VARIANCE

    def __post_init__(self) -> None:
        if self.networks < 2:
            raise ValueError(f"networks = {self.networks}: a variance needs two at least")

    def __call__(
        self,
        values: Mapping[str, Any],
        *,
        seed: int,
        first_network: int,
        networks: int,
        device: str,
    ) -> Mapping[str, NDArray[np.float64]]:
        """One sample variance for each quantity and network of this measurement."""
        size = self.networks
        drawn = self.measure(
            values,
            seed=seed,
            first_network=size * first_network,
            networks=size * networks,
            device=device,
        )
        return {
            f"variance of {name}": x.reshape(networks, size, *x.shape[1:]).var(axis=1, ddof=1)
            for name, x in drawn.items()
        }
