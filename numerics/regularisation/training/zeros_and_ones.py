"""Images of the digits 0 and 1, to train and to test on."""

from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from numerics.simulation.data import ImageSet

Numbers = NDArray[np.float64]


@lru_cache(maxsize=4)
def zeros_and_ones(image_set: ImageSet, samples: int) -> tuple[list[Numbers], list[Numbers]]:
    """Return images as rows of pixels in [0, 1], and labels, of the training and the test part.

    Raises:
        ValueError: the set has fewer zeros and ones than twice the samples.
    """
    parts = [image_set.load(part=part) for part in ("train", "test")]
    images, classes = (np.concatenate(both) for both in zip(*parts, strict=True))
    chosen = np.flatnonzero(classes < 2)
    if len(chosen) < 2 * samples:
        raise ValueError(f"samples = {samples}: must be at most {len(chosen) // 2}")
    rows = images[chosen].reshape(len(chosen), -1).astype(np.float64)
    labels = classes[chosen].astype(np.float64)
    cuts = (slice(samples), slice(samples, 2 * samples))
    return [rows[cut] for cut in cuts], [labels[cut] for cut in cuts]
