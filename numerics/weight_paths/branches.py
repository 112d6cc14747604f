"""Residual branches of two convolutions, each with batch norm, and two scales (Susanna 2024, 4.6).

A branch is q = delta BN(conv(p)), p = delta' relu(BN(conv(h))), before training: batch norm scales
by 1 and shifts by 0. The images are three, of 4 x 4 pixels, and the channels four.
"""

from dataclasses import dataclass

import numpy as np
import torch
from torch.nn import functional

from numerics.measurement import Measurement, measurements
from numerics.simulation import arguments, keyed

_IMAGES, _CHANNELS, _PIXELS, _KERNEL = 3, 4, 4, 3
_EPSILON = 1e-5  # of torch.nn.BatchNorm2d
_NEXT_TO_NOTHING = 1e-40  # or a channel without variance would be 0/0
_OF_A_CHANNEL = (1, 3, 4)  # axes of images and pixels
_TOGETHER = 256  # branches, some 50 MB of temporaries


@dataclass(frozen=True, kw_only=True)
class NormalisedBranches:
    """What the scales of branches do, one value a network. Changes are relative, in square roots.

    Attributes:
        deviation: of the branch over images and pixels, all channels together; batch norm adds
            nothing to variances but for `deviation_of_pytorch`.
        deviation_of_pytorch: the same where it adds 1e-5.
        ratio_without_norm: of the branch whose second convolution has no batch norm, over the
            same branch of delta = delta' = 1.
        change_by_first_scale: of the branch, its gradients by the input and by both convolutions
            taken with it, where delta' is 1.
        change_by_weights: of the branch where the first convolution is doubled and the second
            cut to a third.
    """

    deviation: Measurement
    deviation_of_pytorch: Measurement
    ratio_without_norm: Measurement
    change_by_first_scale: Measurement
    change_by_weights: Measurement


def measure_normalised_branches(
    *, depth: int, alpha: float, variance: float, networks: int, seed: int, first_network: int = 0
) -> NormalisedBranches:
    """Measure residual branches of scales delta = delta' = L^-alpha.

    It takes no device: a branch is a few numbers.

    Args:
        depth: L >= 1.
        alpha: in [0, 1].
        variance: in [1e-6, 1e6], of each channel of the second convolution where delta' is 1.
        networks: number of branches >= 1.
        seed: integer in [0, 2**64); branch k depends on (seed, k) alone.
        first_network: index of the first branch.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    layers = arguments.integer("depth", depth, minimum=1)
    alpha = arguments.real("alpha", alpha, minimum=0, maximum=1)
    variance = arguments.real("variance", variance, minimum=1e-6, maximum=1e6)
    delta = layers**-alpha
    block = arguments.network_range(first_network, networks)
    found = [
        _of_branches(delta, variance, block[first : first + _TOGETHER], seed)
        for first in range(0, networks, _TOGETHER)
    ]
    settings = {
        "depth": layers, "alpha": alpha, "variance": variance, "networks": networks, "seed": seed,
        "first_network": first_network,
    }  # fmt: skip
    words = (
        "deviation of a branch", "deviation of a branch of PyTorch's batch norm",
        "deviation of a branch without batch norm", "change by the first scale",
        "change by the norms of weights",
    )  # fmt: skip
    measured = measurements(words, np.concatenate(found, axis=1), settings)
    return NormalisedBranches(
        **dict(zip(NormalisedBranches.__dataclass_fields__, measured, strict=True))
    )


def branch(
    tensors: list[torch.Tensor],
    first: float,
    second: float,
    *,
    normed: bool = True,
    eps: float = _NEXT_TO_NOTHING,
) -> torch.Tensor:
    """Return q of input and weights of both convolutions.

    Args:
        tensors: h, shape (networks, images, channels, pixels, pixels), and the weights of
            convolutions, shape (networks, channels, channels, 3, 3).
        first: delta', of p.
        second: delta, of q.
        normed: whether the second convolution has batch norm.
        eps: what batch norm adds to variances.

    Returns:
        A tensor of the shape of h.
    """
    h, one, two = tensors
    p = first * functional.relu(_norm(_convolved(h, one), eps))
    q = _convolved(p, two)
    return second * (_norm(q, eps) if normed else q)


def _convolved(h: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return the convolutions of each network's images by its own weights."""
    patches = functional.unfold(h.flatten(0, 1), weights.shape[-1], padding=1)
    products = weights.flatten(2)[:, None] @ patches.unflatten(0, h.shape[:2])
    return products.reshape(h.shape)


def _norm(x: torch.Tensor, eps: float) -> torch.Tensor:
    variance, mean = torch.var_mean(x, dim=_OF_A_CHANNEL, correction=0, keepdim=True)
    return (x - mean) / (variance + eps).sqrt()


def _of_branches(delta: float, variance: float, networks: range, seed: int) -> np.ndarray:
    """Return what is measured of each branch, shape (5, networks)."""
    images = (_IMAGES, _CHANNELS, _PIXELS, _PIXELS)
    kernels = (_CHANNELS, _CHANNELS, _KERNEL, _KERNEL)
    generators = [keyed.generator(seed=seed, network=network) for network in networks]
    h, one, two, readout = (
        torch.stack([torch.randn(shape, generator=g, dtype=torch.float64) for g in generators])
        for shape in (images, kernels, kernels, images)
    )
    plain = branch([h, one, two], 1, 1, normed=False, eps=_EPSILON)
    spread = plain.var(dim=_OF_A_CHANNEL, correction=0)
    scaled = two * (variance / spread).sqrt()[..., None, None, None]
    of_pytorch = branch([h, one, scaled], delta, delta, eps=_EPSILON)
    bare = [branch([h, one, two], scale, scale, normed=False) for scale in (delta, 1)]
    other = branch([h, 2 * one, two / 3], delta, delta)
    changes = []
    variables = [one.requires_grad_() for one in (h, one, two)]
    for first in (delta, 1.0):
        q = branch(variables, first, delta)
        slopes = torch.autograd.grad((q * readout).sum(), variables)
        changes.append([q.detach(), *slopes])
    q = changes[0][0]
    by_first_scale = torch.stack([_apart(a, b) for a, b in zip(*changes, strict=True)])
    found = (
        _deviation(q),
        _deviation(of_pytorch),
        _deviation(bare[0]) / _deviation(bare[1]),
        by_first_scale.amax(dim=0),
        _apart(other, q),
    )
    return torch.stack(found).detach().numpy()


def _deviation(x: torch.Tensor) -> torch.Tensor:
    return x.var(dim=_OF_A_CHANNEL, correction=0).mean(dim=-1).sqrt()


def _apart(x: torch.Tensor, y: torch.Tensor) -> torch.Tensor:
    return (x - y).flatten(1).norm(dim=1) / y.flatten(1).norm(dim=1)
