"""Where the claims of the catalogue are judged for now: points, margins and fitted constants.

The judge will draw its points over the domain and measure variances and remainders; until then they
stand here, by claim and experiment, one module a subject.  No claim mentions them.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pkgutil import iter_modules
from typing import TYPE_CHECKING

from verify.table.entry import Entry

if TYPE_CHECKING:
    from verify.model import Claim


@cache
def _table() -> dict[str, tuple[Entry, ...]]:
    found: dict[str, tuple[Entry, ...]] = {}
    for module in iter_modules(__path__):
        found |= getattr(import_module(f"{__name__}.{module.name}"), "TABLE", {})
    return found


def entries(claim: Claim) -> Iterator[Entry]:
    """The entries of a claim; of one that is not in the table, its own examples."""
    listed = _table().get(claim.id)
    if listed is not None and not claim.examples:
        yield from listed
        return
    for experiment in claim.by:
        yield Entry(experiment.label, claim.examples, margin=claim.within)
