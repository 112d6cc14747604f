"""A small convolutional network whose layers are normalised in one of several ways.

It is that of Luo et al. (2018), section 5, of few channels: four 3 x 3 convolutions, max pooling,
and two fully connected layers, of which the last has no normalisation.
"""

from collections.abc import Sequence
from itertools import pairwise

import torch
from torch import nn
from torch.nn import functional

from numerics.trajectories.models.layers import Convolution, flat, per_network, start

KINDS = ("plain", "wn", "mean", "variance", "bn")
LAYERS = 5
_CHANNELS = (1, 1, 2, 2)  # of a convolution, in units of the first
_HIDDEN = 8  # units of the fully connected layer for each channel of the first convolution
_EPSILON = 1e-5


class Normalised(nn.Module):
    """A linear layer whose outputs are normalised, then scaled by gamma and shifted by beta.

    Of the kinds "plain" has weights alone, "wn" those of norm gamma; "mean" is wn less the mean
    over the batch, "variance" has weights divided by the batch's standard deviation, and "bn" both.

    Attributes:
        kind: one of ``KINDS``.
        dropout: the share of outputs that are dropped in training.
        taken: mean and standard deviation to normalise by; None for those of the batch.
        seen: those of the last batch; None where none is normalised by them.
    """

    def __init__(self, networks: int, inputs: int, outputs: int, *, kernel: int) -> None:
        super().__init__()
        self.linear = Convolution(networks, inputs, outputs, kernel=kernel)
        self.gamma = nn.Parameter(torch.ones(networks * outputs))
        self.kind, self.dropout = "bn", 0.0
        self.taken: tuple[torch.Tensor, torch.Tensor] | None = None
        self.seen: tuple[torch.Tensor, torch.Tensor] | None = None

    @property
    def kernel(self) -> torch.Tensor:
        """The weights that multiply inputs, but for what a batch's deviation divides them by."""
        weight = self.linear.weight
        if self.kind in ("plain", "variance", "bn"):
            return weight
        return weight * (self.gamma / weight.flatten(1).norm(dim=1))[:, None, None, None]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return normalised outputs, shape (batch, networks * outputs, ...)."""
        layer = self.linear
        h = functional.conv2d(x, self.kernel, padding=layer.padding, groups=layer.networks)
        if self.kind in ("mean", "variance", "bn"):
            mean, deviation = self._statistics(h)
            if self.kind != "variance":
                h = h - mean
            if self.kind != "mean":
                h = h * (self.gamma[:, None, None] / deviation)
        h = h + layer.bias[:, None, None]
        return functional.dropout(h, self.dropout, self.training)

    def _statistics(self, h: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        if self.taken is not None:
            return self.taken
        variance, mean = torch.var_mean(h, dim=(0, 2, 3), correction=0, keepdim=True)
        found = mean[0], (variance[0] + _EPSILON).sqrt()
        self.seen = found[0].detach(), found[1].detach()
        return found

    @torch.no_grad()
    def become(self, kind: str) -> None:
        """Turn batch norm to another kind, the same function by the statistics last seen."""
        assert self.kind == "bn"
        assert self.seen is not None
        mean, deviation = (one[:, 0, 0] for one in self.seen)
        scale = self.gamma / deviation
        weight = self.linear.weight
        if kind != "mean":
            self.linear.bias.sub_(scale * mean)
        if kind == "plain":
            weight.mul_(scale[:, None, None, None])
        elif kind in ("wn", "mean"):
            self.gamma.mul_(weight.flatten(1).norm(dim=1) / deviation)
        self.kind = kind


class ConvolutionalNetwork(nn.Module):
    """The network, for several networks side by side (see ``numerics.trajectories.models``).

    Args:
        networks: how many.
        channels, pixels: of an image, and along its side.
        width: channels of the first convolution.
        outputs: classes.
    """

    def __init__(
        self, networks: int, *, channels: int, pixels: int, width: int, outputs: int
    ) -> None:
        super().__init__()
        self.networks = networks
        sizes = [channels, *(factor * width for factor in _CHANNELS)]
        hidden = _HIDDEN * width
        self.convolutions = nn.ModuleList(
            Normalised(networks, before, after, kernel=3) for before, after in pairwise(sizes)
        )
        self.hidden = Normalised(networks, sizes[-1] * (pixels // 2) ** 2, hidden, kernel=1)
        self.readout = Convolution(networks, hidden, outputs)

    @property
    def layers(self) -> Sequence[Normalised]:
        """The normalised layers, from the input on."""
        return [*self.convolutions, self.hidden]

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        """Return class scores of shape (batch, networks, outputs)."""
        for layer in self.convolutions:
            x = torch.relu(layer(x))
        x = torch.relu(self.hidden(flat(functional.max_pool2d(x, 2))))
        return per_network(self.readout(x), self.networks)

    @torch.no_grad()
    def begin(
        self, sources: Sequence[torch.Generator], images: torch.Tensor, kinds: Sequence[str]
    ) -> None:
        """Draw the weights, and let each layer be of its kind.

        Whatever the kinds, all begin as the same function, normalised over the images.
        """
        start(self, sources)
        for layer in self.layers:
            layer.linear.bias.zero_()
        self(images)
        for layer, kind in zip(self.layers, kinds, strict=True):
            if kind != "bn":
                layer.become(kind)

    @torch.no_grad()
    def evaluated(
        self, training: torch.Tensor, images: torch.Tensor
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return scores of the training set and of images, normalised by the training set's."""
        self.eval()
        scores = self(training)
        for layer in self.layers:
            layer.taken = layer.seen
        others = self(images)
        for layer in self.layers:
            layer.taken = None
        self.train()
        return scores, others
