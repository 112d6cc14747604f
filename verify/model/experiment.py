"""An experiment: what is simulated, where it can run, and what is read off one run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from theory.domains import Domain
from verify.model.measure import Measure
from verify.model.point import Point
from verify.relations.words import Law, Remainder, Values

if TYPE_CHECKING:
    from verify.model.point import Value

Sizes = Callable[[Values, float], Mapping[str, "Value"] | None]


def _no_sizes(at: Values, within: float) -> Mapping[str, Value]:
    return {}


@dataclass(frozen=True)
class Checked:
    """An assumption that is checked on the run: the quantity that says so, 1 where it is met.

    A draw of any other number, or of NaN, breaks it: that counts neither for nor against, and is
    told.
    """

    quantity: str


@dataclass(frozen=True)
class Experiment:
    """What is simulated.

    `measure` is a measurement, and one of ours an `OfNumerics`, so that claims import without it.
    `over` is where it can run, by parameter; `setting` is what is simulated besides a
    point's parameters, and `sizes` what follows from a point and the error wanted there: it may
    move a parameter to the nearest value that can be simulated, and is None where there is none.
    `reads` are the parameters that are read off one run (a layer, an epoch): the measurement is
    given a tuple of them, one for each point, and gives each quantity one column a point.

    `remainder` and `variance` are laws of quantities in the values of a point: what a quantity of
    this experiment lies off its limit, relatively, and how it varies, relatively (of a quantity of
    either sign, absolutely).  Where only the order of the remainder is known, one over the sizes
    `doubled` (of the setting, even), each network is drawn at half of them, at them and at twice
    them, and equalities are judged in their limit.

    `meets` says of each assumption how it is met.  An `observational` experiment is shown and
    decides nothing.

    One whose setting names `images` takes any set of them: "digits" unless a user names others, of
    which its measurement is given the `digest`, and the `folder` that they lie in.  That is no part
    of its points: wherever the files lie, they are the same.

    Raises TypeError for a measurement that cannot be called, and for a parameter whose place in
    `over` is no domain.
    """

    label: str
    measure: Measure
    over: Mapping[str, Domain] = field(default_factory=dict)
    setting: Mapping[str, Value] = field(default_factory=dict)
    sizes: Sizes = _no_sizes
    reads: tuple[str, ...] = ()
    remainder: Mapping[str, Remainder] = field(default_factory=dict)
    variance: Mapping[str, Law] = field(default_factory=dict)
    meets: Mapping[str, str | Checked] = field(default_factory=dict)
    doubled: tuple[str, ...] = ()
    observational: bool = False
    folder: str = ""

    def __post_init__(self) -> None:
        if not callable(self.measure):
            raise TypeError(f"{self.label}: measure = {self.measure!r}: must be a function")
        for name, domain in self.over.items():
            if not isinstance(domain, Domain):
                raise TypeError(
                    f"{self.label}: over: {name} = {domain!r}: must be Integers, Reals or OneOf"
                )

    @property
    def has_sizes(self) -> bool:
        """Whether more follows from a point than its setting says."""
        return self.sizes is not _no_sizes

    def given(self, label: str = "", /, **setting: Value) -> Experiment:
        """The same with more of its setting fixed, under a label of its own."""
        named = ", ".join(map(str, setting.values()))
        return replace(
            self, label=label or f"{self.label}: {named}", setting={**self.setting, **setting}
        )

    @property
    def checked(self) -> tuple[str, ...]:
        """Quantities that say, draw by draw, whether an assumption is met."""
        return tuple(how.quantity for how in self.meets.values() if isinstance(how, Checked))

    def placed(
        self, parameters: Mapping[str, Value], within: float
    ) -> tuple[dict[str, Value], dict[str, Value]] | None:
        """Parameters and setting of a run at a point; None where the experiment cannot run."""
        inside = all(
            domain.contains(parameters[name], parameters)
            for name, domain in self.over.items()
            if name in parameters
        )
        sizes = self.sizes(parameters, within) if inside else None
        if sizes is None:
            return None
        setting = {**self.setting, **sizes}
        moved = {name: setting.pop(name, value) for name, value in parameters.items()}
        return moved, setting

    def point(self, parameters: Mapping[str, Value], margin: float, **terms: Any) -> Point | None:
        """The point at these parameters, judged at that error; None where it cannot run.

        `terms` are what else a `Point` is made of.
        """
        placed = self.placed(parameters, margin)
        return None if placed is None else Point(self, *placed, margin, **terms)
