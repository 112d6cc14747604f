"""The shipped strategies: inside every domain, edges included, shrinking towards small cases."""

import pytest
from hypothesis import HealthCheck, find, given, settings
from hypothesis import strategies as st

import verify
from verify import strategies
from verify.claim import BUDGETS
from verify.errors import UsageError

EXAMPLES = settings(
    derandomize=True,
    database=None,
    deadline=None,
    max_examples=40,
    suppress_health_check=[HealthCheck.too_slow],
)
SEARCH = settings(EXAMPLES, max_examples=2000)

CLAIMS = list(verify.claims.values())
every_claim = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)


def ends(claim):
    """The range of each parameter of the quick grid."""
    rows = claim.grid(BUDGETS["quick"])
    listed = {name: [row[name] for row in rows] for name in claim.grid_parameters()}
    return {name: (min(values), max(values)) for name, values in listed.items()}


@every_claim
def test_draws_lie_in_the_domains_of_the_forms_that_speak_of_them(claim):
    @EXAMPLES
    @given(parameters=strategies.parameters(claim))
    def check(parameters):
        assert set(parameters) == set(claim.grid_parameters())
        speaking = [judged for judged in claim.judged if judged.places(parameters)]
        assert speaking
        for judged in speaking:
            if set(judged.form.domain) <= set(parameters):
                judged.form.check(**judged.arguments(parameters))
        assert claim.place(parameters, BUDGETS["quick"])

    check()


@every_claim
def test_both_ends_of_every_range_are_reached(claim):
    draw = strategies.parameters(claim)
    for name, both in ends(claim).items():
        for end in both:
            found = find(
                draw, lambda drawn, name=name, end=end: drawn[name] == end, settings=SEARCH
            )
            assert found[name] == end


@every_claim
def test_draws_shrink_to_the_low_ends(claim):
    smallest = find(strategies.parameters(claim), lambda _: True, settings=SEARCH)
    low = {name: low for name, (low, _) in ends(claim).items() if isinstance(low, int)}
    assert {name: smallest[name] for name in low} == low


def test_a_failure_from_some_depth_on_shrinks_to_that_depth():
    draw = strategies.parameters("furusho2020/mean-eig-resnet")
    assert find(draw, lambda drawn: drawn["depth"] > 5, settings=SEARCH) == {"depth": 6}


def test_integers_are_ints_so_that_a_point_has_one_key():
    @EXAMPLES
    @given(parameters=strategies.parameters("furusho2020/mean-eig-sd"))
    def check(parameters):
        assert type(parameters["depth"]) is int
        assert type(parameters["survival"]) is float

    check()


def test_a_claim_may_be_given_by_id_or_as_itself():
    by_id = strategies.parameters("furusho2020/half-active")
    assert find(by_id, lambda _: True, settings=SEARCH) == find(
        strategies.parameters(verify.claims["furusho2020/half-active"]),
        lambda _: True,
        settings=SEARCH,
    )


def test_strategies_compose():
    pair = st.tuples(*[strategies.parameters("furusho2020/mean-eig-resnet")] * 2)
    one, other = find(pair, lambda drawn: drawn[0]["depth"] > drawn[1]["depth"], settings=SEARCH)
    assert one["depth"] > other["depth"]


def test_an_unknown_claim_is_named():
    with pytest.raises(UsageError, match="unknown claim"):
        strategies.parameters("furusho2020/nothing")
