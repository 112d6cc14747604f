"""Subjects are found by being there."""

import importlib
import inspect
import pkgutil
import sys

import pytest

import theory
from theory.form import Form

SUBJECT = """
from theory.closed_form import ClosedForm
from theory.parameters import DEPTH

double = ClosedForm(
    subject="{subject}", name="double", expr=2 * DEPTH.symbol, parameters=(DEPTH,),
    paper="furusho2020", where="no equation", status="derived",
)
"""


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder of further subjects."""
    monkeypatch.setattr(theory, "__path__", [*theory.__path__, str(tmp_path)])
    known = set(sys.modules), set(vars(theory))
    yield tmp_path
    for name in set(sys.modules) - known[0]:
        if name.startswith("theory."):
            del sys.modules[name]
    for name in set(vars(theory)) - known[1]:
        delattr(theory, name)


def test_a_new_file_is_a_new_subject(folder):
    before = theory.catalogue()
    (folder / "toys.py").write_text(SUBJECT.format(subject="toys"))
    importlib.invalidate_caches()
    assert set(before) < set(theory.catalogue())
    assert [form.id for form in theory.catalogue() if form not in before] == ["toys.double"]
    assert theory.find("toys.double")(depth=3) == 6
    assert theory.toys.double is theory.find("toys.double")
    assert "toys" in dir(theory)


def test_so_is_a_package_by_what_its_face_shows(folder):
    before = theory.catalogue()
    (folder / "blocks").mkdir()
    (folder / "blocks" / "cubes.py").write_text(SUBJECT.format(subject="blocks"))
    (folder / "blocks" / "__init__.py").write_text("from theory.blocks.cubes import double\n")
    importlib.invalidate_caches()
    assert [form.id for form in theory.catalogue() if form not in before] == ["blocks.double"]


def test_forms_that_a_subject_borrows_stay_their_owners(folder):
    (folder / "borrower.py").write_text("from theory.fisher import mean_eigenvalue_resnet\n")
    importlib.invalidate_caches()
    assert sum(form.name == "mean_eigenvalue_resnet" for form in theory.catalogue()) == 1


def test_the_face_of_every_subject_shows_all_of_its_forms():
    shown = {form.id for form in theory.catalogue()}
    for module in pkgutil.walk_packages(theory.__path__, "theory."):
        members = inspect.getmembers(importlib.import_module(module.name))
        held = {one.id for _, one in members if isinstance(one, Form)}
        assert held <= shown, module.name
