"""Observations for figures are made once, and kept."""

from verify.engine.executors import InProcess
from verify.ledger.store import Ledger
from verify.report.figures import furusho2020, of_papers
from verify.report.figures.furusho2020 import activation_rates
from verify.report.figures.observations import Figure, Observation, observe


def test_an_observation_is_made_once_and_kept():
    one = activation_rates.observations()[0]
    small = Observation(one.measure, one.quantity, one.values, networks=2)
    figure = Figure("toy", "Toy", "A toy.", "none", lambda: [small], lambda seen: [seen[small.key]])
    told = []
    with Ledger() as ledger:
        first = observe([figure], 0, InProcess(), "cpu", ledger, told.append)
        assert len(told) == 1
        assert observe([figure], 0, InProcess(), "cpu", ledger, told.append) == first
        assert len(told) == 1
        other = observe([figure], 1, InProcess(), "cpu", ledger, told.append)
    assert len(told) == 2
    assert other[0]["panels"] != first[0]["panels"]


def test_each_paper_has_its_own_figures():
    assert of_papers(["notes2026"]) == []
    assert of_papers(["furusho2020", "furusho2020"]) == list(furusho2020.FIGURES)
    everything = of_papers(["luo2018", "furusho2020"])
    assert len({figure.id for figure in everything}) == len(everything)
