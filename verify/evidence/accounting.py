"""What a run may cost: the draws of a budget, and the error probability that trials share."""

from __future__ import annotations

from dataclasses import dataclass

from verify.errors import UsageError


@dataclass(frozen=True)
class Budget:
    """How much may be drawn, and how closely: `draws` networks a point.

    `cap` is the largest relative error at which an equality is judged; `rows` are the points drawn
    over a region of one or two parameters, `rows_of_many` over one of three or more.  Events rarer
    than `rarest` may go unseen where a variance is measured, not derived; an identity may break
    unseen in a share of `exceptions` of the networks.
    """

    name: str
    draws: int
    cap: float
    rarest: float
    exceptions: float
    rows: int
    rows_of_many: int

    @property
    def statement(self) -> str:
        """The budget in words."""
        alike = self.rows_of_many == self.rows
        by = "" if alike else f" of one or two parameters, {self.rows_of_many} of three or more"
        return (
            f"{self.rows} points drawn over a region{by}, at most {self.draws:,} draws a point,"
            f" equalities judged within {100 * self.cap:g} %"
        )


BUDGETS = {
    budget.name: budget
    for budget in (
        Budget("quick", 200_000, cap=0.06, rarest=1e-2, exceptions=0.02, rows=8, rows_of_many=8),
        Budget(
            "standard", 2_000_000, cap=0.04, rarest=1e-3, exceptions=0.01, rows=24, rows_of_many=32
        ),
        Budget(
            "thorough",
            20_000_000,
            cap=0.02,
            rarest=1e-4,
            exceptions=0.005,
            rows=64,
            rows_of_many=64,
        ),
    )
}


def budget_named(name: str) -> Budget:
    """The budget of that name, or a UsageError that lists them."""
    if name not in BUDGETS:
        raise UsageError(f"budget = {name!r}: must be one of {', '.join(BUDGETS)}")
    return BUDGETS[name]


ALPHA = 1e-6
"""False-alarm probability of one claim in one run, shared out over its trials."""


def share_of_alpha(position: int) -> float:
    """Alpha of the trial entered as number `position` >= 1; over all trials they sum to ALPHA."""
    return ALPHA / (position * (position + 1))


@dataclass(frozen=True)
class Account:
    """What alpha is shared within: a master seed and a budget, on one type of device."""

    seed: int
    budget: str
    device: str
