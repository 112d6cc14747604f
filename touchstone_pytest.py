"""`pytest --touchstone`: one test for each claim, passed when every form's verdict is as expected.

Loaded by pytest wherever Touchstone is installed, in projects too that have a folder of the name of
one of our packages: none of them is imported before it is asked for.
"""

from __future__ import annotations

import sys
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from verify.judging.verdict import Judgement
    from verify.model import Claim

ROOT = "touchstone"
"""What node ids of claims begin with: touchstone::furusho2020/mean-eig-bn."""

named = pytest.StashKey[list[str] | None]()
"""The ids of the claims to collect; None for all."""


def pytest_addoption(parser: pytest.Parser) -> None:
    """The options, all of one name."""
    group = parser.getgroup("touchstone", "claims of theory against simulated networks")
    option = group.addoption
    option("--touchstone", action="store_true", help="Also test the catalogue: one item a claim.")
    option("--paper", metavar="KEY", help="Only claims of this paper, e.g. furusho2020.")
    option("--touchstone-budget", metavar="NAME", default="quick", help="Default: quick.")
    option("--touchstone-seed", metavar="N", type=int, default=0, help="Default: 0.")
    option(
        "--touchstone-ledger",
        metavar="FILE",
        default=":memory:",
        help="Where results are kept; by default in memory, so that each run measures anew.",
    )
    option(
        "--touchstone-claims",
        metavar="FILE",
        action="append",
        default=[],
        help="Also the claims of this Python file; repeatable.",
    )


def pytest_configure(config: pytest.Config) -> None:
    """Register the marker that every claim bears."""
    config.addinivalue_line("markers", f"{ROOT}: a claim of Touchstone's catalogue")


@pytest.hookimpl(tryfirst=True)
def pytest_collection(session: pytest.Session) -> None:
    """Find out which claims are asked for, and leave pytest what else it is to collect.

    Claims that are named are collected alone.  All are where the option is given, but for a run of
    files that are named (where the option is none of that command line) or of single tests.
    """
    config = session.config
    asked = config.getoption(ROOT)
    claims = [word for word in config.args if _is_claim(word, asked)]
    config.args = [word for word in config.args if word not in claims]
    typed = f"--{ROOT}" in map(str, config.invocation_params.args)
    chosen = config.args_source is pytest.Config.ArgsSource.ARGS
    single = any("::" in word for word in config.args)
    if claims:
        ids = [word.partition("::")[2] for word in claims]
        config.stash[named] = None if "" in ids else ids
    elif asked and not (chosen and (single or not typed)):
        config.stash[named] = None


def _is_claim(word: str, asked: bool) -> bool:
    """Whether an argument is the node id of a claim; or, where the option is given, of all."""
    root, _, claim = word.partition("::")
    return root == ROOT and (bool(claim) or (asked and not Path(root).exists()))


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Add the claims to what the session collects, behind all files."""
    report = yield
    if isinstance(collector, pytest.Session) and named in collector.config.stash:
        report.result.append(Catalogue.from_parent(collector, name=ROOT, nodeid=ROOT))
    return report


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(
    item: pytest.Item, call: pytest.CallInfo[None]
) -> Generator[None, pytest.TestReport, pytest.TestReport]:
    """Tell what was found of the verdicts that a failed `assert` holds, and how to see it again."""
    report = yield
    add = getattr(report.longrepr, "addsection", None)
    if call.excinfo is not None and call.excinfo.errisinstance(AssertionError) and add is not None:
        again = f"pytest {item.nodeid!r}"
        for judgement in _not_as_expected(call.excinfo.traceback[-1].locals):
            from verify.judging.failure import failure

            add(ROOT, failure(judgement, again))
    return report


def _not_as_expected(held: dict[str, Any]) -> Iterator[Judgement]:
    """The judgements among the variables of a frame, those that pytest makes for `assert` too."""
    verdict = sys.modules.get("verify.judging.verdict")
    if verdict is None:
        return
    found = [one for one in held.values() if isinstance(one, verdict.Judgement)]
    for one in held.values():
        found += one.judgements if isinstance(one, verdict.ClaimVerdict) else ()
    yield from {id(one): one for one in found if not one.as_expected}.values()


class Catalogue(pytest.Collector):
    """The claims that are asked for."""

    def collect(self) -> list[pytest.Item]:
        """One item a claim, in the order in which they are named, or of the catalogue."""
        from touchstone_command import hidden

        if (told := hidden()) is not None:
            raise self.CollectError(f"touchstone: {told}")
        from verify.claims import find, load, of_paper
        from verify.errors import UsageError
        from verify.evidence.accounting import budget_named

        option = self.config.getoption
        try:
            budget_named(option("touchstone_budget"))
            for file in option("touchstone_claims"):
                load(file)
            claims = of_paper(option("paper"))
            if (ids := self.config.stash[named]) is not None:
                claims = [find(claim_id) for claim_id in dict.fromkeys(ids)]
        except UsageError as error:
            raise self.CollectError(str(error)) from error
        return [ClaimItem.from_parent(self, name=claim.id, claim=claim) for claim in claims]


class ClaimItem(pytest.Item):
    """One claim as a test."""

    def __init__(self, *, claim: Claim, **node: Any) -> None:
        super().__init__(**node)
        self.claim = claim
        self.add_marker(ROOT)

    def runtest(self) -> None:
        """Judge the claim; fail with a paragraph on each form whose verdict is not as expected."""
        from verify.judging.failure import failure
        from verify.judging.judge import check

        option = self.config.getoption
        found = check(
            self.claim,
            budget=option("touchstone_budget"),
            seed=option("touchstone_seed"),
            ledger=option("touchstone_ledger"),
        )
        judged = [judgement for judgement in found.judgements if not judgement.observational]
        if found.judgements and not judged:
            pytest.skip("only shown: nothing is judged")
        failed = [judgement for judgement in judged if not passed(judgement)]
        if failed:
            again = f"pytest --touchstone {self.nodeid!r}"
            raise NotAsExpected("\n".join(failure(judgement, again) for judgement in failed))

    def repr_failure(self, excinfo: pytest.ExceptionInfo[BaseException], style: Any = None) -> Any:
        """What was found, without a traceback through Touchstone."""
        from verify.errors import UsageError

        if isinstance(excinfo.value, NotAsExpected | UsageError):
            return str(excinfo.value)
        return super().repr_failure(excinfo, style)

    def reportinfo(self) -> tuple[str, None, str]:
        """The claim's place among the tests, and its name in the report of a failure."""
        return "touchstone", None, self.name


class NotAsExpected(Exception):
    """Forms of a claim got other verdicts than the catalogue expects."""


def passed(judgement: Judgement) -> bool:
    """Whether the verdict decides, and is the expected one."""
    return judgement.verdict in ("CONFIRMED", "REFUTED") and judgement.as_expected
