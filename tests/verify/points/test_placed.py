"""Further points of a claim: drawn by hypothesis before any is judged, the same in every run."""

import pytest

import verify
from verify.errors import UsageError
from verify.evidence.accounting import BUDGETS
from verify.points import at, names, rows
from verify.points.drawn import explored

QUICK = BUDGETS["quick"]
WITH_ROOM = "furusho2020/mean-eig-sd"
WITHOUT_ROOM = "furusho2020/mean-eig-resnet"


def ends(claim):
    """The range of each parameter of the quick grid."""
    listed = {name: [row[name] for row in rows(claim, QUICK)] for name in names(claim, QUICK)}
    return {name: (min(values), max(values)) for name, values in listed.items()}


def test_further_points_differ_from_each_other_and_from_the_grid():
    claim = verify.claims[WITH_ROOM]
    further = explored(claim, QUICK, 8)
    listed = [*rows(claim, QUICK), *further]
    assert len(further) == 8
    assert all(one != other for i, one in enumerate(listed) for other in listed[:i])


def test_further_points_lie_inside_the_grid_and_can_be_measured():
    claim = verify.claims[WITH_ROOM]
    for row in explored(claim, QUICK, 8):
        assert tuple(row) == names(claim, QUICK)
        assert at(claim, row, QUICK)
        assert all(low <= row[name] <= high for name, (low, high) in ends(claim).items())


def test_further_points_are_the_same_in_every_run():
    claim = verify.claims[WITH_ROOM]
    assert explored(claim, QUICK, 5) == explored(claim, QUICK, 5)


def test_a_grid_without_room_has_no_further_points():
    claim = verify.claims[WITHOUT_ROOM]
    low, high = ends(claim)["depth"]
    assert len(rows(claim, QUICK)) == high - low + 1
    assert explored(claim, QUICK, 5) == []


def test_further_points_are_trials_behind_those_of_the_grid():
    claim = verify.claims["furusho2020/fastest-learning-rate"]
    plain, more = verify.check(claim), verify.check(claim, examples=3)
    further = explored(claim, QUICK, 3)
    for one, other in zip(plain.judgements, more.judgements, strict=True):
        assert [t.position for t in other.trials[: len(one.trials)]] == [
            t.position for t in one.trials
        ]
        assert [t.point.parameters for t in other.trials[len(one.trials) :]] == further
    assert more.as_expected


@pytest.mark.parametrize("examples", [-1, 1.5, True, "3"])
def test_a_number_of_examples_that_is_none_is_named(examples):
    with pytest.raises(UsageError, match=f"examples = {examples!r}: must be an integer >= 0"):
        verify.check("furusho2020/half-active", examples=examples)


def test_examples_do_not_join_a_single_point():
    with pytest.raises(UsageError, match="examples = 2: join a grid"):
        verify.check("furusho2020/half-active", examples=2, layer=1)
