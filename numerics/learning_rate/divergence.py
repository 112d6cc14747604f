"""The learning rate at which gradient descent turns from converging to diverging at a minimum."""

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch
from scipy.optimize import elementwise

from numerics.fisher.differentiable import gates, output, worked_out_in_groups
from numerics.fisher.networks import Ensemble
from numerics.measurement import Measurement
from numerics.simulation import arguments

_STEPS = 10
_DISTANCE = 1e-9  # of the start from the minimum, in units of ||theta||
_REACH = 64.0  # such distances that runs go which neither grow nor shrink beyond doubt
_CLOSENESS = 1e-7  # of the rate, in units of the inverse top eigenvalue


@dataclass(frozen=True, kw_only=True)
class DivergenceRate:
    """Where gradient descent turns from converging to diverging, one value a network.

    Attributes:
        learning_rate: the rate.
        gates_unchanged: 1 where the risk is quadratic so far as descent goes: no unit changes
            between active and silent within 64 displacements on either side of the minimum; else 0.
    """

    learning_rate: Measurement
    gates_unchanged: Measurement


def measure_divergence_rate(ensemble: Ensemble, *, top_eigenvalue: float = 1.0) -> DivergenceRate:
    """Measure the learning rate at which gradient descent turns from converging to diverging.

    The targets of a plain residual network are its own outputs, so that its weights are a minimum
    of the risk (1/2N) sum_n (f(x_n) - y_n)^2 with Hessian F. That is multiplied by a number which
    makes the top eigenvalue, found by a dense eigensolver, the one that is asked for. Weights are
    displaced by 1e-9 of their norm along the top eigenvector of F. Ten full-batch steps (gradients
    by autograd) then shrink the risk or grow it; the rate eta between is found by bracketing,
    within 1e-7 over the top eigenvalue. The risk is quadratic up to terms of the order of the
    displacement, unless a unit switches near by.

    Args:
        ensemble: networks "resnet" on Gaussian inputs, in float64.
        top_eigenvalue: of the Hessian at the minimum, in [1e-6, 1e6].

    Returns:
        For each network eta; 2 over the top eigenvalue according to Furusho (2020), section 2.4.

    Raises:
        TypeError, ValueError: the ensemble is another one, or the eigenvalue is not allowed.
    """
    top = arguments.real("top_eigenvalue", top_eigenvalue, minimum=1e-6, maximum=1e6)
    rates, unchanged = worked_out_in_groups(partial(_descents, top=top), ensemble).T
    settings = {**vars(ensemble), "top_eigenvalue": top}
    return DivergenceRate(
        learning_rate=Measurement(
            quantity="diverging learning rate",
            per_network=rates,
            settings=settings,
        ),
        gates_unchanged=Measurement(
            quantity="whether no unit switches near by",
            per_network=unchanged,
            settings=settings,
        ),
    )


def _descents(weights: torch.Tensor, inputs: torch.Tensor, *, top: float) -> np.ndarray:
    """Return for each network the rate and whether the gates stay, shape (G, 2)."""
    starts, tops = torch.func.vmap(displaced)(weights, inputs)
    rates = _divergence_rates(weights, starts, inputs, top / tops, top)
    return np.stack([rates, _gates_unchanged(weights, starts, inputs)], axis=1)


def _divergence_rates(
    weights: torch.Tensor,
    starts: torch.Tensor,
    inputs: torch.Tensor,
    factors: torch.Tensor,
    top: float,
) -> np.ndarray:
    targets = torch.func.vmap(output)(weights, inputs)
    growth = torch.func.vmap(growth_of_risk)

    def growing(rates: np.ndarray, networks: np.ndarray) -> np.ndarray:
        some = torch.from_numpy(networks)
        steps = torch.from_numpy(rates) / top
        return growth(starts[some], inputs[some], targets[some], steps, factors[some]).numpy()

    # The fixed bracket is wide: shrinking at 1/2 and growing at 8 over the top eigenvalue.
    found = elementwise.find_root(
        growing,
        (np.full(len(weights), 0.5), np.full(len(weights), 8.0)),
        args=(np.arange(len(weights)),),
        tolerances={"xatol": _CLOSENESS},
    )
    return found.x / top


def _gates_unchanged(
    weights: torch.Tensor, starts: torch.Tensor, inputs: torch.Tensor
) -> np.ndarray:
    active = torch.func.vmap(gates)
    here = active(weights, inputs)
    ends = [weights + sign * _REACH * (starts - weights) for sign in (-1, 1)]
    same = [(active(end, inputs) == here).flatten(start_dim=1).all(dim=1) for end in ends]
    return (same[0] & same[1]).double().numpy()


def displaced(weights: torch.Tensor, inputs: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the weights moved along the top eigenvector of F, and its top eigenvalue."""
    gradients = torch.func.jacrev(output)(weights, inputs).flatten(start_dim=1)
    eigenvalues, eigenvectors = torch.linalg.eigh(gradients @ gradients.T / len(inputs))
    direction = eigenvectors[:, -1] @ gradients
    step = _DISTANCE * weights.norm() * direction / direction.norm()
    return weights + step.view_as(weights), eigenvalues[-1]


def growth_of_risk(
    start: torch.Tensor,
    inputs: torch.Tensor,
    targets: torch.Tensor,
    rate: torch.Tensor,
    factor: torch.Tensor,
) -> torch.Tensor:
    """Return the logarithm of what ten steps of gradient descent multiply the risk by, shape ().

    The risk is a factor times (1/2N) sum_n (f(x_n) - y_n)^2.
    """

    def risk(point: torch.Tensor) -> torch.Tensor:
        return factor * (output(point, inputs) - targets).square().sum() / (2 * len(inputs))

    slope, point = torch.func.grad(risk), start
    for _ in range(_STEPS):
        point = point - rate * slope(point)
    return torch.log(risk(point) / risk(start))
