"""Judges claims at all their points, then seeks a small counterexample of each refuted form."""

from __future__ import annotations

import logging
import math
import os
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence, Set
from concurrent.futures import Executor
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeVar

from verify.engine.executors import Refused, not_at_all, opened
from verify.engine.progress import Progress
from verify.engine.session import Session, resolved
from verify.engine.trial import Trial
from verify.errors import UsageError
from verify.evidence.accounting import budget_named
from verify.judging.caught import caught
from verify.judging.counterexample import counterexample
from verify.judging.coverage import coverage
from verify.judging.pooling import pooled
from verify.judging.verdict import (
    ClaimVerdict,
    Counterexample,
    Judgement,
    Request,
    verdict_by_draws,
)
from verify.ledger.store import Ledger
from verify.model import Checked, Claim, Value
from verify.model.image_sets import in_folder, on_images
from verify.points.asked import Asked, asked
from verify.relations import Statement

if TYPE_CHECKING:
    from verify.points.refuting import Contradiction, Refuting

T = TypeVar("T")


def check(
    claim: str | Claim,
    *,
    budget: str = "quick",
    seed: int = 0,
    workers: int | None = None,
    executor: Executor | None = None,
    device: str = "auto",
    ledger: str | Ledger | None = None,
    examples: int | None = None,
    data: str | os.PathLike[str] | None = None,
    **parameters: Value,
) -> ClaimVerdict:
    """Judge one claim: over its whole regions, or at the one parameter point that is given.

    `claim` is an id such as "furusho2020/mean-eig-resnet", or a Claim.  Networks are drawn by
    `workers` processes (1, the default: this process), or by any executor of yours, which stays
    open.  The verdict depends on budget and seed, not on who draws.  A ledger that already holds it
    gives it back; one that holds other trials of the claim under that seed leaves less of alpha for
    new ones.  Without one nothing is kept, but that all checks of one pytest test share theirs, and
    so one alpha, whatever examples hypothesis draws.  `examples` is how many points hypothesis
    draws for each region of the claim, before any is judged, if not as many as the budget says;
    they are the same in every run of one version.  `data` names a folder of MNIST or CIFAR-10: what
    is judged on the digits without it is judged on those.
    Raises UsageError (one line) for anything that cannot be met, and theory's DomainError for a
    parameter outside a form's domain.
    """
    from verify.claims import find

    chosen = find(claim) if isinstance(claim, str) else claim
    if not isinstance(chosen, Claim):
        raise UsageError(f"claim = {claim!r}: must be the id of a claim, or a Claim")
    if data is not None:
        chosen = on_images(chosen, in_folder(data))
    if isinstance(ledger, Ledger):
        (verdict,) = check_all(
            [chosen], budget, seed, workers, device, ledger,
            executor=executor, only=parameters or None, examples=examples,
        )  # fmt: skip
        return verdict
    with _of_this_test() if ledger is None else Ledger(ledger) as kept:
        return check(
            chosen, budget=budget, seed=seed, workers=workers, executor=executor, device=device,
            ledger=kept, examples=examples, data=None, **parameters,
        )  # fmt: skip


_test: tuple[str, int, Ledger] | None = None
"""The test and the thread that last checked a claim, and the ledger of its checks."""


@contextmanager
def _of_this_test() -> Iterator[Ledger]:
    """The ledger of the test that pytest runs, or one of this call alone."""
    global _test
    name, thread = os.environ.get("PYTEST_CURRENT_TEST"), threading.get_ident()
    if name is None:
        with Ledger() as ledger:
            yield ledger
        return
    if _test is None or _test[:2] != (name, thread):
        if _test is not None and _test[1] == thread:
            _test[2].close()
        _test = name, thread, Ledger()
    yield _test[2]


def check_all(
    claims: Sequence[Claim],
    budget: str,
    seed: int,
    workers: int | None,
    device: str,
    ledger: Ledger,
    *,
    executor: Executor | None = None,
    only: Mapping[str, Value] | None = None,
    examples: int | None = None,
    seconds: float = math.inf,
    report: Callable[[Progress], None] = lambda _: None,
    refused: Refused = not_at_all,
) -> list[ClaimVerdict]:
    """Judge several claims on one executor.

    After so many `seconds` no further block is drawn, and what is open is INCONCLUSIVE.  `only`
    narrows them to one point; `examples` is how many are drawn for each region.  A claim that
    cannot be judged has no verdict: `refused` is told of it and why, and raises that unless given.
    """
    if isinstance(seed, bool) or not isinstance(seed, int) or seed < 0:
        raise UsageError(f"seed = {seed!r}: must be an integer >= 0")
    if isinstance(examples, bool) or not (
        examples is None or (isinstance(examples, int) and examples >= 0)
    ):
        raise UsageError(f"examples = {examples!r}: must be an integer >= 0")
    level = budget_named(budget)
    sound = {claim.id: claim for claim in claims}

    def drop(claim: Claim, error: Exception) -> None:
        del sound[claim.id]
        refused(claim, _naming(claim, error))

    def each(work: Callable[[Claim], T]) -> dict[str, T]:
        """The work of every claim that can be judged, as far as is known."""
        done = {}
        for claim in list(sound.values()):
            try:
                done[claim.id] = work(claim)
            except Exception as error:  # of one claim, whatever it is
                drop(claim, error)
        return done

    questions = each(lambda claim: _told(asked(claim, level, ledger, only, examples)))
    with opened(workers, executor) as drawing:
        deadline = time.monotonic() + seconds
        session = Session(level, seed, resolved(device), ledger, drawing, report, deadline)
        wanted = [(claim, questions[claim.id].spoken) for claim in sound.values()]
        runs = session.judge(wanted, refused=drop)
        trials: dict[str, list[Trial]] = {name: [] for name in questions}
        for one in runs:
            trials[one.claim.id] += one.trials
        verdicts = each(
            lambda claim: _conclude(claim, trials[claim.id], questions[claim.id], session, only)
        )
        return list(verdicts.values())


def _naming(claim: Claim, error: Exception) -> Exception:
    """The error, in whose words a user finds the claim."""
    if not isinstance(error, UsageError) or claim.id in str(error):
        return error
    named = UsageError(f"{claim.id}: {error}")
    named.__cause__ = error
    return named


def _told(question: Asked) -> Asked:
    """What is asked, once it is told what is not."""
    for line in question.remarks:
        logging.getLogger("touchstone").warning("%s", line)
    return question


def _conclude(
    claim: Claim,
    trials: Sequence[Trial],
    question: Asked,
    session: Session,
    only: Mapping[str, Value] | None,
) -> ClaimVerdict:
    """The judgement on each form that speaks of the points; evidence is pooled over all of them."""
    whole, cap = only is None, session.budget.cap
    request = Request(session.budget.name, session.seed, dict(only or {}))
    mine = {one.name: tuple(t for t in trials if t.statement is one) for one in claim.says}
    judged = {one.name: one for one in claim.says if whole or mine[one.name]}
    assumed = {
        name: tuple((text, how_met(claim, text)) for text in one.form.assumptions)
        for name, one in judged.items()
    }
    broken = {
        name: _counterexample(claim, one, mine[name], session) for name, one in judged.items()
    }
    pools = {name: pooled(mine[name], len(mine)) if whole else None for name in judged}
    found = caught(claim, trials, session.ledger)
    by_draws = {
        name: verdict_by_draws(one, mine[name], broken[name], pools[name], cap)
        for name, one in judged.items()
    }
    doubtful = {name for name, verdict in by_draws.items() if verdict != "CONFIRMED"}
    judgements = [
        Judgement(
            claim=claim,
            statement=one,
            assumptions=assumed[name],
            trials=mine[name],
            by_draws=by_draws[name],
            coverage=coverage(claim, one, mine[name], question.layout),
            counterexample=broken[name],
            mutants=found[name].mutants,
            errors_shown=found[name].errors_shown,
            pool=pools[name],
            cap=cap,
            contradiction=_contradiction(question.refuting.get(name, ()), doubtful),
            request=request,
        )
        for name, one in judged.items()
    ]
    return ClaimVerdict(claim, tuple(judgements))


def how_met(claim: Claim, assumption: str) -> str | None:
    """How the experiments of a claim meet an assumption, in words; None where none says."""
    said = [one.meets[assumption] for one in claim.by if assumption in one.meets]
    words = ["checked on each run" if isinstance(how, Checked) else how for how in said]
    return "; ".join(dict.fromkeys(words)) or None


def _counterexample(
    claim: Claim, statement: Statement, trials: Sequence[Trial], session: Session
) -> Counterexample | None:
    """A small counterexample of a form that some point refutes, while there is time."""
    refuted = any(trial.verdict == "REFUTED" and trial.counted for trial in trials)
    if not refuted or time.monotonic() >= session.deadline:
        return None
    return counterexample(claim, statement, trials, session)


def _contradiction(found: Sequence[Refuting], doubtful: Set[str]) -> Contradiction | None:
    """The first that rests on no form of a doubtful name, which draws have not confirmed."""
    return next((one.contradiction for one in found if one.rests_on.isdisjoint(doubtful)), None)
