"""A prediction that is no formula: a function of its parameters, with the face of a closed form.

    @computed(
        paper="luo2018", where="eq 9", status="derived", symbol=Function("Q")(t),
        parameters=(STUDENT_LENGTH, TIME), of=(scale_velocity,),
    )
    def scale_over_time(velocity, *, Q, time):
        '''The length at time t, by Euler's method.

        What else there is to say of it is its derivation.
        '''
        for _ in range(1000):
            Q += velocity.value(Q=Q) * time / 1000
        return Q

    scale_over_time(Q=0.5, time=2.0)
    scale_over_time.with_parts(scale_velocity=-scale_velocity.expr).value(Q=0.5, time=2.0)

The last line is the value of a mutant: a form is as wrong as one of those that it is made of.
"""

from __future__ import annotations

import hashlib
import importlib
import inspect
import math
import uuid
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, replace
from functools import cached_property, lru_cache
from operator import attrgetter
from pathlib import Path
from types import FunctionType
from typing import Any, Literal, Self

import mpmath
import numpy as np
import sympy

from theory import text
from theory.closed_form import ClosedForm
from theory.domains import Integers
from theory.form import Form, Quantity
from theory.lowering import Backend, arrays, backend_of, multiprecision, numbers

_KINDS = {
    numbers.name: "numbers",
    arrays.name: "numpy arrays",
    multiprecision.name: "mpmath numbers",
}


@dataclass(frozen=True, kw_only=True, repr=False)
class Computed(Form):
    """A prediction worked out by a function: an ODE's solution, a recursion, a quadrature, a root.

    `function` is called with the forms that it is made `of`, in their order, and then with a
    value of each parameter by its name: a float, an int where the domain is of integers, or an mpf
    where the caller's are mpmath numbers. It returns a number, and raises ArithmeticError or
    ValueError where there is none. It uses nothing of a function around it, so that the text of its
    file says all of it. The first paragraph of its docstring says in plain words what the value
    is, the rest is the derivation. `symbol` is what papers write for the value.

    `kinds` are the kinds of number that it takes: "number", "numpy" (element by element) and, where
    the function can do with them, "mpmath": its logarithm is then finite where floats overflow.
    `precision` is the relative error of its floats.

    Raises ValueError for a function that is none of this, and for `of` that names two forms alike.
    """

    function: Callable[..., Any]
    symbol: sympy.Expr
    of: tuple[Form, ...] = ()
    kinds: tuple[Literal["number", "numpy", "mpmath"], ...] = ("number", "numpy")
    precision: float = 1e-9

    def __post_init__(self) -> None:
        self._require_parts_and_kinds()
        self._require_plain_function()
        if not self.derivation:
            rest = " ".join(self._documented[1].split())
            object.__setattr__(self, "derivation", rest)
        super().__post_init__()

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self  # as of functions

    def __getstate__(self) -> dict[str, Any]:
        # By its place: under the function's own name pickle would find the form.
        place = self.function.__module__, self.function.__qualname__
        try:
            at_place = _function_at(*place)
        except (AttributeError, ImportError):
            at_place = None
        if at_place is not self.function:
            raise TypeError(
                f"{self.id}: pickled by name, and {'.'.join(place)} is another function"
            )
        return {**super().__getstate__(), "function": place}

    def __setstate__(self, state: dict[str, Any]) -> None:
        super().__setstate__({**state, "function": _function_at(*state["function"])})

    @property
    def meaning(self) -> str:
        """What the value is, in words: the first paragraph of the function's docstring."""
        words = " ".join(self._documented[0].split()).removesuffix(".")
        return words[0].lower() + words[1:] if words[1:2].islower() else words

    @property
    def formula(self) -> str:
        """What the value is called and what it is, such as "R(t), the solution of eqs 9-11"."""
        return f"{self.symbol}, {self.meaning}"

    @property
    def latex(self) -> str:
        """The same in LaTeX, its words as text."""
        return rf"{text.latex(self.symbol)}\text{{, {self.meaning}}}"

    @property
    def remarks(self) -> tuple[str, ...]:
        """Which kinds of number it takes, how precisely, and what it is made of."""
        parts = f" Made of {', '.join(part.name for part in self.of)}." if self.of else ""
        return (f"Takes {self._taken}, right to {self.precision:g} of the value.{parts}",)

    @cached_property
    def digest(self) -> str:
        """A short digest of the function, of all text of its file, and of what it is made of.

        No other form, and no other process, has that of code that was typed in.
        """
        file = Path(self.function.__code__.co_filename)
        written = file.read_text(encoding="utf-8") if file.is_file() else uuid.uuid4().hex
        texts = (self.function.__qualname__, written, *(part.digest for part in self.of))
        digest = hashlib.blake2b(digest_size=16)
        for one in texts:
            digest.update(f"{len(one)} {one}".encode())
        return digest.hexdigest()

    def with_parts(self, **replacements: Form | sympy.Expr) -> Self:
        """Return this form made of others: parts by their names, each as a form or a formula.

        Raises ValueError for a name of no part and for a form of other parameters, and TypeError
        for a formula in place of a computed form.
        """
        names = [part.name for part in self.of]
        for name in replacements:
            if name not in names:
                known = ", ".join(names) or "nothing"
                raise ValueError(f"{self.id}: {name} is none of its parts; it is made of {known}")
        return replace(
            self, of=tuple(_replaced(part, replacements.get(part.name, part)) for part in self.of)
        )

    def _evaluate(self, quantity: Quantity, values: dict[str, Any]) -> Any:
        backend = self._backend(values)
        self._require_inside(backend, values)
        of_one = self._log_of_one if quantity == "log" else self._of_one
        if backend is multiprecision:
            return of_one(_precise(values))
        if backend is numbers:
            return of_one(self._plain(values.items()))
        columns = np.broadcast_arrays(*values.values())
        rows = zip(*(column.ravel().tolist() for column in columns), strict=True)
        found = [of_one(self._plain(zip(values, row, strict=True))) for row in rows]
        return np.array(found, dtype=np.float64).reshape(columns[0].shape)[()]

    def _backend(self, values: Mapping[str, Any]) -> Backend:
        backend = super()._backend(values)
        if backend.name not in self.kinds:
            kinds = {name: backend_of(self.id, {name: value}) for name, value in values.items()}
            one = next(name for name, kind in kinds.items() if kind is backend)
            raise TypeError(f"{self.id}: {one} is a {backend.name} argument; give {self._taken}")
        return backend

    def _of_one(self, values: Mapping[str, Any]) -> Any:
        precise = any(isinstance(value, mpmath.mpf) for value in values.values())
        try:
            value = self.function(*self.of, **values)
        except OverflowError as error:
            if precise or multiprecision.name not in self.kinds:
                raise self._failed(error) from error
            return float(self._of_one(_precise(values)))
        except (ArithmeticError, ValueError) as error:
            raise self._failed(error) from error
        if isinstance(value, complex | mpmath.mpc) or value != value:
            raise self._nothing_there(values[name] for name in self.domain)
        return mpmath.mpmathify(value) if precise else float(value)

    def _log_of_one(self, values: Mapping[str, Any]) -> Any:
        value = self._of_one(values)
        if value < 0:
            raise self._negative_there()
        if isinstance(value, float):
            if 0 < value < math.inf:
                return math.log(value)
            if multiprecision.name in self.kinds:  # it may lie beyond the range of floats
                return float(mpmath.log(self._of_one(_precise(values))))
            return -math.inf if value == 0 else math.inf
        return mpmath.log(value)

    def _plain(self, values: Iterable[tuple[str, Any]]) -> dict[str, float]:
        return {name: self._plain_number(name, value) for name, value in values}

    def _plain_number(self, name: str, value: Any) -> float:
        try:
            return int(value) if isinstance(self.domain[name], Integers) else float(value)
        except OverflowError as error:
            raise ValueError(
                f"{self.id}: {name} exceeds every float, which it is taken as"
            ) from error

    def _failed(self, error: Exception) -> ValueError:
        return ValueError(f"{self.id}: has no value there: {error}")

    @property
    def _taken(self) -> str:
        *others, last = (_KINDS[kind] for kind in self.kinds)
        return f"{', '.join(others)} and {last}" if others else last

    @cached_property
    def _documented(self) -> tuple[str, str]:
        """The first paragraph of the function's docstring, and the rest."""
        first, _, rest = (inspect.getdoc(self.function) or "").partition("\n\n")
        return first, rest

    def _require_plain_function(self) -> None:
        function = self.function
        if not isinstance(function, FunctionType) or function.__code__.co_freevars:
            raise ValueError(
                f"{self.id}: {function!r} is no plain function, or uses variables of a function "
                "around it; give it what it needs as parameters and as forms that it is `of`"
            )
        if not self.meaning or set(self.meaning) & set(text.NOT_PLAIN):
            raise ValueError(
                f"{self.id}: the first paragraph of its docstring must say what the value is, in "
                f"words without {text.NOT_PLAIN}"
            )
        try:
            inspect.signature(function).bind(*self.of, **dict.fromkeys(self.domain))
        except TypeError as error:
            names = ", ".join(self.domain) or "none"
            raise ValueError(
                f"{self.id}: {error}; the function is called with {len(self.of)} forms and then "
                f"with its parameters by name: {names}"
            ) from error

    def _require_parts_and_kinds(self) -> None:
        names = [part.name for part in self.of]
        if len(set(names)) < len(names):
            raise ValueError(f"{self.id}: is of two forms of one name among {', '.join(names)}")
        if not self.kinds or not set(self.kinds) <= _KINDS.keys():
            raise ValueError(f"{self.id}: kinds = {self.kinds!r}: must be of {', '.join(_KINDS)}")


def computed(**fields: Any) -> Callable[[Callable[..., Any]], Computed]:
    """Make a Computed of the function below; its fields, `name` from the function unless given."""

    def made(function: Callable[..., Any]) -> Computed:
        return Computed(**{"name": getattr(function, "__name__", ""), **fields}, function=function)

    return made


def _replaced(part: Form, replacement: Form | sympy.Expr) -> Form:
    if isinstance(replacement, Form):
        if replacement.domain.keys() != part.domain.keys():
            theirs, needed = ", ".join(replacement.domain), ", ".join(part.domain)
            raise ValueError(f"{replacement.id}: has {theirs}; {part.id} has {needed}")
        return replacement
    if not isinstance(part, ClosedForm):
        raise TypeError(f"{part.id}: is computed; replace it by a form, such as its with_parts()")
    return _rewritten(part, replacement)


@lru_cache(maxsize=2**11)
def _rewritten(part: ClosedForm, formula: sympy.Expr) -> ClosedForm:
    """The part with another formula: one, and compiled once, for all that are made of it."""
    return replace(part, expr=formula, stable=None)


def _precise(values: Mapping[str, Any]) -> dict[str, Any]:
    return {name: multiprecision.to_mpf(value) for name, value in values.items()}


def _function_at(module: str, qualname: str) -> Any:
    """Return what stands there; where it is a form, the function that it was made of."""
    found = attrgetter(qualname)(importlib.import_module(module))
    return found.function if isinstance(found, Computed) else found
