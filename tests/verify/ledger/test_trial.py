"""A trial out of reach of its form's limit says of which size the remainder is too large."""

import pytest

import verify
from verify.evidence.accounting import BUDGETS, Account
from verify.ledger.store import Ledger
from verify.points import points


def trials(claim, form):
    """A trial at each point of the quick grid that the form speaks of, before any draw."""
    judging = verify.claims[claim]
    judged = judging.form(form)
    with Ledger() as ledger:
        return [
            ledger.trial(judging, judged, point, Account(0, "quick", "cpu"), block_size=10)
            for point in points(judging, BUDGETS["quick"])
            if judged.applies(point)
        ]


@pytest.mark.parametrize(
    ("claim", "form", "said"),
    [
        (
            "furusho2020/mean-eig-resnet",
            "mean_eigenvalue_resnet",
            "out of reach of the limit D -> oo: at width 48 the stated remainder is 0.",
        ),
        (
            "furusho2020/mean-eig-bn-coupled",
            "mean_eigenvalue_bn_coupled",
            "out of reach of the limit D, N -> oo: at width 60, samples 60 the stated remainder",
        ),
        (
            "furusho2020/mean-eig-bn",
            "mean_eigenvalue_bn_printed",
            "too large a remainder: at width 48, samples 300, depth 4 the stated remainder is 0.",
        ),
    ],
)
def test_a_remark_names_the_sizes_that_grow_or_else_all_numbers(claim, form, said):
    found = trials(claim, form)
    remarks = [trial.remark for trial in found if not trial.target.within_reach]
    assert any(remark.startswith(said) for remark in remarks)


def test_a_remark_stands_where_the_limit_is_out_of_reach_and_never_says_none():
    for trial in trials("furusho2020/mean-eig-resnet", "mean_eigenvalue_resnet"):
        assert (trial.remark is None) == trial.target.within_reach
        assert trial.remark is None or "None" not in trial.remark
