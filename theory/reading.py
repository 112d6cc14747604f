"""How a printed form was read: what the paper says there, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, get_args

from theory.domains import Domain

Kind = Literal[
    "slip of print",
    "lost factor or term",
    "wrong regime",
    "wrong assumption",
    "matter of reading",
]
"""Kinds of error.

In a matter of reading the printed line holds as others may read it: in another sense of its words,
to leading order alone, or by a sign that our copy, a scan, may have wrong.
"""


@dataclass(frozen=True, kw_only=True)
class Reading:
    """What a paper says where it prints a form that is refuted, and what follows.

    Each text is a short sentence without its full stop, of words and plain formulas:

    - `says`: what the paper says there, in our words and its letters;
    - `shows`: what the form is of the printed line, where it is not that line itself;
    - `consequence`: what falls with it (a theorem, a constant, or nothing beyond the line);
    - `convention`: how its symbols were read, and what was held fixed;
    - `cause`: where it goes wrong, and where the paper itself has it right;
    - `true_if`: what would make the printed line true.

    All but `says` and `consequence` may be empty. `regime` holds the domains for which the paper
    means the formula where they are narrower than the form's, by the names of its parameters:
    counterexamples are sought there first. `against` names another form of the subject that the
    printed one contradicts, where its right form alone does not show that: of a bound, one on the
    other side.

    Raises ValueError for an unknown kind, for a text that is missing, and for one that ends in a
    full stop or has more than one line.
    """

    says: str
    kind: Kind
    consequence: str
    shows: str = ""
    convention: str = ""
    regime: Mapping[str, Domain] = field(default_factory=dict, hash=False)
    cause: str = ""
    true_if: str = ""
    against: str = ""

    def __post_init__(self) -> None:
        if self.kind not in get_args(Kind):
            known = ", ".join(map(repr, get_args(Kind)))
            raise ValueError(f"kind = {self.kind!r}: must be one of {known}")
        if not (self.says and self.consequence):
            raise ValueError("says and consequence must be given")
        for name in ("says", "shows", "consequence", "convention", "cause", "true_if"):
            text = getattr(self, name)
            if text.endswith(".") or "\n" in text:
                raise ValueError(f"{name} = {text!r}: must be one line without its full stop")

    @property
    def told(self) -> dict[str, str]:
        """Each part that there is, by its label, in the order to be read."""
        regime = ", ".join(f"{name} {domain.describe()}" for name, domain in self.regime.items())
        parts = {
            "the paper says": self.says,
            "the formula": self.shows,
            "kind": self.kind,
            "consequence": self.consequence,
            "convention": self.convention,
            "regime": regime,
            "cause": self.cause,
            "true if": self.true_if,
        }
        return {label: text for label, text in parts.items() if text}
