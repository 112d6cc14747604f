"""Small convolutional networks that learn a few images, normalised in one of several ways.

Some of the labels are wrong: networks can fit them, and they do not generalise.
"""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from torch.nn import functional

from numerics.batch_norm.convolutional import KINDS, LAYERS, ConvolutionalNetwork
from numerics.simulation import arguments, keyed
from numerics.simulation.data import ImageSet, standardised
from numerics.simulation.device import resolved_device

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
        image_set: whose images are learnt, and test images looked at, the first 5,000 at most.
        samples: images that are learnt.
        wrong: share of them with a random label.
        batch_size: M.
        updates: steps.
        looks: times at which losses are evaluated, as far apart, the last at the end.
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
    image_set: ImageSet = field(default_factory=ImageSet)
    samples: int = 128
    wrong: float = 0.25
    batch_size: int = 16
    updates: int
    looks: int = 8
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
        held = len(standardised(self.image_set)[1])
        arguments.integer("samples", self.samples, minimum=2, maximum=held)
        arguments.real("wrong", self.wrong, minimum=0, maximum=1)
        arguments.integer("batch_size", self.batch_size, minimum=2, maximum=self.samples)
        arguments.integer("updates", self.updates, minimum=1)
        arguments.integer("looks", self.looks, minimum=1)
        arguments.real("learning_rate", self.learning_rate, minimum=0, maximum=1e6)
        arguments.seed(self.seed)
        arguments.network_range(self.first_network, self.networks)
        object.__setattr__(self, "device", resolved_device(self.device))


@dataclass(frozen=True)
class Data:
    """Images as channels side by side, and their classes, a column a network."""

    images: torch.Tensor
    labels: torch.Tensor
    tested: torch.Tensor
    right: torch.Tensor


def drawn(network: Normalisation, block: range) -> Data:
    """Draw the images and labels of each network of a block."""
    images, labels, others, classes = (
        torch.tensor(one)
        for part in ("train", "test")
        for one in standardised(network.image_set, part)
    )
    chosen, given, tested = [], [], []
    for one in block:
        source = keyed.numpy_generator(seed=network.seed, network=one)
        order = torch.tensor(source.permutation(len(labels)))
        own = order[: network.samples]
        wrong = torch.tensor(source.random(network.samples) < network.wrong)
        random = torch.tensor(source.integers(_CLASSES, size=network.samples))
        chosen.append(own)
        given.append(torch.where(wrong, random, labels[own]))
        tested.append(torch.tensor(source.permutation(len(classes))[:_TESTED]))
    columns, shown = torch.stack(chosen, dim=1), torch.stack(tested, dim=1)
    found = (images[columns].flatten(1, 2), torch.stack(given, dim=1))
    device = torch.device(network.device)
    tests = (others[shown].flatten(1, 2), classes[shown])
    return Data(*(one.to(device) for one in (*found, *tests)))


def losses(scores: torch.Tensor, labels: torch.Tensor) -> torch.Tensor:
    """Return the cross-entropy of each network, shape (networks,)."""
    per_image = functional.cross_entropy(scores.flatten(0, 1), labels.flatten(), reduction="none")
    return per_image.view_as(labels).mean(0)


def started(network: Normalisation, data: Data, block: range) -> ConvolutionalNetwork:
    """Return the networks of a block before any step."""
    count = len(block)
    _, channels, pixels, _ = data.images.shape
    model = ConvolutionalNetwork(
        count, channels=channels // count, pixels=pixels, width=network.width, outputs=_CLASSES
    )
    sources = [keyed.generator(seed=network.seed, network=one) for one in block]
    kinds = [network.kind if network.layer in (None, place) else "wn" for place in range(LAYERS)]
    model.to(data.images.device)
    model.begin(sources, data.images, kinds)
    for layer in model.layers:
        layer.dropout = network.dropout
    return model


def batches(
    network: Normalisation, data: Data, block: range, *, updates: int
) -> Iterator[tuple[torch.Tensor, torch.Tensor]]:
    """Yield images and labels of so many steps."""
    columns = torch.arange(len(block))
    images = data.images.unflatten(1, (len(block), -1))
    for index in _shown(network, block, updates):
        yield images[index, columns].flatten(1, 2), data.labels[index, columns]


def evaluated(
    model: ConvolutionalNetwork, data: Data
) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return losses of the training and of the test images, and the accuracy on the latter.

    Both are normalised by the statistics of the training images.
    """
    trained, tested = model.evaluated(data.images, data.tested)
    right = (tested.argmax(2) == data.right).double().mean(0)
    return losses(trained, data.labels), losses(tested, data.right), right


def blocks(network: Normalisation) -> tuple[list[range], slice]:
    """Return the blocks that hold the networks of a run, and which of theirs these are.

    Networks are always trained beside the same others (see ``numerics.trajectories.runs``).
    """
    skipped = network.first_network % _TOGETHER
    end = network.first_network + network.networks
    begins = range(network.first_network - skipped, end, _TOGETHER)
    return (
        [range(one, one + _TOGETHER) for one in begins],
        slice(skipped, skipped + network.networks),
    )


def _shown(network: Normalisation, block: range, updates: int) -> torch.Tensor:
    """Which samples each batch holds, shape (updates, batch_size, networks), by reshuffling."""
    per_epoch = network.samples // network.batch_size
    epochs = -(-updates // per_epoch)
    rows = []
    for one in block:
        source = keyed.numpy_generator(seed=network.seed, network=one + 2**32)
        orders = [source.permutation(network.samples) for _ in range(epochs)]
        used = np.concatenate([order[: per_epoch * network.batch_size] for order in orders])
        rows.append(torch.tensor(used.reshape(-1, network.batch_size)))
    return torch.stack(rows, dim=2)[:updates]


def descend(
    network: Normalisation,
    model: ConvolutionalNetwork,
    shown: Iterable[tuple[torch.Tensor, torch.Tensor]],
    look: Callable[[int], None] = lambda step: None,
) -> None:
    """Take a step for each batch, and look at the model after each."""
    rate = network.learning_rate * network.batch_size / 16
    optimiser = torch.optim.SGD(model.parameters(), lr=rate, momentum=_MOMENTUM, foreach=True)
    decay = torch.optim.lr_scheduler.ExponentialLR(optimiser, 1 - _DECAY)
    for step, (images, labels) in enumerate(shown, 1):
        optimiser.zero_grad()
        losses(model(images), labels).sum().backward()
        optimiser.step()
        decay.step()
        look(step)
