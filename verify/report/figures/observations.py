"""Figures redrawn from our own networks: what they need to see, made once and kept.

An observation is a measurement without a verdict: it is made once, kept in the ledger, and drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import FIRST_COMPLETED, Executor, Future, wait
from dataclasses import dataclass
from functools import partial
from typing import Any

from verify.engine.executors import in_flight, result_of
from verify.evidence import Evidence
from verify.judging.session import Progress, resolved
from verify.ledger.identity import fingerprint, name_of
from verify.ledger.store import Ledger
from verify.model import Measure, Value, noise_seed
from verify.relations.words import shown


@dataclass(frozen=True)
class Observation:
    """A quantity to measure on so many networks at one place."""

    measure: Measure
    quantity: str
    values: Mapping[str, Value]
    networks: int

    @property
    def key(self) -> str:
        """Digest of what is simulated."""
        return fingerprint(name_of(self.measure), dict(self.values), self.networks)


Seen = Mapping[str, Mapping[str, Sequence[float]]]
"""Mean and standard error of each quantity, by observation key."""


def observe(
    figures: Sequence[Figure],
    seed: int,
    executor: Executor,
    device: str,
    ledger: Ledger,
    report: Callable[[Progress], None],
) -> list[dict[str, Any]]:
    """Make the observations that the ledger lacks, and draw the figures."""
    wanted = {one.key: one for figure in figures for one in figure.observations()}
    kind = resolved(device)
    marks = {key: fingerprint(key, str(seed), kind) for key in wanted}
    seen = {key: ledger.record("observation", mark) for key, mark in marks.items()}
    missing = [key for key, content in seen.items() if content is None]
    networks = 0
    for done, (key, content) in enumerate(_made(executor, missing, wanted, seed, kind), 1):
        ledger.add_record("observation", marks[key], content)
        seen[key] = content
        networks += wanted[key].networks
        report(Progress("measuring for figures", done, len(missing), networks))
    return [figure.drawn(seen) for figure in figures]


def _made(
    executor: Executor,
    keys: Sequence[str],
    wanted: Mapping[str, Observation],
    seed: int,
    device: str,
) -> Iterator[tuple[str, dict[str, Any]]]:
    waiting = list(reversed(keys))
    pending: dict[Future[dict[str, Any]], str] = {}
    try:
        while waiting or pending:
            while waiting and len(pending) < in_flight(executor):
                key = waiting.pop()
                pending[executor.submit(observed, wanted[key], seed, device)] = key
            done, _ = wait(pending, return_when=FIRST_COMPLETED)
            for future in done:
                key = pending.pop(future)
                yield key, result_of(future, partial(_place, wanted[key]))
    finally:
        for future in pending:
            future.cancel()


def _place(one: Observation) -> str:
    return f"figures of the source at {shown(one.values)}"


def observed(one: Observation, seed: int, device: str) -> dict[str, Any]:
    """Mean and standard error of each quantity that the measurement returns."""
    drawn = one.measure(
        one.values,
        seed=noise_seed(seed, "figure", one.key),
        first_network=0,
        networks=one.networks,
        device=device,
    )
    weighed = {name: Evidence.of(values, values, {}) for name, values in drawn.items()}
    return {name: [found.mean, found.standard_error] for name, found in weighed.items()}


@dataclass(frozen=True)
class Figure:
    """A figure of the paper: what it needs to see, and how it is drawn."""

    id: str
    title: str
    caption: str
    source: str
    observations: Callable[[], Sequence[Observation]]
    panels: Callable[[Seen], list[dict[str, Any]]]

    def drawn(self, seen: Seen) -> dict[str, Any]:
        """The figure for the report."""
        return {
            "id": self.id,
            "title": self.title,
            "caption": self.caption,
            "source": self.source,
            "panels": self.panels(seen),
        }


def measured_series(
    label: str, x: Sequence[float], observations: Sequence[Observation], seen: Seen
) -> dict[str, Any]:
    """A series of markers with error bars."""
    found = [seen[one.key][one.quantity] for one in observations]
    return {
        "label": label,
        "kind": "measured",
        "x": list(x),
        "y": [mean for mean, _ in found],
        "standard_error": [error for _, error in found],
    }


def line(label: str, kind: str, x: Sequence[float], y: Sequence[float | None]) -> dict[str, Any]:
    """A series without errors; it is broken where y is None."""
    return {"label": label, "kind": kind, "x": list(x), "y": list(y), "standard_error": None}
