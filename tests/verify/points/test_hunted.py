import numpy as np
import pytest

from theory.domains import Integers, Reals
from verify.points.hunted import Space, cube, hunt, quantile, simplest
from verify.points.measure import quantile as of_one


def at(space, **violated):
    """A violation of 1 where every parameter lies between two values, and -1 elsewhere."""

    def violation(points):
        inside = [(low <= points[name]) & (points[name] <= high) for name, (low, high) in
                  violated.items()]  # fmt: skip
        return np.where(np.all(inside, axis=0), 1.0, -1.0)

    return violation


BOX = Space({"depth": (Integers(1),), "survival": (Reals(0, 1),)})


def test_points_lie_in_every_domain_and_ends_may_name_other_parameters():
    space = Space({
        "layer": (Integers(0, "depth"),),
        "depth": (Integers(1), Integers(3, 40)),
        "load": (Reals(0, low_open=True),),
        "shift": (Reals(),),
    })  # fmt: skip
    points = space.points(cube(4, 1024))
    for row in range(1024):
        assert space.contains({name: float(x[row]) for name, x in points.items()})
    assert points["depth"].min() == 3
    assert points["depth"].max() == 40
    assert (points["shift"] < 0).any()
    assert (points["shift"] > 0).any()


CORNER = Space({"depth": (Integers(1, 100),), "layer": (Integers(40, "depth"),)})
"""Where some depths leave no layer."""


@pytest.mark.filterwarnings("error")
@pytest.mark.parametrize(
    "space",
    [
        CORNER,
        Space({"layer": (Integers(40, "depth"),), "depth": (Integers(1, 100),)}),
        Space({"end": (Reals(0, 2),), "load": (Reals(1, "end", low_open=True),)}),
    ],
    ids=["integers", "the dependent one first", "reals"],
)
def test_nothing_is_asked_where_other_parameters_leave_one_no_value(space):
    asked = []

    def violation(points):
        asked.append(points)
        return points[next(iter(points))] / 100

    found = hunt(violation, space)
    assert space.contains(found)
    assert space.contains(simplest(violation, space, found))
    for points in asked:
        for row in zip(*points.values(), strict=True):
            assert space.contains(dict(zip(points, map(float, row), strict=True)))


def test_the_least_point_of_a_corner_is_found():
    violation = at(CORNER, depth=(1, 100), layer=(42, 100))
    assert simplest(violation, CORNER, hunt(violation, CORNER)) == {"depth": 42, "layer": 42}


def test_half_of_a_bounded_range_is_measured_by_length_and_a_quarter_in_decades_of_each_end():
    u = np.array([0.0, 0.25, 0.5, 0.75, 1.0])
    x = quantile(u, 0.0, 1.0)
    np.testing.assert_allclose(x[[0, 2, 4]], [0, 0.5, 1], atol=1e-12)
    np.testing.assert_allclose(x[1], 1 - x[3], atol=1e-12)
    few = quantile(np.array([0.05]), 0.0, 1.0)
    assert 1e-5 < few[0] < 1e-2


@pytest.mark.parametrize(("low", "high"), [(0.0, 1.0), (-3.0, 50.0), (0.93, 1.0)])
def test_a_bounded_range_is_measured_as_points_of_simulations_are(low, high):
    u = np.linspace(0, 1, 33)
    expected = [of_one(float(each), low, high) for each in u]
    np.testing.assert_allclose(quantile(u, low, high), expected, rtol=1e-9, atol=1e-9)


def test_a_range_with_one_end_is_measured_in_decades():
    x = quantile(np.linspace(0, 1, 16), 0.0, 1e9)
    np.testing.assert_allclose(np.diff(np.log10(x[2:])), 1, atol=0.05)


@pytest.mark.parametrize("survival", [(0.93, 1.0), (0.0, 1e-3), (0.5, 0.52)])
@pytest.mark.parametrize("depth", [(1, 1), (40, 60), (10**6, 2 * 10**6)])
def test_a_small_box_is_found(depth, survival):
    assert hunt(at(BOX, depth=depth, survival=survival), BOX) is not None


def test_what_holds_everywhere_has_no_violation():
    assert hunt(lambda points: -1.0 + 0 * points["depth"], BOX) is None


def test_the_largest_violation_is_climbed_to():
    def violation(points):
        return 1 - abs(points["survival"] - 0.123456) - abs(np.log(points["depth"] / 777)) / 50

    found = hunt(violation, BOX)
    assert found["survival"] == pytest.approx(0.123456, abs=0.01)
    assert 300 < found["depth"] < 2000


def test_a_point_is_made_simple():
    violation = at(BOX, depth=(37, 10**9), survival=(0.2, 0.26))
    found = hunt(violation, BOX)
    assert simplest(violation, BOX, found) == {"depth": 37, "survival": 0.2}


def test_the_least_integer_is_sought_with_the_others_free():
    def violation(points):  # from depth 20 on, but at survivals that depend on it
        near = abs(points["survival"] - 0.3 - 1 / points["depth"]) < 0.05
        return np.where(near & (points["depth"] >= 20), 1.0, -1.0)

    assert simplest(violation, BOX, {"depth": 900, "survival": 0.3})["depth"] == 20


def test_a_simple_point_where_rounding_is_all_that_breaks_the_relation_is_passed_over():
    violation = at(BOX, depth=(1, 10**9), survival=(0.2, 0.6))
    here = {"depth": 1, "survival": 0.55}
    found = simplest(violation, BOX, here, lambda place: place["survival"] not in (0.2, 0.3))
    assert found == {"depth": 1, "survival": 0.4}
