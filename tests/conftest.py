"""What tests of every floor need: a copy of the three packages that a test may change."""

import shutil
from pathlib import Path

import pytest

import verify


@pytest.fixture(scope="session")
def copy_packages():
    """Copies theory, numerics and verify, without what Python compiled, into a folder."""
    root = Path(verify.__file__).parents[1]

    def copy(folder):
        for package in ("theory", "numerics", "verify"):
            ignored = shutil.ignore_patterns("__pycache__")
            shutil.copytree(root / package, folder / package, ignore=ignored)

    return copy
