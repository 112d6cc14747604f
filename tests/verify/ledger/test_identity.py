"""One measurement is told from another by everything that it depends on, and by nothing else."""

import functools
import importlib
import os
import subprocess
import sys
from types import FunctionType

import numpy as np
import pytest

import verify
from verify.claims.terms import measure_nothing
from verify.errors import UsageError
from verify.ledger.identity import Identities
from verify.model import OfNumerics

pytestmark = pytest.mark.usefixtures("own_catalogue")


def name_of(measure, file=None):
    """What one check calls a measurement."""
    return Identities().of(measure, file).name


def measure(values, *, bias=0.0, **terms):
    return bias


class Biased:
    """A measurement with a state of its own."""

    def __init__(self, bias):
        self.bias = bias

    def __call__(self, values, **terms):
        return self.bias

    def measure(self, values, **terms):
        return self.bias


def closure(bias):
    return lambda values, **terms: bias


def with_default(bias):
    return lambda values, bias=bias, **terms: bias


MAKERS = {
    "partial by keyword": lambda bias: functools.partial(measure, bias=bias),
    "partial by place": lambda bias: functools.partial(measure, bias),
    "partial of a partial": lambda bias: functools.partial(functools.partial(measure, bias=bias)),
    "partial of our own": lambda bias: functools.partial(measure_nothing, bias=bias),
    "instance": Biased,
    "method": lambda bias: Biased(bias).measure,
    "closure": closure,
    "default": with_default,
    "nested": lambda bias: functools.partial(measure, Biased([closure(bias)])),
}


@pytest.mark.parametrize("make", MAKERS.values(), ids=MAKERS)
@pytest.mark.parametrize("biases", [(0.0, 1e-9), (np.zeros(3), np.full(3, 1e-9))], ids=type)
def test_what_a_measurement_is_made_with_belongs_to_it(make, biases):
    none, some = biases
    assert name_of(make(none)) == name_of(make(none))
    assert name_of(make(none)) != name_of(make(some))


def test_functions_that_share_a_line_and_a_name_are_told_apart():
    one, other = (lambda values, **_: 1), (lambda values, **_: 2)
    assert name_of(one) != name_of(other)


def test_the_name_begins_with_where_the_function_is_defined():
    for made in (measure, functools.partial(measure, 1.0)):
        assert name_of(made).startswith(f"{__name__}.measure ")


def test_touchstones_own_are_known_by_its_version():
    for claim in verify.claims.values():
        for experiment in claim.by:
            measure = experiment.measure
            place = measure if isinstance(measure, FunctionType) else type(measure)
            named = f"{place.__module__}.{place.__name__}"
            if isinstance(measure, OfNumerics):
                named = measure.function.replace(":", ".")
            assert name_of(measure).split()[0] == named


def test_touchstones_own_do_not_hang_on_what_else_is_loaded(module):
    def ours(**fixed):
        return OfNumerics("numerics.order_parameters:measure_drift", fixed=fixed)

    before = [name_of(one) for one in (ours(), ours(norm=1.0), ours(norm=measure_nothing))]
    mine = module("beside_them", "def measure(values, **terms):\n    return {}\n")
    after = [name_of(one) for one in (ours(), ours(norm=1.0), ours(norm=measure_nothing))]
    assert name_of(mine.measure) not in after
    assert len({*before, *after}) == 4
    assert [one == other for one, other in zip(before, after, strict=True)] == [True, True, False]
    assert Identities().of(ours()).known is None


@pytest.fixture
def module(tmp_path, monkeypatch):
    """Writes and imports modules of a folder of their own."""
    monkeypatch.syspath_prepend(tmp_path)

    def write(name, text):
        (tmp_path / f"{name}.py").write_text(text)
        importlib.invalidate_caches()
        return importlib.import_module(name)

    return write


@pytest.mark.parametrize(
    "line",
    ["import helper_of_mine", "from helper_of_mine import drawn", "import helper_of_mine as h"],
)
def test_a_helper_that_was_edited_makes_another_measurement_once_it_is_loaded(module, line):
    module("helper_of_mine", "def drawn(): return 1")
    mine = module("measures_of_mine", f"{line}\ndef measure(values, **terms): return 0").measure
    before = name_of(mine)
    assert name_of(mine) == before
    helper = module("helper_of_mine", "def drawn(): return 20")
    with pytest.raises(UsageError, match=r"helper_of_mine: .* has changed since it was imported"):
        name_of(mine)
    importlib.reload(helper)
    assert name_of(mine) != before


def test_a_class_that_was_edited_makes_another_measurement(module):
    text = "class Measure:\n    def __call__(self, values, **terms): return {}"
    written = module("measures_of_mine", text.format(1))
    before = name_of(written.Measure())
    module("measures_of_mine", text.format(20))
    assert name_of(importlib.reload(written).Measure()) != before


def test_a_function_that_was_put_in_anothers_place_makes_another_measurement(module):
    helper = module("helper_of_mine", "def drawn(): return 1")
    text = "import helper_of_mine\ndef measure(values, **terms): return helper_of_mine.drawn()"
    mine = module("measures_of_mine", text).measure
    before = name_of(mine)
    helper.drawn = lambda: 2
    assert name_of(mine) != before


def test_a_constant_is_known_by_its_value_where_some_function_names_it(module):
    text = "SCALE = {}\nNAMED_BY_NO_FUNCTION = {}\ndef measure(values, **terms): return SCALE"
    mine = module("measures_of_mine", text.format([1.0], 1))
    before = name_of(mine.measure)
    vars(mine)["NAMED_BY_NO_FUNCTION"] = 2
    assert name_of(mine.measure) == before
    for scale in (1.0, [2.0], np.ones(1), np.ones(2), {"scale": 1.0}):
        mine.SCALE = scale
        assert name_of(mine.measure) != before
    mine.SCALE = [1.0]
    assert name_of(mine.measure) == before


def test_the_file_that_a_claim_was_loaded_from_belongs_to_it(tmp_path):
    file = tmp_path / "claims_of_mine.py"
    names = []
    for text in ("BIAS = 1", "BIAS = 2"):
        file.write_text(text)
        names.append(name_of(measure_nothing, file))
    names.append(name_of(measure_nothing))
    assert len(set(names)) == 3


TYPED = """
from verify.ledger.identity import Identities
from verify.model import OfNumerics
def measure(values, **terms):
    return {}
print(*(one.of(measure).name for one in 2 * [Identities()] + [Identities()]))
"""


@pytest.mark.parametrize("way", ["-c", "-"])
def test_what_was_typed_in_is_one_measurement_in_one_check_alone(way):
    words = [sys.executable, way, *([TYPED] if way == "-c" else [])]
    ran = subprocess.run(words, input=TYPED, capture_output=True, text=True, check=True)
    once, again, later = ran.stdout.replace("__main__.measure ", "").split()
    assert once == again != later


@pytest.fixture
def copied(tmp_path, copy_packages):
    """A copy of Touchstone's own code, and what a process that imports the copy calls it."""
    copy_packages(tmp_path)

    def own_code():
        line = "from verify.ledger.identity import own_code; print(own_code())"
        words = [sys.executable, "-c", line]
        environment = {**os.environ, "PYTHONPATH": str(tmp_path)}
        ran = subprocess.run(
            words, cwd=tmp_path, env=environment, capture_output=True, text=True, check=True
        )
        return ran.stdout

    return tmp_path, own_code


RESTS_ON = (
    "theory",
    "numerics",
    "verify/evidence",
    "verify/relations",
    "verify/claims",
    "verify/judging",
)
SHOWS = ("verify/report", "verify/command_line", "verify/engine")


def test_a_line_three_folders_deep_changes_what_a_verdict_rests_on(copied):
    folder, own_code = copied
    deep = [folder / package / "one" / "two" / "three.py" for package in RESTS_ON]
    for file in deep:
        file.parent.mkdir(parents=True)
        file.write_text("VALUE = 1\n")
    before = own_code()
    assert own_code() == before
    for file in deep:
        file.write_text("VALUE = 2\n")
        assert own_code() != before
        file.write_text("VALUE = 1\n")


def test_a_number_in_a_data_file_changes_what_a_verdict_rests_on(copied):
    folder, own_code = copied
    table = folder / "theory" / "one" / "table.csv"
    table.parent.mkdir()
    table.write_text("1.42\n")
    before = own_code()
    table.write_text("1.43\n")
    assert own_code() != before


@pytest.mark.parametrize("package", SHOWS)
def test_a_line_of_what_shows_a_verdict_keeps_the_evidence(copied, package):
    folder, own_code = copied
    before = own_code()
    file = folder / package / "__init__.py"
    file.write_text(file.read_text() + "\n# another line\n")
    assert own_code() == before
