"""Agree: a form and an independent derivation agree to 50 digits; nothing is drawn.

A computed form agrees to the precision that it states.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, Literal

import mpmath
import numpy as np
from numpy.typing import NDArray

from theory.closed_form import ClosedForm
from verify.evidence import Evidence, Verdict
from verify.numbers import number
from verify.relations.ranges import Range, around
from verify.relations.statement import Statement
from verify.relations.target import Target
from verify.relations.words import Found, Place, Seen, Values, points, where

DIGITS = 50
"""Digits that are computed with."""

AGREEMENT = 1e-40
"""The relative difference beyond which the two sides differ: far above rounding at 50 digits."""


@dataclass(frozen=True, kw_only=True)
class AgreementTarget(Target):
    """A formula's value and that of an independent derivation, to DIGITS digits each."""

    digits: str
    witness: str

    shows_mean: ClassVar[bool] = False
    kind: ClassVar[str] = "agreement"

    def check(self) -> None:
        """Raise ValueError for a text that is no number."""
        self._numbers()

    def _numbers(self) -> tuple[Any, Any]:
        with mpmath.workdps(DIGITS):
            return mpmath.mpf(self.digits), mpmath.mpf(self.witness)

    def reached(self, evidence: Evidence | None) -> Verdict:
        """Whether the two agree; no draw bears on it."""
        one, other = self._numbers()
        with mpmath.workdps(DIGITS):
            agree = mpmath.almosteq(one, other, rel_eps=self.epsilon, abs_eps=0)
        return "CONFIRMED" if agree else "REFUTED"

    def _weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Raise ValueError: no draw bears on an identity of formulas."""
        raise ValueError(f"draws of shape {x.shape}: an agreement of formulas takes none")

    def decide(self, evidence: Evidence) -> Verdict | None:
        """None: evidence of draws decides nothing here."""
        return None

    def _plan(self) -> float:
        """No draws."""
        return 0

    def detect(self, draws: int) -> float:
        """Any difference of the digits that are right."""
        return self.epsilon

    def before_draws(self) -> Range:
        """The witness's value, which no draw bears on."""
        _, witness = self._numbers()
        return Range(witness, witness)

    def left(self, evidence: Evidence) -> Range:
        """The witness's value."""
        return self.before_draws()

    def seen(self, evidence: Evidence | None) -> float:
        """The witness's value."""
        return float(self.witness)

    def allowed(self, value: Any) -> Range:
        """What agrees with a formula of that value."""
        with mpmath.workdps(DIGITS):
            return around(value, mpmath.mpf(self.epsilon))

    def detectable(self, left: Range) -> float:
        """Any difference of the digits that are right."""
        return self.epsilon


@dataclass(frozen=True, kw_only=True)
class Agree(Statement):
    """The form agrees to its digits, 50 of a formula, with a derivation independent of it.

    `witness` derives the form's value at the values of a point, as an mpmath number at the
    precision in force.
    """

    witness: Callable[[Values], Any]

    relation: ClassVar[str] = "symbolic"
    side: ClassVar[Literal["both"]] = "both"
    relative: ClassVar[bool] = False
    seen_by: ClassVar[str] = "derived"

    def _target(self, point: Place, terms: dict[str, Any]) -> AgreementTarget:
        with mpmath.workdps(DIGITS):
            told = {
                "digits": mpmath.nstr(self._to_every_digit(point), DIGITS),
                "witness": mpmath.nstr(mpmath.mpf(self.witness(point.values)), DIGITS),
            }
        # Its error is that of the digits, whatever the budget asks for.
        error = max(AGREEMENT, 2 * getattr(self.form, "precision", 0.0))
        return AgreementTarget(**{**terms, "epsilon": error}, **told)

    def _to_every_digit(self, point: Place) -> Any:
        given = self.arguments(point.values)
        if "mpmath" not in getattr(self.form, "kinds", ("mpmath",)):
            return mpmath.mpf(self.form.value(**given))
        exact = {name: mpmath.mpf(v) for name, v in given.items()}
        if isinstance(self.form, ClosedForm) and not exact:
            # No argument asks it for more digits than those of a float.
            return mpmath.mpf(str(self.form.exact().evalf(DIGITS)))
        return mpmath.mpf(self.form.value(**exact))

    def confirmed(self, trials: Sequence[Seen]) -> str:
        """Where, and to how many digits."""
        return (
            f"The form and an independent derivation, computed to {DIGITS} digits, agree within"
            f" {number(max(one.target.epsilon for one in trials))} at {points(trials)}; nothing was"
            " sampled."
        )

    def refuted(self, found: Found, trials: Sequence[Seen]) -> str:
        """Both values."""
        return (
            f"At {where(found)} the form says {found.theory:.10g} and an independent"
            f" derivation {found.estimate:.10g}, both computed to {DIGITS} digits; nothing was"
            " sampled."
        )

    def detectable(self, size: float) -> str:
        """The digits are exact."""
        return "any difference of the digits that are right"
