"""The commands that judge: check, plan, report."""

from __future__ import annotations

import json
import math
import shlex
from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from itertools import pairwise
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, Annotated

import typer

from verify.command_line.console import complain, say, words
from verify.command_line.options import (
    DEFAULT_LEDGER,
    At,
    BudgetName,
    Data,
    Device,
    Examples,
    Files,
    Ids,
    Json,
    LedgerFile,
    Paper,
    Scheduler,
    Seed,
    Time,
    Workers,
    cluster_at,
    on_data,
    one_point,
    processes,
    selected,
)
from verify.errors import UsageError
from verify.evidence.accounting import BUDGETS, budget_named
from verify.numbers import percent, plural, with_error

if TYPE_CHECKING:
    from verify.judging.verdict import Judgement
    from verify.model import Claim

EXIT_UNEXPECTED = 1


class Refusals:
    """Claims that cannot be judged: told when the verdicts of all others are."""

    def __init__(self) -> None:
        self._errors: list[Exception] = []

    def __call__(self, claim: Claim, error: Exception) -> None:
        """Keep the error."""
        self._errors.append(error)

    def tell(self) -> None:
        """A line on each, the last of which ends the command."""
        for error in self._errors[:-1]:
            complain(words(error))
        if self._errors:
            raise self._errors[-1]


def check(
    ids: Ids = None,
    paper: Paper = None,
    at: At = None,
    examples: Examples = None,
    files: Files = None,
    budget: BudgetName = "quick",
    seed: Seed = 0,
    workers: Workers = None,
    scheduler: Scheduler = None,
    device: Device = "auto",
    data: Data = None,
    ledger: LedgerFile = DEFAULT_LEDGER,
    time: Time = None,
    as_json: Json = False,
) -> None:
    """Judge claims against simulated networks.

    Exit status: 0 when every verdict is the one the catalogue expects, 1 when any is not, 2 for a
    usage error, 130 when interrupted (what was measured stays in the ledger).
    """
    from verify.command_line.progress import progress_of
    from verify.judging.judge import check_all
    from verify.ledger.store import Ledger

    chosen = on_data(selected(ids, paper, files), data)
    if at and len(chosen) != 1:
        raise UsageError(f"--at: names a point of one claim, and {len(chosen)} are chosen")
    budget_named(budget)
    point = one_point(chosen[0], at) if at else None
    here = processes(workers, scheduler)
    refused = Refusals()
    with (
        cluster_at(scheduler, files) as cluster,
        Ledger(ledger) as kept,
        progress_of(chosen) as told,
    ):
        verdicts = check_all(
            chosen, budget, seed, here, device, kept,
            executor=cluster, only=point, examples=examples, report=told,
            seconds=math.inf if time is None else time, refused=refused,
        )  # fmt: skip
    for verdict in verdicts:
        for judgement in verdict.judgements:
            print(json.dumps(judgement.summary()) if as_json else in_words(judgement))
    if verdicts and not as_json:
        papers = {verdict.claim.paper for verdict in verdicts}
        asked = [*(ids or ()), *(("--paper", paper) if paper else ())]
        kept_in = [] if ledger == DEFAULT_LEDGER else ["--ledger", str(ledger)]
        terms = [*(word for file in files or () for word in ("--claims", str(file))), *kept_in]
        terms += ["--data", str(data)] if data else []
        for line in what_next(asked, papers, budget, terms):
            say(line)
    refused.tell()
    if not all(verdict.as_expected for verdict in verdicts):
        raise typer.Exit(EXIT_UNEXPECTED)


def what_next(
    asked: Sequence[str], papers: Collection[str], budget: str, terms: Sequence[str]
) -> Iterator[str]:
    """The command for the next budget, if there is one, and that for the report."""
    sharper = dict(pairwise(BUDGETS)).get(budget)
    if sharper is not None:
        yield f"sharper: {shlex.join(['touchstone', 'check', *asked, '--budget', sharper, *terms])}"
    one = ["--paper", *papers] if len(papers) == 1 else []
    at = [] if budget == "quick" else ["--budget", budget]
    yield f"report:  {shlex.join(['touchstone', 'report', *one, *at, *terms])}"


def plan(
    ids: Ids = None,
    paper: Paper = None,
    files: Files = None,
    budget: BudgetName = "quick",
    data: Data = None,
    ledger: LedgerFile = DEFAULT_LEDGER,
) -> None:
    """Say how many draws each claim will take, and what is INFEASIBLE; nothing is drawn.

    What forms were found to contradict is taken from the ledger, where there is one.
    """
    from verify.engine.plan import in_words as plan_in_words
    from verify.engine.plan import plan as planned
    from verify.ledger.store import Ledger
    from verify.points.asked import asked

    level = budget_named(budget)
    plans = []
    refused = Refusals()
    if ledger.is_file() and not ledger.stat().st_size:
        raise UsageError(f"ledger {ledger}: is empty; name one that a check has written")
    with Ledger(ledger if ledger.exists() else ":memory:") as kept:
        for claim in on_data(selected(ids, paper, files), data):
            try:
                question = asked(claim, level, kept)
                plans.append((planned(claim, question.spoken, level), question.remarks))
            except Exception as error:  # of one claim, whatever it is
                refused(claim, error)
    for found, remarks in plans:
        for line in plan_in_words(found):
            print(line)
        for line in remarks:
            print(f"    {line}")
    listed = sum(found.points for found, _ in plans)
    draws = sum(sum(found.draws) for found, _ in plans)
    told = f"{plural(len(plans), 'claim')}, {plural(listed, 'point')}"
    print(f"{told}, {draws:,.0f} draws")
    print("to minimise and repeat the refutations of a form takes at most about as many again")
    refused.tell()


def in_words(judgement: Judgement) -> str:
    """One line on a judged form."""
    from verify.judging.words import why_undecided
    from verify.relations.words import seen, shown

    statement, at = judgement.statement, judgement.refuted_at
    how = statement.seen_by if at is None else seen(statement.seen_by, at.limit_of)
    line = f"{judgement.verdict:12} {judgement.claim.id}  {statement.name}"
    line += "" if statement.relation == PLAIN else f" ({statement.relation})"
    line += f"  on {judgement.data}" if judgement.data else ""
    if judgement.epsilon is not None:
        least = min(trial.target.epsilon for trial in judgement.counted)
        sharpest = "" if least == judgement.epsilon else f"{least:.2g} to "
        line += f"  within {sharpest}{judgement.epsilon:.2g} {judgement.coverage}"
        rare = judgement.rarest
        line += "" if rare is None else f", nor of events rarer than {percent(rare)}"
    if judgement.tightest is not None:
        line += f"; {judgement.tightest}"
    if judgement.counterexample is not None:
        found = judgement.counterexample
        kind = f" ({found.kind})" if found.kind else ""
        line += f"  at {shown(found.parameters)}{kind}: {found.theory:.4g} claimed"
        line += f", {with_error(found.estimate, found.standard_error)} {how}"
        if found.contradicted:
            line += f"; {found.contradicted}"
    elif (broken := judgement.contradiction) is not None:
        line += f"  by {broken.by}, without a draw: {broken}"
    elif at is not None:
        line += f"  at {shown(at.parameters)}: {at.theory:.4g} claimed,"
        line += f" {with_error(at.estimate, at.standard_error)} {how}, not repeated as time was up"
    elif judgement.refuting_pool is not None:
        line += f"  {judgement.refuting_pool}"
    if judgement.decided < len(judgement.counted):
        line += f"  {judgement.decided} of {plural(len(judgement.counted), 'point')} decided"
    if judgement.doubt is not None:
        line += f": {judgement.doubt}"
    elif (why := why_undecided(judgement)) is not None:
        line += f": {why}"
    line += f"  {judgement.seconds:.1f} s"
    return line if judgement.as_expected else f"{line}  (expected {judgement.expected})"


PLAIN = "equal"
"""The relation that a line need not name."""


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
    data: Data = None,
    ledger: LedgerFile = DEFAULT_LEDGER,
    time: Time = None,
) -> None:
    """Check what the ledger lacks, then write the report (HTML, and JSON beside it)."""
    from verify.command_line.progress import progress_of
    from verify.engine.executors import opened
    from verify.judging.judge import check_all
    from verify.ledger.store import Ledger
    from verify.report.document import build
    from verify.report.figures import of_papers
    from verify.report.figures.figure import draw
    from verify.report.figures.heat_map import of_claims
    from verify.report.page import require_writable, write_report

    if out.suffix not in (".html", ".htm"):
        raise UsageError(f"--out {out}: must end in .html or .htm")
    try:
        require_writable(out)
    except OSError as error:
        raise UsageError(f"--out {out}: cannot be written ({error.strerror})") from error
    budget_named(budget)
    require_apart(out, ledger)
    chosen = on_data(selected(None, paper, files), data)
    deadline = math.inf if time is None else monotonic() + time
    here = processes(workers, scheduler)
    refused = Refusals()
    with (
        cluster_at(scheduler, files) as cluster,
        opened(here, cluster) as executor,
        Ledger(ledger) as kept,
        progress_of(chosen) as told,
    ):
        verdicts = check_all(
            chosen, budget, seed, None, device, kept,
            executor=executor, report=told, seconds=deadline - monotonic(), refused=refused,
        )  # fmt: skip
        if not verdicts:
            refused.tell()
        judged = [verdict.claim for verdict in verdicts]
        wanted = [*of_papers(claim.paper for claim in judged), *of_claims(judged, budget)]
        figures = draw(wanted, seed, executor, device, kept, told, deadline)
    write_report(build(verdicts, figures, budget, seed), out)
    judgements = [judgement for verdict in verdicts for judgement in verdict.judgements]
    tally = Counter(judgement.verdict for judgement in judgements)
    counts = ", ".join(f"{n} {verdict}" for verdict, n in tally.items())
    unexpected = sum(not judgement.as_expected for judgement in judgements)
    print(f"{out}: {counts}; {f'{unexpected} not' if unexpected else 'all'} as expected")
    refused.tell()


def require_apart(out: Path, ledger: Path) -> None:
    """Refuse a report that would be written over the ledger."""
    kept = {Path(f"{ledger}{ending}").resolve() for ending in ("", "-wal", "-shm")}
    if kept & {out.resolve(), out.with_suffix(".json").resolve()}:
        raise UsageError(f"--out {out}: the report or its JSON would replace the ledger {ledger}")
