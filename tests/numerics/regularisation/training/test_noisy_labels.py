"""Digits 0 and 1 with labels of which many are random."""

import numpy as np
import pytest
import torch

from numerics.regularisation import (
    NoisyLabels,
    measure_latent_path,
    measure_noisy_course,
    measure_noisy_orders,
)
from numerics.regularisation.training import noisy_labels as training
from numerics.regularisation.training.descent import REGULARISERS, Runs
from numerics.regularisation.training.latent_path import FARTHEST, POINTS, latent_path
from numerics.regularisation.training.noisy_labels import (
    _descend,
    _high_frequencies,
    _spectra,
    logistic,
    noisy_labels,
)
from numerics.regularisation.training.zeros_and_ones import zeros_and_ones
from numerics.simulation.data import ImageSet

DIGITS = ImageSet()
TINY = NoisyLabels(image_set=DIGITS, samples=40, width=5, epochs=6, learning_rate=0.01)


def course(noisy, epoch, *, step=0, frequency=0, **run):
    places = {"epoch": [epoch] * 4, "step": [step] * 4, "frequency": [frequency] * 4}
    run = {"networks": 3, "seed": 2, **run}
    return measure_noisy_course(noisy, regulariser=REGULARISERS, **places, **run)


def along_the_path(noisy, **run):
    """Outputs and coefficients after all epochs, each of (networks, regularisers, places)."""
    places = [(one, step) for one in REGULARISERS for step in range(POINTS)]
    found = measure_noisy_course(
        noisy,
        regulariser=[one for one, _ in places],
        epoch=[noisy.epochs] * len(places),
        step=[step for _, step in places],
        frequency=[min(step, POINTS // 2) for _, step in places],
        **{"networks": 3, "seed": 2, **run},
    )
    both = found.output.per_network, found.coefficient.per_network
    outputs, coefficients = (one.reshape(-1, 4, POINTS) for one in both)
    return outputs, coefficients[..., : POINTS // 2 + 1]


def test_images_to_train_and_to_test_on_are_zeros_and_ones_and_no_two_alike():
    images, labels = zeros_and_ones(DIGITS, 180)
    assert [len(one) for one in (*images, *labels)] == [180] * 4
    assert all(0.4 < one.mean() < 0.6 and set(one) == {0.0, 1.0} for one in labels)
    assert len(np.unique(np.concatenate(images), axis=0)) == 360
    ink = [images[0][labels[0] == digit].reshape(-1, 8, 8)[:, 3:5, 3:5].mean() for digit in (0, 1)]
    assert ink[0] < 0.3 < 0.7 < ink[1]  # a zero is hollow


def test_the_latent_path_goes_from_one_digit_to_the_other_in_small_steps():
    path = latent_path(DIGITS, 180)
    assert path.shape == (POINTS, 64)
    assert FARTHEST == 2
    middle = path.reshape(-1, 8, 8)[:, 3:5, 3:5].mean(axis=(1, 2))
    assert sorted([middle[0] > 0.5, middle[-1] > 0.5]) == [False, True]
    assert np.abs(np.diff(path, axis=0)).max() < 0.2


def test_high_frequencies_are_those_of_five_periods_and_more():
    places = np.arange(POINTS) / POINTS
    waves = [np.cos(2 * np.pi * k * places) + 3 * np.cos(2 * np.pi * places) for k in (4, 5, 50)]
    found = _high_frequencies(_spectra(np.stack(waves)))
    np.testing.assert_allclose(found, [0, 0.1, 2 / 11], atol=1e-12)


def test_the_mean_of_outputs_is_no_frequency_among_others():
    wave = np.cos(2 * np.pi * 5 * np.arange(POINTS) / POINTS)
    rising = np.linspace(0, 1, POINTS)
    found = _high_frequencies(_spectra(np.stack([wave, wave + 7, rising, rising + 7])))
    np.testing.assert_allclose(found[:2], 1, rtol=1e-12)
    np.testing.assert_allclose(found[2], found[3], rtol=1e-9)


def test_outputs_that_differ_by_rounding_have_no_high_frequencies():
    alike = np.full(POINTS, 0.3) + np.random.default_rng(1).uniform(-3e-8, 3e-8, POINTS)
    assert _high_frequencies(_spectra(np.stack([alike, np.full(POINTS, 0.3)]))).tolist() == [0, 0]


def test_outputs_along_the_path_are_those_of_the_trained_networks(monkeypatch):
    trained = []

    class Kept(Runs):
        def __init__(self, *given):
            super().__init__(*given)
            trained.append(self)

    monkeypatch.setattr(training, "Runs", Kept)
    outputs, _ = along_the_path(TINY)
    (runs,) = trained
    values = torch.from_numpy(16 * latent_path(DIGITS, TINY.samples)).expand(12, -1, -1)
    for number, (weight, bias) in enumerate(zip(runs.weights, runs.biases, strict=True)):
        values = torch.baddbmm(
            bias.double(), values if not number else values.relu(), weight.mT.double()
        )
    expected = values[..., 0].sigmoid().reshape(4, 3, POINTS).transpose(0, 1)
    np.testing.assert_allclose(outputs, expected, rtol=1e-4, atol=1e-6)
    assert np.ptp(outputs, axis=1).max() > 0.001  # regularisers part


def test_coefficients_along_the_path_are_sums_over_it_and_their_squares_add_up_to_one():
    outputs, coefficients = along_the_path(TINY)
    both_signs = np.concatenate([coefficients, coefficients[..., 1:-1]], axis=-1)
    np.testing.assert_allclose((both_signs**2).sum(axis=-1), 1, rtol=1e-12)
    frequencies = np.arange(POINTS // 2 + 1)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(POINTS), frequencies) / POINTS)
    sums = np.abs(outputs @ waves)
    ratios = coefficients / sums
    np.testing.assert_allclose(ratios, ratios[..., :1] + 0 * ratios, rtol=1e-6)
    high = (coefficients[..., 5:] ** 2).sum(axis=-1) + (coefficients[..., 5:-1] ** 2).sum(axis=-1)
    seen = course(TINY, TINY.epochs).high_frequencies.per_network
    np.testing.assert_allclose(seen, high / (1 - coefficients[..., 0] ** 2), rtol=1e-6)


def test_the_path_is_the_same_for_every_network_that_looks_at_it():
    steps, pixels = [0, 99, 40], [63, 2, 27]
    found = measure_latent_path(DIGITS, step=steps, pixel=pixels, networks=2, samples=40)
    expected = latent_path(DIGITS, 40)[steps, pixels]
    np.testing.assert_array_equal(found.per_network, [expected, expected])


def test_a_third_of_the_labels_are_wrong():
    labels = np.tile([0.0, 1.0], 5000)
    wrong = noisy_labels(labels, 0.65, np.random.default_rng(0)) != labels
    assert wrong.mean() == pytest.approx(0.325, abs=0.02)
    assert wrong[::2].mean() == pytest.approx(wrong[1::2].mean(), abs=0.03)
    assert (noisy_labels(labels, 0.0, np.random.default_rng(0)) == labels).all()


def test_a_network_is_the_same_whatever_is_drawn_beside_it():
    together = measure_noisy_orders(TINY, networks=5, seed=3)
    for name, found in vars(together).items():
        alone = [
            vars(measure_noisy_orders(TINY, networks=1, seed=3, first_network=k))[name].per_network
            for k in range(5)
        ]
        np.testing.assert_array_equal(found.per_network, np.concatenate(alone))
    alone = [along_the_path(TINY, networks=1, first_network=k) for k in range(3)]
    for whole, one in zip(along_the_path(TINY), zip(*alone, strict=True), strict=True):
        np.testing.assert_array_equal(whole, np.concatenate(one))


def test_thelogistic_is_bounded_and_does_not_hang_on_its_place():
    values = torch.linspace(-200, 200, 1001)
    torch.testing.assert_close(logistic(values), values.sigmoid())
    assert torch.equal(logistic(values)[7:], logistic(values[7:]))


def test_an_epoch_is_that_of_autograd_on_mini_batches():
    like = torch.empty(0, dtype=torch.float64)
    runs = Runs((4, 3, 1), range(2), 0, (0.0, 0.0, 0.0, 0.0), like)
    random = np.random.default_rng(1)
    pixels = torch.from_numpy(random.random((40, 4)))
    targets = runs.of_all(random.integers(0, 2, (2, 40, 1)).astype(float))
    orders = np.stack([random.permutation(40) for _ in range(2)])
    theirs = [
        [one[1].clone().requires_grad_() for one in ones] for ones in (runs.weights, runs.biases)
    ]
    optimiser = torch.optim.SGD([*theirs[0], *theirs[1]], lr=0.1)
    with torch.inference_mode():
        _descend(runs, pixels, targets.clone(), torch.from_numpy(orders), 0.1)
    for batch in (orders[1][:32], orders[1][32:]):
        optimiser.zero_grad()
        hidden = torch.relu(pixels[batch] @ theirs[0][0].T + theirs[1][0])
        outputs = hidden @ theirs[0][1].T + theirs[1][1]
        loss = torch.nn.functional.binary_cross_entropy_with_logits
        loss(outputs, targets[1][batch]).backward()
        optimiser.step()
    for weight, mine in zip(theirs[0] + theirs[1], runs.weights + runs.biases, strict=True):
        torch.testing.assert_close(mine[1], weight.detach(), rtol=1e-8, atol=1e-10)


def test_without_noise_digits_are_learnt_and_no_label_is_wrong():
    clean = NoisyLabels(image_set=DIGITS, share=0.0, epochs=30, learning_rate=0.003)
    found = course(clean, 30)
    assert (found.test_accuracy.per_network > 0.9).all()
    assert (found.wrong_labels_fitted.per_network == 0).all()


def test_right_and_wrong_labels_make_up_the_training_accuracy():
    noisy = NoisyLabels(image_set=DIGITS, samples=60, share=1.0, width=5, epochs=2)
    start, later = course(noisy, 0), course(noisy, 2)
    told = start.training_accuracy.per_network
    assert (told == told[:, :1]).all()
    assert np.abs(later.training_accuracy.per_network - 0.5).max() < 0.3


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"samples": 1}, "samples = 1"),
        ({"share": 1.5}, "share = 1.5"),
        ({"hidden": 0}, "hidden = 0"),
        ({"epochs": 0}, "epochs = 0"),
        ({"brightest": -1}, "brightest = -1"),
        ({"path": 2}, "path = 2"),
    ],
)
def test_what_is_not_allowed_is_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        NoisyLabels(image_set=DIGITS, **wrong)


def test_places_and_samples_are_checked():
    with pytest.raises(ValueError, match="epoch = 7"):
        course(TINY, 7)
    with pytest.raises(ValueError, match="step = 100"):
        course(TINY, 0, step=100)
    with pytest.raises(ValueError, match="frequency = 51"):
        course(TINY, 0, frequency=51)
    for wrong in ({"step": [-1], "pixel": [0]}, {"step": [0], "pixel": [64]}):
        with pytest.raises(ValueError, match=r"step = -1|pixel = 64"):
            measure_latent_path(DIGITS, **wrong, networks=1, samples=40)
    with pytest.raises(ValueError, match="samples = 181: must be at most 180"):
        course(NoisyLabels(image_set=DIGITS, samples=181), 0)


SEQUENCE = "must be a sequence of at least one value"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"regulariser": "none"}, f"regulariser = 'none': {SEQUENCE}"),
        ({"epoch": 0}, f"epoch = 0: {SEQUENCE}"),
        ({"epoch": []}, rf"epoch = \[\]: {SEQUENCE}"),
        ({"step": 0}, f"step = 0: {SEQUENCE}"),
        ({"frequency": None}, f"frequency = None: {SEQUENCE}"),
        ({"step": [0, 1]}, "epoch of 1, step of 2, frequency of 1: must be as long as one another"),
    ],
)
def test_places_are_sequences_of_one_length(wrong, message):
    places = {"regulariser": ["none"], "epoch": [0], "step": [0], "frequency": [1]}
    with pytest.raises((TypeError, ValueError), match=message):
        measure_noisy_course(TINY, **places | wrong, networks=1, seed=0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"step": 0}, f"step = 0: {SEQUENCE}"),
        ({"pixel": 0}, f"pixel = 0: {SEQUENCE}"),
        ({"pixel": [0, 1]}, "step of 1, pixel of 2: must be as long as one another"),
        ({"networks": 2**64}, r"networks = \d+: must be an integer in \[1, 4294967296\]"),
        ({"image_set": 3}, "image_set = 3: must be of class ImageSet"),
    ],
)
def test_places_of_the_path_are_sequences_of_one_length(wrong, message):
    asked = {"image_set": DIGITS, "step": [0], "pixel": [0], "networks": 1, "samples": 40}
    with pytest.raises((TypeError, ValueError), match=message):
        measure_latent_path(**asked | wrong)


def test_labels_are_of_a_set_of_images():
    with pytest.raises(TypeError, match="image_set = 3: must be of class ImageSet"):
        NoisyLabels(image_set=3)


def test_what_is_not_noisy_labels_is_named():
    with pytest.raises(TypeError, match=r"^noisy = 3: must be of class NoisyLabels"):
        measure_noisy_orders(3, networks=1, seed=0)
