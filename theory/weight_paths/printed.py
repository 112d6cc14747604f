"""Printed tables of the 1-variation of trained weights, by depth and model."""

from __future__ import annotations

from collections.abc import Iterable

from theory.domains import OneOf
from theory.parameters import Parameter
from theory.tables import Table
from theory.weight_paths.parameters import LAYERS


def models(data: str, classes: Iterable[str]) -> Parameter:
    """The models that are trained on some data, of each class and start."""
    return Parameter(
        "model",
        "M",
        OneOf(*(f"{data}-{name}{start}" for start in "ct" for name in classes)),
        "model: class, and start (c constant, t truncated normal)",
        (f"{data}-B12c", f"{data}-B12t"),
    )


def printed_tables(model: Parameter, *numbers: str) -> tuple[Table, ...]:
    """The tables of these numbers, such as "4.3", whose columns are models."""
    return tuple(
        Table.read(
            f"tables/{number}.csv",
            name=f"table_{number.lower().replace('.', '_')}",
            where=f"Table {number}",
            paper="susanna2024",
            subject="weight_paths",
            keys=(LAYERS, model),
            statistic="largest 1-variation of 3 runs",
        )
        for number in numbers
    )
