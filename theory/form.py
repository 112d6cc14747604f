"""What every form of a prediction shows its callers: a formula's face, and a computed one's."""

from __future__ import annotations

import inspect
import reprlib
import warnings
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from functools import cached_property
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Literal, Self, get_args

import sympy

from theory import lowering, membership, notebook, text
from theory.domains import Domain
from theory.lowering import Backend
from theory.papers import Paper, Source
from theory.parameters import Parameter
from theory.reading import Reading

if TYPE_CHECKING:
    from matplotlib.axes import Axes

Quantity = Literal["value", "log"]
Status = Literal["printed", "corrected", "derived"]


class RefutedFormWarning(UserWarning):
    """A printed form was called that is known to be wrong."""


class _Docstring:
    """The docstring of a class, and of its forms each its own, written when somebody reads it."""

    def __init__(self, of_class: str | None) -> None:
        self._of_class = of_class

    def __get__(self, form: Form | None, owner: type | None = None) -> str | None:
        return self._of_class if form is None else form._document

    def __set__(self, form: Form, told: str) -> None:  # or one on the instance would go before it
        raise AttributeError(f"{form.id}: its docstring is written from its fields")


@dataclass(frozen=True, kw_only=True)
class Form(ABC):
    """A prediction of a paper: parameters with domains, a source, and a value by keyword.

    `paper` is the key of one of `theory.papers.PAPERS`, or a Paper, and `where` the place in it.
    `subject` is the module of theory/ that holds the form; a form kept elsewhere has none.
    `grows` are the sizes that go to infinity where the form holds in a limit only, of the order
    `remainder` beside it: grows=(WIDTH,) and remainder=L/D read "D -> oo" and "O(L/D)".

    `superseded_by` names the form to use in place of one that is refuted, `improved_by` one that is
    tighter than a bound that is true. `reading` is what the paper says where it prints a form that
    is refuted. `lies_in` is where its quantity surely lies, as a share between 0 and 1.

    Raises ValueError for the key of a paper that is not in `PAPERS`, a name that is no identifier,
    an unknown status, and parameters that share a name or letter or refer to one that is none of
    them. A call raises DomainError for
    a value outside its parameter's domain, and TypeError for missing or unknown parameters and for
    arguments that are not numbers or do not mix.
    """

    name: str
    paper: str | Paper
    where: str
    status: Status
    subject: str = ""
    parameters: tuple[Parameter, ...] = ()
    assumptions: tuple[str, ...] = ()
    grows: tuple[Parameter, ...] = ()
    remainder: sympy.Expr | None = None
    superseded_by: str | None = None
    improved_by: str | None = None
    reading: Reading | None = None
    lies_in: Domain | None = None
    derivation: str = ""

    def __post_init__(self) -> None:
        self._require_names_and_status()
        self._require_parameters_that_go_together()
        # On the instance: inspect, pydoc and notebooks look there before the class.
        vars(self).update(__signature__=text.signature(self.parameters), __name__=self.name)

    def __init_subclass__(cls, **terms: Any) -> None:
        super().__init_subclass__(**terms)
        cls.__doc__ = _Docstring(cls.__doc__ or cls.__name__)  # type: ignore[assignment]

    @cached_property
    def _document(self) -> str:
        return text.document(self)

    def __get__(self, instance: object, owner: type | None = None) -> Self:
        # With this method help() treats a form as it treats a function: by its own docstring.
        return self

    def __getstate__(self) -> dict[str, Any]:
        return {item.name: getattr(self, item.name) for item in fields(self)}

    def __setstate__(self, state: dict[str, Any]) -> None:
        vars(self).update(state)
        self.__post_init__()

    def __repr__(self) -> str:
        return f"<{self.status} form {self.id}: {self.formula}>"

    def _repr_latex_(self) -> str:
        return f"$\\displaystyle {self.latex}$"

    def _repr_html_(self) -> str:
        return notebook.html(self)

    @property
    @abstractmethod
    def formula(self) -> str:
        """What the form says its value is, in one line of plain text."""

    @property
    @abstractmethod
    def latex(self) -> str:
        """The same in LaTeX."""

    @property
    @abstractmethod
    def digest(self) -> str:
        """A short digest of what the value is worked out by."""

    @property
    def remarks(self) -> tuple[str, ...]:
        """What its docstring says of this form in particular, a line each."""
        return ()

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

    @property
    def python(self) -> str:
        """A call that can be pasted, at the start of each parameter's typical range."""
        values = ", ".join(f"{item.name}={item.typical[0]!r}" for item in self.parameters)
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

    def __call__(self, /, *positional: Any, **values: Any) -> Any:
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

    def value(self, /, **values: Any) -> Any:
        """Evaluate with every check of a call and without its warning."""
        return self._evaluate("value", values)

    def log(self, /, **values: Any) -> Any:
        """Return the natural logarithm of the value, finite where only the value overflows.

        Raises ValueError where the value is negative (of CUDA tensors: NaN).
        """
        return self._evaluate("log", values)

    def plot(self, axes: Axes | None = None, /, **values: Any) -> Axes:
        """Draw the value over the one parameter that is a sequence: ``plot(depth=range(1, 50))``.

        On a new figure of matplotlib, or on `axes`, which are returned. Raises TypeError unless one
        parameter is a sequence and the others are numbers, what a call raises, and ImportError
        where matplotlib is not installed.
        """
        return notebook.plot(self, axes, values)

    def check(self, /, **values: Any) -> None:
        """Raise DomainError unless every value, on whatever device, lies in its domain."""
        self._require_inside(self._backend(values), values)

    def _require_names_and_status(self) -> None:
        if not isinstance(self.name, str) or not self.name.isidentifier():
            raise ValueError(f"name = {self.name!r}: must be a name as Python has them")
        Source(self.paper, self.where)  # raises for a paper that is unknown
        statuses = get_args(Status)
        if self.status not in statuses:
            known = ", ".join(map(repr, statuses))
            raise ValueError(f"{self.id}: status = {self.status!r}: must be one of {known}")

    def _require_parameters_that_go_together(self) -> None:
        names = [item.name for item in self.parameters]
        letters = [item.letter for item in self.parameters]
        for kind, given in (("name", names), ("letter", letters)):
            twice = [one for one in given if given.count(one) > 1]
            if twice:
                raise ValueError(f"{self.id}: two parameters have the {kind} {twice[0]}")
        for item in self.parameters:
            for end in item.domain.depends_on:
                if end not in names or end == item.name:
                    raise ValueError(
                        f"{self.id}: {item.name} is {item.domain.describe()}, and {end} is no other"
                        " parameter"
                    )
        for name in self.reading.regime if self.reading else ():
            if name not in names:
                raise ValueError(f"{self.id}: the regime of its reading names {name}, no parameter")

    @abstractmethod
    def _evaluate(self, quantity: Quantity, values: dict[str, Any]) -> Any:
        """Work out the value or its logarithm, with every check."""

    def _backend(self, values: Mapping[str, Any]) -> Backend:
        """Return what serves the kind of number that the arguments are, all of them given."""
        self._require_names(values)
        return lowering.backend_of(self.id, values)

    def _require_inside(self, backend: Backend, values: Mapping[str, Any]) -> None:
        membership.require(self.id, self._order_of_checks, backend, values)

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

    def _nothing_there(self, values: Iterable[Any]) -> ValueError:
        """The error at a point, given in the order of the parameters."""
        given = zip(self.domain, values, strict=True)
        place = ", ".join(f"{name}={float(value):.15g}" for name, value in given)
        return ValueError(f"{self.id}: has no real value there{place and f' ({place})'}")

    def _negative_there(self) -> ValueError:
        return ValueError(f"{self.id}: is negative there, and has no real logarithm")
