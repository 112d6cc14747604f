"""The backward pass at one input, exact in law at O(m) a layer: no weight matrix is drawn.

With W of independent N(0, 1/m) entries, a unit vector u and a vector c, given W u

    W^T c = u (W u . c) + (I - u u^T) xi,    xi ~ N(0, ||c||^2 / m I) independent of W u,

so the vectors of both passes have exactly the joint law that real matrices would give them. Each is
kept as a unit vector and the logarithm of its norm.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

from numerics.fisher.single_input import transposed_product
from numerics.fisher.tangent_kernel import squared_norms
from numerics.measurement import Measurement
from numerics.residual_scaling.columns import measured_at_layers
from numerics.residual_scaling.layers import layers_of_normals, pass_forward
from numerics.residual_scaling.networks import Ensemble
from numerics.simulation import arguments, keyed

_CHUNK_NUMBERS = 2**20  # of one chunk's layers, which the backward pass needs all


@dataclass(frozen=True, kw_only=True)
class Backward:
    """Gradients of v . h of each network at one input: columns for layers l, or one value for one.

    v is a uniformly random unit vector, and h the last residual layer h_(L-1) or the last, h_L.

    Attributes:
        energy: ||d(v . h) / dh_l||^2.
        log_norm: log of its root; -inf where no gradient arrives.
        weight_gradient: ||d(v . h) / dW_l||_F^2; NaN of l = 0.
    """

    energy: Measurement
    log_norm: Measurement
    weight_gradient: Measurement


_QUANTITIES = {
    "energy": "||d(v . h) / dh_l||^2",
    "log_norm": "log ||d(v . h) / dh_l||",
    "weight_gradient": "||d(v . h) / dW_l||^2",
}


def measure_backward(
    ensemble: Ensemble,
    *,
    readout: str = "residual",
    layer: int | Sequence[int] | None = None,
    chunk: int | None = None,
) -> Backward:
    """Measure the gradients of a random readout by layers and weights at one input, in law.

    With the readout y = B h_L, the gradient of a unit combination of outputs is that of "output"
    times an independent root of chi^2_m / d.

    Args:
        ensemble: the networks; the forward pass is that of ``measure_forward``.
        readout: "residual" (v . h_(L-1)) or "output" (v . h_L).
        layer: one of 0..L-1 or, of "output", 0..L, or several; all by default.
        chunk: networks simulated at once; changes no result.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    found = _measured(
        ensemble,
        _QUANTITIES,
        lambda one: (one.log_energy.exp(), one.log_energy / 2, one.weight_gradient),
        readout=readout,
        layer=layer,
        chunk=chunk,
    )
    return Backward(**found)


def measure_sparse_gradient(
    ensemble: Ensemble,
    *,
    sparsity: int,
    readout: str = "output",
    layer: int | Sequence[int] | None = None,
    chunk: int | None = None,
) -> Measurement:
    """Measure the greatest derivative of v . h along a unit vector at layer l with s entries.

    It is the norm of the s greatest entries of d(v . h) / dh_l (Zhang et al. 2022, Lemma 5, where
    readouts B^T v have the norm of a root of chi^2_m / d in place of 1).

    Args:
        ensemble: the networks.
        sparsity: s = 1..m.
        readout: as in ``measure_backward``.
        layer: as there.
        chunk: networks simulated at once; changes no result.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.integer("sparsity", sparsity, minimum=1, maximum=ensemble.width)

    def told(one: BackwardLayer) -> tuple[torch.Tensor]:
        share = one.unit.square().topk(sparsity, dim=1).values.sum(dim=1)
        return (((one.log_energy + share.log()) / 2).exp(),)

    found = _measured(
        ensemble,
        {"norm": f"norm of the {sparsity} greatest entries of d(v . h) / dh_l"},
        told,
        readout=readout,
        layer=layer,
        chunk=chunk,
        sparsity=sparsity,
    )
    return found["norm"]


@dataclass(frozen=True)
class BackwardLayer:
    """The gradient of v . h at one layer of a chunk.

    Attributes:
        index: l.
        log_energy: log ||d(v . h) / dh_l||^2, shape (networks,).
        unit: the direction of that gradient, shape (networks, m); 0 where it is 0.
        weight_gradient: ||d(v . h) / dW_l||^2, shape (networks,); NaN of l = 0.
        hidden: h_l / ||h_l||, shape (networks, m).
        hidden_log_energy: log ||h_l||^2, shape (networks,).
    """

    index: int
    log_energy: torch.Tensor
    unit: torch.Tensor
    weight_gradient: torch.Tensor
    hidden: torch.Tensor
    hidden_log_energy: torch.Tensor


def pass_backward(ensemble: Ensemble, block: range, top: int) -> Iterator[BackwardLayer]:
    """Yield the layers ``top``..0 of some networks, after a forward pass."""
    generators = [keyed.generator(seed=ensemble.seed, network=k) for k in block]
    layers = [
        (one.unit, one.image, one.log_energy)
        for one in pass_forward(ensemble, block, generators)
        if one.index <= top
    ]
    normals = layers_of_normals(generators, top + 1, ensemble.width)
    unit = next(normals).to(layers[0][0])
    unit /= squared_norms(unit).sqrt()[:, None]
    log_energy = torch.zeros_like(unit[:, 0])
    for index in range(top, -1, -1):
        hidden, image, hidden_log_energy = layers.pop()
        through = unit * (hidden > 0)
        arrived = squared_norms(through)
        gradient = torch.full_like(arrived, torch.nan)
        if index:
            below, _, below_log_energy = layers[-1]
            scale = 1.0 if index == ensemble.depth else ensemble.tau**2
            gradient = scale * (arrived.log() + log_energy + below_log_energy).exp()
        yield BackwardLayer(index, log_energy, unit, gradient, hidden, hidden_log_energy)
        if not index:
            return
        noise = next(normals).to(unit) * (arrived / ensemble.width).sqrt()[:, None]
        product = transposed_product(below, image, through, noise)
        unit = product * 2**0.5
        if index < ensemble.depth:
            unit = torch.add(through, product, alpha=ensemble.tau)
        squared = squared_norms(unit)
        log_energy = log_energy + squared.log()
        unit /= torch.where(squared > 0, squared, 1).sqrt()[:, None]


def _measured(
    ensemble: Ensemble,
    quantities: Mapping[str, str],
    told: Callable[[BackwardLayer], Sequence[torch.Tensor]],
    *,
    readout: str,
    layer: int | Sequence[int] | None,
    chunk: int | None,
    **settings: Any,
) -> dict[str, Measurement]:
    arguments.choice("readout", readout, ("residual", "output"))
    top = ensemble.depth - (readout == "residual")
    if chunk is None:
        chunk = max(1, _CHUNK_NUMBERS // (2 * (ensemble.depth + 1) * ensemble.width))
    return measured_at_layers(
        ensemble,
        quantities,
        lambda block: pass_backward(ensemble, block, top),
        told,
        layer=layer,
        last=top,
        chunk=arguments.integer("chunk", chunk, minimum=1),
        readout=readout,
        **settings,
    )
