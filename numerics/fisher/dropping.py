"""Means over which blocks survive stochastic depth, taken exactly, as they need no draws."""

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from scipy.stats import binom

from numerics.fisher.few_inputs import measure_few_inputs
from numerics.fisher.networks import Ensemble
from numerics.fisher.single_input import measure_single_input
from numerics.measurement import Measurement
from numerics.simulation import arguments


def averaged_over_survivors(moments: Measurement, *, survival: float) -> Measurement:
    """Return moments of relu(h^(l-1)) with random dropping, l = 1..L, from those without.

    A dropped layer changes nothing, so that h^(l-1) with k survivors among the layers 1..l-1 has
    the law of h^k of the plain network: the moment is sum_k Bin(l-1, p)(k) moment_(k+1). Nothing is
    drawn for it. Relu(h^(l-1)) is u^l where layer l survives: the second moment of u^l is p times
    this, the activation rate is this.

    Args:
        moments: of networks "resnet" at layers 1..L, shape (networks, L): forward moments or
            activation rates.
        survival: probability p in [0, 1] that a layer survives.

    Raises:
        ValueError: the moments are of another network, or the survival is no probability.
    """
    arguments.choice("network", str(moments.settings["network"]), ("resnet",))
    arguments.real("survival", survival, minimum=0, maximum=1)
    layers = np.arange(moments.per_network.shape[1])
    shares = binom(layers[:, None], survival).pmf(layers)
    return Measurement(
        quantity=f"{moments.quantity}, averaged over survivors below",
        per_network=moments.per_network @ shares.T,
        settings={**moments.settings, "survival": survival},
    )


@dataclass(frozen=True, kw_only=True)
class DroppedMoments:
    """Second moments at a layer l of networks with dropping, at one input, one value a network.

    Attributes:
        forward: ||u^l||^2 / D, averaged over survivors; NaN for l = 0.
        backward: ||delta^l||^2 / D.
    """

    forward: Measurement
    backward: Measurement


def measure_dropped_moments(
    ensemble: Ensemble, *, layer: int, units: int | None = None
) -> DroppedMoments:
    """Measure what ``measure_single_input`` does at one layer, each moment where it varies least.

    Survivors are drawn tilted above the layer for the backward moment. The forward one is found by
    ``averaged_over_survivors`` from plain networks of the same seed, as deep as the layer.

    Args:
        ensemble: networks "stochastic_depth" with a survival probability, on one Gaussian input.
        layer: l = 0..L.
        units: as in ``measure_single_input``.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.choice("network", ensemble.network, ("stochastic_depth",))
    survival = arguments.real("survival", ensemble.survival, minimum=0, maximum=1)
    tilted = measure_single_input(ensemble, tilted_above=layer, units=units).backward
    forward = np.full(ensemble.networks, np.nan)
    if layer:
        plain = replace(ensemble, network="resnet", depth=layer, survival=None)
        whole = measure_single_input(plain, units=units).forward
        active = averaged_over_survivors(whole, survival=survival)
        forward = survival * active.per_network[:, -1]
    settings = {**vars(ensemble), "layer": layer, "units": units}

    def measured(quantity: str, per_network: np.ndarray) -> Measurement:
        return Measurement(quantity=quantity, per_network=per_network, settings=settings)

    return DroppedMoments(
        forward=measured("||u||^2 / D at a layer, averaged over survivors", forward),
        backward=measured("||delta||^2 / D at a layer", tilted.per_network[:, layer]),
    )


def measure_share_by_survival(
    *,
    depth: int,
    width: int,
    samples: int,
    survival: float | Sequence[float],
    orthogonal: bool = False,
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> Measurement:
    """Measure the share between inputs of ``measure_few_inputs``, averaged over survivors.

    For each number K of survivors, which is Bin(L, p), network k has one of its own, of the same
    noise; of these the average is taken exactly.

    Args:
        depth: L >= 1.
        width: D >= 1.
        samples: N = 1..D, Gaussian inputs.
        survival: probability p that a layer survives, or several of them, for a column each.
        orthogonal: as in ``measure_few_inputs``.
        networks: number of independent networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    one = isinstance(survival, int | float)
    chances = [
        arguments.real("survival", each, minimum=0, maximum=1)
        for each in ((survival,) if one else arguments.sequence("survival", survival))
    ]
    ensembles = [
        Ensemble(
            network="stochastic_depth", depth=depth, width=width, samples=samples,
            networks=networks, seed=seed, first_network=first_network, survivors=survivors,
            device=device,
        )
        for survivors in range(arguments.integer("depth", depth, minimum=1) + 1)
    ]  # fmt: skip
    drawn = [
        measure_few_inputs(each, orthogonal=orthogonal).share_between_inputs.per_network
        for each in ensembles
    ]
    shares = binom(depth, chances).pmf(np.arange(depth + 1)[:, None])
    found = np.tensordot(drawn, shares, axes=(0, 0))
    return Measurement(
        quantity="share between inputs, averaged over survivors",
        per_network=found[:, 0] if one else found,
        settings={**vars(ensembles[0]), "survivors": None, "survival": survival},
    )
