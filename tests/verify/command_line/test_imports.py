"""A command loads what it uses: `eval` costs little more than the same call in Python."""

import json
import pkgutil
import subprocess
import sys

import pytest

import theory

ID = "furusho2020/mean-eig-resnet"
LOOKING = {
    "claims", "command_line", "errors", "evidence", "ledger", "model", "numbers", "relations",
}  # fmt: skip
"""Packages of verify that know what is claimed, not how it is judged."""

HEAVY = {
    "concurrent", "distributed", "hypothesis", "jinja2", "latex2mathml", "matplotlib",
    "multiprocessing", "numerics", "rich", "scipy", "sklearn", "sqlite3", "threadpoolctl", "torch",
}  # fmt: skip

LOADED = """
import json, sys
from verify.command_line import run_quietly
status = run_quietly(sys.argv[1:])
print()
print(json.dumps([status, *sys.modules]))
"""


@pytest.fixture(autouse=True)
def without_a_ledger(tmp_path, monkeypatch):
    """Let `show` start where no ledger lies, of which it would tell: `make report` leaves one."""
    monkeypatch.chdir(tmp_path)


def loaded_by(*words):
    """The modules that a process holds after a command that succeeded."""
    done = subprocess.run(
        [sys.executable, "-c", LOADED, *words],
        capture_output=True, text=True, check=True, timeout=120,
    )  # fmt: skip
    status, *modules = json.loads(done.stdout.splitlines()[-1])
    assert status == 0
    return set(modules)


def packages(modules):
    return {name.partition(".")[0] for name in modules}


def parts(package, modules):
    """The direct members of a package among modules."""
    return {
        name.removeprefix(f"{package}.").partition(".")[0]
        for name in modules
        if name.startswith(f"{package}.")
    }


@pytest.mark.parametrize(
    ("words", "needed"),
    [
        (["eval", ID, "depth=10"], set()),
        (["show", ID], {"rich"}),
        (["list"], set()),
        (["--help"], set()),
        (["check", "--help"], set()),
    ],
    ids=" ".join,
)
def test_a_command_that_looks_loads_nothing_that_judges(words, needed):
    modules = loaded_by(*words)
    assert packages(modules) & HEAVY == needed
    assert parts("verify", modules) <= LOOKING


def test_help_loads_neither_claims_nor_theory():
    modules = loaded_by("--help")
    assert parts("verify", modules).isdisjoint({"claims", "model", "relations"})
    assert packages(modules).isdisjoint({"sympy", "theory"})


@pytest.mark.parametrize("words", [["eval", ID, "depth=10"], ["show", ID]], ids=" ".join)
def test_of_the_subjects_only_that_of_the_claim_is_loaded(words):
    modules = loaded_by(*words)
    known = {found.name for found in pkgutil.iter_modules(theory.__path__) if found.ispkg}
    assert parts("theory", modules) & (known - {"lowering"}) == {"fisher"}
    assert parts("verify.claims", modules) & known == {"fisher"}
