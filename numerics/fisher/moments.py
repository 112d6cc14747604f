"""Second moments of the forward and error signals of random residual networks."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch

from numerics.fisher.networks import Ensemble, backward, draw, forward
from numerics.fisher.tangent_kernel import squared_norms
from numerics.measurement import Measurement
from numerics.simulation import arguments
from numerics.simulation.batched import in_chunks


@dataclass(frozen=True, kw_only=True)
class Moments:
    """Second moments of the signals, averaged over samples and units, a row for each network.

    They are those of all layers, or of the layers that were asked for. The error signals are those
    of sign readouts (see ``numerics.fisher.networks``).

    Attributes:
        forward: E (u^l)^2, l = 1..L, shape (networks, L).
        variance: mean over units of the biased variance of h^l over the samples, l = 0..L.
        backward: E (delta^l)^2, l = 0..L.
        product: mean over samples of (||u^l||^2 / D) (||delta^l||^2 / D), l = 1..L.
        activation_rate: share of active units, pre-activation > 0, in layer l = 1..L, whether the
            layer survives or not.
    """

    forward: Measurement
    variance: Measurement
    backward: Measurement
    product: Measurement
    activation_rate: Measurement


_QUANTITIES = {
    "forward": "E u^2, layers 1..L",
    "variance": "mean over units of the variance of h over samples, layers 0..L",
    "backward": "E delta^2, layers 0..L",
    "product": "E_x (||u||^2 / D) (||delta||^2 / D), layers 1..L",
    "activation_rate": "share of active units, layers 1..L",
}


def measure_moments(
    ensemble: Ensemble, *, layer: int | Sequence[int] | None = None, chunk: int | None = None
) -> Moments:
    """Measure the moments of the networks of an ensemble, which ``measure_spectrum`` sees too.

    Readouts are random signs, which leave the means of the moments as they are. Batch statistics
    are held fixed in the backward pass.

    Args:
        ensemble: the networks.
        layer: one of 0..L, for a number a network, or several, for a column each; all by default.
            Where a layer has no such moment, that is NaN.
        chunk: networks simulated at once; by default from shapes and device. On a CPU no bit of
            a result depends on it; on CUDA the last digits may.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    size = ensemble.chunk(chunk)
    values = in_chunks(lambda part: _moments(ensemble, part), ensemble.block, size)
    settings = {**vars(ensemble), "layer": layer}
    return Moments(
        **{
            name: Measurement(
                quantity=quantity,
                per_network=at_layers(values[name], layer, depth=ensemble.depth),
                settings=settings,
            )
            for name, quantity in _QUANTITIES.items()
        }
    )


def at_layers(moments: np.ndarray, layer: int | Sequence[int] | None, *, depth: int) -> np.ndarray:
    """Return what ``measure_moments`` is asked for, of moments at the last layers up to ``depth``.

    Args:
        moments: shape (networks, depth + 1), or with fewer columns if the first layers have none.
        layer: one layer, several, or None for all that have moments.
        depth: L.

    Returns:
        Array of shape (networks,), (networks, number of layers), or that of ``moments``.
    """
    if layer is None:
        return moments
    one = isinstance(layer, int)
    asked = [
        arguments.integer("layer", each, minimum=0, maximum=depth)
        for each in ((layer,) if one else arguments.sequence("layer", layer))
    ]
    lacking = np.full((len(moments), depth + 1 - moments.shape[1]), np.nan)
    found = np.hstack([lacking, moments])[:, asked]
    return found[:, 0] if one else found


def _moments(ensemble: Ensemble, block: range) -> dict[str, torch.Tensor]:
    width = ensemble.width
    drawn = draw(ensemble, block, signs=True)
    passed = forward(ensemble, drawn)
    signals = squared_norms(passed.signals[1:]) / width
    errors = squared_norms(backward(ensemble, drawn, passed)) / width
    # Batch norm acts before the relu; a dropped layer has no signal but has active units.
    normalised = ensemble.network == "batch_norm"
    active = passed.signals[1:] if normalised else passed.hidden[:-1]
    by_layer = {
        "forward": signals.mean(dim=2),
        "variance": passed.hidden.var(dim=2, correction=0).mean(dim=2),
        "backward": errors.mean(dim=2),
        "product": (signals * errors[1:]).mean(dim=2),
        "activation_rate": (active > 0).double().mean(dim=(2, 3)),
    }
    return {name: layers.T for name, layers in by_layer.items()}
