"""A heat map of training runs, with its boundary: the map is shown, the boundary judged."""

import json
from dataclasses import replace

import numpy as np
import pytest

import verify
from theory.domains import Integers
from theory.parameters import DEPTH
from toy_claims import L, form
from verify import Claim, Equal, Experiment, HeatMap, UsageError
from verify.engine.executors import InProcess
from verify.judging.audit import audit
from verify.ledger.store import Ledger
from verify.report.document import build
from verify.report.figures.figure import draw
from verify.report.figures.heat_map import of_claims
from verify.report.page import render_html

STEPS = 50
RATES = tuple(np.geomspace(0.05, 8, 12))


def trained(values, *, seed, first_network, networks, device):
    """Gradient descent on w -> a w^2/2 from w = 1, 2/a uniform in [1/L, 3/L].

    The critical rate is the highest on a grid, which steps by `factor`, that ends below its start.
    """
    depth = values["depth"]
    curvatures = np.array([
        2 / (np.random.default_rng([seed, network]).uniform(1, 3) / depth)
        for network in range(first_network, first_network + networks)
    ])  # fmt: skip

    def losses(rates):
        ends = np.multiply.outer(curvatures, rates)
        return curvatures[:, None] / 2 * np.minimum(np.abs(1 - ends), 1.2) ** (2 * STEPS)

    drawn = {}
    if "learning_rate" in values:
        drawn["loss"] = losses(np.array(values["learning_rate"]))
    else:
        grid = values["highest"] * values["factor"] ** -np.arange(200.0)
        converged = losses(grid) < curvatures[:, None] / 2
        drawn["critical rate"] = np.where(converged, grid, 0).max(axis=1)
    return drawn


descent = Experiment(
    "gradient descent, 50 steps",
    trained,
    over={"depth": Integers(1, 20)},
    sizes=lambda at, within: {"factor": 1 + within / 4, "highest": 8 / at["depth"]},
)
largest_rate = form(2 / L, "largest_rate")
TERMS = {
    "remainder": lambda values: values["factor"] - 1,
    "largest": lambda values: values["highest"],
    "relative_variance": lambda values: 0.1,
}
LINES = (largest_rate, form(4 / L, "twice_the_rate", (DEPTH,)))
MAP = HeatMap(
    x="depth", y="learning_rate", colour="loss", boundaries=("critical rate",), runs=5, lines=LINES,
    at={"depth": range(1, 9), "learning_rate": RATES},
)  # fmt: skip


def boundary(*says, figures=MAP, by=descent):
    return Claim(
        "furusho2020/toy-boundary",
        "Gradient descent diverges at rates above 2/L.",
        says=says or (Equal("critical rate", largest_rate, **TERMS),),
        by=by,
        examples=[{"depth": depth} for depth in (2, 4, 8)],
        within=0.1,
        figures=figures,
    )


def drawn(claim, ledger):
    return draw(of_claims([claim]), 0, InProcess(), "cpu", ledger, lambda state: None)


@pytest.fixture(scope="module")
def figures():
    with Ledger() as ledger:
        found = drawn(boundary(), ledger)
        assert audit(ledger) == []
    return found


def test_the_boundary_is_judged_and_no_other_is():
    wrong = form(2.5 / L, "wrong_rate", superseded_by="largest_rate")
    says = Equal.each("critical rate", wrong, largest_rate, **TERMS)
    verdict = verify.check(boundary(*says))
    assert {j.statement.name: j.verdict for j in verdict.judgements} == {
        "wrong_rate": "REFUTED", "largest_rate": "CONFIRMED",
    }  # fmt: skip
    example = verdict.judgements[0].counterexample
    assert example.parameters == {"depth": 1}
    assert example.corrected == 2
    assert example.repeat_verdict == "REFUTED"


def test_every_cell_is_the_mean_of_so_many_runs(figures):
    (figure,) = figures
    (panel,) = figure["panels"]
    shown = panel["map"]
    assert (shown["x"], len(shown["y"]), shown["label"]) == (list(range(1, 9)), 12, "loss")
    values = np.array(shown["values"])
    assert values.shape == (12, 8)
    for row, rate in enumerate(shown["y"]):
        for column, depth in enumerate(shown["x"]):
            if rate > 3.05 / depth:
                assert values[row, column] > depth
            elif rate < 0.95 / depth:
                assert values[row, column] < depth


def test_the_boundary_on_the_map_is_that_of_its_networks(figures):
    series = {one["label"]: one for one in figures[0]["panels"][0]["series"]}
    assert set(series) == {"largest rate", "twice the rate", "critical rate"}
    assert series["largest rate"]["y"] == [2 / depth for depth in range(1, 9)]
    found, errors = (series["critical rate"][name] for name in ("y", "standard_error"))
    for depth, rate, error in zip(range(1, 9), found, errors, strict=True):
        assert 0.95 / depth < rate <= 3 / depth
        assert error > 0
    drawn_at = of_claims([boundary()])[0].points
    assert len({point.run for point in drawn_at}) == 8
    assert len(drawn_at) == 8 * (12 + 1)


def test_a_map_is_drawn_once_and_kept(tmp_path, figures):
    with Ledger(tmp_path / "ledger") as ledger:
        first = drawn(boundary(), ledger)
    with Ledger(tmp_path / "ledger") as ledger:

        class Idle(InProcess):
            def submit(self, *call):
                raise AssertionError("what is kept is not drawn again")

        again = draw(of_claims([boundary()]), 0, Idle(), "cpu", ledger, lambda state: None)
    assert first == again == figures


def test_it_takes_no_share_of_the_alpha_of_its_claim():
    (figure,) = of_claims([boundary()])
    assert figure.shows.id == "furusho2020/toy-boundary-map-1"
    assert all(not one.decides for one in figure.shows.says)
    assert of_claims([boundary(figures=())]) == []


def test_it_is_reported_in_json_and_html(figures):
    document = build([verify.check(boundary())], figures, "quick", 0)
    assert json.loads(json.dumps(document, allow_nan=False)) == document
    page = render_html(document)
    assert "loss over depth and learning rate" in page
    assert "loss (shades); largest rate (theory); " in page
    assert "critical rate (measured)" in page


def test_every_experiment_has_a_map_of_its_own():
    both = boundary(by=(descent.given("wide", width=9), descent.given("narrow", width=3)))
    with Ledger() as ledger:
        (figure,) = drawn(both, ledger)
    assert [panel["title"] for panel in figure["panels"]] == ["wide", "narrow"]


def test_a_map_may_be_drawn_by_experiments_that_judge_nothing():
    wide = descent.given("wide", width=9)
    with Ledger() as ledger:
        (figure,) = drawn(boundary(figures=replace(MAP, by=(wide,))), ledger)
    assert [panel["title"] for panel in figure["panels"]] == ["wide"]


def test_the_quick_budget_draws_the_coarse_map():
    coarse = boundary(figures=replace(MAP, coarse={"depth": (1, 4)}))
    seen = {
        budget: {point.parameters["depth"] for point in of_claims([coarse], budget)[0].points}
        for budget in ("quick", "standard")
    }
    assert seen == {"quick": {1, 4}, "standard": set(range(1, 9))}


def test_what_cannot_be_drawn_is_named():
    with pytest.raises(ValueError, match="coarse: must hold two values of depth"):
        replace(MAP, coarse={"depth": (1,)})
    for at in ({"depth": [1, 2]}, {"depth": [1, 2], "learning_rate": [1, 1]}):
        with pytest.raises(ValueError, match="at: must hold two values of learning_rate"):
            HeatMap(x="depth", y="learning_rate", colour="loss", runs=5, at=at)
    with pytest.raises(ValueError, match="runs = 0: must be at least 1"):
        HeatMap(x="depth", y="learning_rate", colour="loss", runs=0, at=MAP.at)
    with pytest.raises(ValueError, match=r"figures = \('loss',\): must hold a HeatMap"):
        boundary(figures=["loss"])
    deep = {**MAP.at, "depth": (30, 40)}
    nowhere = HeatMap(x="depth", y="learning_rate", colour="loss", runs=5, at=deep)
    with pytest.raises(UsageError, match="50 steps: runs at no depth of its heat map"):
        of_claims([boundary(figures=nowhere)])
