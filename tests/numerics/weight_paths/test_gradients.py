"""Searches for the least gradients of the cross-entropy, against automatic differentiation."""

import numpy as np
import pytest
import torch

from numerics import weight_paths
from numerics.weight_paths.gradients import gradients


def measured(**changes):
    sizes = {"classes": 10, "batch_size": 16, "networks": 40, "seed": 1}
    found = weight_paths.measure_output_gradients(**{**sizes, **changes})
    return [one.per_network for one in vars(found).values()]


def test_gradients_are_those_of_pytorch():
    random = np.random.default_rng(1)
    logits, labels = random.normal(0, 2, (6, 5)), random.integers(0, 5, (1, 6))
    for ours, reduction in zip(gradients(logits, labels), ("sum", "mean"), strict=True):
        outputs = torch.tensor(logits, requires_grad=True)
        target = torch.tensor(labels[0])
        torch.nn.CrossEntropyLoss(reduction=reduction)(outputs, target).backward()
        np.testing.assert_allclose(ours[0], outputs.grad, rtol=1e-12, atol=1e-15)


def test_searches_find_the_infima():
    of_losses, of_mean_loss, of_wrong = measured()
    for found, least in ((of_losses, 0.9), (of_mean_loss, 0.9 / 256), (of_wrong, 0.5)):
        assert np.all(found >= least * (1 - 1e-12))
        assert found.min() == pytest.approx(least, rel=1e-3)


def test_search_k_depends_on_seed_and_k_alone():
    for one, part in zip(measured(), measured(first_network=37, networks=3), strict=True):
        np.testing.assert_array_equal(part, one[37:])


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"classes": 1}, "classes = 1: must be an integer"),
        ({"batch_size": 0}, "batch_size = 0: must be an integer"),
    ],
)
def test_a_wrong_argument_is_named(options, complaint):
    with pytest.raises(ValueError, match=f"^{complaint}"):
        measured(**options)
