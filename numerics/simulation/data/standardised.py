"""Images whose colours have mean 0 and deviation 1."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from numerics.simulation.data.images import ImageSet

MOST = 5000
"""Images of a part that are taken, the first ones: a copy of them has 61 MB at most."""


@lru_cache(maxsize=4)
def standardised(
    image_set: ImageSet, part: str = "train"
) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    """Return the first images of a part and their classes.

    Each colour has mean 0 and deviation 1 over the pixels of the training images.

    Args:
        image_set: which images.
        part: "train" or "test".

    Returns:
        Read-only arrays: images of shape (images, channels, height, width) and classes 0..9 of
        shape (images,), of ``MOST`` images at most.

    Raises:
        OSError, ValueError: the files are absent, malformed, or not those of the digest.
        ModuleNotFoundError: scikit-learn, which has the digits, is absent.
    """
    held, classes = _first(image_set, "train")
    mean, deviation = (
        one(held, axis=(0, 2, 3), keepdims=True, dtype=np.float64) for one in (np.mean, np.std)
    )
    if part != "train":
        held, classes = _first(image_set, part)
    images = ((held - mean) / deviation).astype(np.float32)
    images.flags.writeable = classes.flags.writeable = False
    return images, classes


def _first(image_set: ImageSet, part: str) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
    return image_set.load(part=part, samples=min(MOST, image_set.count(part=part)))
