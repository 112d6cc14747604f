"""A script: kill a check at so many random moments, go on with it each time, and let it end.

python killed_runs.py TIMES LEDGER check ... --ledger LEDGER ...

Runs are forks of a process that has made such a run, and so imported everything, which takes
seconds.  Exits with the status of the last run, or 99 if a run ended before it could be killed.
"""

import os
import random
import signal
import sys
import tempfile
import time
from contextlib import redirect_stdout, suppress
from pathlib import Path

from verify.command_line import main
from verify.errors import UsageError
from verify.ledger.store import Ledger

TOO_LATE = 99
PATIENCE_SECONDS = 30


def stored_blocks(path):
    """How many blocks a ledger in use holds by now."""
    try:
        with Ledger(path, read_only=True) as ledger:
            return ledger.rows("SELECT count(*) FROM blocks")[0][0]
    except UsageError:  # it is still being made
        return 0


def import_all(words, ledger):
    """Make such a run on a ledger that is thrown away."""
    with tempfile.TemporaryDirectory() as folder, suppress(SystemExit), redirect_stdout(None):
        main([f"{folder}/ledger" if word == str(ledger) else word for word in words])


def killed(words, ledger, blocks, seconds):
    """Whether a run was killed so many seconds after it had stored so many further blocks."""
    awaited = stored_blocks(ledger) + blocks
    run = os.fork()
    if run == 0:
        main(words)
    give_up = time.monotonic() + PATIENCE_SECONDS
    while stored_blocks(ledger) < awaited and time.monotonic() < give_up:
        time.sleep(seconds)
    time.sleep(seconds)
    os.kill(run, signal.SIGKILL)
    _, status = os.waitpid(run, 0)
    return os.WIFSIGNALED(status)


def killed_often(times, words, ledger):
    """Whether runs were killed so often: some before their first block, some after a few."""
    chance = random.Random(times)
    return all(
        killed(words, ledger, chance.randrange(4), chance.uniform(0.001, 0.02))
        for _ in range(times)
    )


if __name__ == "__main__":
    times, ledger, words = int(sys.argv[1]), Path(sys.argv[2]), sys.argv[3:]
    import_all(words, ledger)
    if not killed_often(times, words, ledger):
        sys.exit(TOO_LATE)
    main(words)
