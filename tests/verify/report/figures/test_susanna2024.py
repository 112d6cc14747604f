"""Figures of Susanna (2024): columns as printed, kept in the file and in float32; surfaces."""

import json

from theory.weight_paths.tables import measured_draws
from verify.report.figures.susanna2024 import DEPTHS, FIGURES, SIDE, SINGLE


def test_it_asks_for_its_own_points_and_draws_what_is_printed_and_kept():
    figure, _ = FIGURES
    asked = []
    drawn = figure.drawn(lambda point, quantity: asked.append(point) or (1e-6, 1e-7))
    assert {one.key for one in asked} == {one.key for one in figure.points}
    json.dumps(drawn, allow_nan=False)
    of = {one["label"]: one for panel in drawn["panels"] for one in panel["series"]}
    assert of["C10k-B13c, printed"]["y"][0] == 0.1925
    assert of["C10k-C12c, printed"]["y"][5:] == [None] * 4  # prints 0 there
    kept = measured_draws()[32768, "C10k-B13c"]
    assert of["C10k-B13c, float64"]["y"][-1] == sum(kept) / len(kept)
    assert of["C10k-B13c, float64"]["x"] == DEPTHS
    assert of["C10k-C12c, float32"]["x"] == list(SINGLE)
    assert set(of["C10k-C12c, float32"]["y"]) == {1e-6}


def test_each_surface_has_its_cells_where_they_were_measured():
    _, figure = FIGURES
    asked = []

    def seen(point, quantity):
        asked.append(point)
        return float(point.values["place"]), 0.0

    drawn = figure.drawn(seen)
    json.dumps(drawn, allow_nan=False)
    assert [point.key for point in asked] == [point.key for point in figure.points]
    assert [panel["map"]["values"][3][5] for panel in drawn["panels"]] == [3 * SIDE + 5] * 3
    assert drawn["panels"][0]["map"]["x"][SIDE // 2] == 0
