"""Real inputs: PCA-whitened images."""

from functools import lru_cache

import numpy as np

from numerics.simulation import arguments

TRAIN_SAMPLES = 300
MAXIMUM_WIDTH = 48
_STRIDE = 6


def digits(*, width: int, part: str = "train") -> tuple[np.ndarray, np.ndarray]:
    """Return the handwritten zeros and ones that ship with scikit-learn, PCA-whitened.

    Every sixth of the 360 images (8 x 8 pixels) is a test image. Means and principal components
    come from the training images, whose whitened coordinates have mean 0 and biased covariance
    the identity, so that the training mean of ||x||^2 is exactly ``width``.

    Args:
        width: number of leading principal components, at most 48: behind them the spectrum drops
            fivefold, to pixels that are almost never inked.
        part: "train" (300 images) or "test" (60 images).

    Returns:
        Read-only float64 arrays: inputs of shape (images, width) and labels, 0.0 or 1.0, of
        shape (images,).

    Raises:
        ModuleNotFoundError: scikit-learn is absent.
    """
    width = arguments.integer("width", width, minimum=1, maximum=MAXIMUM_WIDTH)
    arguments.choice("part", part, ("train", "test"))
    whitened, labels, test = _whitened_images()
    chosen = test if part == "test" else ~test
    inputs, targets = whitened[chosen, :width], labels[chosen]
    inputs.flags.writeable = targets.flags.writeable = False
    return inputs, targets


@lru_cache(maxsize=1)
def _whitened_images() -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return all images in whitened coordinates, their labels, and which are for testing."""
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError as absent:
        raise ModuleNotFoundError(
            "the digits need scikit-learn: pip install 'touchstone[digits]'"
        ) from absent
    images, labels = load_digits(n_class=2, return_X_y=True)
    test = np.arange(len(images)) % _STRIDE == 0
    train = images[~test]
    mean = train.mean(axis=0)
    _, singular_values, directions = np.linalg.svd(train - mean, full_matrices=False)
    deviations = singular_values[:MAXIMUM_WIDTH] / np.sqrt(len(train))
    whitened = (images - mean) @ directions[:MAXIMUM_WIDTH].T / deviations
    return whitened, labels.astype(np.float64), test
