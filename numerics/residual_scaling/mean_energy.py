"""The mean energy of the layers from networks drawn in proportion to what their branches add.

With g_l = h_(l-1) + tau W_l h_(l-1), E ||g_l||^2 = (1 + tau^2) ||h_(l-1)||^2 given h_(l-1). Drawn
with the density of (h_0, g_1, g_2, ..) times ||h_0||^2 prod_l ||g_l||^2 / ((1 + tau^2)
||h_(l-1)||^2), whose mean is 1, networks have

    E ||h_l||^2 = (1 + tau^2)^l E prod_(a <= l) ||h_a||^2 / ||g_a||^2,

a mean of numbers in [0, 1], the shares that rectifiers keep, at every width. A vector v + s xi, xi
of independent standard normals, is drawn in proportion to its square so: coordinate k is chosen in
proportion to v_k^2 + s^2, and its number with the density (v_k + s xi)^2 phi(xi), whose part even
in xi mixes phi(xi) and xi^2 phi(xi).
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from numerics.fisher.tangent_kernel import squared_norms
from numerics.measurement import Measurement
from numerics.residual_scaling.columns import measured_at_layers
from numerics.residual_scaling.layers import layers_of_normals
from numerics.residual_scaling.networks import Ensemble
from numerics.simulation import arguments, keyed

_MORE = 6  # normals of a network and layer by which the coordinate is chosen and drawn
_CHUNK_NUMBERS = 2**19  # normals of one chunk drawn together


def measure_mean_energy(
    ensemble: Ensemble, *, layer: int | Sequence[int] | None = None, chunk: int | None = None
) -> Measurement:
    """Measure the mean energy E ||h_l||^2 from draws whose mean it is, at a far smaller variance.

    What is told of network k lies in [0, (1 + tau^2)^l] and is not its energy: networks are drawn
    by another law (see ``numerics.residual_scaling.mean_energy``). At tau = 1/sqrt(L), L = m = 64,
    it varies 1,000 times less than ||h_l||^2. The last layer, whose mean given h_(L-1) is
    ||h_(L-1)||^2, is told by the one below.

    Args:
        ensemble: networks with (1 + tau^2)^(L - 1) at most 1e300.
        layer: one of 0..L, for a number a network, or several, for a column each; all by default.
        chunk: networks simulated at once; changes no result.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    growth = 1 + ensemble.tau**2
    if (ensemble.depth - 1) * math.log(growth) > math.log(1e300):
        raise ValueError(
            f"tau = {ensemble.tau}, depth = {ensemble.depth}: (1 + tau^2)^(depth - 1) must be at "
            "most 1e300"
        )
    if chunk is None:
        chunk = max(1, _CHUNK_NUMBERS // max(ensemble.width + _MORE, 2**10))
    found = measured_at_layers(
        ensemble,
        {"energy": "||h_l||^2, in the mean over networks"},
        lambda block: _pass_forward(ensemble, block),
        lambda one: (growth**one.residual * one.log_kept.exp(),),
        layer=layer,
        chunk=arguments.integer("chunk", chunk, minimum=1),
    )
    return found["energy"]


@dataclass(frozen=True)
class _Kept:
    """log prod ||h_a||^2 / ||g_a||^2 of a chunk, shape (networks,), up to ``index``.

    ``residual`` is the last residual layer up to there.
    """

    index: int
    residual: int
    log_kept: torch.Tensor


def _pass_forward(ensemble: Ensemble, block: range) -> Iterator[_Kept]:
    generators = [keyed.generator(seed=ensemble.seed, network=k) for k in block]
    width, last = ensemble.width, ensemble.depth - 1
    normals = layers_of_normals(generators, last + 1, width + _MORE)
    zero = torch.zeros(len(block), width, dtype=torch.float64, device=ensemble.device)
    unit, log_kept = _start(ensemble, zero, next(normals).to(zero))
    yield _Kept(0, 0, log_kept)
    for index in range(1, last + 1):
        drawn = next(normals).to(zero)
        sums = _by_square(unit, ensemble.tau * width**-0.5, drawn)
        kept, whole = squared_norms(hidden := sums.relu()), squared_norms(sums)
        log_kept = log_kept + (kept / whole).log()
        unit = hidden / torch.where(kept > 0, kept, 1).sqrt()[:, None]
        yield _Kept(index, index, log_kept)
    yield _Kept(last + 1, last, log_kept)


def _start(
    ensemble: Ensemble, zero: torch.Tensor, drawn: torch.Tensor
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return the unit vector of the start and the log of what it weighs."""
    if ensemble.starts_given:
        return zero + ensemble.given_start(), zero[:, 0]
    if ensemble.start == "own":  # an active unit of it, as all are alike
        drawn = _by_square(zero, 1.0, drawn, active=True)
    hidden = drawn[:, : ensemble.width].relu()
    squared = squared_norms(hidden)
    unit = hidden / torch.where(squared > 0, squared, 1).sqrt()[:, None]
    return unit, torch.where(squared > 0, zero[:, 0], -torch.inf)


def _by_square(
    mean: torch.Tensor, deviation: float, drawn: torch.Tensor, *, active: bool = False
) -> torch.Tensor:
    """Return normals drawn in proportion to their square, or to that of their rectifiers.

    Args:
        mean: shape (networks, m), and 0 for the rectifiers.
        deviation: of each coordinate.
        drawn: standard normals, shape (networks, m + 6).
        active: whether the coordinate that is chosen is positive.
    """
    width = mean.shape[1]
    xi, three, shares = drawn.split([width, 3, 3], dim=1)
    which, of_normal, sign = torch.special.ndtr(shares).unbind(dim=1)
    summed = (mean.square() + deviation**2).cumsum(dim=1)
    chosen = torch.searchsorted(summed, which[:, None] * summed[:, -1:]).clamp(max=width - 1)
    at = mean.gather(1, chosen)[:, 0]
    plain = of_normal * (at.square() + deviation**2) < at.square()
    size = torch.where(plain, three[:, 0].abs(), squared_norms(three.contiguous()).sqrt())
    up, down = ((at + way * deviation * size).square() for way in (1, -1))
    positive = torch.ones_like(plain) if active else sign * (up + down) < up
    xi = xi.scatter(1, chosen, torch.where(positive, size, -size)[:, None])
    return mean + deviation * xi
