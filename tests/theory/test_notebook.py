import sys
import warnings
from dataclasses import replace
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest
from matplotlib.figure import Figure

import theory
from theory import fisher, residual_scaling


def rows(form):
    table = ElementTree.fromstring(form._repr_html_())
    return {row[0].text: row[1].text for row in table.iter("tr")}


def test_a_notebook_shows_formula_domain_status_and_source():
    shown = rows(fisher.mean_eigenvalue_resnet)
    assert shown["formula"] == f"$\\displaystyle {fisher.mean_eigenvalue_resnet.latex}$"
    assert shown["status"] == "printed"
    assert shown["source"] == "Furusho (2020), Theorem 6, eq 27"
    assert shown["depth (L)"] == "an integer >= 1; number L of residual blocks"


def test_a_refuted_form_says_so_and_why():
    shown = rows(fisher.mean_eigenvalue_bn_printed)
    assert shown["status"] == "printed; refuted, use mean_eigenvalue_bn"
    assert shown["kind"] == "wrong assumption"


@pytest.mark.parametrize("form", theory.catalogue(), ids=lambda form: form.id)
def test_every_form_is_well_formed_html(form):
    assert {"formula", "status", "source"} <= rows(form).keys()


def test_markup_in_words_is_escaped():
    form = replace(fisher.mean_eigenvalue_resnet, assumptions=("<script>", "a & b"))
    assert rows(form)["assumes"] == "<script>; a & b"
    assert "<script>" not in form._repr_html_()


def test_a_form_is_drawn_over_the_parameter_that_is_a_sequence():
    axes = fisher.mean_eigenvalue_resnet.plot(Figure().add_subplot(), depth=range(1, 50))
    (line,) = axes.lines
    depth = np.arange(1, 50)
    assert np.array_equal(line.get_xdata(), depth)
    assert np.array_equal(line.get_ydata(), fisher.mean_eigenvalue_resnet(depth=depth))
    assert axes.get_yscale() == "log"
    assert axes.get_xlabel() == "depth"


def test_others_are_held_and_named():
    form = fisher.mean_eigenvalue_stochastic_depth
    axes = form.plot(Figure().add_subplot(), depth=3, survival=np.linspace(0, 1, 5))
    (line,) = axes.lines
    assert np.array_equal(line.get_ydata(), form(depth=3, survival=np.linspace(0, 1, 5)))
    assert line.get_label() == "mean_eigenvalue_stochastic_depth, depth = 3"
    assert axes.get_yscale() == "linear"


def test_forms_share_axes_and_a_refuted_one_says_so_without_a_warning():
    axes = Figure().add_subplot()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for form in (fisher.mean_eigenvalue_bn_printed, fisher.mean_eigenvalue_bn):
            assert form.plot(axes, depth=[1, 2, 3]) is axes
    labels = [line.get_label() for line in axes.lines]
    assert labels == ["mean_eigenvalue_bn_printed (refuted)", "mean_eigenvalue_bn"]


def test_what_overflows_is_left_out():
    axes = fisher.mean_eigenvalue_resnet.plot(Figure().add_subplot(), depth=[1, 10_000])
    assert np.isnan(axes.lines[0].get_ydata()).tolist() == [False, True]


def test_a_computed_form_is_drawn_alike():
    form = residual_scaling.wide_energy
    axes = form.plot(Figure().add_subplot(), tau=0.5, layer=range(1, 6))
    assert axes.lines[0].get_ydata().tolist() == [
        form(tau=0.5, layer=layer) for layer in range(1, 6)
    ]


@pytest.mark.parametrize(
    ("values", "given"),
    [
        ({"depth": 3, "survival": 0.5}, "none"),
        ({"depth": [1, 2], "survival": [0, 1]}, "depth, surv"),
    ],
)
def test_one_parameter_is_a_sequence(values, given):
    with pytest.raises(TypeError, match=f"give one parameter as a sequence.*sequences: {given}"):
        fisher.mean_eigenvalue_stochastic_depth.plot(**values)


def test_what_a_call_refuses_is_not_drawn():
    with pytest.raises(theory.DomainError, match="depth"):
        fisher.mean_eigenvalue_resnet.plot(depth=[0, 1])
    with pytest.raises(TypeError, match="unknown width"):
        fisher.mean_eigenvalue_resnet.plot(depth=[1, 2], width=3)


def test_a_new_figure_names_the_source():
    matplotlib.use("Agg")
    axes = fisher.mean_eigenvalue_resnet.plot(depth=[1, 2])
    assert axes.get_title() == "Furusho (2020), Theorem 6, eq 27"
    matplotlib.pyplot.close(axes.figure)


def test_without_matplotlib_one_line_says_what_to_install(monkeypatch):
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    with pytest.raises(
        ImportError, match=r"^plot needs matplotlib: pip install 'touchstone\[repor"
    ):
        fisher.mean_eigenvalue_resnet.plot(depth=[1, 2])
