"""Weight normalisation with a penalty on its scale, trained to the minimum on a whole training set.

The student is y = sqrt(N) gamma w . x / |w| and its loss (Luo et al. 2018, sections 3 and 4)

    (1/P) sum (y - sqrt(N) gamma w . x / |w|)^2 + zeta gamma^2.
"""

from dataclasses import dataclass

import torch

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

_NEAR = 1e-6  # share of the loss, and of its fall
_LARGEST_DAMPING = 1e12  # a step is lost in rounding
_SHORTEST = 2.0**-5  # fraction of a Newton step


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
    """Return sqrt(N) gamma w / |w| at the minimum of the loss, from w = X^T y at its best gamma.

    Newton's method comes near it by damped steps (Levenberg and Marquardt) that lessen the loss,
    and to rounding by steps that lessen the gradient.
    """
    return _polished(x, y, regularisation, _near_minimum(x, y, regularisation))


def _near_minimum(x: torch.Tensor, y: torch.Tensor, regularisation: float) -> torch.Tensor:
    """Return where a step promises little, of the loss as of what it has fallen by."""
    samples, dimension = x.shape

    def loss(u: torch.Tensor) -> torch.Tensor:
        return (y - x @ u).square().mean() + regularisation * u.square().mean()

    w = x.mT @ y
    w = w * (dimension**0.5 / torch.linalg.vector_norm(w))
    z = x @ w
    u = w * ((y @ z) / (z @ z + samples * regularisation))
    without, least, damping = y.square().mean(), loss(u), 1.0
    gradient, hessian = derivatives(x, y, regularisation, u)
    while damping < _LARGEST_DAMPING:
        # Of w the loss is as steep as gamma, and as curved as gamma^2.
        unit = torch.cat([u.square().mean().expand(dimension), hessian[-1:, -1]])
        factor, failed = torch.linalg.cholesky_ex(hessian + damping * unit.diag())
        if not failed:
            step = torch.cholesky_solve(gradient[:, None], factor)[:, 0]
            if gradient @ step < _NEAR * min(least, without - least):
                break
            tried = _stepped(u, step)
            if (value := loss(tried)) < least:
                u, least, damping = tried, value, damping / 8
                gradient, hessian = derivatives(x, y, regularisation, u)
                continue
        damping *= 4
    return u


def _stepped(u: torch.Tensor, step: torch.Tensor) -> torch.Tensor:
    """Return the weights after a step down in (w, gamma) from |w|^2 = N."""
    root = len(u) ** 0.5
    gamma = torch.linalg.vector_norm(u) / root
    w = u / gamma - step[:-1]
    return (gamma - step[-1]) * w * (root / torch.linalg.vector_norm(w))


def _polished(
    x: torch.Tensor, y: torch.Tensor, regularisation: float, u: torch.Tensor
) -> torch.Tensor:
    """Return where Newton's method in (w, gamma) from u, |w|^2 = N, lessens the gradient no more.

    A step that would not lessen it is halved until it does.
    """
    gradient, hessian = derivatives(x, y, regularisation, u)
    step, fraction = torch.linalg.solve(hessian, gradient), 1.0
    while fraction > _SHORTEST:
        tried = _stepped(u, fraction * step)
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
