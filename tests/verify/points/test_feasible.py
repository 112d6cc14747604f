"""Parameters that others depend on are drawn where these have a value, so that no row is lost."""

import pytest

import verify
from theory.domains import Integers, OneOf, Reals
from toy_claims import L, claim, judged
from verify.evidence.accounting import BUDGETS
from verify.points import laid_out
from verify.points.axis import Axis
from verify.points.design import drawn
from verify.points.feasible import feasible
from verify.points.measure import nearest_of_integers, share

EVERY = {
    "k in 40 .. depth": {"depth": Integers(1, 100), "k": Integers(40, "depth")},
    "k in 90 .. depth": {"depth": Integers(1, 100), "k": Integers(90, "depth")},
    "a in depth .. 9": {"depth": Integers(1, 100), "k": Integers("depth", 9)},
    "a chain": {"a": Reals(0, 9), "b": Reals(2, "a"), "c": Reals("b", 5), "d": Reals(3, "b")},
    "between two": {"a": Reals(0, 9), "b": Reals(0, 9), "c": Reals("a", "b")},
    "an integer in 2.5 .. a": {"a": Reals(0, 9), "b": Integers(2.5, "a")},
    "open": {"a": Reals(0, 9), "b": Reals(2, "a", low_open=True)},
    "a few": {"a": OneOf(1, 2, 3, 4), "b": Reals(3, "a")},
}


def axes(domains):
    return {name: Axis((domain,)) for name, domain in domains.items()}


@pytest.mark.parametrize("domains", EVERY.values(), ids=EVERY)
@pytest.mark.parametrize("n", [8, 24, 32])
def test_no_row_of_a_design_is_lost(domains, n):
    rows = drawn(feasible(axes(domains)), n)
    assert len(rows) == n
    for row in rows:
        assert all(domain.contains(row[name], row) for name, domain in domains.items())


@pytest.mark.parametrize("least", [40, 90])
def test_every_run_of_a_tenth_of_what_others_depend_on_holds_a_point(least):
    rows = drawn(feasible(axes({"depth": Integers(1, 100), "k": Integers(least, "depth")})), 24)
    met = sorted({row["depth"] for row in rows})
    ends = (least, 101, nearest_of_integers(least, 100))
    gaps = [
        share(after, *ends) - share(before + 1, *ends)
        for before, after in zip([least - 1, *met], [*met, 101], strict=True)
    ]
    assert max(gaps) <= 0.1


def test_what_lies_within_its_ends_already_is_left_as_it_is():
    listed = axes({"depth": Integers(1, 50), "k": Integers(0, "depth"), "b": Reals("depth", None)})
    assert feasible(listed) == listed
    assert feasible(axes(EVERY["a few"]))["a"].few == (3, 4)


def test_a_verdict_speaks_of_the_points_that_there_are():
    toy = claim(judged(L), rows=[], over={"depth": Integers(1, 100), "k": Integers(40, "depth")})
    layout = laid_out(toy, BUDGETS["standard"])
    assert (len(layout.points), layout.refused) == (24, {"toy": 0})
    (found,) = verify.check(toy).judgements
    assert "40 <= L <= 100" in found.coverage.region
    assert "cannot run" not in str(found.coverage)
