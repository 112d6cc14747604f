"""What is said at one point, in plain numbers that workers weigh draws against."""

from __future__ import annotations

import dataclasses
import math
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping
from typing import Any, ClassVar, Literal, Self

import numpy as np
from numpy.typing import NDArray

from verify.evidence import Evidence, Verdict
from verify.evidence.pilot import Pilot
from verify.relations.ranges import Range, around

Altered = Literal["refuted", "survived", "true as well"]
"""What evidence makes of another statement about the same value, the most telling first."""

WIDEST_REMAINDER = 0.1
"""What is said with a wider remainder is shown, but not confirmed."""


@dataclasses.dataclass(frozen=True, kw_only=True)
class Target(ABC):
    """What a statement says at one point, and how sharply it is to be judged.

    `value` is what is claimed, `finite_size` the remainder allowed to it and `epsilon` the error
    that CONFIRMED leaves open, remainder included; each family says in which unit.  `alpha` is the
    false-alarm probability of the verdict.  `sides` are the remainders below and above the value,
    where they differ; `finite_size` is the larger of them.

    Raises ValueError for numbers that the family cannot judge.
    """

    value: float
    epsilon: float
    finite_size: float
    alpha: float
    sides: tuple[float, float] | None = None

    kind: ClassVar[str]
    """Name of the family in a ledger."""

    subject: ClassVar[str] = ""
    """What is spoken of: targets on one subject of one quantity share what evidence leaves; "" for
    one that leaves all it can by itself."""

    stated_draws: ClassVar[bool] = False
    """Whether the plan is a number of draws of which all are taken, and none beyond."""

    shows_mean: ClassVar[bool] = True
    """Whether the number to show is a mean of draws, which hangs on when one stops; else it is read
    off draws that decide by themselves, or is computed."""

    extrapolates: ClassVar[bool] = False
    """Whether the number to show is that of a limit, which no network was drawn at."""

    nearest_is_extreme: ClassVar[bool] = False
    """Whether what comes nearest to a bound is the extreme of draws, and the number to show is not;
    `left` is then what is left of a quantile."""

    claims_value: ClassVar[bool] = True
    """Whether a value is claimed; without one it is NaN."""

    kinds: ClassVar[dict[str, type[Target]]] = {}

    def __init_subclass__(cls) -> None:
        if "kind" in vars(cls):
            Target.kinds[cls.kind] = cls

    def __post_init__(self) -> None:
        for field in dataclasses.fields(self):
            if isinstance(value := getattr(self, field.name), list):
                object.__setattr__(self, field.name, tuple(value))
        if self.claims_value and not math.isfinite(self.value):
            raise ValueError(f"value = {self.value}: must be finite")
        if not 0 < self.alpha <= 1:
            raise ValueError(f"alpha = {self.alpha}: must be in (0, 1]")
        self.check()

    def as_dict(self) -> dict[str, Any]:
        """Plain values, for JSON; `from_dict` reads them back."""
        return {"kind": self.kind, **dataclasses.asdict(self)}

    @classmethod
    def from_dict(cls, content: Mapping[str, Any]) -> Target:
        """The target that `as_dict` described; KeyError or TypeError where it is none."""
        terms = dict(content)
        return cls.kinds[terms.pop("kind")](**terms)

    @property
    def awaits_pilot(self) -> bool:
        """Whether draws under seeds of their own are yet to tell how widely they spread."""
        return False

    def piloted(self, x: NDArray[np.float64]) -> Pilot:
        """What such draws say; only a target that awaits them is asked.

        Raises ValueError as `weigh` does; of no draws, as all broke an assumption, nothing is said.
        """
        return self._piloted(_finite(x))

    def _piloted(self, x: NDArray[np.float64]) -> Pilot:
        """What finite draws say."""
        return Pilot.of(x)

    def with_pilot(self, pilot: Pilot) -> Self:
        """The same with what a pilot says; only a target that awaits one is told."""
        return self

    # Verdicts ----------------------------------------------------------------------------------

    @abstractmethod
    def check(self) -> None:
        """Raise ValueError for numbers that the family cannot judge."""

    def weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Evidence of the draws x (leading axis: draws; finite).

        Raises ValueError for draws that are not of the shape and range that the family needs.
        """
        x = _finite(x)
        if x.size == 0 or x.ndim == 0:
            raise ValueError(
                f"draws of shape {x.shape}: must be one non-empty row of numbers, or more"
            )
        return self._weigh(x)

    @abstractmethod
    def _weigh(self, x: NDArray[np.float64]) -> Evidence:
        """Evidence of finite draws, one a row."""

    @abstractmethod
    def decide(self, evidence: Evidence) -> Verdict | None:
        """The verdict that the evidence reaches, else None."""

    @property
    def within_reach(self) -> bool:
        """Whether the remainder is so small that the statement may be confirmed."""
        return self.finite_size <= WIDEST_REMAINDER

    def reached(self, evidence: Evidence | None) -> Verdict | None:
        """The verdict that the evidence reaches, if any; out of reach, only a refutation is one.

        Without any draw there is one of a family alone that no draw bears on.
        """
        verdict = None if evidence is None or not evidence.draws else self.decide(evidence)
        return verdict if verdict == "REFUTED" or self.within_reach else None

    def decide_in_order(self, blocks: Iterable[Evidence]) -> tuple[Verdict | None, Evidence | None]:
        """The first verdict that the blocks reach, taken in order, and the evidence by then."""
        total: Evidence | None = None
        verdict = self.reached(total)
        for block in blocks:
            if verdict is not None:
                break
            total = block if total is None else total + block
            verdict = self.reached(total)
        return verdict, total

    def at_the_end(self, evidence: Evidence | None, draws: int) -> Verdict:
        """The verdict where no more is drawn and none was reached, of so many draws allowed."""
        if not self.within_reach:
            return "INCONCLUSIVE"
        return "INFEASIBLE" if self.plan(evidence) > draws else self.verdict_at_the_end()

    def verdict_at_the_end(self) -> Verdict:
        """The verdict where all draws are in and none was reached."""
        return "INCONCLUSIVE"

    def doubt(self, evidence: Evidence) -> str | None:
        """What is stated of the draws that they contradict, in words; nothing rests on it then."""
        return None

    # Plans -------------------------------------------------------------------------------------

    def plan(self, evidence: Evidence | None = None) -> float:
        """Draws that CONFIRMED takes if the truth sits at the edge of the null; inf if none do.

        They are planned anew by what `evidence` shows, where a family learns from it.
        """
        return self._plan()

    @abstractmethod
    def _plan(self) -> float:
        """The same before any draw."""

    @abstractmethod
    def detect(self, draws: int) -> float | None:
        """The least error that `draws` draws would have refuted (planned, not measured).

        It is of the kind of `epsilon`; None where no number of draws refutes any.
        """

    def no_plan(self) -> str:
        """Why no number of draws confirms, for a target whose plan is infinite."""
        return "its margin is 0, which no number of networks confirms"

    @property
    def relative_spread(self) -> float | None:
        """The stated bound on the relative variance, where it is a part of the null."""
        return None

    # What the evidence leaves ------------------------------------------------------------------

    def before_draws(self) -> Range:
        """All that is known of the quantity before it is measured."""
        return Range()

    @abstractmethod
    def left(self, evidence: Evidence) -> Range:
        """The values of the quantity that the evidence has not refuted."""

    def seen(self, evidence: Evidence | None) -> float:
        """The number to show beside the claimed one; it decides nothing, and is NaN before any."""
        return math.nan if evidence is None else evidence.mean

    def nearest(self, evidence: Evidence) -> float:
        """The number that comes nearest to a bound: the one to show, in most families."""
        return self.seen(evidence)

    def standard_error(self, evidence: Evidence | None) -> float | None:
        """Heuristic standard error of that number; None unless it is the mean of two draws or more.

        An extreme has none, and what is said of every draw is broken by one of them: the spread of
        the others says nothing of how surely.
        """
        return None if evidence is None or evidence.draws < 2 else evidence.standard_error

    def seen_within(self, evidence: Evidence) -> Range:
        """The values that the evidence leaves for what that number estimates."""
        return self.left(evidence)

    # What the evidence would have caught ---------------------------------------------------------

    def possible(self, value: Any) -> bool:
        """Whether a formula may have this value at all."""
        return True

    def within(self, share: float, value: Any = None) -> Range:
        """The values within that share of a value, the target's own unless given."""
        return around(self.value if value is None else value, share)

    @property
    def below_and_above(self) -> tuple[float, float]:
        """The remainder below the value, and above it."""
        return self.sides or (self.finite_size, self.finite_size)

    def null(self, value: Any = None) -> Range:
        """The values within the remainder of a value, the target's own unless given."""
        below, above = self.below_and_above
        return Range(self.within(below, value).low, self.within(above, value).high)

    def allowed(self, value: Any) -> Range:
        """The values of the quantity that a formula of that value allows, remainder included."""
        return self.null(value)

    def confirms(self, value: Any, left: Range) -> bool:
        """Whether a formula of that value, not refuted, is as well confirmed as the target's own.

        Only a bound has such company, being loose.
        """
        return False

    def detectable(self, left: Range) -> float | None:
        """The least s >= 0 such that a formula off by a factor 1 - s, or 1 + s, misses the range.

        For an equality that leaves m (1 - eps) .. m (1 + eps) the larger of the two is
        (eps + r)/(1 - r).
        """
        too_low, too_high = self._off(left)
        return None if too_low is None or too_high is None else max(too_low, too_high)

    def _too_tight(self, left: Range, side: str) -> float | None:
        """How much too tight a bound on that side is that just misses the range."""
        too_low, too_high = self._off(left)
        return too_low if side == "upper" else too_high

    def _off(self, left: Range) -> tuple[float | None, float | None]:
        """How much too low, and too high, a formula is that just misses the range."""
        m, (below, above) = abs(self.value), self.below_and_above
        if self.value < 0:
            left, below, above = Range(-left.high, -left.low), above, below
        # Another form of the quantity may have established that this one is off already.
        too_low = max(0.0, 1 - left.low / (m * (1 + above))) if left.low > 0 else None
        too_high = max(0.0, left.high / (m * (1 - below)) - 1) if left.high < math.inf else None
        return too_low, too_high

    def altered(self, left: Range, evidence: Evidence | None) -> Mapping[str, Altered]:
        """Other statements about the same value, and what the evidence makes of each."""
        return {}

    # Requirements ------------------------------------------------------------------------------

    def require_positive_value(self) -> None:
        """Raise ValueError unless the value is positive."""
        if self.value <= 0:
            raise ValueError(f"value = {self.value}: must be positive")

    def require_nonzero_value(self) -> None:
        """Raise ValueError for a value of 0, of which no error is a relative one."""
        if self.value == 0:
            raise ValueError(f"value = {self.value}: must not be 0")

    def require_relative_errors(self) -> None:
        """Raise ValueError unless remainder and epsilon are relative errors below 1, in order."""
        if not 0 <= self.finite_size <= self.epsilon < 1:
            raise ValueError(
                f"finite_size = {self.finite_size}, epsilon = {self.epsilon}: must satisfy"
                " 0 <= finite_size <= epsilon < 1"
            )


def _finite(x: NDArray[np.float64]) -> NDArray[np.float64]:
    """The draws, or a ValueError where they are no finite numbers."""
    x = np.asarray(x, dtype=np.float64)
    if wrong := int(np.count_nonzero(~np.isfinite(x))):
        raise ValueError(f"draws: {wrong} of {x.size} are NaN or infinite; must be finite")
    return x
