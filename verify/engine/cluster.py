"""An existing Dask cluster as an executor."""

from __future__ import annotations

import asyncio
import logging
import socket
import sys
import warnings
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import CancelledError, Executor, Future
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from verify.errors import UsageError
from verify.ledger.files_read import modules
from verify.ledger.identity import machine

if TYPE_CHECKING:
    from distributed import Client
    from distributed import Future as RemoteFuture

PATIENCE_SECONDS = 8
"""How long to wait for a scheduler to answer, and for its first worker."""

DETERMINE_THE_BITS = ("numpy", "scipy", "torch", "touchstone")
"""Packages whose version must be the same everywhere, or verdicts would depend on the worker."""


@contextmanager
def cluster(address: str, files: Sequence[Path] = ()) -> Iterator[Executor]:
    """An executor on the workers of the Dask scheduler at `address`, such as tcp://host:8786.

    The Python files are sent to the workers, which import from them what they are to call, and
    with each the modules beside it that were imported here.
    """
    for number, file in enumerate(files):
        if any(file.stem == other.stem for other in files[:number]):
            raise UsageError(
                f"claims {file}: another file sent to a cluster is called so; rename it"
            )
    client = _connected(address)
    # It would log a traceback where losing the scheduler becomes one line of ours.
    logging.getLogger("distributed.client").setLevel(logging.CRITICAL)
    try:
        require_alike(address, _workers(client, address))
        for file in files:
            for beside in modules_beside(file):
                client.upload_file(str(beside), load=False)
            send(client, file)
        yield _Cluster(client)
    finally:
        client.close()


def modules_beside(file: Path) -> list[Path]:
    """The other modules of a file's folder that this process has imported."""
    here = file.resolve()
    loaded = ((name, Path(path)) for name, path in modules(script=False).items())
    return [
        path
        for name, path in loaded
        if path.stem == name and path.parent == here.parent and path != here
    ]


def send(client: Client, file: Path) -> None:
    """Send a file to the workers.

    Dask reloads it in the scheduler's process as well.  Where that is this one, the module stays
    as it was imported here: claims hold its functions.  Raises UsageError where a worker cannot
    import it.
    """
    mine = sys.modules.get(file.stem)
    held = {} if mine is None else dict(vars(mine))
    try:
        client.upload_file(str(file))
    except (Exception, SystemExit) as error:  # whatever its import raises there
        raise UsageError(
            f"claims {file}: cannot be imported on the cluster: {type(error).__name__}: {error};"
            " it is sent with the modules beside it; what else it imports must be installed there"
        ) from error
    if mine is not None:
        vars(mine).update(held)


class _Cluster(Executor):
    """As Dask's `Client.get_executor()`, which logs a traceback for a call cancelled as it ends."""

    def __init__(self, client: Client) -> None:
        self._client = client

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        """Call `fn` on some worker."""
        future: Future[Any] = Future()
        # Not pure: Dask would hash all arguments of a call to find earlier calls like it.
        remote = self._client.submit(partial(fn, *args, **kwargs), pure=False)
        remote.add_done_callback(partial(_hand_over, future))
        future.add_done_callback(lambda done: remote.cancel() if done.cancelled() else None)
        return future


def _hand_over(future: Future[Any], remote: RemoteFuture) -> None:
    """Pass on how a call ended; from here on it cannot be cancelled."""
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(remote.result())
    except (Exception, asyncio.CancelledError) as error:
        lost = remote.status == "cancelled"
        future.set_exception(CancelledError() if lost else error)


def _connected(address: str) -> Client:
    try:
        from distributed import Client
        from distributed.comm import get_address_host_port
    except ImportError as error:
        raise UsageError(
            "--scheduler: needs Dask; install it with pip install 'touchstone[cluster]'"
        ) from error
    try:
        # A client that cannot connect complains again when it is collected: knock first.
        host, port = get_address_host_port(address)
        socket.create_connection((host, port), timeout=PATIENCE_SECONDS).close()
        with warnings.catch_warnings():
            # It compares many versions that decide nothing; those that do are compared below.
            warnings.filterwarnings("ignore", message=".*Mismatched versions found")
            return Client(address, timeout=PATIENCE_SECONDS, set_as_default=False)
    except (OSError, ValueError, TypeError) as error:
        raise UsageError(
            f"--scheduler {address}: no Dask scheduler answers there; "
            "an address reads tcp://host:8786"
        ) from error


def _workers(client: Client, address: str) -> Mapping[str, Mapping[str, Any]]:
    """What each worker's machine says of itself, by the worker's address."""
    try:
        client.wait_for_workers(1, timeout=PATIENCE_SECONDS)
        found: dict[str, dict[str, Any]] = client.run(machine)
    except TimeoutError as error:
        raise UsageError(f"--scheduler {address}: has no workers; start some") from error
    except ImportError as error:
        missing = f"--scheduler {address}: its workers cannot import {error.name}"
        raise UsageError(f"{missing}; install touchstone there") from error
    return found


def require_alike(address: str, workers: Mapping[str, Mapping[str, Any]]) -> None:
    """Refuse workers, by address, whose libraries are not those of this machine."""
    for worker, theirs in workers.items():
        for package in DETERMINE_THE_BITS:
            if theirs[package] != machine()[package]:
                raise UsageError(
                    f"--scheduler {address}: worker {worker} has {package} {theirs[package]}, "
                    f"{machine()[package]} here; install the same"
                )
