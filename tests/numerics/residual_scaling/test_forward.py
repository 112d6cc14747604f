import itertools

import numpy as np
import pytest
from scipy.special import binom
from scipy.stats import chi2, kstest, norm

from numerics import residual_scaling
from numerics.residual_scaling.layers import pass_forward

QUANTITIES = ("energy", "log_norm", "dead", "active_share")


def rectified(mean, deviation):
    """E relu(x)^2 of a normal x."""
    ratio = mean / deviation
    return (mean**2 + deviation**2) * norm.cdf(ratio) + mean * deviation * norm.pdf(ratio)


def first_energy(tau, width):
    """E ||h_1||^2 from the own start: its units are relu(z), z ~ N(0, 2/m), all but one together.

    One unit is a > 0 or 0, each with probability 1/2, and the others, j of which are active, have
    the squared norm (2/m) chi^2_j.
    """
    total, others, scale = 0.0, width - 1, (2 / width) ** 0.5
    nodes, weights = np.polynomial.legendre.leggauss(150)
    a, weights = 6 * scale * (nodes + 1), 6 * scale * weights
    of_a = weights * norm.pdf(a / scale) / scale
    for j in range(others + 1):
        share = binom(others, j) / 2**others
        total += share * tau**2 * (2 * j / width) / (2 * width) / 2  # of a unit that is 0
        if j:  # r = s^2 takes the root at 0 out of the density of one degree of freedom
            rest, of_rest = a**2, weights * chi2.pdf(a**2 * width / 2, j) * width * a
        else:
            rest, of_rest = np.zeros(1), np.ones(1)
        deviation = tau * np.sqrt((a[:, None] ** 2 + rest) / width)
        total += share * of_a @ rectified(a[:, None], deviation) @ of_rest
    return width * total


@pytest.mark.parametrize(("tau", "width"), [(0.3, 2), (1.5, 3)])
def test_the_first_layer_from_the_own_start_has_the_energy_of_quadrature(
    tau, width, ensemble, assert_mean
):
    drawn = ensemble(tau=tau, width=width, networks=30_000)
    found = residual_scaling.measure_forward(drawn, layer=[0, 1]).energy
    assert_mean(found, [1, first_energy(tau, width)])


@pytest.mark.parametrize("tau", [0.2, 1.0])
@pytest.mark.parametrize("start", ["dense", "one_hot"])
def test_the_first_layer_from_a_unit_start_has_a_closed_energy(start, tau, ensemble, assert_mean):
    drawn = ensemble(start=start, tau=tau, networks=20_000)
    found = residual_scaling.measure_forward(drawn, layer=[0, 1]).energy
    exact = {
        "dense": rectified(1, tau),
        "one_hot": rectified(1, tau / 2) + 3 * tau**2 / 8,
    }
    assert_mean(found, [1, exact[start]])


def test_of_one_unit_every_layer_is_known(ensemble, assert_mean):
    # h_l = h_(l-1) relu(1 + tau z), h_L = h_(L-1) relu(sqrt(2) z).
    drawn = ensemble(tau=0.6, width=1, depth=5, start="dense", networks=30_000)
    found = residual_scaling.measure_forward(drawn)
    layers = np.arange(5)
    alive = norm.cdf(1 / 0.6) ** layers
    assert_mean(found.energy, [*rectified(1, 0.6) ** layers, rectified(1, 0.6) ** 4])
    assert_mean(found.dead, [*(1 - alive), 1 - alive[-1] / 2])
    assert_mean(found.active_share, [*alive, alive[-1] / 2])


@pytest.mark.parametrize("start", ["own", "normalised", "dense", "one_hot"])
def test_it_has_the_law_of_real_matrices(start, ensemble, real_networks, assert_same_means):
    drawn = ensemble(start=start, depth=4, width=3, tau=0.8, networks=10_000)
    ours = residual_scaling.measure_forward(drawn)
    layers, _ = real_networks(drawn, networks=10_000)
    theirs = np.stack([one.detach()[:, 0] for one in layers], axis=1)
    energy, active = (theirs**2).sum(axis=2), (theirs > 0).mean(axis=2)
    assert_same_means(ours.energy.per_network, energy)
    assert_same_means(ours.active_share.per_network, active)
    assert_same_means(ours.dead.per_network, energy == 0)
    # Roots weigh the small norms, products of layers how layers hang together.
    assert_same_means(np.sqrt(ours.energy.per_network), np.sqrt(energy))
    assert_same_means(
        np.sqrt(ours.energy.per_network[:, 1:] * ours.energy.per_network[:, :1]),
        np.sqrt(energy[:, 1:] * energy[:, :1]),
    )


def test_a_normalised_start_is_the_own_one_over_its_norm(ensemble):
    drawn = ensemble(width=3, depth=5, networks=100)
    own = residual_scaling.measure_forward(drawn)
    found = residual_scaling.measure_forward(ensemble(**{**vars(drawn), "start": "normalised"}))
    dead = own.dead.per_network[:, 0] == 1
    assert 0 < dead.mean() < 0.5
    energy = own.energy.per_network
    np.testing.assert_allclose(
        found.energy.per_network[~dead], energy[~dead] / energy[~dead, :1], rtol=1e-12
    )
    np.testing.assert_array_equal(found.energy.per_network[dead], 0)
    np.testing.assert_array_equal(found.log_norm.per_network[dead], -np.inf)


def test_a_dead_layer_stays_dead(ensemble):
    drawn = ensemble(width=2, depth=6, tau=1.0, networks=2_000)
    found = residual_scaling.measure_forward(drawn)
    dead = found.dead.per_network
    assert 0.2 < dead[:, 0].mean() < 0.3  # 1/4
    assert np.all(np.diff(dead) >= 0)
    np.testing.assert_array_equal(found.energy.per_network == 0, dead == 1)
    np.testing.assert_array_equal(np.isneginf(found.log_norm.per_network), dead == 1)
    np.testing.assert_array_equal(found.active_share.per_network == 0, dead == 1)
    alive = dead == 0
    np.testing.assert_allclose(
        np.exp(2 * found.log_norm.per_network[alive]), found.energy.per_network[alive], rtol=1e-12
    )


def test_without_branches_nothing_changes_up_to_the_last_layer(ensemble):
    energy = residual_scaling.measure_forward(ensemble(tau=0, depth=50)).energy.per_network
    # Each of 49 layers takes the norm anew, with a rounding or two.
    expected = energy[:, :1].repeat(49, axis=1)
    np.testing.assert_allclose(energy[:, 1:-1], expected, rtol=49 * 2 * np.finfo(float).eps)


def test_norms_beyond_floats_keep_their_logarithm(ensemble):
    found = residual_scaling.measure_forward(ensemble(tau=1e6, depth=60, width=50), layer=60)
    assert np.all(np.isinf(found.energy.per_network))
    # Each layer multiplies the norm by about tau / sqrt(2).
    expected = 59 * np.log(1e6 / 2**0.5)
    np.testing.assert_allclose(found.log_norm.per_network, expected, rtol=0.01)


@pytest.mark.parametrize(("depth", "width"), [(4, 3), (2, 700), (40, 65)])
def test_network_k_depends_on_seed_and_k_alone(depth, width, ensemble):
    whole = residual_scaling.measure_forward(ensemble(depth=depth, width=width))
    for first, networks, chunk in ((0, 5, 2), (3, 2, None), (4, 1, 1)):
        drawn = ensemble(depth=depth, width=width, first_network=first, networks=networks)
        part = residual_scaling.measure_forward(drawn, chunk=chunk)
        for name in QUANTITIES:
            np.testing.assert_array_equal(
                getattr(part, name).per_network,
                getattr(whole, name).per_network[first : first + networks],
            )


def test_layers_are_told_as_they_are_asked_for(ensemble):
    whole = residual_scaling.measure_forward(ensemble())
    some = residual_scaling.measure_forward(ensemble(), layer=[3, 0])
    one = residual_scaling.measure_forward(ensemble(), layer=2)
    for name in QUANTITIES:
        columns = getattr(whole, name).per_network
        np.testing.assert_array_equal(getattr(some, name).per_network, columns[:, [3, 0]])
        np.testing.assert_array_equal(getattr(one, name).per_network, columns[:, 2])
    for layer in (4, -1):
        with pytest.raises(ValueError, match=f"^layer = {layer}: must be an integer in .0, 3."):
            residual_scaling.measure_forward(ensemble(), layer=layer)


def test_extreme_norms_are_those_of_the_residual_layers(ensemble):
    drawn = ensemble(depth=6, networks=40)
    norms = np.sqrt(residual_scaling.measure_forward(drawn).energy.per_network[:, 1:-1])
    found = residual_scaling.measure_extreme_norms(drawn)
    np.testing.assert_allclose(found.last.per_network, norms[:, -1], rtol=1e-12)
    np.testing.assert_allclose(found.greatest.per_network, norms.max(axis=1), rtol=1e-12)
    np.testing.assert_allclose(found.least.per_network, norms.min(axis=1), rtol=1e-12)


def test_norm_events_are_told_for_each_margin(ensemble):
    drawn = ensemble(depth=6, networks=400)
    norms = residual_scaling.measure_extreme_norms(drawn)
    events = residual_scaling.measure_norm_events(drawn, margin=(0.2, 1.5))
    alone = residual_scaling.measure_norm_events(drawn, margin=0.2)
    for column, c in enumerate((0.2, 1.5)):
        for name, event in {
            "last_above": norms.last.per_network >= 1 + c,
            "ever_above": norms.greatest.per_network >= 1 + c,
            "last_below": norms.last.per_network < 1 - c,
            "ever_below": norms.least.per_network < 1 - c,
        }.items():
            found = getattr(events, name).per_network[:, column]
            np.testing.assert_array_equal(found, event)
            if c == 0.2:
                assert 0 < event.mean() < 1
                np.testing.assert_array_equal(getattr(alone, name).per_network, event)
    assert not events.ever_below.per_network[:, 1].any()
    assert events.last_above.settings["margin"] == (0.2, 1.5)
    assert alone.last_above.settings["margin"] == 0.2


def test_the_terms_of_the_proofs_have_their_laws(ensemble):
    tau, depth, width = 0.4, 5, 6
    drawn = ensemble(tau=tau, depth=depth, width=width, start="dense", networks=4_000)
    found = residual_scaling.measure_increments(drawn)
    normal = norm(scale=2 * tau * ((depth - 1) / width) ** 0.5)
    squares = chi2(width * (depth - 1), scale=tau**2 / width)
    assert kstest(found.xi_sum.per_network, normal.cdf).pvalue > 1e-3
    assert kstest(found.zeta_sum.per_network, squares.cdf).pvalue > 1e-3


def test_the_terms_of_the_proofs_make_the_norms(ensemble):
    drawn = ensemble(tau=0.4, depth=2, width=6, start="dense", networks=50)
    found = residual_scaling.measure_increments(drawn)
    energy = residual_scaling.measure_forward(drawn, layer=1).energy.per_network
    xi, zeta, delta = (
        getattr(found, name).per_network for name in ("xi_sum", "zeta_sum", "delta_sum")
    )
    np.testing.assert_allclose(np.exp(found.log_sum.per_network), 1 + xi + zeta, rtol=1e-12)
    np.testing.assert_allclose(1 + delta, energy, rtol=1e-12)
    np.testing.assert_allclose(found.squared_delta_sum.per_network, delta**2, rtol=1e-12)
    np.testing.assert_array_equal(found.least_delta.per_network, delta)
    np.testing.assert_allclose(found.least_slack.per_network, delta - xi + zeta, atol=1e-14)


def test_the_terms_of_the_proofs_are_taken_over_all_residual_layers(ensemble):
    drawn = ensemble(tau=0.4, depth=6, networks=50, width=16)
    found = residual_scaling.measure_increments(drawn)
    energy = residual_scaling.measure_forward(drawn).energy.per_network
    delta = energy[:, 1:-1] / energy[:, :-2] - 1
    np.testing.assert_allclose(found.delta_sum.per_network, delta.sum(axis=1), rtol=1e-10)
    np.testing.assert_allclose(
        found.squared_delta_sum.per_network, (delta**2).sum(axis=1), rtol=1e-10
    )
    np.testing.assert_allclose(found.least_delta.per_network, delta.min(axis=1), rtol=1e-10)
    assert found.least_slack.per_network.min() >= -1e-14
    # More is kept than the norm of the sum before the rectifier: h loses what is negative.
    assert np.all(found.log_sum.per_network >= np.log(energy[:, -2] / energy[:, 0]))


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"tau": -0.1}, "tau = -0.1"),
        ({"tau": float("nan")}, "tau = nan"),
        ({"depth": 0}, "depth = 0"),
        ({"width": 0}, "width = 0"),
        ({"start": "other"}, "start = 'other'"),
        ({"networks": 0}, "networks = 0"),
        ({"seed": -1}, "seed = -1"),
        ({"device": "tpu"}, "device = 'tpu'"),
    ],
)
def test_a_wrong_argument_is_named(changes, complaint, ensemble):
    with pytest.raises(ValueError, match=f"^{complaint}: must be "):
        ensemble(**changes)


@pytest.mark.parametrize(
    "measure",
    [
        residual_scaling.measure_extreme_norms,
        residual_scaling.measure_increments,
        lambda drawn: residual_scaling.measure_norm_events(drawn, margin=0.5),
    ],
)
def test_residual_layers_are_needed(measure, ensemble):
    with pytest.raises(ValueError, match=r"^depth = 1: must be an integer >= 2"):
        measure(ensemble(depth=1))


@pytest.mark.parametrize("margin", [-0.1, (0.5, -1.0), ()])
def test_a_margin_is_a_distance(margin, ensemble):
    with pytest.raises(ValueError, match=r"^margin = .*: must be a "):
        residual_scaling.measure_norm_events(ensemble(), margin=margin)


@pytest.mark.parametrize("start", ["own", "dense", "one_hot"])
def test_the_greatest_share_that_a_change_switches_is_that_of_all_subsets(start, ensemble):
    drawn = ensemble(start=start, tau=0.7, depth=3, width=5, networks=40)
    for layer in (1, 2):
        found = residual_scaling.measure_switchable_share(drawn, change=0.4, layer=layer)
        sums = next(
            one.sum.numpy() / 0.7  # preactivations in units of tau ||h_(l-1)||
            for one in pass_forward(drawn, drawn.block)
            if one.index == layer
        )
        expected = [
            max(
                len(some)
                for size in range(6)
                for some in itertools.combinations(range(5), size)
                if np.sum(row[list(some)] ** 2) <= 0.4**2
            )
            / 5
            for row in sums
        ]
        np.testing.assert_array_equal(found.per_network, expected)
        assert 0 < np.mean(expected) < 1


def test_a_dead_layer_has_nothing_to_switch(ensemble):
    drawn = ensemble(tau=5.0, depth=6, width=1, start="dense", networks=50)
    every = residual_scaling.measure_switchable_share(drawn, change=1e6).per_network
    dead = residual_scaling.measure_forward(drawn, layer=[*range(5)]).dead.per_network
    np.testing.assert_array_equal(every, 1 - dead)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"change": -1.0}, "change = -1.0: must be a number in "),
        ({"layer": 0}, "layer = 0: must be an integer in "),
        ({"layer": 3}, "layer = 3: must be an integer in "),
    ],
)
def test_a_wrong_argument_of_what_switches_is_named(options, complaint, ensemble):
    with pytest.raises(ValueError, match=f"^{complaint}"):
        residual_scaling.measure_switchable_share(ensemble(), **{"change": 0.5, **options})
