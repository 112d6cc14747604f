"""The shipped strategies: inside every domain, edges included, shrinking towards small cases."""

import math

import pytest
from hypothesis import HealthCheck, Phase, find, given, settings
from hypothesis import strategies as st

import theory
import verify
from theory import fisher, learning_rate
from theory.domains import LARGEST, Reals
from verify import strategies
from verify.errors import UsageError
from verify.evidence.accounting import BUDGETS
from verify.points import reachable, rows
from verify.points.region import regions

EXAMPLES = settings(strategies.SETTINGS, max_examples=40)
SEARCH = settings(EXAMPLES, max_examples=2000)
AT_ONCE = settings(SEARCH, phases=[Phase.generate])
"""Without shrinking what is found."""

QUICK = BUDGETS["quick"]
CLAIMS = list(verify.claims.values())
every_claim = pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: claim.id)


def ends(claim):
    """The range of each parameter of the quick points, or of the first region that is drawn."""
    drawn = [one for by in claim.by for one in regions(claim, by) if not one.unbounded]
    if drawn:
        axes = {name: axis for name, axis in drawn[0].axes.items() if not axis.depends_on}
        numbers = {name: axis for name, axis in axes.items() if not axis.few}
        kept = {name: zip(axis.ends(), axis.open(), strict=True) for name, axis in numbers.items()}
        return {
            name: [end for end, left_out in both if not left_out] for name, both in kept.items()
        }
    listed = {}
    for row in rows(claim, QUICK):
        for name, value in row.items():
            listed.setdefault(name, []).append(value)
    return {name: [min(values), max(values)] for name, values in listed.items()}


@every_claim
def test_draws_lie_in_the_domains_of_the_forms_that_speak_of_them(claim):
    @EXAMPLES
    @given(parameters=strategies.parameters(claim))
    def check(parameters):
        speaking = [judged for judged in claim.says if judged.places(parameters)]
        assert speaking
        for judged in speaking:
            if set(judged.form.domain) <= set(parameters):
                judged.form.check(**judged.arguments(parameters))
        assert reachable(claim, parameters, QUICK)

    check()


@pytest.mark.parametrize(
    "claim_id", ["furusho2020/mean-eig-sd", "luo2018/generalisation-ols", "luo2018/bn-is-wn"]
)
def test_both_ends_of_every_range_are_reached(claim_id):
    claim = verify.claims[claim_id]
    draw = strategies.parameters(claim)
    for name, both in ends(claim).items():
        for end in both:
            found = find(
                draw, lambda drawn, name=name, end=end: drawn.get(name) == end, settings=SEARCH
            )
            assert found[name] == end


OF_ONE_REGION = [one for one in CLAIMS if len([w for by in one.by for w in regions(one, by)]) == 1]


@pytest.mark.parametrize("claim", OF_ONE_REGION, ids=lambda claim: claim.id)
def test_draws_shrink_until_no_integer_can_be_lowered_by_itself(claim):
    smallest = find(strategies.parameters(claim), lambda _: True, settings=SEARCH)
    for name, value in smallest.items():
        if isinstance(value, int):
            lower = {**smallest, name: value - 1}
            assert not (claim.speaks_of(lower) and reachable(claim, lower, QUICK))


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


# Arguments of closed forms ----------------------------------------------------------------------

FORMS = [form for form in theory.catalogue() if form.parameters]
every_form = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)


def found(form, condition, search=SEARCH):
    return find(strategies.arguments(form), condition, settings=search)


@every_form
def test_arguments_lie_in_the_domain_of_the_form_and_are_all_of_them(form):
    @EXAMPLES
    @given(arguments=strategies.arguments(form))
    def check(arguments):
        assert list(arguments) == list(form.domain)
        form.check(**arguments)

    check()


@every_form
def test_every_end_of_a_domain_is_reached(form):
    for name, domain in form.domain.items():
        low, high = domain.endpoints()
        open_ends = (domain.low_open, domain.high_open) if isinstance(domain, Reals) else (0, 0)
        for end, is_open in zip((low, high), open_ends, strict=True):
            if end is not None and math.isfinite(end) and not is_open:  # names have no ends
                reached = found(form, lambda drawn, n=name, e=end: drawn[n] == e, AT_ONCE)
                assert reached[name] == end


def test_every_decade_of_a_wide_domain_is_drawn():
    form = fisher.mean_eigenvalue_resnet
    for decade in range(9):
        drawn = found(form, lambda drawn, k=decade: 10**k <= drawn["depth"] < 10 ** (k + 1))
        assert len(str(drawn["depth"])) == decade + 1
    assert found(form, lambda drawn: drawn["depth"] == LARGEST)


def test_an_end_that_is_another_parameter_is_reached():
    form = fisher.mean_eigenvalue_fixed_survivors
    drawn = found(form, lambda drawn: drawn["survivors"] == drawn["depth"] > 1000)
    assert drawn["survivors"] == drawn["depth"]
    assert found(form, lambda drawn: drawn["survivors"] == 0 < drawn["depth"])


def test_an_open_end_is_approached_and_not_reached():
    form = learning_rate.largest_learning_rate
    assert found(form, lambda drawn: drawn["top_eigenvalue"] < 1e-300)["top_eigenvalue"] > 0


def test_the_settings_are_repeatable_and_put_no_clock_on_simulations():
    chosen = strategies.SETTINGS
    assert chosen.derandomize
    assert chosen.database is None
    assert chosen.deadline is None
    assert Phase.explain not in chosen.phases
    assert HealthCheck.too_slow in chosen.suppress_health_check
