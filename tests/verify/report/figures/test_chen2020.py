"""The figure of Chen et al. (2020) draws losses and factors of the networks that it trains."""

import json

from verify.report.figures.chen2020 import FIGURES, RUNS, SHOWN


def test_it_asks_for_no_point_but_its_own_and_draws_every_arm():
    (figure,) = FIGURES
    asked = []
    drawn = figure.drawn(
        lambda point, quantity: asked.append(point) or (float(point.values["step"]), 0.1)
    )
    places = {(one.experiment.label, one.key) for one in figure.points}
    assert {(one.experiment.label, one.key) for one in asked} == places
    json.dumps(drawn, allow_nan=False)
    assert len(drawn["panels"]) == 2 * len(RUNS)
    for panel in drawn["panels"]:
        assert all(one["y"] == list(map(float, SHOWN)) for one in panel["series"])


def test_every_run_has_its_own_experiment():
    labels = [one.label for one in FIGURES[0].shows.by]
    assert len(set(labels)) == len(labels) == sum(len(runs.arms) for runs in RUNS)
    assert all(max(SHOWN) < one.setting["steps"] for one in FIGURES[0].shows.by)
