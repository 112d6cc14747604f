"""The command `touchstone` (also `python -m verify`).

The catalogue is imported where it is needed: torch takes seconds to load, which `--help` has not.
"""

from __future__ import annotations

import json
import math
import signal
import sys
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeElapsedColumn
from rich.progress import Progress as Bar

from verify.claim import BUDGETS, Claim, Judged, budget_named, named
from verify.errors import UsageError
from verify.executors import MEASURING, opened
from verify.judge import Judgement, Progress, check_all
from verify.ledger import DEFAULT_LEDGER, Ledger
from verify.ledger_commands import commands as ledger_commands

EXIT_UNEXPECTED, EXIT_USAGE, EXIT_INTERRUPTED = 1, 2, 130

DEFAULT_WORKERS = 2

app = typer.Typer(
    name="touchstone",
    help="Test the claims of deep-learning theory papers against simulated networks.",
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
)
app.add_typer(ledger_commands)
output = Console()
errors = Console(stderr=True)

Ids = Annotated[list[str] | None, typer.Argument(metavar="ID", help="Claims; all if none.")]
Paper = Annotated[str | None, typer.Option(help="Only claims of this paper, e.g. furusho2020.")]
Files = Annotated[
    list[Path] | None,
    typer.Option(
        "--claims", metavar="FILE", help="Also the claims of this Python file; repeatable."
    ),
]
BudgetName = Annotated[str, typer.Option("--budget", help=f"One of {', '.join(BUDGETS)}.")]
Seed = Annotated[int, typer.Option(help="Master seed of every random number.")]
Workers = Annotated[
    int | None, typer.Option(help=f"Worker processes; {DEFAULT_WORKERS} without --scheduler.")
]
Scheduler = Annotated[
    str | None,
    typer.Option(metavar="ADDRESS", help="Draw on this Dask cluster, e.g. tcp://host:8786."),
]
Device = Annotated[str, typer.Option(help="cpu, cuda, or auto: cuda where there is one.")]
LedgerFile = Annotated[
    Path, typer.Option("--ledger", metavar="FILE", help="Where results are kept.")
]
At = Annotated[
    list[str] | None,
    typer.Option(metavar="NAME=VALUE", help="Only this parameter point, e.g. --at depth=2."),
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON object a line.")]


@app.callback()
def options(
    debug: Annotated[bool, typer.Option(help="Show the traceback of an error.")] = False,
) -> None:
    """Test the claims of deep-learning theory papers against simulated networks."""


@app.command("list")
def list_claims(
    paper: Paper = None,
    status: Annotated[
        str | None, typer.Option(help="Only forms that are printed, corrected or derived.")
    ] = None,
    files: Files = None,
    as_json: Json = False,
) -> None:
    """List every claim and the forms that are judged under it."""
    if status not in (None, "printed", "corrected", "derived"):
        raise UsageError(f"--status {status}: must be printed, corrected or derived")
    rows = [
        (claim, judged)
        for claim in selected(None, paper, files)
        for judged in claim.judged
        if status in (None, judged.form.status)
    ]
    for claim, judged in rows:
        if as_json:
            print(json.dumps({
                "id": claim.id, "form": judged.name, "status": judged.form.status,
                "relation": judged.relation, "expected": judged.expected,
                "statement": claim.statement,
            }))  # fmt: skip
            continue
        if judged is claim.judged[0] or status is not None:
            print(claim.id)
        terms = f"{judged.form.status:10} {judged.relation:15} expected {judged.expected}"
        print(f"    {judged.name:52} {terms}")


@app.command()
def show(
    claim_id: Annotated[str, typer.Argument(metavar="ID")],
    files: Files = None,
    ledger: LedgerFile = DEFAULT_LEDGER,
) -> None:
    """Show a claim: formulas, source, assumptions, and its last verdicts."""
    (claim,) = selected([claim_id], None, files)
    output.print(claim.id, style="bold", highlight=False, markup=False)
    output.print(claim.statement, highlight=False, markup=False)
    for judged in claim.judged:
        form = judged.form
        lines = [
            "",
            f"form         {judged.name} ({form.status}; {judged.relation};"
            f" expected {judged.expected})",
            f"formula      {form.expr}",
            f"LaTeX        {form.latex}",
            f"call         {form.python}",
            f"source       {form.source}",
            *(f"parameter    {name}: {domain.describe()}" for name, domain in form.domain.items()),
            *(f"assumption   {text}" for text in form.assumptions),
        ]
        if form.limit:
            lines.append(f"limit        {form.limit}, remainder {form.finite_size}")
        if form.superseded_by:
            lines.append(f"superseded   by {form.superseded_by}")
        lines += [f"verdict      {text}" for text in last_verdicts(ledger, claim, judged.name)]
        for line in lines:
            output.print(line, highlight=False, markup=False, soft_wrap=True)


def last_verdicts(ledger: Path, claim: Claim, form: str) -> Iterator[str]:
    """The recorded verdicts of a form in words; none is made where there is no ledger."""
    if not ledger.exists():
        yield f"none yet (no ledger {ledger})"
        return
    with Ledger(ledger, read_only=True) as kept:
        recorded = kept.last_verdicts(claim.id, form)
    if not recorded:
        yield "none yet"
    for point, verdict, seed, budget, target in recorded[:SHOWN]:
        claimed = json.loads(target)["value"]
        yield f"{verdict} ({budget}, seed {seed}): {claimed:.4g} claimed at {point}"
    if len(recorded) > SHOWN:
        yield f"... and at {len(recorded) - SHOWN} further points"


SHOWN = 8


@app.command("eval")
def evaluate(
    claim_id: Annotated[str, typer.Argument(metavar="ID")],
    assignments: Annotated[
        list[str], typer.Argument(metavar="NAME=VALUE...", help="e.g. depth=10 or depth=1,2,3")
    ],
    form: Annotated[str | None, typer.Option(help="Only this form of the claim.")] = None,
    files: Files = None,
    log: Annotated[bool, typer.Option(help="Print the natural logarithm.")] = False,
    as_json: Json = False,
) -> None:
    """Evaluate a claim's closed forms at one or many values."""
    (claim,) = selected([claim_id], None, files)
    values = parsed(assignments)
    listed = claim.judged if form is None else (claim.form(form),)
    known = sorted({name for judged in listed for name in judged.form.domain})
    unknown = sorted(set(values) - set(known))
    if unknown:
        raise UsageError(f"{', '.join(unknown)}: {claim.id} has {', '.join(known)}")
    chosen = [judged for judged in listed if set(judged.form.domain) <= set(values)]
    if not chosen:
        needs = "; ".join(f"{j.name} needs {', '.join(j.form.domain)}" for j in listed)
        raise UsageError(f"{claim.id}: {needs}")
    # All of them before the first is printed: a value out of its domain prints nothing else.
    lines = [
        evaluated(judged, point, log=log, as_json=as_json)
        for judged in chosen
        for point in expanded({name: values[name] for name in judged.form.domain})
    ]
    print("\n".join(lines))


def evaluated(judged: Judged, point: Mapping[str, float], *, log: bool, as_json: bool) -> str:
    """One line: the value of a form, or its logarithm; in JSON null where float64 overflows."""
    value = float(judged.form.log(**point) if log else judged.form.value(**point))
    if as_json:
        number = value if math.isfinite(value) else None
        return json.dumps({"form": judged.name, **point, "log" if log else "value": number})
    place = ", ".join(f"{name}={number:g}" for name, number in point.items())
    name = f"log {judged.name}" if log else judged.name
    hint = "" if math.isfinite(value) else "  (infinite)"
    if hint and not log and math.isfinite(judged.form.log(**point)):
        hint = "  (overflows; --log prints its logarithm)"
    if judged.form.superseded_by is not None:
        hint += f"  (superseded by {judged.form.superseded_by})"
    return f"{name}({place}) = {value:.15g}{hint}"


def parsed(assignments: Sequence[str]) -> dict[str, list[float]]:
    """NAME=VALUE[,VALUE...] arguments as numbers."""
    values: dict[str, list[float]] = {}
    for text in assignments:
        name, _, numbers = text.partition("=")
        if name in values:
            raise UsageError(f"{text}: {name} is given twice")
        try:
            values[name] = [number(part) for part in numbers.split(",")]
        except ValueError:
            name = ""
        if not name:
            raise UsageError(f"{text}: must read NAME=NUMBER or NAME=NUMBER,NUMBER")
    return values


def number(text: str) -> float:
    """An int where the text is one, else a float."""
    try:
        return int(text)
    except ValueError:
        return float(text)


def expanded(values: dict[str, list[float]]) -> Iterator[dict[str, float]]:
    """Every combination of the listed values, the last name varying fastest."""
    points: list[dict[str, float]] = [{}]
    for name, listed in values.items():
        points = [{**point, name: value} for point in points for value in listed]
    yield from points


@app.command()
def check(
    ids: Ids = None,
    paper: Paper = None,
    at: At = None,
    examples: Annotated[
        int, typer.Option(metavar="N", help="Also N further points, drawn by hypothesis.")
    ] = 0,
    files: Files = None,
    budget: BudgetName = "quick",
    seed: Seed = 0,
    workers: Workers = None,
    scheduler: Scheduler = None,
    device: Device = "auto",
    ledger: LedgerFile = DEFAULT_LEDGER,
    as_json: Json = False,
) -> None:
    """Judge claims against simulated networks.

    Exit status: 0 when every verdict is the one the catalogue expects, 1 when any is not, 2 for a
    usage error, 130 when interrupted (what was measured stays in the ledger).
    """
    chosen = selected(ids, paper, files)
    if at and len(chosen) != 1:
        raise UsageError(f"--at: names a point of one claim, and {len(chosen)} are chosen")
    budget_named(budget)
    point = one_point(at)
    with (
        drawing_on(workers, scheduler, files) as executor,
        Ledger(ledger) as kept,
        progress_of(chosen) as told,
    ):
        verdicts = check_all(
            chosen, budget, seed, None, device, kept,
            executor=executor, only=point, examples=examples, report=told,
        )  # fmt: skip
    for verdict in verdicts:
        for judgement in verdict.judgements:
            print(json.dumps(judgement.summary()) if as_json else in_words(judgement))
    if not all(verdict.as_expected for verdict in verdicts):
        raise typer.Exit(EXIT_UNEXPECTED)


@app.command()
def plan(
    ids: Ids = None,
    paper: Paper = None,
    files: Files = None,
    budget: BudgetName = "quick",
) -> None:
    """Say how many networks each claim will take, and what is INFEASIBLE; nothing is drawn."""
    from verify.plan import in_words as plan_in_words
    from verify.plan import plan as planned

    level = budget_named(budget)
    plans = [planned(claim, level) for claim in selected(ids, paper, files)]
    for found in plans:
        for line in plan_in_words(found):
            print(line)
    points = sum(len(found.points) for found in plans)
    print(f"{len(plans)} claims, {points} points, {sum(sum(p.draws) for p in plans):,.0f} networks")


def one_point(assignments: Sequence[str] | None) -> dict[str, float] | None:
    """The parameter point that --at names, or None for the whole grid."""
    if not assignments:
        return None
    points = list(expanded(parsed(assignments)))
    if len(points) > 1:
        raise UsageError("--at: one value for each name; use the option once for each name")
    return points[0]


def in_words(judgement: Judgement) -> str:
    """One line on a judged form."""
    line = f"{judgement.verdict:12} {judgement.claim.id}  {judgement.judged.name}"
    if judgement.epsilon is not None:
        least = min(trial.target.epsilon for trial in judgement.counted)
        sharpest = "" if least == judgement.epsilon else f"{least:.2g} to "
        line += f"  within {sharpest}{judgement.epsilon:.2g}"
    if judgement.counterexample is not None:
        found = judgement.counterexample
        kind = f" ({found.kind})" if found.kind else ""
        line += f"  at {named(found.parameters)}{kind}: {found.theory:.4g} claimed"
        symbolic = judgement.judged.relation == "symbolic"
        error = "derived" if symbolic else f"± {found.standard_error:.2g} measured"
        line += f", {found.estimate:.4g} {error}"
    if judgement.decided < len(judgement.counted):
        line += f"  {judgement.decided} of {len(judgement.counted)} points decided"
    line += f"  {judgement.seconds:.1f} s"
    return line if judgement.as_expected else f"{line}  (expected {judgement.expected})"


@app.command()
def report(
    out: Annotated[Path, typer.Option(metavar="FILE", help="The report to write.")] = Path(
        "report.html"
    ),
    paper: Paper = None,
    files: Files = None,
    budget: BudgetName = "quick",
    seed: Seed = 0,
    workers: Workers = None,
    scheduler: Scheduler = None,
    device: Device = "auto",
    ledger: LedgerFile = DEFAULT_LEDGER,
) -> None:
    """Check what the ledger lacks, then write the report (HTML, and JSON beside it)."""
    from verify.document import build
    from verify.figures import of_papers
    from verify.figures.observations import observe
    from verify.report import require_writable, write_report

    try:
        require_writable(out)
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be written ({error.strerror})") from error
    budget_named(budget)
    require_apart(out, ledger)
    chosen = selected(None, paper, files)
    with (
        drawing_on(workers, scheduler, files) as executor,
        Ledger(ledger) as kept,
        progress_of(chosen) as told,
    ):
        verdicts = check_all(
            chosen, budget, seed, None, device, kept, executor=executor, report=told
        )
        wanted = of_papers(claim.paper for claim in chosen)
        figures = observe(wanted, seed, executor, device, kept, report=told)
    write_report(build(verdicts, figures, budget, seed), out)
    judgements = [judgement for verdict in verdicts for judgement in verdict.judgements]
    tally = Counter(judgement.verdict for judgement in judgements)
    counts = ", ".join(f"{n} {verdict}" for verdict, n in tally.items())
    unexpected = sum(not judgement.as_expected for judgement in judgements)
    print(f"{out}: {counts}; {f'{unexpected} not' if unexpected else 'all'} as expected")


def require_apart(out: Path, ledger: Path) -> None:
    """Refuse a report that would be written over the ledger."""
    kept = {Path(f"{ledger}{ending}").resolve() for ending in ("", "-wal", "-shm")}
    if kept & {out.resolve(), out.with_suffix(".json").resolve()}:
        raise UsageError(f"--out {out}: the report or its JSON would replace the ledger {ledger}")


def selected(
    ids: Sequence[str] | None, paper: str | None, files: Sequence[Path] | None
) -> list[Claim]:
    """The claims that ids and paper name, all where neither is given; those of files among them.

    Raises UsageError for an id of another paper.
    """
    from verify.claims import find, load, of_paper

    for file in files or ():
        load(file)
    chosen = of_paper(paper)
    if not ids:
        return chosen
    named_ones = [find(name) for name in dict.fromkeys(ids)]
    for claim in named_ones:
        if claim not in chosen:
            raise UsageError(f"{claim.id}: not of --paper {paper}; leave one of the two out")
    return named_ones


@contextmanager
def drawing_on(
    workers: int | None, scheduler: str | None, files: Sequence[Path] | None
) -> Iterator[Executor]:
    """The executor that the options name; a cluster is sent the files of claims."""
    if scheduler is None:
        with opened(DEFAULT_WORKERS if workers is None else workers) as executor:
            yield executor
        return
    if workers is not None:
        raise UsageError("--workers: not together with --scheduler, whose workers are its own")
    from verify.cluster import cluster

    with cluster(scheduler, files or ()) as executor:
        yield executor


@contextmanager
def progress_of(chosen: Sequence[Claim]) -> Iterator[Callable[[Progress], None]]:
    """A progress bar on a terminal; a plain line every few seconds elsewhere."""
    if not errors.is_terminal:
        yield PlainLines()
        return
    columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn())
    with Bar(*columns, TimeElapsedColumn(), console=errors, transient=True) as bar:
        task = bar.add_task(f"{len(chosen)} claims")

        def tell(state: Progress) -> None:
            description = f"{state.claim} ({state.networks:,} networks this run)"
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
            text = f"{state.done} of {state.total} points, {state.networks:,} networks this run"
            print(f"{text}, now {state.claim}", file=sys.stderr, flush=True)


def main(arguments: Sequence[str] | None = None) -> None:
    """Entry point: one line for an error that the user can mend, never a traceback."""
    given = list(sys.argv[1:] if arguments is None else arguments)
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


FORESEEN = (ValueError, TypeError, ArithmeticError, MemoryError, OSError)
"""Errors that say in their own words what to mend, unless a simulation raised them."""


def words(error: Exception) -> str:
    """An error in one line; where it was raised by a simulation, with the point."""
    notes = [note for note in getattr(error, "__notes__", []) if note.startswith(MEASURING)]
    if isinstance(error, FORESEEN) and (not notes or isinstance(error, UsageError)):
        return str(error)
    where = f"{notes[0]}: " if notes else ""
    return f"{where}{type(error).__name__}: {error} (--debug shows where)"


def complain(message: str) -> int:
    """Print an error as one line; the exit status of a usage error."""
    say(f"touchstone: {' '.join(message.split())}")
    return EXIT_USAGE


def say(text: str) -> None:
    """Print a line to standard error as it is."""
    errors.print(text, markup=False, highlight=False, soft_wrap=True)
