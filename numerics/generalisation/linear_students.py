"""Linear students of a noisy linear teacher, trained by SGD: plain, with WN and with BN.

Inputs are x ~ N(0, I/N), targets y = w*.x + noise with |w*|^2 = N, and P = alpha N samples make the
training set (Luo 2018, section 4). A batch of M samples gives the mean of (prediction - y)^2 as
loss, with gradients through the batch statistics. The students predict

    sgd   w.x
    wn    sqrt(N) gamma w.x / |w|, penalised by zeta gamma^2
    bn    gamma (w.x - mean over the batch) / (standard deviation over the batch).
"""

import math
from dataclasses import dataclass

import torch

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import aligned, in_chunks, multiply
from numerics.simulation.device import DTYPES

METHODS = ("sgd", "wn", "bn")

_CPU = torch.device("cpu")
_CHUNK_MEMORY = 2**26  # bytes of data of one chunk
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
class Task:
    """Training sets of independent runs, along the leading axis."""

    inputs: torch.Tensor
    targets: torch.Tensor
    teacher: torch.Tensor
    noise_variance: float
    generators: list[torch.Generator]


def measure_linear_students(
    *,
    method: str,
    samples: int,
    width: int,
    epochs: tuple[int, ...],
    networks: int,
    seed: int,
    batch_size: int = 32,
    noise_variance: float = 0.25,
    regularisation: float = 0.0,
    step: float = 1.0,
    annealed: bool = True,
    first_network: int = 0,
    dtype: str = "float64",
    chunk: int | None = None,
) -> LinearStudents:
    """Train students by SGD on one training set each, shuffled anew for every epoch.

    All methods see the same training sets and the same batches. They start in the direction of the
    covariance of inputs and targets (plain SGD at zero), so that nothing is learnt or kept outside
    the span of the inputs. One learning rate serves all parameters of a student. The prediction of
    the normalised ones does not depend on |w|, whose start sets the learning rate of the direction:
    it falls like 1/|w|^2 as SGD makes |w| grow.

    Args:
        method: "sgd", "wn" or "bn".
        samples: P, a multiple of the batch size.
        width: N >= 1 inputs.
        epochs: the epochs after which to look, increasing; the last ends the training.
        networks: number of independent runs >= 1.
        seed: integer >= 0; run k depends on (seed, k) alone.
        batch_size: M >= 2.
        noise_variance: of the teacher's noise, >= 0.
        regularisation: zeta >= 0, for "wn" alone.
        step: first step of the direction, in (0, 1]; at 1 it would fit a batch of orthonormal
            inputs, at the length that the effective weights have at first.
        annealed: whether the learning rate falls to zero along a half cosine, or is constant.
        first_network: index of the first run.
        dtype: "float64" or "float32".
        chunk: runs trained at once; changes no result.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    training = _Training(
        method=arguments.choice("method", method, METHODS),
        batch_size=arguments.integer("batch_size", batch_size, minimum=2),
        epochs=_increasing(epochs),
        regularisation=arguments.real(
            "regularisation", regularisation, minimum=0, maximum=math.inf if method == "wn" else 0
        ),
        step=arguments.real("step", step, minimum=2**-20, maximum=1),
        annealed=arguments.boolean("annealed", annealed),
    )
    law = TaskLaw(
        samples=arguments.integer("samples", samples, minimum=training.batch_size),
        width=arguments.integer("width", width, minimum=1),
        noise_variance=arguments.real("noise_variance", noise_variance, minimum=0, maximum=1e6),
        dtype=DTYPES[arguments.choice("dtype", dtype, DTYPES)],
    )
    if law.samples % training.batch_size:
        raise ValueError(f"samples = {samples!r}: must be a multiple of batch_size = {batch_size}")
    block = arguments.network_range(first_network, networks)
    values = in_chunks(
        lambda part: training.losses(law.draw(seed, part)), block, law.chunk_size(chunk)
    )
    settings = {
        **vars(law), **vars(training), "networks": networks, "seed": seed,
        "first_network": first_network,
    }  # fmt: skip
    named = {
        name: Measurement(quantity=name.replace("_", " "), per_network=one, settings=settings)
        for name, one in values.items()
    }
    return LinearStudents(**named)


def measure_least_squares(
    *,
    samples: int,
    width: int,
    networks: int,
    seed: int,
    noise_variance: float = 0.25,
    first_network: int = 0,
    chunk: int | None = None,
) -> Measurement:
    """Excess risk |w - w*|^2 / N of least squares on the training sets of the students of that key.

    Of the shortest weights that fit best with an intercept, which a student with BN has in effect.
    The arguments are those of ``measure_linear_students``.
    """
    law = TaskLaw(
        samples=arguments.integer("samples", samples, minimum=2),
        width=arguments.integer("width", width, minimum=1),
        noise_variance=arguments.real("noise_variance", noise_variance, minimum=0, maximum=1e6),
        dtype=torch.float64,
    )
    values = in_chunks(
        lambda part: {"excess": _least_squares_excess(law.draw(seed, part))},
        arguments.network_range(first_network, networks),
        law.chunk_size(chunk),
    )
    settings = {**vars(law), "networks": networks, "seed": seed, "first_network": first_network}
    return Measurement(
        quantity="excess risk of least squares", per_network=values["excess"], settings=settings
    )


@dataclass(frozen=True, kw_only=True)
class TaskLaw:
    """The law of a training set."""

    samples: int
    width: int
    noise_variance: float
    dtype: torch.dtype

    def draw(self, seed: int, block: range) -> Task:
        """Draw the training sets of a block of runs."""
        size, (samples, width) = len(block), (self.samples, self.width)
        generators = [keyed.generator(seed=seed, network=k) for k in block]
        inputs = aligned(size, samples, width, dtype=self.dtype, device=_CPU)
        normals = keyed.standard_normals(generators, samples * width).view(size, samples, width)
        inputs.copy_(normals).mul_(width**-0.5)
        teacher = keyed.standard_normals(generators, width).to(self.dtype)
        teacher *= math.sqrt(width) / torch.linalg.vector_norm(teacher, dim=1, keepdim=True)
        noise = keyed.standard_normals(generators, samples).to(self.dtype)
        targets = _outputs(inputs, teacher) + math.sqrt(self.noise_variance) * noise
        return Task(
            inputs=inputs, targets=targets, teacher=teacher, generators=generators,
            noise_variance=self.noise_variance,
        )  # fmt: skip

    def chunk_size(self, chunk: int | None) -> int:
        """Return how many runs to train at once."""
        if chunk is not None:
            return arguments.integer("chunk", chunk, minimum=1)
        return max(1, min(64, _CHUNK_MEMORY // (2 * 8 * self.samples * self.width)))


@dataclass(frozen=True, kw_only=True)
class _Training:
    """How a student learns."""

    method: str
    batch_size: int
    epochs: tuple[int, ...]
    regularisation: float
    step: float
    annealed: bool

    def losses(self, task: Task) -> dict[str, torch.Tensor]:
        """Train on each of the training sets, and look at the recorded epochs."""
        weights, scale = self._start(task)
        rate = self.batch_size * self.step / 2 if self.method == "sgd" else _SCALE_RATE
        batches = task.targets.shape[1] // self.batch_size
        shuffled = aligned(*task.inputs.shape, dtype=task.inputs.dtype, device=_CPU)
        seen = []
        for epoch in range(self.epochs[-1]):
            targets = _shuffle(task, out=shuffled)
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
                seen.append(_look(self.method, task, weights, scale))
        return {name: torch.stack([one[name] for one in seen], dim=1) for name in seen[0]}

    def _start(self, task: Task) -> tuple[torch.Tensor, torch.Tensor]:
        """Return weights and scale at first."""
        scale = torch.ones_like(task.teacher[:, 0])
        if self.method == "sgd":
            return torch.zeros_like(task.teacher), scale
        centred = task.targets - task.targets.mean(dim=1, keepdim=True)
        weights = _pulled_back(task.inputs, centred)
        width = weights.shape[1]
        squared = 2 * _SCALE_RATE / (self.batch_size * self.step) * width
        norm = torch.linalg.vector_norm(weights, dim=1, keepdim=True)
        return weights * (math.sqrt(squared) / norm), scale

    def _fraction(self, epoch: float) -> float:
        """Return the learning rate as a fraction of the first."""
        return (1 + math.cos(math.pi * epoch / self.epochs[-1])) / 2 if self.annealed else 1.0


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
    hidden = _outputs(inputs, weights)
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
    hidden = _outputs(inputs, weights)
    mean = hidden.mean(dim=1)
    # torch.std rounds by the number of runs.
    squares = (hidden - mean[:, None]).square().sum(dim=1)
    factor = scale / (squares / (hidden.shape[1] - 1)).sqrt()
    return weights * factor[:, None], -factor * mean


def _look(
    method: str, task: Task, weights: torch.Tensor, scale: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Return the losses of students, one a run."""
    slope, intercept = effective(method, task.inputs, weights, scale)
    excess = (slope - task.teacher).square().mean(dim=1)
    validation = task.noise_variance + excess + intercept.square()
    predictions = _outputs(task.inputs, slope) + intercept[:, None]
    training = (predictions - task.targets).square().mean(dim=1)
    return {
        "excess_risk": excess,
        "validation_loss": validation,
        "training_loss": training,
        "generalisation_gap": validation - training,
    }


def _least_squares_excess(task: Task) -> torch.Tensor:
    """Return the excess risk of the shortest weights that fit best with an intercept."""
    inputs = task.inputs - task.inputs.mean(dim=1, keepdim=True)
    targets = task.targets - task.targets.mean(dim=1, keepdim=True)
    # Rank-revealing: centring took one rank from the inputs.
    fitted = torch.linalg.lstsq(inputs, targets[:, :, None], rcond=1e-10, driver="gelsd")
    return (fitted.solution[:, :, 0] - task.teacher).square().mean(dim=1)


def _increasing(epochs: tuple[int, ...]) -> tuple[int, ...]:
    """Return the epochs to look at, checked."""
    given = arguments.sequence("epochs", epochs)
    checked = tuple(arguments.integer("epochs", one, minimum=1) for one in given)
    if list(checked) != sorted(set(checked)):
        raise ValueError(f"epochs = {epochs!r}: must be increasing")
    return checked


def _outputs(inputs: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return w.x of every sample, shape (runs, samples)."""
    outputs = torch.empty(*inputs.shape[:2], 1, dtype=inputs.dtype)
    multiply(inputs, weights[:, :, None], out=outputs)
    return outputs[:, :, 0]


def _pulled_back(inputs: torch.Tensor, errors: torch.Tensor) -> torch.Tensor:
    """Return the sum over samples of error times input, shape (runs, N)."""
    sums = torch.empty(len(inputs), inputs.shape[2], 1, dtype=inputs.dtype)
    multiply(inputs.mT, errors[:, :, None], out=sums)
    return sums[:, :, 0]


def _slope(residual: torch.Tensor) -> torch.Tensor:
    """Return the gradient of the mean squared residual over a batch."""
    return residual * (2 / residual.shape[1])


def _shuffle(task: Task, *, out: torch.Tensor) -> torch.Tensor:
    """Write the inputs in a new order into ``out``, and return the targets in that order."""
    samples = task.targets.shape[1]
    targets = torch.empty_like(task.targets)
    for run, source in enumerate(task.generators):
        order = torch.randperm(samples, generator=source)
        torch.index_select(task.inputs[run], 0, order, out=out[run])
        torch.index_select(task.targets[run], 0, order, out=targets[run])
    return targets
