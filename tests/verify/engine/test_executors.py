"""Executors: worker processes that may die, and calls that come back as they were made."""

import multiprocessing
import os
import pickle
import re
import subprocess
import sys
import threading
import time
from concurrent.futures import BrokenExecutor, Future, ThreadPoolExecutor
from textwrap import indent
from types import ModuleType

import pytest

import toy_claims as toys
from verify.engine.executors import (
    IN_FLIGHT,
    LIVES,
    ONE_THREAD,
    InProcess,
    in_flight,
    opened,
    result_of,
)
from verify.errors import UsageError
from verify.judging.judge import check_all
from verify.ledger.store import Ledger


@pytest.fixture(scope="module")
def pair():
    """Two worker processes."""
    with opened(2) as executor:
        yield executor


def test_one_worker_is_this_process():
    with opened(None) as executor:
        assert executor.submit(toys.identity, 1).result() == (1, os.getpid())


def test_two_workers_are_two_other_processes(pair):
    answers = [future.result() for future in [pair.submit(toys.identity, k) for k in range(8)]]
    assert [value for value, _ in answers] == list(range(8))
    assert os.getpid() not in {pid for _, pid in answers}


@pytest.mark.parametrize(("asked", "threads"), [(None, "1"), ("3", "3")])
def test_a_worker_computes_on_one_thread_unless_it_is_told_how_many(monkeypatch, asked, threads):
    for name in ONE_THREAD:
        monkeypatch.delenv(name, raising=False)
    if asked:
        monkeypatch.setenv("OMP_NUM_THREADS", asked)
    with opened(2) as pool:
        assert pool.submit(os.getenv, "OMP_NUM_THREADS").result() == threads
        assert pool.submit(os.getenv, "OPENBLAS_NUM_THREADS").result() == "1"
    assert os.environ.get("OMP_NUM_THREADS") == asked


def test_a_worker_that_dies_costs_its_call_alone(pair, tmp_path):
    dying = pair.submit(toys.die_at_first, str(tmp_path / "mark"))
    others = [pair.submit(toys.identity, k) for k in range(4)]
    assert dying.result() == "alive"
    assert [future.result()[0] for future in others] == list(range(4))


def written(report=lambda state: None, **drawing):
    """All that a run of the toy claim writes into its ledger, less the time it took."""
    with Ledger() as ledger:
        check_all(
            [toys.TOY], "quick", 0, None, "cpu", ledger, only={"depth": 3}, report=report, **drawing
        )
        trials = ledger.rows("SELECT fingerprint, position, verdict FROM trials ORDER BY id")
        blocks = ledger.rows("SELECT trial, block, evidence FROM blocks ORDER BY trial, block")
    return [tuple(row) for row in (*trials, *blocks)]


def test_a_run_that_loses_a_worker_finds_what_one_process_finds():
    told = []
    others = set(multiprocessing.active_children())

    def kill_one(state):
        told.append(state)
        if len(told) == 5:
            (set(multiprocessing.active_children()) - others).pop().kill()

    with opened(2) as executor:
        scarred = written(kill_one, executor=executor)
    assert len(told) > 5
    assert scarred == written()


def test_threads_find_what_one_process_finds():
    with ThreadPoolExecutor(3) as threads:
        assert written(executor=threads) == written()


def test_a_call_that_kills_every_worker_is_given_up_and_the_others_go_on(pair):
    deadly = pair.submit(toys.die)
    with pytest.raises(BrokenExecutor, match=f"{LIVES} worker processes died"):
        deadly.result()
    assert pair.submit(toys.identity, 1).result()[0] == 1


def test_an_error_keeps_its_kind_and_says_where_it_was_raised(pair):
    with pytest.raises(ZeroDivisionError, match="by nought") as caught:
        pair.submit(toys.fail, "usual").result()
    assert any("toy_claims.py" in note for note in caught.value.__notes__)


def test_an_error_that_cannot_travel_sends_its_words(pair):
    with pytest.raises(RuntimeError, match="Unportable: 1 and 2"):
        pair.submit(toys.fail, "unportable").result()


def test_a_function_without_a_name_is_sent_whole(pair):
    shift = 3
    assert pair.submit(lambda value: (value + shift, os.getpid()), 1).result()[0] == 4


def test_what_cannot_be_sent_is_refused(pair):
    lock = threading.Lock()
    with pytest.raises(UsageError, match=r"lock.*top level of a module.*use workers = 1"):
        pair.submit(lambda: lock)


def test_what_only_this_process_can_import_is_refused(pair, monkeypatch):
    made = ModuleType("made_here")
    exec("def answer(): return 1", vars(made))
    monkeypatch.setitem(sys.modules, "made_here", made)
    with pytest.raises(UsageError, match="No module named 'made_here'; worker processes"):
        pair.submit(made.answer).result()


def test_closing_ends_what_workers_are_at():
    start = time.monotonic()
    with opened(2) as executor:
        futures = [executor.submit(time.sleep, 600) for _ in range(3)]
        while not any(future.running() for future in futures):
            time.sleep(0.01)
    assert time.monotonic() - start < 60
    with pytest.raises(BrokenExecutor):
        futures[0].result()


@pytest.mark.parametrize("workers", [0, -1, 1.5, True, "2"])
def test_a_number_of_workers_that_is_none_is_named(workers):
    with pytest.raises(UsageError, match=r"workers = .*must be an integer >= 1"), opened(workers):
        pass


def test_an_executor_of_ones_own_is_used_and_left_open():
    with ThreadPoolExecutor(1) as mine:
        with opened(None, mine) as executor:
            assert executor is mine
        assert mine.submit(abs, -1).result() == 1


def test_workers_and_an_executor_exclude_each_other():
    message = "workers = 2: not together with an executor"
    with pytest.raises(UsageError, match=message), opened(2, InProcess()):
        pass


def test_what_is_no_executor_is_named():
    with pytest.raises(UsageError, match="executor = 'dask': must be a"), opened(None, "dask"):
        pass


def test_how_many_calls_an_executor_is_handed_ahead():
    with opened(1) as here, opened(3) as three, ThreadPoolExecutor(1) as foreign:
        assert [in_flight(one) for one in (here, three, foreign)] == [1, 6, IN_FLIGHT]


def failed(error):
    future = Future()
    future.set_exception(error)
    return future


class KilledWorker(Exception):
    """Named as Dask's own."""


def cancelled():
    future = Future()
    future.cancel()
    return future


@pytest.mark.parametrize(
    ("future", "reason"),
    [
        (failed(BrokenExecutor("three\ndied")), "lost by its workers (three died); run again with"),
        (failed(KilledWorker("three died")), "lost by its workers (three died); run again with"),
        (failed(BrokenExecutor("failed to un-serialize")), "not sent to its workers (failed to"),
        (
            failed(pickle.PicklingError("a lambda")),
            "not sent to its workers (a lambda); define what",
        ),
        (cancelled(), "cancelled, as by a cluster that lost its scheduler; run again to go on"),
    ],
    ids=["broken", "dask", "unsent", "unpickled", "cancelled"],
)
def test_a_lost_call_is_one_line_that_names_it(future, reason):
    with pytest.raises(UsageError, match=re.escape(f"the call: {reason}")) as caught:
        result_of(future, lambda: "the call")
    assert str(caught.value).endswith("; what was measured is kept")
    assert "\n" not in str(caught.value)


def test_an_error_of_the_call_itself_stays_what_it_is():
    with pytest.raises(ZeroDivisionError):
        result_of(failed(ZeroDivisionError()), lambda: "the call")


def ended(*words, **how):
    """A process that has ended, in which each check has a ledger of its own, as it is no test."""
    known = {name: value for name, value in os.environ.items() if name != "PYTEST_CURRENT_TEST"}
    return subprocess.run(
        [sys.executable, *words],
        env=known, capture_output=True, text=True, check=False, timeout=120, **how,
    )  # fmt: skip


def test_a_script_without_a_guard_is_told_so(tmp_path):
    script = tmp_path / "unguarded.py"
    script.write_text(
        "import verify\n"
        "verify.check('furusho2020/fastest-learning-rate', workers=2, device='cpu')\n"
    )
    done = ended(str(script))
    assert done.returncode == 1
    assert 'under `if __name__ == "__main__":`' in done.stderr.splitlines()[-1]


DEFINED = """
SIDES = 6


@verify.claim("dice2026/mean", "(sides + 1)/2", sides=verify.OneOf(SIDES), within=0.2)
def mean(generator, sides):
    assert sides == SIDES
    return generator.integers(1, sides, endpoint=True)
"""
ASKED = """
found = [verify.check(mean, workers=workers, device="cpu") for workers in (1, 2)]
one, two = [[point.estimate for point in one.judgements[0].points] for one in found]
print(*(one.verdict for one in found), one == two)
"""
GUARDED = "if __name__ == '__main__':\n"
FOUND = "CONFIRMED CONFIRMED True\n"


def test_a_claim_that_is_typed_in_is_drawn_by_workers():
    program = f"import verify\n{DEFINED}{ASKED}"
    assert ended("-", input=program).stdout == FOUND


def test_a_claim_that_a_script_makes_under_its_guard_is_drawn_by_workers(tmp_path):
    script = tmp_path / "guarded.py"
    script.write_text(f"import verify\n{GUARDED}{indent(DEFINED + ASKED, '    ')}")
    assert ended(str(script)).stdout == FOUND


def test_a_script_that_workers_cannot_import_is_told_so(tmp_path):
    script = tmp_path / "picky.py"
    asked = indent(DEFINED + ASKED, "    ")
    script.write_text(f"import verify\n{GUARDED}{asked}\nelse:\n    raise RuntimeError('mine')\n")
    done = ended(str(script))
    assert f"could not import {script}, for the reason told above" in done.stderr.splitlines()[-1]
    assert "RuntimeError: mine" in done.stderr


MASKED = """
import signal
from multiprocessing import resource_tracker
from verify.engine.executors import _deaf_to_interrupts

with _deaf_to_interrupts():
    resource_tracker.ensure_running()  # as the first process that is started does
    assert signal.SIGINT in signal.pthread_sigmask(signal.SIG_BLOCK, [])
assert signal.SIGINT not in signal.pthread_sigmask(signal.SIG_BLOCK, [])
"""


@pytest.mark.skipif(sys.platform == "win32", reason="has no masks of signals")
def test_the_first_worker_does_not_hear_ctrl_c_either():
    done = subprocess.run([sys.executable, "-c", MASKED], capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
