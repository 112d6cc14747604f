"""How files are written: whole or not at all."""

from __future__ import annotations

import errno
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def in_one_step(*targets: Path) -> Iterator[list[Path]]:
    """Yields a file to write beside each target, which takes its place at the end.

    A reader sees the old files or the new ones, never a part of one.  Where the body raises, or a
    disk is full, the targets stay as they were and no part is left.  A link is followed.  Raises
    FileExistsError where something stands that is no regular file, such as a device.
    """
    targets = tuple(target.resolve() for target in targets)
    for target in targets:
        require_regular(target)
    parts = [target.with_name(f".{target.name}.{os.getpid()}.part") for target in targets]
    try:
        yield parts
        for part in parts:
            with part.open("rb+") as written:
                os.fsync(written.fileno())
        for part, target in zip(parts, targets, strict=True):
            part.replace(target)
    finally:
        for part in parts:
            part.unlink(missing_ok=True)


def require_regular(target: Path) -> None:
    """Raise FileExistsError where something stands at `target` that is no regular file."""
    if target.exists() and not target.is_file():
        raise FileExistsError(errno.EEXIST, "what stands there is no regular file", str(target))
