"""Where blocks are drawn: in this process, in worker processes, on any executor, on a cluster.

Whatever a `concurrent.futures.Executor` runs comes back the same to the bit; an executor says at
most how many calls to hand it ahead, by an attribute `in_flight`.
"""

from __future__ import annotations

import multiprocessing
import os
import pickle
import signal
import sys
import threading
import traceback
from collections.abc import Callable, Iterator
from concurrent.futures import BrokenExecutor, CancelledError, Executor, Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import Connection
from typing import Any

from verify.errors import UsageError
from verify.ledger.files_read import SCRIPT
from verify.model import Claim
from verify.model.simulation import one_network

IN_FLIGHT = 256
"""Calls handed ahead to an executor whose width is not known; those not begun can be cancelled."""

LIVES = 3
"""A call that has cost so many worker processes their lives is given up."""


READY = b"ready"
"""What a worker process says once it has imported the script that it works for."""

MEASURING = "measuring "
"""How the note begins that says which call an error was raised by."""

ONE_THREAD = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
"""What libraries ask, as they are loaded, for how many threads to compute on."""

GUARD = 'a script must ask for workers under `if __name__ == "__main__":`'

IMPORTABLE = "define what is measured at the top level of a module that they can import"

UNGUARDED = 3
"""How a worker process ends that would start workers as it imports the script it works for."""


Refused = Callable[[Claim, Exception], None]
"""Told of a claim that cannot be judged, and why; what it raises ends all, else others go on."""


def not_at_all(claim: Claim, error: Exception) -> None:
    """Raise the error."""
    raise error


class InProcess(Executor):
    """Runs each call at once in the calling process."""

    in_flight = 1

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        """Run now; the future is done when it is returned."""
        future: Future[Any] = Future()
        try:
            future.set_result(fn(*args, **kwargs))
        except Exception as error:
            future.set_exception(error)
        return future


class WorkerProcesses(ThreadPoolExecutor):
    """Worker processes, each driven by a thread of its own.

    Unlike a ProcessPoolExecutor, a process that dies costs the call it was at alone, which is made
    again on a fresh one, and a driver that is killed leaves neither processes nor semaphores
    behind.
    """

    def __init__(self, workers: int) -> None:
        if multiprocessing.parent_process() is not None:
            # Not an error, whose traceback each worker would print: the driver says what is wrong.
            raise SystemExit(UNGUARDED)
        super().__init__(workers, thread_name_prefix="worker")
        # One call waits beside each one that is made, so that no worker waits for the driver.
        self.in_flight = 2 * workers
        self._here = threading.local()
        self._lock = threading.Lock()
        self._started: list[_Worker] = []
        self._ended = False
        self._by_value = False

    def submit(self, fn, /, *args, **kwargs):  # type: ignore[no-untyped-def]
        """Call `fn` on a worker process, which imports it; what it cannot import is sent whole."""
        call = partial(fn, *args, **kwargs)
        return super().submit(self._call, call, self._message(call))

    def _message(self, call: Callable[[], Any]) -> bytes:
        """A call by the names of its functions, or else by their code and what it uses."""
        if not self._by_value:
            with suppress(pickle.PicklingError, AttributeError, TypeError):
                return pickle.dumps(call)
        try:
            return by_value(call)
        except Exception as error:  # whatever a thing of the user's raises
            raise UsageError(
                f"{type(error).__name__}: {error}; no worker process can be sent this:"
                f" {IMPORTABLE}, or use workers = 1"
            ) from error

    def _call(self, call: Callable[[], Any], message: bytes) -> Any:
        for _ in range(LIVES):
            worker = self._worker()
            try:
                succeeded, result = worker.ask(message)
                if isinstance(result, _Unknown):
                    # Of a notebook, or of what a script defines under its guard.
                    self._by_value = True
                    succeeded, result = worker.ask(self._message(call))
            except (EOFError, OSError):
                self._here.worker = None
                continue
            if isinstance(result, _Unknown):
                raise UsageError(f"{result}; worker processes cannot be told of it: {IMPORTABLE}")
            if succeeded:
                return result
            raise result
        raise BrokenExecutor(f"{LIVES} worker processes died of it")

    def _worker(self) -> _Worker:
        """The process of the calling thread, started where there is none."""
        worker: _Worker | None = getattr(self._here, "worker", None)
        if worker is None:
            with self._lock:
                if self._ended:
                    raise BrokenExecutor("the worker processes have been ended")
                worker = self._here.worker = _Worker()
                self._started.append(worker)
        return worker

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        """End the processes; without `wait` at once, whatever they are at."""
        super().shutdown(wait, cancel_futures=cancel_futures)
        with self._lock:
            self._ended = True
            for worker in self._started:
                worker.end()


class _Unknown(Exception):
    """A worker process cannot import what a call is made of."""


def by_value(call: Callable[[], Any]) -> bytes:
    """A pickle that carries the code of all that is defined in `__main__`, or has no name."""
    import io

    import cloudpickle

    class Pickler(cloudpickle.Pickler):
        def reducer_override(self, thing: Any) -> Any:
            if isinstance(thing, one_network) and thing.__module__ in SCRIPT:
                return thing.by_value()
            return super().reducer_override(thing)

    file = io.BytesIO()
    Pickler(file).dump(call)
    return file.getvalue()


class _Worker:
    """The driver's end of one worker process."""

    def __init__(self) -> None:
        # A forked copy of a process that has run torch's threads can hang; a spawned one cannot.
        context = multiprocessing.get_context("spawn")
        self._ready = False
        self._calls, theirs = context.Pipe()
        self._process = context.Process(target=_serve, args=(theirs,), daemon=True)
        with _deaf_to_interrupts(), _one_thread_each(), _without_a_file_that_is_none():
            self._process.start()
        theirs.close()

    def ask(self, message: bytes) -> tuple[bool, Any]:
        """Whether a call succeeded, and its result or error; EOFError or OSError if it died."""
        if not self._ready:
            try:
                self._ready = self._calls.recv_bytes() == READY
            except (EOFError, OSError) as error:
                self._process.join()
                if self._process.exitcode == UNGUARDED:
                    raise UsageError(f"a worker process ended as it started; {GUARD}") from error
                if self._process.exitcode != 1:  # killed, like any other
                    raise
                script = getattr(sys.modules["__main__"], "__file__", "the script")
                raise UsageError(
                    f"a worker process could not import {script}, for the reason told above; what"
                    ' is not for it to do belongs under `if __name__ == "__main__":`'
                ) from error
        self._calls.send_bytes(message)
        answer: tuple[bool, Any] = pickle.loads(self._calls.recv_bytes())
        return answer

    def end(self) -> None:
        """End the process at once."""
        self._process.kill()
        self._process.join()


@contextmanager
def _deaf_to_interrupts() -> Iterator[None]:
    """Let a process started meanwhile never see Ctrl-C: the driver alone answers it."""
    if sys.platform == "win32":  # which has no such masks
        yield
        return
    from multiprocessing import resource_tracker

    # Python 3.11 starts it with the first process, and lifts the mask then.
    resource_tracker.ensure_running()
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


@contextmanager
def _one_thread_each() -> Iterator[None]:
    """Let a process started meanwhile compute on one thread, unless the environment says how many.

    Of workers that share the cores, each with as many threads as there are cores, most wait in busy
    loops for the others: small products take a hundred times as long.
    """
    unset = [name for name in ONE_THREAD if name not in os.environ]
    os.environ.update(dict.fromkeys(unset, "1"))
    try:
        yield
    finally:
        for name in unset:
            del os.environ[name]


@contextmanager
def _without_a_file_that_is_none() -> Iterator[None]:
    """Let a process started meanwhile not look for the file "<stdin>" to import the script."""
    script = sys.modules["__main__"]
    name = getattr(script, "__file__", None)
    if name is None or os.path.exists(name):
        yield
        return
    del script.__file__
    try:
        yield
    finally:
        script.__file__ = name


def _serve(calls: Connection) -> None:
    """What a worker process does until its driver is gone."""
    threading.Thread(target=_leave_with_driver, daemon=True).start()
    with suppress(EOFError, OSError):
        calls.send_bytes(READY)
        while True:
            calls.send_bytes(_answer(calls.recv_bytes()))


def _leave_with_driver() -> None:
    driver = multiprocessing.parent_process()
    assert driver is not None
    driver.join()
    os._exit(1)


def _answer(message: bytes) -> bytes:
    try:
        call = pickle.loads(message)
    except (AttributeError, ImportError) as error:
        return pickle.dumps((False, _Unknown(f"{type(error).__name__}: {error}")))
    try:
        return pickle.dumps((True, call()))
    except Exception as error:
        error.add_note(f"in a worker process:\n{traceback.format_exc()}")
        return pickle.dumps((False, _portable(error)))


def _portable(error: Exception) -> Exception:
    """The error itself where it survives the journey, else its words."""
    try:
        pickle.loads(pickle.dumps(error))
    except Exception:
        return RuntimeError(f"{type(error).__name__}: {error}")
    return error


@contextmanager
def opened(workers: int | None, executor: Executor | None = None) -> Iterator[Executor]:
    """The executor that is given, or one of `workers` processes (1, the default: this process)."""
    if executor is not None:
        if workers is not None:
            raise UsageError(f"workers = {workers!r}: not together with an executor of your own")
        if not isinstance(executor, Executor):
            raise UsageError(f"executor = {executor!r}: must be a concurrent.futures.Executor")
        yield executor
        return
    workers = 1 if workers is None else workers
    if isinstance(workers, bool) or not isinstance(workers, int) or workers < 1:
        raise UsageError(f"workers = {workers!r}: must be an integer >= 1")
    if workers == 1:
        yield InProcess()
        return
    pool = WorkerProcesses(workers)
    try:
        yield pool
    finally:
        pool.shutdown(wait=False, cancel_futures=True)


def in_flight(executor: Executor) -> int:
    """How many calls to hand an executor ahead of their results."""
    return getattr(executor, "in_flight", IN_FLIGHT)


def result_of(future: Future[Any], call: Callable[[], str]) -> Any:
    """A future's result; an error of its own gets the words of `call` as a note.

    Raises UsageError with these words first for one of its own, or if the executor lost the call.
    """
    try:
        return future.result()
    except Exception as error:
        reason = _loss(error)
        if reason is None and isinstance(error, UsageError):
            raise UsageError(f"{call()}: {error}") from error
        if reason is None:
            error.add_note(f"{MEASURING}{call()}")
            raise
        raise UsageError(f"{call()}: {reason}; what was measured is kept") from error


def _loss(error: Exception) -> str | None:
    """Why an executor lost a call and what to do, or None for an error of the call itself."""
    if isinstance(error, CancelledError):
        return "cancelled, as by a cluster that lost its scheduler; run again to go on"
    # Dask's own error is told by its name: Dask need not be installed.
    words = " ".join(str(error).split())
    broken = isinstance(error, BrokenExecutor)
    if isinstance(error, pickle.PicklingError) or (broken and "serialize" in words):
        return f"not sent to its workers ({words}); {IMPORTABLE}"
    if broken or type(error).__name__ == "KilledWorker":
        return f"lost by its workers ({words}); run again with fewer of them or more memory"
    return None
