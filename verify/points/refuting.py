"""What refutes a form without a draw: a point at which it is not what it has to be."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from verify.model import Value
from verify.relations.words import shown

RANGE = "the range of its quantity"
HELD = "a form that the catalogue holds to be right"


@dataclass(frozen=True)
class Contradiction:
    """A point at which a form is not what it has to be; both values in six digits.

    `by` is what it is refuted by, `largest` where the difference is largest, of the points that
    were searched.
    """

    form: str
    says: str
    by: str
    parameters: Mapping[str, Value]
    value: str
    other: str
    largest: Mapping[str, Value]

    def __str__(self) -> str:
        return f"at {shown(self.parameters)} it is {self.value}, and has to be {self.says}" + (
            "" if self.by == RANGE else f", which is {self.other}"
        )


class Refuting(NamedTuple):
    """A contradiction that refutes a form if those of the names that it `rests_on` are right."""

    contradiction: Contradiction
    rests_on: frozenset[str]
