"""Norms and activations of layers at one input, in law (``numerics.residual_scaling.layers``)."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from numerics.fisher.tangent_kernel import squared_norms
from numerics.measurement import Measurement
from numerics.residual_scaling.columns import measured_at_layers
from numerics.residual_scaling.layers import Layer, check_residual, chunk_size, pass_forward
from numerics.residual_scaling.networks import Ensemble
from numerics.simulation import arguments
from numerics.simulation.batched import in_chunks


@dataclass(frozen=True, kw_only=True)
class Forward:
    """Layers of each network at one input: columns for the layers, or one value if one was asked.

    Attributes:
        energy: ||h_l||^2; E ||h_0||^2 = 1, but 1 - 2^-m from a normalised start.
        log_norm: log ||h_l||; -inf of a dead layer.
        dead: 1 where no unit of layer l is active, and so none above, else 0.
        active_share: share of units > 0 of layer l.
    """

    energy: Measurement
    log_norm: Measurement
    dead: Measurement
    active_share: Measurement


_FORWARD = {
    "energy": "||h_l||^2",
    "log_norm": "log ||h_l||",
    "dead": "whether no unit of layer l is active",
    "active_share": "share of active units of layer l",
}


def measure_forward(
    ensemble: Ensemble, *, layer: int | Sequence[int] | None = None, chunk: int | None = None
) -> Forward:
    """Measure the norm of the layers at one input, in law.

    Memory is O(m) a network, and one number of each quantity for each layer that is asked for.

    Args:
        ensemble: the networks.
        layer: one of 0..L, for a number a network, or several, for a column each; all by default.
        chunk: networks simulated at once; changes no result.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    found = measured_at_layers(
        ensemble,
        _FORWARD,
        lambda block: pass_forward(ensemble, block),
        _told,
        layer=layer,
        chunk=chunk_size(ensemble, chunk),
    )
    return Forward(**found)


def _told(layer: Layer) -> tuple[torch.Tensor, ...]:
    log_norm = layer.log_energy / 2
    return layer.log_energy.exp(), log_norm, torch.isneginf(log_norm), layer.active_share()


@dataclass(frozen=True, kw_only=True)
class ExtremeNorms:
    """Norms of the residual layers l = 1..L-1 of each network at one input.

    Attributes:
        last: ||h_(L-1)||.
        greatest: the greatest of ||h_1||, .., ||h_(L-1)||.
        least: the least of them.
    """

    last: Measurement
    greatest: Measurement
    least: Measurement


def measure_extreme_norms(ensemble: Ensemble) -> ExtremeNorms:
    """Measure the greatest, the least and the last norm of the residual layers, in law.

    Args:
        ensemble: networks of depth L >= 2.

    Raises:
        ValueError: there is no residual layer.
    """
    values = {name: np.exp(one / 2) for name, one in _extreme_log_energies(ensemble).items()}
    return ExtremeNorms(
        **{
            name: Measurement(
                quantity=f"{name} ||h_l|| of the residual layers",
                per_network=value,
                settings=vars(ensemble),
            )
            for name, value in values.items()
        }
    )


@dataclass(frozen=True, kw_only=True)
class NormEvents:
    """Whether residual layers l = 1..L-1 leave [1 - c, 1 + c], 1 or 0; a column for each c if many.

    Attributes:
        last_above: whether ||h_(L-1)|| >= 1 + c.
        ever_above: whether the greatest norm is.
        last_below: whether ||h_(L-1)|| < 1 - c.
        ever_below: whether the least norm is.
    """

    last_above: Measurement
    ever_above: Measurement
    last_below: Measurement
    ever_below: Measurement


def measure_norm_events(ensemble: Ensemble, *, margin: float | Sequence[float]) -> NormEvents:
    """Measure whether the norms of ``measure_extreme_norms`` leave the bounds of Theorems 1 and 2.

    Args:
        ensemble: networks of depth L >= 2.
        margin: c in [0, 1e6], or several of them.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    one = isinstance(margin, int | float)
    margins = [
        arguments.real("margin", each, minimum=0, maximum=1e6)
        for each in ((margin,) if one else arguments.sequence("margin", margin))
    ]
    above = np.log1p(margins)
    with np.errstate(divide="ignore"):
        below = np.log(np.maximum(1 - np.asarray(margins), 0))
    halves = {name: each[:, None] / 2 for name, each in _extreme_log_energies(ensemble).items()}
    events = {
        "last_above": halves["last"] >= above,
        "ever_above": halves["greatest"] >= above,
        "last_below": halves["last"] < below,
        "ever_below": halves["least"] < below,
    }
    settings = {**vars(ensemble), "margin": margin if one else tuple(margins)}
    return NormEvents(
        **{
            name: Measurement(
                quantity=f"whether a norm of the residual layers is beyond c: {name}",
                per_network=event[:, 0] if one else event,
                settings=settings,
            )
            for name, event in events.items()
        }
    )


def measure_switchable_share(
    ensemble: Ensemble, *, change: float, layer: int | Sequence[int] | None = None
) -> Measurement:
    """Measure the greatest share of activations of a residual layer that a change can switch.

    The change is one of the preactivations g_l of norm tau epsilon ||h_(l-1)||, of any direction:
    it turns the least |g_l| to the other side of 0, as many as their squares allow.

    Args:
        ensemble: networks of depth L >= 2.
        change: epsilon in [0, 1e6].
        layer: one of 1..L-1, for a number a network, or several, for a column each; all by default.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    check_residual(ensemble)
    wanted = ensemble.layers(layer, first=1, last=ensemble.depth - 1)
    square = (ensemble.tau * arguments.real("change", change, minimum=0, maximum=1e6)) ** 2

    def told(one: Layer) -> tuple[torch.Tensor]:
        taken = one.sum.square().sort(dim=1).values.cumsum(dim=1)
        alive = squared_norms(one.below) > 0
        return ((taken <= square).double().mean(dim=1) * alive,)

    found = measured_at_layers(
        ensemble,
        {"share": "greatest share of activations that a change can switch"},
        lambda block: (one for one in pass_forward(ensemble, block) if one.index),
        told,
        layer=layer if isinstance(layer, int) else wanted,
        last=ensemble.depth - 1,
        chunk=chunk_size(ensemble, None),
        change=change,
    )
    return found["share"]


def _extreme_log_energies(ensemble: Ensemble) -> dict[str, np.ndarray]:
    check_residual(ensemble)

    def extremes(block: range) -> dict[str, torch.Tensor]:
        layers = pass_forward(ensemble, block)
        next(layers)
        last = greatest = least = next(layers).log_energy
        for _ in range(ensemble.depth - 2):
            last = next(layers).log_energy
            greatest, least = torch.maximum(greatest, last), torch.minimum(least, last)
        return {"last": last, "greatest": greatest, "least": least}

    return in_chunks(extremes, ensemble.block, chunk_size(ensemble, None))
