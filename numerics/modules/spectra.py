"""Fisher information, tangent kernel and Hessian of any module: trace, mean and top eigenvalue.

With J the Jacobian of all outputs by all P weights, a matrix (N C, P) of N samples and C outputs of
each, the tangent kernel is K = J J^T. The Fisher information is F = (1/N) sum_n J_n^T S_n J_n, S_n
that of the outputs: the identity for unit Gaussian noise on them, diag(p) - p p^T for categories
whose logits they are.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch

from numerics.measurement import Measurement
from numerics.modules.ensemble import (
    Ensemble,
    Network,
    Sizes,
    Tensors,
    flat,
    outputs,
    over_networks,
    returned,
    top_eigenvalue,
    unflattened,
)
from numerics.simulation import arguments

Loss = Callable[[torch.Tensor, torch.Tensor], torch.Tensor]

_LIKELIHOODS = ("gaussian", "categorical")


@dataclass(frozen=True, kw_only=True)
class Spectrum:
    """Eigenvalue statistics of a matrix, one value a network.

    Attributes:
        trace: the sum of all eigenvalues.
        mean_eigenvalue: the trace over the number of eigenvalues.
        top_eigenvalue: the greatest eigenvalue.
    """

    trace: Measurement
    mean_eigenvalue: Measurement
    top_eigenvalue: Measurement


def measure_fisher(ensemble: Ensemble, *, likelihood: str = "gaussian") -> Spectrum:
    """Measure the Fisher information F of each of many modules, P x P.

    Args:
        ensemble: the modules.
        likelihood: "gaussian" (unit noise on the outputs) or "categorical" (outputs are logits).

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.choice("likelihood", likelihood, _LIKELIHOODS)

    def evaluate(module: torch.nn.Module, network: Network) -> Tensors:
        rows = jacobian(module, network)
        if likelihood == "categorical":
            rows = _by_root_of_categorical(rows, module, network)
        return of_rows(rows.flatten(end_dim=1), samples=len(rows), size=rows.shape[-1])

    return _spectrum(ensemble, evaluate, _jacobian_numbers, "F", {"likelihood": likelihood})


def measure_tangent_kernel(ensemble: Ensemble) -> Spectrum:
    """Measure the tangent kernel K = J J^T of each of many modules, N C x N C.

    Args:
        ensemble: the modules.

    Raises:
        TypeError, ValueError: what the ensemble's functions return is not what is allowed.
    """

    def evaluate(module: torch.nn.Module, network: Network) -> Tensors:
        rows = jacobian(module, network).flatten(end_dim=1)
        return of_rows(rows, samples=1, size=len(rows))

    return _spectrum(ensemble, evaluate, _jacobian_numbers, "the tangent kernel", {})


def measure_hessian(ensemble: Ensemble, *, loss: Loss, targets: Any) -> Spectrum:
    """Measure the Hessian of a loss by all weights of each of many modules, P x P.

    The matrix is formed: of time P times a gradient's and memory P^2, for P up to some thousands.
    It need not be positive: its top eigenvalue is the greatest, not the one of greatest modulus.

    Args:
        ensemble: the modules.
        loss: maps what the module returns and targets to a tensor of shape (), such as
            `torch.nn.functional.mse_loss`.
        targets: a tensor or an array (samples, ...) that all networks are given, or a function of
            the network's generator that returns one; it is called after ``build``.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    if not callable(loss):
        raise TypeError(f"loss = {loss!r}: must be a function of outputs and targets")

    def evaluate(module: torch.nn.Module, network: Network) -> Tensors:
        matrix = hessian(module, network, loss)
        trace, top = matrix.diagonal().sum(), top_eigenvalue(matrix)
        return {"trace": trace, "mean": trace / len(matrix), "top": top}

    def numbers(sizes: Sizes) -> int:
        return 2 * sizes.weights**2

    drawn = {"targets": targets}
    return _spectrum(
        ensemble, evaluate, numbers, "the Hessian", {"loss": loss, **drawn}, extra=drawn
    )


def _spectrum(
    ensemble: Ensemble,
    evaluate: Callable[[torch.nn.Module, Network], Tensors],
    numbers: Callable[[Sizes], int],
    matrix: str,
    options: dict[str, Any],
    extra: dict[str, Any] | None = None,
) -> Spectrum:
    values = over_networks(ensemble, evaluate, numbers=numbers, extra=extra)
    settings = {**vars(ensemble), **options}

    def measured(quantity: str, per_network: np.ndarray) -> Measurement:
        return Measurement(
            quantity=f"{quantity} of {matrix}", per_network=per_network, settings=settings
        )

    return Spectrum(
        trace=measured("trace", values["trace"]),
        mean_eigenvalue=measured("mean eigenvalue", values["mean"]),
        top_eigenvalue=measured("top eigenvalue", values["top"]),
    )


def _jacobian_numbers(sizes: Sizes) -> int:
    rows = sizes.samples * sizes.outputs
    return 2 * rows * sizes.weights + min(rows, sizes.weights) ** 2


def jacobian(module: torch.nn.Module, network: Network) -> torch.Tensor:
    """Return the derivatives of all outputs by all weights, shape (N, C, P)."""

    def of_weights(vector: torch.Tensor) -> torch.Tensor:
        weights = unflattened(vector, network.weights)
        return outputs(module, {**weights, **network.held}, network.inputs)

    return torch.func.jacrev(of_weights)(flat(network.weights))


def hessian(module: torch.nn.Module, network: Network, loss: Loss) -> torch.Tensor:
    """Return the second derivatives of a loss by all weights, shape (P, P)."""

    def of_weights(vector: torch.Tensor) -> torch.Tensor:
        weights = unflattened(vector, network.weights)
        found = returned(module, {**weights, **network.held}, network.inputs)
        value = loss(found, network.extra["targets"])
        if not isinstance(value, torch.Tensor) or value.dim():
            shape = (
                f"shape {tuple(value.shape)}" if isinstance(value, torch.Tensor) else repr(value)
            )
            raise ValueError(f"loss returned {shape}: must return a tensor of shape ()")
        return value

    return torch.func.jacrev(torch.func.grad(of_weights))(flat(network.weights))


def of_rows(rows: torch.Tensor, *, samples: int, size: int) -> Tensors:
    """Return trace, mean and top eigenvalue of R R^T / N or R^T R / N, of one spectrum but for 0.

    Args:
        rows: R, whose smaller Gram matrix is formed.
        samples: N.
        size: number of eigenvalues.
    """
    gram = rows @ rows.mT if len(rows) <= rows.shape[1] else rows.mT @ rows
    trace = rows.square().sum() / samples
    top = top_eigenvalue(gram) / samples
    return {"trace": trace, "mean": trace / size, "top": top}


def _by_root_of_categorical(
    rows: torch.Tensor, module: torch.nn.Module, network: Network
) -> torch.Tensor:
    """Return B_n^T J_n with B_n B_n^T = diag(p) - p p^T, B_n = (1 - p 1^T) diag(p)^(1/2)."""
    logits = returned(module, {**network.weights, **network.held}, network.inputs)
    if logits.dim() != 2 or logits.shape[1] < 2:
        raise ValueError(
            f"the module returned shape {tuple(logits.shape)}: must be (samples, categories), two "
            "or more, with likelihood='categorical'"
        )
    chances = logits.softmax(dim=1)[..., None]
    return chances.sqrt() * (rows - (chances * rows).sum(dim=1, keepdim=True))
