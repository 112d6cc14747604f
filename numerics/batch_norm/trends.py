"""How networks generalise that are normalised in one way or another (Luo et al. 2018, section 5).

Networks learn a few digits, some of wrong labels, which they can fit and which do not generalise.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from numerics.batch_norm.convolutional import KINDS, LAYERS, ConvolutionalNetwork
from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import one_thread
from numerics.simulation.device import resolved_device
from numerics.trajectories.runs import digits

_MOMENTUM, _DECAY = 0.9, 1e-4  # of SGD, and of the learning rate with each step; section 5
_TOGETHER = 8  # networks side by side; which ones hangs on their numbers alone
_CLASSES = 10
_TESTED = 256


@dataclass(frozen=True, kw_only=True)
class Normalisation:
    """A network, its normalisation and its training.

    Attributes:
        kind: "bn", "wn" (weight normalisation), "mean" or "variance" (batch norm of that alone), or
            "plain" (none).
        layer: the one layer, 0 to 4, that is of that kind, the others being weight-normalised; None
            for all of them.
        dropout: the share of outputs dropped after each layer in training.
        width: channels of the first convolution.
        samples: digits that are learnt.
        wrong: share of them with a random label.
        batch_size: M.
        updates: steps.
        learning_rate: of the first step at M = 16; it is proportional to M.
        networks: how many.
        seed: of all of them.
        first_network: the first one's number.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    kind: str = "bn"
    layer: int | None = None
    dropout: float = 0.0
    width: int = 4
    samples: int = 128
    wrong: float = 0.25
    batch_size: int = 16
    updates: int
    learning_rate: float
    networks: int
    seed: int
    first_network: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        arguments.choice("kind", self.kind, KINDS)
        if self.layer is not None:
            arguments.integer("layer", self.layer, minimum=0, maximum=LAYERS - 1)
        arguments.real("dropout", self.dropout, minimum=0, maximum=0.99)
        arguments.integer("width", self.width, minimum=1)
        arguments.integer("samples", self.samples, minimum=2, maximum=1000)
        arguments.real("wrong", self.wrong, minimum=0, maximum=1)
        arguments.integer("batch_size", self.batch_size, minimum=2, maximum=self.samples)
        arguments.integer("updates", self.updates, minimum=1)
        arguments.real("learning_rate", self.learning_rate, minimum=0, maximum=1e6)
        arguments.seed(self.seed)
        arguments.network_range(self.first_network, self.networks)
        object.__setattr__(self, "device", resolved_device(self.device))


@dataclass(frozen=True, kw_only=True)
class Trends:
    """Of each network a row, of each arm a column.

    Losses are those of evaluation, by the statistics of the training set, over its labels and over
    test images of right labels.

    Attributes:
        training_loss: at the end.
        validation_loss: at the end.
        gap: the difference.
        validation_loss_at_equal_training: where the training loss was last above that of the arm
            that ends with the largest, interpolated; so arms are as far in training.
        squared_gamma: mean of gamma^2 over the channels of the layers of the kind, at the end.
        accuracy: on test images at the end.
    """

    training_loss: Measurement
    validation_loss: Measurement
    gap: Measurement
    validation_loss_at_equal_training: Measurement
    squared_gamma: Measurement
    accuracy: Measurement


def measure_trends(network: Normalisation, *, arms: Sequence[Mapping[str, Any]]) -> Trends:
    """Train networks in several ways that share data and start, and evaluate them.

    Args:
        network: what all arms have.
        arms: for each what it has of its own, such as ``{"kind": "wn", "batch_size": 64}``.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arms = arguments.sequence("arms", arms)
    first = network.first_network - network.first_network % _TOGETHER
    found: dict[str, list[NDArray[np.float64]]] = {}
    with one_thread():
        for begin in range(first, network.first_network + network.networks, _TOGETHER):
            block = range(begin, begin + _TOGETHER)
            curves = [_trained(replace(network, **arm), block) for arm in arms]
            for name, value in _told(curves).items():
                found.setdefault(name, []).append(value)
    kept = slice(network.first_network - first, network.first_network - first + network.networks)
    return Trends(
        **{
            name: Measurement(
                quantity=f"{name.replace('_', ' ')}, a column for each arm",
                per_network=np.concatenate(values)[kept],
                settings={**vars(network), "arms": tuple(map(dict, arms))},
            )
            for name, values in found.items()
        }
    )


@dataclass(frozen=True)
class _Curves:
    """Losses of evaluation after each so many steps, shape (times, networks), and the end."""

    training: NDArray[np.float64]
    validation: NDArray[np.float64]
    squared_gamma: NDArray[np.float64]
    accuracy: NDArray[np.float64]


def _told(curves: Sequence[_Curves]) -> dict[str, NDArray[np.float64]]:
    training = np.stack([one.training[-1] for one in curves], axis=1)
    validation = np.stack([one.validation[-1] for one in curves], axis=1)
    level = np.stack([one.training.min(axis=0) for one in curves]).max(axis=0)
    return {
        "training_loss": training,
        "validation_loss": validation,
        "gap": validation - training,
        "validation_loss_at_equal_training": np.stack([_at(one, level) for one in curves], axis=1),
        "squared_gamma": np.stack([one.squared_gamma for one in curves], axis=1),
        "accuracy": np.stack([one.accuracy for one in curves], axis=1),
    }


def _at(curves: _Curves, level: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the validation loss where the training loss first falls to a level, interpolated."""
    reached = (curves.training <= level).argmax(axis=0)
    before, network = np.maximum(reached - 1, 0), np.arange(len(level))
    above, below = curves.training[before, network], curves.training[reached, network]
    share = np.divide(above - level, above - below, out=np.ones_like(level), where=above > below)
    validation = curves.validation
    found: NDArray[np.float64] = validation[before, network] * (1 - share)
    return found + validation[reached, network] * share


@dataclass(frozen=True)
class _Data:
    """Images as channels side by side, and their classes, a column a network."""

    images: torch.Tensor
    labels: torch.Tensor
    tested: torch.Tensor
    right: torch.Tensor


def _data(network: Normalisation, block: range) -> _Data:
    images, labels = digits()
    chosen, given, tested = [], [], []
    for one in block:
        source = keyed.numpy_generator(seed=network.seed, network=one)
        order = torch.tensor(source.permutation(len(labels)))
        own = order[: network.samples]
        wrong = torch.tensor(source.random(network.samples) < network.wrong)
        random = torch.tensor(source.integers(_CLASSES, size=network.samples))
        chosen.append(own)
        given.append(torch.where(wrong, random, labels[own]))
        tested.append(order[-_TESTED:])
    columns, others = torch.stack(chosen, dim=1), torch.stack(tested, dim=1)
    found = (images[columns].flatten(1, 2), torch.stack(given, dim=1))
    device = torch.device(network.device)
    tests = (images[others].flatten(1, 2), labels[others])
    return _Data(*(one.to(device) for one in (*found, *tests)))


def _losses(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    per_image = functional.cross_entropy(scores.flatten(0, 1), labels.flatten(), reduction="none")
    return per_image.view_as(labels).mean(0)


def _trained(network: Normalisation, block: range) -> _Curves:
    data = _data(network, block)
    count = len(block)
    pixels = data.images.shape[-1]
    model = ConvolutionalNetwork(count, pixels=pixels, width=network.width, outputs=_CLASSES)
    sources = [keyed.generator(seed=network.seed, network=one) for one in block]
    kinds = [network.kind if network.layer in (None, place) else "wn" for place in range(LAYERS)]
    model.to(data.images.device)
    model.begin(sources, data.images, kinds)
    for layer in model.layers:
        layer.dropout = network.dropout
    rate = network.learning_rate * network.batch_size / 16
    optimiser = torch.optim.SGD(model.parameters(), lr=rate, momentum=_MOMENTUM)
    decay = torch.optim.lr_scheduler.ExponentialLR(optimiser, 1 - _DECAY)
    shown = _shown(network, block)
    every = max(1, network.updates // 8)
    told: list[tuple[torch.Tensor, torch.Tensor]] = []
    labels = data.labels
    columns = torch.arange(count)
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(keyed.stream(seed=network.seed, network=block.start))
        for step in range(network.updates):
            index = shown[step]
            images = data.images.unflatten(1, (count, -1))[index, columns].flatten(1, 2)
            loss = _losses(model(images), labels[index, columns])
            optimiser.zero_grad()
            loss.sum().backward()
            optimiser.step()
            decay.step()
            if (step + 1) % every == 0 or step + 1 == network.updates:
                told.append(_evaluated(model, data))
    training, validation = (
        torch.stack(one).double().cpu().numpy() for one in zip(*told, strict=True)
    )
    _, scores = model.evaluated(data.images, data.tested)
    right = (scores.argmax(2) == data.right).double().mean(0)
    squares = [
        layer.gamma.detach().square().view(count, -1)
        for place, layer in enumerate(model.layers)
        if network.layer in (None, place)
    ]
    return _Curves(
        training,
        validation,
        torch.cat(squares, dim=1).mean(1).double().cpu().numpy(),
        right.cpu().numpy(),
    )


def _evaluated(model: ConvolutionalNetwork, data: _Data) -> tuple[torch.Tensor, torch.Tensor]:
    trained, tested = model.evaluated(data.images, data.tested)
    return _losses(trained, data.labels), _losses(tested, data.right)


def _shown(network: Normalisation, block: range) -> torch.Tensor:
    """Which samples each batch holds, shape (updates, batch_size, networks), by reshuffling."""
    per_epoch = network.samples // network.batch_size
    epochs = -(-network.updates // per_epoch)
    rows = []
    for one in block:
        source = keyed.numpy_generator(seed=network.seed, network=one + 2**32)
        orders = [source.permutation(network.samples) for _ in range(epochs)]
        used = np.concatenate([order[: per_epoch * network.batch_size] for order in orders])
        rows.append(torch.tensor(used.reshape(-1, network.batch_size)))
    return torch.stack(rows, dim=2)[: network.updates]
