"""Trace, Gram matrix and top eigenvalue of the Fisher information from one pass's signals.

The gradient of f(x_n) by W^l is the outer product delta^l_n (u^l_n)^T, so that none is formed.
"""

import math
from collections.abc import Sequence
from functools import partial
from itertools import pairwise

import torch

from numerics.fisher.lanczos import top_eigenvalue_of_factors, top_eigenvalue_of_gram
from numerics.simulation.batched import aligned, array, multiply

_ROWS = 64  # of a block of K: few spare work, many make fast products
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
    matrices = partial(aligned, dtype=signals[0].dtype, device=signals[0].device)
    # K is symmetric: each block of rows is found up to its diagonal, and mirrored in the end.
    count = math.ceil(samples / _ROWS)
    edges = [samples * block // count for block in range(count + 1)]
    blocks = [
        (slice(first, last), slice(last), matrices(3, networks, last - first, last).zero_())
        for first, last in pairwise(edges)
    ]
    work = [(rows, columns, *array(block)) for rows, columns, block in blocks]
    for signal, error in zip(map(array, signals), map(array, errors), strict=True):
        for rows, columns, total, left, right in work:
            multiply(signal[:, rows], signal[:, columns].mT, out=left)
            multiply(error[:, rows], error[:, columns].mT, out=right)
            left *= right
            total += left
    gram = matrices(networks, samples, samples)
    for rows, columns, (total, *_) in blocks:
        gram[:, columns, rows] = total.mT
        gram[:, rows, columns] = total
    return gram


def fisher_top_eigenvalue(
    signals: Sequence[torch.Tensor], errors: Sequence[torch.Tensor]
) -> torch.Tensor:
    """Return the top eigenvalue of F, that of K / N, of each network: a tensor (networks,)."""
    _, samples, width = signals[0].shape
    if samples <= _TALL * width:
        return top_eigenvalue_of_gram(gram_matrix(signals, errors)) / samples
    return top_eigenvalue_of_factors(signals, errors) / samples


def squared_norms(vectors: torch.Tensor) -> torch.Tensor:
    """Return the squared norm of each vector along the last axis."""
    return vectors.square().sum(dim=-1)
