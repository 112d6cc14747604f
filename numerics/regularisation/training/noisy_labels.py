"""Perceptrons that learn zeros and ones of which many are labelled at random (Furusho 2020, 3.3.2).

Of the images of the digits 0 and 1 the first N are trained on and the next N tested on. A share of
the labels is drawn anew, 0 or 1 alike; the loss is the cross-entropy of a logistic unit, and each
epoch goes once through all images, in mini-batches of 32 and an order drawn anew.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from numerics.measurement import Measurement, measurements
from numerics.regularisation.training.descent import REGULARISERS, Runs
from numerics.regularisation.training.latent_path import POINTS, latent_path
from numerics.regularisation.training.zeros_and_ones import zeros_and_ones
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import in_chunks
from numerics.simulation.data import ImageSet
from numerics.simulation.device import resolved_device
from numerics.simulation.products import aligned_copy

Numbers = NDArray[np.float64]

HIGH = 5
"""The least frequency of the latent path that counts as high; its one period is the whole path."""

ROUNDING = 1e-12
"""Below this share of squares outputs differ by their rounding, 1e-7 of each in float32."""

_BATCH = 32
_AT_ONCE = 2**21  # numbers of the inputs of all runs trained at once; 8 MiB


@dataclass(frozen=True, kw_only=True)
class NoisyLabels:
    """What is trained, and how.

    Attributes:
        image_set: of its zeros and ones.
        samples: N >= 2 images to train on, and as many to test on.
        share: in [0, 1], of labels drawn anew; 0.65 in the paper.
        hidden: hidden layers >= 1; 3 in the paper.
        width: units >= 1 of each; 20 in the paper.
        epochs: >= 1; the paper does not say how many.
        learning_rate: in [0, 1]; 0.001 in the paper.
        brightest: value of the brightest pixel, in [0, 1000], of which the paper says nothing; 16
            in the files of its digits.
        weight_decay, sparsity, path: C in [0, 1] of the norms of Frobenius, of absolute entries,
            and of paths; 0.1, 0.01 and 0.0003 in the paper.

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    image_set: ImageSet
    samples: int = 180
    share: float = 0.65
    hidden: int = 3
    width: int = 20
    epochs: int = 600
    learning_rate: float = 0.001
    brightest: float = 16.0
    weight_decay: float = 0.1
    sparsity: float = 0.01
    path: float = 0.0003

    def __post_init__(self) -> None:
        arguments.instance("image_set", self.image_set, ImageSet)
        arguments.integer("samples", self.samples, minimum=2)
        for name in ("hidden", "width", "epochs"):
            arguments.integer(name, getattr(self, name), minimum=1)
        for name in ("share", "learning_rate", "weight_decay", "sparsity", "path"):
            arguments.real(name, getattr(self, name), minimum=0, maximum=1)
        arguments.real("brightest", self.brightest, minimum=0, maximum=1000)

    @property
    def coefficients(self) -> tuple[float, ...]:
        """C of each regulariser."""
        return 0.0, self.weight_decay, self.sparsity, self.path


@dataclass(frozen=True, kw_only=True)
class NoisyCourse:
    """What runs are like in the course of training, (networks, columns): one for each place asked.

    Attributes:
        training_accuracy: share of the labels trained on that are told, the random ones too.
        wrong_labels_fitted: the same of those labels that are wrong.
        test_accuracy: share of true labels told of images that were not trained on.
        high_frequencies: share of the square of the outputs' transform along the latent path, but
            for that of their mean, that lies at frequencies of 5 and more (see ``latent_path``); 0
            of outputs that are alike.
        output: sigma(f(x(z))), the chance of a one, at an image of the latent path.
        coefficient: size of the outputs' transform along the latent path at a frequency, over the
            root of the sum of all its squares, as in Fig 12.
    """

    training_accuracy: Measurement
    wrong_labels_fitted: Measurement
    test_accuracy: Measurement
    high_frequencies: Measurement
    output: Measurement
    coefficient: Measurement


@dataclass(frozen=True, kw_only=True)
class NoisyOrders:
    """Rows to be ranked, one a network, shape (networks, 2), after all epochs.

    Attributes:
        wrong_labels_under_weight_decay_and_none: fitted, as a share; and the next two likewise.
        test_accuracy_under_none_and_weight_decay: of true labels; and the next two likewise.
        high_frequencies_under_weight_decay_and_none: share of the spectrum along the latent path;
            and the next two likewise.
    """

    wrong_labels_under_weight_decay_and_none: Measurement
    wrong_labels_under_L1_and_none: Measurement
    wrong_labels_under_path_and_none: Measurement
    test_accuracy_under_none_and_weight_decay: Measurement
    test_accuracy_under_none_and_L1: Measurement
    test_accuracy_under_none_and_path: Measurement
    high_frequencies_under_weight_decay_and_none: Measurement
    high_frequencies_under_L1_and_none: Measurement
    high_frequencies_under_path_and_none: Measurement


def measure_noisy_course(
    noisy: NoisyLabels,
    *,
    regulariser: Sequence[str],
    epoch: Sequence[int],
    step: Sequence[int],
    frequency: Sequence[int],
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> NoisyCourse:
    """Train networks under every regulariser, and look at them after some epochs.

    Args:
        noisy: what is trained, and how.
        regulariser: of each place.
        epoch: of each place, 0 <= epoch <= noisy.epochs.
        step: number of the image of the latent path of each place, 0 <= step < 100.
        frequency: of each place, in periods of the path, 0 <= k <= 50.
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.instance("noisy", noisy, NoisyLabels)
    regularisers = arguments.choices("regulariser", regulariser, REGULARISERS)
    asked = arguments.integers("epoch", epoch, minimum=0, maximum=noisy.epochs)
    steps = arguments.integers("step", step, minimum=0, maximum=POINTS - 1)
    frequencies = arguments.integers("frequency", frequency, minimum=0, maximum=POINTS // 2)
    arguments.require_one_length(
        regulariser=regularisers, epoch=asked, step=steps, frequency=frequencies
    )
    seen = tuple(sorted(set(asked)))
    found = _trained(noisy, seen, networks, seed, first_network, device)
    epochs = [seen.index(number) for number in asked]
    kinds = [REGULARISERS.index(one) for one in regularisers]
    spectra = _spectra(found["along"])
    columns = {
        "training_accuracy": found["training"][:, epochs, kinds],
        "wrong_labels_fitted": found["wrong"][:, epochs, kinds],
        "test_accuracy": found["test"][:, epochs, kinds],
        "high_frequencies": _high_frequencies(spectra)[:, epochs, kinds],
        "output": found["along"][:, epochs, kinds, steps],
        "coefficient": spectra[:, epochs, kinds, frequencies],
    }
    settings = {**vars(noisy), "seed": seed, "first_network": first_network}
    names = [name.replace("_", " ") for name in columns]
    measured = measurements(names, columns.values(), settings)
    return NoisyCourse(**dict(zip(columns, measured, strict=True)))


def measure_noisy_orders(
    noisy: NoisyLabels, *, networks: int, seed: int, first_network: int = 0, device: str = "auto"
) -> NoisyOrders:
    """Train networks under every regulariser, and compare what they learn; see ``NoisyLabels``."""
    arguments.instance("noisy", noisy, NoisyLabels)
    found = _trained(noisy, (noisy.epochs,), networks, seed, first_network, device)
    wrong, test, along = (found[name][:, 0] for name in ("wrong", "test", "along"))
    high = _high_frequencies(_spectra(along))
    rows = {}
    for place, name in enumerate(REGULARISERS[1:], 1):
        short = name.replace(" ", "_")
        rows[f"wrong_labels_under_{short}_and_none"] = wrong[:, [place, 0]]
        rows[f"test_accuracy_under_none_and_{short}"] = test[:, [0, place]]
        rows[f"high_frequencies_under_{short}_and_none"] = high[:, [place, 0]]
    settings = {**vars(noisy), "seed": seed, "first_network": first_network}
    names = [name.replace("_", " ") for name in rows]
    return NoisyOrders(**dict(zip(rows, measurements(names, rows.values(), settings), strict=True)))


def _trained(
    of: NoisyLabels,
    seen: tuple[int, ...],
    networks: int,
    seed: int,
    first_network: int,
    device: str,
) -> dict[str, Numbers]:
    """Return shares, (networks, seen, regularisers), and outputs "along" the latent path.

    The path is the last axis of those.
    """
    block = arguments.network_range(first_network, networks)
    like = torch.empty(0, device=resolved_device(device))
    images, labels = zeros_and_ones(of.image_set, of.samples)
    images = [*images, latent_path(of.image_set, of.samples)]
    chunk = max(1, _AT_ONCE // (len(REGULARISERS) * images[0].size))
    return in_chunks(lambda part: _train(of, seen, images, labels, seed, part, like), block, chunk)


def _train(
    of: NoisyLabels,
    seen: tuple[int, ...],
    images: list[Numbers],
    labels: list[Numbers],
    seed: int,
    block: range,
    like: torch.Tensor,
) -> dict[str, torch.Tensor]:
    pixels = [torch.from_numpy(one * of.brightest).to(like) for one in images]
    sizes = (images[0].shape[1], *[of.width] * of.hidden, 1)
    runs = Runs(sizes, block, seed, of.coefficients, like)
    randoms = [keyed.numpy_generator(seed=seed, network=k) for k in block]
    runs.spread_biases(randoms)
    noisy = np.stack([noisy_labels(labels[0], of.share, random) for random in randoms])
    targets = runs.of_all(noisy[..., None])
    wrong = (targets[..., 0] != torch.from_numpy(labels[0]).to(like)).double()
    every = [aligned_copy(one.expand(len(targets), -1, -1)) for one in pixels]
    true = torch.from_numpy(labels[1]).to(like) > 0.5
    found: dict[str, list[torch.Tensor]] = {}
    for name in ("training", "wrong", "test", "along"):
        found[name] = []
    for epoch in range(of.epochs + 1):
        if epoch in seen:
            said, of_test, along = (runs.forward(one)[-1] for one in every)
            told = ((said > 0) == (targets > 0.5))[..., 0].double()
            found["training"].append(told.mean(dim=1))
            found["wrong"].append((told * wrong).sum(dim=1) / wrong.sum(dim=1).clamp_min(1))
            found["test"].append(((of_test[..., 0] > 0) == true).double().mean(dim=1))
            found["along"].append(logistic(along)[..., 0].double())
        if epoch < of.epochs:
            orders = np.stack([random.permutation(of.samples) for random in randoms])
            _descend(runs, pixels[0], targets, torch.from_numpy(orders), of.learning_rate)
    return {
        name: runs.by_network(torch.stack(ones, dim=1)).transpose(1, 2).contiguous()
        for name, ones in found.items()
    }


def _spectra(outputs: Numbers) -> Numbers:
    """Return sizes of the transform of rows of outputs, whose squares sum to one."""
    sizes = np.abs(np.fft.fft(outputs))
    found: Numbers = sizes / np.sqrt((sizes**2).sum(axis=-1, keepdims=True))
    return found


def _high_frequencies(spectra: Numbers) -> Numbers:
    """Return the share of squares at high frequencies, of rows of spectra but for their means."""
    squares = spectra**2
    high = squares[..., HIGH : squares.shape[-1] - HIGH + 1].sum(axis=-1)
    every = squares[..., 1:].sum(axis=-1)
    found: Numbers = np.where(every > ROUNDING, high, 0) / np.maximum(every, ROUNDING)
    return found


def _descend(
    runs: Runs, pixels: torch.Tensor, targets: torch.Tensor, orders: torch.Tensor, rate: float
) -> None:
    """Go once through all images, shape (samples, pixels), in the order of each network."""
    orders = orders.to(targets.device).repeat(len(runs.coefficients), 1)
    for first in range(0, orders.shape[1], _BATCH):
        places = orders[:, first : first + _BATCH]
        values = runs.forward(aligned_copy(pixels[places]))
        said = logistic(values[-1])
        error = (said - targets.gather(1, places[..., None])) / places.shape[1]
        by_layer = runs.gradients(values, aligned_copy(error))
        for weight, bias, (by_weight, by_bias) in zip(
            runs.weights, runs.biases, by_layer, strict=True
        ):
            weight.sub_(by_weight, alpha=rate)
            bias.sub_(by_bias, alpha=rate)


def logistic(values: torch.Tensor) -> torch.Tensor:
    """Return 1/(1 + exp(-x)); by numpy on a CPU, as torch rounds a block's last otherwise."""
    if values.is_cpu:
        return torch.from_numpy(np.tanh(values.numpy() / 2)).add_(1).div_(2)
    return values.sigmoid()


def noisy_labels(labels: Numbers, share: float, random: np.random.Generator) -> Numbers:
    """Return the labels, each with that chance drawn anew, 0 or 1 alike."""
    anew = random.random(len(labels)) < share
    return np.where(anew, random.integers(0, 2, len(labels)), labels).astype(np.float64)
