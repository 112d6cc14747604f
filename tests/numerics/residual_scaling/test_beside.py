import numpy as np
import pytest
from scipy.stats import norm

from numerics import residual_scaling

CHANGES = ("change", "relative_change", "preactivation_change", "changed_share")
PERTURBED = ("energy", "least_factor", "greatest_factor")
DIRECTIONS = ("radial", "signs", "gaussian")


def real_tangents(ensemble, networks):
    """||t_l||^2 of real networks, the product of Jacobians written out, shape (networks, L + 1)."""
    rng = np.random.default_rng(5)
    m, depth = ensemble.width, ensemble.depth

    def normal(*shape, variance=1.0):
        return rng.standard_normal((networks, *shape)) * variance**0.5

    if ensemble.start == "own":
        before = normal(m, variance=2 / m)
        hidden, tangent = np.maximum(before, 0), normal(m, variance=2 / m) * (before > 0)
    else:
        hidden = np.full((networks, m), m**-0.5)
        tangent = normal(m)
        tangent /= np.linalg.norm(tangent, axis=1, keepdims=True)
    energies = [(tangent**2).sum(axis=1)]
    for layer in range(1, depth + 1):
        block = np.eye(m) + ensemble.tau * normal(m, m, variance=1 / m)
        if layer == depth:
            block = normal(m, m, variance=2 / m)
        before = np.einsum("kij,kj->ki", block, hidden)
        tangent = np.einsum("kij,kj->ki", block, tangent) * (before > 0)
        hidden = np.maximum(before, 0)
        energies.append((tangent**2).sum(axis=1))
    return np.stack(energies, axis=1)


@pytest.mark.parametrize("start", ["own", "dense"])
def test_tangents_have_the_law_of_real_matrices(start, ensemble, assert_same_means):
    drawn = ensemble(start=start, tau=0.8, depth=4, width=3, networks=10_000)
    ours = residual_scaling.measure_tangent(drawn).energy.per_network
    theirs = real_tangents(drawn, 10_000)
    assert_same_means(ours, theirs)
    assert_same_means(np.sqrt(ours), np.sqrt(theirs))
    assert_same_means(np.sqrt(ours[:, :1] * ours), np.sqrt(theirs[:, :1] * theirs))


@pytest.mark.parametrize("tau", [0.3, 1.2])
def test_the_first_tangent_has_a_closed_energy(tau, ensemble, assert_mean):
    # As the first gradient back (test_backward.py): both are tr J J^T / m on average.
    m, edge = 4, 1 / tau
    active, first = norm.cdf(edge), norm.pdf(edge)
    exact = active + 2 * tau * first / m + tau**2 * (m * active - edge * first) / m
    drawn = ensemble(tau=tau, width=m, depth=2, start="dense", networks=30_000)
    assert_mean(residual_scaling.measure_tangent(drawn, layer=[0, 1]).energy, [1, exact])


def test_tangents_and_gradients_have_one_mean_through_all_layers(ensemble, assert_same_means):
    drawn = ensemble(tau=0.5, width=10, depth=6, start="one_hot", networks=10_000)
    ours = residual_scaling.measure_tangent(drawn, layer=5).energy.per_network
    other = ensemble(**{**vars(drawn), "seed": 2})
    theirs = residual_scaling.measure_backward(other, layer=0).energy.per_network
    assert_same_means(ours, theirs)


def test_tangents_tell_their_logarithm(ensemble):
    found = residual_scaling.measure_tangent(ensemble())
    np.testing.assert_allclose(
        np.exp(2 * found.log_norm.per_network), found.energy.per_network, rtol=1e-12
    )
    deep = residual_scaling.measure_tangent(ensemble(tau=1e6, depth=60, width=50), layer=60)
    expected = 59 * np.log(1e6 / 2**0.5)
    np.testing.assert_allclose(deep.log_norm.per_network, expected, rtol=0.01)


def real_changes(drawn, layers, weights, size, direction):
    """What is measured of perturbed real networks, shape (networks, L + 1, 7)."""
    rng = np.random.default_rng(6)
    tau, m = drawn.tau, drawn.width
    hidden = [one.detach().numpy()[:, 0] for one in layers]
    signs = rng.choice([-1.0, 1.0], size=hidden[0].shape) / m**0.5
    moved, found = hidden[0], [np.zeros((len(signs), 7))]
    found[0][:, 4] = (moved**2).sum(axis=1)
    scale = np.ones(len(signs))
    for layer, weight in enumerate(weights, start=1):
        last = layer == drawn.depth
        below = hidden[layer - 1]
        unit = below / np.maximum(np.linalg.norm(below, axis=1, keepdims=True), 1e-300)
        change = {
            "radial": unit[:, :, None] * unit[:, None],
            "signs": signs[:, :, None] * unit[:, None],
            "gaussian": rng.standard_normal(weight.shape) / (4 * m) ** 0.5,
        }[direction]
        initial = weight.detach().numpy()
        perturbed = initial + (size if last else tau * size) * change
        before, after = (
            np.einsum("kij,kj->ki", one, h) if last else h + tau * np.einsum("kij,kj->ki", one, h)
            for one, h in ((initial, below), (perturbed, moved))
        )
        moved = np.maximum(after, 0)
        changed, norm = (np.linalg.norm(x, axis=1) for x in (moved - hidden[layer], hidden[layer]))
        factor = (moved - hidden[layer]) / np.where(after == before, 1, after - before)
        scale = np.where(norm > 0, norm, np.linalg.norm(below, axis=1) if layer == 1 else scale)
        found.append(
            np.stack(
                [
                    changed,
                    changed / np.where(scale > 0, scale, 1),
                    np.linalg.norm(after - before, axis=1),
                    ((after > 0) != (before > 0)).mean(axis=1),
                    (moved**2).sum(axis=1),
                    factor.min(axis=1),
                    factor.max(axis=1),
                ],
                axis=1,
            )
        )
    return np.stack(found, axis=1)


@pytest.mark.parametrize("direction", DIRECTIONS)
@pytest.mark.parametrize(("start", "size"), [("own", 0.7), ("dense", 2.0)])
def test_changes_have_the_law_of_real_matrices(
    start, size, direction, ensemble, real_networks, assert_same_means
):
    drawn = ensemble(start=start, tau=0.8, depth=4, width=3, networks=10_000)
    ours = residual_scaling.measure_perturbation(drawn, size=size, direction=direction)
    layers, weights = real_networks(drawn, networks=10_000)
    theirs = real_changes(drawn, layers, weights, size, direction)
    for column, name in enumerate(CHANGES + PERTURBED):
        one, other = getattr(ours, name).per_network, theirs[..., column]
        assert_same_means(one, other)
        if name in PERTURBED[1:]:  # rounding takes them a little below 0 in real networks
            assert_same_means(one**2, other**2)
            continue
        assert_same_means(np.sqrt(one), np.sqrt(other))
        assert_same_means(np.sqrt(one * one[:, -1:]), np.sqrt(other * other[:, -1:]))


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_without_a_perturbation_nothing_changes(direction, ensemble):
    found = residual_scaling.measure_perturbation(ensemble(), size=0, direction=direction)
    for name in CHANGES:
        np.testing.assert_array_equal(getattr(found, name).per_network, 0)


def test_a_radial_perturbation_of_one_layer_grows_it_by_a_known_factor(ensemble):
    drawn = ensemble(tau=0.5, depth=2, width=4, start="dense", networks=20_000)
    found = residual_scaling.measure_perturbation(drawn, size=0.8, direction="radial", layer=1)
    energy = found.energy.per_network  # m E relu(x)^2, x of mean 1.2/sqrt(m), deviation 1/(2 m)
    mean, deviation = 1.2, 0.5
    exact = (mean**2 + deviation**2) * norm.cdf(mean / deviation)
    exact += mean * deviation * norm.pdf(mean / deviation)
    assert abs(energy.mean() - exact) < 4 * energy.std() / len(energy) ** 0.5


@pytest.mark.parametrize("direction", DIRECTIONS)
def test_small_changes_are_in_proportion_and_switch_nothing(direction, ensemble):
    drawn = ensemble(tau=0.5, depth=6, width=40, networks=20)
    small, twice = (
        residual_scaling.measure_perturbation(drawn, size=size, direction=direction)
        for size in (1e-9, 2e-9)
    )
    for name in ("change", "relative_change", "preactivation_change"):
        one, two = (getattr(each, name).per_network[:, 1:] for each in (small, twice))
        assert np.all(one > 0)
        np.testing.assert_allclose(two, 2 * one, rtol=1e-6)
    np.testing.assert_array_equal(small.changed_share.per_network[:, 1:-1], 0)


def test_a_radial_perturbation_of_one_layer_is_told_exactly(ensemble):
    # Of layer 1 from a unit start: g_1 - g_1^(0) = tau^2 omega h_0, whatever the weights.
    drawn = ensemble(tau=0.5, depth=2, width=20, start="dense", networks=10)
    found = residual_scaling.measure_perturbation(drawn, size=0.3, direction="radial", layer=1)
    np.testing.assert_allclose(found.preactivation_change.per_network, 0.5**2 * 0.3, rtol=1e-12)
    assert np.all(found.change.per_network <= 0.5**2 * 0.3)


def test_what_comes_back_to_life_is_told(ensemble):
    # One unit that dies at initialisation and lives with a radial perturbation added.
    drawn = ensemble(tau=2.0, depth=2, width=1, start="dense", networks=400)
    found = residual_scaling.measure_perturbation(drawn, size=100.0, direction="radial", layer=1)
    revived = found.changed_share.per_network == 1
    assert 0.2 < revived.mean() < 0.5  # P(1 + 2 z < 0) = 0.31
    assert np.all(found.change.per_network[revived] > 300)
    # From then on it goes by itself, and lives on with the probability P(1 + 2 z > 0) = 0.69.
    deep = ensemble(**{**vars(drawn), "depth": 3})
    later = residual_scaling.measure_perturbation(
        deep, size=100.0, direction="radial", layer=[1, 2]
    )
    revived = later.changed_share.per_network[:, 0] == 1
    assert 0.2 < revived.mean() < 0.5
    assert 0.5 < (later.change.per_network[revived, 1] > 0).mean() < 0.85


@pytest.mark.parametrize(("depth", "width"), [(4, 3), (2, 700), (40, 65)])
def test_network_k_depends_on_seed_and_k_alone(depth, width, ensemble):
    def tangents(drawn, **options):
        found = residual_scaling.measure_tangent(drawn, **options)
        return found.energy.per_network, found.log_norm.per_network

    def changes(drawn, **options):
        found = residual_scaling.measure_perturbation(
            drawn, size=0.5, direction="gaussian", **options
        )
        return [getattr(found, name).per_network for name in CHANGES]

    for measure in (tangents, changes):
        whole = measure(ensemble(depth=depth, width=width))
        for first, networks, chunk in ((0, 5, 2), (3, 2, None), (4, 1, 1)):
            drawn = ensemble(depth=depth, width=width, first_network=first, networks=networks)
            for part, of in zip(measure(drawn, chunk=chunk), whole, strict=True):
                np.testing.assert_array_equal(part, of[first : first + networks])


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"size": -1.0}, "size = -1.0: must be a number in "),
        ({"direction": "up"}, "direction = 'up': must be one of 'radial', 'signs', 'gaussian'"),
        ({"layer": 9}, "layer = 9: must be an integer in "),
    ],
)
def test_a_wrong_argument_is_named(options, complaint, ensemble):
    with pytest.raises(ValueError, match=f"^{complaint}"):
        residual_scaling.measure_perturbation(
            ensemble(), **{"size": 0.5, "direction": "radial", **options}
        )
