from dataclasses import replace

import numpy as np
import pytest
import torch

from numerics.simulation import keyed
from numerics.simulation.data import ImageSet
from numerics.weight_paths.images.classified import MODELS, Classified, inputs, measure_classified
from numerics.weight_paths.images.trends import measure_image_losses, measure_image_trends
from numerics.weight_paths.start import truncated_normals

DIGITS = ImageSet()


def by_autograd(of, seed, network):
    """Variation and loss of one network, a layer after another, by torch's gradients."""
    images, classes = inputs(of.image_set, of.samples)
    random = keyed.numpy_generator(seed=seed, network=network)
    into = random.uniform(-1, 1, (images.shape[1], of.dim)) / images.shape[1] ** 0.5
    out = random.uniform(-1, 1, (of.dim, 10)) / of.dim**0.5
    start = np.ones((of.depth, of.dim, of.dim))
    if of.model.endswith("t"):
        start = truncated_normals(random.random(start.shape))
    weights = torch.tensor(of.size * start, requires_grad=True)
    for _ in range(of.steps):
        hidden = torch.from_numpy(images).double() @ torch.from_numpy(into)
        for layer in weights:
            hidden = hidden + of.depth**-of.alpha * torch.tanh(hidden @ layer.T)
        said = hidden @ torch.from_numpy(out)
        loss = torch.nn.functional.cross_entropy(said, torch.from_numpy(classes))
        (slope,) = torch.autograd.grad(loss, weights)
        with torch.no_grad():
            weights -= of.rate * slope
    path = of.depth ** (1 - of.alpha) * weights.detach().numpy().reshape(of.depth, -1)
    return np.linalg.norm(np.diff(path, axis=0), axis=1).sum(), loss.item()


@pytest.mark.parametrize("model", ["CIFAR10-B11c", "CIFAR10-B22t", "CIFAR10-C21t"])
def test_networks_train_as_autograd_has_it(model):
    of = Classified(model=model, depth=6, image_set=DIGITS, samples=30, dim=4, dtype="float64")
    found = measure_classified(of, networks=2, seed=5, device="cpu")
    for k in range(2):
        variation, loss = by_autograd(of, 5, k)
        assert found.variation.per_network[k] == pytest.approx(variation, rel=1e-9)
        assert found.loss.per_network[k] == pytest.approx(loss, rel=1e-9)


@pytest.mark.parametrize(("model", "depth", "samples"), [("B31t", 32, 50), ("C11c", 9, 33)])
def test_a_network_is_the_same_to_the_bit_in_any_block(model, depth, samples):
    of = Classified(model=f"CIFAR10-{model}", depth=depth, image_set=DIGITS, samples=samples)
    whole = measure_classified(of, networks=5, seed=3, device="cpu")
    for k in range(5):
        alone = measure_classified(of, networks=1, first_network=k, seed=3, device="cpu")
        for name in ("variation", "variation_at_the_start", "loss"):
            (value,) = getattr(alone, name).per_network
            assert value == getattr(whole, name).per_network[k]


def test_constant_starts_have_no_variation_and_truncated_ones_that_of_their_law():
    for start, expected in (("c", 0.0), ("t", 5.7177 * 19 / 20)):
        of = Classified(model=f"CIFAR10-B12{start}", depth=20, image_set=DIGITS, samples=1)
        found = measure_classified(of, networks=8, seed=0, device="cpu")
        mean = found.variation_at_the_start.per_network.mean()
        assert mean == pytest.approx(expected, rel=0.02)


def test_the_rates_are_those_of_table_4_1():
    def rate(model, depth):
        return Classified(model=f"CIFAR10-{model}", depth=depth, image_set=DIGITS).rate

    assert rate("B11c", 100) == pytest.approx(100 * 100**0.025)
    assert rate("B21c", 100) == pytest.approx(20 * 100**0.25)
    assert rate("C12t", 100) == pytest.approx(100**-0.5)
    assert rate("B32c", 10_000) == pytest.approx(rate("B33c", 10_000))
    assert len(MODELS) == 22


def test_each_colour_has_mean_0_and_images_deviate_by_1_on_the_mean(tmp_path, write_cifar10):
    write_cifar10(tmp_path)
    images, classes = inputs(ImageSet(images="cifar10", folder=str(tmp_path)), 12)
    assert images.shape == (12, 3072)
    colours = images.reshape(12, 3, 1024)
    np.testing.assert_allclose(colours.mean(axis=(0, 2)), 0, atol=1e-5)
    np.testing.assert_allclose(colours.std(axis=2).mean(axis=0), 1, atol=1e-5)
    assert len(classes) == 12


def test_a_colour_that_is_the_same_everywhere_is_0_and_trains(monkeypatch):
    pixels = np.random.default_rng(0).random((12, 3, 4, 4)).astype(np.float32)
    pixels[:, 1] = 0.1
    monkeypatch.setattr(ImageSet, "load", lambda self, samples: (pixels, np.arange(12) % 10))
    of = Classified(model="CIFAR10-B22c", depth=4, image_set=ImageSet(digest="flat"), samples=12)
    images, _ = inputs(of.image_set, 12)
    colours = images.reshape(12, 3, 16)
    np.testing.assert_allclose(colours[:, 1], 0, atol=1e-6)
    np.testing.assert_allclose(colours.std(axis=2).mean(axis=0), [1, 0, 1], atol=1e-5)
    found = measure_classified(of, networks=2, seed=1, device="cpu")
    assert np.isfinite([one.per_network for one in vars(found).values()]).all()


def test_a_quarter_of_the_images_is_taken_unless_another_number_is_named():
    assert len(inputs(DIGITS, None)[1]) == len(DIGITS.load()[1]) // 4


def test_rows_of_trends_are_those_of_the_classes():
    run = {"depth": 32, "samples": 5, "networks": 2, "seed": 1, "device": "cpu"}
    trends = measure_image_trends(DIGITS, **run)
    fast = Classified(model="CIFAR10-B21c", depth=32, image_set=DIGITS, samples=5)
    deepest = Classified(model="CIFAR10-B11c", depth=32, image_set=DIGITS, samples=5)
    found = measure_classified(deepest, networks=2, seed=1, device="cpu")
    assert np.array_equal(
        trends.B11c_from_the_deepest.per_network[:, 0], found.variation.per_network
    )
    assert trends.C22_constant_then_truncated.per_network.shape == (2, 2)
    shallow = measure_classified(replace(fast, depth=2), networks=2, seed=1, device="cpu")
    middle = Classified(model="CIFAR10-B32c", depth=8, image_set=DIGITS, samples=5)
    slow = measure_classified(middle, networks=2, seed=1, device="cpu")
    for rows, first in (
        (trends.B21c_to_the_deepest, shallow),
        (trends.B32c_to_the_deepest, slow),
    ):
        assert np.array_equal(rows.per_network[:, 0], first.variation.per_network)
    losses = measure_image_losses(DIGITS, **run)
    found = measure_classified(fast, networks=2, seed=1, device="cpu")
    assert np.array_equal(losses.B21c_then_B22c.per_network[:, 0], found.loss.per_network)


def test_a_model_that_is_not_in_the_table_is_refused():
    with pytest.raises(ValueError, match=r"^model = 'CIFAR10-C13t': must be one of"):
        Classified(model="CIFAR10-C13t", depth=4, image_set=DIGITS)
