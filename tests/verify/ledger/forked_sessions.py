"""A script: run each Python session that it is told of in a fork of its own.

Each line of its input is a JSON object of a folder and a text, each line of its output one of what
the session printed, its complaints and its exit status.  Forks are of a process that has imported
everything, which takes seconds; a session's code has no file, as what is typed in.
"""

import json
import os
import sys
import tempfile
import traceback
import types

import verify.claims
import verify.model.simulation
from verify.engine.executors import opened
from verify.engine.session import Session
from verify.errors import UsageError
from verify.evidence.accounting import BUDGETS
from verify.ledger.store import Ledger
from verify.points import at
from verify.relations.said import spoken

QUICK = BUDGETS["quick"]


def judge(claim, workers=1, executor=None):
    """Print the verdict of a claim's one form at one point, by the ledger of the folder."""
    with Ledger("ledger") as ledger, opened(None if executor else workers, executor) as drawing:
        session = Session(QUICK, 0, "cpu", ledger, drawing, lambda progress: None)
        try:
            (run,) = session.judge([(claim, spoken(claim.says, at(claim, {"depth": 2}, QUICK)))])
        except UsageError as error:
            print(error)
        else:
            print(*(trial.verdict for trial in run.trials))


def session(folder, text):
    """What the session of a fork printed, its complaints and its exit status."""
    with tempfile.TemporaryFile("w+") as out, tempfile.TemporaryFile("w+") as err:
        child = os.fork()
        if child == 0:
            os.dup2(out.fileno(), 1)
            os.dup2(err.fileno(), 2)
            os._exit(ran(folder, text))
        _, status = os.waitpid(child, 0)
        out.seek(0)
        err.seek(0)
        return {"out": out.read(), "err": err.read(), "status": os.waitstatus_to_exitcode(status)}


def ran(folder, text):
    """The exit status of a session."""
    os.chdir(folder)
    sys.path.insert(0, folder)
    main = sys.modules["__main__"] = types.ModuleType("__main__")
    main.judge = judge
    try:
        exec(compile(text, "<session>", "exec"), vars(main))
    except Exception:
        traceback.print_exc()
        return 1
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
    return 0


if __name__ == "__main__":
    list(verify.claims)
    for line in sys.stdin:
        print(json.dumps(session(*json.loads(line))), flush=True)
