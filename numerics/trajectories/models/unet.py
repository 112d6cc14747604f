"""U-Net (Ronneberger et al. 2015) of few channels, which returns an image."""

import torch
from torch import nn
from torch.nn import functional

from numerics.trajectories.models.layers import Activation, Convolution, normalised


class UNet(nn.Module):
    """Levels of two 3 x 3 convolutions down to one pixel, and up again to the image.

    On the way up each level reads the one below, its pixels repeated, beside what the same level
    was on the way down: the skip.  The original has 64 channels and five levels.

    Args:
        networks: how many stand side by side.
        channels, pixels: of an image, and along its side.
        width: channels of the first level, doubled by each below it.
        activation: one of ``ACTIVATIONS``.
        batch_norm: after all convolutions, the first of each level, or none.
        skips: how many are kept, the last ones on the way up; None for all.
    """

    def __init__(
        self, networks: int, *, channels: int, pixels: int, width: int, activation: str,
        batch_norm: str, skips: int | None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.networks = networks

        def level(inputs: int, outputs: int) -> nn.Module:
            layers: list[nn.Module] = []
            for position, before in enumerate((inputs, outputs)):
                layers += [
                    Convolution(networks, before, outputs, kernel=3),
                    *normalised(networks, outputs, batch_norm=batch_norm, first=position == 0),
                    Activation(activation),
                ]
            return nn.Sequential(*layers)

        below = pixels.bit_length() - 1
        widths = [width * 2**k for k in range(below + 1)]
        self.skips = below if skips is None else skips
        self.down = nn.ModuleList(
            level(*pair) for pair in zip([channels, *widths[:-1]], widths, strict=True)
        )
        self.up = nn.ModuleList(
            level(widths[k + 1] + (widths[k] if k < self.skips else 0), widths[k])
            for k in reversed(range(below))
        )
        self.readout = Convolution(networks, width, channels)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return images of shape (batch, networks, channels * height * width)."""
        passed = []
        for level in self.down[:-1]:
            x = level(x)
            passed.append(x)
            x = functional.max_pool2d(x, 2)
        x = self.down[-1](x)
        for level, above in zip(self.up, reversed(range(len(passed))), strict=True):
            beside = passed[above]
            x = functional.interpolate(x, size=beside.shape[2:])
            x = level(self._joined(x, beside) if above < self.skips else x)
        return self.readout(x).flatten(1).unflatten(1, (self.networks, -1))

    def _joined(self, x: torch.Tensor, beside: torch.Tensor) -> torch.Tensor:
        """Return the channels of both, network by network."""
        apart = (one.unflatten(1, (self.networks, -1)) for one in (x, beside))
        return torch.cat(tuple(apart), dim=2).flatten(1, 2)
