"""Top eigenvalues of batches of positive semidefinite matrices, by Lanczos iteration."""

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np
import torch

from numerics.simulation.batched import aligned, array, multiply

_TOLERANCE = {torch.float64: 1e-13, torch.float32: 1e-8}
_DENSE_STEPS = 32  # beyond them the dense eigensolver is faster


def top_eigenvalue_of_gram(gram: torch.Tensor) -> torch.Tensor:
    """Return the top eigenvalue of each matrix of a batch.

    Args:
        gram: positive semidefinite, shape (networks, N, N), made by ``batched.aligned``.

    Returns:
        Tensor of shape (networks,), to a relative error of 1e-10 in float64.
    """
    networks, size, _ = gram.shape
    matrices = array(gram)

    def apply(vectors: Any, products: Any) -> None:
        multiply(matrices, vectors, out=products)

    start = _start(networks, size, gram)
    values, converged = lanczos(apply, start, steps=min(size, _DENSE_STEPS))
    for network in np.flatnonzero(~converged).tolist():
        values[network] = torch.linalg.eigvalsh(gram[network])[-1]
    return values


def top_eigenvalue_of_factors(signals: torch.Tensor, errors: torch.Tensor) -> torch.Tensor:
    """Return the top eigenvalue of K = sum_l (U_l U_l^T) * (Delta_l Delta_l^T), never forming K.

    K w = sum_l rowsum((Delta_l V_l) * U_l) with V_l = Delta_l^T (w * U_l), for more samples than
    about 8 D the shorter way.

    Args:
        signals: the U_l, shape (layers, networks, N, D).
        errors: the Delta_l, of the same shape.

    Returns:
        Tensor of shape (networks,), to a relative error of 1e-10 in float64.
    """
    _, networks, samples, width = signals.shape
    matrices = partial(aligned, dtype=signals.dtype, device=signals.device)
    weighted, through, total = matrices(3, networks, width, samples).mT
    inner, outer, middle = map(array, (weighted, through, matrices(networks, width, width)))
    layers = [*zip(signals, array(errors), strict=True)]

    def apply(vectors: Any, products: Any) -> None:
        column = torch.as_tensor(vectors)
        total.zero_()
        for signal, error in layers:
            torch.mul(signal, column, out=weighted)
            multiply(error.mT, inner, out=middle)
            multiply(error, middle, out=outer)
            total.addcmul_(through, signal)
        torch.sum(total, dim=2, keepdim=True, out=torch.as_tensor(products))

    values, _ = lanczos(apply, _start(networks, samples, signals), steps=samples)
    return values


def lanczos(
    apply: Callable[[Any, Any], None], start: torch.Tensor, *, steps: int
) -> tuple[torch.Tensor, np.ndarray]:
    """Return top Ritz values and whether they converged, for a batch of symmetric operators.

    Each operator is judged by itself and keeps the value of the step at which it converged, so
    that a value does not depend on its neighbours in the batch. With r the residual norm of the
    top Ritz value t and g its distance from the rest of the spectrum, the error is at most r^2/g
    (Parlett, The Symmetric Eigenvalue Problem, theorem 11.7.1).

    Args:
        apply: writes the product of each operator with its vector, the first argument, into the
            second; both of shape (networks, N, 1), what ``batched.array`` makes of tensors.
        start: the first vectors, of norm 1, shape (networks, N, 1).
        steps: the greatest number of steps, at most N.

    Returns:
        Values and flags, each of shape (networks,).
    """
    networks, size, _ = start.shape
    matrices = partial(aligned, dtype=start.dtype, device=start.device)
    vector, inside = map(array, matrices(2, networks, size, 1))
    along = array(matrices(networks, steps, 1))
    basis = array(matrices(networks, min(steps, 16), size))
    basis[:, :1] = array(start).mT
    tridiagonal = np.zeros((networks, steps, steps))
    values, converged = np.zeros(networks), np.zeros(networks, dtype=bool)
    for step in range(1, steps + 1):
        apply(basis[:, step - 1, :, None], vector)
        known, parts = basis[:, :step], along[:, :step]
        for turn in range(2):  # the second for the rounding of the first
            multiply(known, vector, out=parts)
            multiply(known.mT, parts, out=inside)
            vector -= inside
            if turn == 0:
                tridiagonal[:, step - 1, step - 1] = _host(parts[:, -1:])
        norm = (vector * vector).sum(1, keepdims=True) ** 0.5
        beside = _host(norm)
        top, residual, gap = _ritz(tridiagonal[:, :step, :step], beside)
        good = (residual**2 <= _TOLERANCE[start.dtype] * top * gap) | (step == size)
        good &= ~converged
        values[good] = top[good]
        converged |= good
        if step == steps or converged.all():
            break
        if step == basis.shape[1]:
            short, basis = basis, array(matrices(networks, 2 * step, size))
            basis[:, :step] = short
        basis[:, step : step + 1] = (vector / (norm + torch.finfo(start.dtype).tiny)).mT
        tridiagonal[:, step, step - 1] = beside
    return torch.from_numpy(values).to(start), converged


def _host(column: Any) -> np.ndarray:
    """Return numbers of shape (networks, 1, 1) as float64 on the host, of shape (networks,)."""
    return np.asarray(column.cpu() if isinstance(column, torch.Tensor) else column, float).ravel()


def _ritz(tridiagonal: np.ndarray, norm: np.ndarray) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return top Ritz value, its residual norm and a lower bound of its gap (not below 0).

    numpy solves every matrix of the batch in one and the same buffer; torch solves each where it
    lies, and LAPACK's last bits depend on that.
    """
    values, vectors = np.linalg.eigh(tridiagonal)
    residuals = norm[:, None] * np.abs(vectors[:, -1])
    rest = values[:, -2] + residuals[:, -2] if values.shape[1] > 1 else 0
    return values[:, -1], residuals[:, -1], np.maximum(values[:, -1] - rest, 0)


def _start(networks: int, size: int, like: torch.Tensor) -> torch.Tensor:
    """Ones, near the top eigenvector of a ReLU network, off any symmetric subspace by a little."""
    golden = (5**0.5 - 1) / 2
    vector = 1 + (np.arange(1, size + 1) * golden % 1 - 0.5) / 4
    vector /= np.linalg.norm(vector)
    return torch.from_numpy(vector).to(like).expand(networks, -1)[..., None]
