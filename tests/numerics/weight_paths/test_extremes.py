"""Searches against networks written out, and against what is known of their extremes."""

import math

import numpy as np
import pytest
import torch

from numerics import weight_paths
from numerics.weight_paths import extremes


@pytest.fixture
def search():
    def made(**changes):
        sizes = {"depth": 4, "dim": 2, "strength": 0.6, "alpha": 0.75, "networks": 5, "seed": 1}
        return weight_paths.Search(**{**sizes, **changes})

    return made


def values(found):
    return {name: one.per_network for name, one in vars(found).items()}


MEASURES = (
    weight_paths.measure_extreme_layers,
    weight_paths.measure_extreme_jacobians,
    weight_paths.measure_extreme_gradients,
)


def test_passes_are_those_of_automatic_differentiation():
    numbers = torch.Generator().manual_seed(1)
    weights = torch.randn(3, 4, 2, 2, generator=numbers, dtype=torch.float64)
    x = torch.randn(3, 2, generator=numbers, dtype=torch.float64)
    delta = 0.3

    def output(one, start, first=0):
        h = start
        for weight in one[first:]:
            h = h + delta * torch.tanh(weight @ h)
        return h

    layers, slopes = extremes._layers(weights, x, delta)
    whole, above = extremes._jacobians(weights, x, delta)
    for k in range(3):
        torch.testing.assert_close(layers[-1][k], output(weights[k], x[k]))
        torch.testing.assert_close(slopes[0][k], 1 - torch.tanh(weights[k, 0] @ x[k]) ** 2)
        exact = torch.autograd.functional.jacobian(lambda s, k=k: output(weights[k], s), x[k])
        torch.testing.assert_close(whole[k], exact)
        exact = torch.autograd.functional.jacobian(
            lambda s, k=k: output(weights[k], s, first=1), layers[1][k]
        )
        torch.testing.assert_close(above[k], exact)


def test_of_one_unit_searches_find_the_extremes(search):
    found = values(weight_paths.measure_extreme_layers(search(dim=1, networks=60)))
    y = 0.6 / 4
    assert found["growth"].max() == pytest.approx((1 + y) ** 4, rel=1e-4)
    assert found["shrinkage"].min() == pytest.approx((1 - y) ** 4, rel=1e-4)
    assert found["squared_change"].max() == pytest.approx((2 * y + y**2) ** 2, rel=1e-4)
    found = values(weight_paths.measure_extreme_jacobians(search(dim=1, networks=60)))
    assert found["jacobian"].max() == pytest.approx((1 + y) ** 4, rel=1e-4)


def test_searches_climb(search):
    # Of many units random weights hardly grow a layer; a search finds the direction that they do.
    at = search(dim=3, depth=8, networks=30)
    found = values(weight_paths.measure_extreme_jacobians(at))
    y = 0.6 / 8
    assert found["spectral_jacobian"].max() > 1 + 0.9 * ((1 + y) ** 8 - 1)
    assert np.all(found["spectral_jacobian"] <= found["jacobian"] * (1 + 1e-12))
    factor = values(weight_paths.measure_extreme_gradients(at))["factor"]
    assert 0.5 < factor.max() <= 1


def test_the_gradient_at_the_start_of_a_search_is_that_of_the_loss(search, monkeypatch):
    monkeypatch.setattr(extremes, "_STEPS", 0)
    at = search(networks=3)
    found = values(weight_paths.measure_extreme_gradients(at))["factor"]
    sample = at.vector(), at.vector(1.0)
    drawn = extremes._drawn(1, range(3), at.weights(), *sample, *sample)
    for k, factor in enumerate(found):
        weights, *samples = (one.values[k].clone() for one in drawn)
        weights.requires_grad_()
        loss, norms = 0.0, []
        for x, g in (samples[:2], samples[2:]):
            h = x
            for layer, weight in enumerate(weights):
                h = h + at.delta * torch.tanh(weight @ h)
                if layer == 0:
                    first = h
            loss = loss + g @ h / 2  # of gradient g by what the network says
            rows = [torch.autograd.grad(one, first, retain_graph=True)[0] for one in h]
            norms.append(torch.stack(rows).norm() * x.norm())
        (gradient,) = torch.autograd.grad(loss, weights)
        expected = gradient[0].norm() / (at.delta * max(norms))
        assert factor == pytest.approx(float(expected), rel=1e-12)


def increments(**changes):
    sizes = {"dim": 1, "scale": 0.5, "first_norm": 0.3, "norm": 0.7, "input_norm": 0.2}
    return weight_paths.measure_extreme_increments(
        **{**sizes, "networks": 40, "seed": 1, **changes}
    )


def test_of_one_unit_the_difference_is_the_greater_of_two():
    delta, a, b, r = 0.5, 0.3, 0.7, 0.2

    def difference(first, second):
        below = r + delta * math.tanh(first * r)
        slope = 1 - math.tanh(second * below) ** 2
        of_first = delta * (1 - math.tanh(first * r) ** 2) * r * (1 + delta * slope * second)
        return abs(delta * slope * below - of_first)

    found = values(increments())
    exact = {
        (s, t): difference(s * a, t * b) for s in (1, -1) for t in (1, -1)
    }  # of either sign of the weights
    assert found["difference"].max() == pytest.approx(max(exact.values()), rel=1e-9)
    bound = {
        (s, t): delta * r**2 * abs(t * b - s * a) + delta**2 * r * (a * b * r + a + b)
        for s, t in exact
    }
    expected = max(exact[one] / bound[one] for one in exact)
    assert found["over_bound"].max() == pytest.approx(expected, rel=1e-9)


def test_without_first_weights_the_difference_is_found_all_the_same():
    found = values(increments(first_norm=0.0, dim=3))
    assert np.all(found["difference"] > 0)
    assert np.all(found["over_bound"] <= 1)


@pytest.mark.parametrize("measure", MEASURES)
def test_search_k_depends_on_seed_and_k_alone(measure, search):
    whole = values(measure(search()))
    part = values(measure(search(first_network=3, networks=2)))
    for name, one in part.items():
        np.testing.assert_array_equal(one, whole[name][3:])
    other = values(measure(search(seed=2)))
    assert all(np.all(one != whole[name]) for name, one in other.items())


def test_search_k_of_increments_depends_on_seed_and_k_alone():
    whole, part = values(increments(dim=2)), values(increments(dim=2, first_network=38, networks=2))
    for name, one in part.items():
        np.testing.assert_array_equal(one, whole[name][38:])


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"depth": 0}, "depth = 0: must be an integer"),
        ({"dim": 0}, "dim = 0: must be an integer"),
        ({"strength": 0}, "strength = 0: must be a number in "),
        ({"alpha": 1.5}, "alpha = 1.5: must be a number in "),
    ],
)
def test_a_wrong_size_is_named(options, complaint, search):
    with pytest.raises(ValueError, match=f"^{complaint}"):
        search(**options)


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"scale": 0.0}, "scale = 0.0: must be a number in "),
        ({"norm": -1.0}, "norm = -1.0: must be a number in "),
        ({"first_norm": -1.0}, "first_norm = -1.0: must be a number in "),
        ({"input_norm": 0.0}, "input_norm = 0.0: must be a number in "),
    ],
)
def test_a_wrong_norm_is_named(options, complaint):
    with pytest.raises(ValueError, match=f"^{complaint}"):
        increments(**options)
