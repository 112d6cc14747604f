"""Panels drawn as SVG, read back as XML."""

import math
import re
from importlib import resources
from xml.etree import ElementTree

import numpy as np
import pytest

from verify.report.plot import KINDS, figure_svg


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


def drawn(*panels):
    """The roots of the panels' pictures."""
    return list(ElementTree.fromstring(f"<div>{figure_svg(panels)}</div>"))


def paths(root, kind):
    """What is drawn within the axes of a class of the style sheet."""
    inner = root.find("svg")
    return [one.get("d") for one in inner.iter("path") if kind in one.get("class").split()]


def places(path):
    """Where a path puts its pen down, or leads to."""
    return [(float(x), float(y)) for x, y in re.findall(r"[M ]([\d.-]+) ([\d.-]+)", f" {path}")]


def texts(root):
    return [one.text for one in root.iter("text")]


def test_each_panel_becomes_one_named_svg():
    roots = drawn(panel(series("theory")), panel(series("bound")))
    assert [root.tag for root in roots] == ["svg"] * 2
    assert roots[0].get("role") == "img"
    assert roots[0].get("aria-label") == ("Title. mean eigenvalue against depth L: label (theory).")


def test_a_picture_names_its_axes_and_what_it_shows():
    (root,) = drawn(panel(series("measured", standard_error=[0.1, 0.2])))
    assert {"Title", "depth L", "mean eigenvalue", "label ± 2 s.e."} <= set(texts(root))


def test_a_picture_has_no_ids_that_could_clash():
    assert " id=" not in figure_svg([panel(series("measured", standard_error=[0.1, 0.2]))])


def test_a_panel_is_short():
    x = list(range(12))
    both = series("theory", x, x), series("measured", x, x, standard_error=[0.1] * 12)
    assert len(figure_svg([panel(*both)])) < 3000


def test_bars_reach_two_standard_errors_either_way():
    # Bars of 4 x 0.25 are as long as the points at 0 and 1 are apart.
    (root,) = drawn(panel(series("measured", y=(0.0, 1.0), standard_error=[0.25, 0.25])))
    (marks,), (bars,) = paths(root, "measured"), paths(root, "bars")
    first, second = (float(y) for y in re.findall(r"M\S+ ([\d.]+)m", marks))
    for middle, (low, high) in zip(
        (first, second), re.findall(r"M\S+ ([\d.]+)V([\d.]+)", bars), strict=True
    ):
        assert float(low) - float(high) == pytest.approx(first - second, abs=0.2)
        assert (float(low) + float(high)) / 2 == pytest.approx(middle, abs=0.1)


def test_the_style_sheet_tells_the_kinds_apart_by_colour():
    sheet = (resources.files("verify.report") / "templates" / "style.css").read_text("utf-8")
    colours = [re.search(rf"\.plot \.{kind} {{[^}}]*stroke: (#\w+)", sheet)[1] for kind in KINDS]
    assert len(set(colours)) == len(KINDS)
    broken = {kind for kind in KINDS if re.search(rf"\.plot \.{kind} {{[^}}]*dasharray", sheet)}
    assert broken == {"printed", "bound"}


@pytest.mark.parametrize("kind", KINDS)
def test_a_series_is_drawn_in_the_class_of_its_kind(kind):
    assert len(paths(*drawn(panel(series(kind))), kind)) == 1


def test_series_of_one_kind_differ_by_marker():
    (root,) = drawn(panel(series("measured"), series("measured")))
    one, other = (path.partition("m")[2] for path in paths(root, "measured"))
    assert one != other


def test_what_is_refuted_stands_over_all():
    (root,) = drawn(panel(series("refuted"), series("measured"), series("theory")))
    kinds = [one.get("class") for one in root.find("svg")]
    assert kinds == ["theory", "measured", "refuted"]


def test_points_lie_where_the_axes_say():
    (root,) = drawn(panel(series("theory", x=(0, 10), y=(0.0, 100.0))))
    inner = root.find("svg")
    left, top = float(inner.get("x")), float(inner.get("y"))
    marks = {kind: root.find(f"g[@class='{kind}']") for kind in ("mid", "end")}
    across = {one.text: float(one.get("x")) - left for one in marks["mid"]}
    up = {one.text: float(one.get("y")) - 4 - top for one in marks["end"]}
    (start, end) = places(*paths(root, "theory"))
    assert start == pytest.approx((across["0"], up["0"]), abs=1)
    assert end == pytest.approx((across["10"], up["100"]), abs=1)


def test_decades_of_a_wide_axis_are_as_far_apart():
    (root,) = drawn(panel(series("theory", x=(1, 10, 100), y=(1, 1e3, 1e6)), log_y=True))
    points = np.array(places(*paths(root, "theory")))
    assert np.diff(points, axis=0)[0] == pytest.approx(np.diff(points, axis=0)[1], abs=0.11)


def test_ticks_that_differ_little_are_written_apart():
    (root,) = drawn(panel(series("theory", y=(0.999990, 1.00001))))
    ticks = [one.text for one in root.find("g[@class='end']")]
    assert len(ticks) == len(set(ticks)) > 2


def test_a_line_is_broken_where_there_is_no_value():
    (root,) = drawn(panel(series("theory", x=(1, 2, 3, 4, 5), y=(1.0, 2.0, None, 4.0, 5.0))))
    assert paths(root, "theory")[0].count("M") == 2


def test_a_line_of_one_point_is_seen():
    (root,) = drawn(panel(series("theory", x=[3], y=[1.0])))
    assert paths(root, "theory")[0].endswith("h12")


def test_a_bar_that_leaves_a_logarithmic_axis_is_cut_at_its_foot():
    measured = series("measured", y=(1.0, 100.0), standard_error=[1.0, 1.0])
    (root,) = drawn(panel(measured, log_y=True))
    (low,) = re.findall(r"M\S+ ([\d.]+)V", paths(root, "bars")[0])[:1]
    assert float(low) == float(root.find("svg").get("height"))


def test_texts_are_taken_as_they_are():
    title = "between $1 and $2 <b> & more"
    (root,) = drawn(panel(series("theory"), title=title))
    assert title in texts(root)
    assert title in root.get("aria-label")


@pytest.mark.parametrize("log_y", [False, True])
@pytest.mark.parametrize(
    "listed",
    [
        [],
        [series("theory", x=[], y=[])],
        [series("measured", y=(-1.0, 0.0), standard_error=[1.0, 2.0])],
        [series("theory", y=(None, float("inf")))],
    ],
)
def test_a_panel_with_nothing_to_show_is_drawn_all_the_same(listed, log_y):
    text = figure_svg([panel(*listed, log_y=log_y)])
    assert ElementTree.fromstring(text) is not None
    assert "nan" not in text
    assert "inf" not in text


def test_an_unknown_kind_is_named():
    with pytest.raises(ValueError, match=r"one of theory, corrected, .*, not 'guessed'"):
        figure_svg([panel(series("guessed"))])


def heat_map(values, x=(1, 2, 3), y=(0.1, 0.2), *listed):
    return {**panel(*listed), "map": {"label": "loss", "x": x, "y": y, "values": values}}


def cells(values, **terms):
    """The shade of each cell by its left lower corner."""
    (root,) = drawn(heat_map(values, **terms))
    shades = {}
    for one in root.find("svg").iter("path"):
        for corner in re.findall(r"M([\d.]+ [\d.]+)h", one.get("d")):
            shades[tuple(map(float, corner.split()))] = int(one.get("fill")[1:3], 16)
    return [shades[x, y] for x, y in sorted(shades, key=lambda place: (-place[1], place[0]))]


def test_a_cell_is_the_darker_the_greater_its_value():
    lightness = cells([[1, 2, 3], [6, 5, 4]])
    assert len(lightness) == 6
    first, second = lightness[:3], lightness[3:]
    assert first == sorted(first, reverse=True)
    assert second == sorted(second)
    assert min(first) > max(second)


def test_decades_of_a_map_are_told_apart_alike():
    powers = [[1, 10, 100], [1e3, 1e4, 1e5]]
    assert cells(powers) == cells([[0, 1, 2], [3, 4, 5]])


def test_a_cell_without_a_value_is_left_out():
    assert len(cells([[1, None, 3], [6, 5, 4]])) == 5


def test_an_image_has_square_cells_and_even_shades():
    image = heat_map([[1, 10, 100], [1e3, 1e4, 1e5]], y=(1, 2))
    image["map"]["image"] = True
    (root,) = drawn(image)
    inner = root.find("svg")
    sides = re.findall(r"h([\d.]+)v-([\d.]+)h", ElementTree.tostring(inner).decode())
    assert len(sides) == 6
    for wide, high in sides:
        assert float(wide) == pytest.approx(float(high), abs=0.11)
    assert float(inner.get("height")) == pytest.approx(float(inner.get("width")) * 2 / 3, abs=0.1)
    assert len(list(inner)) == 3  # the greatest value, a tenth of it, and what is next to nothing


def test_a_map_says_what_is_shaded_from_what_to_what():
    (root,) = drawn(heat_map([[1, 2, 3], [6, 5, 4]]))
    assert root.get("aria-label") == "Title. mean eigenvalue against depth L: loss (shades)."
    assert {"loss: 1", "6"} <= set(texts(root))


def test_cells_of_a_wide_axis_are_alike_in_decades():
    (root,) = drawn(heat_map([[1, 2, 3]], (1, 10, 100), (0.1,)))
    inner = root.find("svg")
    wide = [float(one) for one in re.findall(r"h([\d.]+)v", ElementTree.tostring(inner).decode())]
    assert wide == pytest.approx([float(inner.get("width")) / 3] * 3, abs=0.2)


def test_a_map_of_one_place_or_one_value_is_drawn():
    assert cells([[1.0]], x=(2,), y=(0.1,)) == [250]


def test_a_line_that_leaves_a_map_leaves_the_picture_within():
    line = series("theory", (1, 3), (0.1, 9.0))
    (root,) = drawn(heat_map([[1, 2, 3], [6, 5, 4]], (1, 2, 3), (0.1, 0.2), line))
    _, (_, end) = places(*paths(root, "theory"))
    assert end < 0  # of an inner picture nothing is seen beyond its edges


def test_cells_meet_half_way_between_their_places():
    from verify.report.plot import _edges

    assert _edges([1.0, 2.0, 4.0]).tolist() == [0.5, 1.5, 3.0, 5.0]
    assert _edges([1.0, 8.0, 64.0]) == pytest.approx([8**-0.5, 8**0.5, 8**1.5, 8**2.5])
    assert math.isclose(_edges([5.0])[0], 4.5)
