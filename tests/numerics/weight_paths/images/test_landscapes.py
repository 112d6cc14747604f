import numpy as np
import pytest
import torch

from numerics.simulation import keyed
from numerics.simulation.data import ImageSet
from numerics.weight_paths.images import landscapes
from numerics.weight_paths.images.classified import inputs
from numerics.weight_paths.images.landscapes import Learning, measure_convexity, measure_landscape
from numerics.weight_paths.start import truncated_normals

LEARNING = Learning(image_set=ImageSet(), samples=6, rate=0.3, steps=4)
RUN = {"networks": 1, "seed": 2, "first_network": 1, "device": "cpu"}


def loss(weights, starts, out, classes, skips):
    hidden = starts
    for layer in weights:
        branch = torch.tanh(hidden @ layer.T)
        hidden = hidden + 20**-0.7 * branch if skips else branch
    return torch.nn.functional.cross_entropy(hidden @ out, classes)


def by_autograd(skips, places):
    """Losses of one network about its trained weights, in double precision."""
    random = keyed.numpy_generator(seed=2, network=1)
    images, classes = inputs(ImageSet(), 6)
    into = random.uniform(-1, 1, (64, 50)) / 8
    out = torch.from_numpy(random.uniform(-1, 1, (50, 10)) / 50**0.5)
    size = 20 ** (-0.3 - 1 / 2) / 2 if skips else 20**-0.01 / 2
    start = size * truncated_normals(random.random((20, 50, 50)))
    task = (torch.from_numpy(images @ into), out, torch.from_numpy(classes), skips)
    weights = torch.tensor(start, requires_grad=True)
    for _ in range(4):
        (slope,) = torch.autograd.grad(loss(weights, *task), weights)
        weights = (weights - 0.3 * slope).detach().requires_grad_()
    weights = weights.detach()
    directions = torch.from_numpy(random.standard_normal((2, 20, 50, 50)))
    directions *= weights.norm(dim=2, keepdim=True) / directions.norm(dim=3, keepdim=True)
    x, y = directions
    return [float(loss(weights + a * x + b * y, *task)) for a, b in places]


@pytest.mark.parametrize("skips", [True, False])
def test_a_landscape_is_that_of_autograd_and_filter_normalised_directions(skips):
    found = measure_landscape(LEARNING, skips=skips, reach=0.5, side=3, place=(0, 4, 5, 7), **RUN)
    expected = by_autograd(skips, [(-0.5, -0.5), (0, 0), (0.5, 0), (0, 0.5)])
    np.testing.assert_allclose(found.per_network[0], expected, rtol=1e-8)


def test_the_loss_at_the_middle_is_that_after_training():
    lines = measure_convexity(LEARNING, lines=2, reach=1.0, points=5, **RUN)
    (after,) = measure_landscape(
        LEARNING, skips=True, reach=1.0, side=3, place=4, **RUN
    ).per_network
    assert lines.loss_with_skips_then_without.per_network[0, 0] == pytest.approx(after[0], rel=1e-9)
    assert np.array_equal(
        lines.loss_without_skips_then_with.per_network,
        lines.loss_with_skips_then_without.per_network[:, ::-1],
    )


def test_the_share_is_that_of_positive_second_differences(monkeypatch):
    bent = np.array([[0.0, 1.0, 4.0, 9.0, 10.0], [0.0, 0.0, 0.0, 1.0, 3.0]])
    monkeypatch.setattr(landscapes, "_along", lambda *_: bent)
    found = measure_convexity(LEARNING, lines=2, reach=1.0, points=5, **RUN)
    assert found.convex_share_without_skips_then_with.per_network.tolist() == [[4 / 6, 4 / 6]]


def test_a_network_is_the_same_in_any_block():
    whole = measure_convexity(
        LEARNING, lines=1, reach=1.0, points=5, networks=3, seed=2, device="cpu"
    )
    alone = measure_convexity(LEARNING, lines=1, reach=1.0, points=5, **RUN)
    for name, one in vars(alone).items():
        assert np.array_equal(one.per_network[0], getattr(whole, name).per_network[1])


def test_places_off_the_grid_are_refused():
    with pytest.raises(ValueError, match=r"^place = 9: must be an integer in \[0, 8\]$"):
        measure_landscape(LEARNING, skips=True, reach=1.0, side=3, place=9, **RUN)
