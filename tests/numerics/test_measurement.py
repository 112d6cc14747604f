import dataclasses
import sys
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

from numerics.measurement import Measurement


def measurement(values):
    return Measurement(quantity="weight of a stone", per_network=values, settings={"seed": 0})


def test_estimate_and_standard_error_are_those_of_the_sample_mean():
    stones = measurement([1.0, 2.0, 6.0])
    assert stones.networks == 3
    assert stones.estimate == 3
    # Unbiased variance 7 over 3 stones.
    assert stones.standard_error == pytest.approx((7 / 3) ** 0.5, rel=1e-15)


def test_the_leading_axis_runs_over_networks():
    layers = measurement(np.array([[1.0, 10.0], [3.0, 30.0]]))
    assert layers.estimate.tolist() == [2, 20]
    assert layers.standard_error == pytest.approx([1, 10], rel=1e-15)


def test_one_network_leaves_the_error_unknown_not_nan():
    assert measurement([5.0]).standard_error == np.inf
    assert measurement(np.ones((1, 3))).standard_error.tolist() == [np.inf] * 3


def test_a_measurement_is_frozen():
    stones = measurement([1.0, 2.0])
    with pytest.raises(dataclasses.FrozenInstanceError):
        stones.quantity = "colour"
    with pytest.raises(ValueError, match="read-only"):
        stones.per_network[0] = 7


def test_a_measurement_keeps_its_own_copy():
    values = np.array([1.0, 2.0])
    stones = measurement(values)
    values[0] = 100
    assert stones.per_network.tolist() == [1, 2]


def test_no_network_is_no_measurement():
    with pytest.raises(ValueError, match=r"^per_network of shape \(0,\): must hold at least one"):
        measurement([])


def test_a_notebook_shows_mean_error_and_settings_and_escapes_them():
    shown = Measurement(
        quantity="E|f|^2 < 1", per_network=[1.0, 2.0, 6.0], settings={"kind": "<script>"}
    )._repr_html_()
    rows = [[cell.text for cell in row] for row in ElementTree.fromstring(shown).iter("tr")]
    assert rows == [["mean", "3 ± 1.5"], ["networks", "3"], ["kind", "'<script>'"]]
    assert "<script>" not in shown


def test_a_measurement_is_printed_in_a_line():
    assert repr(measurement([1.0, 2.0, 6.0])) == "<weight of a stone: 3 ± 1.5; networks: 3>"
    wide = repr(measurement(np.ones((2, 100))))
    assert wide.endswith("1 ± 0, and 96 more; networks: 2>")
    assert wide.count("±") == 4


def test_a_table_in_a_notebook_ends_somewhere():
    assert "and 80 more" in measurement(np.ones((2, 100)))._repr_html_()


def test_networks_are_drawn_as_a_histogram_about_their_mean():
    axes = measurement([1.0, 2.0, 6.0]).plot(Figure().add_subplot())
    assert sum(bar.get_height() for bar in axes.patches) == 3
    assert axes.lines[0].get_xdata()[0] == 3
    assert axes.get_xlabel() == "weight of a stone"


def test_several_columns_are_drawn_as_means_with_their_errors():
    axes = measurement(np.array([[1.0, 10.0], [3.0, 30.0]])).plot(Figure().add_subplot())
    assert axes.lines[0].get_ydata().tolist() == [2, 20]
    (bars,) = axes.collections
    assert [segment[:, 1].tolist() for segment in bars.get_segments()] == [[1, 3], [10, 30]]
    measurement(np.ones((1, 3))).plot(Figure().add_subplot())  # whose error nobody knows
    with pytest.raises(ValueError, match=r"shape \(2, 3, 4\): must have one axis beside"):
        measurement(np.ones((2, 3, 4))).plot()


def test_a_new_figure_is_made_where_no_axes_are_given():
    matplotlib.use("Agg")
    axes = measurement([1.0, 2.0]).plot()
    matplotlib.pyplot.close(axes.figure)


def test_without_matplotlib_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        ImportError, match=r"^plot needs matplotlib: pip install 'touchstone\[repor"
    ):
        measurement([1.0, 2.0]).plot()
