"""Every contradiction between forms of the catalogue, each with its smallest point."""

import math
from dataclasses import replace

import mpmath
import pytest

import verify
from theory import batch_norm, fisher
from theory.batch_norm.parameters import KURTOSIS
from theory.domains import Integers
from theory.fisher.parameters import SAMPLES
from theory.parameters import WIDTH
from verify.judging.contradictions import (
    AT_LEAST,
    AT_MOST,
    Comparison,
    contradiction,
    contradictions,
)
from verify.ledger.store import Ledger
from verify.relations import Ranking

FOUND = {
    "expected-fim-lambda-max": [
        ("top_eigenvalue_upper_bound_stochastic_depth_printed",
         "at least mean_eigenvalue_stochastic_depth",
         {"depth": 376, "width": 3009, "survival": 0.42}),
    ],
    "generalisation-ols": [
        ("excess_risk_ols_printed", "at least 0", {"load": 2.0, "noise_variance": 1.0}),
    ],
    "i1-i2-i3": [
        ("i2_relu_printed", "at least 0", {"Q": 0.1, "R": -1.0}),
        ("i2_erf_printed", "at least 0", {"Q": 2.0, "R": 1.0}),
    ],
}  # fmt: skip
"""By claim: the form at fault, what it has to be, and where it is not."""

PART = {
    "bn-is-wn": {
        "weight_norm_gain_printed": {"scale": 1, "input_variance": 2},
        "weight_norm_bias_printed": {
            "scale": 1, "input_variance": 2, "weight_norm": 1, "population_mean": 1, "shift": 1,
        },
    },
    "mean-eig-bn": {"mean_eigenvalue_bn_printed": {"depth": 2}},
    "generalisation-ols": {
        "excess_risk_ols_printed": {"load": 2, "noise_variance": 1},
        "generalisation_gap_ols_printed": {"load": 2, "noise_variance": 1},
    },
}  # fmt: skip
"""Printed forms and the simplest point at which each differs from its successor, some of them."""


@pytest.fixture(scope="module")
def found():
    return {claim.id.split("/")[1]: contradictions(claim) for claim in verify.claims.values()}


def test_these_contradictions_are_found_and_no_others(found):
    others = {
        claim: [
            (one.form, one.says, one.parameters)
            for one in listed
            if not one.says.startswith("equal to")
        ]
        for claim, listed in found.items()
    }
    assert {claim: listed for claim, listed in others.items() if listed} == FOUND


def test_every_refuted_equality_parts_from_its_successor_and_no_other_form_does(found):
    parted = {one.form for listed in found.values() for one in listed if "equal to" in one.says}
    refuted = {
        said.name
        for claim in verify.claims.values()
        for said in claim.says
        if said.form.superseded_by is not None and said.side == "both" and said.holds is None
    }
    assert refuted <= parted
    assert parted <= {
        said.name
        for claim in verify.claims.values()
        for said in claim.says
        if said.form.superseded_by is not None
    }


@pytest.mark.parametrize(
    ("claim", "form"), [(claim, form) for claim, listed in PART.items() for form in listed]
)
def test_where_a_printed_form_parts_from_its_successor(found, claim, form):
    (one,) = [one for one in found[claim] if one.form == form and "equal to" in one.says]
    assert one.parameters == PART[claim][form]


# What was found before it was mended ------------------------------------------------------------


def test_a_share_above_1_is_found():
    unnarrowed = tuple(
        {"samples": SAMPLES, "width": WIDTH}.get(one.name, one)
        for one in fisher.top_eigenvalue_share_stochastic_depth.parameters
    )
    form = replace(fisher.top_eigenvalue_share_stochastic_depth, parameters=unnarrowed)
    one = contradiction(Comparison(form, AT_MOST, 1))
    assert one.parameters == {"depth": 1, "survival": 0.1, "samples": 1, "width": 1}
    assert float(one.value) == pytest.approx(3.7)  # 1 + 3 (1 - p)


def test_the_edge_of_linear_networks_is_at_most_the_trace_from_4_inputs_and_units_on():
    form = fisher.top_eigenvalue_share_stochastic_depth
    lost = {"depth": 1, "survival": 0.0}
    assert form.value(**lost, samples=4, width=4) == pytest.approx(1)
    assert form.value(**lost, samples=4, width=5) < 1
    assert form.value(**lost, samples=5, width=4) < 1


def test_a_negative_mean_of_a_standard_deviation_is_found():
    wide = tuple(
        KURTOSIS if one.name == "kurtosis" else one for one in batch_norm.batch_std_mean.parameters
    )
    one = contradiction(
        Comparison(replace(batch_norm.batch_std_mean, parameters=wide), AT_LEAST, 0)
    )
    assert one.parameters == {"batch_size": 31, "population_std": 1.0, "kurtosis": 300.0}
    assert float(one.value) < 0


def test_no_batch_shows_a_larger_kurtosis_than_the_forms_allow():
    # one value apart from all others has the largest, M - 2 + 1/(M - 1)
    for size in (31, 100):
        square, fourth = size - 1, (size - 1) ** 4 + size - 1
        kurtosis = (fourth / size) / ((square**2 + square) / size) ** 2 - 3
        assert kurtosis + 3 == pytest.approx(size - 2 + 1 / (size - 1))
        assert kurtosis < size


def test_an_order_that_begins_at_some_depth_is_found_to_fail_before_it():
    claim = verify.claims["furusho2020/mean-eig-order"]
    (said,) = claim.says
    assert isinstance(said, Ranking)
    least, between, _ = said.of
    one = contradiction(Comparison(least, AT_MOST, between, {"survival": 0.8}))
    assert one.parameters == {"depth": 1, "survival": 0.8}
    for survival, last in ((0.8, 1), (0.5, 4)):
        held = {"survival": survival, "depth": Integers(last + 1)}
        assert contradiction(Comparison(least, AT_MOST, between, held)) is None
        assert least.value(depth=last) > between.value(depth=last, survival=survival)
    # whatever the depth there is a survival at which it fails: nothing survives
    deep = contradiction(Comparison(least, AT_MOST, between, {"depth": Integers(1000)}))
    assert deep.parameters["depth"] == 1000
    assert 0 <= deep.parameters["survival"] <= 1e-2


def test_most_networks_are_in_the_order_from_depth_4_on():
    def share(depth):
        """The share of networks whose K survivors have a mean above that of batch norm."""
        norm = fisher.mean_eigenvalue_bn.value(depth=depth)
        above = [
            math.comb(depth, k) * 0.8**k * 0.2 ** (depth - k)
            for k in range(depth + 1)
            if fisher.mean_eigenvalue_fixed_survivors.value(depth=depth, survivors=k) > norm
        ]
        return sum(above)

    assert share(3) == pytest.approx(0.8**3)
    assert all(share(depth) > 0.8 for depth in range(4, 60))


def test_the_printed_bound_with_batch_norm_is_below_that_by_the_right_mean():
    # so that the right mean does not improve it
    printed = fisher.top_eigenvalue_upper_bound_bn_printed
    one = contradiction(Comparison(printed, AT_LEAST, fisher.top_eigenvalue_upper_bound_bn))
    assert one.parameters["depth"] == 2
    assert printed.improved_by is None


# The printed bound of stochastic depth ----------------------------------------------------------


def test_the_printed_bound_of_deep_networks_with_stochastic_depth_is_below_the_mean_eigenvalue():
    printed = fisher.top_eigenvalue_upper_bound_stochastic_depth_printed
    with mpmath.workdps(50):
        p = mpmath.mpf("0.42")
        bound = printed.value(depth=mpmath.mpf(376), width=mpmath.mpf(3009), survival=p)
        mean = fisher.mean_eigenvalue_stochastic_depth.value(depth=mpmath.mpf(376), survival=p)
        as_printed = (p * 376 + 4) / 4 * 2 ** (p * 376) * 3009**2
        assert mpmath.almosteq(bound, as_printed, rel_eps=1e-45)
        assert mean > 2 * bound
    # it grows like 2^(pL) where the mean grows like (1 + p)^L: whatever the width it fails once
    assert all(math.log1p(q) > q * math.log(2) for q in (0.01, 0.42, 0.99))


def test_a_planted_contradiction_is_found():
    bound = fisher.top_eigenvalue_upper_bound_resnet
    planted = replace(bound, name="planted", expr=bound.expr / 1000, stable=bound.lowered / 1000)
    one = contradiction(Comparison(planted, AT_LEAST, fisher.expected_top_eigenvalue_resnet))
    assert one.parameters["depth"] == 1
    assert contradiction(Comparison(bound, AT_LEAST, fisher.expected_top_eigenvalue_resnet)) is None


def test_what_refutes_is_kept_in_the_ledger(monkeypatch):
    from verify.judging import contradictions as module

    claim = verify.claims["furusho2020/expected-fim-lambda-max"]
    said = claim.form("top_eigenvalue_upper_bound_stochastic_depth_printed")
    with Ledger() as ledger:
        one = module.refuting(claim, said, ledger, set())
        monkeypatch.setattr(module, "contradiction", lambda comparison: pytest.fail("searched"))
        assert module.refuting(claim, said, ledger, set()) == one
        doubtful = {"mean_eigenvalue_stochastic_depth"}
        assert module.refuting(claim, said, ledger, doubtful) is None
