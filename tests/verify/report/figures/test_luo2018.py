"""The figures of Luo et al. (2018) draw what was observed, beside what the paper says."""

import json
import math

import pytest

from verify.engine.executors import InProcess
from verify.ledger.store import Ledger
from verify.report.figures.figure import draw
from verify.report.figures.luo2018 import BATCH_SIZES, FIGURES, penalties, trajectories
from verify.report.figures.luo2018_networks import FIGURES as OF_NETWORKS


def seen(point, quantity):
    """Everything was observed alike."""
    return 1.5, 0.1


def simulated(figure):
    with Ledger() as ledger:
        (drawn,) = draw([figure], 0, InProcess(), "cpu", ledger, lambda state: None)
    return drawn


def series(drawn, kind):
    return [one for panel in drawn["panels"] for one in panel["series"] if one["kind"] == kind]


@pytest.mark.parametrize(
    "figure", [one for one in FIGURES if one not in OF_NETWORKS], ids=lambda figure: figure.id
)
def test_a_figure_draws_what_it_observes_beside_curves(figure):
    drawn = figure.drawn(seen)
    found = series(drawn, "measured")
    assert found
    for one in found:
        assert len(one["x"]) == len(one["y"]) == len(one["standard_error"])
        by_size = [1.5 * size for size in BATCH_SIZES]
        assert one["y"] in ([1.5] * len(one["x"]), by_size)
    json.dumps(drawn, allow_nan=False)
    curves = series(drawn, "theory")
    assert curves
    assert all(len(one["x"]) == len(one["y"]) for one in curves)


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.id)
def test_a_figure_asks_for_no_point_but_its_own(figure):
    asked = []
    figure.drawn(lambda point, quantity: asked.append(point) or (1.5, 0.1))
    assert {one.key for one in asked} == {one.key for one in figure.points}


def test_the_corrected_penalty_lies_on_what_is_measured():
    drawn = simulated(penalties)
    (corrected,) = series(drawn, "corrected")
    _, measured = series(drawn, "measured")
    (printed,) = series(drawn, "printed")
    errors = dict(zip(measured["x"], measured["standard_error"], strict=True))
    means = dict(zip(measured["x"], measured["y"], strict=True))
    assert corrected["x"] == list(means)
    for size, right in zip(corrected["x"], corrected["y"], strict=True):
        assert abs(means[size] - right) < 5 * errors[size]
    # The paper prints its approximation for M > 32.
    assert printed["x"] == [size for size in means if size > 32]
    for size, wrong in zip(printed["x"], printed["y"], strict=True):
        assert abs(means[size] - wrong) > 20 * errors[size]


def test_students_of_real_weights_follow_the_equations():
    for panel in simulated(trajectories)["panels"]:
        solved, found = panel["series"]
        off = zip(solved["y"][1:], found["y"], found["standard_error"], strict=True)
        assert all(math.isclose(a, b, rel_tol=0.01, abs_tol=5 * error) for a, b, error in off)
