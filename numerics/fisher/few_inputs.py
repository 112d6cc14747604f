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

import torch

from numerics.fisher.lanczos import top_eigenvalue_of_gram
from numerics.fisher.networks import Ensemble
from numerics.fisher.tangent_kernel import fisher_trace, gram_matrix
from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import in_chunks

_CHUNK_NUMBERS = 2**20  # held for one chunk


@dataclass(frozen=True, kw_only=True)
class FewInputs:
    """Eigenvalue statistics of F, one value a network.

    Attributes:
        mean_eigenvalue: trace / P.
        top_share: top eigenvalue / trace.
    """

    mean_eigenvalue: Measurement
    top_share: Measurement


def measure_few_inputs(ensemble: Ensemble, *, orthogonal: bool = False) -> FewInputs:
    """Measure mean eigenvalue and top share of F at a few Gaussian inputs, in float64.

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
    trace = values["trace"]
    return FewInputs(
        mean_eigenvalue=Measurement(
            quantity="mean eigenvalue of F",
            per_network=trace / ensemble.parameters,
            settings=settings,
        ),
        top_share=Measurement(
            quantity="top eigenvalue / trace", per_network=values["top"] / trace, settings=settings
        ),
    )


def _spectrum(ensemble: Ensemble, block: range, orthogonal: bool) -> dict[str, torch.Tensor]:
    generators = [keyed.generator(seed=ensemble.seed, network=k) for k in block]
    passes = [_pass(ensemble, generator, orthogonal) for generator in generators]
    shape = ensemble.depth + 1, len(block), ensemble.size, ensemble.width
    signals, errors = ensemble.matrices(2, *shape)
    for network, (forward, backward) in enumerate(passes):
        signals[:, network], errors[:, network] = torch.stack(forward), torch.stack(backward)
    return {
        "trace": fisher_trace(signals, errors),
        "top": top_eigenvalue_of_gram(gram_matrix(signals, errors)) / ensemble.size,
    }


def _pass(
    ensemble: Ensemble, generator: torch.Generator, orthogonal: bool
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Return u^0..u^L and delta^0..delta^L of one network, each of shape (N, D)."""
    depth, width, samples = ensemble.depth, ensemble.width, ensemble.size
    normals = keyed.standard_normals([generator], (2 * depth + 2) * samples * width)[0]
    survival = ensemble.draw_survival([generator])[0][0].to(ensemble.device)
    # x, then the images of x under W^0 and of each layer's signals, then the backward noises.
    vectors = normals.view(-1, samples, width).to(ensemble.device, torch.float64)
    inputs, images, noises = vectors[0], vectors[1 : depth + 2], vectors[depth + 2 :]
    root = (2 / width) ** 0.5
    if orthogonal:
        inputs = _lq(inputs)[1] * width**0.5
    lower, _ = _lq(inputs)
    hidden = lower @ images[0] / width**0.5
    signals, rows, slopes = [inputs], [], []
    for layer in range(depth):
        signal, slope = hidden, survival[layer]
        if ensemble.network == "batch_norm":
            signal = hidden - hidden.mean(dim=0)
            slope = signal.square().mean(dim=0).rsqrt()
        slopes.append((signal > 0) * slope)
        signals.append(signal * slopes[-1])
        lower, row = _lq(signals[-1])
        rows.append(row)
        hidden = hidden + lower @ images[layer + 1] * root
    errors = [torch.ones_like(hidden)]
    for layer in range(depth - 1, -1, -1):
        known = errors[0] @ images[layer + 1].mT * root
        lower, _ = _lq(errors[0])
        fresh = lower @ noises[layer] * root
        through = known @ rows[layer] + fresh - fresh @ rows[layer].mT @ rows[layer]
        errors.insert(0, errors[0] + through * slopes[layer])
    return signals, errors


def _lq(matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return R, Q with matrix = R Q and Q of orthonormal rows, whatever the rank."""
    orthonormal, upper = torch.linalg.qr(matrix.mT)
    return upper.mT, orthonormal.mT
