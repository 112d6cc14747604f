"""A stranger's claim: a formula with the domains of its parameters, and one simulated network."""

import html
import pickle
import subprocess
import sys
from functools import partial, wraps

import numpy as np
import pytest
import sympy

import verify
from opened_pages import opened
from theory.domains import Integers, OneOf, Reals
from verify import AtMost, SignedEqual, claim, one_network
from verify.model import VarianceOf
from verify.report.document import build
from verify.report.page import render_html

CLAIMS = '''
import numpy as np
from theory.domains import Integers
from verify import claim


@claim(
    "notes2026/fourth-moment",
    lambda depth, width: (1 + 5 / width) ** depth,
    depth=Integers(1, 1), width=Integers(24, 48),
    relative_variance=lambda values: 21.5 / values["width"],
)
def fourth_moment(generator, depth, width):
    """At the initialisation of He the mean of |h_L|^4 is (1 + 5/D)^L."""
    h = np.full(width, width**-0.5)
    for _ in range(depth):
        h = np.maximum(generator.normal(scale=(2 / width) ** 0.5, size=(width, width)) @ h, 0)
    return (h @ h) ** 2


CLAIMS = (fourth_moment,)
'''


@pytest.fixture
def loaded(tmp_path, own_catalogue):
    path = tmp_path / "stranger.py"
    path.write_text(CLAIMS)
    verify.claims.load(path)
    return path


def test_it_is_a_claim_like_any_other(loaded):
    made = verify.claims["notes2026/fourth-moment"]
    assert made.statement == "At the initialisation of He the mean of |h_L|^4 is (1 + 5/D)^L."
    assert made.says[0].form(depth=1, width=25) == 1.2
    assert str(made.source.cited) == "notes (2026)"
    verdict = verify.check(made)
    assert verdict.verdict == "CONFIRMED"
    (judgement,) = verdict.judgements
    assert all(trial.point.drawn for trial in judgement.trials)
    assert {type(trial.point.parameters["width"]) for trial in judgement.trials} == {int}


def test_a_wrong_formula_is_refuted_at_a_point_that_is_reported(tmp_path, own_catalogue):
    path = tmp_path / "wrong.py"
    path.write_text(CLAIMS.replace("1 + 5 / width", "1 + 2 / width"))
    verify.claims.load(path)
    verdict = verify.check("notes2026/fourth-moment")
    assert verdict.verdict == "REFUTED"
    example = verdict.judgements[0].counterexample
    assert set(example.parameters) == {"depth", "width"}
    assert example.estimate > 1.1 * example.theory
    assert example.repeat_verdict == "REFUTED"
    document = build([verdict], [], "quick", 0)
    told = document["claims"][0]["forms"][0]["counterexample"]
    assert told["parameters"] == dict(example.parameters)
    assert told["command"] in html.unescape(opened(render_html(document)))


def test_worker_processes_find_its_simulation(loaded):
    words = ["check", "notes2026/fourth-moment", "--claims", str(loaded), "--workers", "2"]
    done = subprocess.run(
        [sys.executable, "-m", "verify", *words, "--ledger", "kept"],
        capture_output=True, text=True, check=False, timeout=120, cwd=loaded.parent,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("CONFIRMED    notes2026/fourth-moment  fourth_moment")


def root(gain):
    """The root of gain x = 1."""
    return 1 / gain


def normal(generator, gain):
    """A normal number."""
    return gain * generator.normal()


@claim("notes2026/spread", "gain**2", of="variance", gain=Reals(1, 2))
def spread(generator, gain):
    """The variance of a normal number."""
    return gain * generator.normal()


gain = sympy.Symbol("gain", positive=True)


@pytest.mark.parametrize(
    "formula",
    [
        "1 + 5/gain",
        r"1 + \frac{5}{\mathit{gain}}",
        lambda gain: 1 + 5 / gain,
        1 + 5 / gain,
        1 + 5 / sympy.Symbol("gain"),
    ],
)
def test_a_formula_is_a_text_an_expression_or_a_function_of_symbols(formula):
    form = claim("notes2026/normal", formula, gain=Reals(1, 4))(normal).says[0].form
    assert form(gain=2.0) == 3.5
    assert form.python == "normal(gain=1)"


def test_a_root_is_a_function_of_numbers():
    made = claim("notes2026/normal", root, computed=True, gain=Reals(1, 4))(normal)
    assert made.says[0].form(gain=4.0) == 0.25
    assert made.says[0].form.formula == "normal, the root of gain x = 1"


def test_a_function_of_numbers_called_with_symbols_is_told_how_to_be_declared():
    with pytest.raises(ValueError, match=r"notes2026/normal: .* needs computed=True"):
        claim("notes2026/normal", lambda gain: float(gain), gain=Reals(1, 4))(normal)


def test_a_letter_that_is_no_parameter_is_refused():
    with pytest.raises(ValueError, match="the letter width of the formula is no parameter"):
        claim("notes2026/normal", sympy.Symbol("width"), gain=Reals(1, 4))(normal)


def test_a_formula_in_latex_names_what_it_does_not_know():
    with pytest.raises(ValueError, match=r"\\frac\{\\gamma\}\{2\}': gamma is unknown; .* gain"):
        claim("notes2026/normal", r"\frac{\gamma}{2}", gain=Reals(1, 4))(normal)


def test_other_statements_and_their_terms_are_stated_alike():
    made = claim(
        "notes2026/normal", "0*gain", says=SignedEqual, unit=lambda values: 1.0, gain=Reals(1, 2)
    )(normal)
    (said,) = made.says
    assert (type(said), said.states_unit) == (SignedEqual, True)
    made = claim("luo2018/mine", "gain", says=AtMost, gain=OneOf(1, 2))(normal)
    assert (made.says[0].relation, made.source.cited.key) == ("at most", "luo2018")
    with pytest.raises(TypeError, match=r"depth = 3: must be the domain .* or a term of Equal"):
        claim("notes2026/normal", "gain", gain=Reals(1, 2), depth=3)


def test_a_claim_without_a_paper_says_so():
    assert "names no paper" in spread.notes[0]


@pytest.mark.parametrize(
    ("domain", "call"),
    [(Integers(3), 3), (Reals(0, 1, low_open=True), 0.5), (Reals(), 0.0), (OneOf("a", "b"), "a")],
)
def test_the_call_that_is_shown_is_inside_the_domain(domain, call):
    form = claim("notes2026/normal", "1", gain=domain)(normal).says[0].form
    assert form.python == f"normal(gain={call!r})"


def test_a_variance_draws_the_sample_variances_of_several_networks():
    run = {"seed": 5, "device": "cpu"}
    measure = spread.by[0].measure
    assert isinstance(measure, VarianceOf)
    ((name, drawn),) = measure({"gain": 1.0}, first_network=3, networks=2, **run).items()
    alone = measure.measure({"gain": 1.0}, first_network=96, networks=64, **run)["value"]
    assert name == spread.says[0].quantity == "variance of value"
    np.testing.assert_allclose(drawn, alone.reshape(2, 32).var(axis=1, ddof=1))
    with pytest.raises(ValueError, match="networks = 1: a variance needs two at least"):
        VarianceOf(normal, networks=1)


def test_a_variance_is_confirmed_and_refuted():
    assert verify.check(spread, gain=1.5).verdict == "CONFIRMED"
    wrong = claim("notes2026/spread", "1.2*gain**2", of="variance", gain=Reals(1, 2))(normal)
    assert verify.check(wrong, gain=1.5).verdict == "REFUTED"


class Scaled:
    """A simulation that is an instance, or a method of one."""

    def __call__(self, generator, gain):
        return gain * generator.normal()

    def draw(self, generator, gain):
        return gain * generator.normal()


def logged(simulate):
    """A decorator that keeps the name, as most do."""
    return wraps(simulate)(lambda *given, **named: simulate(*given, **named))


otherwise = one_network(logged(normal))
nameless = one_network(lambda generator, gain: gain * generator.normal())


@pytest.mark.parametrize("measure", [otherwise, nameless], ids=["decorated", "lambda"])
def test_what_has_another_name_is_sent_by_that_of_its_variable(measure):
    assert pickle.loads(pickle.dumps(measure)) is measure


@pytest.mark.parametrize(
    "simulate", [normal, partial(normal, gain=2.0), Scaled(), Scaled().draw], ids=str
)
def test_whatever_can_be_called_is_sent_to_workers(simulate):
    values = {} if isinstance(simulate, partial) else {"gain": 2.0}
    run = {"seed": 5, "first_network": 0, "networks": 3, "device": "cpu"}
    measure = one_network(simulate)
    again = pickle.loads(pickle.dumps(measure))
    np.testing.assert_array_equal(again(values, **run)["value"], measure(values, **run)["value"])
    of_claim = spread.by[0].measure
    assert pickle.loads(pickle.dumps(of_claim)) == of_claim


def test_a_term_is_a_law_of_the_point_or_a_number():
    said = {"p": OneOf(0.5), "within": 0.2}
    by_number, by_law = (
        claim("notes2026/heads", "p", largest=largest, **said)(heads)
        for largest in (1, lambda at: 1.0)
    )
    found, same = verify.check(by_number), verify.check(by_law)
    assert found.verdict == same.verdict == "CONFIRMED"
    assert [one.target for one in found.judgements[0].trials] == [
        one.target for one in same.judgements[0].trials
    ]


def heads(generator, p):
    """A coin falls heads with probability p."""
    return float(generator.random() < p)


def test_a_simulation_without_return_is_told_so():
    def forgetful(generator, p):
        generator.random()

    with pytest.raises(verify.UsageError, match="returned None: must return a number; is a return"):
        verify.check(claim("notes2026/heads", "p", p=OneOf(0.5))(forgetful))


def test_a_simulation_without_generator_is_refused_when_the_claim_is_made():
    for simulate in (lambda p: p, lambda: 1.0, lambda *, p: p):
        with pytest.raises(TypeError, match=r"heads: the first parameter of .* the generator"):
            claim("notes2026/heads", "p", p=OneOf(0.5))(simulate)
