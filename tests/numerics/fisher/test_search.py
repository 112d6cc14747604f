"""Search for extreme eigenvalues of the Fisher information over the inputs."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings, target
from hypothesis import strategies as st

from numerics.fisher.differentiable import one_network, output
from numerics.fisher.networks import Ensemble
from numerics.fisher.search import eigenvalue_ratio, measure_extreme_eigenvalues

SIZES = {"network": "resnet", "depth": 2, "width": 2, "samples": 3, "seed": 4}


def plain(depth):
    return Ensemble(network="resnet", depth=depth, width=3, samples=4, networks=2, seed=2)


@pytest.mark.parametrize("depth", [1, 2, 3])
def test_the_ratio_is_that_of_the_jacobian_by_autograd(depth):
    weights, inputs = one_network(plain(depth), 1)
    jacobian = torch.func.jacrev(output)(weights, inputs).flatten(start_dim=1)
    eigenvalues = torch.linalg.eigvalsh(jacobian.T @ jacobian / 4)
    expected = eigenvalues[-1] / eigenvalues.mean()
    torch.testing.assert_close(eigenvalue_ratio(weights, inputs), expected, rtol=1e-10, atol=0)


def test_the_ratio_is_differentiable_in_the_inputs():
    weights, inputs = one_network(plain(2), 1)
    inputs.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: eigenvalue_ratio(weights, x), inputs)


def test_the_search_goes_beyond_its_start_and_reaches_the_upper_bound():
    searched = Ensemble(**SIZES, networks=8)
    found = measure_extreme_eigenvalues(searched)
    starts = [float(eigenvalue_ratio(*one_network(searched, k))) for k in range(8)]
    parameters = 3 * 2**2
    assert np.all(found.least.per_network <= starts)
    assert np.all(found.greatest.per_network >= starts)
    assert found.greatest.per_network.max() == pytest.approx(parameters, rel=1e-6)


def test_a_network_is_the_same_in_whatever_range_it_is_searched():
    whole = measure_extreme_eigenvalues(Ensemble(**SIZES, networks=4))
    part = measure_extreme_eigenvalues(Ensemble(**SIZES, networks=2, first_network=2))
    np.testing.assert_array_equal(whole.least.per_network[2:], part.least.per_network)
    np.testing.assert_array_equal(whole.greatest.per_network[2:], part.greatest.per_network)


coordinates = st.floats(-4, 4, allow_subnormal=False).filter(lambda x: abs(x) > 1e-3)


@settings(derandomize=True, database=None, deadline=None, max_examples=60)
@given(inputs=st.lists(coordinates, min_size=6, max_size=6), network=st.integers(0, 20))
def test_no_input_that_is_aimed_at_the_bounds_breaks_them(inputs, network):
    weights, _ = one_network(Ensemble(**SIZES, networks=1), network)
    points = torch.tensor(inputs, dtype=torch.float64).view(3, 2)
    ratio = float(eigenvalue_ratio(weights, points))
    target(ratio)
    assert 1 - 1e-12 <= ratio <= 12 * (1 + 1e-12)


@pytest.mark.parametrize(("name", "value"), [("width", 0), ("networks", 0), ("seed", -1)])
def test_an_argument_that_makes_no_search_is_named(name, value):
    with pytest.raises(ValueError, match=f"{name} = {value}"):
        measure_extreme_eigenvalues(Ensemble(**{**SIZES, "networks": 1, name: value}))
