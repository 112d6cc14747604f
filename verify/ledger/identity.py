"""What tells one measurement from another, so that old evidence is never given for a new one.

Touchstone's own code is known by its version and a digest of what states and measures claims, which
are in every fingerprint.  The code of others is known by the text of its files, and what it was
made with by its value.
"""

from __future__ import annotations

import hashlib
import importlib.util
import json
import logging
import os
import pickle
import platform
import sys
import uuid
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.metadata import packages_distributions, version
from inspect import unwrap
from operator import attrgetter
from pathlib import Path
from types import CodeType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

import numpy as np

from verify.errors import UsageError
from verify.ledger.files_read import (
    RESTART,
    SCRIPT,
    Known,
    changed,
    is_others,
    known_here,
    modules,
)
from verify.model.measure import OfNumerics

if TYPE_CHECKING:
    from verify.model import Measure

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


@dataclass(frozen=True)
class Identity:
    """What tells a measurement from others, and what a process must hold to draw by it.

    The `name` says where it is defined and holds, unless it is Touchstone's own, a digest of it;
    `known` is None of our own, which every process has.
    """

    name: str
    known: Known | None


class Identities:
    """What tells what is measured in one check from what is measured in all others.

    A measurement of Touchstone's own is known by its name, and the plain values that it is called
    with.  One of others is known by what it is made with (the arguments of a partial, the state of
    an instance, the variables of a closure), by the file that the claim was loaded from, and by all
    of others that this process has loaded: the texts that were imported, the code of functions, the
    plain values of globals that functions name, and the data that was read meanwhile.  That forgets
    too much rather than too little.  What cannot be told from its like, such as code without a file
    (a notebook, `python -c`), is known in this one check alone.
    """

    def __init__(self) -> None:
        self._this_check = uuid.uuid4().hex
        self._described: dict[tuple[int, Path | None], tuple[object, Identity]] = {}
        self._told: set[str] = set()

    def tell(self, claim: str, file: str) -> None:
        """Say once of a claim that what is drawn for it counts in this check alone."""
        if claim not in self._told:
            self._told.add(claim)
            logging.getLogger("touchstone").warning(
                "%s: the measurement reads %s as it draws: what is drawn counts in this run alone;"
                " read it as the module is imported to have it kept",
                claim,
                file,
            )

    def of(self, measure: Measure, claims_file: Path | None = None) -> Identity:
        """The identity of a measurement, of a claim that was loaded from that file.

        Raises UsageError (one line) where a file that it rests on has changed since it was
        imported.
        """
        key = id(measure), claims_file
        if key not in self._described:  # with the measurement: an id is that of what lives
            self._described[key] = measure, self._describe(measure, claims_file)
        return self._described[key][1]

    def _describe(self, measure: Measure, claims_file: Path | None) -> Identity:
        name = _name(measure)
        parts = list(_parts(measure, set()))
        if claims_file is None and parts == [name]:
            return Identity(name, None)
        if claims_file is None and _is_of_numerics_alone(measure):
            return Identity(f"{name} {digest(*parts)}", None)
        if claims_file is not None:
            theirs = modules()
            for one in [one for one, path in theirs.items() if Path(path) == claims_file.resolve()]:
                _require_unchanged(one, theirs, set())
            parts.append(_text(claims_file) if claims_file.is_file() else ONE_OFF)
        script = any(part in SCRIPT for part in parts)  # else it only asks
        known = known_here(script)
        parts += [f"{file} {held}" for file, held in sorted(known.files.items())]
        parts += _loaded(script)
        parts = [self._this_check if part is ONE_OFF else part for part in parts]
        return Identity(f"{name} {digest(*parts)}", known)


ONE_OFF = "known in one check alone"
"""Stands for what cannot be told from its like."""


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
        yield thing.__name__
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
        yield from _module(thing)
    elif isinstance(thing, FunctionType):
        yield _name(thing)
        yield from _module(thing)
        yield from _function(thing, seen)
    else:
        yield from _instance(thing, seen)


def _is_of_numerics_alone(measure: Measure) -> bool:
    """Whether a measurement calls our own function with plain values."""
    return isinstance(measure, OfNumerics) and _plain(measure.fixed) is not None


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
    yield _text_of(function.__code__)
    held = [cell.cell_contents for cell in function.__closure__ or () if _is_full(cell)]
    defaults = (function.__defaults__, function.__kwdefaults__)
    yield from _parts([held, defaults], seen)


def _is_full(cell: Any) -> bool:
    try:
        cell.cell_contents  # noqa: B018, a cell that is not filled yet raises
    except ValueError:
        return False
    return True


@cache
def _text_of(code: CodeType) -> str:
    """A text that differs where two pieces of code do."""
    constants = []
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            constants.append(_text_of(constant))
        elif isinstance(constant, frozenset):
            constants.append(repr(sorted(map(repr, constant))))
        else:
            constants.append(repr(constant))
    return digest(code.co_code.hex(), code.co_names, code.co_varnames, constants)


@cache
def _words(code: CodeType) -> frozenset[str]:
    """All names that a piece of code uses of its module and of what it finds there."""
    inner = [_words(one) for one in code.co_consts if isinstance(one, CodeType)]
    return frozenset(code.co_names).union(*inner)


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


def _module(thing: Any) -> Iterator[str]:
    """What of others a function or class stands in; nothing where that is our own or Python's."""
    name = thing.__module__ or ""
    package = name.partition(".")[0]
    if package in OWN or package in sys.stdlib_module_names:
        return
    theirs = modules()
    code = getattr(unwrap(thing), "__code__", None)
    file = getattr(sys.modules.get(name), "__file__", None)
    if not all(one and os.path.isfile(one) for one in (file, code.co_filename if code else file)):
        yield ONE_OFF  # it was typed in, or made by other code
    elif name in theirs:
        reached: set[str] = set()
        _require_unchanged(name, theirs, reached)
        yield from sorted(reached)
    else:
        yield f"{_version(package)} {_text(Path(str(file)))}"


def _require_unchanged(name: str, theirs: Mapping[str, str], seen: set[str]) -> None:
    """Refuse a module, or one that its globals come from, whose file is no longer what runs."""
    if name in seen or name not in theirs:
        return
    seen.add(name)
    if changed(theirs[name]):
        raise UsageError(f"{name}: {theirs[name]} has changed since it was imported; {RESTART}")
    for origin in {_origin(value) for value in list(vars(sys.modules[name]).values())}:
        _require_unchanged(origin, theirs, seen)


def _origin(value: Any) -> str:
    """The module that a global is, or that it was imported from."""
    found = value.__name__ if isinstance(value, ModuleType) else getattr(value, "__module__", None)
    return found if isinstance(found, str) else ""


@cache
def _version(package: str) -> str:
    """The distributions that an installed package comes from, and their versions."""
    return " ".join(f"{name} {version(name)}" for name in packages_distributions().get(package, ()))


def _loaded(script: bool) -> Iterator[str]:
    """The functions of others that are loaded, and the plain globals that they name."""
    spaces = {name: dict(vars(sys.modules[name])) for name in sorted(modules(script))}
    codes = {name: list(_codes(space, name)) for name, space in spaces.items()}
    named = {word for held in codes.values() for code in held for word in _words(code)}
    for name, space in spaces.items():
        yield name
        yield from (_text_of(code) for code in codes[name])
        for word in sorted(named & space.keys()):
            if (text := _plain(space[word])) is not None and not word.startswith("__"):
                yield f"{word} = {text}"


def _codes(space: Mapping[str, Any], module: str) -> Iterator[CodeType]:
    """The code of functions in a module or class, and in the classes that the module defines."""
    for _, value in sorted(space.items()):
        if isinstance(value, type) and value.__module__ == module:
            yield from _codes(vars(value), "")
        for part in (value, *(getattr(value, name, None) for name in WRAPPED)):
            if isinstance(part, FunctionType) and is_others(part.__code__.co_filename):
                yield part.__code__


WRAPPED = ("__wrapped__", "__func__", "fget")
"""Where decorators keep the function that they were given."""


def _plain(value: Any) -> str | None:
    """A text of a number, a text, an array or a collection of such; None of anything else."""
    if isinstance(value, PLAIN):
        return repr(value)
    if isinstance(value, np.ndarray | np.generic) and not value.dtype.hasobject:
        return f"{value.dtype} {value.shape} {hashlib.blake2b(value.tobytes()).hexdigest()}"
    if not isinstance(value, list | tuple | dict):
        return None
    parts = [*value, *(value.values() if isinstance(value, dict) else ())]
    texts = [text for part in parts if (text := _plain(part)) is not None]
    return f"{texts}" if len(texts) == len(parts) else None


def _text(file: Path) -> str:
    return hashlib.blake2b(file.read_bytes()).hexdigest()


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
