"""What a claim names in vain is refused when it is made, by name and with what is allowed."""

import re

import pytest

from theory.domains import Integers, OneOf, Reals
from toy_claims import EXPERIMENT, claim, judged
from verify.model import Claim, Experiment


def made(**terms):
    return claim(judged(), **terms)


@pytest.mark.parametrize(
    ("terms", "complaint"),
    [
        (
            {"over": {"depth": Integers(1, "widht")}},
            "toy: over: depth ends at 'widht': must be a number, or one of the parameters depth",
        ),
        (
            {"over": {"depth": Integers(1, "half"), "half": Integers(1, "depth")}},
            "toy: half, depth: must not end at each other",
        ),
        (
            {"doubled": ("widht",)},
            "toy: doubled = 'widht': must be a size that it sets, one of width, depth",
        ),
        (
            {"rows": [{"depth": 2}, {"depth": 0}]},
            "example depth=0: depth must be an integer >= 1, for level",
        ),
        ({"rows": [{"depth": "deep"}]}, "example depth=deep: depth must be an integer >= 1"),
        (
            {"rows": [{"length": 2}]},
            "example length=2: must name depth as well, which level is a function of",
        ),
        (
            {"over": {"depth": Integers(1, 8)}, "depths": (9,)},
            "example depth=9: depth must be an integer in [1, 8], for toy",
        ),
    ],
)
def test_what_is_named_in_vain_is_refused_when_the_claim_is_made(terms, complaint):
    with pytest.raises(ValueError, match=f"furusho2020/toy: {re.escape(complaint)}"):
        made(**terms)


def test_sizes_may_give_what_neither_setting_nor_example_names():
    def sizes(at, within):
        return {"size": 8, "depth": 3}

    made(sizes=sizes, doubled=("size",))
    made(sizes=sizes, rows=[{}])


def test_an_example_is_for_some_experiment_and_some_statement():
    shallow = Experiment("shallow", EXPERIMENT.measure, over={"depth": Integers(1, 4)})
    made(by=(shallow, EXPERIMENT), depths=(3, 9))
    with pytest.raises(ValueError, match="depth must be an integer in"):
        Claim(
            "furusho2020/toy", "", (judged(by=(shallow,)),), (shallow, EXPERIMENT), [{"depth": 9}]
        )


@pytest.mark.parametrize("domain", [(0, 1), 3, "depth", Reals])
def test_what_is_no_domain_is_refused_when_the_experiment_is_made(domain):
    with pytest.raises(TypeError, match=r"toy: over: x = .*: must be Integers, Reals or OneOf"):
        Experiment("toy", EXPERIMENT.measure, over={"x": domain})
    Experiment("toy", EXPERIMENT.measure, over={"x": Reals(0, 1), "kind": OneOf("a")})
