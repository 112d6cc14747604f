"""Weight normalisation with a penalty on its scale, trained to the minimum on a whole data set.

The student is y = sqrt(N) gamma w . x / |w| and its loss (Luo et al. 2018, sections 3 and 4)

    (1/P) sum (y - sqrt(N) gamma w . x / |w|)^2 + zeta gamma^2.
"""

from dataclasses import dataclass

import numpy as np
import torch
from scipy.optimize import minimize

from numerics.generalisation.regression import DataSet, Task, each_data_set
from numerics.measurement import Measurement
from numerics.simulation import arguments

_LARGEST = 1e12
_STOP = {"maxcor": 10, "maxiter": 10_000, "ftol": 0.0, "gtol": 1e-7}
_RESTARTS = 50
_SHORTEST = 2.0**-10  # fraction of a Newton step


@dataclass(frozen=True, kw_only=True)
class WeightNorm:
    """Trained students, a value a data set.

    Attributes:
        excess_risk: |u - w*|^2 / N of the weights u = sqrt(N) gamma w / |w|.
        training_error: mean of (y - u . x)^2 over the data set.
        ridge: the strength zeta' with which ridge regression has the gradient zero along u,
            u . X^T (y - X u) / |u|^2.
        misfit: |X^T (y - X u) - zeta' u| / |zeta' u|, 0 where u is a solution of ridge regression.
    """

    excess_risk: Measurement
    training_error: Measurement
    ridge: Measurement
    misfit: Measurement


def measure_weight_norm(
    task: Task, *, regularisation: float, networks: int, seed: int, first_network: int = 0
) -> WeightNorm:
    """Train students on the data sets of ``regression.measure_errors`` to their minimum.

    Args:
        task: the law of the data sets.
        regularisation: zeta in (1e-12, 1e12].
        networks: number of data sets >= 1.
        seed: integer >= 0; data set k depends on (seed, k) alone.
        first_network: index of the first data set.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.real("regularisation", regularisation, minimum=1 / _LARGEST, maximum=_LARGEST)

    def trained(data: DataSet) -> torch.Tensor:
        x, y, teacher = (part.numpy() for part in (data.inputs, data.targets, data.teacher))
        u = trained_weights(x, y, regularisation)
        residual = y - x @ u
        slope = x.T @ residual
        ridge = u @ slope / (u @ u)
        misfit = np.linalg.norm(slope - ridge * u) / np.linalg.norm(ridge * u)
        excess = np.mean((u - teacher) ** 2)
        return torch.tensor(np.array([excess, np.mean(residual**2), ridge, misfit]))

    columns = each_data_set(
        trained, task, networks=networks, seed=seed, first_network=first_network
    ).T
    names = ("excess risk", "training error", "ridge strength", "misfit")
    settings = {**vars(task), "regularisation": regularisation, "seed": seed}
    return WeightNorm(
        **{
            field: Measurement(quantity=name, per_network=column, settings=settings)
            for field, name, column in zip(
                WeightNorm.__dataclass_fields__, names, columns, strict=True
            )
        }
    )


def trained_weights(x: np.ndarray, y: np.ndarray, regularisation: float) -> np.ndarray:
    """Return sqrt(N) gamma w / |w| at the minimum of the loss, from w = X^T y, gamma = 1.

    L-BFGS comes near it, and Newton's method to rounding.
    """
    samples, inputs = x.shape
    # torch keeps to one thread here, which numpy's products of these sizes do not.
    rows, targets = torch.from_numpy(x), torch.from_numpy(y)

    def loss(point: np.ndarray) -> tuple[float, np.ndarray]:
        w, gamma = point[:-1], point[-1]
        length = np.linalg.norm(w)
        direction = w * (inputs**0.5 / length)
        residual = targets - gamma * (rows @ torch.from_numpy(direction))
        slope = (-2 / samples) * (rows.mT @ residual).numpy()
        along = slope @ direction
        by_w = gamma * (inputs**0.5 / length) * (slope - along * direction / inputs)
        by_gamma = along + 2 * regularisation * gamma
        misfit = float(residual @ residual) / samples
        return misfit + regularisation * gamma**2, np.append(by_w, by_gamma)

    start = (rows.mT @ targets).numpy()
    point = np.append(start * (inputs**0.5 / np.linalg.norm(start)), 1.0)
    for _ in range(_RESTARTS):
        point = minimize(loss, point, jac=True, method="L-BFGS-B", options=_STOP).x
        # The loss does not depend on |w|, which grows: far out every gradient is small.
        point[:-1] *= inputs**0.5 / np.linalg.norm(point[:-1])
        if np.abs(loss(point)[1]).max() < _STOP["gtol"]:
            break
    near = torch.from_numpy(point[-1] * point[:-1])
    return _polished(rows, targets, regularisation, near).numpy()


def _polished(
    x: torch.Tensor, y: torch.Tensor, regularisation: float, u: torch.Tensor
) -> torch.Tensor:
    """Return where Newton's method in (w, gamma) from u, |w|^2 = N, lessens the gradient no more.

    A step that would not lessen it is halved until it does.
    """
    root = len(u) ** 0.5
    gradient, hessian = _derivatives(x, y, regularisation, u)
    step, fraction = torch.linalg.solve(hessian, gradient), 1.0
    while fraction > _SHORTEST:
        gamma = torch.linalg.vector_norm(u) / root
        w = u / gamma - fraction * step[:-1]
        tried = (gamma - fraction * step[-1]) * w * (root / torch.linalg.vector_norm(w))
        slope, curvature = _derivatives(x, y, regularisation, tried)
        if slope.abs().max() < gradient.abs().max():
            u, gradient, hessian = tried, slope, curvature
            step, fraction = torch.linalg.solve(hessian, gradient), 1.0
        else:
            fraction /= 2
    return u


def _derivatives(
    x: torch.Tensor, y: torch.Tensor, regularisation: float, u: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return gradient and Hessian of the loss in (w, gamma) at |w|^2 = N, along w made regular.

    The loss does not depend on |w|, so that along w its Hessian is singular and its gradient 0.
    """
    (samples, inputs), length = x.shape, torch.linalg.vector_norm(u)
    along, gamma = u / length, length / x.shape[1] ** 0.5
    slope, curvature = (2 / samples) * (x.T @ (x @ u - y)), (2 / samples) * (x.T @ x)
    across = torch.eye(inputs, dtype=x.dtype) - torch.outer(along, along)
    w, tangent = inputs**0.5 * along, across @ slope
    by_gamma = slope @ w + 2 * regularisation * gamma
    gradient = torch.cat([gamma * tangent, by_gamma[None]])
    hessian = torch.empty(inputs + 1, inputs + 1, dtype=x.dtype)
    turned = torch.outer(tangent, along)
    hessian[:-1, :-1] = (
        gamma**2 * across @ curvature @ across + torch.outer(along, along) * gamma**2
    )
    hessian[:-1, :-1] -= gamma / inputs**0.5 * (along @ slope * across + turned + turned.T)
    hessian[:-1, -1] = hessian[-1, :-1] = gamma * (across @ (curvature @ w)) + tangent
    hessian[-1, -1] = w @ curvature @ w + 2 * regularisation
    return gradient, hessian
