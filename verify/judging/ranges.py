"""What the evidence of a claim has established about each measured quantity at each point.

A test process that reaches its threshold refutes a half-line of means.  All that it refutes counts,
whichever form it was run for: CONFIRMED leaves a range around the form, REFUTED a half-line beyond
it, and forms that say the same kind of thing of one quantity at one point share what is left: all
that speak of its mean, of its extremes, or of a ratio of two means.

Every range of a claim holds but for the probability that the claim's trials share.  At most two
nulls of an equality can be true at once, and each is refuted with a probability of at most alpha/2.
A bound adds two ladders of nested nulls; of a ladder only the true null next to the mean matters,
as the wealth against any other is lower still.  Where the bound is loose its own null is true
together with some of either ladder, which it need not share its bets with: alpha/2 for that null
and alpha/4 for each ladder add up to alpha.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from verify.relations import Range

if TYPE_CHECKING:
    from verify.engine.trial import Trial

Place = tuple[str, str, str]
Ranges = dict[Place, Range]


def ranges(trials: Iterable[Trial]) -> Ranges:
    """What the trials of a claim leave at each `place_of` them."""
    found: Ranges = {}
    for trial in trials:
        place, left = place_of(trial), established(trial)
        found[place] = found[place] & left if place in found else left
    return found


def place_of(trial: Trial) -> Place:
    """What is spoken of: the subject, the quantity and the point's key."""
    statement, target = trial.statement, trial.target
    if not target.subject:
        return target.kind, statement.name, trial.point.key
    return target.subject, statement.quantity, trial.point.key


def established(trial: Trial) -> Range:
    """What one trial leaves for the quantity that is spoken of."""
    target, evidence = trial.target, trial.evidence
    return target.before_draws() if evidence is None else target.left(evidence)
