"""Figures 9 to 11 of Furusho (2020): every cell and curve is drawn from a point of its own."""

import json

from verify.report.figures.furusho2020_training import (
    FREQUENCIES,
    REGULARISERS,
    UPDATES,
    learnt_digits,
    learnt_sines,
)


def test_maps_have_a_cell_for_each_frequency_and_update():
    def seen(point, quantity):
        values = point.parameters
        return (1000 * values["frequency"] + values["update"], 0.0)

    panels = [one for one in learnt_sines.drawn(seen)["panels"] if "map" in one]
    assert [one["title"] for one in panels] == [f"Fig 10: {name}" for name in REGULARISERS]
    for panel in panels:
        drawn = panel["map"]
        assert drawn["values"] == [[1000 * k + t for t in UPDATES] for k in FREQUENCIES]
        assert (drawn["x"], drawn["y"]) == (list(UPDATES), list(FREQUENCIES))


def test_a_cell_that_was_not_seen_is_empty():
    drawn = learnt_sines.drawn(lambda point, quantity: None)
    json.dumps(drawn, allow_nan=False)
    assert {cell for row in drawn["panels"][-1]["map"]["values"] for cell in row} == {None}


def test_what_is_fitted_of_wrong_labels_is_drawn_beside_the_accuracies():
    panels = learnt_digits.drawn(lambda point, quantity: (float(len(quantity)), 0.1))["panels"]
    assert [one["title"] for one in panels] == list(REGULARISERS)
    for panel in panels:
        levels = [set(series["y"]) for series in panel["series"]]
        names = ("training accuracy", "wrong labels fitted", "test accuracy")
        assert levels == [{float(len(name))} for name in names]
