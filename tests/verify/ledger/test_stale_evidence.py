"""Evidence dies with whatever it rests on: code, constants and files, of a file or typed in."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from verify.ledger.store import Ledger

CLAIMS = """
from pathlib import Path
from theory.domains import Integers
import verify
{above}

@verify.claim(
    "notes2026/level", lambda depth: depth, depth=Integers(1), examples=[{{"depth": 2}}],
    within=0.2, relative_variance=lambda values: 0.1,
)
def level(generator, depth):
    return {scale} * generator.gamma(10, depth / 10)

CLAIMS = (level,)
"""

RUN = """
from verify.claims import load
load("claims_of_mine.py")
from claims_of_mine import level
"""
"""Begins a session: `judge` prints the verdict of a claim by the ledger of its folder."""

HERE = "Path(__file__).with_name('scale.txt')"
AWAY = "Path(__file__).parent / 'away' / 'scale.txt'"

# What the claims file has above its claim, its scale, and the file that holds the number.
RESTS_ON = {
    "its own text": ("SCALE = 1.0", "SCALE", "claims_of_mine.py"),
    "a float of a module": ("from scale_of_mine import SCALE", "SCALE", "scale_of_mine.py"),
    "a module's float": ("import scale_of_mine as s", "s.SCALE", "scale_of_mine.py"),
    "two imports deep": ("from near_mine import scale", "scale()", "scale_of_mine.py"),
    "a package": ("from package_of_mine.outer import f", "f()", "package_of_mine/inner.py"),
    "a late import": ("", "__import__('scale_of_mine').SCALE", "scale_of_mine.py"),
    "data at import": (f"SCALE = float(({HERE}).read_text())", "SCALE", "scale.txt"),
    "data away at import": (f"SCALE = float(({AWAY}).read_text())", "SCALE", "away/scale.txt"),
    "data beside it": ("", f"float(({HERE}).read_text())", "scale.txt"),
    "data away": ("", f"float(({AWAY}).read_text())", "away/scale.txt"),
    "data of a helper": ("from data_mine import scale", "scale()", "scale.txt"),
}

ONCE = {"a late import", "data beside it", "data away", "data of a helper"}
"""Of these it is not known beforehand that they are read: what is drawn counts for one run."""

HELPERS = {
    "near_mine.py": "from far_mine import scale",
    "far_mine.py": "import scale_of_mine\ndef scale(): return scale_of_mine.SCALE",
    "package_of_mine/__init__.py": "",
    "package_of_mine/outer.py": "from . import inner\ndef f(): return inner.SCALE",
    "data_mine.py": (
        "from functools import cache\nfrom pathlib import Path\n"
        f"@cache\ndef scale(): return float(({HERE}).read_text())"
    ),
}


@pytest.fixture(scope="module")
def server():
    """A process that runs sessions in forks of its own."""
    script = Path(__file__).with_name("forked_sessions.py")
    with subprocess.Popen(
        [sys.executable, str(script)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process
        process.stdin.close()


@pytest.fixture
def folder(tmp_path, monkeypatch):
    """A folder with claims and helpers; writes what it is told to."""
    monkeypatch.chdir(tmp_path)

    def write(name, text):
        file = tmp_path / name
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)

    for name, text in HELPERS.items():
        write(name, text)
    return write


@pytest.fixture
def session(server, tmp_path):
    """Runs a text as a Python session of its own in the folder: lines that it prints."""

    def run(text, says=None):
        print(json.dumps([str(tmp_path), text]), file=server.stdin, flush=True)
        done = json.loads(server.stdout.readline())
        assert done["status"] == 0, done["err"]
        if says is not None:
            assert says in done["err"]
        return done["out"].splitlines()

    return run


def holding(name, scale):
    return {".py": f"SCALE = {scale}", ".txt": f"{scale}"}[Path(name).suffix]


def blocks(ledger):
    with Ledger(ledger, read_only=True) as kept:
        return len(kept.rows("SELECT * FROM blocks"))


@pytest.mark.parametrize(
    ("rests_on", "workers"),
    [*((one, 1) for one in RESTS_ON), ("two imports deep", 2), ("data away", 2)],
)
def test_no_evidence_outlives_what_it_rests_on(folder, session, rests_on, workers):
    above, scale, file = RESTS_ON[rests_on]
    text = CLAIMS.format(above=above, scale=scale)
    folder("claims_of_mine.py", text)
    if file != "claims_of_mine.py":
        folder(file, holding(file, 1.0))
    judge = f"{RUN}\njudge(level, workers={workers})"
    assert session(judge) == ["CONFIRMED"]
    first = blocks("ledger")
    assert session(judge) == ["CONFIRMED"]
    assert blocks("ledger") == first
    assert (first == 0) == (rests_on in ONCE)
    if file == "claims_of_mine.py":
        folder(file, text.replace("= 1.0", "= 2.0"))
    else:
        folder(file, holding(file, 2.0))
    assert session(judge) == ["REFUTED"]


def test_what_is_read_as_it_draws_is_told_to_count_once(folder, session):
    folder("claims_of_mine.py", CLAIMS.format(above="", scale=f"float(({HERE}).read_text())"))
    folder("scale.txt", "1.0")
    line = "scale.txt as it draws: what is drawn counts in this run alone"
    assert session(f"{RUN}\njudge(level)", says=line) == ["CONFIRMED"]


def test_data_that_was_edited_in_a_session_is_read_again(folder, session):
    folder("claims_of_mine.py", CLAIMS.format(above="", scale=f"float(({HERE}).read_text())"))
    folder("scale.txt", "1.0")
    edit = "open('scale.txt', 'w').write('2.0')"
    assert session(f"{RUN}\njudge(level)\n{edit}\njudge(level)") == ["CONFIRMED", "REFUTED"]


def test_data_that_was_edited_and_is_held_is_no_evidence(folder, session):
    folder("claims_of_mine.py", CLAIMS.format(above="from data_mine import scale", scale="scale()"))
    folder("scale.txt", "1.0")
    edit = "open('scale.txt', 'w').write('2.0')"
    first, second = session(f"{RUN}\njudge(level)\n{edit}\njudge(level)")
    assert first == "CONFIRMED"
    assert "scale.txt: has changed since the process that draws read it" in second


# Code without a file -----------------------------------------------------------------------------

TYPED = """
import numpy as np, verify
from theory.domains import Integers
from verify import Claim, Equal, Experiment, one_network
from theory import ClosedForm, Paper
from theory.parameters import Parameter
DEPTH = Parameter("depth", "L", Integers(1), "depth", (1, 9))
FORM = ClosedForm(
    name="level", expr=DEPTH.symbol, parameters=(DEPTH,), where="eq 1", status="derived",
    paper=Paper("notes2026", ("A. Reader",), "Levels", 2026, "notes"),
)
def claim(measure):
    return Claim(
        "notes2026/level", "The level.", by=Experiment("levels", measure), within=0.2,
        says=Equal("value", FORM, relative_variance=lambda values: 0.1), examples=[{"depth": 2}],
    )
SCALE = 1.0
def scale(): return 1.0
"""

REDEFINED = {
    "a simulation": (
        "@one_network\ndef level(generator, depth): return 1.0 * generator.gamma(10, depth / 10)",
        "@one_network\ndef level(generator, depth): return 2.0 * generator.gamma(10, depth / 10)",
    ),
    "a global": (
        "@one_network\ndef level(generator, depth): return SCALE * generator.gamma(10, depth / 10)",
        "SCALE = 2.0",
    ),
    "a helper": (
        "@one_network\ndef level(generator, depth):\n"
        "    return scale() * generator.gamma(10, depth / 10)",
        "def scale(): return 2.0",
    ),
    "a global of a batch": (
        "def level(values, *, seed, first_network, networks, device):\n"
        "    drawn = [np.random.default_rng([seed, k]).gamma(10, values['depth'] / 10)\n"
        "        for k in range(first_network, first_network + networks)]\n"
        "    return {'value': SCALE * np.array(drawn)}",
        "SCALE = 2.0",
    ),
}


@pytest.mark.parametrize("redefined", REDEFINED)
def test_nothing_is_given_of_what_was_redefined_in_a_session(folder, session, redefined):
    before, after = REDEFINED[redefined]
    text = f"{TYPED}\n{before}\njudge(claim(level))\n{after}\njudge(claim(level))"
    assert session(text) == ["CONFIRMED", "REFUTED"]


def test_within_one_check_what_was_typed_in_is_one_measurement(folder, session):
    measure = REDEFINED["a global of a batch"][0]
    assert session(f"{TYPED}\nSCALE = 2.0\n{measure}\njudge(claim(level))") == ["REFUTED"]
    with Ledger("ledger", read_only=True) as kept:
        assert len(kept.rows("SELECT DISTINCT measured FROM trials")) == 1


# Code that outlives its file ---------------------------------------------------------------------

EDIT = "open('scale_of_mine.py', 'w').write('SCALE = 2.0')"
AGAIN = "import importlib, sys; importlib.reload(sys.modules['scale_of_mine'])"


@pytest.fixture
def deep(folder):
    """Claims whose scale stands two imports deep."""
    above, scale, file = RESTS_ON["two imports deep"]
    folder("claims_of_mine.py", CLAIMS.format(above=above, scale=scale))
    folder(file, holding(file, 1.0))


@pytest.mark.parametrize("shown", ["", "import linecache; linecache.getlines('scale_of_mine.py')"])
def test_a_session_whose_helper_was_edited_draws_nothing_by_the_old_text(deep, session, shown):
    first, second = session(f"{RUN}\njudge(level)\n{EDIT}\n{shown}\njudge(level)")
    assert first == "CONFIRMED"
    assert "scale_of_mine: " in second
    assert "has changed since it was imported; start Python" in second
    assert session(f"{RUN}\njudge(level)") == ["REFUTED"]


def test_a_helper_that_was_loaded_again_is_measured_anew(deep, session):
    assert session(f"{RUN}\njudge(level)\n{EDIT}\n{AGAIN}\njudge(level)") == [
        "CONFIRMED",
        "REFUTED",
    ]
    assert session(f"{RUN}\njudge(level)") == ["REFUTED"]


def test_a_constant_that_a_session_sets_in_a_module_is_told_apart(deep, session):
    words = "import scale_of_mine\nscale_of_mine.SCALE = 2.0\njudge(level)"
    assert session(f"{RUN}\njudge(level)\n{words}") == ["CONFIRMED", "REFUTED"]
    assert session(f"{RUN}\n{words}") == ["REFUTED"]
    assert session(f"{RUN}\njudge(level)") == ["CONFIRMED"]


def test_a_worker_that_outlives_an_edit_of_a_helper_draws_nothing(deep, session):
    first, second = session(f"""
{RUN}
from verify.engine.executors import opened
with opened(2) as workers:
    judge(level, executor=workers)
    {EDIT}
    {AGAIN}
    judge(level, executor=workers)
""")
    assert first == "CONFIRMED"
    assert "scale_of_mine: has changed, and the process that draws holds another text" in second
    assert session(f"{RUN}\njudge(level)") == ["REFUTED"]
