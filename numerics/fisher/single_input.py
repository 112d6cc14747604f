"""Moments of random residual networks at one input, exact in law at O(L D) numbers a network.

No weight matrix is drawn. With entries of W distributed N(0, 2/D) and u, delta fixed,

    g = W u           ~ N(0, 2 ||u||^2 / D  I),
    W^T delta given g = u (g . delta) / ||u||^2 + (I - u u^T / ||u||^2) xi,
    xi                ~ N(0, 2 ||delta||^2 / D  I), independent of g,

so the vectors of the forward and backward pass have exactly the joint law that real matrices
would give them. The input has ||x||^2 = D, so that h^0 ~ N(0, I). The law of W^0 is invariant
under rotations of x and the network is positively homogeneous, so the mean of the trace over
the weights depends on x through ||x||^2 only and is proportional to it: what is measured here
has the mean of ``measure_spectrum`` for every input law with mean ||x||^2 = D.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, fields, replace

import numpy as np
import torch

from numerics.fisher.expected import projected
from numerics.fisher.moments import at_layers
from numerics.fisher.networks import Ensemble
from numerics.fisher.tangent_kernel import squared_norms
from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import in_chunks
from numerics.simulation.device import DTYPES

_CHUNK_NUMBERS = 2**21  # held for one chunk: calls cost more than caches where layers are narrow


@dataclass(frozen=True, kw_only=True)
class SingleMoments:
    """Moments at one input with ||x||^2 = D, a row for each network.

    The means are those of the networks asked for; readouts are random signs and, where survivors
    are drawn tilted, every quantity is multiplied by its network's ratio of probabilities (see
    ``numerics.fisher.networks``).

    Attributes:
        forward: ||u^l||^2 / D, l = 1..L, shape (networks, L).
        backward: ||delta^l||^2 / D, l = 0..L.
        product: (||u^l||^2 / D) (||delta^l||^2 / D), l = 1..L.
        activation_rate: share of active units in layer l = 1..L, whether it survives or not.
    """

    forward: Measurement
    backward: Measurement
    product: Measurement
    activation_rate: Measurement


@dataclass(frozen=True, kw_only=True)
class SingleInput(SingleMoments):
    """The moments of all layers, and what they make.

    Attributes:
        mean_eigenvalue: (1/P) sum_{l=0..L} ||u^l||^2 ||delta^l||^2, with u^0 = x.
    """

    mean_eigenvalue: Measurement


def measure_single_input(
    ensemble: Ensemble,
    *,
    tilted_above: int = 0,
    units: int | None = None,
    chunk: int | None = None,
) -> SingleInput:
    """Measure the mean eigenvalue of F and the moments behind it, at one input a network.

    Means are those over networks of the law of ``measure_spectrum``, with the Gaussian input
    scaled to ||x||^2 = D.

    Args:
        ensemble: networks "resnet" or "stochastic_depth" on one Gaussian input.
        tilted_above: where layers survive by chance, the layer 0..L above which survivors are drawn
            tilted. 0 serves the mean eigenvalue and the product best, l the backward moment of
            layer l, L (nothing is tilted) the activation rate. Forward moments are best found
            from plain networks, by ``averaged_over_survivors``.
        units: a multiple of D: each value is the mean over ``units`` / D networks, which have their
            survivors in common and one part each of the noise of one network as wide as that.
            Widths at equal units vary together, and their differences little. D by default.
        chunk: values simulated at once; changes no result.

    Raises:
        TypeError, ValueError: the ensemble is another one, or a number out of its range.
    """
    arguments.integer("tilted_above", tilted_above, minimum=0, maximum=ensemble.depth)
    together = _networks_of(ensemble, units)
    values = _in_chunks(
        ensemble,
        lambda part: _moments(ensemble, part, tilted_above=tilted_above, together=together),
        chunk,
        together,
    )
    settings = {**vars(ensemble), "tilted_above": tilted_above, "units": units}

    def measured(quantity: str, per_network: np.ndarray) -> Measurement:
        return Measurement(quantity=quantity, per_network=per_network, settings=settings)

    forward, backward, product = (values[name] for name in ("forward", "backward", "product"))
    # P = (L + 1) D^2, and ||u^0||^2 = D.
    mean_eigenvalue = (backward[:, 0] + product.sum(axis=1)) / (ensemble.depth + 1)
    return SingleInput(
        mean_eigenvalue=measured("mean eigenvalue of F at one input", mean_eigenvalue),
        forward=measured("||u||^2 / D, layers 1..L", forward),
        backward=measured("||delta||^2 / D, layers 0..L", backward),
        product=measured("||u||^2 ||delta||^2 / D^2, layers 1..L", product),
        activation_rate=measured("share of active units, layers 1..L", values["activation_rate"]),
    )


def measure_single_moments(
    ensemble: Ensemble, *, layer: int | Sequence[int], units: int | None = None
) -> SingleMoments:
    """Measure the moments of ``measure_single_input`` at some layers; nothing is tilted.

    Args:
        ensemble: networks "resnet" or "stochastic_depth" on one Gaussian input.
        layer: as in ``measure_moments``.
        units: as in ``measure_single_input``.

    Raises:
        TypeError, ValueError: the ensemble is another one, or a number out of its range.
    """
    whole = measure_single_input(ensemble, tilted_above=ensemble.depth, units=units)

    def told(moment: Measurement) -> Measurement:
        values = at_layers(moment.per_network, layer, depth=ensemble.depth)
        return replace(moment, per_network=values, settings={**moment.settings, "layer": layer})

    return SingleMoments(
        **{field.name: told(getattr(whole, field.name)) for field in fields(SingleMoments)}
    )


def measure_single_projection(
    ensemble: Ensemble,
    *,
    units: int | None = None,
    reference: int | None = None,
    chunk: int | None = None,
) -> Measurement:
    """Measure v^T F v = (v . grad f)^2 at one input, v as in ``measure_expected_spectrum``.

    The readout is ones, on which the mean depends, and survivors have their own law.

    Args:
        ensemble: networks "resnet" or "stochastic_depth" on one Gaussian input, which is scaled to
            ||x||^2 = D.
        units: a multiple of D: each value is the mean over ``units`` / D networks, as in
            ``measure_single_input``. D by default.
        reference: a width; values, which grow like D^2, are multiplied by (``reference`` / D)^2, to
            be compared with those of that width. D by default.
        chunk: values simulated at once; changes no result.

    Raises:
        TypeError, ValueError: the ensemble is another one, or a number out of its range.
    """
    together = _networks_of(ensemble, units)
    if reference is not None:
        arguments.integer("reference", reference, minimum=1)
    scale = ((reference or ensemble.width) / ensemble.width) ** 2
    values = _in_chunks(
        ensemble, lambda part: _projection(ensemble, part, together), chunk, together
    )
    return Measurement(
        quantity="v^T F v of one input",
        per_network=scale * values["value"],
        settings={**vars(ensemble), "units": units, "reference": reference},
    )


def measure_projection_by_width(ensemble: Ensemble, *, factors: Sequence[int]) -> Measurement:
    """Measure v^T F v as ``measure_single_projection`` does, at several widths.

    Args:
        ensemble: as there; D is the unit of the widths.
        factors: integers >= 1; column i is that of networks of width ``factors[i]`` D.

    Raises:
        TypeError, ValueError: the ensemble is another one, or a factor is no integer >= 1.
    """
    columns = [
        measure_single_projection(
            replace(ensemble, width=arguments.integer("factor", one, minimum=1) * ensemble.width)
        ).per_network
        for one in arguments.sequence("factors", factors)
    ]
    return Measurement(
        quantity="v^T F v of one input, a column for each width",
        per_network=np.column_stack(columns),
        settings={**vars(ensemble), "factors": tuple(factors)},
    )


def _networks_of(ensemble: Ensemble, units: int | None) -> int:
    """Return how many networks have so many units in a layer."""
    if units is None:
        return 1
    arguments.integer("units", units, minimum=ensemble.width)
    if units % ensemble.width:
        raise ValueError(f"units = {units}: must be a multiple of width = {ensemble.width}")
    return units // ensemble.width


def _in_chunks(
    ensemble: Ensemble,
    evaluate: Callable[[range], dict[str, torch.Tensor]],
    chunk: int | None,
    together: int = 1,
) -> dict[str, np.ndarray]:
    arguments.choice("network", ensemble.network, ("resnet", "stochastic_depth"))
    arguments.integer("samples", ensemble.samples, minimum=1, maximum=1)
    arguments.choice("inputs", ensemble.inputs, ("gaussian",))
    if chunk is None:
        chunk = max(1, _CHUNK_NUMBERS // (3 * together * ensemble.parameters // ensemble.width))
    return in_chunks(evaluate, ensemble.block, arguments.integer("chunk", chunk, minimum=1))


@dataclass(frozen=True)
class _Passes:
    """Both passes of one chunk: lists over layers of tensors (networks, D).

    Attributes:
        signals: u^1..u^L.
        errors: delta^0..delta^L.
        active: whether each unit of layers 1..L is.
        ratio: see ``networks.Draw``, shape (networks,).
    """

    signals: list[torch.Tensor]
    errors: list[torch.Tensor]
    active: list[torch.Tensor]
    ratio: torch.Tensor


def _moments(
    ensemble: Ensemble, block: range, *, tilted_above: int, together: int
) -> dict[str, torch.Tensor]:
    passes = _passed(ensemble, block, signs=True, tilted_above=tilted_above, together=together)
    forward, backward = (
        torch.stack([squared_norms(one) for one in vectors], dim=1) / ensemble.width
        for vectors in (passes.signals, passes.errors)
    )
    by_layer = {
        "forward": forward,
        "backward": backward,
        "product": forward * backward[:, 1:],
        "activation_rate": torch.stack([one.double().mean(dim=1) for one in passes.active], dim=1),
    }
    return {
        name: (layers * passes.ratio[:, None]).unflatten(0, (-1, together)).mean(dim=1)
        for name, layers in by_layer.items()
    }


def _projection(ensemble: Ensemble, block: range, together: int) -> dict[str, torch.Tensor]:
    passes = _passed(ensemble, block, signs=False, tilted_above=ensemble.depth, together=together)
    signals = torch.stack([torch.zeros_like(passes.errors[0]), *passes.signals])
    layers = signals, torch.stack(passes.errors)
    # The mean over samples of one network is here that over networks of one sample each.
    return {"value": projected(*(one.unflatten(1, (-1, together)) for one in layers))}


def _passed(
    ensemble: Ensemble, block: range, *, signs: bool, tilted_above: int, together: int = 1
) -> _Passes:
    depth, width = ensemble.depth, ensemble.width
    device, dtype = ensemble.device, DTYPES[ensemble.dtype]
    generators = [keyed.generator(seed=ensemble.seed, network=k) for k in block]
    normals = keyed.standard_normals(generators, (2 * depth + 1) * together * width)
    survival, ratio = (
        one.repeat_interleave(together, dim=0)
        for one in ensemble.draw_survival(generators, tilted_above=tilted_above)
    )
    survival = survival.T[..., None].to(device, dtype)
    vectors = normals.view(len(block), -1, together, width).transpose(0, 1).flatten(1, 2)
    vectors = vectors.to(device, dtype)
    hidden, forward_noise, backward_noise = vectors[0], vectors[1 : depth + 1], vectors[depth + 1 :]
    signals, images, active = [], [], []
    for layer in range(depth):
        active.append(hidden > 0)
        signals.append(hidden.relu() * survival[layer])
        images.append(forward_noise[layer] * _deviation(signals[layer]))
        hidden = hidden + images[layer]
    errors = [torch.ones_like(hidden)]
    if signs:
        drawn = keyed.random_signs(generators, together * width).view(-1, width)
        errors = [drawn.to(device, dtype)]
    for layer in range(depth - 1, -1, -1):
        noise = backward_noise[layer] * _deviation(errors[0])
        through = transposed_product(signals[layer], images[layer], errors[0], noise)
        errors.insert(0, errors[0] + through * active[layer] * survival[layer])
    return _Passes(signals, errors, active, ratio.to(device, dtype))


def _deviation(vectors: torch.Tensor) -> torch.Tensor:
    """Return the standard deviation of the entries of W v or W^T v, shape (networks, 1)."""
    return (squared_norms(vectors) * (2 / vectors.shape[-1])).sqrt()[:, None]


def transposed_product(
    signal: torch.Tensor, image: torch.Tensor, error: torch.Tensor, noise: torch.Tensor
) -> torch.Tensor:
    """Return W^T delta given W u = g, from the noise xi (see the head of this module).

    Args:
        signal: u; where it is 0, W u = 0 tells nothing about W.
        image: g = W u.
        error: delta.
        noise: xi ~ N(0, 2 ||delta||^2 / D I).
            All four have shape (networks, D).
    """
    squared = squared_norms(signal)
    known = (image * error).sum(dim=-1) - (signal * noise).sum(dim=-1)
    return noise + signal * (known / torch.where(squared > 0, squared, 1))[:, None]
