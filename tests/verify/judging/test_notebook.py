"""A verdict in a notebook: in words, drawn, and escaped."""

import sys
from dataclasses import replace
from xml.etree import ElementTree

import matplotlib
import pytest
from matplotlib.figure import Figure

import verify
from theory.parameters import DEPTH
from toy_levels import only, toy


@pytest.fixture(scope="module")
def refuted():
    return verify.check(toy(DEPTH.symbol / 3, rows=[{"depth": 1}, {"depth": 2}]))


def rows(shown):
    table = ElementTree.fromstring(shown)
    return {row[0].text: "".join(row[1].itertext()) for row in table.iter("tr")}


def test_a_notebook_shows_the_verdict_in_words_and_the_counterexample(refuted):
    judgement, shown = only(refuted), rows(refuted._repr_html_())
    assert shown["verdict"] == "REFUTED"
    assert shown["in words"] == judgement.sentence
    found = judgement.counterexample
    assert shown["counterexample"].startswith(f"depth = 1: {found.theory:.4g} claimed, ")
    assert shown["source"] == str(judgement.statement.form.source)


def test_the_plot_is_a_part_of_it_and_reads_no_network(refuted):
    (image,) = ElementTree.fromstring(only(refuted)._repr_html_()).iter("img")
    assert image.get("src").startswith("data:image/png;base64,")
    assert image.get("alt") == "measured over claimed, level"


def test_the_points_are_drawn_over_what_was_claimed(refuted):
    judgement = only(refuted)
    axes = judgement.plot(Figure().add_subplot())
    claimed, measured = axes.lines[0], axes.lines[1]
    assert list(claimed.get_ydata()) == [1, 1]
    assert list(measured.get_xdata()) == [1, 2]
    expected = [point.estimate / point.theory for point in judgement.points]
    assert list(measured.get_ydata()) == pytest.approx(expected)
    assert axes.get_ylabel() == "measured / claimed"
    assert [text.get_text() for text in axes.get_legend().get_texts()] == ["claimed", "REFUTED"]


def test_a_claimed_zero_is_drawn_as_it_is():
    judgement = only(verify.check(toy(0 * DEPTH.symbol, rows=[{"depth": 1}, {"depth": 2}])))
    axes = judgement.plot(Figure().add_subplot())
    assert axes.get_ylabel() == "measured"
    assert axes.lines[1].get_ydata().tolist() == [point.estimate for point in judgement.points]


def test_what_was_not_measured_says_so(refuted):
    judgement = replace(only(refuted), trials=())
    axes = judgement.plot(Figure().add_subplot())
    assert axes.texts[0].get_text() == "nothing was measured"
    assert "<img" not in judgement._repr_html_()


def test_every_form_of_a_claim_has_a_figure(refuted):
    matplotlib.use("Agg")
    (axes,) = refuted.plot()
    assert axes.get_title() == f"{refuted.claim.id}, level: REFUTED"
    matplotlib.pyplot.close(axes.figure)


def test_markup_is_escaped(refuted):
    odd = replace(refuted, claim=replace(refuted.claim, statement="a < b & <script>"))
    assert "a &lt; b &amp; &lt;script&gt;" in odd._repr_html_()


def test_without_matplotlib_there_are_words_alone(refuted, monkeypatch):
    for name in ("matplotlib", "matplotlib.figure"):
        monkeypatch.setitem(sys.modules, name, None)
    shown = refuted._repr_html_()
    assert "REFUTED" in shown
    assert "<img" not in shown
    with pytest.raises(ImportError, match=r"^plot needs matplotlib: "):
        refuted.plot()
