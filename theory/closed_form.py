"""A closed form: one definition that evaluates, prints and documents itself."""

from __future__ import annotations

import hashlib
import inspect
import reprlib
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property
from types import MappingProxyType
from typing import Any, Literal

import sympy

from theory import lowering, membership, text
from theory.domains import Domain
from theory.lowering import Backend, arrays, numbers, symbols, tensors
from theory.lowering.elementary import exponential
from theory.papers import Paper, Source
from theory.parameters import Parameter

EXACT_LIMIT = 1000


class RefutedFormWarning(UserWarning):
    """A printed form was called that is known to be wrong."""


def logarithm(expression: sympy.Expr) -> sympy.Expr:
    """Return the log of a positive expression, its factors taken apart so that none overflows."""
    # Not by force: factors of unknown sign may be negative together.
    expanded = sympy.expand_log(sympy.log(expression))
    return expanded.replace(
        lambda term: isinstance(term, sympy.log) and isinstance(term.args[0], exponential),
        lambda term: term.args[0].args[0],
    )


def by_logarithm(expression: sympy.Expr) -> sympy.Expr:
    """Return the same positive value formed as the exponential of its logarithm.

    No factor then overflows before another brings the product back into range.
    """
    return exponential(logarithm(expression))


@dataclass(frozen=True, kw_only=True)
class ClosedForm:
    """A formula of a paper, callable by keyword on any kind of number.

    Numbers give a float, numpy arrays an array of at least float64, torch tensors a tensor of
    their dtype and device (with gradients), mpmath numbers an mpf at the current precision and
    sympy expressions an expression. Arrays broadcast. Where float64 overflows the value is an
    infinity, and `log` is finite.

    `paper` is the key of one of `theory.papers.PAPERS`, or a Paper, and `where` the place in it.
    `subject` is the module of theory/ that holds the form; a form kept elsewhere has none.
    `grows` are the sizes that go to infinity where the form holds in a limit only, of the order
    `remainder` beside it: grows=(WIDTH,) and remainder=L/D read "D -> oo" and "O(L/D)".

    `superseded_by` names the form to use in place of one that is refuted, `improved_by` one that is
    tighter than a bound that is true.

    Raises ValueError for the key of a paper that is not in `PAPERS`. A call raises DomainError for
    a value outside its parameter's domain, and TypeError for missing or unknown parameters and for
    arguments that are not numbers or do not mix. Only `check` looks at the values of CUDA tensors,
    which costs a synchronisation.
    """

    name: str
    expr: sympy.Expr
    paper: str | Paper
    where: str
    status: Literal["printed", "corrected", "derived"]
    subject: str = ""
    parameters: tuple[Parameter, ...] = ()
    stable: sympy.Expr | None = None
    assumptions: tuple[str, ...] = ()
    grows: tuple[Parameter, ...] = ()
    remainder: sympy.Expr | None = None
    superseded_by: str | None = None
    improved_by: str | None = None
    derivation: str = ""
    _compiled: dict[tuple[str, str], Callable[..., Any]] = field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def __post_init__(self) -> None:
        self._require_letters()
        # On the instance: inspect, pydoc and notebooks look there before the class.
        vars(self).update(
            __signature__=text.signature(self.parameters),
            __name__=self.name,
            __doc__=text.document(self),
        )

    def __get__(self, instance: object, owner: type | None = None) -> ClosedForm:
        # With this method help() treats a form as it treats a function: by its own docstring.
        return self

    def __getstate__(self) -> dict[str, Any]:
        return {item.name: getattr(self, item.name) for item in fields(self) if item.init}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state, _compiled={})
        self.__post_init__()

    def __repr__(self) -> str:
        return f"<{self.status} form {self.id}: {self.expr}>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    @property
    def id(self) -> str:
        """The form's name with its subject, such as "fisher.mean_eigenvalue_resnet"."""
        return f"{self.subject}.{self.name}" if self.subject else self.name

    @property
    def source(self) -> Source:
        """Paper and place."""
        return Source(self.paper, self.where)

    @property
    def limit(self) -> str | None:
        """The limit in words, such as "D -> oo"; None where the form holds at every size."""
        return text.limit(self.grows) if self.grows else None

    @property
    def finite_size(self) -> str | None:
        """The order of the remainder in words, such as "O(L/D)"; None where it is not stated."""
        return None if self.remainder is None else text.order(self.remainder)

    @cached_property
    def digest(self) -> str:
        """A short digest of the formulas with every digit of their numbers."""
        exactly = sympy.srepr((self.expr, self.lowered))
        return hashlib.blake2b(exactly.encode(), digest_size=16).hexdigest()

    @property
    def lowered(self) -> sympy.Expr:
        """The expression that is compiled: `stable` where there is one, else `expr`."""
        return self.expr if self.stable is None else self.stable

    @property
    def latex(self) -> str:
        """The formula in LaTeX."""
        return text.latex(self.expr)

    @property
    def python(self) -> str:
        """A call that can be pasted, at the start of each parameter's typical range."""
        values = ", ".join(f"{item.name}={item.typical[0]}" for item in self.parameters)
        module = "theory." if self.subject else ""
        return f"{module}{self.id}({values})"

    @cached_property
    def domain(self) -> Mapping[str, Domain]:
        """The domain of each parameter, by name."""
        return MappingProxyType({item.name: item.domain for item in self.parameters})

    @cached_property
    def _order_of_checks(self) -> tuple[tuple[str, Domain], ...]:
        """Domains, those first that do not refer to another parameter."""
        return tuple(sorted(self.domain.items(), key=lambda item: len(item[1].depends_on)))

    def __call__(self, *positional: Any, **values: Any) -> Any:
        """Evaluate; a superseded form warns and names its successor."""
        if positional:
            given = ", ".join(map(reprlib.repr, positional))
            raise TypeError(f"{self.id}{inspect.signature(self)}: give {given} by name")
        if self.superseded_by is not None:
            warnings.warn(
                f"{self.id} is refuted as printed, or rests on a form that is;"
                f" use {self.id.removesuffix(self.name)}{self.superseded_by}",
                RefutedFormWarning,
                stacklevel=2,
            )
        return self.value(**values)

    def value(self, **values: Any) -> Any:
        """Evaluate with every check of a call and without its warning."""
        return self._evaluate("value", values)

    def log(self, **values: Any) -> Any:
        """Return the natural logarithm of the value, finite where the value overflows.

        Raises ValueError where the value is negative (of CUDA tensors: NaN).
        """
        return self._evaluate("log", values)

    def exact(self, **values: Any) -> sympy.Expr:
        """Return the exact value as a sympy expression; floats count as the binary rationals.

        Raises ValueError for an argument above EXACT_LIMIT: exact arithmetic would not return.
        """
        self._require_names(values)
        self.check(**values)
        exact = {item.symbol: self._exact_number(item.name, values) for item in self.parameters}
        return self.expr.subs(exact, simultaneous=True).doit()

    def check(self, **values: Any) -> None:
        """Raise DomainError unless every value, on whatever device, lies in its domain."""
        self._require_names(values)
        backend = lowering.backend_of(self.id, values)
        membership.require(self.id, self._order_of_checks, backend, values)

    def _evaluate(self, quantity: Literal["value", "log"], values: dict[str, Any]) -> Any:
        if tensors.is_traced():
            return tensors.outside_the_graph(self._worked_out)(quantity, values)
        return self._worked_out(quantity, values)

    def _worked_out(self, quantity: Literal["value", "log"], values: dict[str, Any]) -> Any:
        self._require_names(values)
        backend = lowering.backend_of(self.id, values)
        readable = backend is not tensors or tensors.can_be_read(values.values())
        if readable:
            membership.require(self.id, self._order_of_checks, backend, values)
        ordered = [values[item.name] for item in self.parameters]
        if not readable or backend is symbols:
            return self._lowered(quantity, backend, ordered)
        if quantity == "log" and lowering.any_negative(self._lowered("value", backend, ordered)):
            raise ValueError(f"{self.id}: is negative there, and has no real logarithm")
        result = self._lowered(quantity, backend, ordered)
        if lowering.any_nan(result):
            raise ValueError(f"{self.id}: has no real value there")
        return result

    def _lowered(
        self, quantity: Literal["value", "log"], backend: Backend, ordered: list[Any]
    ) -> Any:
        if backend is not numbers:
            return backend.evaluate(self._compile(quantity, backend), ordered)
        try:
            return numbers.evaluate(self._compile(quantity, numbers), ordered)
        except (OverflowError, ZeroDivisionError, ValueError):
            # Python's floats raise where IEEE arithmetic gives an infinity; numpy's do not.
            return float(arrays.evaluate(self._compile(quantity, arrays), ordered))

    def _compile(self, quantity: Literal["value", "log"], backend: Backend) -> Callable[..., Any]:
        if (quantity, backend.name) not in self._compiled:
            symbolic = backend is symbols
            formula = self.expr if symbolic else self.lowered
            if quantity == "log":
                formula = sympy.log(formula) if symbolic else logarithm(formula)
            letters = [parameter.symbol for parameter in self.parameters]
            self._compiled[quantity, backend.name] = backend.lower(formula, letters)
        return self._compiled[quantity, backend.name]

    def _require_letters(self) -> None:
        known = {parameter.symbol for parameter in self.parameters}
        formulas = (self.expr, self.lowered)
        for letter in sorted({x for one in formulas for x in one.free_symbols} - known, key=str):
            if letter.name in {symbol.name for symbol in known}:
                raise ValueError(
                    f"{self.id}: the letter {letter} of the formula has other assumptions than "
                    "the parameter's; write the formula in the symbol of the parameter"
                )
            raise ValueError(f"{self.id}: the letter {letter} of the formula is no parameter")

    def _require_names(self, values: Mapping[str, Any]) -> None:
        if values.keys() == self.domain.keys():
            return
        unknown = [f"unknown {name}" for name in values if name not in self.domain]
        missing = [
            f"missing {name} ({domain.describe()})"
            for name, domain in self.domain.items()
            if name not in values
        ]
        complaint = ", ".join((*unknown, *missing))
        raise TypeError(f"{self.id}{inspect.signature(self)}: {complaint}")

    def _exact_number(self, name: str, values: Mapping[str, Any]) -> sympy.Expr:
        value = values[name]
        number = value if isinstance(value, sympy.Expr) else sympy.Rational(value)
        if number > EXACT_LIMIT:
            raise ValueError(
                f"{self.id}: {name} = {number} is above {EXACT_LIMIT}, too large to be exact; "
                "call the form with an mpmath number for more digits"
            )
        return number
