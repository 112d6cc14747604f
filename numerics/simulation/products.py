"""Matrices of many networks whose products do not depend on how the networks were batched."""

import numpy as np
import torch

from numerics.simulation.batched import aligned, multiply


def aligned_copy(matrices: torch.Tensor) -> torch.Tensor:
    """Return a copy each of whose matrices lies in memory as one of its own would."""
    copy = aligned(*matrices.shape, dtype=matrices.dtype, device=matrices.device)
    return copy.copy_(matrices)


def product(left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    """Return the matrix product of each network."""
    shape = *left.shape[:-1], right.shape[-1]
    found = aligned(*shape, dtype=left.dtype, device=left.device)
    multiply(left, right, out=found)
    return found


def selected(matrices: torch.Tensor, networks: np.ndarray) -> torch.Tensor:
    """Return copies of the matrices of some networks, which lie along the last axis but two."""
    places = torch.from_numpy(networks).to(matrices.device)
    return aligned_copy(matrices.index_select(matrices.dim() - 3, places))
