"""Panels drawn as SVG, read back as XML."""

import itertools
import re
from xml.etree import ElementTree

import matplotlib
import numpy as np
import pytest

from verify.report.plot import figure_svg, thumbnail_svg

SVG = "{http://www.w3.org/2000/svg}"
KINDS = ("theory", "corrected", "printed", "bound", "measured", "refuted")


def series(kind, x=(1, 2), y=(1.0, 2.0), standard_error=None, label="label"):
    return {
        "label": label,
        "kind": kind,
        "x": list(x),
        "y": list(y),
        "standard_error": standard_error,
    }


def panel(*drawn, log_y=False, title="Title"):
    labels = {"title": title, "x_label": "depth L", "y_label": "mean eigenvalue"}
    return {**labels, "log_y": log_y, "series": list(drawn)}


def strokes(svg):
    return re.findall(r"(?<!-)stroke: (#\w{6})", svg)


def test_each_panel_becomes_one_named_svg():
    svg = figure_svg([panel(series("theory")), panel(series("bound"))], prefix="a-")
    roots = ElementTree.fromstring(f"<div>{svg}</div>")
    assert [root.tag for root in roots] == [f"{SVG}svg"] * 2
    assert roots[0].get("role") == "img"
    assert roots[0].get("aria-label") == ("Title. mean eigenvalue against depth L: label (theory).")


def test_the_same_panel_gives_the_same_text():
    drawn = panel(series("measured", standard_error=[0.1, 0.2]), series("refuted"))
    assert figure_svg([drawn], prefix="a-") == figure_svg([drawn], prefix="a-")


def test_ids_of_two_figures_never_clash_and_every_reference_resolves():
    drawn = [panel(series("measured", standard_error=[0.1, 0.2]))] * 2
    page = figure_svg(drawn, prefix="a-") + figure_svg(drawn, prefix="b-")
    ids = re.findall(r' id="([^"]+)"', page)
    references = re.findall(r'(?:href="|url\()#([^")]+)', page)
    assert len(ids) == len(set(ids)) > 0
    assert set(references) == set(ids)
    assert {one[0] for one in ids} == {"a", "b"}


def test_bars_reach_two_standard_errors_either_way():
    # Bars of 4 x 0.25 are as long as the points at 0 and 1 are apart.
    measured = series("measured", x=(1, 2), y=(0.0, 1.0), standard_error=[0.25, 0.25])
    root = ElementTree.fromstring(figure_svg([panel(measured)], prefix="a-"))
    marks = [
        float(use.attrib["y"])
        for use in root.iter(f"{SVG}use")
        if "fill: #ffffff" in use.attrib["style"]
    ]
    bars = [
        [float(y) for y in re.findall(r"[ML] \S+ (\S+)", path.attrib["d"])]
        for path in root.iter(f"{SVG}path")
        if "stroke: #222222" in path.get("style", "") and "clip-path" in path.attrib
    ]
    apart = marks[0] - marks[1]
    assert len(bars) == 2
    for mark, (below, above) in zip(marks, bars, strict=False):
        assert below - above == pytest.approx(apart, abs=1e-4)
        assert (below + above) / 2 == pytest.approx(mark, abs=1e-4)


def test_no_two_kinds_share_a_colour():
    colours = {kind: strokes(thumbnail_svg(panel(series(kind)), prefix="a-")) for kind in KINDS}
    axis = set.intersection(*map(set, colours.values()))
    own = {kind: set(drawn) - axis for kind, drawn in colours.items()}
    assert all(own.values())
    for one, other in itertools.combinations(KINDS, 2):
        assert not own[one] & own[other]


@pytest.mark.parametrize(
    ("kind", "broken"), [("theory", 0), ("corrected", 0), ("printed", 1), ("bound", 1)]
)
def test_the_printed_line_is_dashed_and_the_right_one_solid(kind, broken):
    svg = thumbnail_svg(panel(series(kind)), prefix="a-")
    assert svg.count("stroke-dasharray") == broken


def test_series_of_one_kind_differ_by_marker():
    twice = panel(series("measured"), series("measured"))
    once = panel(series("measured"))
    assert thumbnail_svg(twice, prefix="a-").count("<defs>") == (
        thumbnail_svg(once, prefix="a-").count("<defs>") + 1
    )


def test_a_line_of_one_point_is_seen():
    assert "<use" in thumbnail_svg(panel(series("theory", x=[3], y=[1.0])), prefix="a-")


def test_texts_are_taken_as_they_are():
    title = "between $1 and $2 <b> & more"
    root = ElementTree.fromstring(figure_svg([panel(series("theory"), title=title)], prefix="a-"))
    assert title in {text.text for text in root.iter(f"{SVG}text")}


def test_a_thumbnail_holds_no_text():
    assert "<text" not in thumbnail_svg(panel(series("theory"), log_y=True), prefix="a-")


@pytest.mark.parametrize("log_y", [False, True])
@pytest.mark.parametrize(
    "drawn",
    [
        [],
        [series("theory", x=[], y=[])],
        [series("measured", y=(-1.0, 0.0), standard_error=[1.0, 2.0])],
        [series("theory", y=(None, float("inf")))],
    ],
)
def test_a_panel_with_nothing_to_show_is_drawn_all_the_same(drawn, log_y):
    assert ElementTree.fromstring(figure_svg([panel(*drawn, log_y=log_y)], prefix="a-")) is not None


def test_drawing_leaves_the_settings_of_matplotlib_alone():
    before = dict(matplotlib.rcParams)
    figure_svg([panel(series("theory"))], prefix="a-")
    assert dict(matplotlib.rcParams) == before


def test_an_unknown_kind_is_named():
    with pytest.raises(ValueError, match=r"one of theory, corrected, .*, not 'guessed'"):
        figure_svg([panel(series("guessed"))], prefix="a-")


def heat_map(values, x=(1, 2, 3), y=(0.1, 0.2), **terms):
    return {**panel(**terms), "map": {"label": "loss", "x": x, "y": y, "values": values}}


def fills(values, **terms):
    thumbnail = thumbnail_svg(heat_map(values, **terms), prefix="a-")
    return [fill for fill in re.findall(r"fill: (#\w{6})", thumbnail) if fill != "#ffffff"]


def test_a_cell_is_the_darker_the_greater_its_value():
    lightness = [int(fill[1:3], 16) for fill in fills([[1, 2, 3], [6, 5, 4]])]
    assert len(lightness) == 6
    first, second = lightness[:3], lightness[3:]
    assert first == sorted(first, reverse=True)
    assert second == sorted(second)
    assert min(first) > max(second)


def test_decades_of_a_map_are_told_apart_alike():
    powers = [[1, 10, 100], [1e3, 1e4, 1e5]]
    assert fills(powers) == fills([[0, 1, 2], [3, 4, 5]])


def test_a_cell_without_a_value_is_left_out():
    assert len(fills([[1, None, 3], [6, 5, 4]])) == 5


def test_a_map_says_in_words_what_is_shaded_and_has_a_bar_that_is_no_picture():
    svg = figure_svg([heat_map([[1, 2, 3], [6, 5, 4]])], prefix="a-")
    assert 'aria-label="Title. mean eigenvalue against depth L: loss (shades)."' in svg
    assert ">loss</text>" in svg
    assert "<image" not in svg


def test_cells_meet_half_way_between_their_places():
    from verify.report.plot import _edges

    assert _edges(np.array([1.0, 2.0, 4.0]), np.asarray).tolist() == [0.5, 1.5, 3.0, 5.0]
    assert _edges(np.log([1.0, 4.0, 16.0]), np.exp) == pytest.approx([0.5, 2, 8, 32])
