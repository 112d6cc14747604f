"""Simulations of one network each, made into a measurement or into a whole claim."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import update_wrapper
from importlib import import_module
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from numerics.simulation.keyed import numpy_generator
from verify.errors import UsageError
from verify.model import QUANTITY, Claim, Experiment
from verify.relations import Equal

if TYPE_CHECKING:
    from theory.domains import Domain
    from theory.papers import Paper
    from verify.model import Value
    from verify.relations.statement import Law


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
        return {name: _numbers(name, [row.get(name) for row in rows]) for name in rows[0]}


def _numbers(name: str, drawn: Sequence[Any]) -> NDArray[np.float64]:
    """What networks returned of a quantity, as one array."""
    try:
        return np.array(drawn, dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise UsageError(
            f"{name} = {drawn[0]!r} of the first network: must be a real number of every network,"
            " or a row of as many"
        ) from error


class _OfClaim(one_network):
    """A simulation whose name in its module stands for the claim that was made of it."""

    def __reduce__(self) -> Any:
        return _simulation_of, (self.__module__, self.__qualname__)  # type: ignore[attr-defined]


def _simulation_of(module: str, name: str) -> Any:
    """The simulation behind a claim that was made of it."""
    made: Claim = getattr(import_module(module), name)
    return made.by[0].measure


def claim(
    id: str,
    formula: Callable[..., Any],
    *,
    examples: Sequence[Mapping[str, Value]] = (),
    relative_variance: Law | None = None,
    within: float | None = None,
    paper: Paper | None = None,
    **domains: Domain,
) -> Callable[[Callable[..., Any]], Claim]:
    """Makes a claim of a function that simulates one network.

    @claim(
        "notes2026/fourth-moment",
        lambda depth, width: (1 + 5 / width) ** depth,
        depth=Integers(1), width=Integers(2),
        examples=[{"depth": 1, "width": 8}], within=0.15,
        relative_variance=lambda values: 3.0,
    )
    def fourth_moment(generator, depth, width):
        ...

    It says that the mean of what the function returns, which is never negative, equals the formula,
    a function of its parameters that is called with their symbols; `domains` are theirs.  The
    function's docstring is the statement.  Write CLAIMS = (fourth_moment,) below it.
    """
    from theory.closed_form import ClosedForm
    from theory.parameters import Parameter

    parameters = []
    for name, domain in domains.items():
        listed = [float(row[name]) for row in examples if name in row]
        typical = (min(listed), max(listed)) if listed else (1.0, 1.0)
        meaning = name.replace("_", " ")
        parameters.append(Parameter(name, name, domain, meaning, typical))

    def made(simulate: Callable[..., Any]) -> Claim:
        form = ClosedForm(
            name=simulate.__name__,
            expr=formula(**{item.name: item.symbol for item in parameters}),
            parameters=tuple(parameters),
            paper=paper or _unpublished(id.partition("/")[0]),
            where=f"{simulate.__module__}.{simulate.__qualname__}",
            status="derived",
        )
        return Claim(
            id,
            " ".join((simulate.__doc__ or id).split()),
            says=Equal(QUANTITY, form, relative_variance=relative_variance),
            by=Experiment(simulate.__name__.replace("_", " "), _OfClaim(simulate)),
            examples=examples,
            within=within,
        )

    return made


def _unpublished(key: str) -> Paper:
    """The paper of a claim that names none: its key, and the year in it."""
    from theory.papers import Paper

    digits = key[-4:] if key[-4:].isdigit() else "0"
    return Paper(key, (key.removesuffix(digits) or key,), "unpublished", int(digits), "notes")
