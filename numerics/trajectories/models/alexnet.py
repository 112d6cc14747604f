"""A small AlexNet, as Zhang et al. (2017) call theirs, which Chen et al. (2020) vary."""

from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from numerics.trajectories.models.layers import Activation, Convolution, flat, per_network


class AlexNet(nn.Module):
    """Two convolutions and three fully connected layers.

    The convolutions are 5 x 5, each followed by max pooling and local response normalisation;
    the hidden connected layers have 6 and 3 units for each of their channels. The original has
    64 channels, hidden layers of 384 and 192 units, and pools windows of 3.

    Args:
        networks: how many stand side by side.
        channels, pixels: of an image, and along its side.
        outputs: classes.
        width: channels of a convolution.
        activation: one of ``ACTIVATIONS``.
    """

    def __init__(
        self, networks: int, *, channels: int, pixels: int, outputs: int, width: int,
        activation: str,
    ) -> None:  # fmt: skip
        super().__init__()
        self.networks = networks
        self.convolutions = nn.ModuleList(
            Convolution(networks, inputs, width, kernel=5) for inputs in (channels, width)
        )
        sizes = (width * (pixels // 4) ** 2, 6 * width, 3 * width, outputs)
        self.connections = nn.ModuleList(Convolution(networks, *pair) for pair in pairwise(sizes))
        self.activation = Activation(activation)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return class scores of shape (batch, networks, outputs)."""
        for convolution in self.convolutions:
            x = functional.max_pool2d(self.activation(convolution(x)), 2)
            alone = x.unflatten(1, (self.networks, -1)).flatten(0, 1)
            x = functional.local_response_norm(alone, 5).view_as(x)
        x = flat(x)
        for connection in self.connections[:-1]:
            x = self.activation(connection(x))
        return per_network(self.connections[-1](x), self.networks)
