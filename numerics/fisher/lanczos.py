"""Top eigenvalues of batches of positive semidefinite matrices, by Lanczos iteration."""

from collections.abc import Callable, Sequence

import numpy as np
import torch

from numerics.simulation.batched import aligned, multiply

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
    columns, products = aligned(2, networks, size, 1, dtype=gram.dtype, device=gram.device)

    def apply(vectors: torch.Tensor) -> torch.Tensor:
        columns[..., 0] = vectors
        multiply(gram, columns, out=products)
        return products[..., 0]

    start = _start(networks, size, gram)
    values, converged = lanczos(apply, start, steps=min(size, _DENSE_STEPS))
    for network in np.flatnonzero(~converged).tolist():
        values[network] = torch.linalg.eigvalsh(gram[network])[-1]
    return values


def top_eigenvalue_of_factors(
    signals: Sequence[torch.Tensor], errors: Sequence[torch.Tensor]
) -> torch.Tensor:
    """Return the top eigenvalue of K = sum_l (U_l U_l^T) * (Delta_l Delta_l^T), never forming K.

    K w = sum_l rowsum((Delta_l V_l) * U_l) with V_l = Delta_l^T (w * U_l), for more samples than
    about 8 D the shorter way.

    Args:
        signals: the U_l, each of shape (N, D).
        errors: the Delta_l, as many of the same shape.

    Returns:
        Tensor of shape (), to a relative error of 1e-10 in float64.
    """

    def apply(vectors: torch.Tensor) -> torch.Tensor:
        column = vectors[0, :, None]
        product = torch.zeros_like(vectors[0])
        for signal, error in zip(signals, errors, strict=True):
            product += ((error @ (error.mT @ (column * signal))) * signal).sum(dim=1)
        return product[None]

    samples = len(signals[0])
    values, _ = lanczos(apply, _start(1, samples, signals[0]), steps=samples)
    return values[0]


def lanczos(
    apply: Callable[[torch.Tensor], torch.Tensor], start: torch.Tensor, *, steps: int
) -> tuple[torch.Tensor, np.ndarray]:
    """Return top Ritz values and whether they converged, for a batch of symmetric operators.

    Each operator is judged by itself and keeps the value of the step at which it converged, so
    that a value does not depend on its neighbours in the batch. With r the residual norm of the
    top Ritz value t and g its distance from the rest of the spectrum, the error is at most r^2/g
    (Parlett, The Symmetric Eigenvalue Problem, theorem 11.7.1).

    Args:
        apply: the product with each operator, shape (networks, N) to (networks, N).
        start: the first vectors, of norm 1, shape (networks, N).
        steps: the greatest number of steps, at most N.

    Returns:
        Values and flags, each of shape (networks,).
    """
    networks, size = start.shape
    tolerance = _TOLERANCE[start.dtype]
    basis = start.new_zeros(networks, min(steps, 16), size)
    basis[:, 0] = start
    tridiagonal = np.zeros((networks, steps, steps))
    values, converged = np.zeros(networks), np.zeros(networks, dtype=bool)
    for step in range(1, steps + 1):
        vector, diagonal = _orthogonalised(apply(basis[:, step - 1]), basis[:, :step])
        norm = vector.square().sum(dim=1).sqrt()
        beside = norm.double().cpu().numpy()
        tridiagonal[:, step - 1, step - 1] = diagonal.double().cpu().numpy()
        top, residual, gap = _ritz(tridiagonal[:, :step, :step], beside)
        good = ~converged & ((residual**2 <= tolerance * top * gap) | (step == size))
        values[good] = top[good]
        converged |= good
        if step == steps or converged.all():
            break
        if step == basis.shape[1]:
            basis = torch.cat([basis, torch.zeros_like(basis)], dim=1)
        basis[:, step] = vector / norm.clamp(min=torch.finfo(start.dtype).tiny)[:, None]
        tridiagonal[:, step, step - 1] = beside
    return torch.from_numpy(values).to(start), converged


def _orthogonalised(vector: torch.Tensor, basis: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return vectors less their parts in the basis, twice for rounding, and their last part."""
    parts = (basis * vector[:, None]).sum(dim=2)
    vector = vector - (basis * parts[..., None]).sum(dim=1)
    again = (basis * vector[:, None]).sum(dim=2)
    return vector - (basis * again[..., None]).sum(dim=1), parts[:, -1]


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
    vector = 1 + (torch.arange(1, size + 1, dtype=torch.float64) * golden % 1 - 0.5) / 4
    return (vector / vector.norm()).to(like).repeat(networks, 1)
