"""Figures 8 to 13 of Furusho (2020): every cell and curve is drawn from a point of its own."""

import json

import numpy as np
import pytest

from numerics.regularisation import Toy
from numerics.regularisation.training import latent_path
from verify.report.figures.furusho2020_training import (
    FREQUENCIES,
    HIGHEST,
    REGULARISERS,
    SAMPLES,
    STEPS,
    UPDATES,
    images_along_the_path,
    learnt_digits,
    learnt_sines,
    path_of_digits,
    toy_example,
)


def test_targets_are_drawn_over_the_inputs_of_the_toy_example():
    def seen(point, quantity):
        place = "frequency" if "coefficient" in quantity else "sample"
        return point.values[place] + 1000 * ("noisy" in quantity), 0.0

    of_inputs, of_frequencies = toy_example.drawn(seen)["panels"]
    assert Toy().samples == SAMPLES
    for panel, x in ((of_inputs, Toy().inputs), (of_frequencies, FREQUENCIES)):
        noisy, exact = panel["series"]
        assert noisy["x"] == exact["x"] == pytest.approx(list(x))
        assert exact["y"] == list(range(len(x)))
        assert noisy["y"] == [1000 + number for number in range(len(x))]


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


def test_outputs_are_drawn_over_the_latent_variable_and_coefficients_over_the_frequency():
    def seen(point, quantity):
        values = point.values
        place = values["step"] if quantity == "output" else values["frequency"]
        return place + 1000 * REGULARISERS.index(values["regulariser"]), 0.1

    panels = path_of_digits.drawn(seen)["panels"]
    assert STEPS == latent_path.POINTS
    latent = np.linspace(-latent_path.FARTHEST, latent_path.FARTHEST, STEPS)
    for number in range(4):
        (outputs,), (spectrum,) = (panels[place]["series"] for place in (number, number + 4))
        assert outputs["x"] == pytest.approx(list(latent))
        assert outputs["y"] == [1000 * number + step for step in range(STEPS)]
        assert spectrum["x"] == list(range(1, HIGHEST + 1))
        assert spectrum["y"] == [1000 * number + k for k in spectrum["x"]]


def test_images_stand_upright_each_about_its_latent_variable():
    def seen(point, quantity):
        return 100 * point.values["step"] + point.values["pixel"], 0.0

    latent = np.linspace(-2, 2, STEPS)
    shown = []
    for panel in images_along_the_path.drawn(seen)["panels"]:
        values, x = np.array(panel["map"]["values"], float), np.array(panel["map"]["x"])
        assert np.diff(x) == pytest.approx(np.full(len(x) - 1, x[1] - x[0]))
        for first in range(0, len(x), 9):
            image, middle = values[::-1, first : first + 8], x[first : first + 8].mean()
            step = int(image[0, 0]) // 100
            shown.append(step)
            assert (image == 100 * step + np.arange(64).reshape(8, 8)).all()
            assert middle == pytest.approx(latent[step])
        assert np.isnan(values[:, 8::9]).all()
    assert shown == list(range(0, STEPS, 11))
