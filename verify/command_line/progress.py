"""How far a run is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import math
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from verify.command_line.console import errors
from verify.engine.progress import Progress
from verify.model import Claim
from verify.numbers import plural


@contextmanager
def progress_of(chosen: Sequence[Claim]) -> Iterator[Callable[[Progress], None]]:
    """A progress bar on a terminal; a plain line every few seconds elsewhere."""
    if not errors().is_terminal:
        yield PlainLines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, TimeElapsedColumn(), console=errors(), transient=True) as bar:
        task = bar.add_task(plural(len(chosen), "claim"))

        def tell(state: Progress) -> None:
            description = f"{state.doing} ({_in_words(state)})"
            bar.update(task, description=description, completed=state.done, total=state.total)

        yield tell


class PlainLines:
    """Progress as lines of text: what there is to do, then at most a line every few seconds."""

    def __init__(self, every_seconds: float = 5.0) -> None:
        self._every = every_seconds
        self._last = -math.inf

    def __call__(self, state: Progress) -> None:
        """Print the state if the last line is old enough."""
        now = time.monotonic()
        if now - self._last >= self._every:
            self._last = now
            print(f"{state.doing}: {_in_words(state)}", file=sys.stderr, flush=True)


def _in_words(state: Progress) -> str:
    """How far a run is, and about how much is left."""
    words = f"{state.done} of {plural(state.total, 'point')}, {_draws(state)}"
    seconds = state.seconds_left
    if not seconds:
        return words
    left = f"{seconds:.0f} s" if seconds < 90 else f"{seconds / 60:.0f} min"
    return f"{words}, about {left} of drawing by one worker"


def _draws(state: Progress) -> str:
    to_come = f", about {state.left:,} to come" if state.left else ""
    return f"{state.networks:,} draws this run{to_come}"
