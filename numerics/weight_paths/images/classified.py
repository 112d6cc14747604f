"""Full-batch gradient descent on weights across depth that tell classes of images apart.

The networks are those of the CIFAR10 tables (Susanna 2024, section 4): h_0 = U x, h_(k+1) = h_k +
L^-alpha tanh(W_k h_k) with d units, and V h_L of ten classes by the mean cross-entropy. U and V
have uniform entries, up to one over the root of the number of their inputs, and are kept. Of what
the text says nothing about:

- weights start at a = L^(-1/gamma - beta)/2, or as normals of the deviation a cut off at -a and a,
  as those of the C10k tables do;
- a run takes int(5 log L) + 1 steps;
- each colour of the images is shifted to the mean 0 and divided by the mean over the images of an
  image's own deviation: of CIFAR-10 these are the usual 0.2023, 0.1994 and 0.2010. A colour of
  which no image has any deviation is shifted alone.
"""

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from numerics.measurement import Measurement, measurements
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import aligned, in_chunks, multiply
from numerics.simulation.data import ImageSet
from numerics.simulation.device import DTYPES, resolved_device
from numerics.simulation.products import aligned_copy, product
from numerics.weight_paths.start import truncated_normals

CLASSES = 10

RATES = {
    "B11": (0.975, 1.0, 100.0, "beta"),
    "B12": (0.975, 1.0, 1.0, "alpha - beta"),
    "B21": (0.75, 1.0, 20.0, "beta"),
    "B22": (0.75, 1.0, 1.0, "alpha - beta"),
    "B31": (0.5, 1.0, 1.0, "beta"),
    "B32": (0.5, 1.0, 0.01, "beta"),
    "B33": (0.5, 1.0, 1.0, "alpha - beta"),
    "C11": (0.25, 1.0, 1.0, "beta"),
    "C12": (0.25, 1.0, 1.0, "alpha - beta"),
    "C21": (0.49, 2.0, 1.0, "beta"),
    "C22": (0.49, 2.0, 1.0, "alpha - beta"),
}
"""alpha and gamma of a class of Table 4.1, and its rate: a factor, and the power of L."""

MODELS = tuple(f"CIFAR10-{name}{start}" for start in "ct" for name in RATES)

ROUNDING = 1e-12
"""Of the deviation of pixels in [0, 1] that are all alike."""

AT_ONCE = 2**27
"""Numbers of all layers that runs trained at once may have, unless one alone has more."""


@dataclass(frozen=True, kw_only=True)
class Classified:
    """A column of the CIFAR10 tables at a depth.

    Attributes:
        model: "CIFAR10-B12c" and so on: the class, and "c" or "t" for the start.
        depth: L >= 2.
        image_set: what is told apart.
        samples: N >= 1, the first so many images to train on; None for a quarter of them.
        dim: d >= 1.
        dtype: "float32" or "float64", of all that is computed.

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    model: str
    depth: int
    image_set: ImageSet
    samples: int | None = None
    dim: int = 15
    dtype: str = "float32"

    def __post_init__(self) -> None:
        arguments.choice("model", self.model, MODELS)
        arguments.integer("depth", self.depth, minimum=2)
        if self.samples is not None:
            arguments.integer("samples", self.samples, minimum=1)
        arguments.integer("dim", self.dim, minimum=1)
        arguments.choice("dtype", self.dtype, DTYPES)

    @property
    def alpha(self) -> float:
        """Of the scale L^-alpha of branches."""
        return RATES[self.model[-4:-1]][0]

    @property
    def rate(self) -> float:
        """The learning rate."""
        alpha, _, factor, power = RATES[self.model[-4:-1]]
        return float(factor * self.depth ** (1 - alpha if power == "beta" else 2 * alpha - 1))

    @property
    def size(self) -> float:
        """The size a of weights at the start."""
        alpha, gamma, _, _ = RATES[self.model[-4:-1]]
        return float(self.depth ** (alpha - 1 - 1 / gamma)) / 2

    @property
    def steps(self) -> int:
        """Of gradient descent."""
        return int(5 * np.log(self.depth)) + 1


@dataclass(frozen=True, kw_only=True)
class ClassifiedPaths:
    """What became of the weights, one value a run.

    Attributes:
        variation: the 1-variation of L^beta W_k over the layers, in the norm of Frobenius; infinite
            where weights overflowed.
        variation_at_the_start: the same before training.
        loss: the mean cross-entropy before the last step.
    """

    variation: Measurement
    variation_at_the_start: Measurement
    loss: Measurement


def measure_classified(
    classified: Classified,
    *,
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> ClassifiedPaths:
    """Train networks on images and measure the variation of their weights across depth.

    Run k has the same embeddings at all depths and classes.

    Args:
        classified: what is trained, and how.
        networks: number of runs >= 1.
        seed: integer in [0, 2**64); run k depends on (seed, k) alone.
        first_network: index of the first run.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    block = arguments.network_range(first_network, networks)
    device = resolved_device(device)
    images, classes = inputs(classified.image_set, classified.samples)
    size = max(1, AT_ONCE // (classified.depth * len(classes) * classified.dim))
    found = in_chunks(
        lambda part: _train(classified, seed, part, images, classes, device), block, size
    )
    settings = {
        **vars(classified), "networks": networks, "seed": seed, "first_network": first_network,
        "device": device,
    }  # fmt: skip
    names = ("1-variation of the weights", "1-variation at the start", "loss")
    variation, start, loss = measurements(names, found.values(), settings)
    return ClassifiedPaths(variation=variation, variation_at_the_start=start, loss=loss)


@lru_cache(maxsize=4)
def inputs(
    image_set: ImageSet, samples: int | None
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return images of mean 0, as rows of shape (samples, features), and their classes."""
    images, classes = image_set.load(samples=samples)
    if samples is None:
        quarter = max(1, len(classes) // 4)
        images, classes = images[:quarter], classes[:quarter]
    deviations = images.std(axis=(2, 3), dtype=np.float64).mean(axis=0)
    deviations[deviations < ROUNDING] = 1
    means = images.mean(axis=(0, 2, 3), dtype=np.float64)
    shifted = (images - means[:, None, None]) / deviations[:, None, None]
    return shifted.reshape(len(images), -1).astype(np.float32), classes


def _train(
    of: Classified,
    seed: int,
    block: range,
    images: NDArray[np.float32],
    classes: NDArray[np.int64],
    device: str,
) -> dict[str, torch.Tensor]:
    """Return variation, variation at the start and loss of some runs, each of shape (runs,)."""
    like = torch.empty(0, dtype=DTYPES[of.dtype], device=device)
    pixels = torch.from_numpy(images).to(like)
    targets = torch.from_numpy(classes[:, None] == np.arange(CLASSES)).to(like)
    ins, outs, paths = [], [], []
    for network in block:
        random = keyed.numpy_generator(seed=seed, network=network)
        features = images.shape[1]
        ins.append(random.uniform(-1, 1, (features, of.dim)) * features**-0.5)
        outs.append(random.uniform(-1, 1, (of.dim, CLASSES)) * of.dim**-0.5)
        if of.model.endswith("t"):
            paths.append(truncated_normals(random.random((of.depth, of.dim, of.dim))))
        else:
            paths.append(np.ones((of.depth, of.dim, of.dim)))
    weights = aligned_copy(torch.from_numpy(of.size * np.stack(paths, axis=1)).to(like))
    begun = _variation(of, weights)
    into, out = (aligned_copy(torch.from_numpy(np.array(one)).to(like)) for one in (ins, outs))
    starts = product(aligned_copy(pixels.expand(len(block), -1, -1)), into)
    loss = _descend(of, weights, starts, out, targets)
    return {"variation": _variation(of, weights), "at the start": begun, "loss": loss}


def _variation(of: Classified, weights: torch.Tensor) -> torch.Tensor:
    """Return the 1-variation of L^beta W_k of each run, weights of shape (L, runs, d, d)."""
    paths = weights.flatten(2).double().transpose(0, 1).contiguous()
    steps = paths.diff(dim=1)
    found = (steps * steps).sum(dim=2).sqrt().sum(dim=1) * of.depth ** (1 - of.alpha)
    return torch.where(found.isfinite(), found, torch.inf)


def _descend(
    of: Classified,
    weights: torch.Tensor,
    starts: torch.Tensor,
    out: torch.Tensor,
    targets: torch.Tensor,
) -> torch.Tensor:
    """Train weights in place, and return the loss before the last step, shape (runs,)."""
    delta = of.depth**-of.alpha
    hidden, branch = _like(starts, of.depth + 1), _like(starts)
    slope, moved, gradient = _like(starts), _like(starts), _like(weights[0])
    said = aligned(*targets.expand(len(starts), -1, -1).shape, dtype=out.dtype, device=out.device)
    hidden[0] = starts
    for _ in range(of.steps):
        for k in range(of.depth):
            multiply(hidden[k], weights[k].mT, out=branch)
            _take_tanh(branch)
            torch.add(hidden[k], branch, alpha=delta, out=hidden[k + 1])
        multiply(hidden[-1], out, out=said)
        packed = said.contiguous()
        logs = torch.log_softmax(packed, dim=2)
        loss = -(logs * targets).sum(dim=2).double().mean(dim=1)
        said.copy_((torch.softmax(packed, dim=2) - targets) / len(targets))
        error = product(said, out.mT)
        for k in range(of.depth - 1, -1, -1):
            # tanh once more: of the difference of two layers float32 has a few digits left.
            multiply(hidden[k], weights[k].mT, out=branch)
            _take_tanh(branch)
            torch.mul(branch, branch, out=slope).neg_().add_(1).mul_(error).mul_(delta)
            multiply(slope, weights[k], out=moved)
            multiply(slope.mT, hidden[k], out=gradient)
            weights[k].sub_(gradient, alpha=of.rate)
            error += moved
    return loss


def _like(matrices: torch.Tensor, *layers: int) -> torch.Tensor:
    return aligned(*layers, *matrices.shape, dtype=matrices.dtype, device=matrices.device)


def _take_tanh(matrices: torch.Tensor) -> None:
    """Put the tanh of each number in its place.

    numpy's on a CPU: torch rounds the last numbers of a block in another way than those before.
    """
    if matrices.is_cpu:
        np.tanh(matrices.numpy(), out=matrices.numpy())
    else:
        matrices.tanh_()
