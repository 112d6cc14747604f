"""CIFAR-10 from its binary version: a byte of a label, then 1,024 each of red, green and blue."""

import os

import numpy as np

from numerics.simulation.data.labelled import Labelled, require_classes

FILES = {
    "train": tuple(f"data_batch_{number}.bin" for number in range(1, 6)),
    "test": ("test_batch.bin",),
}
UNPACKED = "cifar-10-batches-bin"
SIDE, COLOURS = 32, 3

_RECORD = 1 + COLOURS * SIDE * SIDE


def any_in(folder: str) -> bool:
    """Whether a folder, or what its archive unpacks to, holds any of the files."""
    return any(os.path.isfile(_path(folder, name)) for names in FILES.values() for name in names)


def read(folder: str) -> dict[str, Labelled]:
    """Return both parts; OSError or ValueError for a file that is missing or malformed."""
    found = {}
    for part, names in FILES.items():
        batches = []
        for name in names:
            path = _path(folder, name)
            size = os.path.getsize(path) if os.path.isfile(path) else None
            if size is None:
                raise FileNotFoundError(f"{path}: no such file")
            if size == 0 or size % _RECORD:
                raise ValueError(
                    f"{path}: holds {size} bytes: must be images of {_RECORD} bytes each"
                )
            records = np.fromfile(path, np.uint8).reshape(-1, _RECORD)
            require_classes(records[:, 0], path)
            batches.append(records)
        records = np.concatenate(batches)
        pixels = records[:, 1:].reshape(-1, COLOURS, SIDE, SIDE)
        found[part] = Labelled(pixels, records[:, 0])
    return found


def _path(folder: str, name: str) -> str:
    inside = os.path.join(folder, UNPACKED, name)
    return inside if os.path.isfile(inside) else os.path.join(folder, name)
