"""A prediction that is no formula: what an ODE gives is held against runs read off over time."""

import json

import numpy as np
import pytest
import sympy
from scipy.integrate import solve_ivp

import verify
from theory.computed import computed
from theory.domains import Reals
from theory.parameters import Parameter
from toy_claims import form
from verify import Claim, Equal, Experiment
from verify.report.document import build
from verify.report.page import render_html

OVERLAP = Parameter("overlap", "R", Reals(0, 1), "overlap with the teacher at the start", (0, 1))
TIME = Parameter("time", "t", Reals(0), "time", (0, 2))
R, t = OVERLAP.symbol, TIME.symbol
STEP = 1 / 64
"""Of the students; their mean lies off the solution by as much, in order."""

velocity = form(1 - R, "overlap_velocity", (OVERLAP,))
velocity_printed = form(1 - R / 2, "overlap_velocity_printed", (OVERLAP,))


def solution(name, of, **terms):
    """The overlap that a velocity leads to."""
    made = computed(
        name=name, paper="luo2018", where="eq 10", status="printed", parameters=(OVERLAP, TIME),
        symbol=sympy.Function("R")(t), of=(of,), **terms,
    )  # fmt: skip
    return made(solved)


def solved(velocity, *, overlap, time):
    """The overlap at time t, the solution of eq 10."""
    if time == 0:
        return overlap
    found = solve_ivp(
        lambda _, state: [velocity.expr.subs(R, state[0])], (0, time), [overlap],
        rtol=1e-10, atol=1e-12,
    )  # fmt: skip
    return found.y[0, -1]


overlap_over_time = solution("overlap_over_time", velocity)
overlap_over_time_printed = solution(
    "overlap_over_time_printed", velocity_printed, superseded_by="overlap_over_time"
)


def students(values, *, seed, first_network, networks, device):
    """Students that are pulled towards the teacher, each step more or less, read off over time."""
    times = np.array(values["time"])
    last = round(times.max() / STEP)
    drawn = []
    for network in range(first_network, first_network + networks):
        pulls = np.random.default_rng([seed, network]).uniform(0, 2 * STEP, size=last)
        overlaps = 1 - (1 - values["overlap"]) * np.cumprod([1, *(1 - pulls)])
        drawn.append(overlaps[np.rint(times / STEP).astype(int)])
    return {"overlap": np.array(drawn)}


online = Experiment("students", students, reads=("time",))


@pytest.fixture(scope="module")
def verdict():
    claim = Claim(
        "luo2018/toy-overlap",
        "The overlap with the teacher follows eq 10.",
        says=Equal.each(
            "overlap",
            overlap_over_time_printed,
            overlap_over_time,
            remainder=lambda values: STEP,
            largest=lambda values: 1.0,
            relative_variance=lambda values: 0.02,
        ),
        by=online,
        examples=[{"overlap": 0.25, "time": time} for time in (0.5, 1.0)],
        within=0.03,
    )
    return verify.check(claim)


def test_the_solution_is_confirmed_and_that_of_a_wrong_velocity_is_refuted(verdict):
    printed, right = verdict.judgements
    assert (printed.verdict, right.verdict) == ("REFUTED", "CONFIRMED")
    exact = [1 - 0.75 * np.exp(-time) for time in (0.5, 1.0)]
    assert [trial.target.value for trial in right.trials] == pytest.approx(exact, rel=1e-8)
    found = printed.counterexample
    assert found.parameters["overlap"] == 0.0  # made simple
    assert found.corrected == pytest.approx(1 - np.exp(-found.parameters["time"]), rel=1e-8)


def test_what_is_read_off_over_time_is_one_run(verdict):
    (run,) = {trial.point.run for judgement in verdict.judgements for trial in judgement.trials}
    assert json.loads(run) == {"overlap": 0.25}


def test_its_mutants_are_those_of_the_velocity(verdict):
    outcomes = {one.change: one.outcome for one in verdict.judgements[1].mutants}
    assert outcomes["overlap_velocity: -R → R"] == "refuted"
    assert outcomes["overlap_velocity: 1 - R → 2 - R"] == "refuted"
    assert set(outcomes.values()) == {"refuted"}


def test_it_is_reported_as_the_solution_that_it_is(verdict):
    document = build([verdict], [], "quick", 0)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    _, right = document["claims"][0]["forms"]
    assert right["latex"] == (
        r"R{\left(t \right)}\text{, the overlap at time t, the solution of eq 10}"
    )
    assert "the overlap at time t, the solution of eq 10" in render_html(document)
