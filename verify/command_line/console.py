"""Where the command writes: results to standard output, everything else to standard error.

Rich is loaded where it writes: most commands print plain lines.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

from verify.errors import UsageError

if TYPE_CHECKING:
    from rich.console import Console

EXIT_USAGE = 2


@cache
def output() -> Console:
    """The console of results."""
    from rich.console import Console

    return Console(emoji=False)


@cache
def errors() -> Console:
    """The console of everything else."""
    from rich.console import Console

    return Console(stderr=True, emoji=False)


def say(text: str) -> None:
    """Print a line to standard error as it is."""
    errors().print(text, markup=False, highlight=False, soft_wrap=True)


FORESEEN = (ValueError, TypeError, ArithmeticError, MemoryError, OSError)
"""Errors that say in their own words what to mend, unless a simulation raised them."""


def words(error: Exception) -> str:
    """An error in one line; where it was raised by a simulation, with the point."""
    from verify.engine.executors import MEASURING

    notes = [note for note in getattr(error, "__notes__", []) if note.startswith(MEASURING)]
    if isinstance(error, FORESEEN) and (not notes or isinstance(error, UsageError)):
        return str(error)
    where = f"{notes[0]}: " if notes else ""
    return f"{where}{type(error).__name__}: {error} (--debug shows where)"


def complain(message: str) -> int:
    """Print an error as one line; the exit status of a usage error."""
    say(f"touchstone: {' '.join(message.split())}")
    return EXIT_USAGE
