"""What this process has read of the files of others: their code and their data.

Files of others are all but those of Touchstone, of Python and of installed packages.  Python tells
each file that it opens to an audit hook, from the first import of `verify` on.  Code counts by the
text that was imported, whatever its file holds since; data counts that is read while a module is
imported or while a measurement draws.  What compiled libraries open by themselves goes unseen.
"""

from __future__ import annotations

import hashlib
import os
import sys
import sysconfig
import threading
from collections.abc import Collection, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import FrameType, ModuleType
from typing import Any

from verify.errors import UsageError

OWN = ("theory", "numerics", "verify", "touchstone_command.py", "touchstone_pytest.py")
"""What of the folder that holds this distribution is Touchstone's."""

LARGEST_BYTES = 2**26
"""A larger file is not read to be known again: what was drawn from it counts for one check."""

ELSEWHERE = ("subprocess.Popen", "os.system", "os.posix_spawn", "sqlite3.connect", "urllib.Request")
"""Events that show that a measurement asks something else for what it draws."""

SCRIPT = ("__main__", "__mp_main__")
"""Names of the script that was started, here and in a worker process."""

Contents = list[str | None]
"""Digests of what was read of one file, each once, the last at the end; None where unknown."""

_code: dict[str, str | None] = {}
"""By the path of a module's source, a digest of what was imported of it last."""

_data: dict[tuple[str, str], Contents] = {}
"""By the module that read it and its path, what was read of another file."""

_late: set[str] = set()
"""Sources that were imported as a measurement drew."""

_libraries_loaded: dict[str, ModuleType] = {}
"""Modules that were seen to be nobody's but a library's."""

_looked_at: tuple[list[str], list[ModuleType], dict[str, ModuleType]] = ([], [], {})
"""All names and modules when they were last looked through, and those that were of others.

There are thousands, and each block asks: to compare two lists of them takes a tenth of the time.
"""

_lock = threading.Lock()
_drawing = 0
_noting = threading.local()


@dataclass(frozen=True)
class Known:
    """The files of others that evidence is known by, so that other processes can compare theirs.

    Digests of what was read, of code by the name of its module, of data by path.
    """

    files: Mapping[str, str]


def modules(script: bool = True) -> dict[str, str]:
    """The path of each module of others that is loaded, by its name; the `script` too, or not."""
    global _looked_at
    if (list(sys.modules), list(sys.modules.values())) != _looked_at[:2]:
        loaded = sys.modules.copy()  # which a thread may add to
        others = {name: one for name, one in loaded.items() if _may_be_others(name, one)}
        _looked_at = list(loaded), list(loaded.values()), others
    found = {}
    for name, module in _looked_at[2].items():
        file = vars(module).get("__file__")
        if isinstance(file, str) and is_others(file):
            found[name] = os.path.abspath(file)
    return found if script else {name: found[name] for name in found if name not in SCRIPT}


def _may_be_others(name: str, module: ModuleType) -> bool:
    if _libraries_loaded.get(name) is module:
        return False
    file = vars(module).get("__file__") if isinstance(module, ModuleType) else None
    if isinstance(file, str) and is_others(file):
        return True
    _libraries_loaded[name] = module
    return False


def _code_read(loaded: Mapping[str, str]) -> dict[str, str | None]:
    """What was imported of modules, by their names; of the script that was started, by its path."""
    for path in loaded.values():
        if path not in _code:
            _code[path] = _digest(path)
    return {path if name in SCRIPT else name: _code[path] for name, path in loaded.items()}


def _data_read(readers: Collection[str]) -> dict[str, Contents]:
    """What some modules, or none that is known, read of other files, by path."""
    found: dict[str, Contents] = {}
    for (reader, path), contents in _data.copy().items():
        if reader in readers or not reader:
            found[path] = [*found.get(path, []), *contents]
    return found


def known_here(script: bool) -> Known:
    """What is loaded and was read here; of data, only what was one text, and still is."""
    loaded = modules(script)
    data = {
        path: contents[0]
        for path, contents in _data_read(loaded).items()
        if len(set(contents)) == 1 and _digest(path) == contents[0]
    }
    held = {**data, **_code_read(loaded)}
    return Known({name: digest for name, digest in held.items() if digest is not None})


def changed(path: str) -> bool:
    """Whether a module's file holds another text than was imported."""
    return path in _code and _is_other(path, _code[path])


@contextmanager
def watched(known: Known) -> Iterator[list[str]]:
    """Draw by code of others; yields what it reads that is not `known`.

    The list is filled at the end.  Raises UsageError (one line) where this process holds another
    text of something known, or data that has changed since it was read.
    """
    global _drawing
    outside: list[str] = []
    _require_same_code(known, modules())
    with _lock:
        _drawing += 1
    try:
        yield outside
    finally:
        with _lock:
            _drawing -= 1
    loaded = modules()
    _require_same_code(known, loaded)
    outside += _used_besides(known, loaded)


def _require_same_code(known: Known, loaded: Mapping[str, str]) -> None:
    for name, digest in _code_read(loaded).items():
        if known.files.get(name, digest) != digest:
            raise UsageError(
                f"{name}: has changed, and the process that draws holds another text of it than"
                f" the one that asks; {RESTART}"
            )


def _used_besides(known: Known, loaded: Mapping[str, str]) -> list[str]:
    """What was used and is not known; UsageError where data may be held that has changed."""
    late = {name: path for name, path in loaded.items() if path in _late}
    # What other work of a worker has loaded and read is none of this measurement's.
    known_by_name = {name for name, path in loaded.items() if {name, path} & known.files.keys()}
    users = known_by_name | late.keys()
    # A script may read and write its own files as it goes.
    for path, contents in _data_read(users - set(SCRIPT)).items():
        last = contents[-1]
        if last is not None and (known.files.get(path, last) != last or _is_other(path, last)):
            raise UsageError(f"{path}: has changed since the process that draws read it; {RESTART}")
    texts = set(known.files.values())
    held = {**_data_read(users), **{name: [digest] for name, digest in _code_read(late).items()}}
    return [name for name, contents in held.items() if not texts.issuperset(contents)]


def _is_other(path: str, digest: str | None) -> bool:
    """Whether a file is still there and holds something else."""
    return os.path.isfile(path) and _digest(path) != digest


RESTART = "start Python and the workers again"


@cache
def is_others(path: str) -> bool:
    """Whether a file is neither ours, nor Python's, nor installed."""
    return not path.startswith(_LIBRARIES) and _PACKAGES.isdisjoint(path.split(os.sep))


_PACKAGES = {"site-packages", "dist-packages"}


def _libraries() -> tuple[str, ...]:
    kinds = ("stdlib", "platstdlib", "purelib", "platlib", "scripts")
    folders = [sysconfig.get_path(kind) for kind in kinds]
    here = Path(__file__)
    ours = [str(file.parents[2] / name) for file in (here, here.resolve()) for name in OWN]
    system = ["/proc", "/sys", "/dev"]
    ends = [one for one in ours if one.endswith(".py")]
    return ("<frozen ", *ends, *(one + os.sep for one in (*folders, *ours, *system)))


_LIBRARIES = _libraries()


def _hook(event: str, arguments: tuple[Any, ...]) -> None:
    """Note what is read; called by Python at each of many events."""
    if event == "open":
        path, mode, flags = arguments
        if isinstance(path, str | bytes | os.PathLike):
            path = os.path.abspath(os.fsdecode(path))
            if _is_reading(mode, flags):
                _opened(path, sys._getframe())
            elif _drawing:
                _written(path)
    elif _drawing and event in ELSEWHERE:
        _data.setdefault(("", event), [None])


def _is_reading(mode: str | None, flags: int) -> bool:
    if mode is None:
        return not flags & (os.O_WRONLY | os.O_TRUNC)
    return not {"w", "x"} & set(mode) and ("r" in mode or "+" in mode)


def _opened(path: str, frame: FrameType | None) -> None:
    if getattr(_noting, "on", False) or not is_others(path):
        return
    source = _source(path)
    reader, importing, in_body = "", False, False
    while frame is not None:
        code = frame.f_code
        theirs = is_others(code.co_filename)
        if theirs and not reader:
            reader = frame.f_globals.get("__name__") or ""
        if code.co_name in ("get_code", "exec_module") and not theirs:
            importing = True
            break
        if code.co_name == "<module>":
            in_body = theirs
            break
        frame = frame.f_back
    if importing and os.path.isfile(source):
        _code[source] = _digest(source)
        if _drawing:
            _late.add(source)
        return
    known_reader = reader in modules()
    if (_drawing or (in_body and known_reader)) and not importing and os.path.isfile(path):
        reader = reader if known_reader else ""
        digest, contents = _digest(path), _data.setdefault((reader, path), [])
        if contents[-1:] != [digest]:
            contents.append(digest)


def _written(path: str) -> None:
    """What a measurement writes by itself does not change beneath it, nor is it known again."""
    for (_, read), contents in _data.copy().items():
        if read == path:
            contents.append(None)


def _source(path: str) -> str:
    """The file that a compiled module was made of."""
    folder, name = os.path.split(path)
    if os.path.basename(folder) != "__pycache__":
        return path
    return os.path.join(os.path.dirname(folder), f"{name.partition('.')[0]}.py")


def _digest(path: str) -> str | None:
    """A digest of what a file holds; None where it is too large or cannot be read."""
    _noting.on = True
    try:
        if os.path.getsize(path) > LARGEST_BYTES:
            return None
        return hashlib.blake2b(Path(path).read_bytes(), digest_size=16).hexdigest()
    except OSError:
        return None
    finally:
        _noting.on = False


_code.update({path: _digest(path) for path in modules().values()})
sys.addaudithook(_hook)
