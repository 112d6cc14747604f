"""One line of the table: the points of an experiment, and on what terms they are judged."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from verify.model import Point

if TYPE_CHECKING:
    from verify.evidence.accounting import Budget
    from verify.model import Claim, Value
    from verify.relations.statement import Law

Row = Mapping[str, "Value"]

PRICE = 24
"""log(2 / alpha) of a claim's hundredth trial or so; what plans here assume."""

SHARP = 0.0065
"""A margin, from the standard budget on, that tells a form from one that is off by 1 %.

Such a form is refuted where twice the remainder and the margin are below 1 % together.
"""


def rows(names: Sequence[str], *values: Sequence[Any]) -> tuple[dict[str, Any], ...]:
    """Points of these parameters, a row of values each."""
    return tuple(dict(zip(names, row, strict=True)) for row in values)


@dataclass(frozen=True)
class Entry:
    """The points of one experiment of a claim.

    `points` are judged at every budget, `further` at larger ones than quick.  `margin` is the error
    judged at beyond the remainder: a number, which larger budgets sharpen unless it is `kept`, or
    a law of the point and the budget's sharpness (None: too wide to tell anything).  `setting`
    overrules the experiment's own sizes.  `remainder` and `variance` are fitted laws of quantities.
    """

    experiment: str
    points: Sequence[Row]
    further: Sequence[Row] = ()
    margin: float | Callable[[Row, float], float | None] = 0.0
    kept: bool = False
    setting: Mapping[str, Value] = field(default_factory=dict)
    remainder: Mapping[str, Law] = field(default_factory=dict)
    variance: Mapping[str, Law] = field(default_factory=dict)

    def rows(self, budget: Budget) -> tuple[Row, ...]:
        """The points of a budget, in order."""
        return (*self.points, *(() if budget.sharpness == 1 else self.further))

    def point(self, claim: Claim, parameters: Row, budget: Budget) -> Point | None:
        """The experiment at these parameters; None where it cannot run."""
        margin: float | None
        if callable(self.margin):
            margin = self.margin(parameters, budget.sharpness)
        else:
            margin = self.margin * (1 if self.kept else budget.sharpness)
        if margin is None:
            return None
        experiment = claim.experiment(self.experiment)
        experiment = replace(
            experiment,
            remainder={**experiment.remainder, **self.remainder},
            variance={**experiment.variance, **self.variance},
        )
        placed = experiment.placed(parameters, margin)
        if placed is None:
            return None
        moved, setting = placed
        return Point(
            experiment, moved, {**setting, **self.setting}, margin, budget.rarest,
            beyond_remainder=True,
        )  # fmt: skip
