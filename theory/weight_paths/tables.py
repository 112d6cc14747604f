"""Tables 4.3, 4.4 and B.4: the 1-variation of weights trained on C10k, as printed and as measured.

`tables/4.3.csv` and so on hold what is printed, and each column is a form. `tables/c10k.csv` holds
what `make tables` measured in float64, a row for each network: its means take the place of the
columns that are wrong.
"""

from __future__ import annotations

import csv
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from importlib.resources import files
from statistics import fmean

from theory.reading import Reading
from theory.tables import Key, Table
from theory.weight_paths.printed import models, printed_tables

_CLASSES = [f"B{i}{j}" for i in "123" for j in "123"] + [f"C{i}{j}" for i in "12" for j in "123"]
MODEL = models("C10k", _CLASSES)

_tables = printed_tables(MODEL, "4.3", "4.4", "B.4")


def measured_draws() -> dict[tuple[int, str], list[float]]:
    """What `make tables` measured: of each cell, a number a network."""
    file = files("theory.weight_paths").joinpath("tables/c10k.csv")
    lines = file.read_text(encoding="utf-8").splitlines()
    drawn = defaultdict(list)
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        drawn[int(row["depth"]), row["model"]].append(float(row["variation"]))
    return dict(drawn)


def _measured(printed: Table, means: Mapping[tuple[Key, ...], str]) -> Table:
    """Our means of a printed column."""
    return replace(
        printed,
        name=f"{printed.name}_measured",
        status="corrected",
        statistic="mean largest 1-variation of 3 runs in float64",
        where=f"{printed.where}, measured in float64",
        entries=tuple((cell, means[cell]) for cell, _ in printed.entries),
    )


FALLEN = frozenset(
    "B11c B12c B21c B31c B32c B33c C11c C12c C12t C13c C21c C22c C23c".split()  # noqa: SIM905
)
"""Columns of Tables 4.3, 4.4 and B.4 that print, at some depth, rounding in place of variation."""

READING = Reading(
    says="this is the largest 1-variation of three trained networks",
    kind="wrong assumption",
    consequence="no theorem; where it rises with the depth, or stays, that of the weights falls",
    convention="one unit a layer, from the three seeds of the table, in float64",
    cause="it was computed in float32, where weights are rounded to 6e-8 of their size and the sum "
    "over the layers is that of the roundings",
    true_if="it were called the variation of weights in float32",
)


READINGS = {
    "C12t": replace(
        READING,
        consequence="no theorem",
        cause="it was computed in float32, which loses what training adds: from 4096 layers on it "
        "is up to 5 % less than in float64; of 2.477 at 32768 layers, 7.5 times ours, no cause is "
        "known",
    ),
    "C11c": replace(
        READING,
        consequence="no theorem; it rises with the depth from 1024 layers on alone, and up to 512 "
        "falls",
    ),
}
"""Of columns of which more or less is to be said."""


def _columns() -> tuple[Table, ...]:
    """Each printed column, followed by ours where that takes its place."""
    means: dict[tuple[Key, ...], str] = {
        cell: f"{fmean(draws):.5g}" for cell, draws in measured_draws().items()
    }
    found = []
    for printed in (column for table in _tables for column in table.by(MODEL)):
        name = str(printed.cells[0]["model"]).removeprefix("C10k-")
        if name in FALLEN:
            ours, reading = _measured(printed, means), READINGS.get(name, READING)
            found += [replace(printed, superseded_by=ours.name, reading=reading), ours]
        else:
            found.append(printed)
    return tuple(found)


columns = _columns()
