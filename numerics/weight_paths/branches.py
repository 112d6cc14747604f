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
_NEXT_TO_NOTHING = 1e-40  # which takes no 0


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
    found = [
        _of_branch(delta, variance, keyed.generator(seed=seed, network=network))
        for network in arguments.network_range(first_network, networks)
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
    measured = measurements(words, np.array(found).T, settings)
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
    """Return q of input and weights of both convolutions, shape (images, channels, pixels, pixels).

    Args:
        tensors: h, shape (images, channels, pixels, pixels), and the weights of convolutions.
        first: delta', of p.
        second: delta, of q.
        normed: whether the second convolution has batch norm.
        eps: what batch norm adds to variances.
    """
    h, one, two = tensors
    p = first * functional.relu(_norm(functional.conv2d(h, one, padding=1), eps))
    q = functional.conv2d(p, two, padding=1)
    return second * (_norm(q, eps) if normed else q)


def _norm(x: torch.Tensor, eps: float) -> torch.Tensor:
    return functional.batch_norm(x, None, None, training=True, eps=eps)


def _of_branch(delta: float, variance: float, random: torch.Generator) -> tuple[float, ...]:
    """Return what is measured of one branch."""
    images = (_IMAGES, _CHANNELS, _PIXELS, _PIXELS)
    kernels = (_CHANNELS, _CHANNELS, _KERNEL, _KERNEL)
    h, one, two, readout = (
        torch.randn(shape, generator=random, dtype=torch.float64)
        for shape in (images, kernels, kernels, images)
    )
    plain = branch([h, one, two], 1, 1, normed=False, eps=_EPSILON)
    spread = plain.var(dim=(0, 2, 3), correction=0)
    scaled = two * (variance / spread).sqrt()[:, None, None, None]
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
    return (
        _deviation(q),
        _deviation(of_pytorch),
        _deviation(bare[0]) / _deviation(bare[1]),
        max(_apart(a, b) for a, b in zip(*changes, strict=True)),
        _apart(other, q),
    )


def _deviation(x: torch.Tensor) -> float:
    return float(x.var(dim=(0, 2, 3), correction=0).mean().sqrt())


def _apart(x: torch.Tensor, y: torch.Tensor) -> float:
    return float((x - y).norm() / y.norm())
