"""Where the claims of the catalogue are judged for now: points, margins and fitted constants.

The judge will draw its points over the domain and measure variances and remainders; until then they
stand here, by claim and experiment, one module a subject.  No claim mentions them.
"""

from __future__ import annotations

from collections.abc import Sequence
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


def entries(claim: Claim) -> Sequence[Entry]:
    """The entries of a claim; none of one that is not in the table, or has examples of its own."""
    return () if claim.examples else _table().get(claim.id, ())
