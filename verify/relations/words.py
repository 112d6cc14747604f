"""The words that statements and reports share: points, groups of trials, kinds of networks."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Protocol

from verify.evidence.accounting import ALPHA
from verify.numbers import number, percent, plural

if TYPE_CHECKING:
    from verify.evidence import Evidence, Verdict
    from verify.relations.target import Target

Values = Mapping[str, Any]
Law = Callable[[Values], float] | float
"""What a number is at a point; a number itself where it is the same at all of them."""

Remainder = Callable[[Values], float | tuple[float, float]] | float | tuple[float, float]
"""How far a quantity lies off at most: a number, or a pair of how far below and how far above."""

INPUTS = {
    "gaussian": "Gaussian inputs",
    "digits": "the digits",
    "mnist": "MNIST",
    "cifar10": "CIFAR-10",
}
"""Kinds of inputs as one speaks of them."""


class Simulated(Protocol):
    """An experiment: its label, and what it states of its quantities."""

    @property
    def label(self) -> str:
        """Its name among those of a claim."""

    @property
    def observational(self) -> bool:
        """Whether what it shows decides nothing."""

    @property
    def remainder(self) -> Mapping[str, Remainder]:
        """How far each quantity lies off its limit, relatively."""

    @property
    def variance(self) -> Mapping[str, Law]:
        """How each quantity varies."""

    @property
    def doubled(self) -> tuple[str, ...]:
        """Sizes whose limit is judged, from half of them, themselves and twice them."""


class Place(Protocol):
    """A point: its parameters, what else is simulated there, and the margin it is judged at."""

    @property
    def experiment(self) -> Simulated:
        """What is simulated."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Arguments of forms."""

    @property
    def setting(self) -> Mapping[str, Any]:
        """What else is simulated."""

    @property
    def values(self) -> Mapping[str, Any]:
        """Both in one mapping."""

    @property
    def margin(self) -> float:
        """The error judged at."""

    @property
    def rarest(self) -> float:
        """Events of a lower probability may go unseen where a pilot measures the variance."""

    @property
    def exceptions(self) -> float:
        """The share of networks in which an identity may break."""


class Seen(Protocol):
    """A trial: what was said at a point, and what the draws there say of it."""

    @property
    def target(self) -> Target:
        """What was said."""

    @property
    def point(self) -> Place:
        """Where."""

    @property
    def evidence(self) -> Evidence | None:
        """What was drawn."""

    @property
    def verdict(self) -> Verdict | None:
        """What follows."""


class Found(Protocol):
    """A counterexample."""

    @property
    def parameters(self) -> Mapping[str, Any]:
        """Where it is."""

    @property
    def kind(self) -> str:
        """Of what kind of network, on what kind of inputs."""

    @property
    def theory(self) -> float:
        """What the form says there."""

    @property
    def estimate(self) -> float:
        """What was measured."""

    @property
    def limit_of(self) -> Sequence[str]:
        """The sizes in whose limit that is."""

    @property
    def ratio(self) -> float | None:
        """The second over the first."""

    @property
    def repeat_verdict(self) -> str:
        """What a fresh seed said."""


def shown(values: Mapping[str, Any]) -> str:
    """The values of a point as one types them: "depth=2, survival=0.5"."""
    return ", ".join(f"{name}={value}" for name, value in values.items())


def named(parameters: Mapping[str, Any]) -> str:
    """The values of a point in words: "depth = 2"."""
    words = (f"{name.replace('_', ' ')} = {value}" for name, value in parameters.items())
    return ", ".join(words) or "the one point"


def called(name: str, kind: str) -> str:
    """What the setting of that name calls by name, in words: "Gaussian inputs", "batch norm"."""
    word, comma, how = kind.replace("_", " ").partition(",")
    spoken_of = name in ("inputs", "images")
    return (INPUTS.get(word, word) if spoken_of else word) + comma + how


def grouped(trials: Iterable[Any], *names: str) -> dict[str, list[Any]]:
    """Trials by what their setting calls by these names, in order of first sight.

    A number, as of how many inputs there are, is no kind and tells no groups apart.
    """
    groups: dict[str, list[Any]] = {}
    for trial in trials:
        kinds = {name: trial.point.setting.get(name) for name in names}
        words = [called(name, kind) for name, kind in kinds.items() if isinstance(kind, str)]
        groups.setdefault(", ".join(words), []).append(trial)
    return groups


def on(inputs: str) -> str:
    """Of a group by "inputs": on what it was measured."""
    if inputs.startswith(tuple(INPUTS.values())):
        return f" on {inputs}"
    return f" ({inputs})" if inputs else ""


def data(trials: Iterable[Seen]) -> str:
    """On which images trials were judged, in words; nothing where they take none."""
    settings = [trial.point.setting for trial in trials]
    sets = dict.fromkeys((one["images"], one.get("digest")) for one in settings if "images" in one)
    known = [called("images", name) + (f" ({digest})" if digest else "") for name, digest in sets]
    return " and ".join(known)


def seen(how: str, limit_of: Iterable[str]) -> str:
    """How one came to the number beside the claimed one: that it is measured, or of a limit."""
    sizes = ", ".join(name.replace("_", " ") for name in limit_of)
    return f"extrapolated to the limit of {sizes}" if sizes else how


def where(found: Found) -> str:
    """A counterexample's place and kind."""
    return f"{named(found.parameters)} ({found.kind})" if found.kind else named(found.parameters)


def points(trials: Sequence[Seen]) -> str:
    """How many points there are."""
    return plural(len(trials), "point")


def widest(trials: Iterable[Seen]) -> float:
    """The largest epsilon of the trials."""
    return max(trial.target.epsilon for trial in trials)


def drawn(trials: Iterable[Seen]) -> list[Evidence]:
    """The evidence of those trials that have some."""
    return [trial.evidence for trial in trials if trial.evidence is not None]


def false_alarm(found: Found) -> str:
    """The error probability of a refutation, and its repeat."""
    return (
        f"the chance of a false alarm is at most {number(ALPHA)}."
        f" Repeated under a fresh seed: {found.repeat_verdict}."
    )


def tighter(side: str | None, share: float) -> str:
    """A bound that is lower ("upper") or higher by a share, or by a factor where that is large."""
    factor, moved = (1 / (1 - share), "lower") if side == "upper" else (1 + share, "higher")
    by = f"a factor of {number(factor, 2)}" if factor > 2 else percent(share)
    return f"a bound {moved} by {by}"
