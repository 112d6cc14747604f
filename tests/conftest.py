"""What tests of every floor need: a copy of what is installed, to change, files of images."""

import gzip
import shutil
import struct
from pathlib import Path

import numpy as np
import pytest

import verify


@pytest.fixture(scope="session")
def copy_packages():
    """Copies all that is installed, without what Python compiled, into a folder."""
    root = Path(verify.__file__).parents[1]

    def copy(folder):
        for package in ("theory", "numerics", "verify"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(root / package, folder / package, ignore=ignored)
        for module in root.glob("touchstone_*.py"):
            shutil.copy(module, folder)

    return copy


COUNTS = {"train": 20, "test": 10}
"""Of images that are written."""


@pytest.fixture(scope="session")
def write_mnist():
    """Writes MNIST's four idx files into a folder, of few images; returns those of each part."""
    return _write_mnist


@pytest.fixture(scope="session")
def write_cifar10():
    """Writes the six files of CIFAR-10's binary version; returns the images of each part."""
    return _write_cifar10


def _write_mnist(folder: Path, *, seed: int = 0, packed: bool = False) -> dict[str, np.ndarray]:
    random, written = np.random.default_rng(seed), {}
    for part, prefix in (("train", "train"), ("test", "t10k")):
        count = COUNTS[part]
        pixels = random.integers(0, 256, (count, 28, 28), dtype=np.uint8)
        labels = (np.arange(count) % 10).astype(np.uint8)
        images = struct.pack(">4I", 0x803, count, 28, 28) + pixels.tobytes()
        classes = struct.pack(">2I", 0x801, count) + labels.tobytes()
        for name, content in (("images-idx3", images), ("labels-idx1", classes)):
            file = folder / f"{prefix}-{name}-ubyte"
            if packed:
                file.with_name(f"{file.name}.gz").write_bytes(gzip.compress(content))
            else:
                file.write_bytes(content)
        written[part] = pixels
    return written


def _write_cifar10(
    folder: Path, *, seed: int = 0, train: int = COUNTS["train"]
) -> dict[str, np.ndarray]:
    random = np.random.default_rng(seed)
    written: dict[str, list[np.ndarray]] = {"train": [], "test": []}
    names = [f"data_batch_{k}.bin" for k in range(1, 6)]
    for part, name in [*(("train", name) for name in names), ("test", "test_batch.bin")]:
        count = train // 5 if part == "train" else COUNTS[part]
        pixels = random.integers(0, 256, (count, 3, 32, 32), dtype=np.uint8)
        records = [bytes([k % 10]) + one.tobytes() for k, one in enumerate(pixels)]
        (folder / name).write_bytes(b"".join(records))
        written[part].append(pixels)
    return {part: np.concatenate(batches) for part, batches in written.items()}
