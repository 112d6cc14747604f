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

from dataclasses import dataclass

import numpy as np
import torch

from numerics.fisher.expected import projected
from numerics.fisher.networks import Ensemble
from numerics.fisher.tangent_kernel import squared_norms
from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import in_chunks
from numerics.simulation.device import DTYPES

_CHUNK_NUMBERS = 2**17  # held for one chunk; about a core's own cache


@dataclass(frozen=True, kw_only=True)
class SingleInput:
    """Moments at one input with ||x||^2 = D, a row for each network.

    Attributes:
        mean_eigenvalue: (1/P) sum_{l=0..L} ||u^l||^2 ||delta^l||^2, with u^0 = x.
        forward: ||u^l||^2 / D, l = 1..L, shape (networks, L).
        backward: ||delta^l||^2 / D, l = 0..L.
        product: (||u^l||^2 / D) (||delta^l||^2 / D), l = 1..L.
        activation_rate: share of active units in layer l = 1..L, whether it survives or not.
        projected: v^T F v = (v . grad f)^2, v as in ``measure_expected_spectrum``.
    """

    mean_eigenvalue: Measurement
    forward: Measurement
    backward: Measurement
    product: Measurement
    activation_rate: Measurement
    projected: Measurement


def measure_single_input(ensemble: Ensemble, *, chunk: int | None = None) -> SingleInput:
    """Measure the mean eigenvalue of F and the moments behind it, at one input a network.

    Network k has the law of network k of ``measure_spectrum``, not the same weights, and its
    Gaussian input is scaled to ||x||^2 = D.

    Args:
        ensemble: networks "resnet" or "stochastic_depth" on one Gaussian input.
        chunk: networks simulated at once; changes no result.

    Raises:
        TypeError, ValueError: the ensemble is another one, or the chunk no integer >= 1.
    """
    arguments.choice("network", ensemble.network, ("resnet", "stochastic_depth"))
    arguments.integer("samples", ensemble.samples, minimum=1, maximum=1)
    arguments.choice("inputs", ensemble.inputs, ("gaussian",))
    if chunk is None:
        chunk = max(1, _CHUNK_NUMBERS // (3 * ensemble.parameters // ensemble.width))
    values = in_chunks(
        lambda part: _moments(ensemble, part),
        ensemble.block,
        arguments.integer("chunk", chunk, minimum=1),
    )
    settings = vars(ensemble)

    def measured(quantity: str, per_network: np.ndarray) -> Measurement:
        return Measurement(quantity=quantity, per_network=per_network, settings=settings)

    forward, backward = values["forward"], values["backward"]
    product = forward * backward[:, 1:]
    # P = (L + 1) D^2, and ||u^0||^2 = D.
    mean_eigenvalue = (backward[:, 0] + product.sum(axis=1)) / (ensemble.depth + 1)
    return SingleInput(
        mean_eigenvalue=measured("mean eigenvalue of F at one input", mean_eigenvalue),
        forward=measured("||u||^2 / D, layers 1..L", forward),
        backward=measured("||delta||^2 / D, layers 0..L", backward),
        product=measured("||u||^2 ||delta||^2 / D^2, layers 1..L", product),
        activation_rate=measured("share of active units, layers 1..L", values["activation_rate"]),
        projected=measured("v^T F v of one input", values["projected"]),
    )


def _moments(ensemble: Ensemble, block: range) -> dict[str, torch.Tensor]:
    """Return forward, backward and activation_rate moments, a row for each network."""
    depth, width = ensemble.depth, ensemble.width
    device, dtype = ensemble.device, DTYPES[ensemble.dtype]
    generators = [keyed.generator(seed=ensemble.seed, network=k) for k in block]
    normals = keyed.standard_normals(generators, (2 * depth + 1) * width)
    survival = ensemble.draw_survival(generators)[0].T[..., None].to(device, dtype)
    vectors = normals.view(len(block), -1, width).transpose(0, 1).to(device, dtype)
    hidden, forward_noise, backward_noise = vectors[0], vectors[1 : depth + 1], vectors[depth + 1 :]
    signals, images, active = [], [], []
    for layer in range(depth):
        active.append(hidden > 0)
        signals.append(hidden.relu() * survival[layer])
        images.append(forward_noise[layer] * _deviation(signals[layer]))
        hidden = hidden + images[layer]
    errors = [torch.ones_like(hidden)]
    for layer in range(depth - 1, -1, -1):
        noise = backward_noise[layer] * _deviation(errors[0])
        through = transposed_product(signals[layer], images[layer], errors[0], noise)
        errors.insert(0, errors[0] + through * active[layer] * survival[layer])
    single = torch.stack([torch.zeros_like(hidden), *signals])[:, :, None]
    return {
        "projected": projected(single, torch.stack(errors)[:, :, None]),
        "forward": torch.stack([squared_norms(one) for one in signals], dim=1) / width,
        "backward": torch.stack([squared_norms(one) for one in errors], dim=1) / width,
        "activation_rate": torch.stack([one.double().mean(dim=1) for one in active], dim=1),
    }


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
