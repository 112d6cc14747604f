"""The Makefile names tests that there are."""

import re
from pathlib import Path

import verify

ROOT = Path(verify.__file__).parents[1]


def test_it_names_files_and_folders_of_tests_that_exist():
    named = re.findall(r"(?<![\w/])tests/[\w/.]+", (ROOT / "Makefile").read_text())
    assert len(named) > 10
    assert [one for one in named if not (ROOT / one).exists()] == []
