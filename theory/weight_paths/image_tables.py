"""Tables 4.5, 4.6 and B.3: the 1-variation of weights trained on CIFAR-10, as printed.

`tables/4.5.csv` and so on hold what is printed. The columns of two truncated starts, that of the
least learning rate for its depth and the rougher one, are hardly moved by training: `start_columns`
are forms, to be held to the law of the start.
"""

from __future__ import annotations

from functools import partial

from theory.domains import OneOf
from theory.parameters import Parameter
from theory.tables import Table
from theory.weight_paths.parameters import LAYERS

_CLASSES = ["B11", "B12", "B21", "B22", "B31", "B32", "B33", "C11", "C12", "C21", "C22"]
MODEL = Parameter(
    "model",
    "M",
    OneOf(*(f"CIFAR10-{name}{start}" for start in "ct" for name in _CLASSES)),
    "model: class, and start (c constant, t truncated normal)",
    ("CIFAR10-B12c", "CIFAR10-B12t"),
)

_table = partial(
    Table.read,
    paper="susanna2024",
    subject="weight_paths",
    keys=(LAYERS, MODEL),
    statistic="largest 1-variation of 3 runs",
)
_tables = (
    _table("tables/4.5.csv", name="table_4_5", where="Table 4.5"),
    _table("tables/4.6.csv", name="table_4_6", where="Table 4.6"),
    _table("tables/B.3.csv", name="table_b_3", where="Table B.3"),
)

image_columns = {
    str(column.cells[0]["model"]): column for table in _tables for column in table.by(MODEL)
}
"""Each printed column, by its model."""

start_columns = tuple(image_columns[f"CIFAR10-{name}"] for name in ("B11t", "C22t"))
