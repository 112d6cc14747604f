"""The catalogue: a mapping from id to claim, paper by paper.

    import verify
    verify.claims["furusho2020/mean-eig-resnet"].statement
    verify.claims.load("my_claims.py")

One module or package a subject: `verify.claims.fisher` judges what `theory.fisher` says by what
`numerics.fisher` measures.  It is found by its CLAIMS.  After ours come the claims of installed
packages, then those of files that were loaded.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from importlib import import_module
from importlib.metadata import entry_points
from pathlib import Path
from pkgutil import iter_modules
from types import MappingProxyType, ModuleType

from verify.claims import loading
from verify.errors import UsageError
from verify.model import Claim


def _of_subjects() -> Iterator[Claim]:
    """The claims of every module or package beside this file that has CLAIMS, paper by paper."""
    modules = [import_module(f"{__name__}.{found.name}") for found in iter_modules(__path__)]
    claims = [claim for module in modules for claim in getattr(module, "CLAIMS", ())]
    yield from sorted(claims, key=lambda claim: claim.paper)


_claims = {claim.id: claim for claim in _of_subjects()}
BY_ID: Mapping[str, Claim] = MappingProxyType(_claims)


def load(path: str | os.PathLike[str]) -> None:
    """Add the claims of a Python file to the catalogue; one that is there already changes nothing.

    Raises UsageError (one line) for a file that cannot be imported or has no CLAIMS, and for an id
    that is taken.
    """
    claims = loading.from_file(Path(path))
    if not all(_claims.get(claim.id) is claim for claim in claims):
        add(*claims, origin=f"claims {path}")


def add(*claims: Claim, origin: str = "claims") -> None:
    """Add claims, all of them or none; UsageError (it begins with `origin`) for an id twice."""
    count = Counter([*_claims, *(claim.id for claim in claims)])
    taken = [name for name, times in count.items() if times > 1]
    if taken:
        raise UsageError(f"{origin}: the id {taken[0]} is taken; ids must be unique")
    _claims.update({claim.id: claim for claim in claims})


def remove(claim_id: str) -> None:
    """Take a claim out of the catalogue of this process; UsageError for an unknown id."""
    del _claims[find(claim_id).id]


def of_paper(paper: str | None) -> list[Claim]:
    """The claims of the paper of that key (None: of all), or a UsageError that lists the keys."""
    papers = sorted({claim.paper for claim in BY_ID.values()})
    if paper is not None and paper not in papers:
        near = difflib.get_close_matches(paper, papers, n=1)
        hint = f"; nearest: {near[0]}" if near else ""
        raise UsageError(f"--paper {paper}: must be one of {', '.join(papers)}{hint}")
    return [claim for claim in BY_ID.values() if paper in (None, claim.paper)]


def find(claim_id: str) -> Claim:
    """The claim of that id, or a UsageError that names the nearest ids."""
    if claim_id in BY_ID:
        return BY_ID[claim_id]
    names = {name.split("/")[1]: name for name in BY_ID} | {name: name for name in BY_ID}
    near = difflib.get_close_matches(claim_id, names, n=3, cutoff=0.5)
    nearest = ", ".join(dict.fromkeys(names[name] for name in near))
    all_of_them = "list(verify.claims) and `touchstone list` show them all"
    hint = f"nearest: {nearest}" if nearest else all_of_them
    raise UsageError(f"unknown claim {claim_id!r}; {hint}")


class _Catalogue(ModuleType, Mapping[str, Claim]):
    """A package that is itself the mapping: Python binds `verify.claims` to the module.

    (Assigning a module's class is how Python lets a module define operators.)
    """

    __eq__ = ModuleType.__eq__
    __hash__ = ModuleType.__hash__

    def __getitem__(self, claim_id: str) -> Claim:
        return BY_ID[claim_id]

    def __iter__(self) -> Iterator[str]:
        return iter(BY_ID)

    def __len__(self) -> int:
        return len(BY_ID)


sys.modules[__name__].__class__ = _Catalogue

for _entry in entry_points(group=loading.GROUP):
    try:
        add(*loading.from_entry_point(_entry), origin=f"entry point {_entry.name}")
    except (Exception, SystemExit) as _error:  # a broken package is not the catalogue's end
        loading.warn(_entry, _error)
