"""Tables of a paper's own numbers."""

import mpmath
import numpy as np
import pytest
import torch

from theory.closed_form import ClosedForm
from theory.domains import DomainError
from theory.tables import PrintedTable

ENTRIES = ("1.42", "1.87", "2.3", "0.050", "6e-3")
TABLE = PrintedTable(ENTRIES, meaning="row of Table 2")
FORM = ClosedForm(
    subject="fisher", name="table_2", expr=TABLE.expr,
    stable=TABLE.lookup, parameters=(TABLE.row,), paper="furusho2020", where="Table 2",
    status="printed",
)  # fmt: skip
ROWS = range(1, len(ENTRIES) + 1)


@pytest.mark.parametrize("row", ROWS)
def test_a_row_gives_the_number_that_is_printed(row):
    printed = float(ENTRIES[row - 1])
    assert FORM(row=row) == pytest.approx(printed, rel=1e-15)
    assert float(FORM.exact(row=row)) == pytest.approx(printed, rel=1e-15)


def test_every_kind_of_number_reads_the_same_table():
    printed = np.array([float(entry) for entry in ENTRIES])
    np.testing.assert_allclose(FORM(row=np.array(ROWS)), printed, rtol=1e-15)
    np.testing.assert_allclose(FORM(row=torch.tensor(ROWS).double()), printed, rtol=1e-15)
    with mpmath.workdps(50):
        assert mpmath.almosteq(FORM(row=mpmath.mpf(2)), mpmath.mpf("1.87"), rel_eps=1e-45)


def test_a_row_that_is_not_printed_is_named():
    with pytest.raises(DomainError, match="row = 6"):
        FORM(row=6)


@pytest.mark.parametrize(
    ("row", "half_a_unit"), [(1, 0.005 / 1.42), (3, 0.05 / 2.3), (4, 0.0005 / 0.05), (5, 0.5 / 6)]
)
def test_a_printed_number_stands_for_all_that_round_to_it(row, half_a_unit):
    assert TABLE.rounding(row) == pytest.approx(half_a_unit, rel=1e-14)


@pytest.mark.parametrize("entry", ["", "about 2", "0.0", "-1.4", "NaN", "Infinity"])
def test_an_entry_that_is_no_positive_number_is_named(entry):
    with pytest.raises(ValueError, match=r"entry = .*must be a positive number"):
        PrintedTable(("1.0", entry), meaning="row")


def test_a_table_without_rows_is_refused():
    with pytest.raises(ValueError, match="at least one"):
        PrintedTable((), meaning="row")
