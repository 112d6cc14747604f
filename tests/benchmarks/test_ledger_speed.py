"""`ledger info` of 100,000 trials against that of 25,000: its cost grows with them, no faster."""

import sqlite3
import subprocess
import sys
import time
from contextlib import closing

import verify

SIZES = (10, 25_000, 100_000)
ALLOWED = 2
"""Times four, beyond a start of the command: the machine's own share."""

MEGABYTES = 300
TURNS = 3
TITLE = "ledger info: seconds, its start apart"
TRIALS = (
    "fingerprint, claim, form, point, seed, budget, device, position, measured, target, block_size,"
    " pilot, verdict, allowed_draws, touchstone, machine"
)

MEASURED = """
from pathlib import Path
from verify.command_line import main
try:
    main()
finally:
    import sys
    print(*[line.split()[1] for line in Path("/proc/self/status").read_text().splitlines()
            if line.startswith("VmHWM")], file=sys.stderr)
"""
"""The command, and its most memory in kB, which Linux counts from its start on."""


@verify.claim("notes2026/uniform", "1/2 + 0*width", width=verify.Integers(1, 9))
def uniform(generator, width):
    return generator.random()


def grown(path, size):
    """A ledger of trials of one block, those of a run copied until they are that many."""
    verify.check(uniform, ledger=path, workers=1)
    with closing(sqlite3.connect(path)) as ledger, ledger:
        (first,) = ledger.execute("SELECT count(*) FROM trials").fetchone()
        copied = TRIALS.replace("fingerprint", "fingerprint || '-' || n").replace("seed", "n")
        ledger.execute(
            "WITH RECURSIVE copies(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM copies WHERE n < ?)"
            f" INSERT INTO trials ({TRIALS}) SELECT {copied} FROM trials, copies",
            [-(-size // first) - 1],
        )
        ledger.execute(
            "INSERT INTO blocks SELECT new.id, block, evidence, seconds, digest FROM trials AS new"
            " JOIN trials AS old ON old.fingerprint"
            " = substr(new.fingerprint, 1, length(new.fingerprint) - length(new.seed) - 1)"
            " JOIN blocks ON blocks.trial = old.id AND block = 0"
        )
        return ledger.execute("SELECT count(*) FROM trials").fetchone()[0]


def cost(path):
    """Seconds and megabytes of the command."""
    start = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-c", MEASURED, "ledger", "info", "--ledger", str(path)],
        check=True, capture_output=True, text=True,
    )  # fmt: skip
    return time.perf_counter() - start, int(done.stderr) / 1024


def test_a_large_ledger_is_described_in_time_and_memory_that_grow_with_it(tmp_path, report):
    paths = [tmp_path / f"{size}.sqlite" for size in SIZES]
    trials = [grown(path, size) for path, size in zip(paths, SIZES, strict=True)]
    turns = [[cost(path) for path in paths] for _ in range(TURNS)]
    (start, _), *costs = (min(of_path) for of_path in zip(*turns, strict=True))
    for count, (seconds, megabytes) in zip(trials[1:], costs, strict=True):
        cells = {"trials": f"{count:,}", "seconds": f"{seconds - start:.2f}"}
        report(TITLE, **cells, megabytes=f"{megabytes:.0f}")
    (small, _), (large, most) = costs
    assert large - start < ALLOWED * (small - start) * trials[2] / trials[1]
    assert most < MEGABYTES
