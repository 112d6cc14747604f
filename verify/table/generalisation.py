"""Where claims on the generalisation of linear students are judged."""

from __future__ import annotations

import math

from verify.claims.generalisation import batch_norm
from verify.claims.generalisation.batch_norm import FITTED_BATCH, SMALLEST_BATCH, epochs_needed
from verify.relations.planning import CONFIRM_FACTOR
from verify.relations.statement import Values
from verify.table.entry import PRICE, SHARP, Entry, rows

WORK = 300_000
"""Batches that the runs which a point plans for may take together."""

WIDEST = 0.35
"""Largest margin that tells anything."""


def affordable(at: Values, sharpness: float) -> float | None:
    """As small a margin as is affordable; None where that is too wide."""
    sizes = batch_norm.sizes(at)
    if sizes is None:
        return None
    at = {**at, **sizes}
    runs = WORK / (at["epochs"] * at["load"] * at["width"] / at["batch_size"])
    spread = math.sqrt(CONFIRM_FACTOR * PRICE * batch_norm.variance(at) / runs)
    margin = sharpness * max(0.03, spread / batch_norm.risk(at))
    return margin if margin <= WIDEST else None


def _converged() -> list[Entry]:
    names = ["load", "noise_variance", "batch_size"]
    points = rows(
        names,
        (0.75, 0.25, 32), (0.75, 0.01, 8), (0.25, 1.0, 4), (0.5, 0.01, 4), (0.5, 1.0, 8),
        (4.0, 0.25, 32), (4.0, 1.0, 16),
    )  # fmt: skip
    further = rows(names, (0.25, 0.25, 32), (0.5, 0.25, 32), (2.0, 0.25, 32), (4.0, 0.01, 4))
    fitted, other = "M = 32", "other batches"
    # Where more is spent.  Remainder and variance are least at the first; at the others the
    # shortening is most of what changes the risk.
    finer = (
        (fitted, (0.5, 0.25, FITTED_BATCH), 320, 4, SHARP),
        (other, (0.5, 0.01, SMALLEST_BATCH), 256, 4, 0.01),
        (other, (4.0, 0.01, SMALLEST_BATCH), 80, 1, 0.2),
    )
    return [
        Entry(fitted, points, further, affordable),
        Entry(other, points, further, affordable),
        *(
            Entry(label, (), rows(names, row), margin, kept=True,
                  setting={"width": width, "epochs": longer * epochs_needed(row[0], row[2])})
            for label, row, width, longer, margin in finer
        ),
    ]  # fmt: skip


TABLE = {
    "luo2018/generalisation-bn": _converged(),
    # The excess over 1/2 of each probability in the ranking that the plan reckons with.
    "luo2018/generalisation-bn-epochs": [
        Entry("students over epochs", rows(["epochs"], (40,), (80,)), rows(["epochs"], (160,)), 0.4)
    ],
}
