"""The networks that Chen et al. (2020) train, of few channels: AlexNet, VGG, ResNet and U-Net."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from torch import nn

from numerics.simulation import arguments
from numerics.trajectories.models.alexnet import AlexNet
from numerics.trajectories.models.layers import ACTIVATIONS, BATCH_NORMS, flattened, start
from numerics.trajectories.models.resnet import ResNet
from numerics.trajectories.models.unet import UNet
from numerics.trajectories.models.vgg import VGG

MODELS = ("alexnet", "vgg11", "vgg16", "resnet18", "resnet34", "unet")

__all__ = ["ACTIVATIONS", "BATCH_NORMS", "MODELS", "Architecture", "flattened", "start"]


@dataclass(frozen=True, kw_only=True)
class Architecture:
    """A network with its switches.

    Attributes:
        model: one of ``MODELS``.
        width: channels of the first layers.
        activation: "relu", "leaky" (ReLU of slope 0.01 below 0), "tanh" or "sigmoid".
        batch_norm: after "all" convolutions, the "first" of each block, or "none".  A block of a
            ResNet, as of a VGG, is what works at one size.  AlexNet has none.
        skips: how many are kept in each block of a ResNet, the first ones, or of a U-Net, the last
            ones; None for all.

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    model: str
    width: int = 4
    activation: str = "relu"
    batch_norm: str = "all"
    skips: int | None = None

    def __post_init__(self) -> None:
        arguments.choice("model", self.model, MODELS)
        arguments.integer("width", self.width, minimum=1)
        arguments.choice("activation", self.activation, ACTIVATIONS)
        arguments.choice("batch_norm", self.batch_norm, BATCH_NORMS)
        if self.skips is not None:
            arguments.integer("skips", self.skips, minimum=0)

    @property
    def draws(self) -> bool:
        """Whether it returns an image, and not scores of classes."""
        return self.model == "unet"

    def built(self, networks: int, *, channels: int, pixels: int, outputs: int) -> nn.Module:
        """Return so many networks side by side, their convolutions yet to be drawn by ``start``.

        Args:
            networks: how many.
            channels: of an image.
            pixels: along its side.
            outputs: classes.
        """
        image: dict[str, Any] = {"channels": channels, "pixels": pixels}
        common: dict[str, Any] = {"width": self.width, "activation": self.activation}
        norm: dict[str, Any] = {"batch_norm": self.batch_norm}
        make: Callable[..., nn.Module] = {"a": AlexNet, "v": VGG, "r": ResNet, "u": UNet}[
            self.model[0]
        ]
        if make is AlexNet:
            return make(networks, **image, **common, outputs=outputs)
        if make is UNet:
            return make(networks, **image, **common, **norm, skips=self.skips)
        terms = {**common, **norm, "outputs": outputs, "depth": int(self.model[-2:])}
        if make is VGG:
            return make(networks, **image, **terms)
        return make(networks, channels=channels, **terms, skips=self.skips)
