"""Images and their classes as files hold them."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

PARTS = ("train", "test")
CLASSES = 10


@dataclass(frozen=True)
class Labelled:
    """Images of one part of a set.

    Attributes:
        pixels: shape (images, channels, height, width).
        labels: 0..9, shape (images,).
        brightest: what a pixel may be.
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.uint8]
    brightest: int = 255


def require_classes(labels: NDArray[np.uint8], file: str) -> None:
    """Refuse labels of no class."""
    if labels.size and labels.max() >= CLASSES:
        raise ValueError(f"{file}: a label is {labels.max()}: must be 0..{CLASSES - 1}")
