import numpy as np
import pytest
import torch

from numerics import learning_rate
from numerics.fisher import Ensemble, measure_spectrum
from numerics.fisher.differentiable import one_network, output
from numerics.learning_rate.descent import losses_of_descent

SIZES = {"depth": 2, "width": 6, "samples": 5, "seed": 2, "device": "cpu"}


def plain(**changes):
    return Ensemble(network="resnet", **{**SIZES, "networks": 3, **changes})


def eigenvalues(weights, inputs):
    """Those of F by autograd."""
    gradients = torch.func.jacrev(output)(weights, inputs).flatten(start_dim=1)
    return torch.linalg.eigvalsh(gradients @ gradients.T / len(inputs))


def test_they_are_those_of_the_trained_weights():
    rate, steps = 0.7, 3
    found = learning_rate.measure_trained_eigenvalues(plain(), rate=rate, steps=steps)
    weights, inputs = one_network(plain(), 0)
    targets = (inputs[:, 0] > 0).to(inputs)
    before = eigenvalues(weights, inputs)
    for _ in range(steps):
        slope = torch.func.grad(lambda w: (output(w, inputs) - targets).square().mean() / 2)
        weights = weights - rate / before[-1] * slope(weights)
    kept = eigenvalues(weights, inputs) / before
    assert found.top_kept.per_network[0] == pytest.approx(float(kept[-1]), rel=1e-9)
    assert found.bottom_kept.per_network[0] == pytest.approx(float(kept[0]), rel=1e-7)
    expected = [rate * float(kept[-1]), 2, rate]
    np.testing.assert_allclose(found.rate_times_top.per_network[0], expected, rtol=1e-9)


def test_a_pair_is_ordered_by_its_condition_numbers():
    found = learning_rate.measure_loss_by_condition(plain(first_network=1, networks=2), steps=4)
    for pair, row in zip((1, 2), found.per_network, strict=True):
        two = plain(first_network=2 * pair, networks=2)
        ends = np.array([eigenvalues(*one_network(two, 2 * pair + k))[[0, -1]] for k in (0, 1)])
        losses = losses_of_descent(two, 2 / ends.sum(axis=1)[:, None], steps=4)[:, 0]
        kept = losses[:, -1] / losses[:, 0]
        np.testing.assert_allclose(row, kept[np.argsort(ends[:, 1] / ends[:, 0])], rtol=1e-8)


def test_a_run_that_overflows_counts_as_one_whose_eigenvalues_grew():
    found = learning_rate.measure_trained_eigenvalues(plain(), rate=1e6, steps=60)
    assert (found.top_kept.per_network > 1e20).all()
    assert np.isfinite(found.rate_times_top.per_network).all()


def test_the_top_is_that_of_the_spectrum():
    found = learning_rate.measure_trained_eigenvalues(plain(), rate=0.0, steps=1)
    np.testing.assert_allclose(found.top_kept.per_network, 1, rtol=1e-12)
    assert measure_spectrum(**vars(plain())).top_eigenvalue is not None


@pytest.mark.parametrize(
    ("changes", "told"),
    [
        ({"network": "batch_norm"}, "network = 'batch_norm': must be one of 'resnet'"),
        ({"samples": 200}, r"samples = 200: must be an integer in \[1, 108\]"),
    ],
)
def test_other_networks_are_refused(changes, told):
    asked = Ensemble(**{"network": "resnet", **SIZES, "networks": 1, **changes})
    with pytest.raises(ValueError, match=f"^{told}"):
        learning_rate.measure_loss_by_condition(asked, steps=1)
