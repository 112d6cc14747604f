"""Identities of every draw: how many exceptions would have gone unseen."""

import numpy as np
import pytest

import verify
from toy_claims import L, claim, judged
from verify.command_line.check import in_words

IDENTITY = judged(L, relation="exact", remainder=lambda values: 1e-12)


def broken(share):
    """Levels that are the depth but in that share of networks, each by chance."""

    def measured(values, *, seed, first_network, networks, device):
        chances = [
            np.random.default_rng([seed, network]).random()
            for network in range(first_network, first_network + networks)
        ]
        return {"level": values["depth"] * (1.0 + (np.array(chances) < share))}

    return measured


@pytest.mark.parametrize(("budget", "share"), [("quick", 0.02), ("standard", 0.01)])
def test_an_identity_is_confirmed_where_few_exceptions_would_have_been_met(budget, share):
    (found,) = verify.check(claim(IDENTITY, measure=broken(0.0)), budget=budget).judgements
    assert found.verdict == "CONFIRMED"
    for trial in found.trials:
        assert (1 - share) ** trial.evidence.draws <= trial.target.alpha
    assert f"it breaks in fewer than {100 * share:g} % of them" in found.sentence
    assert f"nor of events rarer than {100 * share:g} %  " in in_words(found)


@pytest.mark.parametrize("seed", range(10))
def test_an_identity_that_breaks_in_one_network_of_twenty_is_refuted(seed):
    found = verify.check(claim(IDENTITY, measure=broken(0.05)), seed=seed)
    assert found.verdict == "REFUTED"


def test_an_identity_that_states_no_remainder_allows_for_rounding_alone():
    def off(share):
        return lambda values, *, networks, **_: {
            "level": np.full(networks, values["depth"] * (1 + share))
        }

    says = judged(L, relation="exact")
    assert verify.check(claim(says, measure=off(1e-15))).verdict == "CONFIRMED"
    assert verify.check(claim(says, measure=off(1e-9))).verdict == "REFUTED"
