"""The work of one worker: a block of networks, drawn and weighed for each trial of a run."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

from verify.engine.independence import ROUNDING, Block, require_independent
from verify.errors import UsageError
from verify.evidence import Evidence
from verify.evidence.pilot import PILOT_DRAWS, Pilot
from verify.ledger.files_read import Known, watched
from verify.model import Measure
from verify.relations import Target

Key = tuple[str, int]
"""A trial of a run: the name of its statement, and the number of its point."""

T = TypeVar("T")
Draws = NDArray[np.float64]

Weighed = tuple[dict[Key, Evidence], float, Sequence[str]]
"""Evidence, seconds, and what was read that the evidence is not known by."""

Piloted = tuple[dict[Key, Pilot], float, Sequence[str]]

PILOT = -1
"""The number of the block that comes before all others, under a seed of its own."""


@dataclass(frozen=True)
class Simulated:
    """What a worker has to know of an experiment.

    Its name, its measurement, the sizes whose limit is judged, the quantities that say, draw by
    draw, whether an assumption is met, and what a measurement of others is known by.
    """

    label: str
    measure: Measure
    doubled: tuple[str, ...] = ()
    checked: tuple[str, ...] = ()
    known: Known | None = None


@dataclass(frozen=True)
class Asked:
    """What a trial takes of a block, and what it is weighed against.

    `column` is that of its point, where several are read off one run.
    """

    quantity: str
    column: int | None
    target: Target


def weigh_block(
    experiment: Simulated,
    values: Mapping[str, Any],
    asked: Mapping[Key, Asked],
    seed: int,
    first_network: int,
    networks: int,
    device: str,
    in_parts: bool = False,
) -> Weighed:
    """Draw one block of networks and weigh it for each trial; the work of one worker.

    `in_parts` it is also held against a part of it, UsageError where that differs.
    """
    start = time.perf_counter()
    draw = partial(_drawn, experiment, values, seed=seed, device=device)
    with _watched(experiment) as outside:
        drawn = draw(first_network=first_network, networks=networks)
        evidence = {
            key: _weighed(drawn, key[0], one, experiment.checked) for key, one in asked.items()
        }
        seconds = time.perf_counter() - start
        if in_parts:
            rounding = _rounding(asked)
            compared = {name: _column(drawn, experiment.label, name, None) for name in rounding}
            whole = Block(experiment.label, compared, rounding, seed, first_network, networks)
            require_independent(whole, draw)
    return evidence, seconds, outside


def _watched(experiment: Simulated) -> AbstractContextManager[list[str]]:
    """Draw; tells what a measurement of others reads that its evidence is not known by."""
    return nullcontext([]) if experiment.known is None else watched(experiment.known)


def _rounding(asked: Mapping[Key, Asked]) -> dict[str, float]:
    """What may be rounding of each quantity, absolutely: what targets call so, if it is small."""
    found: dict[str, float] = {}
    for one in asked.values():
        unit = abs(one.target.value) or 1.0  # rounding of a value of 0 is absolute
        mine = unit * min(one.target.finite_size, ROUNDING)
        found[one.quantity] = max(found.get(one.quantity, 0.0), 0.0 if math.isnan(mine) else mine)
    return found


def pilot_block(
    experiment: Simulated,
    values: Mapping[str, Any],
    asked: Mapping[Key, Asked],
    seed: int,
    device: str,
) -> Piloted:
    """Draw the pilot of each trial that awaits one; the work of one worker."""
    start = time.perf_counter()
    with _watched(experiment) as outside:
        drawn = _drawn(
            experiment, values, seed=seed, first_network=0, networks=PILOT_DRAWS, device=device
        )
    pilots = {}
    for key, one in asked.items():
        x, counts = _counted(drawn, key[0], one, experiment.checked)
        pilots[key] = _taken(one.target.piloted, x if counts is None else x[counts], key[0], one)
    return pilots, time.perf_counter() - start, outside


def _drawn(
    experiment: Simulated, values: Mapping[str, Any], **run: Any
) -> Mapping[str, NDArray[np.float64]]:
    """What a measurement returns; of sizes that are doubled a last axis: half, once, twice them."""
    if not experiment.doubled:
        return experiment.measure(values, **run)
    sizes = {}
    for name in experiment.doubled:
        size = values.get(name)
        if not isinstance(size, int) or size % 2:
            raise UsageError(f"{name} = {size}: must be even, as it is halved")
        sizes[name] = size
    drawn = [
        experiment.measure(
            {**values, **{name: size * by // 2 for name, size in sizes.items()}}, **run
        )
        for by in (1, 2, 4)
    ]
    return {name: np.stack([one[name] for one in drawn], axis=-1) for name in drawn[0]}


def _counted(
    drawn: Mapping[str, NDArray[np.float64]], name: str, asked: Asked, checked: Sequence[str]
) -> tuple[NDArray[np.float64], NDArray[np.bool_] | None]:
    """What a trial takes of a block, and which draws meet the assumptions that are checked."""
    x = _column(drawn, name, asked.quantity, asked.column)
    assumed = "an assumption that is checked"
    met = [_column(drawn, assumed, quantity, asked.column) == 1 for quantity in checked]
    met = [one if one.ndim == 1 else one.all(axis=-1) for one in met]
    return x, np.logical_and.reduce(met) if met else None


def _weighed(
    drawn: Mapping[str, NDArray[np.float64]], name: str, asked: Asked, checked: Sequence[str]
) -> Evidence:
    x, counts = _counted(drawn, name, asked, checked)
    if counts is None:
        return _taken(asked.target.weigh, x, name, asked)
    excluded = int(np.count_nonzero(~counts))
    if excluded == len(counts):
        return Evidence.none(excluded)
    return replace(_taken(asked.target.weigh, x[counts], name, asked), excluded=excluded)


def _taken(take: Callable[[Draws], T], x: Draws, name: str, asked: Asked) -> T:
    """What a target takes of its draws; UsageError for draws that it cannot take."""
    try:
        return take(x)
    except ValueError as error:
        raise UsageError(f"{name}: quantity {asked.quantity!r}: {error}") from error


def _column(
    drawn: Mapping[str, NDArray[np.float64]], name: str, quantity: str, column: int | None
) -> NDArray[np.float64]:
    if quantity not in drawn:
        raise UsageError(
            f"{name}: speaks of the quantity {quantity!r}, and what is measured is "
            f"{', '.join(map(repr, drawn))}"
        )
    try:
        x = np.asarray(drawn[quantity]).astype(np.float64, casting="same_kind")
        return x if column is None else x[:, column]
    except TypeError as error:
        raise UsageError(f"{name}: quantity {quantity!r}: draws must be real numbers") from error
    except IndexError as error:
        raise UsageError(
            f"{name}: quantity {quantity!r}: draws of shape {x.shape}: must have a column for each"
            " point that is read off one run"
        ) from error
