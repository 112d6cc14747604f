"""A heat map: what a claim's runs look like over two parameters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from theory.form import Form
    from verify.model.experiment import Experiment
    from verify.model.point import Value


@dataclass(frozen=True, kw_only=True)
class HeatMap:
    """What to draw of a claim's experiments; how it is drawn stands in the report.

    Along `x`, a parameter of the claim, networks differ; along `y` each of them is run at every
    value, so that the measurement is given a tuple of those and returns a column for each.  `at`
    holds the values of both, and `given` what else the experiments need.  `colour` is a quantity,
    shown in its mean over so many `runs`; it is finite, of a run that diverges too.  `boundaries`
    are some in the unit of y, of the same networks.  `lines` are forms of x, and of what is given
    or set, in the unit of y.  `coarse` are fewer values of x, y or both, drawn at the quick budget
    where a map of all takes minutes.  `by` are the experiments to draw, where they are others than
    the claim is judged by, as of sizes at which a verdict would take too long.

    Raises ValueError unless `at` has two values of x and of y at least, and `runs` is 1 or more.
    """

    x: str
    y: str
    colour: str
    runs: int
    at: Mapping[str, Sequence[float]]
    boundaries: Sequence[str] = ()
    lines: Sequence[Form] = ()
    given: Mapping[str, Value] = field(default_factory=dict)
    coarse: Mapping[str, Sequence[float]] = field(default_factory=dict)
    by: Sequence[Experiment] = ()

    def __post_init__(self) -> None:
        for name in (self.x, self.y):
            for field_name, values in (("at", self.at), ("coarse", {**self.at, **self.coarse})):
                if len(set(values.get(name, ()))) < 2:
                    raise ValueError(f"{field_name}: must hold two values of {name} at least")
        if self.runs < 1:
            raise ValueError(f"runs = {self.runs}: must be at least 1")
