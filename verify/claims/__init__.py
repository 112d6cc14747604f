"""The catalogue: a mapping from id to claim, in the order of the papers.

    import verify
    verify.claims["furusho2020/mean-eig-resnet"].statement

One file a subject: `verify/claims/fisher.py` judges what `theory/fisher.py` says by what
`numerics/fisher.py` measures.
"""

from __future__ import annotations

import difflib
import sys
from collections.abc import Iterator, Mapping
from types import MappingProxyType, ModuleType

from verify.claim import Claim
from verify.claims import fisher, learning_rate
from verify.errors import UsageError

BY_ID: Mapping[str, Claim] = MappingProxyType(
    {claim.id: claim for claim in (*fisher.CLAIMS, *learning_rate.CLAIMS)}
)


def find(claim_id: str) -> Claim:
    """The claim of that id, or a UsageError that names the nearest ids."""
    if claim_id in BY_ID:
        return BY_ID[claim_id]
    names = {name.split("/")[1]: name for name in BY_ID} | {name: name for name in BY_ID}
    near = difflib.get_close_matches(claim_id, names, n=3, cutoff=0.5)
    nearest = ", ".join(dict.fromkeys(names[name] for name in near))
    hint = f"nearest: {nearest}" if nearest else "`touchstone list` shows them all"
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
