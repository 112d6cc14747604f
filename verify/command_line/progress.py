"""How far a run is: a bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from verify.command_line.console import errors
from verify.judging.session import Progress
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
            description = f"{state.doing} ({state.networks:,} networks this run)"
            bar.update(task, description=description, completed=state.done, total=state.total)

        yield tell


class PlainLines:
    """Progress as lines of text, at most one every few seconds."""

    def __init__(self, every_seconds: float = 5.0) -> None:
        self._every = every_seconds
        self._last = time.monotonic()

    def __call__(self, state: Progress) -> None:
        """Print the state if the last line is old enough."""
        now = time.monotonic()
        if now - self._last >= self._every:
            self._last = now
            points = f"{state.done} of {plural(state.total, 'point')}"
            text = f"{points}, {state.networks:,} networks this run"
            print(f"{state.doing}: {text}", file=sys.stderr, flush=True)
