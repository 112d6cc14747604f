"""A table of a paper's own numbers as a closed form: its entries by the number of their row.

    table = PrintedTable(("1.42", "1.87", "2.3"), meaning="row of Table 2")
    form = ClosedForm(expr=table.expr, stable=table.lookup, parameters=(table.row,), ...)

The form is judged as an equality whose remainder is `table.rounding(row)`: a printed number stands
for every number that rounds to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import sympy
from sympy import Abs, Eq, Piecewise, Rational

from theory.domains import Integers
from theory.parameters import Parameter

_ROW = sympy.Symbol("k", integer=True, positive=True)


@dataclass(frozen=True)
class PrintedTable:
    """One column of a table: positive numbers as they are printed, from row 1 on.

    Raises ValueError for a table without rows and for an entry that is no positive number.
    """

    entries: tuple[str, ...]
    meaning: str

    def __post_init__(self) -> None:
        if not self.entries:
            raise ValueError("entries = (): must be at least one printed number")
        for entry in self.entries:
            try:
                positive = Decimal(entry) > 0 and Decimal(entry).is_finite()
            except InvalidOperation:
                positive = False
            if not positive:
                raise ValueError(f'entry = {entry!r}: must be a positive number such as "1.42"')

    @property
    def row(self) -> Parameter:
        """The parameter of the lookup: the number of the row, from 1 on."""
        last = len(self.entries)
        return Parameter("row", "k", Integers(1, last), self.meaning, typical=(1, last))

    @property
    def expr(self) -> sympy.Expr:
        """The entry at a row, as one reads it."""
        *others, (last, _) = [
            (Rational(entry), Eq(_ROW, row)) for row, entry in enumerate(self.entries, start=1)
        ]
        return Piecewise(*others, (last, True))

    @property
    def lookup(self) -> sympy.Expr:
        """The same by arithmetic that arrays share: 0^|k - row| is 1 at its row and else 0."""
        return sympy.Add(
            *(
                Rational(entry) * 0 ** Abs(_ROW - row)
                for row, entry in enumerate(self.entries, start=1)
            )
        )

    def rounding(self, row: int) -> float:
        """Half a unit of the last printed digit of a row's entry, relative to the entry."""
        entry = Decimal(self.entries[row - 1])
        exponent = entry.as_tuple().exponent
        assert isinstance(exponent, int)
        return float(Decimal(5).scaleb(exponent - 1) / entry)
