"""Every contradiction between forms of the catalogue, each with its smallest point."""

import math
from dataclasses import replace

import mpmath
import numpy as np
import pytest
import sympy

import verify
from theory import batch_norm, fisher
from theory.batch_norm.parameters import KURTOSIS
from theory.domains import Integers
from theory.fisher.parameters import SAMPLES
from theory.parameters import WIDTH
from verify.evidence.accounting import budget_named
from verify.ledger.store import Ledger
from verify.points.comparison import AT_LEAST, AT_MOST, Comparison, contradiction
from verify.points.contradictions import comparisons, contradictions
from verify.relations import Ranking

QUICK = budget_named("quick")

FOUND = {
    "moments-bn": [
        ("backward_moment_bn_printed", "equal to backward_moment_bn",
         {"layer": 0, "depth": 2}, "3.0", "3.18928"),
        ("variance_bn_printed", "equal to variance_bn", {"layer": 1}, "2.0", "1.68169"),
    ],
    "mean-eig-bn": [
        ("mean_eigenvalue_bn_printed", "equal to mean_eigenvalue_bn",
         {"depth": 2}, "1.41667", "1.49553"),
    ],
    "moments-sd": [
        ("backward_moment_stochastic_depth_printed", "equal to backward_moment_stochastic_depth",
         {"layer": 0, "depth": 1, "survival": 0.1}, "1.07177", "1.1"),
        ("forward_moment_stochastic_depth_printed", "equal to forward_moment_stochastic_depth",
         {"layer": 2, "survival": 0.1}, "0.1", "0.055"),
    ],
    "mean-eig-sd": [
        ("mean_eigenvalue_stochastic_depth_printed", "equal to mean_eigenvalue_stochastic_depth",
         {"depth": 1, "survival": 0.1}, "0.549284", "0.575"),
    ],
    "expected-fim-lambda-max": [
        ("top_eigenvalue_upper_bound_stochastic_depth_printed",
         "at least mean_eigenvalue_stochastic_depth",
         {"depth": 376, "width": 3009, "survival": 0.44}, "2.43334e+58", "5.42874e+58"),
    ],
    "fourier-pair": [
        ("inversion_constant_printed", "equal to inversion_constant",
         {"dims": 1}, "0.398942", "0.159155"),
    ],
    "proof-of-path-bound": [
        ("gate_shift_printed", "equal to gate_shift", {}, "0.0", "1.0"),
        ("mean_value_sign_printed", "equal to mean_value_sign", {}, "-1.0", "1.0"),
    ],
    "fourier-support": [
        ("doubled_support_printed", "equal to doubled_support", {"dims": 2}, "1.0", "2.0"),
    ],
    "linear-regions": [
        ("regions_at_start_printed", "equal to regions_at_start",
         {"hidden": 1, "width": 2}, "2.0", "3.0"),
    ],
    "learning-rates": [
        ("largest_learning_rate_stochastic_depth_printed",
         "at most largest_learning_rate_mean_stochastic_depth",
         {"depth": 376, "width": 3009, "survival": 0.44}, "8.21916e-59", "3.6841e-59"),
        ("optimal_learning_rate_stochastic_depth_printed",
         "at most optimal_learning_rate_mean_stochastic_depth",
         {"depth": 376, "width": 3009, "survival": 0.44}, "4.10958e-59", "1.84205e-59"),
    ],
    "gd-boundary": [
        ("boundary_resnet_printed", "equal to largest_learning_rate_sharp_resnet",
         {"depth": 1, "width": 9}, "0.00987654", "0.15514"),
    ],
    "worst-gradient": [
        ("worst_gradient_printed", "equal to worst_gradient", {"width": 2}, "1.80063", "1.41421"),
    ],
    "fastest-learning-rate": [
        ("fastest_learning_rate_printed", "equal to fastest_learning_rate",
         {"top_eigenvalue": 1, "bottom_eigenvalue": 0.1}, "1.0", "1.81818"),
    ],
    "batch-moments": [
        ("batch_std_variance_printed", "equal to batch_std_variance",
         {"batch_size": 31, "population_std": 2, "kurtosis": 1}, "0.0241935", "0.0967742"),
        ("inverse_std_excess_printed", "equal to inverse_std_excess",
         {"batch_size": 31, "population_std": 1, "kurtosis": 1}, "0.0241935", "0.0524194"),
    ],
    "second-orders": [
        ("normalised_mean_excess_printed", "equal to normalised_mean_excess",
         {"kurtosis": 1, "skewness": 1}, "2.25", "5.0"),
    ],
    "update-rules": [
        ("descent_factor_printed", "equal to descent_factor", {"learning_rate": 1}, "1.0", "2.0"),
        ("scale_step_printed", "equal to scale_step", {"inputs": 3}, "1.0", "3.0"),
    ],
    "inverse-moments": [
        ("inverse_variance_moment_printed", "equal to inverse_variance_moment",
         {"batch_size": 4}, "8.0", "4.0"),
        ("scaled_inverse_std_moment_printed", "equal to scaled_inverse_std_moment",
         {"batch_size": 3, "population_std": 2}, "1.53499", "1.0854"),
    ],
    "bn-is-wn": [
        ("weight_norm_gain_printed", "equal to weight_norm_gain",
         {"scale": 1, "input_variance": 2}, "0.5", "0.707107"),
        ("weight_norm_bias_printed", "equal to weight_norm_bias",
         {"scale": 1, "input_variance": 2, "weight_norm": 1,
          "population_mean": 1, "shift": 1}, "0.5", "0.292893"),
    ],
    "zeta-linear": [
        ("zeta_linear_large_batch_printed", "equal to zeta_linear_large_batch",
         {"batch_size": 33, "eigenvalue": 1}, "0.0151515", "0.0197277"),
        ("zeta_linear_centred_printed", "equal to zeta_linear_centred",
         {"batch_size": 4, "eigenvalue": 1}, "1.80846", "2.80846"),
    ],
    "gamma-in-batch": [
        ("optimal_gamma_penalised", "equal to optimal_gamma_in_batch",
         {"batch_size": 4}, "0.356067", "0.797885"),
    ],
    "zeta-general": [
        ("zeta_general_printed", "equal to zeta_general",
         {"batch_size": 9, "kurtosis": 1, "skewness": 1, "scale": 1, "fisher_information": 1,
          "mean_curvature": 1, "curvature_moment": 1, "residual_mean": 1, "residual_moment": 2},
         "0.0972222", "0.569444"),
    ],
    "zeta-relu": [
        ("zeta_relu_printed", "equal to zeta_relu",
         {"batch_size": 9, "kurtosis": 1, "skewness": 1,
          "fisher_information": 1, "mean_sigmoid": 1, "sigmoid_moment": -2},
         "0.0972222", "-0.0138889"),
    ],
    "generalisation-ols": [
        ("excess_risk_ols_printed", "at least 0", {"load": 2, "noise_variance": 1}, "-1.0", "0.0"),
        ("excess_risk_ols_printed", "equal to excess_risk_ols",
         {"load": 2, "noise_variance": 1}, "-1.0", "1.0"),
        ("generalisation_gap_ols_printed", "equal to generalisation_gap_ols",
         {"load": 2, "noise_variance": 1}, "-1.0", "1.5"),
    ],
    "generalisation-ridge": [
        ("generalisation_gap_ridge_printed", "equal to generalisation_gap_ridge",
         {"load": 1, "ridge": 1, "noise_variance": 1}, "0.618034", "1.0"),
        ("weight_norm_ridge_printed", "equal to weight_norm_ridge",
         {"load": 2, "regularisation": 1}, "1.0", "2.0"),
        ("excess_risk_weight_norm_printed", "equal to excess_risk_weight_norm",
         {"load": 2, "regularisation": 1, "noise_variance": 1}, "0.414214", "0.455214"),
    ],
    "generalisation-bn": [
        ("excess_risk_bn_printed", "equal to excess_risk_bn",
         {"load": 1, "noise_variance": 1, "batch_size": 32}, "3.80698", "+inf"),
    ],
    "i1-i2-i3": [
        ("i2_relu_printed", "at least 0", {"Q": 0.1, "R": -1}, "-0.495", "0.0"),
        ("i2_relu_printed", "equal to i2_relu", {"Q": 1, "R": -1}, "0.0", "0.5"),
        ("i2_erf_printed", "at least 0", {"Q": 2, "R": 1}, "-0.00459194", "0.0"),
        ("i2_erf_printed", "equal to i2_erf", {"Q": 2, "R": 1}, "-0.00459194", "0.00814439"),
    ],
    "fixed-points": [
        ("regularisation_at_fixed_point_erf_printed", "equal to regularisation_at_fixed_point_erf",
         {"Q": 0.1}, "4.5", "3.8218"),
    ],
    "eigenvalues": [
        ("scale_eigenvalue_prop1_printed", "equal to scale_eigenvalue",
         {"learning_rate": 1, "regularisation": 1}, "0.166667", "-1.5"),
        ("scale_eigenvalue_prop2_printed", "equal to scale_eigenvalue",
         {"learning_rate": 2, "regularisation": 1}, "-1.5", "-3.0"),
        ("overlap_eigenvalue_prop1_printed", "equal to overlap_eigenvalue",
         {"learning_rate": 1, "regularisation": 1, "norm": 1}, "-0.157407", "-0.32716"),
        ("overlap_eigenvalue_printed", "equal to overlap_eigenvalue",
         {"learning_rate": 1, "regularisation": 1, "norm": 1}, "-0.314815", "-0.32716"),
        ("norm_response_printed", "equal to norm_response",
         {"learning_rate": 1, "regularisation": 1, "norm": 2}, "-0.00462963", "-0.00231481"),
    ],
    "max-effective-lr": [
        ("max_learning_rate_bn_printed", "equal to max_learning_rate_bn",
         {"regularisation": 1}, "6.0", "18.0"),
    ],
    "converse-terms": [
        ("partial_sum_bound_printed", "equal to partial_sum_bound",
         {"depth": 2, "exponent": 1.0}, "2.0", "1.0"),
    ],
    "converse-gaussian": [
        ("partial_sum_kurtosis_printed", "equal to partial_sum_kurtosis",
         {"tau": 1.0, "width": 1}, "3.0", "6.34115"),
    ],
    "proof-inequalities": [
        ("chi_square_generating_function_printed", "at least chi_square_generating_function",
         {"width": 1, "deviation": 0.4}, "1.49182", "1.66667"),
    ],
    "rate-terms": [
        ("rate_term_printed", "equal to rate_term",
         {"factor": 1.0, "gradient": 1.0, "decay": 1.0, "margin": 1.0, "step": 1},
         "0.297302", "0.25"),
    ],
    "gradient-descent": [
        ("step_share_printed", "equal to step_share", {"samples": 2}, "1.0", "0.5"),
    ],
    "assumptions-on-runs": [
        ("rate_sum_printed", "at least rate_sum", {"depth": 64}, "1.0", "3.95888"),
    ],
    "gradient-decay": [
        ("untrained_gradient_printed", "at least untrained_gradient",
         {"batch_size": 16}, "7.7803e-5", "0.9"),
    ],
    "normalisation": [
        ("branch_scale_printed", "equal to branch_scale",
         {"depth": 2, "alpha": 1.0}, "2.0", "0.5"),
    ],
}  # fmt: skip
"""By claim: the form at fault, what it has to be, the simplest point at which it is not, its value
there and what that has to go with, to six digits."""

LISTED = [(claim, *one) for claim, listed in FOUND.items() for one in listed]


@pytest.fixture(scope="module")
def found():
    return {
        claim.id.split("/")[1]: contradictions(claim, QUICK) for claim in verify.claims.values()
    }


def test_these_contradictions_are_found_and_no_others(found):
    listed = {
        claim: [(one.form, one.says, one.parameters, one.value, one.other) for one in several]
        for claim, several in found.items()
    }
    assert {claim: several for claim, several in listed.items() if several} == FOUND


@pytest.mark.parametrize(("claim", "form", "says", "point", "value", "other"), LISTED)
def test_each_is_proved_by_the_formula_as_it_is_written(claim, form, says, point, value, other):
    # in exact numbers, where the search evaluates a form that is stable in floats
    relation, _, name = says.rpartition(" ")
    exact = {key: sympy.Rational(str(number)) for key, number in point.items()}

    def written(name):
        said = [s.form for s in verify.claims[_id(claim)].says if s.name == name]
        symbols = {one.symbol: exact[one.name] for one in said[0].parameters}
        return said[0].expr.subs(symbols).doit().evalf(30)

    one = written(form)
    beside = sympy.Float(name) if name.isdigit() else written(name)
    assert {"equal to": one != beside, "at least": one < beside, "at most": one > beside}[relation]
    assert [_shown(one), _shown(beside)] == [value, other]


def _id(claim):
    return next(key for key in verify.claims if key.split("/")[1] == claim)


def _shown(number):
    return mpmath.nstr(mpmath.mpf("inf" if number == sympy.oo else str(number)), 6)


def test_every_refuted_form_contradicts_a_form_that_stands_and_no_form_that_stands_does():
    # of those that formulas are held against: a bound may have but what is computed beside it
    refuted = {
        (claim.id.split("/")[1], said.name)
        for claim in verify.claims.values()
        for said in claim.says
        if not said.stands and any(len(one.forms) > 1 for one in comparisons(claim, said, QUICK))
    }
    assert {(claim, form) for claim, form, *_ in LISTED} == refuted


# What was found before it was mended ------------------------------------------------------------


def test_a_share_above_1_is_found():
    unnarrowed = tuple(
        {"samples": SAMPLES, "width": WIDTH}.get(one.name, one)
        for one in fisher.top_eigenvalue_share_stochastic_depth_finite.parameters
    )
    form = replace(fisher.top_eigenvalue_share_stochastic_depth_finite, parameters=unnarrowed)
    one = contradiction(Comparison(form, AT_MOST, 1))
    assert one.parameters == {"depth": 1, "survival": 0.1, "samples": 1, "width": 1}
    assert float(one.value) == pytest.approx(3.7)  # 1 + 3 (1 - p)


def test_the_edge_of_linear_networks_is_at_most_the_trace_from_4_inputs_and_units_on():
    form = fisher.top_eigenvalue_share_stochastic_depth_finite
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
        p = mpmath.mpf("0.44")
        bound = printed.value(depth=mpmath.mpf(376), width=mpmath.mpf(3009), survival=p)
        mean = fisher.mean_eigenvalue_stochastic_depth.value(depth=mpmath.mpf(376), survival=p)
        as_printed = (p * 376 + 4) / 4 * 2 ** (p * 376) * 3009**2
        assert mpmath.almosteq(bound, as_printed, rel_eps=1e-45)
        assert mean * (1 - QUICK.cap) > 2 * bound  # though it were smaller by the error allowed
    # by less at the least width at which the remainder L/D is below 1/8, in networks less deep
    p = np.linspace(0, 1, 10_001)
    right = fisher.mean_eigenvalue_stochastic_depth
    of = Comparison(printed, AT_LEAST, right, within=QUICK.cap)
    for depth, broken in ((375, False), (376, True)):
        points = {"depth": depth + 0 * p, "width": 8.0 * depth + 1 + 0 * p, "survival": p}
        assert (of.violation(points) > 0).any() == broken
    # it grows like 2^(pL) where the mean grows like (1 + p)^L: whatever the width it fails once
    assert all(math.log1p(q) > q * math.log(2) for q in (0.01, 0.42, 0.99))


def test_a_planted_contradiction_is_found():
    bound = fisher.top_eigenvalue_upper_bound_resnet
    planted = replace(bound, name="planted", expr=bound.expr / 1000, stable=bound.lowered / 1000)
    one = contradiction(Comparison(planted, AT_LEAST, fisher.expected_top_eigenvalue_resnet))
    assert one.parameters["depth"] == 1
    assert contradiction(Comparison(bound, AT_LEAST, fisher.expected_top_eigenvalue_resnet)) is None


def test_what_refutes_is_kept_in_the_ledger(monkeypatch):
    from verify.points import contradictions as module

    def again(comparison):
        assert comparison.stated is not None  # by the code of its claim, which no mark tells
        return contradiction(comparison)

    claim = verify.claims["furusho2020/expected-fim-lambda-max"]
    with Ledger() as ledger:
        found = module.refuting(claim, QUICK, ledger)
        monkeypatch.setattr(module, "contradiction", again)
        assert module.refuting(claim, QUICK, ledger) == found
    ((name, refuted),) = [item for item in found.items() if item[1]]
    assert name == "top_eigenvalue_upper_bound_stochastic_depth_printed"
    assert [one.rests_on for one in refuted] == [{"mean_eigenvalue_stochastic_depth"}]
