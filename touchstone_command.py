"""The command `touchstone`, started from a module whose name no folder of a user's has.

theory, numerics and verify are plain words. A folder or file called so that comes first on Python's
path hides ours; what of Touchstone meets other projects looks before it imports.
"""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Sequence
from pathlib import Path

PACKAGES = ("theory", "numerics", "verify")

EXIT_USAGE = 2


def hidden() -> str | None:
    """Which of our packages another of its name hides, in one line; None where all are ours.

    Imports none of them.
    """
    home = Path(__file__).resolve().parent
    for name in PACKAGES:
        place = _place(name)
        if place != home / name / "__init__.py":
            return (
                f"{place or 'a module without a file'} is called {name!r} and hides Touchstone's"
                " own package of that name: rename it, or keep its folder off Python's path"
                " (PYTHONPATH, `python -m`, pytest without --import-mode=importlib)"
            )
    return None


def _place(name: str) -> Path | None:
    """The file that is imported under a name, or would be; a folder where that is all there is."""
    known = sys.modules.get(name) or importlib.util.find_spec(name)
    file = getattr(known, "__file__", None) or getattr(known, "origin", None)
    folders = getattr(known, "__path__", None) or getattr(known, "submodule_search_locations", None)
    place = file or next(iter(folders or ()), None)
    return None if place is None else Path(place).resolve()


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: the command, or one line where a package of a user's hides ours."""
    told = hidden()
    if told is not None:
        print(f"touchstone: {told}", file=sys.stderr)
        sys.exit(EXIT_USAGE)
    from verify.command_line import main as command

    command(arguments)
