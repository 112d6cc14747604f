"""`pytest --touchstone`: one test for each claim, passed when every form's verdict is as expected.

Loaded by pytest wherever Touchstone is installed, in projects too that have a folder of the name of
one of our packages: none of them is imported before it is asked for.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from verify.judging.verdict import Judgement
    from verify.model import Claim


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


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report(
    collector: pytest.Collector,
) -> Generator[None, pytest.CollectReport, pytest.CollectReport]:
    """Add the catalogue to what the session collects, behind all files."""
    report = yield
    if isinstance(collector, pytest.Session) and collector.config.getoption("touchstone"):
        report.result.append(
            Catalogue.from_parent(collector, name="touchstone", nodeid="touchstone")
        )
    return report


class Catalogue(pytest.Collector):
    """The claims that the options name."""

    def collect(self) -> list[pytest.Item]:
        """One item a claim, in the order of the catalogue."""
        from touchstone_command import hidden

        if (told := hidden()) is not None:
            raise self.CollectError(f"touchstone: {told}")
        from verify.claims import load, of_paper
        from verify.errors import UsageError
        from verify.evidence.accounting import budget_named

        option = self.config.getoption
        try:
            budget_named(option("touchstone_budget"))
            for file in option("touchstone_claims"):
                load(file)
            claims = of_paper(option("paper"))
        except UsageError as error:
            raise self.CollectError(str(error)) from error
        return [ClaimItem.from_parent(self, name=claim.id, claim=claim) for claim in claims]


class ClaimItem(pytest.Item):
    """One claim as a test."""

    def __init__(self, *, claim: Claim, **node: Any) -> None:
        super().__init__(**node)
        self.claim = claim

    def runtest(self) -> None:
        """Judge the claim; fail with a paragraph on each form whose verdict is not as expected."""
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
            budget = option("touchstone_budget")
            raise NotAsExpected("\n".join(in_words(judgement, budget) for judgement in failed))

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


def in_words(judgement: Judgement, budget: str) -> str:
    """A form that failed: verdict, expected verdict, the sentence, and how to see it again."""
    from verify.report.document import command

    lines = [
        f"{judgement.claim.id}, {judgement.statement.name}: "
        f"{judgement.verdict}, expected {judgement.expected}",
        f"    {judgement.sentence}",
    ]
    if judgement.counterexample is not None:
        lines.append(f"    {command(judgement.claim, judgement.counterexample, budget)}")
    return "\n".join(lines)
