"""What tells one measurement from another, so that old evidence is never given for a new one.

Touchstone's own code is known by its version and a digest of what states and measures claims, which
are in every fingerprint.  The code of others is known by the text of its files, and what it was
made with by its value.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import os
import pickle
import platform
import sys
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import cache, partial
from importlib.metadata import version
from operator import attrgetter
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from verify.model.measure import OfNumerics, resolved

if TYPE_CHECKING:
    from verify.model import Experiment, Measure

OWN = ("theory", "numerics", "verify")
"""Packages that are known by Touchstone's version."""

MEASURING = (
    "theory",
    "numerics",
    "verify.evidence",
    "verify.relations",
    "verify.model",
    "verify.claims",
    "verify.points",
    "verify.judging",
)
"""Packages that a verdict rests on, whole; another text of any file in them measures anew."""

PLAIN = (type(None), bool, int, float, complex, str, bytes)

ONE_OFF = uuid.uuid4().hex
"""Stands for what cannot be told from its like: no other process finds what was measured by it."""


def name_of(measure: str | Measure, claims_file: Path | None = None) -> str:
    """Where a measurement is defined and, unless it is Touchstone's own, a digest of what it is.

    The digest covers the file in which it stands and, one level deep, the files of the modules that
    this file's globals come from (not installed ones); the arguments of a partial, the state of an
    instance and the variables of a closure; and `claims_file`, from which the claim was loaded.
    Code without a file (a notebook, `python -c`) is measured anew in each process.
    """
    measure = resolved(measure)
    parts = list(_parts(measure, set()))
    if claims_file is not None:
        parts.append(_text(claims_file if claims_file.is_file() else None))
    if parts == [_name(measure)]:
        return parts[0]
    digest = hashlib.blake2b(digest_size=16)
    for part in parts:
        digest.update(f"{len(part)} {part}".encode())
    return f"{_name(measure)} {digest.hexdigest()}"


def measured_by(experiment: Experiment, claims_file: Path | None) -> tuple[str, ...]:
    """What tells the draws of an experiment from others', besides its point."""
    return (name_of(experiment.measure, claims_file), *experiment.checked, *experiment.doubled)


@cache
def own_code() -> str:
    """A short digest of Touchstone's own code that a verdict rests on."""
    return code_digest(_root(name) for name in MEASURING)


def code_digest(folders: Iterable[Path]) -> str:
    """A short digest of every Python file and data file in some folders, however deep.

    A file counts by its place in its folder and by its text; what Python compiled does not.
    """
    digest = hashlib.blake2b(digest_size=4)
    for folder in folders:
        for file in sorted(folder.rglob("*")):
            if file.is_file() and "__pycache__" not in file.parts:
                content = file.read_bytes()
                digest.update(f"{file.relative_to(folder).as_posix()} {len(content)} ".encode())
                digest.update(content)
    return digest.hexdigest()


def _root(name: str) -> Path:
    """The folder of one of our packages, by its dotted name."""
    origin = importlib.util.find_spec(name).origin  # type: ignore[union-attr]
    assert origin is not None
    return Path(origin).parent


def _parts(thing: Any, seen: set[int]) -> Iterator[str]:
    """Texts that differ where two things do."""
    if isinstance(thing, PLAIN):
        yield repr(thing)
        return
    if id(thing) in seen:
        return
    seen.add(id(thing))
    if isinstance(thing, ModuleType):
        yield from _module(thing.__name__)
    elif isinstance(thing, list | tuple):
        yield from _values(type(thing).__name__, dict(enumerate(thing)), seen)
    elif isinstance(thing, dict):
        yield from _values("dict", thing, seen)
    elif isinstance(thing, partial):
        made_of = {"func": thing.func, "args": thing.args, "keywords": thing.keywords}
        yield from _values("partial", made_of, seen)
    elif isinstance(thing, MethodType):
        yield from _values("method", {"of": thing.__self__, "function": thing.__func__}, seen)
    elif _is_global(thing):
        yield _name(thing)
        yield from _module(thing.__module__)
        if isinstance(thing, FunctionType) and _file(thing.__module__) is None:
            yield from _function(thing, seen)
    elif isinstance(thing, FunctionType):
        yield _name(thing)
        yield from _module(thing.__module__)
        yield from _function(thing, seen)
    else:
        yield from _instance(thing, seen)


def _values(kind: str, values: Mapping[Any, Any], seen: set[int]) -> Iterator[str]:
    yield f"{kind} of {len(values)}"
    for name, value in values.items():
        yield from _parts(name, seen)
        yield from _parts(value, seen)


def _is_global(thing: Any) -> bool:
    """Whether a thing is what its module has under its name, so that the text says all of it."""
    module = sys.modules.get(getattr(thing, "__module__", None) or "")
    try:
        return attrgetter(thing.__qualname__)(module) is thing
    except (AttributeError, TypeError):
        return False


def _function(function: FunctionType, seen: set[int]) -> Iterator[str]:
    """What the text of its file does not say of a function: its own code and its variables."""
    yield from _code(function.__code__)
    held = [cell.cell_contents for cell in function.__closure__ or () if _is_full(cell)]
    defaults = (function.__defaults__, function.__kwdefaults__)
    yield from _parts([held, defaults], seen)
    if _file(function.__module__) is None:
        used = {name: function.__globals__.get(name) for name in function.__code__.co_names}
        mine = {
            name: value
            for name, value in used.items()
            if getattr(value, "__module__", None) == function.__module__
        }
        yield from _values("globals", mine, seen)


def _is_full(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018, a cell that is not filled yet raises
    except ValueError:
        return False
    return True


def _code(code: CodeType) -> Iterator[str]:
    yield f"{code.co_code.hex()} {code.co_names} {code.co_varnames}"
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _code(constant)
        elif isinstance(constant, frozenset):
            yield repr(sorted(map(repr, constant)))
        else:
            yield repr(constant)


def _instance(thing: Any, seen: set[int]) -> Iterator[str]:
    """The class of a thing, and its state."""
    yield from _parts(type(thing), seen)
    held = getattr(thing, "__dict__", {})
    yield from _values("state", held, seen)
    try:
        yield pickle.dumps(thing).hex()
    except Exception:  # whatever its own code raises
        if not held:
            yield ONE_OFF


def _module(name: str) -> Iterator[str]:
    """The text of a module of others and of those that its globals come from."""
    if _is_own(name) or _is_pythons(name):
        return
    yield _text(_file(name))
    values = [] if (module := sys.modules.get(name)) is None else vars(module).values()
    helpers = {_origin(value) for value in values}
    for helper in sorted(helpers - {"", name}):
        file = _file(helper)
        if file is not None and not _is_own(helper) and not _is_installed(helper, file):
            yield f"{helper} {_text(file)}"


def _origin(value: Any) -> str:
    """The module that a global is, or that it was imported from."""
    found = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return found if isinstance(found, str) else ""


def _is_own(module: str) -> bool:
    return module.partition(".")[0] in OWN


def _is_installed(module: str, file: Path) -> bool:
    return _is_pythons(module) or not {"site-packages", "dist-packages"}.isdisjoint(file.parts)


def _is_pythons(module: str) -> bool:
    return module.partition(".")[0] in sys.stdlib_module_names


def _file(module: str) -> Path | None:
    """The file of a module, or None where it was typed in."""
    name = getattr(sys.modules.get(module), "__file__", None)
    return Path(name) if name and Path(name).is_file() else None


def _text(file: Path | None) -> str:
    return ONE_OFF if file is None else hashlib.blake2b(file.read_bytes()).hexdigest()


def _name(thing: Any) -> str:
    """Module and name of a function, of a partial's, of numerics', or of an instance's class."""
    while isinstance(thing, partial):
        thing = thing.func
    if isinstance(thing, OfNumerics):
        return thing.function.replace(":", ".")
    named = thing if hasattr(thing, "__qualname__") else type(thing)
    return f"{named.__module__}.{named.__qualname__}"


@cache
def machine() -> dict[str, Any]:
    """What a figure depends on besides the seed."""
    return {
        "python": platform.python_version(),
        "platform": platform.platform(),
        "cores": os.cpu_count(),
        **{name: version(name) for name in ("numpy", "scipy", "sympy", "torch")},
        "touchstone": f"{version('touchstone')}+{own_code()}",
    }


def fingerprint(*parts: object, touchstone: str | None = None) -> str:
    """Digest of what identifies a row, and of the version that wrote it (this one if None)."""
    return digest(touchstone or machine()["touchstone"], *parts)


def digest(*parts: object) -> str:
    """Digest of numbers, texts and lists of them."""
    text = json.dumps(parts, sort_keys=True)
    return hashlib.blake2b(text.encode(), digest_size=16).hexdigest()


def trial_mark(
    claim: str,
    form: str,
    measured: Sequence[str],
    point: str,
    run: Sequence[Any],
    block_size: int,
    terms: Mapping[str, Any],
    touchstone: str | None = None,
) -> str:
    """Fingerprint of a trial: all that its evidence depends on, and the terms it is judged on."""
    judged_on = [value for name, value in terms.items() if name != "alpha"]
    return fingerprint(
        claim, form, measured, point, run, block_size, judged_on, touchstone=touchstone
    )
