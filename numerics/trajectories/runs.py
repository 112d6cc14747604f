"""Training runs whose points are kept, compared between arms of one network each.

An arm is what an experiment of Chen et al. (2020) varies: the activation, the normalisation, the
skips or the optimiser.  Arms of one network draw their start from one generator and see the same
batches.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn import functional

from numerics.simulation import arguments, keyed
from numerics.simulation.data import ImageSet, standardised
from numerics.simulation.device import resolved_device
from numerics.trajectories.models import Architecture, flattened, start

OPTIMISERS = ("sgd", "momentum", "adam")
_MOMENTUM, _BETAS, _EPSILON = 0.5, (0.9, 0.999), 1e-2  # Chen et al. (2020), section IV
_TOGETHER = 8  # networks side by side; which ones hangs on their numbers alone
_CLASSES = 10


@dataclass(frozen=True, kw_only=True)
class Training:
    """How networks are trained: steps on batches drawn by reshuffling some images of a set.

    Classifiers minimise the cross-entropy, a U-Net the mean square between what it returns and its
    input, whose pixels are standardised.

    Attributes:
        image_set: whose training images, the first 5,000 at most, samples are drawn from.
        samples: images that are learnt, drawn for each network.
        batch_size: images a step.
        steps: T.
        learning_rate: eta.
        optimiser: "sgd", "momentum" (0.5) or "adam" (betas 0.9 and 0.999, epsilon 0.01).
        loss: that has to be reached.
        networks, seed, first_network: how many, and which.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    image_set: ImageSet = field(default_factory=ImageSet)
    samples: int = 512
    batch_size: int = 32
    steps: int
    learning_rate: float
    optimiser: str = "sgd"
    loss: float
    networks: int
    seed: int
    first_network: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        arguments.integer("samples", self.samples, minimum=2, maximum=len(self.data[1]))
        arguments.integer("batch_size", self.batch_size, minimum=2, maximum=self.samples)
        arguments.integer("steps", self.steps, minimum=2)
        arguments.real("learning_rate", self.learning_rate, minimum=0, maximum=1e6)
        arguments.choice("optimiser", self.optimiser, OPTIMISERS)
        arguments.real("loss", self.loss, minimum=0, maximum=1e6)
        arguments.seed(self.seed)
        arguments.network_range(self.first_network, self.networks)
        object.__setattr__(self, "device", resolved_device(self.device))

    @property
    def data(self) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Images and classes that samples are drawn from."""
        return standardised(self.image_set)


@dataclass(frozen=True, kw_only=True)
class Run:
    """What training recorded, of several networks.

    Attributes:
        points: theta_0..theta_T, float32 of shape (networks, T + 1, parameters).
        losses: of the batches, before each step, shape (networks, T).
        final: the loss of all samples at theta_T, shape (networks,).
    """

    points: NDArray[np.float32]
    losses: NDArray[np.float64]
    final: NDArray[np.float64]

    @property
    def products(self) -> NDArray[np.float64]:
        """Inner products <s_j, s_k> of the steps, shape (networks, T, T)."""
        # One after another: the steps of all in float64 are more than a cache holds.
        steps = (np.diff(one.astype(np.float64), axis=0) for one in self.points)
        return np.stack([one @ one.T for one in steps])


def train(architecture: Architecture, training: Training, block: range) -> Run:
    """Train the networks of a block side by side."""
    count, device = len(block), torch.device(training.device)
    images, labels = (torch.tensor(one, device=device) for one in training.data)
    shown = [_shown(training, network) for network in block]
    batches = torch.stack([torch.tensor(one) for one in shown], dim=2).to(device)
    model = architecture.built(
        count, channels=images.shape[1], pixels=images.shape[-1], outputs=_CLASSES
    )
    start(model, [keyed.generator(seed=training.seed, network=network) for network in block])
    model.to(device)
    parameters = list(model.parameters())
    optimiser = _optimiser(training, parameters)
    points = [_point(parameters, count)]
    losses = []
    for batch in batches[: training.steps]:
        loss = _losses(architecture, model, images[batch], labels[batch])
        losses.append(loss.detach())
        optimiser.zero_grad()
        loss.sum().backward()
        optimiser.step()
        points.append(_point(parameters, count))
    with torch.no_grad():
        every = batches[: training.samples // training.batch_size].flatten(0, 1)
        final = _losses(architecture, model, images[every], labels[every])
    return Run(
        points=torch.stack(points, dim=1).numpy(),
        losses=torch.stack(losses, dim=1).double().cpu().numpy(),
        final=final.double().cpu().numpy(),
    )


def _shown(training: Training, network: int) -> NDArray[np.int64]:
    """Which images each batch of a run holds, shape (steps or more, batch_size), by reshuffling."""
    source = keyed.numpy_generator(seed=training.seed, network=network)
    samples = source.permutation(len(training.data[1]))[: training.samples]
    per_epoch = training.samples // training.batch_size
    epochs = -(-training.steps // per_epoch)
    orders = np.concatenate(
        [source.permutation(samples)[: per_epoch * training.batch_size] for _ in range(epochs)]
    )
    return orders.reshape(-1, training.batch_size)


def _losses(
    architecture: Architecture, model: nn.Module, images: torch.Tensor, labels: torch.Tensor
) -> torch.Tensor:
    """Return the loss of each network on its own images, shape (batch, networks, ...)."""
    found = model(images.flatten(1, 2))
    if architecture.draws:
        return (found - images.flatten(2)).square().mean((0, 2))
    scores = found.flatten(0, 1)
    per_image = functional.cross_entropy(scores, labels.flatten(), reduction="none")
    return per_image.view_as(labels).mean(0)


def _point(parameters: Sequence[torch.Tensor], count: int) -> torch.Tensor:
    return flattened([one.detach() for one in parameters], count).cpu()


def _optimiser(training: Training, parameters: Sequence[nn.Parameter]) -> torch.optim.Optimizer:
    """Return the optimiser, elementwise, so that it knows of no network beside another."""
    if training.optimiser == "adam":
        return torch.optim.Adam(
            parameters, lr=training.learning_rate, betas=_BETAS, eps=_EPSILON, foreach=True
        )
    momentum = _MOMENTUM if training.optimiser == "momentum" else 0.0
    return torch.optim.SGD(parameters, lr=training.learning_rate, momentum=momentum, foreach=True)


def in_blocks(training: Training) -> Iterator[range]:
    """Yield the blocks that hold the networks of a run.

    The last bits of a convolution may hang on how many stand side by side, and training makes much
    of them: always the same networks do.
    """
    first, end = training.first_network, training.first_network + training.networks
    for begin in range(first - first % _TOGETHER, end, _TOGETHER):
        yield range(begin, begin + _TOGETHER)
