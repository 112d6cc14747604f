import numpy as np
import pytest
from scipy.stats import norm

from numerics import residual_scaling

NAMES = (
    "first", "second", "third", "fourth", "positive_share", "rectified", "least_slack"
)  # fmt: skip


def real_sums(drawn, layers, weights):
    """What is measured of real networks, shape (networks, L, 7)."""
    hidden = [one.detach().numpy()[:, 0] for one in layers]
    total, found = np.zeros_like(hidden[0]), []
    for layer in range(drawn.depth):
        if layer:
            weight = weights[layer - 1].detach().numpy()
            total = total + drawn.tau * np.einsum("kij,kj->ki", weight, hidden[layer - 1])
        positive = np.maximum(total, 0)
        moments = [(total**power).mean(axis=1) for power in (1, 2, 3, 4)]
        rest = (total > 0).mean(axis=1), (positive**2).mean(axis=1)
        found.append([*moments, *rest, (hidden[layer] - positive).min(axis=1)])
    return np.transpose(found, (2, 0, 1))


@pytest.mark.parametrize("start", ["own", "dense", "one_hot"])
def test_it_has_the_law_of_real_matrices(start, ensemble, real_networks, assert_same_means):
    drawn = ensemble(start=start, tau=0.8, depth=4, width=5, networks=10_000)
    ours = residual_scaling.measure_branch_sums(drawn)
    theirs = real_sums(drawn, *real_networks(drawn, networks=10_000))
    for column, name in enumerate(NAMES):
        assert_same_means(getattr(ours, name).per_network, theirs[..., column])
    assert ours.least_slack.per_network.min() >= -1e-14


def test_the_first_sum_is_normal(ensemble, assert_mean):
    drawn = ensemble(start="dense", tau=0.7, depth=2, width=5, networks=10_000)
    found = residual_scaling.measure_branch_sums(drawn, layer=1)
    variance = 0.7**2 / 5
    exact = (0, variance, 0, 3 * variance**2, 1 / 2, variance / 2)
    for name, value in zip(NAMES, exact, strict=False):
        assert_mean(getattr(found, name), value)


def test_two_terms_are_skewed(ensemble, assert_mean):
    # Where W_1 lifts a unit, h_1 is longer and the second term wider. With z of the first term,
    # E S^3 = 3 tau^3 E[z ||h_1||^2] / m^(3/2) = 6 tau^4 E relu(1 + tau z) / m^(5/2), by Stein.
    tau, m = 1.2, 2
    drawn = ensemble(start="dense", tau=tau, depth=3, width=m, networks=30_000)
    third = residual_scaling.measure_branch_sums(drawn, layer=2).third
    rectified = norm.cdf(1 / tau) + tau * norm.pdf(1 / tau)
    assert_mean(third, 6 * tau**4 * rectified / m**2.5)
    assert third.estimate > 8 * third.standard_error


@pytest.mark.parametrize(("depth", "width"), [(4, 3), (2, 700), (40, 65)])
def test_network_k_depends_on_seed_and_k_alone(depth, width, ensemble):
    whole = residual_scaling.measure_branch_sums(ensemble(depth=depth, width=width))
    for first, networks, chunk in ((0, 5, 2), (3, 2, None), (4, 1, 1)):
        drawn = ensemble(depth=depth, width=width, first_network=first, networks=networks)
        part = residual_scaling.measure_branch_sums(drawn, chunk=chunk)
        for name in NAMES:
            np.testing.assert_array_equal(
                getattr(part, name).per_network,
                getattr(whole, name).per_network[first : first + networks],
            )


def test_there_are_sums_up_to_the_last_residual_layer(ensemble):
    np.testing.assert_array_equal(
        residual_scaling.measure_branch_sums(ensemble(), layer=0).second.per_network, 0
    )
    with pytest.raises(ValueError, match=r"^layer = 3: must be an integer in .0, 2."):
        residual_scaling.measure_branch_sums(ensemble(), layer=3)
    with pytest.raises(ValueError, match=r"^depth = 1: must be an integer >= 2"):
        residual_scaling.measure_branch_sums(ensemble(depth=1))
