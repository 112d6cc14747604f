"""Passes with real weight matrices, of which the law of one layer at a few inputs says too little.

A network's matrices are drawn layer by layer and kept no longer than their layer.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from numerics.fisher.tangent_kernel import squared_norms
from numerics.measurement import Measurement
from numerics.residual_scaling.columns import measured_at_layers
from numerics.residual_scaling.few_inputs import roots_of_inputs
from numerics.residual_scaling.layers import check_residual
from numerics.residual_scaling.networks import Ensemble
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import aligned, array, chunk_size, in_chunks, multiply


@dataclass(frozen=True, kw_only=True)
class MatrixForward:
    """Layers of each network at N inputs: columns for layers, or one value if one was asked.

    Attributes:
        energy: mean over inputs of ||h_l||^2.
        mean_squared_distance: mean over pairs of inputs of ||h_(i,l) - h_(j,l)||^2; 0 of one input.
    """

    energy: Measurement
    mean_squared_distance: Measurement


_QUANTITIES = {
    "energy": "mean ||h_l||^2 over inputs",
    "mean_squared_distance": "mean ||h_i - h_j||^2",
}


def measure_matrix_forward(
    ensemble: Ensemble,
    *,
    samples: int = 1,
    distance: float = 1.0,
    layer: int | Sequence[int] | None = None,
    chunk: int | None = None,
) -> MatrixForward:
    """Measure norms and distances of the layers by weight matrices, at any number of inputs.

    Args:
        ensemble: the networks; from a given start there is one input.
        samples: N >= 1.
        distance: of every pair of inputs, as in ``measure_separation``.
        layer: one of 0..L, for a number a network, or several, for a column each; all by default.
        chunk: networks simulated at once. On a CPU no bit of a result depends on it; on CUDA the
            last digits may.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    inputs = _roots(ensemble, samples, distance)
    found = measured_at_layers(
        ensemble,
        _QUANTITIES,
        lambda block: _pass_forward(ensemble, block, inputs),
        _told,
        layer=layer,
        chunk=_chunk(ensemble, chunk, 3 * samples * ensemble.width),
        samples=samples,
        distance=distance,
    )
    return MatrixForward(**found)


@dataclass(frozen=True, kw_only=True)
class ProductNorms:
    """Spectral norms of products of residual layers at one input, one value a network.

    With D_l the active units, P_ab = D_b (I + tau W_b) .. D_a (I + tau W_a).

    Attributes:
        whole: ||P_ab|| of all residual layers, a = 1 and b = L - 1.
        greatest: the greatest ||P_ab|| over 1 <= a <= b <= L - 1.
        greatest_weight: the greatest ||W_l||, l = 1..L-1.
    """

    whole: Measurement
    greatest: Measurement
    greatest_weight: Measurement


def measure_product_norms(ensemble: Ensemble) -> ProductNorms:
    """Measure the spectral norms that Theorem 1 of Zhang et al. (2022) bounds, at initialisation.

    All L (L - 1) / 2 products take O(L^2 m^3) operations a network, and O(L m^2) memory.

    Args:
        ensemble: networks of depth L >= 2.

    Raises:
        ValueError: there is no residual layer.
    """
    check_residual(ensemble)
    inputs = _roots(ensemble, 1, 1.0)
    values = in_chunks(lambda part: _product_norms(ensemble, part, inputs), ensemble.block, 1)
    words = {
        "whole": "spectral norm of the product of all residual layers",
        "greatest": "greatest spectral norm of a product of residual layers",
        "greatest_weight": "greatest spectral norm of a residual layer's weights",
    }
    return ProductNorms(
        **{
            name: Measurement(quantity=words[name], per_network=value, settings=vars(ensemble))
            for name, value in values.items()
        }
    )


@dataclass(frozen=True)
class _Layer:
    """One layer of a chunk.

    Attributes:
        index: l.
        hidden: h_l, a column for each input, shape (networks, m, N).
        weights: W_l with entries N(0, 1/m), shape (networks, m, m); of layer 0 none.
    """

    index: int
    hidden: torch.Tensor
    weights: torch.Tensor


def _roots(ensemble: Ensemble, samples: int, distance: float) -> torch.Tensor:
    """Return what standard normals are mixed by at the inputs, shape (N, N)."""
    most = 1 if ensemble.starts_given else None
    arguments.integer("samples", samples, minimum=1, maximum=most)
    return roots_of_inputs(ensemble, samples, distance)


def _chunk(ensemble: Ensemble, chunk: int | None, numbers: int) -> int:
    if chunk is not None:
        return arguments.integer("chunk", chunk, minimum=1)
    held = 12 * ensemble.width**2 + 8 * numbers  # weights as they are drawn and as they are used
    return chunk_size(bytes_per_network=held, device=torch.device(ensemble.device))


def _pass_forward(ensemble: Ensemble, block: range, inputs: torch.Tensor) -> Iterator[_Layer]:
    """Yield the layers 0..L of some networks; each lies in memory of its own for one step only."""
    generators = [keyed.generator(seed=ensemble.seed, network=k) for k in block]
    width, samples = ensemble.width, len(inputs)

    def matrices(*shape: int) -> torch.Tensor:
        return aligned(len(block), *shape, dtype=torch.float64, device=inputs.device)

    hidden, image, weights = (
        matrices(width, samples),
        matrices(width, samples),
        matrices(width, width),
    )
    if ensemble.starts_given:
        hidden.copy_(ensemble.given_start()[:, None].expand(hidden.shape))
    else:
        drawn = keyed.standard_normals(generators, width * samples)
        image.copy_(drawn.view(image.shape))
        multiply(image, inputs, out=hidden)
        hidden.mul_((2 / width) ** 0.5).relu_()
    if ensemble.start == "normalised":
        squared = squared_norms(hidden.mT.contiguous())[:, None]
        hidden /= torch.where(squared > 0, squared, 1).sqrt()
    yield _Layer(0, hidden, weights)
    factor, last, images = array(weights), ensemble.depth, array(image)
    for index in range(1, last + 1):
        weights.copy_(keyed.standard_normals(generators, width**2).view(weights.shape))
        weights.mul_(width**-0.5)
        multiply(factor, array(hidden), out=images)
        if index == last:
            torch.mul(image, 2**0.5, out=hidden)
        else:
            hidden.add_(image, alpha=ensemble.tau)
        hidden.relu_()
        yield _Layer(index, hidden, weights)


def _told(layer: _Layer) -> tuple[torch.Tensor, torch.Tensor]:
    hidden = layer.hidden.mT.contiguous()
    samples = hidden.shape[1]
    energy = squared_norms(hidden).mean(dim=1)
    apart = hidden - hidden[:, :1]  # distances do not change, and small ones keep their digits
    total = squared_norms(apart.mT.sum(dim=2))
    pairs = samples * squared_norms(apart).sum(dim=1) - total
    return energy, pairs / max(samples * (samples - 1) / 2, 1)


def _product_norms(
    ensemble: Ensemble, block: range, inputs: torch.Tensor
) -> dict[str, torch.Tensor]:
    """Return the norms of one network's products, shape (1,) each."""
    width, residual = ensemble.width, ensemble.depth - 1
    products, image, gram = (
        aligned(residual, width, width, dtype=torch.float64, device=inputs.device) for _ in range(3)
    )
    whole = greatest = weight = torch.zeros(1, dtype=torch.float64, device=inputs.device)
    for layer in _pass_forward(ensemble, block, inputs):
        if not 0 < layer.index < ensemble.depth:
            continue
        b = layer.index
        products[b - 1] = torch.eye(width)
        multiply(layer.weights, products[:b], out=image[:b])
        products[:b].add_(image[:b], alpha=ensemble.tau)
        products[:b].mul_(layer.hidden[0] > 0)
        multiply(products[:b].mT, products[:b], out=gram[:b])
        norms = torch.linalg.eigvalsh(gram[:b])[:, -1].sqrt()
        whole, greatest = norms[:1], torch.maximum(greatest, norms.max())
        multiply(layer.weights.mT, layer.weights, out=gram[:1])
        weight = torch.maximum(weight, torch.linalg.eigvalsh(gram[:1])[:, -1].sqrt())
    return {"whole": whole, "greatest": greatest, "greatest_weight": weight}
