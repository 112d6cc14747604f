"""What the command `touchstone` does (also `python -m verify`).

A command imports what it uses where it uses it, so that `eval` costs little more than the call in
Python: of its own modules none loads the engine, the ledger, the judge or rich.
"""

from __future__ import annotations

import atexit
import gc
import io
import signal
import sys
from collections.abc import Sequence
from typing import Annotated, Any

import typer

from verify.command_line import check, look
from verify.command_line.console import complain, say, words
from verify.command_line.errata import errata
from verify.command_line.ledger import commands as ledger_commands
from verify.command_line.new import new

EXIT_INTERRUPTED = 130

OBJECTS_BEFORE_COLLECTION = 100_000
"""Python would look for garbage every 700: a tenth of `eval`, most of which makes what stays."""

app = typer.Typer(
    name="touchstone",
    help="Test the claims of deep-learning theory papers against simulated networks.",
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)


def _tell_version(asked: bool) -> None:
    if asked:
        from importlib.metadata import version

        print(f"touchstone {version('touchstone')}")
        raise typer.Exit


@app.callback()
def options(
    debug: Annotated[bool, typer.Option(help="Show the traceback of an error.")] = False,
    version: Annotated[
        bool, typer.Option("--version", callback=_tell_version, is_eager=True, help="Say which.")
    ] = False,
) -> None:
    """Test the claims of deep-learning theory papers against simulated networks."""


app.command("list")(look.list_claims)
app.command()(look.show)
app.command("eval")(look.evaluate)
app.command()(check.check)
app.command()(check.plan)
app.command()(check.report)
app.command()(errata)
app.command()(new)
app.add_typer(ledger_commands)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: one line for an error that the user can mend, never a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # cp1252 has no zeta
    gc.set_threshold(OBJECTS_BEFORE_COLLECTION)
    atexit.register(gc.freeze)  # a process that ends takes all with it: no last search for garbage
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    if "--debug" in given:
        app(args=["--debug", *(word for word in given if word != "--debug")])
    sys.exit(run_quietly(given))


def run_quietly(given: Sequence[str]) -> Any:
    """Run the command; turn every error into one line and an exit status."""
    try:
        status = app(args=list(given) or ["--help"], standalone_mode=False) or 0
    except typer.TyperException as error:
        return complain(error.format_message())
    except Exception as error:
        return complain(words(error))
    if status == EXIT_INTERRUPTED:
        say("interrupted; what was measured is kept, run the command again to go on")
    return status
