"""A trial out of reach of its form's limit says of which size the remainder is too large."""

import dataclasses

import pytest

import verify
from verify.engine.run import Run
from verify.evidence.accounting import BUDGETS
from verify.ledger.store import Ledger
from verify.points import points
from verify.relations.said import spoken


def trials(claim, form, remainder):
    """A trial at depth 1 and at each drawn point, at width 48 with that remainder."""
    known = verify.claims[claim]
    narrow = dataclasses.replace(
        known.by[0],
        sizes=lambda at, within: {"width": 48, "samples": 300},
        doubled=(),
        remainder={"mean eigenvalue": lambda values: remainder},
    )
    judging = dataclasses.replace(known, by=(narrow,), examples=[{"depth": 1}])
    judged = judging.form(form)
    quick = BUDGETS["quick"]
    with Ledger() as ledger:
        return [
            trial
            for one in spoken([judged], points(judging, quick))
            for trial in Run(judging, [one], quick, 0, "cpu", ledger).trials
        ]


@pytest.mark.parametrize(
    ("claim", "form", "said"),
    [
        (
            "furusho2020/mean-eig-resnet",
            "mean_eigenvalue_resnet",
            "out of reach of the limit D -> oo: at width 48 the stated remainder is 0.3",
        ),
        (
            "furusho2020/mean-eig-bn",
            "mean_eigenvalue_bn_printed",
            "too large a remainder: at width 48, samples 300, depth 1 the stated remainder is 0.3",
        ),
    ],
)
def test_a_remark_names_the_sizes_that_grow_or_else_all_numbers(claim, form, said):
    given, *drawn = trials(claim, form, 0.3)
    assert not given.target.within_reach
    assert given.remark == said
    assert all(trial.remark is None for trial in drawn)


@pytest.mark.parametrize("remainder", [0.0, 0.3])
def test_a_remark_stands_where_the_limit_is_out_of_reach(remainder):
    given, *_ = trials("furusho2020/mean-eig-resnet", "mean_eigenvalue_resnet", remainder)
    assert (given.remark is None) == given.target.within_reach == (remainder == 0)
