"""The figures of Luo et al. (2018) draw what was observed, beside what the paper says."""

import json
import math

import pytest

from verify.report.figures.luo2018 import BATCH_SIZES, FIGURES, penalties, trajectories
from verify.report.figures.observations import observed

OBSERVED = (1.5, 0.1)


class Everything(dict):
    """Every quantity was observed alike."""

    def __missing__(self, quantity):
        return OBSERVED


@pytest.fixture
def seen():
    return {one.key: Everything() for figure in FIGURES for one in figure.observations()}


def series(figure, seen, kind):
    return [s for p in figure.drawn(seen)["panels"] for s in p["series"] if s["kind"] == kind]


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.id)
def test_a_figure_draws_what_it_observes_beside_curves(figure, seen):
    found = series(figure, seen, "measured")
    assert found
    for one in found:
        assert len(one["x"]) == len(one["y"]) == len(one["standard_error"])
        by_size = [1.5 * size for size in BATCH_SIZES]
        assert one["y"] in ([1.5] * len(one["x"]), by_size)
    json.dumps(figure.drawn(seen), allow_nan=False)
    curves = series(figure, seen, "theory")
    assert curves
    assert all(len(one["x"]) == len(one["y"]) for one in curves)


def test_the_corrected_penalty_lies_on_what_is_measured():
    seen = {one.key: observed(one, 0, "cpu") for one in penalties.observations()}
    (corrected,) = series(penalties, seen, "corrected")
    _, measured = series(penalties, seen, "measured")
    (printed,) = series(penalties, seen, "printed")
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
    (one,) = {one.key: one for one in trajectories.observations()}.values()
    seen = {one.key: observed(one, 0, "cpu")}
    for panel in trajectories.drawn(seen)["panels"]:
        solved, simulated = panel["series"]
        off = zip(solved["y"][1:], simulated["y"], simulated["standard_error"], strict=True)
        assert all(math.isclose(a, b, rel_tol=0.01, abs_tol=5 * error) for a, b, error in off)
