"""Spectra of random residual networks at a few inputs, exact in law at O(L N^2 D) cost.

No weight matrix is drawn. Let U be the N x D signals of a layer, N <= D, and U = R Q with Q of
orthonormal rows. With entries of W distributed N(0, 2/D),

    V = W Q^T          has independent N(0, 2/D) entries, D x N,
    U W^T            = R V^T,
    Delta W          = (Delta V) Q + (Delta W) (I - Q^T Q),

where the second term is independent of the first: with Delta = S T, T of orthonormal rows, T W has
independent N(0, 2/D) entries. So the signals of the forward and the backward pass have exactly the
joint law that real matrices would give them, batch norm or not: it acts on each unit by itself.
(``numerics.fisher.single_input`` is the case N = 1.)
"""

from dataclasses import dataclass

import numpy as np
import torch

from numerics.fisher.lanczos import top_eigenvalue_of_gram
from numerics.fisher.networks import Ensemble
from numerics.fisher.tangent_kernel import fisher_trace, gram_matrix
from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import in_chunks, multiply

_CHUNK_NUMBERS = 2**20  # held for one chunk


@dataclass(frozen=True, kw_only=True)
class FewInputs:
    """Eigenvalue statistics of F, one value a network.

    Attributes:
        mean_eigenvalue: trace / P.
        top_share: top eigenvalue / trace, s.
        share_between_inputs: (N s - 1)/(N - 1), 0 at one input: rho where the N x N matrix has one
            number on its diagonal and rho times that off it.
    """

    mean_eigenvalue: Measurement
    top_share: Measurement
    share_between_inputs: Measurement


def measure_few_inputs(ensemble: Ensemble, *, orthogonal: bool = False) -> FewInputs:
    """Measure mean eigenvalue and top shares of F at a few Gaussian inputs, in float64.

    Network k has the law of network k of ``measure_spectrum``, not the same weights.

    Args:
        ensemble: networks on N <= D Gaussian inputs, in float64.
        orthogonal: whether the inputs are made orthogonal, each with ||x||^2 = D. Which they are
            is all one, as the law of W^0 is invariant under rotations.

    Raises:
        ValueError: the ensemble is another one.
    """
    arguments.integer("samples", ensemble.samples, minimum=1, maximum=ensemble.width)
    arguments.choice("inputs", ensemble.inputs, ("gaussian",))
    arguments.choice("dtype", ensemble.dtype, ("float64",))
    held = (4 * ensemble.depth + 3) * ensemble.size * ensemble.width
    chunk = max(1, _CHUNK_NUMBERS // held)
    values = in_chunks(lambda part: _spectrum(ensemble, part, orthogonal), ensemble.block, chunk)
    settings = {**vars(ensemble), "orthogonal": orthogonal}
    trace, samples = values["trace"], ensemble.size
    share = values["top"] / trace

    def measured(quantity: str, per_network: np.ndarray) -> Measurement:
        return Measurement(quantity=quantity, per_network=per_network, settings=settings)

    return FewInputs(
        mean_eigenvalue=measured("mean eigenvalue of F", trace / ensemble.parameters),
        top_share=measured("top eigenvalue / trace", share),
        share_between_inputs=measured(
            "share between inputs", (samples * share - 1) / max(samples - 1, 1)
        ),
    )


def _spectrum(ensemble: Ensemble, block: range, orthogonal: bool) -> dict[str, torch.Tensor]:
    signals, errors = _passes(ensemble, block, orthogonal)
    return {
        "trace": fisher_trace(signals, errors),
        "top": top_eigenvalue_of_gram(gram_matrix(signals, errors)) / ensemble.size,
    }


def _passes(
    ensemble: Ensemble, block: range, orthogonal: bool
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return u^0..u^L and delta^0..delta^L of each network, shape (L + 1, networks, N, D)."""
    depth, width, samples = ensemble.depth, ensemble.width, ensemble.size
    generators = [keyed.generator(seed=ensemble.seed, network=k) for k in block]
    normals = keyed.standard_normals(generators, (2 * depth + 2) * samples * width)
    survival = ensemble.draw_survival(generators)[0].T[..., None, None].to(ensemble.device)
    # x, then the images of x under W^0 and of each layer's signals, then the backward noises.
    vectors = ensemble.matrices(2 * depth + 2, len(block), samples, width)
    vectors.copy_(normals.view(len(block), -1, samples, width).transpose(0, 1))
    signals, errors = ensemble.matrices(2, depth + 1, len(block), samples, width)
    inputs, images, noises = vectors[0], vectors[1 : depth + 2], vectors[depth + 2 :]
    root = (2 / width) ** 0.5
    signals[0] = _lq(inputs)[1] * width**0.5 if orthogonal else inputs
    hidden = _product(ensemble, _lower(signals[0]), images[0]) / width**0.5
    rows, slopes = [], []
    for layer in range(depth):
        signal, slope = hidden, survival[layer]
        if ensemble.network == "batch_norm":
            signal = hidden - hidden.mean(dim=1, keepdim=True)
            slope = signal.square().mean(dim=1, keepdim=True).rsqrt()
        slopes.append((signal > 0) * slope)
        torch.mul(signal, slopes[-1], out=signals[layer + 1])
        lower, row = _lq(signals[layer + 1])
        rows.append(row)
        hidden = hidden + _product(ensemble, lower, images[layer + 1]) * root
    errors[-1] = 1
    for layer in range(depth - 1, -1, -1):
        known = _product(ensemble, errors[layer + 1], images[layer + 1].mT)
        fresh = _product(ensemble, _lower(errors[layer + 1]), noises[layer])
        known -= _product(ensemble, fresh, rows[layer].mT)
        through = (fresh + _product(ensemble, known, rows[layer])) * root
        torch.addcmul(errors[layer + 1], through, slopes[layer], out=errors[layer])
    return signals, errors


def _product(ensemble: Ensemble, left: torch.Tensor, right: torch.Tensor) -> torch.Tensor:
    product = ensemble.matrices(*left.shape[:-1], right.shape[-1])
    multiply(left, right, out=product)
    return product


def _lq(matrices: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return R, Q with each matrix = R Q and Q of orthonormal rows, whatever the rank."""
    orthonormal, upper = torch.linalg.qr(matrices.mT)
    return upper.mT, orthonormal.mT


def _lower(matrices: torch.Tensor) -> torch.Tensor:
    """Return the R of ``_lq`` alone, which takes half the time."""
    return torch.linalg.qr(matrices.mT, mode="r").R.mT
