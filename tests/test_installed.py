"""Wheel and sdist, installed alone: they run from any folder, beside others' modules of our names.

Touchstone comes from the wheel, and all that it needs from the environment that runs the tests.
"""

import os
import subprocess
import sys
import tarfile
import venv
import zipfile
from pathlib import Path

import pytest

import verify

ROOT = Path(verify.__file__).parents[1]
NAMES = ("theory", "numerics", "verify", "tests")
BUILD = "from setuptools import build_meta; print(build_meta.build_{}({!r}))"
COIN = '''
from verify import OneOf, claim


@claim("coins2026/heads", "p", p=OneOf(0.5), largest=lambda at: 1.0, within=0.2)
def heads(generator, p):
    """A coin falls on heads half of the time."""
    return generator.random() < p
'''


def run(*words, cwd, **changed):
    """A process that knows nothing of where these tests were started."""
    known = {name: value for name, value in os.environ.items() if not name.startswith("PYTHON")}
    return subprocess.run(
        [str(word) for word in words],
        cwd=cwd, env={**known, **changed}, capture_output=True, text=True, timeout=120,
    )  # fmt: skip


def built(kind, folder):
    """The archive that setuptools makes of a folder."""
    done = run(sys.executable, "-c", BUILD.format(kind, str(folder)), cwd=folder)
    assert done.returncode == 0, done.stderr
    return folder / done.stdout.split()[-1]


@pytest.fixture(scope="module")
def wheel(tmp_path_factory, copy_packages):
    """The wheel that the sdist makes, whatever else stands in the repository."""
    folder = tmp_path_factory.mktemp("source")
    copy_packages(folder)
    for name in ("pyproject.toml", "README.md", "LICENSE"):
        (folder / name).write_bytes((ROOT / name).read_bytes())
    with tarfile.open(built("sdist", folder)) as sdist:
        sdist.extractall(folder, filter="data")
        (unpacked,) = {name.partition("/")[0] for name in sdist.getnames()}
    return built("wheel", folder / unpacked)


@pytest.fixture(scope="module")
def scripts(tmp_path_factory, wheel):
    """The folder of the commands of an environment where the wheel is installed."""
    folder = tmp_path_factory.mktemp("clean")
    venv.create(folder, symlinks=True)
    python = folder / "bin" / "python"
    ours = next(folder.glob("lib/*/site-packages"))
    others = [path for path in sys.path if Path(path).name == "site-packages"]
    (ours / "others.pth").write_text("\n".join(others))
    done = run(
        sys.executable, "-m", "pip", f"--python={python}", "install", "--quiet", "--no-index",
        "--no-deps", "--ignore-installed", wheel, cwd=folder,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    return folder / "bin"


@pytest.fixture
def theirs(tmp_path):
    """A project of another's, with modules of all our names and a test of each."""
    for name in NAMES:
        folder = tmp_path / name
        folder.mkdir()
        (folder / "__init__.py").write_text(f"WHOSE = 'theirs: {name}'\n")
        (folder / f"test_{name}.py").write_text(
            f"import {name}\n\n\ndef test_{name}(): assert {name}.WHOSE == 'theirs: {name}'\n"
        )
    return tmp_path


def test_the_wheel_holds_every_file_of_the_packages_and_nothing_else(wheel):
    held = {Path(name) for name in zipfile.ZipFile(wheel).namelist() if ".dist-info" not in name}
    ours = {
        file.relative_to(ROOT)
        for part in ("theory", "numerics", "verify")
        for file in (ROOT / part).rglob("*")
        if file.is_file() and "__pycache__" not in file.parts and file.suffix != ".md"
    }
    assert held == ours | {Path("touchstone_command.py"), Path("touchstone_pytest.py")}


def test_the_command_runs_beside_modules_of_its_own_names(scripts, theirs):
    (theirs / "coin.py").write_text(COIN)
    words = ["check", "--claims", "coin.py", "--paper", "coins2026", "--device", "cpu"]
    done = run(scripts / "touchstone", *words, cwd=theirs)
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("CONFIRMED    coins2026/heads")


@pytest.mark.parametrize("name", ["theory", "numerics", "verify"])
def test_a_module_that_hides_ours_is_told_in_one_line(scripts, tmp_path, name):
    (tmp_path / f"{name}.py").write_text("raise RuntimeError('theirs')")
    done = run(scripts / "touchstone", "list", cwd=tmp_path, PYTHONPATH=str(tmp_path))
    assert done.returncode == 2
    (line,) = done.stderr.splitlines()
    assert line.startswith(f"touchstone: {tmp_path / name}.py is called {name!r} and hides")


def test_a_project_with_such_modules_runs_its_tests(scripts, theirs):
    done = run(scripts / "python", "-m", "pytest", "-p", "no:cacheprovider", cwd=theirs)
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{len(NAMES)} passed" in done.stdout
    assert "touchstone" in done.stdout.partition("plugins: ")[2].splitlines()[0]


def test_the_option_is_answered_in_one_line_where_they_hide_ours(scripts, theirs):
    done = run(
        scripts / "python", "-m", "pytest", "-p", "no:cacheprovider", "--touchstone", cwd=theirs
    )
    assert done.returncode == 2
    assert f"touchstone: {theirs / 'theory' / '__init__.py'} is called 'theory'" in done.stdout
    assert "--import-mode=importlib" in done.stdout
    assert "Traceback" not in done.stdout
