"""ResNet-18 and ResNet-34 (He et al. 2016) of few channels, for small images."""

import torch
from torch import nn

from numerics.trajectories.models.layers import Activation, Convolution, normalised, per_network

UNITS = {18: (2, 2, 2, 2), 34: (3, 4, 6, 3)}


class _Unit(nn.Module):
    """Two convolutions, and a skip past them where it is kept."""

    def __init__(
        self, networks: int, inputs: int, outputs: int, *, stride: int, activation: str,
        norms: tuple[list[nn.Module], list[nn.Module]], skip: bool,
    ) -> None:  # fmt: skip
        super().__init__()
        before, after = norms
        self.branch = nn.Sequential(
            Convolution(networks, inputs, outputs, kernel=3, stride=stride),
            *before,
            Activation(activation),
            Convolution(networks, outputs, outputs, kernel=3),
            *after,
        )
        changes = inputs != outputs or stride != 1
        self.shortcut: nn.Module | None = nn.Identity() if skip else None
        if skip and changes:
            self.shortcut = Convolution(networks, inputs, outputs, stride=stride)
        self.activation = Activation(activation)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        found = self.branch(x)
        return self.activation(found if self.shortcut is None else found + self.shortcut(x))


class ResNet(nn.Module):
    """Four blocks of units of two 3 x 3 convolutions, after one and before one connected layer.

    The mean over pixels is taken before the last. The original has 64 channels in the first
    block; each later block halves the side and doubles the channels. Skips between unlike sizes
    are 1 x 1 convolutions.

    Args:
        networks: how many stand side by side.
        channels: of an image.
        outputs: classes.
        depth: 18 or 34.
        width: channels of the first block.
        activation: one of ``ACTIVATIONS``.
        batch_norm: after all convolutions, the first of each block (and that before them), or none.
        skips: how many of each block are kept, the first ones; None for all.
    """

    def __init__(
        self, networks: int, *, channels: int, outputs: int, depth: int, width: int,
        activation: str, batch_norm: str, skips: int | None,
    ) -> None:  # fmt: skip
        super().__init__()
        self.networks = networks
        layers: list[nn.Module] = [
            Convolution(networks, channels, width, kernel=3),
            *normalised(networks, width, batch_norm=batch_norm, first=True),
            Activation(activation),
        ]
        before = width
        for block, units in enumerate(UNITS[depth]):
            wide = width * 2**block
            for unit in range(units):
                norms = tuple(
                    normalised(networks, wide, batch_norm=batch_norm, first=first)
                    for first in (unit == 0, False)
                )
                layers.append(
                    _Unit(
                        networks, before, wide, stride=2 if block and not unit else 1,
                        activation=activation, norms=norms,  # type: ignore[arg-type]
                        skip=skips is None or unit < skips,
                    )
                )  # fmt: skip
                before = wide
        self.features = nn.Sequential(*layers)
        self.readout = Convolution(networks, before, outputs)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return class scores of shape (batch, networks, outputs)."""
        means = self.features(x).mean((2, 3), keepdim=True)
        return per_network(self.readout(means), self.networks)
