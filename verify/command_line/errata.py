"""The command that writes the errata of a paper."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from verify.command_line.options import DEFAULT_LEDGER, Files, LedgerFile
from verify.errors import UsageError


def errata(
    paper: Annotated[str, typer.Argument(metavar="PAPER", help="Key of a paper, e.g. luo2018.")],
    out: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="A .md, .tex or .json file to write; else Markdown is printed."
        ),
    ] = None,
    files: Files = None,
    ledger: LedgerFile = DEFAULT_LEDGER,
) -> None:
    """Write a paper's errors, each beside the right line, as one could send them to its authors."""
    from verify.claims import load
    from verify.report import errata as sheet
    from verify.report.errata_text import FORMATS, tally, written
    from verify.writing import in_one_step

    suffix = ".md" if out is None else out.suffix
    if suffix not in FORMATS:
        raise UsageError(f"--out {out}: must end in {', '.join(FORMATS)}")
    if out is not None and (not out.parent.is_dir() or out.is_dir()):
        raise UsageError(f"--out {out}: must be a file in a folder that exists")
    for file in files or ():
        load(file)
    document = sheet.errata(paper, ledger)
    text = written(document, suffix)
    if out is None:
        print(text, end="")
        return
    try:
        with in_one_step(out) as (part,):
            part.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be written ({error.strerror or error})") from error
    print(f"{out}: {tally(document)}")
