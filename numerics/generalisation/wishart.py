"""Errors of least squares and ridge regression in law, averaged over teacher and noise.

Given its inputs X, P x N, they depend on the eigenvalues of X^T X alone. Those of N X^T X are of a
real Wishart matrix, n = min(N, P) and m = max(N, P), and so of B B^T, B bidiagonal with independent
entries (Silverstein 1985; Dumitriu and Edelman 2002): chi_m, chi_(m-1), ... on the diagonal and
chi_(n-1), ..., chi_1 below it. A data set takes 2 n random numbers instead of P N, and n steps.
"""

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from numerics.generalisation.tasks import LARGEST, Task, resolved_run
from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import array, in_chunks

_CHUNK_MEMORY = 2**27  # bytes of random numbers of one chunk


@dataclass(frozen=True, kw_only=True)
class WishartErrors:
    """Average errors of students, a value a data set.

    Attributes:
        excess_risk: |w - w*|^2 / N.
        training_error: mean of (y - w . x)^2 over the training set.
        generalisation_gap: validation minus training error; the former is v + excess risk.
        resolvent_trace: tr (X^T X + zeta)^-1 / N; infinite of least squares with P < N.
    """

    excess_risk: Measurement
    training_error: Measurement
    generalisation_gap: Measurement
    resolvent_trace: Measurement


def measure_wishart_errors(
    task: Task,
    *,
    ridge: float,
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> WishartErrors:
    """Measure students of data sets whose eigenvalues are drawn from their exact law.

    Args:
        task: what is learnt.
        ridge: strength zeta in [0, 1e12]; 0 is least squares.
        networks: number of data sets >= 1.
        seed: integer in [0, 2**64); data set k depends on (seed, k) alone.
        first_network: index of the first data set.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    zeta = arguments.real("ridge", ridge, minimum=0, maximum=LARGEST)
    run = resolved_run(networks=networks, seed=seed, first_network=first_network, device=device)
    n, m = sorted((task.dimension, task.samples))

    def sums(block: range) -> dict[str, torch.Tensor]:
        squares = _squared_entries(n, m, seed, block) / task.dimension
        diagonal, below = torch.from_numpy(squares).to(run["device"]).unbind(dim=1)
        first, second = resolvent_sums(array(diagonal), array(below), zeta)
        return {"first": torch.as_tensor(first), "second": torch.as_tensor(second)}

    chunk = max(1, _CHUNK_MEMORY // (16 * n))
    found = in_chunks(sums, arguments.network_range(first_network, networks), chunk)
    values = _errors(task, zeta, found["first"], found["second"])
    settings = {**vars(task), "ridge": zeta, **run}
    return WishartErrors(
        **{
            name: Measurement(quantity=name.replace("_", " "), per_network=value, settings=settings)
            for name, value in values.items()
        }
    )


def _errors(task: Task, zeta: float, first: np.ndarray, second: np.ndarray) -> dict[str, Any]:
    """Return the errors of the sums of 1/(s + zeta) and 1/(s + zeta)^2 over n eigenvalues s.

    An eigenvalue adds (zeta^2 + v s) / (s + zeta)^2 to N times the excess risk, and
    zeta^2 (s + v) / (s + zeta)^2 to P times the training error.
    """
    v, n = task.noise_variance, min(task.dimension, task.samples)
    idle_inputs, idle_samples = task.dimension - n, task.samples - n
    fitted = first - zeta * second  # the sum of s / (s + zeta)^2
    excess = (zeta**2 * second + v * fitted + idle_inputs) / task.dimension
    training = (zeta**2 * (fitted + v * second) + idle_samples * v) / task.samples
    idle_trace = 0.0 if not idle_inputs else idle_inputs / zeta if zeta else math.inf
    return {
        "excess_risk": excess,
        "training_error": training,
        "generalisation_gap": v + excess - training,
        "resolvent_trace": (first + idle_trace) / task.dimension,
    }


def _squared_entries(n: int, m: int, seed: int, block: range) -> np.ndarray:
    """Return the squares of the diagonal and of what stands below it, shape (n, 2, runs).

    The last one below is no entry, and 0.
    """
    freedom = np.concatenate([np.arange(m, m - n, -1), np.arange(n - 1, 0, -1)])
    squares = np.zeros((n, 2, len(block)))
    for run, network in enumerate(block):
        drawn = keyed.numpy_generator(seed=seed, network=network).chisquare(freedom)
        squares[:, 0, run], squares[:-1, 1, run] = drawn[:n], drawn[n:]
    return squares


def resolvent_sums(diagonal: Any, below: Any, zeta: float) -> tuple[Any, Any]:
    """Return tr (B B^T + zeta)^-1 and tr (B B^T + zeta)^-2, shape (runs,) each.

    The pivots of B B^T + zeta are d = x^2 + e, where e = zeta at first and then zeta + y^2 e / d of
    the pivot before; the sums are of d'/d and of (d'/d)^2 - d''/d, slopes in zeta. Every term is
    positive: nothing cancels.

    Args:
        diagonal: x^2, squares of the diagonal of B, arrays or tensors of shape (n, runs).
        below: y^2, squares of what stands below it, the last 0.
        zeta: the shift >= 0.
    """
    shift, slope, curvature = zeta + 0 * diagonal[0], 1 + 0 * diagonal[0], 0 * diagonal[0]
    first, second = 0 * slope, 0 * slope
    for x, y in zip(diagonal, below, strict=True):
        # In place where it can be: memory takes longer than the arithmetic.
        pivot = x + shift if zeta else x
        slope /= pivot
        curvature /= pivot
        square = slope * slope
        first += slope
        second += square - curvature
        passed = y
        if zeta:  # else e stays 0
            passed = y * (x / pivot)
            shift = zeta + y * (shift / pivot)
        slope *= passed
        slope += 1
        square *= 2
        curvature -= square
        curvature *= passed
    return first, second
