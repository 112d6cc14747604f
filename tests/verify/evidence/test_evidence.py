"""How evidence is held: few bytes, of which none overstates what was won."""

import json

import numpy as np
import pytest

from verify.evidence import Evidence

BETS = np.random.default_rng(0).normal(scale=20, size=(19, 12))


def evidence(wealth, sums=None):
    draws = np.array([1.0, 2.0])
    return Evidence.of(draws, draws, {"side": wealth}, sums)


def kept(found):
    """The same after it was written and read again."""
    return Evidence.from_dict(json.loads(json.dumps(found.as_dict())))


def test_many_log_wealths_are_rounded_down_a_little():
    found = evidence(BETS).wealth["side"]
    assert (found <= BETS).all()
    assert (BETS - found <= 2.0**-11 * np.abs(BETS)).all()


def test_a_few_are_held_as_they_are_and_so_are_sums():
    assert (evidence(BETS[0]).wealth["side"] == BETS[0]).all()
    assert (evidence(BETS, {"sums": BETS}).wealth["sums"] == BETS).all()


@pytest.mark.parametrize("lost", [-np.inf, 0.0])
def test_what_is_lost_or_untouched_stays_so(lost):
    assert (evidence(np.full(20, lost)).wealth["side"] == lost).all()


@pytest.mark.parametrize("wealth", [BETS, BETS[0], np.empty(0), -np.exp(BETS), BETS - np.inf])
def test_what_is_read_again_is_what_was_held(wealth):
    found = evidence(wealth, {"sums": np.exp(BETS)})
    again = kept(found)
    for name, held in found.wealth.items():
        assert np.array_equal(again.wealth[name], held)
        assert again.wealth[name].dtype == np.float64
    assert kept(again).as_dict() == found.as_dict()
    assert np.array_equal((again + again).wealth["side"], 2 * found.wealth["side"])


def test_a_log_wealth_takes_less_than_five_bytes():
    assert len(json.dumps(evidence(BETS).as_dict()["wealth"])) < 5 * BETS.size


def test_numbers_that_older_ledgers_write_out_are_read():
    content = {**evidence(BETS).as_dict(), "wealth": {"side": BETS.tolist()}}
    assert (Evidence.from_dict(content).wealth["side"] == BETS).all()


@pytest.mark.parametrize(
    "change",
    [{"packed": "!"}, {"packed": "AAAA"}, {"kind": "O"}, {"kind": "<f8"}, {"shape": [3, 5]}],
)
def test_damaged_bytes_are_refused(change):
    """In whose words does not matter: a ledger says which block is damaged."""
    content = evidence(BETS).as_dict()
    content["wealth"]["side"] |= change
    with pytest.raises(ValueError):  # noqa: PT011
        Evidence.from_dict(content)
