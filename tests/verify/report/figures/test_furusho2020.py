"""The figures of Furusho (2020) draw what was observed, beside what the paper says."""

import pytest

from theory import fisher
from verify.report.figures.furusho2020 import FIGURES


def seen(point, quantity):
    """Everything was observed alike."""
    return 1.5, 0.1


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.id)
def test_a_figure_draws_what_it_observes(figure):
    drawn = figure.drawn(seen)
    measured = [
        series
        for panel in drawn["panels"]
        for series in panel["series"]
        if series["kind"] == "measured"
    ]
    maps = [panel["map"]["values"] for panel in drawn["panels"] if "map" in panel]
    assert measured or maps
    assert {cell for values in maps for row in values for cell in row} <= {1.5, None}
    for series in measured:
        limit = fisher.second_moment_product_resnet(layer=3, depth=5)
        assert set(series["y"]) <= {1.5, 1.5 / limit - 1}
        assert len(series["x"]) == len(series["y"])
        assert figure.id == "figure-8" or len(series["x"]) == len(series["standard_error"])


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.id)
def test_a_figure_asks_for_no_point_but_its_own(figure):
    asked = []
    figure.drawn(lambda point, quantity: asked.append(point) or (1.5, 0.1))
    assert {(one.experiment.label, one.key) for one in asked} == {
        (one.experiment.label, one.key) for one in figure.points
    }


def test_printed_and_corrected_curves_part_where_the_theorem_is_wrong():
    panels = {figure.id: figure.drawn(seen)["panels"] for figure in FIGURES}
    batch_norm = next(one for one in panels["figure-16a"] if "batch norm" in one["title"])
    curves = {one["kind"]: one["y"] for one in batch_norm["series"] if one["kind"] != "measured"}
    assert curves["printed"][0] == pytest.approx(curves["corrected"][0])
    assert all(a < b for a, b in zip(curves["printed"][1:], curves["corrected"][1:], strict=True))
