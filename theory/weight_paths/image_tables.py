"""Tables 4.5, 4.6 and B.3: the 1-variation of weights trained on CIFAR-10, as printed.

`tables/4.5.csv` and so on hold what is printed. The columns of two truncated starts, that of the
least learning rate for its depth and the rougher one, are hardly moved by training: `start_columns`
are forms, to be held to the law of the start.
"""

from __future__ import annotations

from theory.weight_paths.printed import models, printed_tables

_CLASSES = ["B11", "B12", "B21", "B22", "B31", "B32", "B33", "C11", "C12", "C21", "C22"]
MODEL = models("CIFAR10", _CLASSES)

_tables = printed_tables(MODEL, "4.5", "4.6", "B.3")

image_columns = {
    str(column.cells[0]["model"]): column for table in _tables for column in table.by(MODEL)
}
"""Each printed column, by its model."""

start_columns = tuple(image_columns[f"CIFAR10-{name}"] for name in ("B11t", "C22t"))
