"""Layers of several independent networks side by side, as channels of one tensor.

Features have shape (batch, networks * channels, height, width), a network's channels together, so
that convolutions in ``networks`` groups are those of each network by itself.  Batch normalisation
and pooling act on each channel anyway.
"""

from collections.abc import Sequence

import torch
from torch import nn
from torch.nn import functional

ACTIVATIONS = ("relu", "leaky", "tanh", "sigmoid")
BATCH_NORMS = ("all", "first", "none")
_LEAK = 1e-2  # the slope of leaky ReLU, Chen et al. (2020), section III-A


class Convolution(nn.Module):
    """A convolution with a bias of every network by itself, padded to keep odd kernels' sizes.

    A fully connected layer is one of kernel 1 on a single pixel.
    """

    def __init__(
        self, networks: int, inputs: int, outputs: int, *, kernel: int = 1, stride: int = 1
    ) -> None:
        super().__init__()
        self.networks, self.stride, self.padding = networks, stride, kernel // 2
        self.weight = nn.Parameter(torch.empty(networks * outputs, inputs, kernel, kernel))
        self.bias = nn.Parameter(torch.empty(networks * outputs))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return the outputs, shape (batch, networks * outputs, ...)."""
        return functional.conv2d(
            x, self.weight, self.bias, self.stride, self.padding, groups=self.networks
        )


class BatchNorm(nn.Module):
    """Normalisation of each channel by the statistics of the batch, with a scale and a shift."""

    def __init__(self, networks: int, channels: int) -> None:
        super().__init__()
        self.scale = nn.Parameter(torch.ones(networks * channels))
        self.shift = nn.Parameter(torch.zeros(networks * channels))

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return features of the same shape."""
        return functional.batch_norm(x, None, None, self.scale, self.shift, training=True)


class Activation(nn.Module):
    """One of ``ACTIVATIONS``, elementwise."""

    def __init__(self, activation: str) -> None:
        super().__init__()
        self.activation = activation

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return features of the same shape."""
        if self.activation == "relu":
            return torch.relu(x)
        if self.activation == "leaky":
            return functional.leaky_relu(x, _LEAK)
        return torch.tanh(x) if self.activation == "tanh" else torch.sigmoid(x)


def normalised(networks: int, channels: int, *, batch_norm: str, first: bool) -> list[nn.Module]:
    """Return the normalisation after a layer, the first of its block or not; none is a list of 0.

    Args:
        networks: how many stand side by side.
        channels: of each network.
        batch_norm: "all", "first" or "none".
        first: whether this is the first layer of its block.
    """
    kept = batch_norm == "all" or (batch_norm == "first" and first)
    return [BatchNorm(networks, channels)] if kept else []


def flat(x: torch.Tensor) -> torch.Tensor:
    """Return all pixels of a network's channels as channels of one pixel."""
    return x.flatten(1)[:, :, None, None]


def per_network(x: torch.Tensor, networks: int) -> torch.Tensor:
    """Return outputs of one pixel as shape (batch, networks, outputs)."""
    return x.flatten(1).unflatten(1, (networks, -1))


@torch.no_grad()
def start(model: nn.Module, sources: Sequence[torch.Generator]) -> None:
    """Draw the weights and biases of every convolution as torch does, uniform on +-1/sqrt(fan in).

    Args:
        model: networks side by side.
        sources: a generator for each of them.
    """
    for layer in model.modules():
        if not isinstance(layer, Convolution):
            continue
        bound = layer.weight[0].numel() ** -0.5
        for parameter in (layer.weight, layer.bias):
            for one, source in zip(parameter.chunk(len(sources)), sources, strict=True):
                one.uniform_(-bound, bound, generator=source)


def flattened(tensors: Sequence[torch.Tensor], networks: int) -> torch.Tensor:
    """Return parameters, or tensors like them, as rows of shape (networks, parameters)."""
    return torch.cat([one.reshape(networks, -1) for one in tensors], dim=1)
