"""Least squares and ridge regression on data sets of a noisy linear teacher.

Data set k has P samples y = w* . x + noise, x ~ N(0, I/N), noise ~ N(0, v), and a teacher w* that
is uniform on the sphere |w*|^2 = N. The student w minimises sum (y - w . x)^2 + zeta |w|^2; at
zeta = 0 it is the shortest of those with the least sum of squares. On fresh inputs its error
without noise, the excess risk, is |w - w*|^2 / N.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import brentq

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import measuring

_LARGEST = 1e12
_STEP = 1e-30  # relative complex step; its square is lost in rounding


@dataclass(frozen=True, kw_only=True)
class Task:
    """The law of a data set.

    Attributes:
        inputs: N >= 1.
        samples: P >= 1.
        noise_variance: v in [0, 1e12].

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    inputs: int
    samples: int
    noise_variance: float

    def __post_init__(self) -> None:
        arguments.integer("inputs", self.inputs, minimum=1)
        arguments.integer("samples", self.samples, minimum=1)
        arguments.real("noise_variance", self.noise_variance, minimum=0, maximum=_LARGEST)


@dataclass(frozen=True, kw_only=True)
class DataSet:
    """One data set, in float64: ``inputs`` X (P, N), ``targets`` y (P,), ``teacher`` w* (N,)."""

    inputs: torch.Tensor
    targets: torch.Tensor
    teacher: torch.Tensor


@dataclass(frozen=True, kw_only=True)
class Errors:
    """Errors of students, shape (data sets, ridge strengths).

    Attributes:
        excess_risk: |w - w*|^2 / N.
        training_error: mean of (y - w . x)^2 over the data set.
        generalisation_gap: validation minus training error; the former is v + excess risk.
    """

    excess_risk: Measurement
    training_error: Measurement
    generalisation_gap: Measurement


def draw(task: Task, *, seed: int, data_set: int) -> DataSet:
    """Return one data set of a seed; neither inputs nor teacher depend on the noise variance."""
    samples, inputs = task.samples, task.inputs
    source = keyed.generator(seed=seed, network=data_set)
    normals = keyed.standard_normals([source], samples * inputs + inputs + samples)[0].double()
    flat, teacher, noise = normals.split([samples * inputs, inputs, samples])
    x = flat.view(samples, inputs) / inputs**0.5
    teacher = teacher * (inputs**0.5 / teacher.norm())
    targets = x @ teacher + task.noise_variance**0.5 * noise
    return DataSet(inputs=x, targets=targets, teacher=teacher)


def measure_errors(
    task: Task, *, ridges: Sequence[float], networks: int, seed: int, first_network: int = 0
) -> Errors:
    """Measure students of drawn teachers and noise.

    Args:
        task: the law of the data sets.
        ridges: strengths zeta in [0, 1e12], at least one.
        networks: number of data sets >= 1.
        seed: integer >= 0; data set k depends on (seed, k) alone.
        first_network: index of the first data set.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    strengths = _strengths(ridges)

    def errors(data: DataSet) -> torch.Tensor:
        left, singular, right = torch.linalg.svd(data.inputs, full_matrices=False)
        gain = singular / (singular.square() + strengths[:, None])
        students = (gain * (left.T @ data.targets)) @ right
        residuals = data.targets - students @ data.inputs.T
        excess = (students - data.teacher).square().mean(dim=1)
        return torch.stack([excess, residuals.square().mean(dim=1)])

    values = each_data_set(errors, task, networks=networks, seed=seed, first_network=first_network)
    return _errors(values, task, {"ridges": tuple(strengths.tolist()), "seed": seed})


def measure_average_errors(
    task: Task, *, ridges: Sequence[float], networks: int, seed: int, first_network: int = 0
) -> Errors:
    """Measure the same errors averaged exactly over teacher and noise, given the inputs.

    The inputs are those of ``measure_errors``, as are arguments and exceptions. Where its errors
    vary between data sets by O(1/sqrt(N)), these vary by O(1/N). An eigenvalue s of X^T X adds
    (zeta^2 + v s) / (s + zeta)^2 to N times the excess risk, and one of X X^T
    zeta^2 (s + v) / (s + zeta)^2 to P times the training error.
    """
    strengths, v = _strengths(ridges), task.noise_variance
    idle_inputs = max(task.inputs - task.samples, 0)
    idle_samples = max(task.samples - task.inputs, 0)

    def errors(data: DataSet) -> torch.Tensor:
        s = eigenvalues(data)
        column = strengths[:, None]
        squared = (s + column).square()
        excess = ((column.square() + v * s) / squared).sum(dim=1) + idle_inputs
        training = (column.square() * (s + v) / squared).sum(dim=1) + idle_samples * v
        return torch.stack([excess / task.inputs, training / task.samples])

    values = each_data_set(errors, task, networks=networks, seed=seed, first_network=first_network)
    return _errors(values, task, {"ridges": tuple(strengths.tolist()), "seed": seed})


def measure_resolvent_trace(
    task: Task, *, ridge: float, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Measure tr (X^T X + zeta)^-1 / N of the inputs, at ``ridge`` zeta in [1e-12, 1e12]."""
    arguments.real("ridge", ridge, minimum=1 / _LARGEST, maximum=_LARGEST)
    idle_inputs = max(task.inputs - task.samples, 0)

    def trace(data: DataSet) -> torch.Tensor:
        return ((1 / (eigenvalues(data) + ridge)).sum() + idle_inputs / ridge) / task.inputs

    values = each_data_set(trace, task, networks=networks, seed=seed, first_network=first_network)
    settings = {**vars(task), "ridge": ridge, "seed": seed}
    return Measurement(quantity="trace of the resolvent", per_network=values, settings=settings)


def measure_best_ridge(
    task: Task, *, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Measure the ridge strength of least excess risk, averaged over teacher and noise.

    It is found on each data set as the root of the slope of the risk between 1e-13 and 1e13, and is
    0 where the risk grows from the lower end on.  Far above the eigenvalues the risk is flat: the
    root errs by some 1e-15 times itself, relatively.
    """

    def best(data: DataSet) -> torch.Tensor:
        s = eigenvalues(data).numpy()

        def slope(logarithm: float) -> float:
            # A complex step: the derivative without a difference.
            zeta = np.exp(logarithm) * (1 + _STEP * 1j)
            risk = (zeta**2 + task.noise_variance * s) / (s + zeta) ** 2
            return float(risk.sum().imag / _STEP)

        least, greatest = np.log([1e-13, 1e13])
        if slope(least) >= 0:
            return torch.tensor(0.0, dtype=torch.float64)
        return torch.tensor(np.exp(brentq(slope, least, greatest, xtol=1e-14)))

    values = each_data_set(best, task, networks=networks, seed=seed, first_network=first_network)
    settings = {**vars(task), "seed": seed}
    return Measurement(quantity="best ridge strength", per_network=values, settings=settings)


def eigenvalues(data: DataSet) -> torch.Tensor:
    """Return the min(N, P) eigenvalues that X^T X and X X^T share, shape (min(N, P),)."""
    x = data.inputs
    samples, inputs = x.shape
    return torch.linalg.eigvalsh(x.T @ x if samples > inputs else x @ x.T)


def each_data_set(
    value: Callable[[DataSet], torch.Tensor],
    task: Task,
    *,
    networks: int,
    seed: int,
    first_network: int,
) -> np.ndarray:
    """Return ``value`` of each data set of a run, one by one; they run along the first axis."""
    with measuring():
        values = [
            value(draw(task, seed=seed, data_set=k))
            for k in arguments.network_range(first_network, networks)
        ]
        return torch.stack(values).numpy()


def _strengths(ridges: Sequence[float]) -> torch.Tensor:
    given = arguments.sequence("ridges", ridges)
    checked = [arguments.real("ridges", one, minimum=0, maximum=_LARGEST) for one in given]
    return torch.tensor(checked, dtype=torch.float64)


def _errors(values: np.ndarray, task: Task, settings: dict[str, object]) -> Errors:
    excess, training = values[:, 0], values[:, 1]

    def measured(quantity: str, per_network: np.ndarray) -> Measurement:
        return Measurement(
            quantity=quantity, per_network=per_network, settings={**vars(task), **settings}
        )

    return Errors(
        excess_risk=measured("excess risk", excess),
        training_error=measured("training error", training),
        generalisation_gap=measured(
            "validation minus training error", task.noise_variance + excess - training
        ),
    )
