"""Small networks trained on the digits by the optimisers of Chen et al. (2020), all at once."""

from dataclasses import dataclass

import numpy as np
import torch

from numerics.measurement import Measurement, measurements
from numerics.simulation import arguments, batched, keyed
from numerics.simulation.data import MAXIMUM_WIDTH, digits
from numerics.simulation.device import resolved_device
from numerics.trajectories.regularity import largest_parameters

_CHUNK, _MEMORY = 64, 2**24  # networks at a time, and bytes of their points
OPTIMISERS = ("sgd", "momentum", "adam")
_MOMENTUM, _BETAS, _EPSILON = 0.5, (0.9, 0.999), 1e-2  # of section IV
_SLOPES = {
    "relu": (torch.relu, lambda h: (h > 0).to(h.dtype)),
    "tanh": (torch.tanh, lambda h: 1 - h * h),
    "sigmoid": (torch.sigmoid, lambda h: h * (1 - h)),
}


@dataclass(frozen=True, kw_only=True)
class Trained:
    """What (2) says of each run, per step and per epoch, and Theorem 1.

    `obeyed` is 1 where gamma > 0 and else 0, `obeyed_by_epochs` the same of the points after whole
    epochs with the gaps of an epoch added up; `steps_obeyed` is the share of steps. `tightness` is
    the left side of (3) over its right, which is at most 0 where gamma is.
    """

    obeyed: Measurement
    obeyed_by_epochs: Measurement
    steps_obeyed: Measurement
    tightness: Measurement


def measure_trained(
    *,
    optimiser: str,
    learning_rate: float,
    epochs: int,
    width: int = 16,
    batch_size: int = 30,
    activation: str = "relu",
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> Trained:
    """Train perceptrons of one hidden layer to tell the zeros and ones of the digits apart.

    Cross-entropy of one output, batches of a fresh permutation each epoch, weights of He's
    initialisation and no bias at the start. In float64; the infimum of the loss is 0.

    Args:
        optimiser: "sgd", "momentum" (0.5) or "adam" (0.9, 0.999 and epsilon = 0.01).
        learning_rate: in (0, 1000].
        epochs: in [1, 1000].
        width: hidden units, in [1, 1000].
        batch_size: a divisor of the 300 images.
        activation: "relu", "tanh" or "sigmoid".
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.choice("optimiser", optimiser, OPTIMISERS)
    rate = arguments.real("learning_rate", learning_rate, minimum=1e-9, maximum=1000)
    epochs = arguments.integer("epochs", epochs, minimum=1, maximum=1000)
    width = arguments.integer("width", width, minimum=1, maximum=1000)
    arguments.choice("activation", activation, tuple(_SLOPES))
    inputs, labels = digits(width=MAXIMUM_WIDTH)
    batch_size = arguments.integer("batch_size", batch_size, minimum=1, maximum=len(labels))
    if len(labels) % batch_size:
        raise ValueError(f"batch_size = {batch_size}: must divide the {len(labels)} images")
    block = arguments.network_range(first_network, networks)
    where = torch.device(resolved_device(device))
    data = [torch.from_numpy(one.copy()).to(where) for one in (inputs, labels)]
    steps, size = epochs * (len(labels) // batch_size), (MAXIMUM_WIDTH + 2) * width + 1

    def evaluate(part: range) -> dict[str, torch.Tensor]:
        sources = [keyed.generator(seed=seed, network=network) for network in part]
        start = keyed.standard_normals(sources, size).double()
        start[:, : MAXIMUM_WIDTH * width] *= np.sqrt(2 / MAXIMUM_WIDTH)
        start[:, MAXIMUM_WIDTH * width : -1] *= np.sqrt(2 / width)
        start[:, MAXIMUM_WIDTH * width : (MAXIMUM_WIDTH + 1) * width] = 0
        start[:, -1] = 0
        order = torch.stack(
            [
                torch.cat([torch.randperm(len(labels), generator=one) for _ in range(epochs)])
                for one in sources
            ]
        ).view(len(part), steps, batch_size)
        points, losses = _train(
            start.to(where), order.to(where), *data, optimiser=optimiser, rate=rate,
            width=width, activation=activation,
        )  # fmt: skip
        return _judged(points, losses, rate, steps // epochs)

    # Small networks: a chunk of more than `chunk_size` gives them takes half the time.
    memory = 16 * (steps + 1) * size
    chunk = batched.chunk_size(bytes_per_network=memory, device=where)
    found = batched.in_chunks(evaluate, block, max(chunk, min(_CHUNK, _MEMORY // memory)))
    names = ("obeyed", "obeyed_by_epochs", "steps_obeyed", "tightness")
    settings = {
        "optimiser": optimiser, "learning_rate": rate, "epochs": epochs, "width": width,
        "batch_size": batch_size, "activation": activation, "networks": networks, "seed": seed,
        "first_network": first_network, "device": str(where),
    }  # fmt: skip
    values = np.array([found[name] for name in names])
    return Trained(**dict(zip(names, measurements(names, values, settings), strict=True)))


def _train(
    start: torch.Tensor,
    order: torch.Tensor,
    inputs: torch.Tensor,
    labels: torch.Tensor,
    *,
    optimiser: str,
    rate: float,
    width: int,
    activation: str,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return points (networks, T + 1, d) and losses (networks, T)."""
    networks, steps, _ = order.shape
    points = start.new_empty(networks, steps + 1, start.shape[1])
    losses = start.new_empty(networks, steps)
    points[:, 0] = theta = start
    first, second = torch.zeros_like(start), torch.zeros_like(start)
    for k in range(steps):
        chosen = order[:, k]
        losses[:, k], gradient = _gradient(theta, inputs[chosen], labels[chosen], width, activation)
        if optimiser == "adam":
            beta, gamma = _BETAS
            first = beta * first + (1 - beta) * gradient
            second = gamma * second + (1 - gamma) * gradient * gradient
            scale = torch.sqrt(second / (1 - gamma ** (k + 1))) + _EPSILON
            update = first / (1 - beta ** (k + 1)) / scale
        else:
            first = (_MOMENTUM if optimiser == "momentum" else 0.0) * first + gradient
            update = first
        theta = theta - rate * update
        points[:, k + 1] = theta
    return points, losses


def _gradient(
    theta: torch.Tensor, x: torch.Tensor, y: torch.Tensor, width: int, activation: str
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return losses (networks,) and gradients (networks, d) of batches x (networks, batch, D)."""
    networks, batch, dim = x.shape
    function, slope = _SLOPES[activation]
    weights = theta[:, : dim * width].view(networks, dim, width)
    shifts = theta[:, dim * width : (dim + 1) * width]
    ahead = theta[:, (dim + 1) * width : -1]
    hidden = function(torch.bmm(x, weights) + shifts[:, None])
    output = (hidden @ ahead[:, :, None])[:, :, 0] + theta[:, -1:]
    loss = (torch.nn.functional.softplus(output) - y * output).mean(dim=1)
    error = (torch.sigmoid(output) - y) / batch
    back = error[:, :, None] * ahead[:, None] * slope(hidden)
    parts = (
        torch.bmm(x.transpose(1, 2), back).flatten(1),
        back.sum(dim=1),
        (error[:, None] @ hidden)[:, 0],
        error.sum(dim=1, keepdim=True),
    )
    return loss, torch.cat(parts, dim=1)


def _judged(
    points: torch.Tensor, losses: torch.Tensor, rate: float, an_epoch: int
) -> dict[str, torch.Tensor]:
    squares = ((points - points[:, -1:]) ** 2).sum(dim=2).cpu().numpy()
    gaps = losses.cpu().numpy()
    per_step = largest_parameters((squares[:, :-1] - squares[:, 1:]) / (2 * rate), gaps)
    of_epochs = squares[:, ::an_epoch]
    added = gaps.reshape(len(gaps), -1, an_epoch).sum(axis=2)
    per_epoch = largest_parameters((of_epochs[:, :-1] - of_epochs[:, 1:]) / (2 * rate), added)
    gamma = per_step.min(axis=1)
    tightness = 2 * rate * gaps.sum(axis=1) * gamma / squares[:, 0]
    found = {
        "obeyed": gamma > 0,
        "obeyed_by_epochs": per_epoch.min(axis=1) > 0,
        "steps_obeyed": (per_step > 0).mean(axis=1),
        "tightness": tightness,
    }
    return {name: torch.from_numpy(np.asarray(one, dtype=float)) for name, one in found.items()}
