"""Sets of images and their classes: the digits of scikit-learn, MNIST and CIFAR-10.

MNIST and CIFAR-10 are read from a folder of the user's, and known by a digest of their images and
labels: wherever the files lie, and however they are packed.
"""

import hashlib
import os
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from numerics.simulation import arguments
from numerics.simulation.data import cifar10, mnist
from numerics.simulation.data.labelled import PARTS, Labelled

FILED = {"mnist": mnist, "cifar10": cifar10}
SETS = ("digits", *FILED)

_STRIDE = 6  # every sixth of the digits is a test image


@dataclass(frozen=True, kw_only=True)
class ImageSet:
    """A set of images with ten classes.

    Attributes:
        images: "digits" (1,797 grey images of 8 x 8 pixels, which ship with scikit-learn), "mnist"
            (70,000 grey images of 28 x 28) or "cifar10" (60,000 coloured images of 32 x 32).
        digest: of the images and labels of MNIST or CIFAR-10, as ``image_sets`` tells it; files
            that hold anything else are refused. Empty takes whatever the folder holds.
        folder: where MNIST or CIFAR-10 lie.

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    images: str = "digits"
    digest: str = ""
    folder: str = ""

    def __post_init__(self) -> None:
        arguments.choice("images", self.images, SETS)
        if self.images != "digits" and not self.folder:
            raise ValueError(f"folder = '': must be the folder that holds {self.images}")

    def load(
        self, *, part: str = "train", samples: int | None = None
    ) -> tuple[NDArray[np.float32], NDArray[np.int64]]:
        """Return images and their classes.

        Args:
            part: "train" or "test".
            samples: how many images, the first of the part; None for all.

        Returns:
            Images of shape (samples, channels, height, width), pixels in [0, 1], and classes 0..9
            of shape (samples,).

        Raises:
            OSError, ValueError: the files are absent, malformed, or not those of the digest.
            ModuleNotFoundError: scikit-learn, which has the digits, is absent.
        """
        arguments.choice("part", part, PARTS)
        found = self._all[part]
        if samples is not None:
            arguments.integer("samples", samples, minimum=1, maximum=len(found.labels))
        pixels = found.pixels[:samples].astype(np.float32) / np.float32(found.brightest)
        return pixels, found.labels[:samples].astype(np.int64)

    def count(self, *, part: str = "train") -> int:
        """Return how many images a part holds; see ``load`` for what is raised."""
        arguments.choice("part", part, PARTS)
        return len(self._all[part].labels)

    @property
    def _all(self) -> dict[str, Labelled]:
        if self.images == "digits":
            return _digits()
        held, digest = _read(self.images, self.folder)
        if self.digest and digest != self.digest:
            raise ValueError(
                f"{self.folder}: holds another {self.images} than was asked for, of the digest"
                f" {digest} and not {self.digest}"
            )
        return held


def image_sets(folder: str | os.PathLike[str]) -> list[ImageSet]:
    """Return the sets of images that a folder holds: MNIST, CIFAR-10 or both.

    MNIST is its four idx files (such as train-images-idx3-ubyte), as they are or packed by gzip;
    CIFAR-10 its binary version (data_batch_1.bin to data_batch_5.bin and test_batch.bin), in the
    folder or in its cifar-10-batches-bin.

    Raises:
        OSError, ValueError: neither is there, or a file is missing or malformed.
    """
    if not os.fspath(folder):
        raise ValueError("folder = '': must be a folder that holds MNIST or CIFAR-10")
    folder = os.path.abspath(folder)
    if not os.path.isdir(folder):
        raise NotADirectoryError(f"{folder}: must be a folder that holds MNIST or CIFAR-10")
    held = [name for name, files in FILED.items() if files.any_in(folder)]
    if not held:
        raise FileNotFoundError(
            f"{folder}: holds neither MNIST ({mnist.FILES['train'][0]}, ...) nor the binary"
            f" version of CIFAR-10 ({cifar10.FILES['train'][0]}, ...)"
        )
    return [ImageSet(images=name, digest=_read(name, folder)[1], folder=folder) for name in held]


@lru_cache(maxsize=2)
def _read(images: str, folder: str) -> tuple[dict[str, Labelled], str]:
    """Return both parts of a set, and a digest of them."""
    held = FILED[images].read(folder)
    digest = hashlib.blake2b(digest_size=8)
    for part in PARTS:
        for array in (held[part].pixels, held[part].labels):
            digest.update(f"{part} {array.shape} ".encode())
            digest.update(array.tobytes())
    return held, digest.hexdigest()


@lru_cache(maxsize=1)
def _digits() -> dict[str, Labelled]:
    try:
        from sklearn.datasets import load_digits
    except ModuleNotFoundError as absent:
        raise ModuleNotFoundError(
            "the digits need scikit-learn: pip install 'touchstone[digits]'"
        ) from absent
    images, labels = load_digits(return_X_y=True)
    pixels = images.reshape(-1, 1, 8, 8).astype(np.uint8)
    test = np.arange(len(pixels)) % _STRIDE == 0
    return {
        part: Labelled(pixels[chosen], labels[chosen].astype(np.uint8), brightest=16)
        for part, chosen in (("train", ~test), ("test", test))
    }
