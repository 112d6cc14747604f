"""What a claim is asked: of Touchstone's own it is worked out once, and kept in the ledger."""

import json

import pytest

import verify
from toy_claims import L, claim, judged
from verify.claims import is_ours
from verify.evidence.accounting import BUDGETS
from verify.ledger.store import Ledger
from verify.points import asked as asked_module
from verify.points.asked import Asked, asked

QUICK = BUDGETS["quick"]

SOME = [
    "furusho2020/learning-rates",  # of which one form contradicts another
    "furusho2020/theorem-algebra",  # agreements to 50 digits
    "susanna2024/variation-tables",
    "chen2020/walks",  # read off one run, and not searched for contradictions
]

CHEAP = "furusho2020/mean-eig-resnet"


def kept(ledger):
    return [row["content"] for row in ledger.rows("SELECT * FROM records WHERE kind = 'asked'")]


@pytest.mark.parametrize("name", SOME)
def test_what_is_kept_is_what_was_asked(name):
    one = verify.claims[name]
    with Ledger() as ledger:
        fresh = asked_module._asked(one, QUICK, ledger)
    again = Asked.from_dict(one, json.loads(json.dumps(fresh.as_dict())))
    assert again.layout == fresh.layout
    assert [point.drawn for point in again.layout.points] == [
        point.drawn for point in fresh.layout.points
    ]
    assert again.refuting == fresh.refuting
    assert again.as_dict().keys() == fresh.as_dict().keys()
    assert json.dumps(again.as_dict()) == json.dumps(fresh.as_dict())


def test_a_claim_of_ours_is_asked_once(monkeypatch):
    one = verify.claims[CHEAP]
    with Ledger() as ledger:
        first = asked(one, QUICK, ledger)
        assert len(kept(ledger)) == 1
        monkeypatch.delattr(asked_module, "_asked")
        again = asked(one, QUICK, ledger)
    assert json.dumps(first.as_dict()) == json.dumps(again.as_dict())


def test_what_was_kept_is_of_its_budget():
    one = verify.claims[CHEAP]
    with Ledger() as ledger:
        few, many = (
            len(asked(one, BUDGETS[name], ledger).spoken) for name in ("quick", "standard")
        )
        assert len(kept(ledger)) == 2
    assert few < many


def test_a_claim_of_others_is_asked_anew_whatever_its_id_is():
    toy = claim(judged(L), id=CHEAP)
    assert is_ours(verify.claims[CHEAP])
    assert not is_ours(toy)
    with Ledger() as ledger:
        asked(toy, QUICK, ledger)
        assert kept(ledger) == []


def test_points_of_a_users_own_are_asked_anew():
    one = verify.claims[CHEAP]
    with Ledger() as ledger:
        asked(one, QUICK, ledger, only={"depth": 3})
        asked(one, QUICK, ledger, examples=2)
        assert kept(ledger) == []
