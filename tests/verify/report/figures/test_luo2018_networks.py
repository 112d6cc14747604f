"""Figures 4 to 7 of Luo et al. (2018) draw what small networks show."""

import json

import numpy as np
import pytest

from verify.claims.batch_norm import trends
from verify.report.figures.luo2018_networks import FIGURES, SIZES, finetuned, further, trained


@pytest.mark.parametrize("figure", FIGURES, ids=lambda figure: figure.id)
def test_it_asks_for_its_own_points_and_draws_all_of_them(figure):
    asked = set()

    def seen(point, quantity):
        assert quantity in {said.quantity for said in figure.shows.says}
        asked.add((point.experiment.label, point.key))
        return 1.5, 0.1

    drawn = figure.drawn(seen)
    assert asked == {(one.experiment.label, one.key) for one in figure.points}
    json.dumps(drawn, allow_nan=False)
    for panel in drawn["panels"]:
        for one in panel["series"]:
            assert len(one["x"]) == len(one["y"]) == len(one["standard_error"]) > 1
    labels = [one.label for one in figure.shows.by]
    assert len(set(labels)) == len(labels)


def test_what_hangs_on_the_batch_size_is_drawn_over_it():
    (figure,) = (one for one in FIGURES if one.id == "luo2018-5")
    sizes = figure.drawn(lambda point, _: (point.setting["batch_size"], 0.0))["panels"]
    assert all(one["x"] == one["y"] == list(SIZES) for panel in sizes for one in panel["series"])


@pytest.mark.parametrize(
    ("claim", "read"), [(trained, {"look": (1,)}), (finetuned, {"state": (2, 0)})]
)
def test_each_point_of_a_run_has_a_column(claim, read):
    small = {"width": 1, "samples": 16, "batch_size": 8, "updates": 2, "looks": 1, "finetuned": 1}
    one = claim.by[0]
    setting = {name: small.get(name, value) for name, value in one.setting.items()}
    run = {"seed": 1, "first_network": 0, "networks": 2, "device": "cpu"}
    found = one.measure({**setting, **read}, **run)
    assert {said.quantity for said in claim.says} <= set(found)
    (columns,) = map(len, read.values())
    assert all(rows.shape == (2, columns) and np.isfinite(rows).all() for rows in found.values())
    if claim is finetuned:
        judged = trends.finetuning.by[0].measure(dict(setting), **run)
        norms = judged[f"{trends.KERNELS[0]}: {trends.BEFORE} < {trends.FROZEN}"]
        np.testing.assert_array_equal(found[trends.KERNELS[0]], norms[:, ::-1])
    assert further in finetuned.by
