"""Points: where a claim is tested, and what is simulated there."""

from __future__ import annotations

import json
import math
import numbers
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from verify.errors import UsageError

if TYPE_CHECKING:
    from verify.model.experiment import Experiment

Value = int | float | str


def canonical(name: str, value: Any) -> int | float:
    """A parameter as a plain Python number, so that equal points have equal keys."""
    if not isinstance(value, bool):
        if isinstance(value, numbers.Integral):
            return int(value)
        if isinstance(value, numbers.Real):
            return float(value)
    raise UsageError(f"{name} = {value!r}: must be a number")


@dataclass(frozen=True)
class Point:
    """One place where a claim is judged: an experiment at some parameters.

    `parameters` are the arguments of the closed forms, `setting` is what else is simulated (width,
    samples, inputs).  Forms are judged at an error of `margin` >= 0, their stated remainder
    included.  Where a pilot measures a variance, events of a lower probability than `rarest` may
    go unseen; an identity may break in a share of `exceptions`.  `drawn` says that hypothesis drew
    it.  Raises ValueError for another margin.
    """

    experiment: Experiment
    parameters: Mapping[str, Value]
    setting: Mapping[str, Value]
    margin: float
    rarest: float = 1e-2
    exceptions: float = 0.02
    drawn: bool = field(default=False, compare=False)

    def __post_init__(self) -> None:
        if not 0 <= self.margin < math.inf:
            raise ValueError(f"margin = {self.margin} at {self.key}: must be finite and >= 0")

    @property
    def values(self) -> dict[str, Value]:
        """Setting and parameters in one mapping."""
        return {**self.setting, **self.parameters}

    @property
    def key(self) -> str:
        """Canonical text of the point."""
        return _canonical_text(self.values)

    @property
    def run(self) -> str:
        """Canonical text of what is simulated: points of one run are read off the same networks."""
        reads = self.experiment.reads
        return _canonical_text({k: v for k, v in self.values.items() if k not in reads})


def _canonical_text(values: Mapping[str, Value]) -> str:
    return json.dumps(values, sort_keys=True, separators=(",", ":"))
