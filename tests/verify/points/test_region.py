"""Where a form can be judged by an experiment."""

import math

import pytest
import sympy

import toy_claims as toys
from theory import fisher, generalisation
from theory.domains import LARGEST, Integers, OneOf, Reals
from theory.parameters import Parameter
from verify.model import Experiment
from verify.points.region import poles, region, regions
from verify.relations import Equal

SHALLOW = Experiment(
    "shallow", toys.measure, over={"depth": Integers(1, 50), "survival": Reals(0.1, 1)}
)
BY_DEPTH = Equal("level", fisher.mean_eigenvalue_resnet)
BY_SURVIVAL = Equal("level", fisher.mean_eigenvalue_stochastic_depth)


def names(found):
    return tuple(found.axes)


def test_a_region_is_where_the_form_is_claimed_and_the_experiment_can_run():
    found = region(BY_SURVIVAL, SHALLOW)
    assert str(found) == "1 <= L <= 50, 0.1 <= p <= 1"
    assert found.unbounded == ()


def test_a_parameter_of_the_experiment_alone_belongs_to_its_region():
    assert str(region(BY_DEPTH, SHALLOW)) == "1 <= L <= 50, 0.1 <= survival <= 1"


def test_what_an_experiment_fixes_is_none_of_its_region():
    assert names(region(BY_SURVIVAL, SHALLOW.given(survival=0.5))) == ("depth",)


def test_an_end_that_nothing_gives_is_named():
    deep = Experiment("deep", toys.measure, over={"survival": Reals(0.1, 1)})
    assert region(BY_SURVIVAL, deep).unbounded == ("depth",)


def test_what_is_cheap_to_evaluate_ends_at_1e9():
    found = region(Equal("risk", generalisation.excess_risk_ridge))
    assert found.unbounded == ()
    assert found.axes["ridge"].ends() == (0, LARGEST)
    assert found.axes["ridge"].open() == (True, False)
    assert str(region(BY_DEPTH)) == "1 <= L <= 1e+09"


def test_an_end_may_be_another_parameter():
    statement = Equal("level", fisher.mean_eigenvalue_fixed_survivors)
    assert str(region(statement, SHALLOW)) == "1 <= L <= 50, 0 <= K <= L, 0.1 <= survival <= 1"


def test_listed_values_are_told():
    listed = Experiment("few", toys.measure, over={"depth": OneOf(1, 4, 9), "kind": OneOf("a")})
    assert str(region(BY_DEPTH, listed)) == "L = 1 or 4 or 9, kind = a"


def test_open_ends_are_told():
    statement = Equal("level", generalisation.excess_risk_ols)
    over = {"load": Reals(high=4, high_open=True), "noise_variance": Reals(0.5, 0.5)}
    assert str(region(statement, Experiment("x", toys.measure, over=over))) == (
        "0 < alpha < 4, v = 0.5"
    )


def test_forms_of_the_same_parameters_and_domains_share_their_rows():
    risks = (generalisation.excess_risk_ols, generalisation.generalisation_gap_ols)
    over = {"load": Reals(0.1, 10), "noise_variance": Reals(0.01, 2)}
    claim = toys.claim(
        *Equal.each("risk", *risks), by=Experiment("x", toys.measure, over=over), rows=[]
    )
    (found,) = regions(claim, claim.by[0])
    assert found.axes["load"].poles == (0.0, 1.0)


def test_a_form_is_drawn_over_the_parameters_of_the_others_of_its_experiment():
    claim = toys.claim(BY_DEPTH, BY_SURVIVAL, by=SHALLOW, rows=[])
    first, second = regions(claim, SHALLOW)
    assert set(names(first)) == set(names(second)) == {"depth", "survival"}
    apart = toys.claim(
        Equal("level", BY_DEPTH.form, by=(SHALLOW,)),
        Equal("level", BY_SURVIVAL.form, by=(other := SHALLOW.given("other"),)),
        by=(SHALLOW, other), rows=[],
    )  # fmt: skip
    assert [len(regions(apart, one)) for one in apart.by] == [1, 1]


@pytest.mark.parametrize(
    ("form", "stated"),
    [
        (generalisation.excess_risk_ols, {"load": (1.0,)}),
        (fisher.mean_eigenvalue_resnet, {}),
        (toys.form(1 / abs(toys.L - 3)), {"depth": (3.0,)}),
    ],
    ids=["least squares", "resnet", "a distance"],
)
def test_poles_are_read_off_the_formula(form, stated):
    assert poles(form) == stated


SIGNED = Parameter("shift", "x", Reals(-3, 3), "a shift", (0.1, 1))
x = SIGNED.symbol


@pytest.mark.parametrize(
    ("denominator", "roots"),
    [
        (x - 1 / sympy.sqrt(2), (math.sqrt(0.5),)),
        ((x**2 - sympy.sqrt(2)) ** 2, (-(2**0.25), 2**0.25)),
        (x**2 - sympy.sqrt(2) * x + sympy.Rational(1, 2), (math.sqrt(0.5),)),
        (x**2 + sympy.sqrt(3), ()),
        (sympy.pi * x - 1, (1 / math.pi,)),
    ],
    ids=str,
)
def test_poles_are_found_at_irrational_coefficients_too(denominator, roots):
    found = poles(toys.form(1 / denominator, parameters=(SIGNED,))).get("shift", ())
    assert found == pytest.approx(roots, rel=1e-7)
