"""How many draws a process needs, and what so many draws can detect: planned, never decisive."""

from __future__ import annotations

import math

from verify.evidence.martingales import BETS

CONFIRM_FACTOR = 10.0
"""Draws to confirm = factor * variance * price / gap^2, the price of the mixture included."""

DETECT_FACTOR = 4.0
"""Draws to refute = factor * variance * (price + log(bets)) / gap^2."""


def price(alpha: float, processes: int = 2) -> float:
    """The log-wealth at which one of so many processes that share alpha decides."""
    return math.log(processes / alpha)


def draws_to_bet(gap: float, variance: float, wealth: float) -> float:
    """Draws until bets on a variable of mean 1 + gap >= 0, tested against 1, earn `wealth`.

    The best bet is gap / (variance + gap^2) and at most 1, where each draw pays half the gap or
    more.
    """
    return math.ceil(max(CONFIRM_FACTOR * (variance + gap**2) / gap**2, 4 / gap) * wealth)


def gap_to_bet(variance: float, wealth: float, draws: int) -> float:
    """The gap at which so many draws earn `wealth`, as likely as not."""
    each = (wealth + math.log(BETS.size)) / draws
    return max(math.sqrt(DETECT_FACTOR * variance * each), 2 * each)
