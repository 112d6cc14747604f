"""Where the command writes: results to standard output, everything else to standard error."""

from __future__ import annotations

from rich.console import Console

output = Console()
errors = Console(stderr=True)


def say(text: str) -> None:
    """Print a line to standard error as it is."""
    errors.print(text, markup=False, highlight=False, soft_wrap=True)
