"""How many networks a block holds, and how many blocks a trial may have."""

from __future__ import annotations

import math
from collections.abc import Sequence

from verify.evidence.accounting import Budget
from verify.relations import Target

BLOCKS_PLANNED = 64
"""A plan is drawn in so many blocks: few points need all of it, many but a few hundredths."""

BLOCKS_AT_LEAST = 8
"""So many blocks are those draws without which no pilot's verdict is reached."""

MOST_BLOCKS = 1024
"""A budget is drawn in so many blocks by what it cannot confirm."""

LEAST_BLOCK = 32
"""Draws of a block at least: a loose bound is decided by a few, which say nothing of its slack."""

OVERDRAW = 4
"""A point that is undecided after so many times its plan is INCONCLUSIVE."""

DRAWS_FOR_SHOW = 128
"""Draws for trials out of reach of their limit, where no other trial of the point asks for more."""


def size_of_block(planned: Sequence[tuple[Target, float]], budget: Budget) -> int:
    """Networks in a block of targets with their plans, those at the alpha of a whole claim.

    It must not depend on how many trials were entered before, or a resumed run would not find the
    blocks that it left, nor on a pilot, which is drawn later.
    """
    decisive = [(target, plan) for target, plan in planned if target.within_reach]
    every = [plan for _, plan in decisive if plan > 0]
    plans = [plan for plan in every if plan <= budget.draws]
    whole = math.ceil(max(plans, default=DRAWS_FOR_SHOW))
    piloted = [plan / BLOCKS_AT_LEAST for target, plan in decisive if target.awaits_pilot]
    if len(plans) < len(every):  # what cannot be confirmed is tried with all that may be drawn
        whole = max(whole, budget.draws)
        piloted.append(budget.draws / MOST_BLOCKS)
    else:
        piloted.append(whole / BLOCKS_PLANNED)
    least = min(whole, math.ceil(max(LEAST_BLOCK, *piloted)))
    if plans and all(target.stated_draws for target, _ in decisive):
        return next(size for size in range(least, whole + 1) if whole % size == 0)
    return least


def blocks_to_decide(target: Target, plan: float, budget: Budget, block_size: int) -> int:
    """Blocks after which a trial is given up, `plan` being that of all that is known by then."""
    draws = plan if target.stated_draws else min(OVERDRAW * plan, budget.draws)
    return max(1, math.floor(draws / block_size))


def blocks_for_show(block_size: int) -> int:
    """Blocks of a trial that is out of reach of its limit."""
    return max(1, DRAWS_FOR_SHOW // block_size)
