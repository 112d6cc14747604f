"""Claims of others, in a Python file or a module of an installed package: its CLAIMS, or all."""

from __future__ import annotations

import importlib
import importlib.util
import logging
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path
from types import ModuleType
from typing import TYPE_CHECKING, Any

import theory
from verify.errors import UsageError
from verify.model import Claim
from verify.relations import Statement

if TYPE_CHECKING:
    from importlib.metadata import EntryPoint

GROUP = "touchstone.claims"
"""The entry point group; a value is the dotted name of a module that has CLAIMS, or claims."""


def from_file(path: Path) -> tuple[Claim, ...]:
    """The claims of a Python file, imported by its stem from its own folder.

    The folder joins the end of `sys.path`, which worker processes inherit: they import the file by
    the same name.  Where a file of claims has that name already it is imported by its folder's name
    and its own, and the folder around joins as well.  Raises UsageError (one line) where there is
    no such file, it cannot be imported under its name, or it has no claims.
    """
    file = path.resolve()
    if not file.is_file() or file.suffix != ".py":
        raise UsageError(f"claims {path}: no such Python file")
    if not file.stem.isidentifier():
        raise UsageError(f"claims {path}: {file.stem!r} is no name of a module; rename the file")
    name = _name(path, file)
    for folder in file.parents[: name.count(".") + 1]:
        if str(folder) not in sys.path:
            sys.path.append(str(folder))
    importlib.invalidate_caches()
    try:
        module = importlib.import_module(name)
    except KeyboardInterrupt:
        raise
    except BaseException as error:  # such as that of pytest.skip
        raise UsageError(f"claims {path}: {_reason(error, file)}") from error
    claims = _claims_of(module, f"claims {path}")
    for claim in claims:
        object.__setattr__(claim, "file", path)  # told once, by whoever reads the file
    return claims


def from_entry_point(entry: EntryPoint) -> tuple[Claim, ...]:
    """The claims of an installed package; raises whatever its import raises."""
    return _claims_of(entry.load(), f"entry point {entry.name}")


def warn(entry: EntryPoint, error: BaseException) -> None:
    """Say in one line that the claims of an installed package are left out."""
    text = f"{entry.name} = {entry.value}: {type(error).__name__}: {error}"
    logging.getLogger("touchstone").warning("claims left out: %s", " ".join(text.split()))


def _name(path: Path, file: Path) -> str:
    """The name that a file is imported by; UsageError where that is another module's."""
    loaded = sys.modules.get(file.stem)
    spec = loaded.__spec__ if loaded else importlib.util.find_spec(file.stem)
    if spec is None or not spec.origin or Path(spec.origin).resolve() == file:
        return file.stem
    if loaded is not None and _listed(loaded):
        name = f"{file.parent.name}.{file.stem}"
        if file.parent.name.isidentifier() and _is_free(name, file):
            return name
    raise UsageError(
        f"claims {path}: another module is called {file.stem!r} ({spec.origin}); rename the file"
    )


def _is_free(name: str, file: Path) -> bool:
    """Whether the module of that name, of a folder that is no package, is the file or none yet."""
    folder = importlib.util.find_spec(name.split(".")[0])
    if folder is None:
        return True
    spec = importlib.util.find_spec(name) if folder.origin is None else folder
    return spec is None or Path(str(spec.origin)).resolve() == file


def _reason(error: BaseException, file: Path) -> str:
    """An exception in one line, with the line of the file that it came from."""
    lines = [
        frame.lineno
        for frame in traceback.extract_tb(error.__traceback__)
        if Path(frame.filename) == file
    ]
    if isinstance(error, SyntaxError) and error.filename == str(file):
        lines.append(error.lineno)
    where = f" (line {lines[-1]})" if lines else ""
    message = error.msg if isinstance(error, SyntaxError) else error
    return f"{type(error).__name__}: {message}{where}"


def _listed(module: ModuleType) -> Any:
    """What a module lists as its claims, or else those that it holds."""
    found = {id(one): one for one in vars(module).values() if isinstance(one, Claim)}
    return getattr(module, "CLAIMS", tuple(found.values()))


def _claims_of(module: ModuleType, origin: str) -> tuple[Claim, ...]:
    claims = _listed(module)
    if not isinstance(claims, Sequence) or not claims:
        lacks = "has no CLAIMS" if not claims else f"CLAIMS is {type(claims).__name__}"
        raise UsageError(f"{origin}: {lacks}; it must be a tuple of claims, CLAIMS = (claim,)")
    for claim in claims:
        if not isinstance(claim, Claim):
            raise UsageError(f"{origin}: CLAIMS holds {claim!r}, which is no Claim")
        for statement in claim.says:
            _require_successor(claim, statement, origin)
    return tuple(claims)


def _require_successor(claim: Claim, statement: Statement, origin: str) -> None:
    """Refuse a form that is superseded by none of its claim, and by none of its subject's."""
    name = statement.form.superseded_by
    others = [other.name for other in claim.says if other is not statement]
    if name is None or name in others:
        return
    subject = statement.form.subject
    theirs = [form.name for form in theory.catalogue() if form.subject == subject]
    if name == statement.name or name not in theirs:
        raise UsageError(
            f"{origin}: {claim.id}: {statement.name}: superseded_by = {name!r}: must be another"
            f" form of the claim ({', '.join(others) or 'it has none'}), or one of theory's on the"
            " same subject"
        )
