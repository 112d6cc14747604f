"""Trace, Gram matrix and top eigenvalue of the Fisher information from one pass's signals.

The gradient of f(x_n) by W^l is the outer product delta^l_n (u^l_n)^T, so that none is formed.
"""

from collections.abc import Sequence

import torch

from numerics.fisher.lanczos import top_eigenvalue_of_factors, top_eigenvalue_of_gram
from numerics.simulation.batched import aligned, multiply

_TALL = 8  # with more than 8 D samples the structured product beats forming K


def fisher_trace(signals: Sequence[torch.Tensor], errors: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return (1/N) sum_l sum_n ||u^l_n||^2 ||delta^l_n||^2 of each network.

    Args:
        signals: u^0..u^L, each of shape (networks, N, D).
        errors: delta^0..delta^L, of the same shapes.

    Returns:
        Tensor of shape (networks,).
    """
    total = signals[0].new_zeros(len(signals[0]))
    for signal, error in zip(signals, errors, strict=True):
        total += squared_norms(signal).mul_(squared_norms(error)).mean(dim=1)
    return total


def gram_matrix(signals: Sequence[torch.Tensor], errors: Sequence[torch.Tensor]) -> torch.Tensor:
    """Return K = sum_l (U_l U_l^T) * (Delta_l Delta_l^T) of each network, (networks, N, N)."""
    networks, samples, _ = signals[0].shape
    gram, left, right = aligned(
        3, networks, samples, samples, dtype=signals[0].dtype, device=signals[0].device
    )
    gram.zero_()
    for signal, error in zip(signals, errors, strict=True):
        multiply(signal, signal.mT, out=left)
        multiply(error, error.mT, out=right)
        gram.addcmul_(left, right)
    return gram


def fisher_top_eigenvalue(
    signals: Sequence[torch.Tensor], errors: Sequence[torch.Tensor]
) -> torch.Tensor:
    """Return the top eigenvalue of F, that of K / N, of each network: a tensor (networks,)."""
    networks, samples, width = signals[0].shape
    if samples <= _TALL * width:
        return top_eigenvalue_of_gram(gram_matrix(signals, errors)) / samples
    tops = [
        top_eigenvalue_of_factors([signal[k] for signal in signals], [one[k] for one in errors])
        for k in range(networks)
    ]
    return torch.stack(tops) / samples


def squared_norms(vectors: torch.Tensor) -> torch.Tensor:
    """Return the squared norm of each vector along the last axis."""
    return vectors.square().sum(dim=-1)
