"""Whether the draws of an experiment depend on seed and network alone, as all verdicts assume.

Draws that repeat, or that hang on what else stands in their block, are no independent draws, and
refute right forms.  One block of each experiment is held against a part of it that is drawn alone.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from verify.errors import UsageError

FEW = 4
"""Networks that are drawn again where all draws of a block differ: they coincide by no chance.

Of a discrete law half a block is, so that what a block holds of a rare event is seen to move.
"""

ROUNDING = 1e-5
"""Differences that count for none, in units of the draw itself or of the median one, if larger.

Products of matrices round otherwise in another batch: by a few 6e-8 in single precision, and over a
hundred layers by a hundred times as much.  What hangs on its block by less moves no mean by more.
"""

MANY = 32
"""Coins that are all alike under one seed, and all the other side under another, are so with a
probability of 2^-63 at most."""

RULE = "a draw must depend on (seed, network) alone"

Draws = Mapping[str, NDArray[np.float64]]

Draw = Callable[..., Draws]
"""Draws `networks` from `first_network` on, under the run's `seed` unless another is given."""


@dataclass
class Proof:
    """Whether an experiment was found to obey the rule; until it was, one block alone is drawn."""

    begun: bool = False
    done: bool = False

    @property
    def is_awaited(self) -> bool:
        """Whether the block that tells is being drawn."""
        return self.begun and not self.done

    def begin(self) -> bool:
        """Whether the next block is the one that tells."""
        first, self.begun = not self.begun, True
        return first


@dataclass(frozen=True)
class Block:
    """Networks of an experiment from `first_network` on, which were drawn under a seed.

    `rounding` is what the claims call rounding, by quantity.
    """

    experiment: str
    draws: Draws
    rounding: Mapping[str, float]
    seed: int
    first_network: int
    networks: int


def require_independent(whole: Block, draw: Draw) -> None:
    """Raise UsageError unless a part of a block is the same when it is drawn alone.

    The part begins and ends inside the block.  Draws that need no randomness are all alike, and
    have to stay so under another seed.
    """
    for name, x in whole.draws.items():
        if len(x) != whole.networks:
            raise UsageError(
                f"experiment {whole.experiment}: {len(x)} draws of {name!r} for {whole.networks}"
                " networks: must be one a network"
            )
    if whole.networks > 1:
        _hold_against_a_part(whole, draw)
    if whole.networks >= MANY:
        _hold_against_another_seed(whole, draw)


def _hold_against_a_part(whole: Block, draw: Draw) -> None:
    skipped = whole.networks // 2
    count = max(1, whole.networks - skipped - 1)
    if all(len(np.unique(x, axis=0)) == len(x) for x in whole.draws.values()):
        count = min(count, FEW)
    first = whole.first_network + skipped
    alone = {"first_network": first, "networks": count}
    part = draw(**alone)
    inside = {name: x[skipped : skipped + count] for name, x in whole.draws.items()}
    found = _difference(inside, part, whole.rounding)
    if found is None:
        return
    network, one, other = found
    again, start = draw(**alone), draw(**{**alone, "first_network": whole.first_network})
    part = {name: np.asarray(part[name], dtype=np.float64) for name in inside}
    if _difference(part, again, whole.rounding) is not None:
        reason = f"it is another each time it is drawn; {RULE}: keep no generator between calls"
    elif _difference(part, start, whole.rounding) is None:
        reason = f"blocks repeat the same networks; {RULE}: use first_network"
    else:
        reason = f"it hangs on what else its block holds; {RULE}: share nothing within a block"
    raise UsageError(
        f"experiment {whole.experiment}: network {first + network} is {one:.6g} in a block that"
        f" begins at {whole.first_network} and {other:.6g} in one that begins at {first}: {reason}"
    )


def _hold_against_another_seed(whole: Block, draw: Draw) -> None:
    alike = {name: x for name, x in whole.draws.items() if _is_one(x)}
    if not alike:
        return
    others = draw(first_network=whole.first_network, networks=whole.networks, seed=whole.seed ^ 1)
    for name, x in alike.items():
        moved = _difference({name: x}, others, whole.rounding)
        if moved is not None and _is_one(np.asarray(others[name])):
            raise UsageError(
                f"experiment {whole.experiment}: all {whole.networks} networks of a block give the"
                f" same {name!r}, {moved[1]:.6g}, and {moved[2]:.6g} under another seed: a block"
                f" repeats one network; {RULE}: use first_network"
            )


def _is_one(x: NDArray[np.float64]) -> bool:
    return bool((x == x[0]).all())


def _difference(
    these: Draws, those: Draws, rounding: Mapping[str, float]
) -> tuple[int, float, float] | None:
    """The first network that differs by more than rounding, and its two numbers."""
    for name, x in these.items():
        y = np.asarray(those[name], dtype=np.float64)
        if x.shape != y.shape:
            raise UsageError(f"{name!r}: draws of shape {y.shape} beside some of shape {x.shape}")
        size = np.abs(np.nan_to_num(x))
        unit = np.maximum(np.maximum(size, np.abs(np.nan_to_num(y))), np.median(size, axis=0))
        with np.errstate(over="ignore", invalid="ignore"):
            near = np.abs(x - y) <= np.maximum(ROUNDING * unit, rounding[name])
        off = ~(near | (x == y) | (np.isnan(x) & np.isnan(y)))
        if off.any():
            place = tuple(np.argwhere(off)[0])
            return int(place[0]), float(x[place]), float(y[place])
    return None
