"""What claims on probability bounds are judged with: witnesses, events and where bounds speak."""

import math

import mpmath
import numpy as np
import pytest
from scipy.stats import chi2, norm

import verify
from theory import residual_scaling as forms
from verify.claims.residual_scaling import experiments_probability as drawn
from verify.claims.residual_scaling import norms, probability, tails
from verify.evidence.accounting import BUDGETS
from verify.points import points


@pytest.mark.parametrize("x", [-2.0, 0.0, 1.0, 6.0])
def test_witnesses_of_normal_and_chi_square_tails_have_their_values(x):
    assert float(tails.beyond(mpmath.mpf(x))) == pytest.approx(norm.sf(x), rel=1e-12)
    for degrees in (1, 2, 5, 8):
        found = tails.chi_square_beyond(degrees, mpmath.mpf(x + 3))
        assert float(found) == pytest.approx(chi2.sf(x + 3, degrees), rel=1e-12)


def test_the_variance_of_a_squared_error_is_that_of_its_moments():
    # Of one start of one unit, |h_0|^2 = 2 relu(z)^2, by quadrature.
    z, weights = np.polynomial.hermite_e.hermegauss(80)
    weights /= weights.sum()
    square = np.square(2 * np.maximum(z, 0) ** 2 - 1)
    # relu(z)^2 has a jump in no derivative below the second: quadrature is right to a thousandth.
    mean = weights @ square
    found = norms.squared_error_variance({"width": 1, "group": 1})
    assert found == pytest.approx(weights @ square**2 / mean**2 - 1, rel=0.01)
    assert norms.squared_error_variance({"width": 10**9, "group": 4}) == pytest.approx(0.5)


BOUNDED = {
    forms.forward_upper_bound_printed: (
        probability.unit_above, "excess", lambda c: math.log1p(c) / 2,
    ),
    forms.forward_lower_bound_printed: (
        probability.unit_below, "shortfall", lambda c: -math.log1p(-c) / 4,
    ),
    forms.change_sum_tail: (tails.changes, "threshold", lambda c: c / 2),
}  # fmt: skip


@pytest.mark.parametrize("form", BOUNDED, ids=lambda form: form.name)
def test_bounds_are_judged_where_they_speak_and_say_something(form):
    experiment, name, most_energy = BOUNDED[form]
    claim = next(one for one in verify.claims.values() if experiment in one.by)
    found = [
        one for one in points(claim, BUDGETS["quick"]) if one.experiment.label == experiment.label
    ]
    assert len(found) >= 7
    for point in found:
        at = point.values
        assert drawn.LEAST <= form.value(**{k: at[k] for k in form.domain}) <= drawn.MOST
        assert at["tau"] ** 2 * at["depth"] <= most_energy(at[name]) * (1 + 1e-9)


def shares(measure, **values):
    """The shares of 4000 networks of each event, and four standard errors of one of a half."""
    run = {"seed": 3, "first_network": 0, "networks": 4000, "device": "cpu"}
    found = measure({"start": "dense", **values}, **run)
    return {name: float(np.mean(x)) for name, x in found.items()}


def test_events_of_one_layer_and_of_sums_have_the_probabilities_of_their_laws():
    off = 4 * 0.5 / math.sqrt(4000)
    one = shares(drawn.standard_events, depth=2, width=5, tau=0.3, deviation=0.7)
    exact = forms.chi_square_tail(width=5, deviation=0.7)
    assert abs(one["normal beyond"] - 2 * norm.sf(0.7)) < off
    assert one["normal within"] == pytest.approx(1 - one["normal beyond"])
    assert abs(one["chi-square beyond"] - exact) < off
    point = {"width": 2, "depth": 3, "tau": 0.5, "threshold": 1.2}
    exact = forms.square_term_tail(**point)
    sums = shares(drawn.sum_events_of_all, **point)
    assert abs(sums["squares"] - exact) < off
    crossed = forms.cross_term_tail(width=2, kappa=0.5 * math.sqrt(3), threshold=1.2)
    assert abs(sums["cross terms"] - crossed) < off
    # Of a network itself one layer less is residual.
    fewer = shares(drawn.sum_events, **point)
    assert abs(fewer["squares"] - forms.square_term_tail(**{**point, "depth": 2})) < off
    assert 0 < fewer["changes"] < sums["changes"]


def test_two_layers_add_up_to_the_generating_function():
    point = {"width": 3, "deviation": 0.5}
    found = shares(drawn.generating_function, depth=3, tau=0.25, **point)
    exact = forms.chi_square_generating_function(**point)
    assert found["generating function"] == pytest.approx(exact, rel=0.05)


def test_the_depth_of_what_is_doubled_is_its_square_or_itself():
    run = {"seed": 3, "first_network": 0, "networks": 50, "device": "cpu"}
    values = {"start": "dense", "width": 4, "kappa": 0.8, "group": 4}
    by_root = drawn.log_norm({**values, "root": 4}, **run)
    by_depth = drawn.log_norm_of_depth({**values, "residuals": 16}, **run)
    for name, x in by_root.items():
        np.testing.assert_array_equal(x, by_depth[name])
    assert np.mean(by_root["mean"]) == pytest.approx(0.16, abs=0.03)
