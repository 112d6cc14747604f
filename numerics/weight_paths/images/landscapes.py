"""The loss about trained weights, along directions of the size of the weights.

The networks are those of Table B.2 (Susanna 2024): 20 layers of 50 units, h_(k+1) = h_k + L^-alpha
tanh(W_k h_k) with alpha = 0.7 and gamma = 2, and without skip connections h_(k+1) = tanh(W_k h_k)
with alpha = 1 and gamma = 100, which take part by the size of their start alone, as the text has
it. Both are trained by full-batch gradient descent, in the table by 50 steps at the rate 2. A
direction is normal, and each
of its rows, the weights of a unit, is as long as that of the trained weights: filter normalisation
(Li et al. 2018).
"""

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import cross_entropy, one_hot

from numerics.measurement import Measurement, measurements
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import array, measuring
from numerics.simulation.data import ImageSet
from numerics.simulation.device import resolved_device
from numerics.weight_paths.images.classified import CLASSES, inputs
from numerics.weight_paths.start import truncated_normals

LAYERS, UNITS = 20, 50
ALPHA_AND_GAMMA = {True: (0.7, 2.0), False: (1.0, 100.0)}
"""With skip connections, and without."""


@dataclass(frozen=True, kw_only=True)
class Learning:
    """What is learnt, and how.

    Attributes:
        image_set: images to be told apart.
        samples: N >= 1, the first so many of them.
        rate: learning rate in [0, 1000].
        steps: of gradient descent >= 0.

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    image_set: ImageSet
    samples: int
    rate: float
    steps: int

    def __post_init__(self) -> None:
        arguments.integer("samples", self.samples, minimum=1)
        arguments.real("rate", self.rate, minimum=0, maximum=1000)
        arguments.integer("steps", self.steps, minimum=0)


@dataclass(frozen=True)
class _Task:
    """Inputs h_0 of shape (n, d), classes of shape (n,), and V of shape (d, classes)."""

    starts: torch.Tensor
    classes: torch.Tensor
    out: torch.Tensor


@dataclass(frozen=True, kw_only=True)
class Convexity:
    """How convex losses are, without skip connections and with them, shape (networks, 2).

    Attributes:
        convex_share_without_skips_then_with: of second differences of the loss along lines, the
            share that is positive.
        loss_with_skips_then_without: after training.
        loss_without_skips_then_with: the same, the other way round.
    """

    convex_share_without_skips_then_with: Measurement
    loss_with_skips_then_without: Measurement
    loss_without_skips_then_with: Measurement


def measure_convexity(
    learning: Learning,
    *,
    lines: int,
    reach: float,
    points: int,
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> Convexity:
    """Train each network with and without skip connections, and follow its loss along lines.

    Both have the same embeddings, and their lines the same normals.

    Args:
        learning: what is learnt, and how.
        lines: through the trained weights >= 1, each of a direction of its own.
        reach: in [0.001, 10], how far a line goes either way, in lengths of the weights.
        points: of a line >= 3, equally far apart.
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.integer("lines", lines, minimum=1)
    far = arguments.real("reach", reach, minimum=0.001, maximum=10)
    places = np.linspace(-far, far, arguments.integer("points", points, minimum=3))[:, None]
    block = arguments.network_range(first_network, networks)
    device = resolved_device(device)
    shares, losses = [], []
    with measuring():
        for network in block:
            found = [
                _along(learning, skips, places, lines, seed, network, device)
                for skips in (False, True)
            ]
            shares.append([np.mean(np.diff(one, n=2, axis=1) > 0) for one in found])
            losses.append([one[0, len(places) // 2] for one in reversed(found)])
    settings = {
        **vars(learning), "lines": lines, "reach": far, "points": points,
        "networks": networks, "seed": seed, "first_network": first_network, "device": device,
    }  # fmt: skip
    after = np.array(losses)
    names = ("share of a line that is convex", "loss with skips first", "loss with skips last")
    rows = (np.array(shares), after, after[:, ::-1])
    convex, with_first, with_last = measurements(names, rows, settings)
    return Convexity(
        convex_share_without_skips_then_with=convex,
        loss_with_skips_then_without=with_first,
        loss_without_skips_then_with=with_last,
    )


def measure_landscape(
    learning: Learning,
    *,
    skips: bool,
    reach: float,
    side: int,
    place: int | tuple[int, ...],
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> Measurement:
    """Measure the loss on a grid of two directions about trained weights.

    Args:
        learning: what is learnt, and how.
        skips: whether there are skip connections.
        reach: in [0.001, 10], how far the grid goes either way, in lengths of the weights.
        side: of the grid >= 2.
        place: of the side^2 of the grid, row by row, one or several: a column of each.
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    far = arguments.real("reach", reach, minimum=0.001, maximum=10)
    cells = arguments.integer("side", side, minimum=2)
    wanted = (place,) if isinstance(place, int) else arguments.sequence("place", place)
    for one in wanted:
        arguments.integer("place", one, minimum=0, maximum=cells**2 - 1)
    along = np.linspace(-far, far, cells)
    grid = np.array([(x, y) for y in along for x in along])[list(wanted)]
    arguments.boolean("skips", skips)
    block = arguments.network_range(first_network, networks)
    device = resolved_device(device)
    with measuring():
        found = [_along(learning, skips, grid, 1, seed, network, device)[0] for network in block]
    return Measurement(
        quantity="loss about trained weights",
        per_network=np.array(found),
        settings={
            **vars(learning), "skips": skips, "reach": far, "side": cells,
            "place": place, "networks": networks, "seed": seed, "first_network": first_network,
            "device": device,
        },
    )  # fmt: skip


def _along(
    learning: Learning,
    skips: bool,
    places: NDArray[np.float64],
    lines: int,
    seed: int,
    network: int,
    device: str,
) -> NDArray[np.float64]:
    """Return losses at weights W + sum_j place_j D_j, shape (lines, places).

    Places have shape (places, directions): each line has so many directions of its own.
    """
    random = keyed.numpy_generator(seed=seed, network=network)
    images, classes = inputs(learning.image_set, learning.samples)
    features = images.shape[1]

    def on_device(values: NDArray[np.float64]) -> torch.Tensor:
        # Without skip connections rounding grows from layer to layer, to 1 % in float32.
        return torch.from_numpy(values).to(device)

    into = random.uniform(-1, 1, (features, UNITS)) * features**-0.5
    out = random.uniform(-1, 1, (UNITS, CLASSES)) * UNITS**-0.5
    alpha, gamma = ALPHA_AND_GAMMA[skips]
    size = LAYERS ** (alpha - 1 - 1 / gamma) / 2
    start = size * truncated_normals(random.random((LAYERS, UNITS, UNITS)))
    task = _Task(on_device(images @ into), torch.from_numpy(classes).to(device), on_device(out))
    weights = _trained(task, learning, on_device(start), skips)
    lengths = weights.norm(dim=2, keepdim=True)
    losses = []
    for _ in range(lines):
        normal = random.standard_normal((places.shape[1], LAYERS, UNITS, UNITS))
        directions = on_device(normal)
        directions *= lengths / directions.norm(dim=3, keepdim=True)
        losses += [
            _loss(task, weights + torch.tensordot(on_device(place), directions, 1), skips)
            for place in places
        ]
    return torch.stack(losses).double().cpu().numpy().reshape(lines, len(places))


def _trained(task: _Task, learning: Learning, weights: torch.Tensor, skips: bool) -> torch.Tensor:
    """Return the weights after training."""
    starts, out, path = (array(one.clone()) for one in (task.starts, task.out, weights))
    targets = array(one_hot(task.classes, CLASSES).to(task.starts))
    scale = _scale(skips)
    for _ in range(learning.steps):
        hidden, branches = [starts], []
        for layer in path:
            branches.append(_tanh(hidden[-1] @ layer.T))
            hidden.append(hidden[-1] + scale * branches[-1] if skips else branches[-1])
        shares = array(torch.softmax(torch.as_tensor(hidden.pop() @ out), dim=1))
        error = (shares - targets) @ out.T / len(targets)
        for k in range(LAYERS - 1, -1, -1):
            slope = error * (1 - branches[k] * branches[k]) * scale
            error = error + slope @ path[k] if skips else slope @ path[k]
            path[k] -= learning.rate * (slope.T @ hidden[k])
    return torch.as_tensor(path)


def _scale(skips: bool) -> float:
    """Return L^-alpha of branches, 1 where there is nothing beside them."""
    return float(LAYERS ** -ALPHA_AND_GAMMA[True][0]) if skips else 1.0


def _tanh(numbers: Any) -> Any:
    return np.tanh(numbers) if isinstance(numbers, np.ndarray) else torch.tanh(numbers)


def _loss(task: _Task, weights: torch.Tensor, skips: bool) -> torch.Tensor:
    """Return the mean cross-entropy of weights of shape (L, d, d)."""
    hidden = task.starts
    for layer in weights.unbind():
        branch = torch.tanh(hidden @ layer.T)
        hidden = hidden + _scale(skips) * branch if skips else branch
    return cross_entropy(hidden @ task.out, task.classes)
