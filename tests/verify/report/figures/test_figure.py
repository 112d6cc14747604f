"""What figures show is drawn by the engine that judges, once, block by block into the ledger."""

import json

import numpy as np
import pytest

import verify
from verify.engine.executors import InProcess, opened
from verify.judging.audit import audit
from verify.ledger.store import Ledger
from verify.model import Checked, Claim, Experiment
from verify.relations import Observed
from verify.report.figures import furusho2020, of_papers
from verify.report.figures.figure import CUT_SHORT, Figure, at, draw, line, measured_series

NETWORKS = 400


def levels(values, *, seed, first_network, networks, device):
    """Numbers about the depth, an entry an epoch; every network has its own."""
    drawn = [
        np.random.default_rng([seed, network]).normal(values["depth"], 1.0)
        for network in range(first_network, first_network + networks)
    ]
    return {"level": np.add.outer(drawn, values["epochs"])}


EXPERIMENT = Experiment("levels", levels, reads=("epochs",))


def shown(by=EXPERIMENT, networks=NETWORKS):
    says = Observed("level", networks=networks)
    return Claim("luo2018/levels", "The level.", says=says, by=by)


LEVELS = shown()


def figure(name="toy", *, shows=LEVELS, by=EXPERIMENT, depths=(2, 3)):
    points = [at(by, depth=depth, epochs=epochs) for depth in depths for epochs in (1, 5)]
    x = [point.values["depth"] + point.values["epochs"] for point in points]

    def panels(seen):
        series = [line("exact", "theory", x, x), measured_series("met", x, points, "level", seen)]
        return [{"title": "Levels", "series": series}]

    return Figure(name, "Toy", "A toy.", "nowhere", shows, points, panels)


class Counted(InProcess):
    """An executor that counts its calls."""

    calls = 0

    def submit(self, *call):
        self.calls += 1
        return super().submit(*call)


def drawn(ledger, *figures, seed=0, executor=None, report=lambda state: None, **terms):
    by = executor or InProcess()
    return draw(figures or (figure(),), seed, by, "cpu", ledger, report, **terms)


def test_a_figure_shows_the_mean_and_its_error_of_all_networks():
    with Ledger() as ledger:
        (found,) = drawn(ledger)
    exact, measured = found["panels"][0]["series"]
    assert measured["x"] == exact["x"] == [3, 7, 4, 8]
    for mean, truth, error in zip(
        measured["y"], exact["y"], measured["standard_error"], strict=True
    ):
        assert error == pytest.approx(NETWORKS**-0.5, rel=0.2)
        assert abs(mean - truth) < 5 * error


def test_what_is_read_off_one_run_is_drawn_once_and_kept(tmp_path):
    told, executor = [], Counted()
    with Ledger(tmp_path / "ledger") as ledger:
        first = drawn(ledger, executor=executor, report=told.append)
        blocks = executor.calls
        assert blocks == 2 * 10
        assert told[-1].networks == 2 * NETWORKS
        assert (told[-1].done, told[-1].total) == (4, 4)
    with Ledger(tmp_path / "ledger") as ledger:
        assert drawn(ledger, executor=executor) == first
        assert executor.calls == blocks
        other = drawn(ledger, executor=executor, seed=1)
        assert audit(ledger) == []
    assert executor.calls == 2 * blocks
    assert other[0]["panels"] != first[0]["panels"]


def test_figures_that_show_the_same_share_their_points():
    executor = Counted()
    with Ledger() as ledger:
        one, other = drawn(ledger, figure("one"), figure("other", depths=(3, 4)), executor=executor)
    assert executor.calls == 3 * 10
    shared = [found["panels"][0]["series"][1] for found in (one, other)]
    assert shared[0]["y"][2:] == shared[1]["y"][:2]


def test_a_killed_run_goes_on_inside_an_observation(tmp_path):
    class Killed(Exception):
        pass

    def kill(state):
        if state.networks == 7 * NETWORKS // 10:
            raise Killed

    executor = Counted()
    with Ledger(tmp_path / "ledger") as ledger, pytest.raises(Killed):
        drawn(ledger, report=kill)
    with Ledger(tmp_path / "ledger") as ledger, Ledger() as fresh:
        assert drawn(ledger, executor=executor) == drawn(fresh)
    assert executor.calls == 20 - 7


def test_processes_draw_the_same_figure():
    with Ledger() as ledger, Ledger() as other, opened(2, None) as pool:
        assert drawn(ledger, executor=pool) == drawn(other)


def test_where_no_draw_meets_the_assumptions_nothing_is_shown():
    def shallow(values, **run):
        drawn = levels(values, **run)
        return {**drawn, "shallow": np.full_like(drawn["level"], values["depth"] < 3)}

    checked = Experiment(
        "levels", shallow, reads=("epochs",), meets={"shallow": Checked("shallow")}
    )
    shows = shown(checked)
    with Ledger() as ledger:
        (found,) = drawn(ledger, figure(shows=shows, by=checked))
    assert found["panels"][0]["series"][1]["x"] == [3, 7]
    json.dumps(found, allow_nan=False)


def test_a_figure_that_time_cuts_short_says_so_and_is_completed_later(tmp_path):
    executor = Counted()
    with Ledger(tmp_path / "ledger") as ledger:
        (none,) = drawn(ledger, executor=executor, deadline=0.0)
        assert executor.calls == 0
        assert none["panels"][0]["series"][1]["x"] == []
        assert none["caption"] == f"A toy.{CUT_SHORT}"
        (whole,) = drawn(ledger)
    assert whole["caption"] == "A toy."
    assert len(whole["panels"][0]["series"][1]["x"]) == 4


def test_a_single_draw_has_no_error_bar():
    shows = shown(networks=1)
    with Ledger() as ledger:
        (found,) = drawn(ledger, figure(shows=shows))
    assert found["panels"][0]["series"][1]["standard_error"] == [0.0] * 4
    json.dumps(found, allow_nan=False)


def test_no_figure_takes_a_share_of_the_alpha_of_a_claim():
    shown = {figure.shows.id for figure in of_papers(["luo2018", "furusho2020"])}
    assert shown
    assert shown.isdisjoint(verify.claims)


def test_each_paper_has_its_own_figures():
    assert of_papers(["notes2026"]) == []
    assert of_papers(["furusho2020", "furusho2020"]) == list(furusho2020.FIGURES)
    everything = of_papers(["luo2018", "furusho2020"])
    assert len({figure.id for figure in everything}) == len(everything)


SHOWN = {figure.shows.id: figure.shows for figure in of_papers(["furusho2020", "luo2018"])}


@pytest.mark.parametrize("shows", SHOWN.values(), ids=SHOWN)
def test_what_figures_show_is_measured_as_their_points_are_set(shows):
    # One run of each kind: another depth or width is no other call.
    kinds = {}
    figures = [one for one in of_papers([shows.paper]) if one.shows is shows]
    for point in (point for figure in figures for point in figure.points):
        reads = point.experiment.reads
        named = [(k, v) for k, v in point.values.items() if isinstance(v, str) and k not in reads]
        runs = kinds.setdefault((point.experiment.label, *named), {})
        runs.setdefault(point.run, []).append(point)
    for runs in kinds.values():
        points = next(iter(runs.values()))
        experiment = points[0].experiment
        reads = {name: tuple(one.values[name] for one in points) for name in experiment.reads}
        found = experiment.measure(
            {**points[0].values, **reads}, seed=1, first_network=0, networks=2, device="cpu"
        )
        wanted = {said.quantity for said in shows.says if said.applies(points[0])}
        assert wanted
        assert wanted <= set(found)
        if reads:
            assert {found[name].shape for name in wanted} == {(2, len(points))}
