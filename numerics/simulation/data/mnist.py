"""MNIST from its four idx files: big-endian sizes, then one byte a pixel or label."""

import gzip
import os
import struct
import zlib

import numpy as np
from numpy.typing import NDArray

from numerics.simulation.data.labelled import Labelled, require_classes

FILES = {
    "train": ("train-images-idx3-ubyte", "train-labels-idx1-ubyte"),
    "test": ("t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte"),
}
SIDE = 28

_UNSIGNED_BYTES = 0x08
_MOST = 10**6  # of images


def any_in(folder: str) -> bool:
    """Whether a folder holds any of the files."""
    return any(_path(folder, name) is not None for names in FILES.values() for name in names)


def read(folder: str) -> dict[str, Labelled]:
    """Return both parts; OSError or ValueError for a file that is missing or malformed."""
    found = {}
    for part, (images, labels) in FILES.items():
        pixels, classes = _array(folder, images, 3), _array(folder, labels, 1)
        file = os.path.join(folder, images)
        if pixels.shape[1:] != (SIDE, SIDE):
            size = " x ".join(map(str, pixels.shape[1:]))
            raise ValueError(f"{file}: images of {size} pixels: must be {SIDE} x {SIDE}")
        if len(pixels) != len(classes):
            raise ValueError(f"{file}: {len(pixels)} images and {len(classes)} labels")
        require_classes(classes, os.path.join(folder, labels))
        found[part] = Labelled(pixels[:, None], classes)
    return found


def _path(folder: str, name: str) -> str | None:
    paths = (os.path.join(folder, name + ending) for ending in ("", ".gz"))
    return next((path for path in paths if os.path.isfile(path)), None)


def _array(folder: str, name: str, axes: int) -> NDArray[np.uint8]:
    """Return the bytes of an idx file, in the shape that it states."""
    path = _path(folder, name)
    if path is None:
        raise FileNotFoundError(f"{os.path.join(folder, name)}: no such file, nor with .gz")
    head = 4 * (1 + axes)
    most = head + _MOST * (SIDE * SIDE if axes == 3 else 1)
    try:
        with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as opened:
            content = opened.read(most + 1)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise ValueError(f"{path}: is no gzip file: {error}") from error
    if len(content) < head or content[:4] != bytes((0, 0, _UNSIGNED_BYTES, axes)):
        raise ValueError(f"{path}: is no idx file of unsigned bytes with {axes} axes")
    shape = struct.unpack(f">{axes}I", content[4:head])
    size = int(np.prod(shape, dtype=object))
    if size == 0 or len(content) - head != size:
        raise ValueError(f"{path}: holds {len(content) - head} bytes, and states {size}")
    return np.frombuffer(content, np.uint8, offset=head).reshape(shape)
