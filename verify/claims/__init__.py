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
from pathlib import Path
from pkgutil import iter_modules
from types import ModuleType

from verify.claims import loading
from verify.errors import UsageError
from verify.model import Claim


class _Shelf:
    """Claims by id; a subject is imported when a claim of its is asked for, or all of them are."""

    def __init__(self) -> None:
        self._claims: dict[str, Claim] = {}
        self._subjects = [f"{__name__}.{found.name}" for found in iter_modules(__path__)]
        self._whole = False

    def one(self, claim_id: str) -> Claim | None:
        """The claim of that id; only the subject that names it is imported, where there is one."""
        for subject in [name for name in self._subjects if _names(name, claim_id)]:
            if claim_id not in self._claims:
                self._import(subject)
        return self._claims.get(claim_id) or self.all().get(claim_id)

    def all(self) -> dict[str, Claim]:
        """Every claim, paper by paper: ours, then those of packages, then those of files."""
        if not self._whole:
            self._whole = True
            for subject in list(self._subjects):
                self._import(subject)
            ordered = sorted(self._claims.values(), key=lambda claim: (claim.paper, _place(claim)))
            self._claims = {claim.id: claim for claim in ordered}
            _add_packages()
        return self._claims

    def _import(self, subject: str) -> None:
        self._subjects.remove(subject)
        claims = getattr(import_module(subject), "CLAIMS", ())
        self._claims |= {claim.id: claim for claim in claims}
        _ours.update({claim.id: claim for claim in claims})
        _order[subject] = [claim.id for claim in claims]


_order: dict[str, list[str]] = {}
"""Ids of the claims of each subject, in its own order."""

_ours: dict[str, Claim] = {}
"""The claims of all subjects, whatever becomes of the catalogue."""


def _place(claim: Claim) -> tuple[str, int]:
    """Where a claim of ours stands: its subject, and its number there."""
    return next(
        (subject, ids.index(claim.id)) for subject, ids in _order.items() if claim.id in ids
    )


def _names(subject: str, claim_id: str) -> bool:
    """Whether a subject's text has the id; it is imported by its name, so that this is enough."""
    file = Path(__file__).parent / subject.rpartition(".")[2]
    texts = file.glob("*.py") if file.is_dir() else [file.with_suffix(".py")]
    return any(f'"{claim_id}"' in text.read_text(encoding="utf-8") for text in texts)


def _add_packages() -> None:
    from importlib.metadata import entry_points

    for entry in entry_points(group=loading.GROUP):
        try:
            add(*loading.from_entry_point(entry), origin=f"entry point {entry.name}")
        except KeyboardInterrupt:
            raise
        except BaseException as error:  # a broken package is not the catalogue's end
            loading.warn(entry, error)


_shelf = _Shelf()


def load(path: str | os.PathLike[str]) -> tuple[Claim, ...]:
    """Add the claims of a Python file to the catalogue, and return them; twice changes nothing.

    Raises UsageError (one line) for a file that cannot be imported or has no CLAIMS, and for an id
    that is taken.
    """
    claims = loading.from_file(Path(path))
    held = _shelf.all()
    if not all(held.get(claim.id) is claim for claim in claims):
        add(*claims, origin=f"claims {path}")
    return claims


def add(*claims: Claim, origin: str = "claims") -> None:
    """Add claims, all of them or none; UsageError (it begins with `origin`) for an id twice."""
    count = Counter([*_shelf.all(), *(claim.id for claim in claims)])
    taken = [name for name, times in count.items() if times > 1]
    if taken:
        raise UsageError(f"{origin}: the id {taken[0]} is taken; ids must be unique")
    _shelf.all().update({claim.id: claim for claim in claims})


def remove(claim_id: str) -> None:
    """Take a claim out of the catalogue of this process; UsageError for an unknown id."""
    del _shelf.all()[find(claim_id).id]


def of_paper(paper: str | None) -> list[Claim]:
    """The claims of the paper of that key (None: of all), or a UsageError that lists the keys."""
    papers = sorted({claim.paper for claim in _shelf.all().values()})
    if paper is not None and paper not in papers:
        near = difflib.get_close_matches(paper, papers, n=1)
        hint = f"; nearest: {near[0]}" if near else ""
        raise UsageError(f"--paper {paper}: must be one of {', '.join(papers)}{hint}")
    return [claim for claim in _shelf.all().values() if paper in (None, claim.paper)]


def find(claim_id: str) -> Claim:
    """The claim of that id, or a UsageError that names the nearest ids."""
    found = _shelf.one(claim_id) if isinstance(claim_id, str) else None
    if found is not None:
        return found
    ids = list(_shelf.all())
    if any(claim.paper == claim_id for claim in _shelf.all().values()):
        raise UsageError(
            f"{claim_id!r} is a paper, not a claim; `touchstone list --paper {claim_id}` and"
            f" verify.claims show its claims"
        )
    names = {name.split("/")[1]: name for name in ids} | {name: name for name in ids}
    near = difflib.get_close_matches(claim_id, names, n=3, cutoff=0.5)
    nearest = ", ".join(dict.fromkeys(names[name] for name in near))
    all_of_them = "list(verify.claims) and `touchstone list` show them all"
    hint = f"nearest: {nearest}" if nearest else all_of_them
    raise UsageError(f"unknown claim {claim_id!r}; {hint}")


def is_ours(claim: Claim) -> bool:
    """Whether a claim is one of Touchstone's as it stands, so that our code says all of it."""
    return _ours.get(claim.id) is claim


class _Catalogue(ModuleType, Mapping[str, Claim]):
    """A package that is itself the mapping: Python binds `verify.claims` to the module.

    (Assigning a module's class is how Python lets a module define operators.)
    """

    __eq__ = ModuleType.__eq__
    __hash__ = ModuleType.__hash__

    def __getitem__(self, claim_id: str) -> Claim:
        found = _shelf.one(claim_id) if isinstance(claim_id, str) else None
        if found is None:
            raise KeyError(claim_id)
        return found

    def __iter__(self) -> Iterator[str]:
        return iter(_shelf.all())

    def __len__(self) -> int:
        return len(_shelf.all())


sys.modules[__name__].__class__ = _Catalogue
