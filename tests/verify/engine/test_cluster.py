"""A Dask cluster finds, to the bit, what one process finds, though a worker is killed meanwhile."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

import toy_claims as toys
import verify
from verify.command_line import main
from verify.engine.cluster import cluster, require_alike, send
from verify.engine.executors import result_of
from verify.errors import UsageError
from verify.judging.judge import check_all
from verify.ledger.identity import machine
from verify.ledger.store import Ledger

distributed = pytest.importorskip("distributed")

TOYS = Path(toys.__file__)
NOWHERE = "tcp://127.0.0.1:9"


@pytest.fixture(scope="module")
def running():
    """A cluster of two worker processes of one thread on this machine."""
    held = dict(vars(toys))
    with distributed.LocalCluster(
        n_workers=2, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as local:
        yield local
    # The scheduler, which is in this process, has reloaded what a client in another one sent.
    vars(toys).update(held)


def judged(report=lambda state: None, **executor):
    """All that a run writes into its ledger, less the time it took."""
    with Ledger() as ledger:
        check_all([toys.TOY], "quick", 0, None, "cpu", ledger, report=report, **executor)
        columns = "fingerprint, position, verdict"
        trials = ledger.rows(f"SELECT {columns} FROM trials ORDER BY id")
        blocks = ledger.rows("SELECT trial, block, evidence FROM blocks ORDER BY trial, block")
    return [tuple(row) for row in (*trials, *blocks)]


def test_a_cluster_that_loses_a_worker_finds_what_one_process_finds(running):
    victim = running.workers[0].pid
    told = []

    def kill_one(state):
        told.append(state)
        if len(told) == 5:
            os.kill(victim, signal.SIGKILL)

    with cluster(running.scheduler_address, [TOYS]) as executor:
        on_cluster = judged(kill_one, executor=executor)
    assert len(told) > 5
    assert on_cluster == judged()


def test_a_cluster_refuses_draws_that_repeat(running):
    repeating = toys.claim(toys.judged(), measure=toys.repeated)
    told = pytest.raises(UsageError, match="blocks repeat the same networks")
    with cluster(running.scheduler_address, [TOYS]) as executor, told:
        verify.check(repeating, executor=executor)
    assert toys.repeated is repeating.by[0].measure  # though the scheduler is in this process


def test_the_command_line_draws_on_a_cluster(running, tmp_path):
    run = subprocess.run(
        [
            *(sys.executable, "-m", "verify", "check", "furusho2020/toy", "--claims", str(TOYS)),
            *("--ledger", str(tmp_path / "ledger"), "--scheduler", running.scheduler_address),
            *("--device", "cpu"),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    told = "draws this run", "sharper: ", "report: "
    lines = run.stderr.splitlines()
    complaints = [line for line in lines if not any(one in line for one in told)]
    assert (run.returncode, complaints) == (0, [])
    assert [line.split()[0] for line in run.stdout.splitlines()] == ["CONFIRMED", "REFUTED"]


class LacksHelper:
    """The client of a cluster on which a module that the file of claims imports is missing."""

    def upload_file(self, name):
        raise ModuleNotFoundError("No module named 'helper'")


def test_a_file_that_workers_cannot_import_is_named():
    lacks = r"claims mine\.py: .* ModuleNotFoundError: No module named 'helper'; it is sent with"
    with pytest.raises(UsageError, match=lacks):
        send(LacksHelper(), Path("mine.py"))


def test_two_files_of_one_name_are_not_sent():
    files = [Path("one/mine.py"), Path("two/mine.py")]
    with (
        pytest.raises(UsageError, match=r"claims two/mine\.py: another file sent"),
        cluster(NOWHERE, files),
    ):
        pass


HELPED = """
import verify
from helper_of_a_cluster import SCALE
from theory.domains import Integers

@verify.claim(
    "notes2026/level", lambda depth: depth, depth=Integers(1), examples=[{"depth": 2}],
    within=0.2, relative_variance=lambda values: 0.1,
)
def level(generator, depth):
    return SCALE * generator.gamma(10, depth / 10)

CLAIMS = (level,)
"""


def checked(claims, scheduler):
    """The exit status of a check on a cluster, how many blocks its ledger holds, and complaints."""
    file = claims.with_name("ledger")
    ran = subprocess.run(
        [
            *(sys.executable, "-m", "verify", "check", "notes2026/level", "--at", "depth=2"),
            *("--claims", str(claims), "--ledger", str(file)),
            *("--scheduler", scheduler, "--device", "cpu"),
        ],
        capture_output=True, text=True, timeout=120,
    )  # fmt: skip
    with Ledger(file, read_only=True) as kept:
        (blocks,) = kept.rows("SELECT count(*) FROM blocks")[0]
    return ran.returncode, blocks, ran.stderr


def test_a_file_of_claims_is_sent_with_the_modules_beside_it(running, tmp_path):
    claims = tmp_path / "claims_with_a_helper.py"
    claims.write_text(HELPED.replace("helper_of_a_cluster", "helper_that_is_sent"))
    (tmp_path / "helper_that_is_sent.py").write_text("from helper_of_that import SCALE")
    (tmp_path / "helper_of_that.py").write_text("SCALE = 1.0")
    (tmp_path / "no_helper.py").write_text("raise SystemExit")
    status, _, complaint = checked(claims, running.scheduler_address)
    assert status == 0, complaint


def test_a_worker_that_outlives_an_edit_of_a_helper_draws_nothing(tmp_path, monkeypatch):
    monkeypatch.syspath_prepend(tmp_path)  # of the workers, too
    claims, helper = tmp_path / "claims_of_a_cluster.py", tmp_path / "helper_of_a_cluster.py"
    claims.write_text(HELPED)

    def check(scheduler):
        return checked(claims, scheduler)

    with distributed.LocalCluster(
        n_workers=1, threads_per_worker=1, processes=True, dashboard_address=":0"
    ) as local:
        helper.write_text("SCALE = 1.0")
        status, before, complaint = check(local.scheduler_address)
        assert (status, before > 0) == (0, True), complaint
        helper.write_text("SCALE = 2.0")
        status, after, complaint = check(local.scheduler_address)
    assert (status, after) == (2, before), complaint
    assert "helper_of_a_cluster: has changed, and the process that draws holds" in complaint


def test_a_call_that_kills_its_workers_is_one_line(running, monkeypatch):
    monkeypatch.setattr(running.scheduler, "allowed_failures", 0)
    with cluster(running.scheduler_address, [TOYS]) as executor:
        deadly = executor.submit(toys.die)
        with pytest.raises(UsageError, match="the call: lost by its workers"):
            result_of(deadly, lambda: "the call")


def refused(capfd, *words):
    with TemporaryDirectory() as folder:
        kept = ("--ledger", f"{folder}/ledger")
        with pytest.raises(SystemExit) as end:
            main(["check", "furusho2020/fastest-learning-rate", *kept, *words])
    assert end.value.code == 2
    (line,) = capfd.readouterr().err.splitlines()
    return line


def test_a_scheduler_that_does_not_answer_is_one_line(capfd, monkeypatch):
    monkeypatch.setattr("verify.engine.cluster.PATIENCE_SECONDS", 0.5)
    assert f"--scheduler {NOWHERE}: no Dask scheduler answers" in refused(
        capfd, "--scheduler", NOWHERE
    )


@pytest.mark.parametrize("address", ["nowhere", "tcp://", "ftp://127.0.0.1:9", ""])
def test_an_address_that_is_none_is_one_line(capfd, monkeypatch, address):
    monkeypatch.setattr("verify.engine.cluster.PATIENCE_SECONDS", 0.5)
    assert "no Dask scheduler answers" in refused(capfd, "--scheduler", address)


def test_workers_and_scheduler_exclude_each_other(capfd):
    line = refused(capfd, "--scheduler", NOWHERE, "--workers", "2")
    assert "--workers: not together with --scheduler" in line


def test_without_dask_the_extra_is_named(capfd, monkeypatch):
    monkeypatch.setitem(sys.modules, "distributed", None)
    assert "touchstone[cluster]" in refused(capfd, "--scheduler", NOWHERE)


def test_a_cluster_without_workers_is_one_line(monkeypatch):
    monkeypatch.setattr("verify.engine.cluster.PATIENCE_SECONDS", 0.5)
    with (
        distributed.LocalCluster(n_workers=0, host="127.0.0.1", dashboard_address=":0") as empty,
        pytest.raises(UsageError, match="has no workers"),
        cluster(empty.scheduler_address),
    ):
        pass


@pytest.mark.parametrize("package", ["numpy", "scipy", "torch", "touchstone"])
def test_a_worker_with_another_version_of_a_library_is_named(package):
    workers = {"tcp://a": machine(), "tcp://b": {**machine(), package: "0.0.1"}}
    with pytest.raises(UsageError, match=rf"tcp://b has {package} 0\.0\.1, .* here; install"):
        require_alike("tcp://host:8786", workers)
