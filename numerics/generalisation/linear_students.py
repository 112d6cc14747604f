"""Linear students of a noisy linear teacher, trained by SGD: plain, with WN and with BN.

A batch of M samples of a training set gives the mean of (prediction - y)^2 as loss, with gradients
through the batch statistics (Luo et al. 2018, section 4). The students predict

    sgd   w.x
    wn    sqrt(N) gamma w.x / |w|, penalised by zeta gamma^2
    bn    gamma (w.x - mean over the batch) / (standard deviation over the batch).
"""

import math
from dataclasses import dataclass

import torch

from numerics.generalisation.tasks import (
    Task,
    TrainingSets,
    each_training_set,
    outputs,
    resolved_run,
)
from numerics.measurement import Measurement
from numerics.simulation import arguments
from numerics.simulation.batched import aligned, in_chunks, multiply
from numerics.simulation.device import DTYPES, resolved_device

METHODS = ("sgd", "wn", "bn")

_CHUNK_MEMORY = 2**26  # bytes of data of one chunk
_RANK = 1e-10  # a singular value below this share of the greatest is rounding
_SCALE_RATE = 0.1  # learning rate of the normalised students; gamma learns at once


@dataclass(frozen=True, kw_only=True)
class LinearStudents:
    """What students reached, one row a run and one column a recorded epoch.

    Attributes:
        excess_risk: |w - w*|^2 / N of the effective weights w (see ``effective``).
        validation_loss: mean squared error on fresh samples, exact given the student.
        training_loss: mean squared error on the training set.
        generalisation_gap: validation loss - training loss.
    """

    excess_risk: Measurement
    validation_loss: Measurement
    training_loss: Measurement
    generalisation_gap: Measurement


@dataclass(frozen=True, kw_only=True)
class Training:
    """How a student learns.

    Attributes:
        method: "sgd", "wn" or "bn".
        epochs: the epochs after which to look, in any order; the last ends the training.
        batch_size: M >= 2.
        regularisation: zeta >= 0, for "wn" alone.
        step: first step of the direction, in (0, 1]; at 1 it would fit a batch of orthonormal
            inputs, at the length that the effective weights have at first.
        annealed: whether the learning rate falls to zero along a half cosine, or is constant.

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    method: str
    epochs: tuple[int, ...]
    batch_size: int = 32
    regularisation: float = 0.0
    step: float = 1.0
    annealed: bool = True

    def __post_init__(self) -> None:
        arguments.choice("method", self.method, METHODS)
        object.__setattr__(self, "epochs", _epochs(self.epochs))
        arguments.integer("batch_size", self.batch_size, minimum=2)
        most = math.inf if self.method == "wn" else 0
        arguments.real("regularisation", self.regularisation, minimum=0, maximum=most)
        arguments.real("step", self.step, minimum=2**-20, maximum=1)
        arguments.boolean("annealed", self.annealed)

    def losses(self, task: Task, sets: TrainingSets) -> dict[str, torch.Tensor]:
        """Train on each of the training sets, and look at the recorded epochs."""
        weights, scale = self._start(sets)
        rate = self.batch_size * self.step / 2 if self.method == "sgd" else _SCALE_RATE
        batches = task.samples // self.batch_size
        shuffled = aligned(*sets.inputs.shape, dtype=sets.inputs.dtype, device=sets.inputs.device)
        seen = {}
        for epoch in range(max(self.epochs)):
            targets = _shuffle(sets, out=shuffled)
            for batch in range(batches):
                rows = slice(batch * self.batch_size, (batch + 1) * self.batch_size)
                slope, slope_of_scale = gradients(
                    self.method, shuffled[:, rows], targets[:, rows], weights, scale,
                    self.regularisation,
                )  # fmt: skip
                now = rate * self._fraction(epoch + batch / batches)
                weights -= now * slope
                scale -= now * slope_of_scale
            if epoch + 1 in self.epochs:
                seen[epoch + 1] = _look(self.method, task, sets, weights, scale)
        looks = [seen[epoch] for epoch in self.epochs]
        return {name: torch.stack([one[name] for one in looks], dim=1) for name in looks[0]}

    def _start(self, sets: TrainingSets) -> tuple[torch.Tensor, torch.Tensor]:
        """Return weights and scale at first."""
        scale = torch.ones_like(sets.teacher[:, 0])
        if self.method == "sgd":
            return torch.zeros_like(sets.teacher), scale
        centred = sets.targets - sets.targets.mean(dim=1, keepdim=True)
        weights = _pulled_back(sets.inputs, centred)
        dimension = weights.shape[1]
        squared = 2 * _SCALE_RATE / (self.batch_size * self.step) * dimension
        norm = torch.linalg.vector_norm(weights, dim=1, keepdim=True)
        return weights * (math.sqrt(squared) / norm), scale

    def _fraction(self, epoch: float) -> float:
        """Return the learning rate as a fraction of the first."""
        return (1 + math.cos(math.pi * epoch / max(self.epochs))) / 2 if self.annealed else 1.0


def measure_linear_students(
    task: Task,
    training: Training,
    *,
    networks: int,
    seed: int,
    first_network: int = 0,
    dtype: str = "float64",
    device: str = "auto",
    chunk: int | None = None,
) -> LinearStudents:
    """Train students by SGD on one training set each, shuffled anew for every epoch.

    All methods see the same training sets and the same batches. They start in the direction of the
    covariance of inputs and targets (plain SGD at zero), so that nothing is learnt or kept outside
    the span of the inputs. One learning rate serves all parameters of a student. The prediction of
    the normalised ones does not depend on |w|, whose start sets the learning rate of the direction:
    it falls like 1/|w|^2 as SGD makes |w| grow.

    Args:
        task: what is learnt; its samples are a multiple of the batch size.
        training: how.
        networks: number of independent runs >= 1.
        seed: integer in [0, 2**64); run k depends on (seed, k) alone.
        first_network: index of the first run.
        dtype: "float64" or "float32".
        device: "auto", "cpu" or "cuda".
        chunk: runs trained at once; on a CPU it changes no bit of a result.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    if task.samples % training.batch_size:
        raise ValueError(
            f"samples = {task.samples!r}: must be a multiple of batch_size = "
            f"{training.batch_size!r}"
        )
    precision = DTYPES[arguments.choice("dtype", dtype, DTYPES)]
    device = resolved_device(device)
    if chunk is None:
        chunk = max(1, min(64, _CHUNK_MEMORY // (2 * 8 * task.samples * task.dimension)))
    values = in_chunks(
        lambda block: training.losses(task, task.draw(seed, block, device=device, dtype=precision)),
        arguments.network_range(first_network, networks),
        arguments.integer("chunk", chunk, minimum=1),
    )
    settings = {
        **vars(task), **vars(training), "networks": networks, "seed": seed,
        "first_network": first_network, "dtype": dtype, "device": device,
    }  # fmt: skip
    named = {
        name: Measurement(quantity=name.replace("_", " "), per_network=one, settings=settings)
        for name, one in values.items()
    }
    return LinearStudents(**named)


def measure_least_squares(
    task: Task, *, networks: int, seed: int, first_network: int = 0, device: str = "auto"
) -> Measurement:
    """Excess risk |w - w*|^2 / N of least squares on the training sets of the students of that key.

    Of the shortest weights that fit best with an intercept, which a student with BN has in effect.
    The arguments are those of ``measure_linear_students``; the samples are at least 2.
    """
    arguments.integer("samples", task.samples, minimum=2)
    run = resolved_run(networks=networks, seed=seed, first_network=first_network, device=device)
    return Measurement(
        quantity="excess risk of least squares",
        per_network=each_training_set(_least_squares_excess, task, **run),
        settings={**vars(task), **run},
    )


def gradients(
    method: str,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    weights: torch.Tensor,
    scale: torch.Tensor,
    regularisation: float,
) -> tuple[torch.Tensor, torch.Tensor]:
    """Gradients of the loss of one batch in weights and scale gamma.

    Args:
        method: "sgd", "wn" or "bn".
        inputs: shape (runs, M, N).
        targets: shape (runs, M).
        weights: shape (runs, N).
        scale: shape (runs,); "sgd" has none, and its gradient is 0.
        regularisation: zeta of "wn".
    """
    hidden = outputs(inputs, weights)
    if method == "sgd":
        return _pulled_back(inputs, _slope(hidden - targets)), torch.zeros_like(scale)
    if method == "bn":
        hidden = hidden - hidden.mean(dim=1, keepdim=True)
        length = hidden.square().mean(dim=1, keepdim=True).sqrt()
    else:
        length = weights.square().mean(dim=1, keepdim=True).sqrt()
    normalised = hidden / length
    error = _slope(scale[:, None] * normalised - targets)
    slope_of_scale = (error * normalised).sum(dim=1)
    by_length = (scale * slope_of_scale)[:, None] / length
    error = error * (scale[:, None] / length)
    if method == "bn":
        error = error - error.mean(dim=1, keepdim=True)
        return (
            _pulled_back(inputs, error - normalised * by_length / targets.shape[1]),
            slope_of_scale,
        )
    radial = weights * (by_length / (length * weights.shape[1]))
    return _pulled_back(inputs, error) - radial, slope_of_scale + 2 * regularisation * scale


def effective(
    method: str, inputs: torch.Tensor, weights: torch.Tensor, scale: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Weights, shape (runs, N), and intercept, shape (runs,), with which a student predicts.

    With BN the statistics are those that running averages over batches of the training set tend
    to: its mean, and its unbiased variance.
    """
    if method == "sgd":
        return weights, torch.zeros_like(scale)
    if method == "wn":
        return weights * (scale / weights.square().mean(dim=1).sqrt())[:, None], 0 * scale
    hidden = outputs(inputs, weights)
    mean = hidden.mean(dim=1)
    # torch.std rounds by the number of runs.
    squares = (hidden - mean[:, None]).square().sum(dim=1)
    factor = scale / (squares / (hidden.shape[1] - 1)).sqrt()
    return weights * factor[:, None], -factor * mean


def _look(
    method: str, task: Task, sets: TrainingSets, weights: torch.Tensor, scale: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Return the losses of students, one a run."""
    slope, intercept = effective(method, sets.inputs, weights, scale)
    excess = (slope - sets.teacher).square().mean(dim=1)
    validation = task.noise_variance + excess + intercept.square()
    predictions = outputs(sets.inputs, slope) + intercept[:, None]
    training = (predictions - sets.targets).square().mean(dim=1)
    return {
        "excess_risk": excess,
        "validation_loss": validation,
        "training_loss": training,
        "generalisation_gap": validation - training,
    }


def _least_squares_excess(sets: TrainingSets) -> torch.Tensor:
    """Return the excess risk of the shortest weights that fit best with an intercept."""
    inputs = sets.inputs - sets.inputs.mean(dim=1, keepdim=True)
    targets = sets.targets - sets.targets.mean(dim=1, keepdim=True)
    left, singular, right = torch.linalg.svd(inputs, full_matrices=False)
    # Centring took one rank from the inputs.
    kept = singular > _RANK * singular[:, :1]
    along = (left.mT @ targets[:, :, None])[:, :, 0] * torch.where(kept, 1 / singular, 0)
    weights = (right.mT @ along[:, :, None])[:, :, 0]
    return (weights - sets.teacher).square().mean(dim=1)


def _epochs(epochs: tuple[int, ...]) -> tuple[int, ...]:
    """Return the epochs to look at, checked."""
    given = arguments.sequence("epochs", epochs)
    return tuple(arguments.integer("epochs", one, minimum=1) for one in given)


def _pulled_back(inputs: torch.Tensor, errors: torch.Tensor) -> torch.Tensor:
    """Return the sum over samples of error times input, shape (runs, N)."""
    sums = inputs.new_empty(len(inputs), inputs.shape[2], 1)
    multiply(inputs.mT, errors[:, :, None], out=sums)
    return sums[:, :, 0]


def _slope(residual: torch.Tensor) -> torch.Tensor:
    """Return the gradient of the mean squared residual over a batch."""
    return residual * (2 / residual.shape[1])


def _shuffle(sets: TrainingSets, *, out: torch.Tensor) -> torch.Tensor:
    """Write the inputs in a new order into ``out``, and return the targets in that order."""
    samples = sets.targets.shape[1]
    targets = torch.empty_like(sets.targets)
    orders = [torch.randperm(samples, generator=source) for source in sets.generators]
    for run, order in enumerate(torch.stack(orders).to(targets.device)):
        torch.index_select(sets.inputs[run], 0, order, out=out[run])
        torch.index_select(sets.targets[run], 0, order, out=targets[run])
    return targets
