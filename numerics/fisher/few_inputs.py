"""Spectra of random residual networks at a few inputs, exact in law at O(L N^2 D) cost.

No weight matrix is drawn. Let U be the N x D signals of a layer, N <= D, and U = R Q with Q of
orthonormal rows. With entries of W distributed N(0, 2/D),

    V = W Q^T          has independent N(0, 2/D) entries, D x N,
    U W^T            = R V^T,
    Delta W          = (Delta V) Q + (Delta W) (I - Q^T Q),

where the second term is independent of the first: with Delta = S T, T of orthonormal rows, T W has
independent N(0, 2/D) entries. So the signals of the forward and the backward pass have exactly the
joint law that real matrices would give them. (``numerics.fisher.single_input`` is the case N = 1.)
"""

from dataclasses import dataclass

import torch

from numerics.fisher.lanczos import top_eigenvalue_of_gram
from numerics.fisher.networks import Residual
from numerics.fisher.tangent_kernel import fisher_trace, gram_matrix
from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import aligned, in_chunks
from numerics.simulation.device import resolved_device

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


def measure_few_inputs(
    *,
    network: str,
    depth: int,
    width: int,
    samples: int,
    networks: int,
    seed: int,
    first_network: int = 0,
    survival: float | None = None,
    survivors: int | None = None,
    device: str = "auto",
) -> FewInputs:
    """Measure mean eigenvalue and top share of F at a few Gaussian inputs, in float64.

    Network k has the law of network k of ``measure_spectrum``, not the same weights.

    Args:
        network: "resnet" or "stochastic_depth".
        depth: L >= 1.
        width: D >= 1.
        samples: N, 1 <= N <= D.
        networks: number of independent networks >= 1.
        seed: integer >= 0; network k depends on (seed, k) alone.
        first_network: index of the first network.
        survival: probability in [0, 1] that a layer survives, for stochastic depth.
        survivors: number 0..L of surviving layers instead, drawn uniformly.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.choice("network", network, ("resnet", "stochastic_depth"))
    law = Residual(
        network=network, depth=depth, width=width, survival=survival, survivors=survivors
    )
    samples = arguments.integer("samples", samples, minimum=1, maximum=width)
    device = resolved_device(device)
    block = arguments.network_range(first_network, networks)
    chunk = max(1, _CHUNK_NUMBERS // ((4 * depth + 3) * samples * width))
    values = in_chunks(lambda part: _spectrum(law, samples, seed, part, device), block, chunk)
    own = {"samples": samples, "networks": networks, "seed": seed, "first_network": first_network}
    settings = {**vars(law), **own, "device": device}
    trace = values["trace"]
    return FewInputs(
        mean_eigenvalue=Measurement(
            quantity="mean eigenvalue of F", per_network=trace / law.parameters, settings=settings
        ),
        top_share=Measurement(
            quantity="top eigenvalue / trace", per_network=values["top"] / trace, settings=settings
        ),
    )


def _spectrum(
    law: Residual, samples: int, seed: int, block: range, device: str
) -> dict[str, torch.Tensor]:
    generators = [keyed.generator(seed=seed, network=k) for k in block]
    passes = [_pass(law, samples, generator, device) for generator in generators]
    signals, errors = aligned(
        2,
        law.depth + 1,
        len(block),
        samples,
        law.width,
        dtype=torch.float64,
        device=torch.device(device),
    )
    for network, (forward, backward) in enumerate(passes):
        signals[:, network], errors[:, network] = torch.stack(forward), torch.stack(backward)
    return {
        "trace": fisher_trace(signals, errors),
        "top": top_eigenvalue_of_gram(gram_matrix(signals, errors)) / samples,
    }


def _pass(
    law: Residual, samples: int, generator: torch.Generator, device: str
) -> tuple[list[torch.Tensor], list[torch.Tensor]]:
    """Return u^0..u^L and delta^0..delta^L of one network, each of shape (N, D)."""
    normals = keyed.standard_normals([generator], (2 * law.depth + 2) * samples * law.width)[0]
    survival = law.draw_survival([generator])[0].to(device)
    # x, then the images of x under W^0 and of each layer's signals, then the backward noises.
    vectors = normals.view(-1, samples, law.width).to(device, torch.float64)
    inputs, images, noises = vectors[0], vectors[1 : law.depth + 2], vectors[law.depth + 2 :]
    root = (2 / law.width) ** 0.5
    lower, _ = _lq(inputs)
    hidden = lower @ images[0] / law.width**0.5
    signals, rows, active = [inputs], [], []
    for layer in range(law.depth):
        active.append(hidden > 0)
        signals.append(hidden.relu() * survival[layer])
        lower, row = _lq(signals[-1])
        rows.append(row)
        hidden = hidden + lower @ images[layer + 1] * root
    errors = [torch.ones_like(hidden)]
    for layer in range(law.depth - 1, -1, -1):
        known = errors[0] @ images[layer + 1].mT * root
        lower, _ = _lq(errors[0])
        fresh = lower @ noises[layer] * root
        through = known @ rows[layer] + fresh - fresh @ rows[layer].mT @ rows[layer]
        errors.insert(0, errors[0] + through * active[layer] * survival[layer])
    return signals, errors


def _lq(matrix: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return R, Q with matrix = R Q and Q of orthonormal rows, whatever the rank."""
    orthonormal, upper = torch.linalg.qr(matrix.mT)
    return upper.mT, orthonormal.mT
