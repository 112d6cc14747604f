"""A run that is killed, starved of disk or doubled leaves the ledger of one that was not."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from verify.errors import UsageError
from verify.judging.audit import audit
from verify.ledger.store import Ledger

HERE = Path(__file__).parent
COMMAND = (sys.executable, "-m", "verify")
KILLED_RUNS = (sys.executable, str(HERE / "killed_runs.py"))
STARVED = (
    sys.executable,
    "-c",
    "import resource, sys; from verify.command_line import main;"
    "resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[1]),) * 2); main(sys.argv[2:])",
)
FULL, USAGE, INTERRUPTED = 400_000, 2, 130
PATIENCE_SECONDS = 600
STARTED = 5


def check(ledger, workers):
    return (
        *("check", "furusho2020/toy", "--claims", str(HERE.parent / "toy_claims.py")),
        *("--ledger", str(ledger), "--workers", str(workers), "--device", "cpu"),
    )


def ended(*command):
    """Exit status and complaints of a command."""
    run = subprocess.run(command, capture_output=True, text=True, timeout=PATIENCE_SECONDS)
    return run.returncode, lines_of(run.stderr)


def lines_of(complaints):
    """Lines on standard error, but for those that tell how far a run is and what to run next."""
    told = "draws this run", "sharper: ", "report: "
    return [line for line in complaints.splitlines() if not any(one in line for one in told)]


def contents(path):
    """All that a sound ledger holds, less what differs between any two runs."""
    with Ledger(path, read_only=True) as ledger:
        assert audit(ledger) == []
        trials = [dict(row) for row in ledger.rows("SELECT * FROM trials ORDER BY id")]
        blocks = ledger.rows("SELECT trial, block, evidence FROM blocks ORDER BY trial, block")
        records = ledger.rows(
            "SELECT kind, fingerprint, content FROM records ORDER BY kind, fingerprint"
        )
    for trial in trials:
        del trial["created"]
    timeless = [
        (kind, mark, {**json.loads(content), "seconds": None}) for kind, mark, content in records
    ]
    return trials, [tuple(block) for block in blocks], timeless


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """What a run that nothing befell writes."""
    ledger = tmp_path_factory.mktemp("whole") / "ledger"
    assert ended(*COMMAND, *check(ledger, workers=2))[0] == 0
    return contents(ledger)


def test_a_run_killed_at_twenty_moments_ends_as_if_it_had_not_been(tmp_path, whole):
    ledger = tmp_path / "ledger"
    status, complaints = ended(*KILLED_RUNS, "20", str(ledger), *check(ledger, workers=1))
    assert (status, complaints) == (0, [])
    assert contents(ledger) == whole


def test_two_runs_at_once_write_the_rows_of_one(tmp_path, whole):
    ledger = tmp_path / "ledger"
    with subprocess.Popen(
        (*COMMAND, *check(ledger, workers=1)), stdout=subprocess.DEVNULL
    ) as other:
        assert ended(*COMMAND, *check(ledger, workers=1))[0] == 0
    assert other.returncode == 0
    assert contents(ledger) == whole


def test_a_full_disk_is_one_line_and_the_run_goes_on_when_there_is_room(tmp_path, whole):
    ledger = tmp_path / "ledger"
    status, complaints = ended(*STARVED, str(FULL), *check(ledger, workers=1))
    (line,) = complaints
    assert status == USAGE
    assert "what was measured before is kept" in line
    assert 0 < stored_blocks(ledger) < len(whole[1])
    assert ended(*COMMAND, *check(ledger, workers=1))[0] == 0
    assert contents(ledger) == whole


def stored_blocks(path):
    """How many blocks a ledger in use holds by now."""
    try:
        with Ledger(path, read_only=True) as ledger:
            return ledger.rows("SELECT count(*) FROM blocks")[0][0]
    except UsageError:  # it is still being made
        return 0


def heed():
    """Hear Ctrl-C even where the tests themselves run in the background."""
    signal.signal(signal.SIGINT, signal.SIG_DFL)


@pytest.fixture
def under_way(tmp_path):
    """A run of two workers that has stored some blocks."""
    ledger = tmp_path / "ledger"
    command = (*COMMAND, *check(ledger, workers=2))
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, preexec_fn=heed) as run:
        give_up = time.monotonic() + PATIENCE_SECONDS
        while stored_blocks(ledger) < STARTED:
            assert run.poll() is None
            assert time.monotonic() < give_up
            time.sleep(0.01)
        yield run, ledger
        run.kill()


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT], ids=lambda one: one.name)
def test_a_run_that_is_told_to_stop_says_so_in_one_line(under_way, number):
    run, ledger = under_way
    os.kill(run.pid, number)
    _, complaints = run.communicate(timeout=PATIENCE_SECONDS)
    assert run.returncode == INTERRUPTED
    (line,) = lines_of(complaints)
    assert line.startswith("interrupted; what was measured is kept")
    with Ledger(ledger) as kept:
        assert audit(kept) == []
    assert stored_blocks(ledger) >= STARTED


def test_a_killed_run_leaves_no_worker_and_no_word_behind(under_way):
    run, _ = under_way
    run.kill()
    # The pipe ends when the last process that could write to it does.
    _, complaints = run.communicate(timeout=PATIENCE_SECONDS)
    assert lines_of(complaints) == []
