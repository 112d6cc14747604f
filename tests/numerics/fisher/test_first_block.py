import numpy as np
import pytest

from numerics import fisher
from numerics.fisher.coupled import coupled_spectrum
from numerics.fisher.networks import Draw, Ensemble, backward, draw, forward
from numerics.fisher.tangent_kernel import fisher_trace

SIZES = {
    "network": "batch_norm", "depth": 1, "width": 5, "samples": 7, "seed": 3, "device": "cpu"
}  # fmt: skip
NETWORKS = 4


def ensemble():
    return Ensemble(**SIZES, networks=NETWORKS)


def mean_over_last_weights(quantity, network):
    """The exact mean of a quadratic in W^1 over its N(0, 2/D) entries, by cubature.

    E q(W) = q(0) + (variance/2) tr q'' is the average of q over the 2 D^2 points
    +- sqrt(variance D^2) e_i, for every polynomial q of degree two.
    """
    drawn = draw(ensemble(), range(network, network + 1))
    width = drawn.weights.shape[-1]
    reach = (2 / width * width**2) ** 0.5
    values = []
    for entry in np.ndindex(width, width):
        for sign in (-1, 1):
            weights = drawn.weights.clone()
            weights[1] = 0
            weights[1][(0, *entry)] = sign * reach
            values.append(quantity(Draw(drawn.inputs, weights, drawn.survival)))
    return np.mean(values, axis=0)


def second_moments(drawn):
    passed = forward(ensemble(), drawn)
    errors = backward(ensemble(), drawn, passed)
    variances = passed.hidden.var(dim=2, correction=0).mean(dim=(1, 2))
    moments = [errors[0].square().mean(), passed.signals[1].square().mean()]
    return [*map(float, moments), *variances.tolist()]


def mean_eigenvalues(drawn):
    passed = forward(ensemble(), drawn)
    fixed = fisher_trace(passed.signals, backward(ensemble(), drawn, passed))
    coupled = coupled_spectrum(drawn, passed)["trace"]
    return [float(one) / ensemble().parameters for one in (fixed, coupled)]


@pytest.mark.parametrize("network", range(NETWORKS))
def test_moments_are_averaged_exactly_over_the_last_weights(network):
    ours = fisher.measure_first_block(ensemble())
    expected = mean_over_last_weights(second_moments, network)
    found = [
        ours.backward.per_network[network],
        ours.forward.per_network[network],
        *ours.variance.per_network[network],
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


@pytest.mark.parametrize("network", range(NETWORKS))
def test_mean_eigenvalues_are_averaged_exactly_over_the_last_weights(network):
    ours = fisher.measure_first_block(ensemble())
    expected = mean_over_last_weights(mean_eigenvalues, network)
    found = [
        ours.mean_eigenvalue.per_network[network],
        ours.mean_eigenvalue_coupled.per_network[network],
    ]
    np.testing.assert_allclose(found, expected, rtol=1e-12)


def test_network_k_depends_on_seed_and_k_alone():
    whole = fisher.measure_first_block(ensemble())
    part = fisher.measure_first_block(Ensemble(**SIZES, networks=1, first_network=2))
    for name in ("forward", "variance", "backward", "mean_eigenvalue", "mean_eigenvalue_coupled"):
        expected = getattr(whole, name).per_network[2:3]
        np.testing.assert_array_equal(getattr(part, name).per_network, expected)


def test_averaging_leaves_a_small_part_of_the_variance():
    sizes = {**SIZES, "width": 40, "samples": 40, "networks": 400, "seed": 0}
    averaged = fisher.measure_first_block(Ensemble(**sizes)).mean_eigenvalue.per_network
    sampled = fisher.measure_spectrum(**sizes, top=False).mean_eigenvalue.per_network
    # 1/D^2 against 1/D: about a fortieth.
    assert averaged.var() < sampled.var() / 10
    assert abs(averaged.mean() - sampled.mean()) <= 5 * sampled.std() / 400**0.5


@pytest.mark.parametrize("changes", [{"samples": 1}, {"width": 0}, {"networks": 0}])
def test_what_cannot_be_measured_is_named(changes):
    ((name, value),) = changes.items()
    with pytest.raises(ValueError, match=f"{name} = {value}"):
        fisher.measure_first_block(Ensemble(**{**SIZES, "networks": 2, **changes}))


def test_inputs_of_a_network_are_those_of_the_whole_spectrum():
    # E u^2 at layer 1 knows no W^1, so both measurements see the very same number.
    ours = fisher.measure_first_block(ensemble()).forward.per_network
    moments = fisher.measure_moments(ensemble())
    np.testing.assert_allclose(ours, moments.forward.per_network[:, 0], rtol=1e-12)
