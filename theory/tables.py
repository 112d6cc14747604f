"""A table of a paper's own numbers: a form whose domain is the cells of the table.

    variation_printed = Table.read(
        "tables/4.3.csv", name="variation_printed", paper="susanna2024", where="Table 4.3",
        keys=(DEPTH, MODEL), statistic="largest of 3 runs",
    )
    variation_printed(depth=128, model="C10k-B11t")    # 0.3359

The file is the table as one reads it, its corner named by the parameter of its rows:

    depth,C10k-B11c,C10k-B11t
    128,7.883e-6,0.3359
    256,1.118e-6,0.3247
"""

from __future__ import annotations

import csv
import hashlib
import itertools
import math
import re
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from functools import cached_property
from pathlib import Path
from typing import Any, Self

import mpmath
import numpy as np

from theory.domains import DomainError, Integers, OneOf
from theory.form import Form, Quantity, Status
from theory.lowering import Backend, arrays, backend_of, multiprecision, numbers
from theory.parameters import Parameter
from theory.text import NOT_PLAIN, shown

Key = int | float | str
Place = tuple[Key, ...]

_NUMBER = re.compile(r"[+-]?\d+(\.\d+)?([eE][+-]?\d+)?")
_INFINITE = ("∞", "-∞")


@dataclass(frozen=True, kw_only=True, repr=False)
class Table(Form):
    """Numbers that a paper prints, by the heads of its rows and columns.

    `entries` are the numbers as printed ("0.3359", "7.883e-6", "0", "∞"), each with the values of
    the parameters at its cell: every combination of those that occur. The parameters' domains are
    the heads of the table. `statistic` says in words what is printed, such as "largest of 3 runs".

    Python numbers give a float, arrays an array, and mpmath numbers what is printed to every digit;
    names of columns may be an array too. A value off the table is a DomainError that lists the
    heads. The table is `printed` unless its status says otherwise.

    Raises ValueError for no entries, a combination that is missing or given twice, what is no
    printed number, and a head outside its parameter's domain.
    """

    status: Status = "printed"
    statistic: str
    entries: tuple[tuple[Place, str], ...]

    @classmethod
    def read(cls, path: str, *, keys: Sequence[Parameter], **fields: Any) -> Self:
        """Read a table from a CSV file (UTF-8), its path relative to the module that calls.

        The first row holds the heads of the columns behind the name of the first of `keys`, every
        other row its own head and its numbers. With one key there is a single column of numbers,
        called as you like; with two the heads of the columns are the second one's values.

        Raises ValueError, with file and line, for a file that is no such table.
        """
        file = Path(sys._getframe(1).f_globals["__file__"]).parent / path
        try:
            entries = tuple(_entries(file, keys))
            return cls(parameters=tuple(keys), entries=entries, **fields)
        except (ValueError, csv.Error) as error:
            raise ValueError(f"{path}: {error}") from error

    def __post_init__(self) -> None:
        if not self.statistic or set(self.statistic) & set(NOT_PLAIN):
            raise ValueError(f"statistic = {self.statistic!r}: must be words without {NOT_PLAIN}")
        for place, printed in self.entries:
            if printed not in _INFINITE and not _NUMBER.fullmatch(printed):
                raise ValueError(
                    f"{_shown(place)}: {printed!r} must be a printed number, such as 7.88e-6"
                )
        narrowed = tuple(
            _narrowed(parameter, [place[index] for place, _ in self.entries])
            for index, parameter in enumerate(self.parameters)
        )
        object.__setattr__(self, "parameters", narrowed)
        super().__post_init__()
        self._require_every_cell()

    def _require_every_cell(self) -> None:
        every = set(itertools.product(*(_members(item) for item in self.parameters)))
        missing = every - self._printed.keys()
        if missing or len(self.entries) > len(every):
            raise ValueError(
                f"{self.id}: has {len(self.entries)} numbers for {len(every)} cells"
                f"{f', and none at {_shown(min(missing, key=str))}' if missing else ''}"
            )

    def by(self, key: Parameter) -> tuple[Self, ...]:
        """Return a table for each value of a parameter, such as one for each column."""
        if key.name not in self.domain:
            raise ValueError(f"{self.id}: {key.name} is none of {', '.join(self.domain)}")
        index = list(self.domain).index(key.name)
        return tuple(
            replace(
                self,
                name=f"{self.name}_{re.sub(r'[^0-9A-Za-z]+', '_', str(value))}",
                entries=tuple(entry for entry in self.entries if entry[0][index] == value),
            )
            for value in _members(self.parameters[index])
        )

    @cached_property
    def cells(self) -> tuple[dict[str, Key], ...]:
        """The cells, as arguments of the table, in its order."""
        return tuple(dict(zip(self.domain, place, strict=True)) for place, _ in self.entries)

    def printed(self, **values: Any) -> str:
        """Return the number of a cell as it is printed."""
        self.check(**values)
        return self._printed[self._place(values)]

    def rounding(self, **values: Any) -> float:
        """Return half a unit of the last digit that is printed in a cell; 0 where that is infinite.

        A paper that leaves out zeros at the end rounds more finely than that.
        """
        printed = self.printed(**values)
        if printed in _INFINITE:
            return 0.0
        exponent = Decimal(printed).as_tuple().exponent
        assert isinstance(exponent, int)
        return float(Decimal(5).scaleb(exponent - 1))

    @property
    def formula(self) -> str:
        """What is printed where, such as "largest of 3 runs as in Table 4.3, model = C10k-B11t"."""
        alone = [
            f", {item.name.replace('_', ' ')} = {members[0]}"
            for item in self.parameters
            if len(members := _members(item)) == 1
        ]
        return f"{self.statistic} as in {self.where}{''.join(alone)}"

    @property
    def latex(self) -> str:
        """The same as text in LaTeX."""
        escaped = self.formula.replace("_", r"\_")
        return rf"\text{{{escaped}}}"

    @property
    def remarks(self) -> tuple[str, ...]:
        """How precisely it is printed."""
        return ("Takes numbers, numpy arrays and mpmath numbers, right to the printed digits.",)

    @cached_property
    def digest(self) -> str:
        """A short digest of every number and of what it is."""
        text = repr((self.statistic, self.entries))
        return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()

    @cached_property
    def _printed(self) -> dict[Place, str]:
        return dict(self.entries)

    def _place(self, values: Mapping[str, Any]) -> Place:
        """Return where the arguments point, numbers of any kind as floats."""
        found = (values[name] for name in self.domain)
        return tuple(value if isinstance(value, str) else float(value) for value in found)

    def _evaluate(self, quantity: Quantity, values: dict[str, Any]) -> Any:
        backend = self._backend(values)
        self._require_inside(backend, values)
        if backend is not arrays:
            return self._of_one(quantity, backend, self._place(values))
        columns = np.broadcast_arrays(*(values[name] for name in self.domain))
        rows = zip(*(column.ravel().tolist() for column in columns), strict=True)
        found = [self._of_one(quantity, numbers, row) for row in rows]
        return np.array(found, dtype=np.float64).reshape(columns[0].shape)[()]

    def _of_one(self, quantity: Quantity, backend: Backend, place: Place) -> Any:
        printed = self._printed[place].replace("∞", "inf")
        value = mpmath.mpf(printed) if backend is multiprecision else float(printed)
        if quantity == "value":
            return value
        if value < 0:
            raise self._negative_there()
        if backend is multiprecision:
            return mpmath.log(value)
        return math.log(value) if value else -math.inf

    def _backend(self, values: Mapping[str, Any]) -> Backend:
        """Return what serves the numbers among the arguments; an array of names is one too."""
        self._require_names(values)
        named = {name for name, domain in self.domain.items() if _holds_names(domain)}
        backend = backend_of(self.id, {k: v for k, v in values.items() if k not in named})
        if backend is numbers and any(isinstance(values[name], np.ndarray) for name in named):
            backend = arrays
        if backend not in (numbers, arrays, multiprecision):
            raise TypeError(
                f"{self.id}: takes numbers, numpy arrays and mpmath numbers, and was given a"
                f" {backend.name} argument"
            )
        return backend

    def _require_inside(self, backend: Backend, values: Mapping[str, Any]) -> None:
        for name, domain in self.domain.items():
            for value in np.ravel(values[name]).tolist() if backend is arrays else [values[name]]:
                if not domain.contains(value):
                    told = repr(value) if isinstance(value, str) else shown(value)
                    raise DomainError(
                        f"{self.id}: {name} = {told} is not {domain.describe()}, which"
                        f" {self.where} has"
                    )


def _members(parameter: Parameter) -> tuple[Any, ...]:
    assert isinstance(parameter.domain, OneOf)
    return parameter.domain.values


def _holds_names(domain: Any) -> bool:
    return isinstance(domain, OneOf) and domain.holds_names


def _shown(place: Place) -> str:
    return ", ".join(map(str, place))


def _narrowed(parameter: Parameter, heads: Sequence[Key]) -> Parameter:
    """Return a parameter whose domain is the heads that occur."""
    outside = [head for head in heads if not parameter.domain.contains(head)]
    if outside:
        raise ValueError(f"{parameter.name} = {outside[0]!r} is not {parameter.domain.describe()}")
    members = tuple(dict.fromkeys(heads))
    if not members:
        raise ValueError("entries = (): must hold one number at least")
    return parameter.narrowed(OneOf(*members), typical=(members[0], members[-1]))


# Files ------------------------------------------------------------------------------------------


def _entries(file: Path, keys: Sequence[Parameter]) -> list[tuple[Place, str]]:
    """Return the numbers of a file, as printed, with the heads of their row and column."""
    if len(keys) not in (1, 2):
        raise ValueError(f"keys: {len(keys)} of them; must be those of its rows and its columns")
    with file.open(encoding="utf-8", newline="") as opened:
        reader = csv.reader(opened, strict=True)
        corner, *columns = next(reader, [""])
        if corner != keys[0].name or not columns:
            raise ValueError(f"line 1: must name {keys[0].name} and the columns behind it")
        if len(keys) == 1 and len(columns) > 1:
            raise ValueError(f"line 1: {len(columns)} columns, and no parameter that is their key")
        heads: list[Place] = [()]
        if len(keys) == 2:
            heads = [(_key(keys[1], column, 1),) for column in columns]
            _require_once(keys[1], [head for (head,) in heads], 1)
        found: list[tuple[Place, str]] = []
        firsts: list[Key] = []
        for row in reader:
            if len(row) != 1 + len(columns):
                raise ValueError(
                    f"line {reader.line_num}: holds {len(row)} cells, and line 1 {1 + len(columns)}"
                )
            firsts.append(first := _key(keys[0], row[0], reader.line_num))
            _require_once(keys[0], firsts, reader.line_num)
            found += [((first, *head), cell) for head, cell in zip(heads, row[1:], strict=True)]
    return found


def _require_once(parameter: Parameter, heads: Sequence[Key], line: int) -> None:
    twice = [head for head in heads if heads.count(head) > 1]
    if twice:
        raise ValueError(f"line {line}: {parameter.name} = {twice[0]} is given twice")


def _key(parameter: Parameter, text: str, line: int) -> Key:
    """Return the value of a parameter that a head stands for."""
    domain = parameter.domain
    if isinstance(domain, OneOf):
        value: Key | None = next((one for one in domain.values if str(one) == text), None)
    elif _NUMBER.fullmatch(text):
        value = float(text)
        value = int(value) if isinstance(domain, Integers) and value.is_integer() else value
    else:
        value = None
    if value is None or not domain.contains(value):
        raise ValueError(f"line {line}: {parameter.name} = {text!r} is not {domain.describe()}")
    return value
