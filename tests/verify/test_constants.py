"""Every number that bears on a verdict stands in the list of them, with where it comes from."""

import ast
from pathlib import Path

import pytest

import verify

ROOT = Path(verify.__file__).parent
LIST = ROOT / "constants.md"
FOLDERS = ("evidence", "relations", "points", "judging", "claims")
DOMAINS = ("Reals", "Integers", "OneOf")
"""Where something is judged is told with every verdict."""


def numbers_in(node):
    """Whether a number stands in it that is more than a count, a sign, a power or a half."""
    if isinstance(node, ast.Call) and getattr(node.func, "id", "") in DOMAINS:
        return False
    if isinstance(node, ast.Constant):
        value = node.value
        return isinstance(value, int | float) and abs(value) not in (0, 1, 2)
    return any(map(numbers_in, ast.iter_child_nodes(node)))


def is_of_catalogue(file):
    return "claims" in file.relative_to(ROOT).parts and file.stem not in ("__init__", "loading")


def named(file):
    """Names of a module's numeric constants; of the catalogue also of all that works with some."""
    for node in ast.parse(file.read_text(encoding="utf-8")).body:
        if isinstance(node, ast.Assign) and numbers_in(node.value):
            targets = [one for target in node.targets for one in ast.walk(target)]
            names = [one.id for one in targets if isinstance(one, ast.Name)]
            yield from (name for name in names if name.isupper())
        elif isinstance(node, ast.FunctionDef | ast.ClassDef) and is_of_catalogue(file):
            yield from [node.name] if numbers_in(node) else []


EVERY = [
    (file.relative_to(ROOT).as_posix(), name)
    for folder in FOLDERS
    for file in sorted((ROOT / folder).rglob("*.py"))
    for name in named(file)
]


def rows():
    lines = LIST.read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line.startswith("| `")]


@pytest.mark.parametrize(("file", "name"), EVERY, ids=lambda one: str(one))
def test_it_is_listed_beside_its_file(file, name):
    assert any(f"`{name}`" in row and f"`{file}`" in row for row in rows())


def test_the_list_names_nothing_that_is_gone_and_no_kind_but_the_four():
    for row in rows():
        _, names, file, kind, *_ = (cell.strip() for cell in row.split("|"))
        text = (ROOT / file.strip("`")).read_text(encoding="utf-8")
        assert all(name.strip("` ") in text for name in names.split(","))
        assert kind in ("derived", "convention", "choice", "assumed")
