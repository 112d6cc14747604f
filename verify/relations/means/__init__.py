"""Statements about the mean of a quantity, and the targets that they make of a point."""

from verify.relations.means.statements import (
    AtLeast,
    AtMost,
    Equal,
    Ratio,
    RatioAtLeast,
    SignedEqual,
)

__all__ = ["AtLeast", "AtMost", "Equal", "Ratio", "RatioAtLeast", "SignedEqual"]
