"""A second vector beside the forward pass at one input: tangents, and what a perturbation changes.

Given W u for the unit vector u, the image of any vector r is

    W r = (r . u) W u + ||r - (r . u) u|| xi,    xi ~ N(0, I / m) independent of W u,

so the second vector has exactly the law, jointly with the pass, that real matrices would give it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from numerics.fisher.tangent_kernel import squared_norms
from numerics.measurement import Measurement
from numerics.residual_scaling.columns import measured_at_layers
from numerics.residual_scaling.layers import Layer, chunk_size, layers_of_normals, pass_forward
from numerics.residual_scaling.networks import Ensemble
from numerics.simulation import arguments, keyed

DIRECTIONS = ("radial", "signs", "gaussian")


@dataclass(frozen=True, kw_only=True)
class Tangent:
    """Derivatives of the layers along a change of the start: columns for layers, or one value.

    Attributes:
        energy: ||t_l||^2; E ||t_0||^2 = 1.
        log_norm: log ||t_l||; -inf where the tangent is 0.
    """

    energy: Measurement
    log_norm: Measurement


def measure_tangent(
    ensemble: Ensemble, *, layer: int | Sequence[int] | None = None, chunk: int | None = None
) -> Tangent:
    """Measure the derivative t_l of h_l along a direction, in law, at O(m) a layer.

    Args:
        ensemble: the networks. From the own start the direction is a unit vector orthogonal to the
            input x, so that t_0 = dh_0/dx; from another start t_0 is a random unit vector.
        layer: one of 0..L, for a number a network, or several, for a column each; all by default.
        chunk: networks simulated at once; changes no result.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    found = measured_at_layers(
        ensemble,
        {"energy": "||t_l||^2", "log_norm": "log ||t_l||"},
        lambda block: _tangents(ensemble, block),
        lambda one: (one.log_energy.exp(), one.log_energy / 2),
        layer=layer,
        chunk=chunk_size(ensemble, chunk),
    )
    return Tangent(**found)


@dataclass(frozen=True, kw_only=True)
class Perturbation:
    """What perturbed weights change at one input: columns for layers, or one value if one.

    Attributes:
        change: ||h_l - h_l^(0)||, h_l^(0) the layer at initialisation.
        relative_change: that over ||h_l^(0)||, or over the norm of the last layer that is not 0.
        preactivation_change: the same of what the rectifiers get; 0 of l = 0.
        changed_share: share of units of layer l that are active in one of the two only.
        energy: ||h_l||^2 of the perturbed weights.
        least_factor: the least of (h_l - h_l^(0)) / (g_l - g_l^(0)) over units, which are the
            entries of D + D'' in Lemma 8 of Zhang et al. (2022); 0 of l = 0.
        greatest_factor: the greatest of them.
    """

    change: Measurement
    relative_change: Measurement
    preactivation_change: Measurement
    changed_share: Measurement
    energy: Measurement
    least_factor: Measurement
    greatest_factor: Measurement


_PERTURBATION = {
    "change": "||h_l - h_l^(0)||",
    "relative_change": "||h_l - h_l^(0)|| / ||h_l^(0)||",
    "preactivation_change": "||g_l - g_l^(0)||",
    "changed_share": "share of units whose activation changed",
    "energy": "||h_l||^2",
    "least_factor": "least entry of (h_l - h_l^(0)) / (g_l - g_l^(0))",
    "greatest_factor": "greatest entry of (h_l - h_l^(0)) / (g_l - g_l^(0))",
}


def measure_perturbation(
    ensemble: Ensemble,
    *,
    size: float,
    direction: str,
    layer: int | Sequence[int] | None = None,
    chunk: int | None = None,
) -> Perturbation:
    """Measure what a perturbation W_l + W'_l of all weights changes, in law, at O(m) a layer.

    ||W'_l|| is tau omega in the residual layers and omega in the last one (Zhang et al. 2022,
    Lemma 4): with u = h_(l-1)^(0) / ||h_(l-1)^(0)|| it is that times

        radial      u u^T, the same change of every residual layer's norm, which adds up;
        signs       s u^T / sqrt(m) with random signs s in R^m, the same in all layers;
        gaussian    a fresh matrix of N(0, 1/(4 m)) entries, whose norm tends to 1 as m grows.

    Args:
        ensemble: the networks.
        size: omega in [0, 1e6].
        direction: "radial", "signs" or "gaussian".
        layer: one of 0..L, for a number a network, or several, for a column each; all by default.
        chunk: networks simulated at once; changes no result.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    omega = arguments.real("size", size, minimum=0, maximum=1e6)
    arguments.choice("direction", direction, DIRECTIONS)
    found = measured_at_layers(
        ensemble,
        _PERTURBATION,
        lambda block: _changes(ensemble, block, omega, direction),
        lambda one: tuple(getattr(one, name) for name in _PERTURBATION),
        layer=layer,
        chunk=chunk_size(ensemble, chunk),
        size=size,
        direction=direction,
    )
    return Perturbation(**found)


def image_beside(layer: Layer, vectors: torch.Tensor, normals: torch.Tensor) -> torch.Tensor:
    """Return W_l r given W_l u, of vectors r and standard normals, all of shape (networks, m)."""
    along = (vectors * layer.below).sum(dim=1, keepdim=True)
    across = vectors - along * layer.below
    deviation = (squared_norms(across) / vectors.shape[1]).sqrt()[:, None]
    return along * layer.image + deviation * normals


@dataclass(frozen=True)
class _TangentLayer:
    """A tangent at one layer of a chunk: log ||t_l||^2, shape (networks,)."""

    index: int
    log_energy: torch.Tensor


def _tangents(ensemble: Ensemble, block: range) -> Iterator[_TangentLayer]:
    generators = [keyed.generator(seed=ensemble.seed, network=k) for k in block]
    normals = layers_of_normals(generators, ensemble.depth + 1, ensemble.width)
    log_energy = torch.zeros(len(block), dtype=torch.float64, device=ensemble.device)
    unit = torch.empty(0)
    for layer in pass_forward(ensemble, block, generators):
        noise = next(normals).to(layer.unit)
        if layer.index:
            image = image_beside(layer, unit, noise)
            last = layer.index == ensemble.depth
            tangent = image * 2**0.5 if last else torch.add(unit, image, alpha=ensemble.tau)
        elif ensemble.start == "own":
            tangent = noise * (2 / ensemble.width) ** 0.5
        else:
            tangent = noise / squared_norms(noise).sqrt()[:, None]
        if layer.index or ensemble.start == "own":
            tangent = tangent * (layer.unit > 0)
        squared = squared_norms(tangent)
        log_energy = log_energy + squared.log()
        unit = tangent / torch.where(squared > 0, squared, 1).sqrt()[:, None]
        yield _TangentLayer(layer.index, log_energy)


@dataclass(frozen=True)
class _ChangedLayer:
    """What changed at one layer of a chunk, shape (networks,) each."""

    index: int
    change: torch.Tensor
    relative_change: torch.Tensor
    preactivation_change: torch.Tensor
    changed_share: torch.Tensor
    energy: torch.Tensor
    least_factor: torch.Tensor
    greatest_factor: torch.Tensor


def _changes(
    ensemble: Ensemble, block: range, omega: float, direction: str
) -> Iterator[_ChangedLayer]:
    generators = [keyed.generator(seed=ensemble.seed, network=k) for k in block]
    signs = keyed.random_signs(generators, ensemble.width)
    normals = layers_of_normals(generators, 2 * ensemble.depth, ensemble.width)
    layers = pass_forward(ensemble, block, generators)
    first = next(layers)
    # Changes are kept in units of the norm of the layer at initialisation.
    change = torch.zeros_like(first.unit)
    signs = signs.to(change) * ensemble.width**-0.5
    none = torch.zeros_like(first.log_energy)
    yield _ChangedLayer(0, *(none,) * 4, first.log_energy.exp(), none, none)
    log_scale = first.log_energy
    for layer in layers:
        last = layer.index == ensemble.depth
        image = image_beside(layer, change, next(normals).to(change))
        noise = next(normals).to(change)
        moved = layer.below + change
        if direction == "gaussian":
            pushed = noise * (squared_norms(moved) / (4 * ensemble.width)).sqrt()[:, None]
        else:
            towards = layer.below if direction == "radial" else signs
            pushed = towards * (layer.below * moved).sum(dim=1, keepdim=True)
        if last:
            before = 2**0.5 * image + omega * pushed
        else:
            before = change + ensemble.tau * image + ensemble.tau**2 * omega * pushed
        # relu(g + g') - relu(g), without cancellation where both are active.
        after = torch.where(
            layer.sum > 0, torch.maximum(before, -layer.sum), (layer.sum + before).relu()
        )
        switched = (layer.sum > 0) != (layer.sum + before > 0)
        norm = (log_scale / 2).exp()
        # A layer that is dead at initialisation need not be so with other weights: the unit stays.
        grown = squared_norms(layer.sum.relu()).sqrt()
        change = after / torch.where(grown > 0, grown, 1)[:, None]
        factor = after / torch.where(before != 0, before, 1)
        yield _ChangedLayer(
            layer.index,
            squared_norms(after).sqrt() * norm,
            squared_norms(change).sqrt(),
            squared_norms(before).sqrt() * norm,
            switched.double().mean(dim=1),
            squared_norms(layer.sum.relu() + after) * norm.square(),
            factor.amin(dim=1),
            factor.amax(dim=1),
        )
        log_scale = torch.where(grown > 0, layer.log_energy, log_scale)
