"""Weight normalisation with a penalty on its scale, trained to the minimum on a whole training set.

The student is y = sqrt(N) gamma w . x / |w| and its loss (Luo et al. 2018, sections 3 and 4)

    (1/P) sum (y - sqrt(N) gamma w . x / |w|)^2 + zeta gamma^2.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import minimize

from numerics.generalisation.regression import measure_errors
from numerics.generalisation.tasks import (
    LARGEST,
    Task,
    TrainingSets,
    each_training_set,
    resolved_run,
)
from numerics.generalisation.wishart import measure_wishart_errors
from numerics.measurement import Measurement
from numerics.simulation import arguments

_STOP = {"maxcor": 10, "maxiter": 10_000, "ftol": 0.0, "gtol": 1e-7}
_RESTARTS = 50
_SHORTEST = 2.0**-10  # fraction of a Newton step


@dataclass(frozen=True, kw_only=True)
class WeightNorm:
    """Trained students, a value a training set.

    Attributes:
        excess_risk: |u - w*|^2 / N of the weights u = sqrt(N) gamma w / |w|.
        training_error: mean of (y - u . x)^2 over the training set.
        ridge: the strength zeta' with which ridge regression has the gradient zero along u,
            u . X^T (y - X u) / |u|^2.
        misfit: |X^T (y - X u) - zeta' u| / |zeta' u|, 0 where u is a solution of ridge regression.
    """

    excess_risk: Measurement
    training_error: Measurement
    ridge: Measurement
    misfit: Measurement


def measure_weight_norm(
    task: Task,
    *,
    regularisation: float,
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> WeightNorm:
    """Train students on the training sets of ``regression.measure_errors`` to their minimum.

    scipy's L-BFGS walks on the CPU; losses, gradients and Hessians are found on the device.

    Args:
        task: what is learnt.
        regularisation: zeta in (1e-12, 1e12].
        networks: number of training sets >= 1.
        seed: integer in [0, 2**64); training set k depends on (seed, k) alone.
        first_network: index of the first training set.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.real("regularisation", regularisation, minimum=1 / LARGEST, maximum=LARGEST)

    def trained(sets: TrainingSets) -> torch.Tensor:
        rows = zip(sets.inputs, sets.targets, sets.teacher, strict=True)
        return torch.stack(
            [_errors(x, y, w, trained_weights(x, y, regularisation)) for x, y, w in rows]
        )

    run = resolved_run(networks=networks, seed=seed, first_network=first_network, device=device)
    columns = each_training_set(trained, task, **run).T
    names = ("excess risk", "training error", "ridge strength", "misfit")
    settings = {**vars(task), "regularisation": regularisation, **run}
    return WeightNorm(
        **{
            field: Measurement(quantity=name, per_network=column, settings=settings)
            for field, name, column in zip(
                WeightNorm.__dataclass_fields__, names, columns, strict=True
            )
        }
    )


def measure_trained_risk(
    task: Task,
    *,
    regularisation: float,
    ridge: float,
    enlarged: int,
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> Measurement:
    """Measure the excess risk of trained students by a control variate.

    That is the risk of ridge regression on the same data, which is taken off; its mean is put back
    as it is in law, averaged over teacher and noise, on ``enlarged`` >= 1 times as many inputs and
    samples. So the mean tends to that of the students at any strength ``ridge`` in [0, 1e12], and
    varies the less the nearer a student is to one of ridge regression. The other arguments are
    those of ``measure_weight_norm``.
    """
    larger = task.enlarged(enlarged)
    run = resolved_run(networks=networks, seed=seed, first_network=first_network, device=device)
    trained = measure_weight_norm(task, regularisation=regularisation, **run).excess_risk
    control = measure_errors(task, ridges=[ridge], **run).excess_risk
    in_law = measure_wishart_errors(larger, ridge=ridge, **run).excess_risk
    return Measurement(
        quantity="excess risk",
        per_network=trained.per_network - control.per_network[:, 0] + in_law.per_network,
        settings={**trained.settings, "ridge": ridge, "enlarged": enlarged},
    )


def _errors(
    x: torch.Tensor, y: torch.Tensor, teacher: torch.Tensor, u: torch.Tensor
) -> torch.Tensor:
    """Return the four values of one student, in the order of ``WeightNorm``."""
    residual = y - x @ u
    slope = x.mT @ residual
    ridge = (u @ slope) / (u @ u)
    misfit = torch.linalg.vector_norm(slope - ridge * u) / torch.linalg.vector_norm(ridge * u)
    return torch.stack([(u - teacher).square().mean(), residual.square().mean(), ridge, misfit])


def trained_weights(x: torch.Tensor, y: torch.Tensor, regularisation: float) -> torch.Tensor:
    """Return sqrt(N) gamma w / |w| at the minimum of the loss, from w = X^T y, gamma = 1.

    L-BFGS comes near it, and Newton's method to rounding.
    """
    dimension = x.shape[1]

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        value, slope = loss_and_slope(x, y, regularisation, torch.from_numpy(point).to(x))
        return float(value), slope.cpu().numpy()

    start = (x.mT @ y).cpu().numpy()
    point = np.append(start * (dimension**0.5 / np.linalg.norm(start)), 1.0)
    for _ in range(_RESTARTS):
        point = minimize(loss, point, jac=True, method="L-BFGS-B", options=_STOP).x
        # The loss does not depend on |w|, which grows: far out every gradient is small.
        point[:-1] *= dimension**0.5 / np.linalg.norm(point[:-1])
        if np.abs(loss(point)[1]).max() < _STOP["gtol"]:
            break
    near = torch.from_numpy(point[-1] * point[:-1]).to(x)
    return _polished(x, y, regularisation, near)


def loss_and_slope(
    x: torch.Tensor, y: torch.Tensor, regularisation: float, point: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the loss at ``point``, w and then gamma, shape (N + 1,), and its gradient."""
    samples, dimension = x.shape
    w, gamma = point[:-1], point[-1]
    by_length = dimension**0.5 / torch.linalg.vector_norm(w)
    direction = w * by_length
    residual = y - gamma * (x @ direction)
    slope = (-2 / samples) * (x.mT @ residual)
    along = slope @ direction
    by_w = gamma * by_length * (slope - along * direction / dimension)
    by_gamma = along + 2 * regularisation * gamma
    misfit = residual @ residual / samples
    return misfit + regularisation * gamma.square(), torch.cat([by_w, by_gamma[None]])


def _polished(
    x: torch.Tensor, y: torch.Tensor, regularisation: float, u: torch.Tensor
) -> torch.Tensor:
    """Return where Newton's method in (w, gamma) from u, |w|^2 = N, lessens the gradient no more.

    A step that would not lessen it is halved until it does.
    """
    root = len(u) ** 0.5
    gradient, hessian = derivatives(x, y, regularisation, u)
    step, fraction = torch.linalg.solve(hessian, gradient), 1.0
    while fraction > _SHORTEST:
        gamma = torch.linalg.vector_norm(u) / root
        w = u / gamma - fraction * step[:-1]
        tried = (gamma - fraction * step[-1]) * w * (root / torch.linalg.vector_norm(w))
        slope, curvature = derivatives(x, y, regularisation, tried)
        if slope.abs().max() < gradient.abs().max():
            u, gradient, hessian = tried, slope, curvature
            step, fraction = torch.linalg.solve(hessian, gradient), 1.0
        else:
            fraction /= 2
    return u


def derivatives(
    x: torch.Tensor, y: torch.Tensor, regularisation: float, u: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return gradient and Hessian of the loss in (w, gamma) at |w|^2 = N, along w made regular.

    The loss does not depend on |w|, so that along w its Hessian is singular and its gradient 0.
    """
    (samples, dimension), length = x.shape, torch.linalg.vector_norm(u)
    along, gamma = u / length, length / x.shape[1] ** 0.5
    slope, curvature = (2 / samples) * (x.T @ (x @ u - y)), (2 / samples) * (x.T @ x)
    across = torch.eye(dimension).to(x) - torch.outer(along, along)
    w, tangent = dimension**0.5 * along, across @ slope
    by_gamma = slope @ w + 2 * regularisation * gamma
    gradient = torch.cat([gamma * tangent, by_gamma[None]])
    hessian = x.new_empty(dimension + 1, dimension + 1)
    turned = torch.outer(tangent, along)
    hessian[:-1, :-1] = (
        gamma**2 * across @ curvature @ across + torch.outer(along, along) * gamma**2
    )
    hessian[:-1, :-1] -= gamma / dimension**0.5 * (along @ slope * across + turned + turned.T)
    hessian[:-1, -1] = hessian[-1, :-1] = gamma * (across @ (curvature @ w)) + tangent
    hessian[-1, -1] = w @ curvature @ w + 2 * regularisation
    return gradient, hessian
