"""A table of printed numbers is judged as an equality, within the rounding of what is printed."""

import numpy as np
import pytest

from theory.closed_form import ClosedForm
from theory.tables import PrintedTable
from toy_claims import point
from verify.relations import Equal

TABLE = PrintedTable(("1.4", "2.50"), meaning="row of Table 2")
ROWS = Equal(
    "value",
    ClosedForm(
        subject="fisher", name="table_2", expr=TABLE.expr,
        stable=TABLE.lookup, parameters=(TABLE.row,), paper="furusho2020", where="Table 2",
        status="printed",
    ),
    remainder=lambda values: TABLE.rounding(values["row"]),
    relative_variance=lambda values: 0.01,
)  # fmt: skip


@pytest.mark.parametrize(
    ("row", "mean", "verdict"),
    [(1, 1.449, "CONFIRMED"), (1, 1.351, "CONFIRMED"), (1, 1.6, "REFUTED"), (2, 2.6, "REFUTED")],
)
def test_a_mean_that_rounds_to_the_printed_number_agrees_with_it(row, mean, verdict):
    target = ROWS.target(point({"row": row}, margin=0.02), alpha=1e-6)
    draws = np.random.default_rng(0).gamma(100, mean / 100, size=target.plan())
    assert target.decide(target.weigh(draws)) == verdict
