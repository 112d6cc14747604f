"""Gradient descent on the weights of networks with scaled branches, and of those without skips.

W_1..W_L are trained and A and B kept (Zhang et al. 2022, Theorems 5 and 9), on the loss

    F = 1/(2n) sum_i ||B h_(i,L) - y_i||^2,    y_i in R^d, d = 2.

Many runs of one size are stepped together, each on its own weights, so that small matrices make
large calls.
"""

from dataclasses import dataclass, replace

import numpy as np
import torch

from numerics.residual_scaling.networks import Ensemble
from numerics.simulation import arguments, data, keyed
from numerics.simulation.batched import aligned, array, multiply
from numerics.simulation.device import DTYPES
from numerics.simulation.products import aligned_copy, product, selected

OUTPUTS = 2  # d


@dataclass(frozen=True, kw_only=True)
class Training:
    """What is learnt, and how.

    Attributes:
        data: "gaussian" (for each network fresh Gaussian inputs, scaled to norm 1, with targets of
            independent N(0, 1/d) entries) or "digits" (``data.digits``, scaled to norm 1, with
            targets (1, 0) and (0, 1); the same for every network).
        samples: number of inputs n >= 1, of the digits at most 300.
        dimension: of the inputs >= 1, of the digits at most 48.
        learning_rates: eta in [0, 1e6], one or several; all start from the same weights.
        loss: epsilon >= 0, at which training stops.
        steps: the greatest number of steps >= 0.
        batch_size: b = 1..n inputs of a step, drawn anew for each without replacement; None for
            all, full-batch gradient descent. The loss of all is looked at every ceil(n/b) steps.
        skips: whether layers 1..L-1 are residual; if not, h_l = relu(W_l h_(l-1)) with entries of
            W_l distributed N(0, 2/m), and tau is not used.
        dtype: "float32" or "float64"; both see the same networks.

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    data: str
    samples: int
    dimension: int
    learning_rates: float | tuple[float, ...]
    loss: float
    steps: int
    batch_size: int | None = None
    skips: bool = True
    dtype: str = "float32"

    def __post_init__(self) -> None:
        arguments.choice("data", self.data, ("gaussian", "digits"))
        of_digits = self.data == "digits"
        most = data.TRAIN_SAMPLES if of_digits else None
        arguments.integer("samples", self.samples, minimum=1, maximum=most)
        most = data.MAXIMUM_WIDTH if of_digits else None
        arguments.integer("dimension", self.dimension, minimum=1, maximum=most)
        for rate in self.rates:
            arguments.real("learning_rates", rate, minimum=0, maximum=1e6)
        arguments.real("loss", self.loss, minimum=0, maximum=1e100)
        arguments.integer("steps", self.steps, minimum=0)
        if self.batch_size is not None:
            arguments.integer("batch_size", self.batch_size, minimum=1, maximum=self.samples)
        arguments.boolean("skips", self.skips)
        arguments.choice("dtype", self.dtype, DTYPES)

    @property
    def rates(self) -> tuple[float, ...]:
        """All learning rates."""
        if isinstance(self.learning_rates, int | float):
            return (self.learning_rates,)
        return arguments.sequence("learning_rates", self.learning_rates)


@dataclass(frozen=True)
class Runs:
    """Runs of one size.

    Attributes:
        weights: W_1..W_L, shape (L, runs, m, m).
        starts: h_0 of all inputs, shape (runs, n, m), as A is not trained.
        readouts: B, shape (runs, d, m).
        targets: y, shape (runs, n, d).
        rates: eta, shape (runs, 1, 1).
    """

    weights: torch.Tensor
    starts: torch.Tensor
    readouts: torch.Tensor
    targets: torch.Tensor
    rates: torch.Tensor

    def select(self, places: np.ndarray) -> "Runs":
        """Return copies of the runs at some places, which may come several times."""
        return Runs(*(selected(one, places) for one in vars(self).values()))

    def batch(self, inputs: np.ndarray) -> "Runs":
        """Return the same weights with some inputs of each run, of places of shape (runs, b)."""
        places = torch.from_numpy(inputs).to(self.starts.device)[..., None]
        starts, targets = (
            aligned_copy(one.take_along_dim(places, dim=1)) for one in (self.starts, self.targets)
        )
        return replace(self, starts=starts, targets=targets)


def draw(ensemble: Ensemble, training: Training, block: range) -> Runs:
    """Draw A, B, the data and W_1..W_L of some networks, in this order: a run for each rate."""
    width, samples, depth = ensemble.width, training.samples, ensemble.depth
    generators = [keyed.generator(seed=ensemble.seed, network=k) for k in block]
    like = torch.empty(0, dtype=DTYPES[training.dtype], device=ensemble.device)

    def normal(*shape: int) -> torch.Tensor:
        count = int(np.prod(shape))
        return keyed.standard_normals(generators, count).view(-1, *shape).to(like)

    embeddings = normal(width, training.dimension) * (2 / width) ** 0.5
    readouts = normal(OUTPUTS, width) * OUTPUTS**-0.5
    if training.data == "gaussian":
        inputs = normal(samples, training.dimension)
        targets = normal(samples, OUTPUTS) * OUTPUTS**-0.5
    else:
        images, labels = data.digits(width=training.dimension)
        classes = np.stack([labels == 0, labels == 1], axis=1)
        inputs, targets = (
            torch.from_numpy(one[:samples].copy()).to(like).expand(len(block), -1, -1)
            for one in (images, classes)
        )
    inputs = inputs / inputs.norm(dim=2, keepdim=True)
    starts = product(aligned_copy(inputs), aligned_copy(embeddings).mT).relu_()
    weights = aligned(depth, len(block), width, width, dtype=like.dtype, device=like.device)
    for layer in range(depth):
        weights[layer] = normal(width, width)
    residual = depth - 1 if training.skips else 0
    weights[:residual] *= (1 / width) ** 0.5
    weights[residual:] *= (2 / width) ** 0.5
    count = len(training.rates)
    networks = np.repeat(np.arange(len(block)), count)
    rates = torch.tensor(training.rates * len(block), dtype=torch.float64).to(like)
    return Runs(
        weights=selected(weights, networks),
        starts=selected(starts, networks),
        readouts=selected(readouts, networks),
        targets=selected(targets, networks),
        rates=rates[:, None, None],
    )


def forward(weights: torch.Tensor, starts: torch.Tensor, tau: float | None) -> torch.Tensor:
    """Return h_0..h_L.

    Args:
        weights: shape (L, runs, m, m).
        starts: h_0, shape (runs, n, m).
        tau: scale of the branches; None without skips.

    Returns:
        Tensor of shape (L + 1, runs, n, m).
    """
    depth = len(weights)
    hidden = aligned(depth + 1, *starts.shape, dtype=starts.dtype, device=starts.device)
    hidden[0] = starts
    layers, factors = array(hidden), array(weights)
    for layer in range(depth):
        below, above = hidden[layer], hidden[layer + 1]
        multiply(layers[layer], factors[layer].mT, out=layers[layer + 1])
        if tau is not None and layer < depth - 1:
            torch.add(below, above, alpha=tau, out=above)
        above.relu_()
    return hidden


def residuals_of(
    hidden: torch.Tensor, readouts: torch.Tensor, targets: torch.Tensor
) -> torch.Tensor:
    """Return B h_L - y, shape (runs, n, d)."""
    return product(hidden[-1], readouts.mT).sub_(targets)


def descend(
    runs: Runs,
    hidden: torch.Tensor,
    residuals: torch.Tensor,
    tau: float | None,
) -> None:
    """Take one step of gradient descent on the weights, in place.

    Args:
        runs: the runs.
        hidden: h_0..h_L at the inputs of the step, shape (L + 1, runs, n, m).
        residuals: B h_L - y there, shape (runs, n, d).
        tau: scale of the branches; None without skips.
    """
    depth = len(runs.weights)
    errors = product(aligned_copy(residuals / residuals.shape[1]), runs.readouts)
    gradient, through = aligned_copy(runs.weights[0]), aligned_copy(errors)  # to be written over
    for layer in range(depth - 1, -1, -1):
        weights, below = runs.weights[layer], hidden[layer]
        errors.mul_(hidden[layer + 1] > 0)
        multiply(array(errors).mT, array(below), out=array(gradient))
        scale = 1.0 if tau is None or layer == depth - 1 else tau
        if layer:
            multiply(array(errors), array(weights), out=array(through))
            if tau is not None and layer < depth - 1:
                errors.add_(through, alpha=scale)
            else:
                errors, through = through, errors
        weights.addcmul_(gradient, runs.rates, value=-scale)
