"""The figure of Zhang et al. (2022) draws where bounds say something, and what networks do."""

import json
import math

import pytest

from theory.residual_scaling import forward_upper_bound_printed
from verify.engine.executors import InProcess
from verify.ledger.store import Ledger
from verify.report.figures.figure import draw
from verify.report.figures.zhang2022 import EXCESSES, FIGURES, KAPPAS, WIDEST, regions


def seen(point, quantity):
    """No network but every other leaves any bound."""
    return (0.5, 0.1) if point.values["excess"] < 1 else (0.0, 0.0)


def labelled(panel):
    return {one["label"]: one for one in panel["series"]}


def test_it_asks_for_no_point_but_its_own_and_leaves_shares_of_0_out():
    (figure,) = FIGURES
    asked = []
    drawn = figure.drawn(lambda point, quantity: asked.append(point) or seen(point, quantity))
    assert {one.key for one in asked} == {one.key for one in figure.points}
    json.dumps(drawn, allow_nan=False)
    measured = [one for one in drawn["panels"][2]["series"] if one["kind"] == "measured"]
    assert [one["x"] for one in measured] == [[c for c in EXCESSES if c < 1]] * 2
    assert all(set(one["y"]) == {0.5} for one in measured)


def test_above_the_edge_of_a_region_the_bound_is_below_1_and_beneath_it_is_not():
    upper, lower, *_ = regions.drawn(seen)["panels"]
    for kappa, label in KAPPAS.items():
        edge = labelled(upper)[label]
        assert edge["y"][0] == WIDEST
        assert edge["x"][0] == edge["x"][1] == pytest.approx(math.expm1(2 * kappa**2))
        for c, width in zip(edge["x"][1:], edge["y"][1:], strict=True):
            if width > 2:
                values = [
                    forward_upper_bound_printed(width=m, depth=4, tau=kappa / 2, excess=c)
                    for m in (math.floor(width), math.ceil(width))
                ]
                assert values[0] >= 1 >= values[1]
    # At tau = 1/sqrt(L) Theorem 2 says something of ten samples from 126 units on.
    edge = labelled(lower)["τ = 1/sqrt(L)"]
    assert edge["x"][1] == pytest.approx(1 - math.exp(-4))
    assert edge["y"][1] == pytest.approx(126, abs=0.5)


def test_the_least_norm_of_a_product_is_that_of_the_best_net():
    *_, norms = regions.drawn(seen)["panels"]
    curve = labelled(norms)["least that the steps of Theorem 1 allow"]
    assert curve["y"][-1] == pytest.approx(1280, rel=1e-3)
    assert curve["y"][0] < 1.1 < curve["y"][20]


def test_networks_keep_to_the_bounds_and_come_near_the_limit_of_depth():
    with Ledger() as ledger:
        (drawn,) = draw([regions], 0, InProcess(), "cpu", ledger, lambda state: None)
    found = labelled(drawn["panels"][2])
    for label, bound in (
        ("a unit start", "the best that its proof gives"),
        ("the own start", "the same from the own start"),
    ):
        bounds = dict(zip(found[bound]["x"], found[bound]["y"], strict=True))
        one = found[label]
        for c, share, error in zip(one["x"], one["y"], one["standard_error"], strict=True):
            assert share <= bounds[c] + 4 * error
    exact = dict(zip(EXCESSES, found["at infinite depth, unit start"]["y"], strict=True))
    shares = dict(zip(found["a unit start"]["x"], found["a unit start"]["y"], strict=True))
    assert shares[0.5] == pytest.approx(exact[0.5], abs=0.06)
    # Further out the own start, which varies by itself, leaves 1 + c more often.
    own = dict(zip(found["the own start"]["x"], found["the own start"]["y"], strict=True))
    assert own[1.0] > 1.2 * shares[1.0]
