"""VGG-11 and VGG-16 (Simonyan and Zisserman 2015) of few channels."""

import torch
from torch import nn
from torch.nn import functional

from numerics.trajectories.models.layers import (
    Activation,
    Convolution,
    flat,
    normalised,
    per_network,
)

CONVOLUTIONS = {11: (1, 1, 2, 2, 2), 16: (2, 2, 3, 3, 3)}
_FACTORS = (1, 2, 4, 8, 8)  # of the channels, by block


class VGG(nn.Module):
    """Five blocks of 3 x 3 convolutions and one fully connected layer, without dropout.

    Each block is pooled while there is more than one pixel. The original has 64 channels in the
    first block, and images of 32 pixels keep one at the end.

    Args:
        networks: how many stand side by side.
        channels, pixels: of an image, and along its side.
        outputs: classes.
        depth: 11 or 16.
        width: channels of the first block.
        activation: one of ``ACTIVATIONS``.
        batch_norm: after all convolutions, the first of each block, or none.
    """

    def __init__(
        self, networks: int, *, channels: int, pixels: int, outputs: int, depth: int, width: int,
        activation: str, batch_norm: str,
    ) -> None:  # fmt: skip
        super().__init__()
        self.networks = networks
        self.blocks = nn.ModuleList()
        for count, factor in zip(CONVOLUTIONS[depth], _FACTORS, strict=True):
            layers: list[nn.Module] = []
            for position in range(count):
                wide = factor * width
                layers += [
                    Convolution(networks, channels, wide, kernel=3),
                    *normalised(networks, wide, batch_norm=batch_norm, first=position == 0),
                    Activation(activation),
                ]
                channels = wide
            self.blocks.append(nn.Sequential(*layers))
            pixels = max(1, pixels // 2)
        self.readout = Convolution(networks, channels * pixels**2, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return class scores of shape (batch, networks, outputs)."""
        for block in self.blocks:
            x = block(x)
            if x.shape[-1] > 1:
                x = functional.max_pool2d(x, 2)
        return per_network(self.readout(flat(x)), self.networks)
