"""A family of statements in one file is judged, planned, mutated, worded and reported."""

import json
from dataclasses import dataclass

import pytest

import verify
from theory.parameters import DEPTH
from toy_claims import L, claim, form
from verify.engine.plan import in_words, plan
from verify.evidence import Evidence
from verify.evidence.accounting import BUDGETS
from verify.evidence.martingales import BETS, above, log_wealth
from verify.points import points as points_of
from verify.relations import Range, Statement, Target
from verify.relations.planning import draws_to_bet, gap_to_bet, price
from verify.relations.said import spoken
from verify.relations.words import points, where
from verify.report.document import build
from verify.report.page import render_html


@dataclass(frozen=True, kw_only=True)
class MedianTarget(Target):
    """A value that at least half of all draws do not exceed."""

    kind = "median"

    def check(self):
        self.require_positive_value()

    def _weigh(self, x):
        higher = (x > self.value).astype(float)
        wealth = {"refute": above(higher, 0.5, BETS), "confirm": above(1 - higher, 0.5, BETS)}
        return Evidence.of(x, x / self.value, wealth)

    def decide(self, evidence):
        for process, verdict in (("refute", "REFUTED"), ("confirm", "CONFIRMED")):
            if log_wealth(evidence.wealth[process]) >= price(self.alpha):
                return verdict
        return None

    def _plan(self):
        return draws_to_bet(0.5, 0.75, price(self.alpha))

    def detect(self, draws):
        return gap_to_bet(1.0, price(self.alpha), draws) / 2

    def left(self, evidence):
        return {"CONFIRMED": Range(high=self.value), "REFUTED": Range(low=self.value)}.get(
            self.decide(evidence), Range()
        )

    def allowed(self, value):
        return Range(high=value)

    def confirms(self, value, left):
        return left.high <= value

    def detectable(self, left):
        return None


@dataclass(frozen=True, kw_only=True)
class MedianAtMost(Statement):
    """The median of a quantity is at most the form."""

    relation = "median at most"

    def _target(self, point, terms):
        return MedianTarget(**terms)

    def confirmed(self, trials):
        return f"Half of all networks lie below the form, at {points(trials)}."

    def refuted(self, found, trials):
        return f"Most networks lie above the form at {where(found)}."


def said(expression, name):
    return MedianAtMost("level", form(expression, name, (DEPTH,)))


QUICK = BUDGETS["quick"]
HELD, BROKEN = said(L + 1, "held"), said(L - 1, "broken")


@pytest.fixture(scope="module")
def verdict(tmp_path_factory):
    path = tmp_path_factory.mktemp("family") / "ledger"
    first = verify.check(claim(HELD, BROKEN), ledger=str(path))
    again = verify.check(claim(HELD, BROKEN), ledger=str(path))
    assert again["held"].trials[0].evidence.as_dict() == first["held"].trials[0].evidence.as_dict()
    return again


def test_it_is_judged_and_read_back(verdict):
    assert (verdict["held"].verdict, verdict["broken"].verdict) == ("CONFIRMED", "REFUTED")
    target = verdict["held"].trials[0].target
    assert Target.from_dict(json.loads(json.dumps(target.as_dict()))) == target


def test_it_is_planned():
    asked = spoken([HELD], points_of(claim(HELD), QUICK))
    (line, *infeasible) = in_words(plan(claim(HELD), asked, QUICK))
    assert line.startswith("furusho2020/toy  2 points")
    assert infeasible == []


def test_its_mutants_are_judged(verdict):
    outcomes = {one.change: one.outcome for one in verdict["broken"].mutants}
    assert outcomes["L - 1 → L - 2"] == "refuted"
    assert outcomes["L - 1 → L"] == "survived"


def test_it_is_worded_and_reported(verdict):
    document = build([verdict], [], "quick", 0)
    held, broken = document["claims"][0]["forms"]
    assert held["sentence"] == "Half of all networks lie below the form, at 2 points."
    assert broken["sentence"] == "Most networks lie above the form at depth = 2."
    assert held["relation"] == "median at most"
    assert "median at most" in render_html(document)
