"""Bounds with a probability against exact laws, other derivations and drawn networks."""

import math

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import minimize_scalar
from scipy.stats import chi2, lognorm, ncx2, norm

from theory.residual_scaling import (
    change_sum_tail,
    change_sum_tail_printed,
    chi_square_generating_function,
    chi_square_generating_function_printed,
    chi_square_tail,
    chi_square_tail_printed,
    cross_term_tail,
    cross_term_tail_printed,
    forward_lower_bound,
    forward_lower_bound_printed,
    forward_lower_limit,
    forward_upper_bound,
    forward_upper_bound_printed,
    forward_upper_limit,
    gaussian_small_ball,
    gaussian_small_ball_printed,
    gaussian_tail,
    gaussian_tail_printed,
    least_excess,
    least_product_norm,
    least_shortfall,
    log_norm_mean,
    log_norm_variance,
    lower_least_width,
    norm_constant_printed,
    norm_depth_limit,
    spectral_norm_bound,
    spectral_norm_failure,
    square_term_tail,
    square_term_tail_printed,
    theorem_2_least_width,
    upper_least_width,
)


def drawn_norms(tau, residuals, width, draws, seed):
    """Norms (draws, residuals + 1) of unit starts, each unit the same, exactly in law."""
    numbers = np.random.default_rng(seed)
    h = np.full((draws, width), 1 / math.sqrt(width))
    norms = [np.ones(draws)]
    for _ in range(residuals):
        sigma = tau * norms[-1][:, None] / math.sqrt(width)
        h = np.maximum(h + sigma * numbers.standard_normal(h.shape), 0)
        norms.append(np.linalg.norm(h, axis=1))
    return np.array(norms).T


# Tails ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [0.0, 0.1, 1.0, 3.0, 8.0])
def test_gaussian_bounds_hold_and_the_exact_ones_are_those_of_the_normal_law(x):
    assert gaussian_tail(deviation=x) == pytest.approx(2 * norm.sf(x), rel=1e-12)
    assert gaussian_tail(deviation=x) <= gaussian_tail_printed(deviation=x)
    assert gaussian_small_ball(deviation=x) == pytest.approx(1 - 2 * norm.sf(x), rel=1e-12)
    assert gaussian_small_ball(deviation=x) <= gaussian_small_ball_printed(deviation=x)


@pytest.mark.parametrize("width", [1, 2, 10, 1000])
@pytest.mark.parametrize("x", [0.01, 1.0, 10.0])
def test_the_chi_square_bound_holds(width, x):
    exact = chi_square_tail(width=width, deviation=x)
    assert exact == pytest.approx(chi2.sf(width + 2 * math.sqrt(width * x) + 2 * x, width))
    assert exact <= chi_square_tail_printed(width=width, deviation=x)


def test_the_spectral_bound_is_that_of_the_corollary_it_cites():
    assert spectral_norm_bound(rows=9, columns=4, deviation=0.5) == 5.5
    assert spectral_norm_failure(deviation=0.5) == pytest.approx(math.exp(-0.125), rel=1e-14)


def test_the_spectral_norm_of_drawn_matrices_keeps_to_its_bound():
    matrices = np.random.default_rng(5).standard_normal((2000, 6, 4))
    largest = np.linalg.svd(matrices, compute_uv=False)[:, 0]
    for t in (0.0, 0.3, 1.0):
        share = np.mean(largest > spectral_norm_bound(rows=6, columns=4, deviation=t))
        assert share <= spectral_norm_failure(deviation=t)
    # It is not far off: half a unit less, and the share is above it.
    assert np.mean(largest > spectral_norm_bound(rows=6, columns=4, deviation=0.0) - 0.9) > 0.3


# Steps ----------------------------------------------------------------------------------------


@pytest.mark.parametrize("kappa", [0.1, 0.5])
@pytest.mark.parametrize("threshold", [0.2, 1.0])
def test_the_sum_of_cross_terms_is_normal_and_its_bound_holds(kappa, threshold):
    exact = cross_term_tail(width=40, kappa=kappa, threshold=threshold)
    sigma = 2 * kappa / math.sqrt(40)
    assert exact == pytest.approx(norm.sf(threshold / 2 / sigma), rel=1e-11)
    assert exact <= cross_term_tail_printed(width=40, kappa=kappa, threshold=threshold)


def test_the_bounds_of_the_paper_are_those_of_the_steps_that_it_gives():
    width, depth, tau, c = 7, 9, 0.2, 0.6
    square = tau**2 * depth
    # (13): the best lambda of exp(-lambda c/2 + 4 lambda^2 tau^2 L/m).
    best = minimize_scalar(lambda rate: 4 * rate**2 * square / width - rate * c / 2).fun
    found = cross_term_tail_printed.log(width=width, kappa=math.sqrt(square), threshold=c)
    assert found == pytest.approx(best, rel=1e-6)
    # (17): exp(lambda tau^2 L - lambda c/2) at lambda = m c/(tau^2 L), for the largest tau allowed.
    most = math.sqrt(c / (4 * depth))
    rate = width * c / (most**2 * depth)
    found = square_term_tail_printed.value(width=width, depth=depth, tau=most, threshold=c)
    assert math.log(found) == pytest.approx(rate * (most**2 * depth - c / 2), rel=1e-12)
    # The bound on the norm is three times (13) at c_1 = 2 log(1 + c).
    kappa = math.sqrt(square)
    three = 3 * cross_term_tail_printed(width=width, kappa=kappa, threshold=2 * math.log1p(c))
    found = forward_upper_bound_printed(width=width, depth=depth, tau=tau, excess=c)
    assert found == pytest.approx(three, rel=1e-12)
    # Above (26) it is four times the exponent of (13), the whole of c_1 for its half.
    four = 4 * cross_term_tail_printed.log(width=width, kappa=kappa, threshold=c)
    found = change_sum_tail_printed.value(width=width, depth=depth, tau=tau, threshold=c)
    assert math.log(found) == pytest.approx(four, rel=1e-12)
    found = forward_lower_bound_printed.value(width=width, depth=depth, tau=tau, shortfall=c)
    assert found == pytest.approx(2 * depth * (1 - c) ** (width / 32), rel=1e-12)


def test_the_generating_function_is_bounded_the_wrong_way_round():
    for width, x in ((1, 0.1), (5, 1.0), (50, 20.0)):
        exact = chi_square_generating_function(width=width, deviation=x)
        assert exact == pytest.approx((1 - x / width) ** -width, rel=1e-12)
        assert exact > chi_square_generating_function_printed.value(width=width, deviation=x)


def test_the_squares_of_branches_exceed_the_bound_of_the_proof_at_small_sizes():
    # tau^2 L = c_1/4, as it asks, ten units, four layers.
    point = {"width": 10, "depth": 4, "tau": 0.25, "threshold": 1.0}
    exact = square_term_tail(**point)
    assert exact == pytest.approx(chi2.sf(80, 40), rel=1e-9)
    squares = np.random.default_rng(6).chisquare(40, 400_000) * 0.25**2 / 10
    share = np.mean(squares >= 0.5)
    assert abs(share - exact) < 4 * math.sqrt(exact / 400_000)
    assert exact > 3 * square_term_tail_printed.value(**point)
    # What the proof goes on with is a sixteenth of that exponent, and true here.
    assert exact < square_term_tail_printed.value(**point) ** (1 / 16)
    # With layers enough (tau^2 <= 0.038) the line holds.
    many = {"width": 10, "depth": 64, "tau": 1 / 16, "threshold": 1.0}
    assert square_term_tail(**many) < square_term_tail_printed.value(**many)


def test_what_a_layer_adds_is_not_below_its_cross_term():
    # C.1 has P(sum Delta >= c) <= P(sum xi >= c): for one unit Delta = (1 + tau g)^2 - 1 above 0.
    for tau, c in ((0.1, 0.04), (0.5, 1.0)):
        rises = norm.sf((math.sqrt(1 + c) - 1) / tau)
        assert rises > norm.sf(c / (2 * tau))


@pytest.mark.parametrize("tau_square", [2.5, 4.0])
def test_relative_changes_add_up_to_more_than_the_bound_of_the_paper(tau_square):
    # One unit, one residual layer, tau^2 L = c_1/4: 1 + Delta is (1 + tau g)^2 above 0.
    point = {"width": 1, "depth": 2, "tau": math.sqrt(tau_square), "threshold": 8 * tau_square}
    rises = norm.sf((math.sqrt(1 + point["threshold"]) - 1) / point["tau"])
    assert rises > 1.1 * change_sum_tail_printed.value(**point)
    assert rises < change_sum_tail(**point)


def test_drawn_changes_keep_to_their_bound_and_come_near_it():
    tau, residuals, width = 0.2, 8, 12
    squares = drawn_norms(tau, residuals, width, 40_000, seed=10) ** 2
    sums = np.sum(np.diff(squares, axis=1) / squares[:, :-1], axis=1)
    for threshold in (1.0, 1.5):
        share = np.mean(sums >= threshold)
        bound = change_sum_tail(width=width, depth=residuals, tau=tau, threshold=threshold)
        assert share <= bound < 60 * share


def test_the_bound_of_changes_at_great_depth_is_that_of_a_normal_sum_about_its_mean():
    depth, kappa, threshold = 10**5, 0.5, 1.2
    found = change_sum_tail.log(
        width=1000, depth=depth, tau=kappa / math.sqrt(depth), threshold=threshold
    )
    expected = (threshold - kappa**2) ** 2 / (8 * kappa**2)
    assert found / -1000 == pytest.approx(expected, rel=1e-3)


# Forward --------------------------------------------------------------------------------------


@pytest.mark.parametrize(("width", "depth", "tau", "excess"), [(6, 3, 0.3, 1.0), (4, 8, 0.2, 0.8)])
def test_the_upper_bound_is_the_best_of_markovs_by_the_noncentral_law(width, depth, tau, excess):
    # 1 + xi + zeta is tau^2/m times a noncentral chi-square, integrated here against its density.
    scale, shift = tau**2 / width, width / tau**2

    def log_bound(rate):
        def tilted(value):
            return math.exp(rate * (scale * value - 1)) * ncx2.pdf(value, width, shift)

        centre, spread = width + shift, math.sqrt(2 * (width + 2 * shift))
        mean = quad(tilted, max(centre - 9 * spread, 0), centre + 25 * spread, limit=300)[0]
        return depth * math.log(mean) - 2 * rate * math.log1p(excess)

    best = minimize_scalar(log_bound, bounds=(0.1, 0.45 / scale), method="bounded")
    found = forward_upper_bound(width=width, depth=depth, tau=tau, excess=excess)
    assert found == pytest.approx(math.exp(best.fun), rel=1e-5)


@pytest.mark.parametrize("kappa", [0.1, 0.3, 1.0])
@pytest.mark.parametrize("depth", [2, 16, 256])
def test_the_upper_bound_lies_below_that_of_the_paper_where_this_speaks(kappa, depth):
    for factor in (1.0, 2.0, 10.0):
        point = {"width": 100, "depth": depth, "tau": kappa / math.sqrt(depth)}
        point["excess"] = factor * least_excess(kappa=kappa)
        assert forward_upper_bound.log(**point) < forward_upper_bound_printed.log(**point)


def test_the_upper_bound_at_great_depth_has_the_exponent_of_the_normal_limit():
    depth, kappa, excess = 10**5, 1.0, 2.0
    found = forward_upper_bound.log(
        width=1000, depth=depth, tau=kappa / math.sqrt(depth), excess=excess
    )
    expected = (2 * math.log1p(excess) - kappa**2) ** 2 / (8 * kappa**2)
    assert found / -1000 == pytest.approx(expected, rel=1e-3)
    exact = forward_upper_limit.log(width=1000, kappa=kappa, excess=excess)
    assert exact / -1000 == pytest.approx(expected, rel=0.03)


def test_drawn_norms_keep_to_the_upper_bound_and_come_near_it():
    tau, residuals, width = 0.2, 8, 12
    norms = drawn_norms(tau, residuals, width, 40_000, seed=7)
    for excess in (0.5, 1.0):
        share = np.mean(norms.max(axis=1) >= 1 + excess)
        bound = forward_upper_bound(width=width, depth=residuals, tau=tau, excess=excess)
        assert share <= bound < 60 * share


@pytest.mark.parametrize("shortfall", [0.3, 0.6, 0.9])
def test_the_lower_bound_is_the_best_of_both_parts_and_above_the_exact_law(shortfall):
    width, depth, tau = 200, 401, 0.03
    square = tau**2 * (depth - 1)

    def parts(log_norm):  # the fall of the projection, the rise of the norm
        def markov(rate):
            growth = -0.5 * math.log1p(-2 * rate * tau**2)
            growth += 2 * rate**2 * tau**2 / (1 - 2 * rate * tau**2)
            return (depth - 1) * growth - 2 * rate * log_norm

        rise = minimize_scalar(markov, bounds=(0, 0.49 / tau**2), method="bounded").fun
        return -(shortfall**2) / (2 * square) * math.exp(-2 * log_norm), min(rise, 0.0)

    both = min(sum(math.exp(width * one) for one in parts(x)) for x in np.linspace(0.1, 3, 400))
    found = forward_lower_bound(width=width, depth=depth, tau=tau, shortfall=shortfall)
    assert both * 0.99 <= found <= 2 * both
    exact = forward_lower_limit.log(width=width, kappa=math.sqrt(square), shortfall=shortfall)
    assert exact < math.log(found) < math.log(0.05)


@pytest.mark.parametrize("y", [0.01, 0.1, 1.0, 2.0, 3.0])
@pytest.mark.parametrize("depth", [2, 5, 64])
def test_up_to_a_fall_of_three_the_lower_bound_of_the_paper_follows_from_ours(y, depth):
    tau = math.sqrt(y / (4 * depth))
    point = {"depth": depth, "tau": tau, "shortfall": 1 - math.exp(-y)}
    assert 1 - math.exp(-y) >= least_shortfall(kappa=math.sqrt(y / 4)) - 1e-12
    for width in (10, 300):
        ours = forward_lower_bound(width=width, **point)
        assert ours <= forward_lower_bound_printed.value(width=width, **point)


def test_a_start_in_one_unit_dies_more_often_than_the_lower_bound_of_the_paper_allows():
    # tau^2 L = log(1/(1 - c))/4; the nine units at 0 stay there with probability 1/2 each.
    width, fall = 10, 34.0
    point = {"width": width, "depth": 2, "tau": math.sqrt(fall / 8)}
    point["shortfall"] = 1 - math.exp(-fall)
    dead = 0.5 ** (width - 1) * norm.cdf(-math.sqrt(width) / point["tau"])
    assert forward_lower_bound_printed.value(**point) < 0.9 * dead
    assert forward_lower_bound(**point) > dead


@pytest.mark.parametrize("width", [1, 4, 30])
def test_the_log_of_drawn_norms_is_normal_with_the_mean_and_variance_of_the_limit(width):
    kappa, depth = 0.8, 400
    norms = drawn_norms(kappa / math.sqrt(depth), depth, width, 6000, seed=8)[:, -1]
    logs = np.log(norms)
    mean = log_norm_mean(width=width, kappa=kappa)
    variance = log_norm_variance(width=width, kappa=kappa)
    assert logs.mean() == pytest.approx(mean, abs=0.02 + 4 * math.sqrt(variance / 6000))
    assert logs.var() == pytest.approx(variance, rel=0.1)
    for excess in (0.3, 0.6):
        expected = forward_upper_limit(width=width, kappa=kappa, excess=excess)
        assert np.mean(norms >= 1 + excess) == pytest.approx(expected, abs=0.03)
    expected = forward_lower_limit(width=width, kappa=kappa, shortfall=0.2)
    assert np.mean(norms < 0.8) == pytest.approx(expected, abs=0.03)


def test_the_mean_norm_of_the_normal_limit_is_that_of_a_log_normal_law():
    for point in ({"width": 1, "kappa": 0.5}, {"width": 8, "kappa": 1.0}):
        mean, variance = log_norm_mean(**point), log_norm_variance(**point)
        law = lognorm(math.sqrt(variance), scale=math.exp(mean))
        assert norm_depth_limit(**point) == pytest.approx(law.mean(), rel=1e-12)
    # The constant of the paper is exceeded in wide networks from this kappa on.
    for kappa, above in ((0.436, False), (0.437, True)):
        point = {"width": 10**6, "kappa": kappa}
        assert norm_constant_printed.value(**point) == 1.1
        assert (norm_depth_limit(**point) > 1.1) == above


def test_the_mean_energy_of_the_normal_limit_has_no_width_in_it():
    for width in (1, 5, 1000):
        log = 2 * log_norm_mean(width=width, kappa=0.7) + 2 * log_norm_variance(
            width=width, kappa=0.7
        )
        assert log == pytest.approx(0.7**2, rel=1e-13)


def test_at_one_over_sqrt_depth_the_constants_of_the_paper_allow_norms_far_from_one():
    assert least_excess(kappa=1.0) == pytest.approx(math.exp(2) - 1, rel=1e-14)
    assert least_shortfall(kappa=1.0) == pytest.approx(1 - math.exp(-4), rel=1e-14)
    best = minimize_scalar(
        lambda net: least_product_norm.log(kappa=1.0, net=net),
        bounds=(0.01, 0.99),
        method="bounded",
    )
    assert math.exp(best.fun) == pytest.approx(1280, rel=0.001)
    # For a norm of 1.1, which Lemma 3 and Appendices C.2, E and F use, tau sqrt(L) is this small.
    best = minimize_scalar(
        lambda net: -math.log(1.1 * (1 - net)) / math.sqrt(1 + math.log(1 + 2 / net)),
        bounds=(1e-3, 0.09),
        method="bounded",
    )
    assert least_product_norm(kappa=-best.fun / 4, net=best.x) == pytest.approx(1.1, rel=1e-9)
    assert -best.fun / 4 < 0.009


def test_the_bounds_say_something_from_these_widths_on():
    tau, depth = 0.1, 50
    kappa = tau * math.sqrt(depth)
    for excess in (2.0, 7.0):
        width = upper_least_width(kappa=kappa, excess=excess)
        found = [
            forward_upper_bound_printed(width=one, depth=depth, tau=tau, excess=excess)
            for one in (math.floor(width), math.ceil(width))
        ]
        assert found[0] >= 1 >= found[1]
    width = lower_least_width(depth=depth, shortfall=0.95)
    found = [
        forward_lower_bound_printed.value(width=one, depth=depth, tau=tau, shortfall=0.95)
        for one in (math.floor(width), math.ceil(width))
    ]
    assert found[0] >= 1 >= found[1]
    # n samples at L layers each: n L times as much.
    width = theorem_2_least_width(samples=10, depth=600, shortfall=1 - math.exp(-4))
    assert 2 * 10 * 600**2 * math.exp(-width * 4 / 32) == pytest.approx(1, rel=1e-9)
