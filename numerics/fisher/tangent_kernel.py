"""Trace, Gram matrix and top eigenvalue of the Fisher information from one pass's signals.

The gradient of f(x_n) by W^l is the outer product delta^l_n (u^l_n)^T, so that none is formed.
"""

import math
from functools import partial
from itertools import pairwise

import torch

from numerics.fisher.lanczos import top_eigenvalue_of_factors, top_eigenvalue_of_gram
from numerics.simulation.batched import aligned, array, multiply

_ROWS = 40  # of a block of K: few spare work, many make fast products
_PRODUCTS = 6  # matrices of one call, over layers where the networks are few
_TALL = 8  # with more than 8 D samples the structured product beats forming K


def fisher_trace(signals: torch.Tensor, errors: torch.Tensor) -> torch.Tensor:
    """Return (1/N) sum_l sum_n ||u^l_n||^2 ||delta^l_n||^2 of each network.

    Args:
        signals: u^0..u^L, shape (L + 1, networks, N, D).
        errors: delta^0..delta^L, of the same shape.

    Returns:
        Tensor of shape (networks,).
    """
    by_layer = (squared_norms(signals) * squared_norms(errors)).mean(dim=2)
    # Sums along a row are the same for one row and for many; sums down a column need not be.
    return by_layer.T.contiguous().sum(dim=1)


def gram_matrix(signals: torch.Tensor, errors: torch.Tensor) -> torch.Tensor:
    """Return K = sum_l (U_l U_l^T) * (Delta_l Delta_l^T) of each network, (networks, N, N).

    K is symmetric: it is found in blocks of rows, each up to its diagonal, and mirrored.
    """
    layers, networks, samples, _ = signals.shape
    matrices = partial(aligned, dtype=signals.dtype, device=signals.device)
    group = max(1, _PRODUCTS // networks)
    blocks = []
    for rows, columns in _blocks_of_rows(samples):
        size = rows.stop - rows.start, columns.stop
        products = matrices(2, group, networks, *size)
        total = matrices(networks, *size).zero_()
        blocks.append((rows, columns, total, [*zip(*products, strict=True)], *array(products)))
    sources, targets = array(signals), array(errors)
    for first in range(0, layers, group):
        signal, error = (one[first : first + group] for one in (sources, targets))
        for rows, columns, total, pairs, left, right in blocks:
            multiply(signal[..., rows, :], signal[..., columns, :].mT, out=left[: len(signal)])
            multiply(error[..., rows, :], error[..., columns, :].mT, out=right[: len(signal)])
            for pair in pairs[: len(signal)]:
                total.addcmul_(*pair)
    gram = matrices(networks, samples, samples)
    whole = array(gram)
    for rows, columns, total, *_ in blocks:
        whole[:, columns, rows] = array(total).mT
        whole[:, rows, columns] = array(total)
    return gram


def _blocks_of_rows(samples: int) -> list[tuple[slice, slice]]:
    """Return rows and columns of each block; edges at multiples of 8 suit vector registers."""
    count = math.ceil(samples / _ROWS)
    edges = [samples * block // count // 8 * 8 for block in range(count)] + [samples]
    return [(slice(first, last), slice(last)) for first, last in pairwise(edges)]


def fisher_top_eigenvalue(signals: torch.Tensor, errors: torch.Tensor) -> torch.Tensor:
    """Return the top eigenvalue of F, that of K / N, of each network: a tensor (networks,)."""
    _, _, samples, width = signals.shape
    if samples <= _TALL * width:
        return top_eigenvalue_of_gram(gram_matrix(signals, errors)) / samples
    return top_eigenvalue_of_factors(signals, errors) / samples


def squared_norms(vectors: torch.Tensor) -> torch.Tensor:
    """Return the squared norm of each vector along the last axis."""
    return vectors.square().sum(dim=-1)
