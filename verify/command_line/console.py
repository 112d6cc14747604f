"""Where the command writes: results to standard output, everything else to standard error.

Rich is loaded where it writes: most commands print plain lines.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console


@cache
def output() -> Console:
    """The console of results."""
    from rich.console import Console

    return Console()


@cache
def errors() -> Console:
    """The console of everything else."""
    from rich.console import Console

    return Console(stderr=True)


def say(text: str) -> None:
    """Print a line to standard error as it is."""
    errors().print(text, markup=False, highlight=False, soft_wrap=True)
