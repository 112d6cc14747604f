"""What the branches add to a unit up to a layer, of which the converse is proved, in law.

Zhang et al. (2022, appendix G) bound h_l from below by relu(S_l) with S_l = sum_(a <= l) tau W_a
h_(a-1), and call S_l jointly Gaussian and symmetric.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from numerics.measurement import Measurement
from numerics.residual_scaling.columns import measured_at_layers
from numerics.residual_scaling.layers import check_residual, chunk_size, pass_forward
from numerics.residual_scaling.networks import Ensemble


@dataclass(frozen=True, kw_only=True)
class BranchSums:
    """Means over the m units of each network: columns for layers, or one value if one was asked.

    Attributes:
        first: mean of S_l.
        second: mean of S_l^2.
        third: mean of S_l^3.
        fourth: mean of S_l^4.
        positive_share: share of units with S_l > 0; the rest has S_l < 0 from l = 1 on.
        rectified: mean of relu(S_l)^2.
        least_slack: the least h_l - relu(S_l) of the units (eq 62: >= 0).
    """

    first: Measurement
    second: Measurement
    third: Measurement
    fourth: Measurement
    positive_share: Measurement
    rectified: Measurement
    least_slack: Measurement


_QUANTITIES = {
    "first": "mean of S_l over units",
    "second": "mean of S_l^2 over units",
    "third": "mean of S_l^3 over units",
    "fourth": "mean of S_l^4 over units",
    "positive_share": "share of units with S_l > 0",
    "rectified": "mean of relu(S_l)^2 over units",
    "least_slack": "least h_l - relu(S_l) of the units",
}


def measure_branch_sums(
    ensemble: Ensemble, *, layer: int | Sequence[int] | None = None, chunk: int | None = None
) -> BranchSums:
    """Measure moments of what the branches have added, S_l, in law.

    Args:
        ensemble: networks of depth L >= 2.
        layer: one of 0..L-1, for a number a network, or several, for a column each; all by default.
        chunk: networks simulated at once; changes no result.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    check_residual(ensemble)
    found = measured_at_layers(
        ensemble,
        _QUANTITIES,
        lambda block: _sums(ensemble, block),
        _told,
        layer=layer,
        last=ensemble.depth - 1,
        chunk=chunk_size(ensemble, chunk),
    )
    return BranchSums(**found)


@dataclass(frozen=True)
class _Sums:
    """S_l and h_l of a chunk, shape (networks, m)."""

    index: int
    sums: torch.Tensor
    hidden: torch.Tensor


def _sums(ensemble: Ensemble, block: range) -> Iterator[_Sums]:
    sums = norm = torch.zeros(0)
    for layer in pass_forward(ensemble, block):
        if layer.index == ensemble.depth:
            return
        if layer.index:
            sums = sums + ensemble.tau * norm * layer.image
        else:
            sums = torch.zeros_like(layer.unit)
        norm = (layer.log_energy / 2).exp()[:, None]
        yield _Sums(layer.index, sums, norm * layer.unit)


def _told(one: _Sums) -> tuple[torch.Tensor, ...]:
    positive = one.sums.relu()
    return (
        *(one.sums.pow(power).mean(dim=1) for power in (1, 2, 3, 4)),
        (one.sums > 0).double().mean(dim=1),
        positive.square().mean(dim=1),
        (one.hidden - positive).amin(dim=1),
    )
