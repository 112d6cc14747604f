"""The drawn points: every run of a parameter is met, and nearly every box."""

import importlib
import math
from itertools import pairwise

import numpy as np
import pytest

from theory.domains import Integers, OneOf, Reals
from verify.errors import UsageError
from verify.evidence.accounting import BUDGETS
from verify.points.axis import Axis
from verify.points.design import MOST_VALUES, drawn, rows_over, strata, vector
from verify.points.measure import NEAREST, nearest_of_integers, quantile, share

LENGTHS = Axis((Reals(-3, 12),))
LOADS = Axis((Reals(0.1, 10),), poles=(1.0,))
SURVIVAL = Axis((Reals(0, 1, low_open=True),))
DEPTHS = Axis((Integers(1, 50),))
SURVIVORS = Axis((Integers(0, "depth"),))
AXES = {"survivors": SURVIVORS, "depth": DEPTHS, "load": LOADS, "survival": SURVIVAL}


def column(rows, name):
    return [row[name] for row in rows]


# The measure ------------------------------------------------------------------------------------


@pytest.mark.parametrize("x", [-3, -2.99999, -2.9, 0, 4.5, 11.999, 12])
def test_a_quantile_is_where_so_large_a_share_ends(x):
    assert quantile(share(x, -3, 12), -3, 12) == pytest.approx(x, abs=1e-9)


def test_half_of_a_range_is_length_and_a_quarter_decades_from_each_end():
    assert share(0.5, 0, 1) == 0.5
    tenth_from_low = 0.1 / 2 + 5 / 6 / 4 + (math.log10(1 / 0.9) / 6) / 4
    assert share(0.1, 0, 1) == pytest.approx(tenth_from_low)
    assert share(0.9, 0, 1) == pytest.approx(1 - tenth_from_low)
    assert share(NEAREST, 0, 1) == pytest.approx(NEAREST / 2, rel=0.2)


# The lattice ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("n", "stated"),
    [
        (8, (1, 3)),
        (24, (1, 5, 7, 11)),
        (32, (1, 7, 5, 3, 13, 11, 9, 15)),
        (64, (1, 19, 23, 11, 17, 3, 7, 5)),
    ],
)
def test_the_vectors_are_those_of_the_method(n, stated):
    assert vector(n, len(stated)) == stated


@pytest.mark.parametrize("n", range(1, 41))
def test_no_two_components_put_parameters_in_step(n):
    found = vector(n, 40)
    assert all(math.gcd(x, n) == 1 for x in found)
    assert len({frozenset((x % n, -x % n)) for x in found}) == len(found)


class Chance:
    """Draws of the strata without hypothesis, so that thousands of designs can be looked at."""

    def __init__(self, n):
        self.n, self.generator = n, np.random.default_rng(n)

    def __call__(self, strategy):
        if "permutations" in repr(strategy):
            return list(self.generator.permutation(self.n))
        return int(self.generator.integers(self.n))

    def design(self, parameters):
        cells = np.array(strata(self, self.n, parameters))
        return ((cells + self.generator.random(cells.shape)) / self.n).T

    def missed(self, parameters, designs, boxes=10):
        """Shares of tenths of one parameter, and of boxes of volume 0.1, that no point meets."""
        tenths, missed = 0, 0
        for _ in range(designs):
            points = self.design(parameters)
            low = 0.9 * self.generator.random()
            tenths += not np.any((low <= points[:, 0]) & (points[:, 0] < low + 0.1))
            for _ in range(boxes):
                sides = 0.1 ** self.generator.dirichlet(np.ones(parameters))
                corner = (1 - sides) * self.generator.random(parameters)
                inside = (corner <= points) & (points < corner + sides)
                missed += not np.any(np.all(inside, axis=1))
        return tenths / designs, missed / (designs * boxes)


@pytest.mark.parametrize(
    ("n", "parameters", "tenth", "box"),
    [
        (24, 2, 0, 0.0003),
        (24, 3, 0, 0.003),
        (32, 3, 0, 0.0001),
        (32, 8, 0, 0.007),
        (64, 8, 0, 0.0001),
        (8, 2, 0.28, 0.28),
    ],
)
def test_a_tenth_of_a_parameter_and_boxes_are_missed_as_rarely_as_the_method_says(
    n, parameters, tenth, box
):
    designs = 1500
    found = Chance(n).missed(parameters, designs)
    # Three standard errors, boxes of one design counted as one draw.
    for seen, stated in zip(found, (tenth, box), strict=True):
        assert seen <= stated + 3 * math.sqrt(max(stated, 1 / designs) / designs)


@pytest.mark.parametrize(("n", "parameters", "most"), [(8, 3, 0.35), (24, 5, 0.03)])
def test_parameters_that_the_lattice_does_not_carry_are_spread_as_independent_ones(
    n, parameters, most
):
    assert vector(n, parameters) == vector(n, parameters - 1)
    tenth, box = Chance(n).missed(parameters, 1500)
    assert tenth <= (0.33 if n == 8 else 0)
    assert box <= most


# Rows -------------------------------------------------------------------------------------------


def test_the_same_version_draws_the_same_points():
    once = drawn(AXES, 24)
    drawn.__globals__["_drawn"].cache_clear()
    assert drawn(AXES, 24) == once


def test_numbers_of_whatever_modules_are_loaded_are_not_drawn(monkeypatch, tmp_path):
    once = drawn(AXES, 24)
    numbers = [*range(2, 50), *(k / 32 for k in range(320))]
    (tmp_path / "full_of_numbers.py").write_text(f"NUMBERS = {numbers}")
    monkeypatch.syspath_prepend(str(tmp_path))
    importlib.import_module("full_of_numbers")
    drawn.__globals__["_drawn"].cache_clear()
    assert drawn(AXES, 24) == once


def test_rows_are_dealt_out_so_that_a_caller_may_change_his_own():
    drawn({"depth": DEPTHS}, 4)[0]["depth"] = -1
    assert drawn({"depth": DEPTHS}, 4)[0]["depth"] > 0


@pytest.mark.parametrize("n", [1, 7, 8, 24, 64, 100])
def test_every_row_lies_in_the_domains_and_names_the_parameters_in_their_order(n):
    rows = drawn(AXES, n)
    assert len(rows) == n
    for row in rows:
        assert list(row) == list(AXES)
        assert all(axis.contains(row[name], row) for name, axis in AXES.items())
    assert {type(value) for value in column(rows, "depth")} == {int}
    assert {type(value) for value in column(rows, "load")} == {float}


@pytest.mark.parametrize("n", [8, 24, 64])
@pytest.mark.parametrize("axis", [LENGTHS, LOADS, SURVIVAL], ids=["length", "load", "survival"])
def test_every_stratum_of_a_real_parameter_holds_one_value(axis, n):
    low, high = axis.ends()
    ends = [low, *axis.poles, high]
    pieces = list(pairwise(ends))

    def measure(x):
        place = next(k for k, (_, b) in enumerate(pieces) if x <= b)
        return (place + share(x, *pieces[place])) / len(pieces)

    met = sorted(measure(x) for x in column(drawn({"x": axis}, n), "x"))
    # To the last digits, as values drawn at the ends of strata belong to both.
    assert all(k / n - 1e-9 <= m <= (k + 1) / n + 1e-9 for k, m in enumerate(met))


@pytest.mark.parametrize("n", [8, 24, 64])
def test_any_run_of_integers_of_measure_2_over_n_is_met(n):
    for low, high in ((1, 3), (1, 50), (0, 1000), (2, 10**9)):
        met = sorted(column(drawn({"k": Axis((Integers(low, high),))}, n), "k"))
        nearest = nearest_of_integers(low, high)
        for before, after in zip([low - 1, *met], [*met, high + 1], strict=True):
            ends = (share(x, low, high + 1, nearest) for x in (before + 1, max(after, before + 1)))
            start, end = ends
            assert end - start < 2 / n + 1e-9, f"{before} to {after}"


@pytest.mark.parametrize("values", [("relu", "erf", "tanh", "linear"), (1, 4, 9, 16)])
@pytest.mark.parametrize("n", [8, 24])
def test_listed_values_are_drawn_as_often_as_each_other(values, n):
    met = column(drawn({"x": Axis((OneOf(*values),))}, n), "x")
    assert {value: met.count(value) for value in met} == dict.fromkeys(values, n // 4)


def test_of_a_few_numbers_those_are_drawn_that_all_domains_have():
    axis = Axis((Integers(1, 1000), OneOf(128, 256, 512, 4096)))
    depths = column(drawn({"depth": axis}, 24), "depth")
    assert {depth: depths.count(depth) for depth in depths} == dict.fromkeys((128, 256, 512), 8)
    assert axis.describe({"depth": "L"}, "depth") == "L = 128 or 256 or 512"


def test_corners_that_a_grid_leaves_out_are_met():
    loads = [row["load"] for row in drawn({"load": LOADS, "survival": SURVIVAL}, 24)]
    assert any(0.93 < load < 1 for load in loads)
    assert any(load > 4 for load in loads)
    assert any(row["survival"] < 0.05 for row in drawn({"depth": DEPTHS, "survival": SURVIVAL}, 8))


def test_an_end_that_nothing_reaches_is_approached_no_nearer_than_decades_are_counted():
    values = column(drawn({"survival": SURVIVAL}, 64), "survival")
    assert NEAREST <= min(values) < 1e-4


def test_a_range_of_one_value_and_a_region_without_parameters_have_one_point_each():
    assert column(drawn({"x": Axis((Reals(2, 2),))}, 8), "x") == [2.0] * 8
    assert drawn({}, 8) == [{}]


def test_a_row_whose_ends_leave_no_value_is_left_out():
    axes = {"depth": DEPTHS, "layer": Axis((Integers(0, "depth"), Integers(10, 20)))}
    rows = drawn(axes, 24)
    assert 0 < len(rows) < 24
    assert all(10 <= row["layer"] <= min(row["depth"], 20) for row in rows)


def test_more_rows_than_one_draw_holds_are_refused():
    most = MOST_VALUES // 4
    assert len(drawn(AXES, most)) == most
    with pytest.raises(UsageError, match=f"examples = {most + 1}: at most {most} are drawn of"):
        drawn(AXES, most + 1)


@pytest.mark.parametrize(
    ("name", "two", "three"), [("quick", 8, 8), ("standard", 24, 32), ("thorough", 64, 64)]
)
def test_a_budget_says_how_many_points_are_drawn(name, two, three):
    assert [rows_over(BUDGETS[name], k) for k in (0, 1, 2, 3, 8)] == [two] * 3 + [three] * 2
