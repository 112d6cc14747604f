"""Simulations of one network each, made into a measurement or into a whole claim."""

from __future__ import annotations

import inspect
import math
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import fields
from functools import update_wrapper
from importlib import import_module
from operator import attrgetter
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
import sympy
from numpy.typing import NDArray

from numerics.simulation.keyed import numpy_generator
from theory.closed_form import ClosedForm
from theory.computed import Computed
from theory.domains import Domain, OneOf
from theory.notation import read
from theory.papers import PAPERS, Paper
from theory.parameters import Parameter
from verify.errors import UsageError
from verify.model import QUANTITY, Claim, Experiment
from verify.model.measure import Measure, VarianceOf
from verify.relations import Equal, Statement

if TYPE_CHECKING:
    from theory.form import Form
    from verify.model import Value
    from verify.relations.words import Law, Remainder


class one_network:
    """Makes a measurement of a function that simulates one network.

    @one_network
    def square_norm(generator, depth, width):
        ...
        return h @ h

    The function takes a `numpy.random.Generator` of its own and the values of a point by name
    (parameters and setting).  It returns one draw of the quantity "value", or a mapping from
    quantities to draws; a draw is a number, or a row of them where the relation compares several.
    Workers import functions at the top level of a module by name; of others they are sent the code.
    """

    def __init__(self, simulate: Callable[..., Any]) -> None:
        update_wrapper(self, simulate, updated=())
        self._simulate = simulate

    def __reduce__(self) -> Any:
        place = self.__module__, getattr(self, "__qualname__", "")
        found = None if _is_typed_in(self.__module__) else _found_at(*place)
        if found is self:
            return place[1]
        # What is called otherwise, as a lambda or what another decorator returned, by its variable.
        module = sys.modules.get(self.__module__)
        for name, one in ({} if module is None else vars(module)).items():
            if one is self:
                return name
        if isinstance(found, Claim) and _simulation_of(*place) is self:
            return _simulation_of, place
        return self.by_value()

    def by_value(self) -> Any:
        """What a pickle of it holds that needs no module to find it in."""
        return one_network, (self._simulate,)

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
        if any(one is None for one in drawn):
            name = getattr(self, "__name__", "the simulation")
            raise UsageError(f"{name} returned None: must return a number; is a return missing?")
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


def _is_typed_in(module: str) -> bool:
    """Whether a module has no file that others could import: in a notebook, or `python -c`."""
    file = getattr(sys.modules.get(module), "__file__", None)
    return file is None or not os.path.exists(file)


def _found_at(module: str, qualname: str) -> Any:
    """What a loaded module has under a name; None where that is nothing."""
    try:
        return attrgetter(qualname)(sys.modules[module])
    except (AttributeError, KeyError):
        return None


def _simulation_of(module: str, qualname: str) -> Any:
    """The simulation behind a claim that was made of it, which stands in its place."""
    made: Claim = attrgetter(qualname)(import_module(module))
    measure = made.by[0].measure
    return measure.measure if isinstance(measure, VarianceOf) else measure


def claim(
    id: str,
    formula: str | sympy.Expr | Callable[..., Any],
    *,
    says: type[Statement] = Equal,
    of: Literal["mean", "variance"] = "mean",
    computed: bool = False,
    examples: Sequence[Mapping[str, Value]] = (),
    within: float | None = None,
    paper: Paper | None = None,
    **named: Domain | Law | Remainder,
) -> Callable[[Callable[..., Any]], Claim]:
    """Makes a claim of a function that simulates one network.

    @claim("notes2026/chain", "(1 + 5/width)**depth", depth=Integers(1), width=Integers(8))
    def chain(generator, depth, width):
        '''At the initialisation of He the mean of |h|^4 is (1 + 5/D)^L.'''
        ...

    It says that the mean of what the function returns, which is never negative, equals the formula
    (or what else `says` does, such as AtMost or SignedEqual); or that its variance does, for which
    a draw is the sample variance of several networks.  Keywords that are domains are those of the
    parameters; all others are terms of the statement, such as `relative_variance` or `largest`,
    without which a pilot measures the variance.  The function's docstring is the statement.

    The formula is an expression of sympy or a text in its syntax or in LaTeX, in the names of the
    parameters; or a function of their symbols.  With `computed` it is a function of numbers, at
    the top level of the module: for a root, a fixed point, a quadrature.  Its docstring says what
    the value is.

    Raises ValueError for a formula that cannot be read, and TypeError for a keyword that is
    neither, or a function whose first parameter cannot take the generator.
    """
    terms: dict[str, Any] = {
        name: one for name, one in named.items() if not isinstance(one, Domain)
    }
    known = {one.name for one in fields(says)} - {"quantity", "claimed", "by"}
    for name in terms.keys() - known:
        raise TypeError(
            f"{id}: {name} = {terms[name]!r}: must be the domain of a parameter (Integers, Reals"
            f" or OneOf), or a term of {says.__name__}: {', '.join(sorted(known))}"
        )
    parameters = tuple(
        Parameter(name, name, domain, name.replace("_", " "), _typical(name, domain, examples))
        for name, domain in named.items()
        if isinstance(domain, Domain)
    )

    def made(simulate: Callable[..., Any]) -> Claim:
        _require_generator(id, simulate, [item.name for item in parameters])
        measure: Measure = one_network(simulate)
        about: dict[str, Any] = {
            "name": simulate.__name__,
            "parameters": parameters,
            "paper": paper or PAPERS.get(key := id.partition("/")[0]) or _unpublished(key),
            "where": f"{simulate.__module__}.{simulate.__qualname__}",
            "status": "derived",
        }
        if of == "variance":
            measure = VarianceOf(measure)
        form: Form
        if computed and callable(formula):
            form = Computed(**about, function=formula, symbol=sympy.Symbol(simulate.__name__))
        else:
            form = ClosedForm(**about, expr=_expression(id, formula, parameters))
        return Claim(
            id,
            " ".join((simulate.__doc__ or id).split()),
            says=says(f"variance of {QUANTITY}" if of == "variance" else QUANTITY, form, **terms),
            by=Experiment(simulate.__name__.replace("_", " "), measure),
            examples=examples,
            within=within,
            notes=() if paper else (NO_PAPER,),
        )

    return made


def _require_generator(id: str, simulate: Callable[..., Any], names: Sequence[str]) -> None:
    """Refuse a function whose first parameter is one of the claim's, or takes no position."""
    try:
        listed = list(inspect.signature(simulate).parameters.values())
    except ValueError:  # of some that are compiled none is known
        return
    by_name = (inspect.Parameter.KEYWORD_ONLY, inspect.Parameter.VAR_KEYWORD)
    if not listed or listed[0].name in names or listed[0].kind in by_name:
        raise TypeError(
            f"{id}: the first parameter of {simulate.__name__} must take the generator"
            f" of random numbers, as in {simulate.__name__}({', '.join(('generator', *names))})"
        )


NO_PAPER = "The claim names no paper: claim(..., paper=Paper(...)) states where it is from."


def _expression(id: str, formula: Any, parameters: Sequence[Parameter]) -> sympy.Expr:
    """The formula in the symbols of the parameters."""
    if isinstance(formula, str):
        return read(formula, parameters)
    symbols = {item.name: item.symbol for item in parameters}
    if not isinstance(formula, sympy.Basic):
        try:
            return sympy.sympify(formula(**symbols), strict=True)
        except (TypeError, AttributeError, sympy.SympifyError) as error:
            raise ValueError(
                f"{id}: the formula cannot be called with symbols: {error}; a function of numbers"
                " needs computed=True"
            ) from error
    # By name: symbols of others know nothing of the domains.
    return formula.xreplace({one: symbols.get(one.name, one) for one in formula.free_symbols})


def _typical(name: str, domain: Domain, examples: Sequence[Mapping[str, Value]]) -> tuple[Any, Any]:
    """Two values of a parameter: the least and greatest of the examples, or of the domain."""
    listed = [row[name] for row in examples if name in row]
    if not listed and isinstance(domain, OneOf):
        listed = list(domain.values)
    if not listed:
        ends = [end for end in domain.endpoints() if end is not None and abs(end) < math.inf]
        near = [*ends, *(end + 1 for end in ends), *(end - 1 for end in ends), sum(ends) / 2]
        listed = [one for one in near if domain.contains(one)] or [1]
    if isinstance(listed[0], str):
        return listed[0], listed[-1]
    return min(listed), max(listed)


def _unpublished(key: str) -> Paper:
    """The paper of a claim that names none: its key, and the year in it."""
    digits = key[-4:] if key[-4:].isdigit() else "0"
    return Paper(key, (key.removesuffix(digits) or key,), "unpublished", int(digits), "notes")
