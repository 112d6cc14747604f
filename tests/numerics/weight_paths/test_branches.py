"""Branches with batch norm, against modules of PyTorch."""

import numpy as np
import pytest
import torch
from torch import nn

from numerics import weight_paths
from numerics.weight_paths.branches import branch


def measured(**changes):
    sizes = {"depth": 56, "alpha": 0.75, "variance": 0.1, "networks": 6, "seed": 1}
    return weight_paths.measure_normalised_branches(**{**sizes, **changes})


def tensors():
    random = torch.Generator().manual_seed(1)
    shapes = (3, 4, 4, 4), (4, 4, 3, 3), (4, 4, 3, 3)
    return [torch.randn(one, generator=random, dtype=torch.float64)[None] for one in shapes]


def test_a_branch_is_that_of_modules_in_training():
    h, one, two = (one[0] for one in tensors())
    convolutions = [nn.utils.skip_init(nn.Conv2d, 4, 4, 3, padding=1, bias=False) for _ in "12"]
    for module, weight in zip(convolutions, (one, two), strict=True):
        module.weight.data = weight
    norms = [nn.BatchNorm2d(4, dtype=torch.float64) for _ in "12"]
    p = 0.3 * torch.relu(norms[0](convolutions[0](h)))
    q = 0.2 * norms[1](convolutions[1](p))
    found = branch(tensors(), 0.3, 0.2, eps=1e-5)[0]
    assert torch.allclose(found, q, rtol=1e-11, atol=0)


def test_a_branch_has_the_deviation_of_its_second_scale():
    np.testing.assert_allclose(measured().deviation.per_network, 56**-0.75, rtol=1e-12)
    found = measured(variance=1e-6).deviation_of_pytorch.per_network
    assert np.all(found < 0.1 * 56**-0.75)


def test_the_first_scale_changes_nothing_but_where_no_norm_follows():
    found = measured()
    assert found.change_by_first_scale.per_network.max() < 1e-12
    assert found.change_by_weights.per_network.max() < 1e-12
    h, one, two = tensors()
    bare = [branch([h, one, two], first, 1, normed=False) for first in (0.5, 1)]
    assert torch.allclose(bare[0], 0.5 * bare[1])


def test_the_second_scale_and_directions_of_weights_do_change_a_branch():
    h, one, two = tensors()
    q = branch([h, one, two], 0.3, 0.2)
    assert not torch.allclose(branch([h, one, two], 0.3, 0.1), q)
    assert not torch.allclose(branch([h, one, two.flip(1)], 0.3, 0.2), q)


def test_branch_k_depends_on_seed_and_k_alone():
    whole, part = vars(measured()), vars(measured(first_network=4, networks=2))
    for name, one in whole.items():
        np.testing.assert_array_equal(part[name].per_network, one.per_network[4:])


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        ({"depth": 0}, "depth = 0: must be an integer"),
        ({"alpha": 2}, "alpha = 2: must be a number in "),
        ({"variance": 0}, "variance = 0: must be a number in "),
    ],
)
def test_a_wrong_argument_is_named(options, complaint):
    with pytest.raises(ValueError, match=f"^{complaint}"):
        measured(**options)
