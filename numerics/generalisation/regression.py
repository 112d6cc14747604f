"""Least squares and ridge regression on training sets of a noisy linear teacher.

The student w minimises sum (y - w . x)^2 + zeta |w|^2; at zeta = 0 it is the shortest of those with
the least sum of squares. On fresh inputs its error without noise, the excess risk, is
|w - w*|^2 / N.
"""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import brentq

from numerics.generalisation.tasks import (
    LARGEST,
    Task,
    TrainingSets,
    each_training_set,
    resolved_run,
)
from numerics.measurement import Measurement
from numerics.simulation import arguments

_STEP = 1e-30  # relative complex step; its square is lost in rounding


@dataclass(frozen=True, kw_only=True)
class Errors:
    """Errors of students, shape (training sets, ridge strengths).

    Attributes:
        excess_risk: |w - w*|^2 / N.
        training_error: mean of (y - w . x)^2 over the training set.
        generalisation_gap: validation minus training error; the former is v + excess risk.
    """

    excess_risk: Measurement
    training_error: Measurement
    generalisation_gap: Measurement


def measure_errors(
    task: Task,
    *,
    ridges: Sequence[float],
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> Errors:
    """Measure students of drawn teachers and noise.

    Args:
        task: what is learnt.
        ridges: strengths zeta in [0, 1e12], at least one.
        networks: number of training sets >= 1.
        seed: integer in [0, 2**64); training set k depends on (seed, k) alone.
        first_network: index of the first training set.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    strengths = _strengths(ridges)

    def errors(sets: TrainingSets) -> torch.Tensor:
        left, singular, right = torch.linalg.svd(sets.inputs, full_matrices=False)
        singular, along = singular[:, None], (left.mT @ sets.targets[..., None]).mT
        column = torch.tensor(strengths, dtype=torch.float64).to(singular)[:, None]
        gain = singular / (singular.square() + column)
        students = (gain * along) @ right
        residuals = sets.targets[:, None] - students @ sets.inputs.mT
        excess = (students - sets.teacher[:, None]).square().mean(dim=2)
        return torch.stack([excess, residuals.square().mean(dim=2)], dim=1)

    run = resolved_run(networks=networks, seed=seed, first_network=first_network, device=device)
    values = each_training_set(errors, task, **run)
    return _errors(values, task, {"ridges": strengths, **run})


def measure_average_errors(
    task: Task,
    *,
    ridges: Sequence[float],
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> Errors:
    """Measure the same errors averaged exactly over teacher and noise, given the inputs.

    The inputs are those of ``measure_errors``, as are arguments and exceptions. Where its errors
    vary between training sets by O(1/sqrt(N)), these vary by O(1/N). An eigenvalue s of X^T X adds
    (zeta^2 + v s) / (s + zeta)^2 to N times the excess risk, and one of X X^T
    zeta^2 (s + v) / (s + zeta)^2 to P times the training error.
    """
    strengths, v = _strengths(ridges), task.noise_variance
    idle_inputs = max(task.dimension - task.samples, 0)
    idle_samples = max(task.samples - task.dimension, 0)

    def errors(sets: TrainingSets) -> torch.Tensor:
        s = eigenvalues(sets)[:, None]
        column = torch.tensor(strengths, dtype=torch.float64).to(s)[:, None]
        squared = (s + column).square()
        excess = ((column.square() + v * s) / squared).sum(dim=2) + idle_inputs
        training = (column.square() * (s + v) / squared).sum(dim=2) + idle_samples * v
        return torch.stack([excess / task.dimension, training / task.samples], dim=1)

    run = resolved_run(networks=networks, seed=seed, first_network=first_network, device=device)
    values = each_training_set(errors, task, **run)
    return _errors(values, task, {"ridges": strengths, **run})


def measure_best_ridge(
    task: Task, *, networks: int, seed: int, first_network: int = 0, device: str = "auto"
) -> Measurement:
    """Measure the ridge strength of least excess risk, averaged over teacher and noise.

    The eigenvalues are found on the device. On each training set the strength is the root of the
    slope of the risk between 1e-13 and 1e13, and 0 where the risk grows from the lower end on. Far
    above the eigenvalues the risk is flat: the root errs by some 1e-15 times itself, relatively.
    """

    def best(spectrum: np.ndarray) -> float:
        def slope(logarithm: float) -> float:
            # A complex step: the derivative without a difference.
            zeta = np.exp(logarithm) * (1 + _STEP * 1j)
            risk = (zeta**2 + task.noise_variance * spectrum) / (spectrum + zeta) ** 2
            return float(risk.sum().imag / _STEP)

        least, greatest = np.log([1e-13, 1e13])
        if slope(least) >= 0:
            return 0.0
        return float(np.exp(brentq(slope, least, greatest, xtol=1e-14)))

    run = resolved_run(networks=networks, seed=seed, first_network=first_network, device=device)
    found = each_training_set(eigenvalues, task, **run)
    return Measurement(
        quantity="best ridge strength",
        per_network=np.array([best(row) for row in found]),
        settings={**vars(task), **run},
    )


def eigenvalues(sets: TrainingSets) -> torch.Tensor:
    """Return the min(N, P) eigenvalues that X^T X and X X^T share, shape (runs, min(N, P))."""
    x = sets.inputs
    samples, dimension = x.shape[1:]
    return torch.linalg.eigvalsh(x.mT @ x if samples > dimension else x @ x.mT)


def _strengths(ridges: Sequence[float]) -> tuple[float, ...]:
    given = arguments.sequence("ridges", ridges)
    return tuple(arguments.real("ridges", one, minimum=0, maximum=LARGEST) for one in given)


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
