"""Mutants: every first-order slip of a formula is made once, and evaluated as it stands."""

import mpmath
import pytest
import sympy

import theory
import toy_claims
import verify
from theory import fisher
from theory.closed_form import ClosedForm
from theory.computed import Computed
from theory.domains import Integers, Reals
from theory.fisher.eigenvalue_share import top_eigenvalue_share
from theory.fisher.parameters import BLOCK, SURVIVAL, SURVIVORS
from theory.parameters import DEPTH, Parameter
from theory.tables import Table
from verify.evidence.accounting import BUDGETS
from verify.judging.mutants import Evaluator, Unevaluated, mutants, probes
from verify.points import points

CLOSED_FORMS = [one for one in theory.catalogue() if isinstance(one, ClosedForm)]
L, p = DEPTH.symbol, SURVIVAL.symbol


def form(expression, *parameters):
    return toy_claims.form(expression, parameters=parameters)


def formulas(expression, *parameters):
    return {mutant.expr for mutant in mutants(form(expression, *parameters))}


def test_theorem_6_is_changed_in_each_kind_of_place():
    found = {mutant.expr for mutant in mutants(fisher.mean_eigenvalue_resnet)}
    assert found >= {
        (L + 3) / (4 * L + 4) * 2**L,  # a number by one
        (L + 4) / (4 * L + 3) * 2**L,
        (L + 4) / (4 * L + 4) * 3**L,
        (L - 4) / (4 * L + 4) * 2**L,  # a sign
        (2 * L + 4) / (4 * L + 4) * 2**L,  # a factor of 2 on a term
        (L + 4) / (8 * L + 8) * 2**L,  # on a factor
        2 * (L + 4) / (4 * L + 4) * 2**L,  # on the whole
        (L + 5) / (4 * L + 4) * 2**L,  # a parameter, in one place
        (L + 3) / (4 * L) * 2 ** (L - 1),  # and everywhere
        (L + 4) / (4 * L + 4) * 2 ** (2 * L),  # an exponent doubled
        (L + 4) / (4 * L + 4) * 2 ** (-L),  # and negated
        (L + 4) * (4 * L + 4) * 2**L,  # a division that is a product
    }


def test_no_mutant_is_the_form_and_none_is_made_twice():
    for one in CLOSED_FORMS:
        found = [mutant.expr for mutant in mutants(one)]
        assert one.expr not in found
        assert len(set(found)) == len(found) > 0


def test_a_change_is_told_with_what_it_stands_in():
    changes = {mutant.change for mutant in mutants(form(2**L + L + 4, DEPTH))}
    assert {"2**L + L + 4 → 2**L + L + 5", "2**L → 3**L", "L → L - 1 everywhere"} <= changes


def test_the_order_is_the_same_every_time():
    assert mutants(fisher.mean_eigenvalue_bn) == mutants(fisher.mean_eigenvalue_bn)


def test_the_index_of_a_sum_keeps_its_name_and_its_limits_are_mutated():
    K = SURVIVORS.symbol
    found = formulas(sympy.Sum(K, (K, 0, L)), DEPTH)
    assert {sympy.Sum(K, (K, 1, L)), sympy.Sum(K, (K, 0, L - 1))} <= found
    assert all(one.atoms(sympy.Sum).pop().limits[0][0] == K for one in found if one.has(sympy.Sum))


def test_a_table_is_mutated_in_its_entries():
    table = sympy.Piecewise((5, sympy.Eq(L, 1)), (7, True))
    assert sympy.Piecewise((6, sympy.Eq(L, 1)), (7, True)) in formulas(table, DEPTH)
    assert Evaluator({L: 1}).value(table) == 5
    assert Evaluator({L: 2}).value(table) == 7


@pytest.mark.parametrize("one", CLOSED_FORMS, ids=lambda one: one.id)
def test_a_form_is_evaluated_as_it_evaluates_itself(one):
    for point in probes(one):
        value = Evaluator({item.symbol: point[item.name] for item in one.parameters}).value(
            one.expr
        )
        expected = one.value(**{name: mpmath.mpf(x) for name, x in point.items()})
        assert mpmath.almosteq(value, expected, rel_eps=1e-12, abs_eps=1e-300)


@pytest.mark.parametrize("claim", verify.claims.values(), ids=lambda claim: claim.id)
def test_the_forms_of_a_claim_are_evaluated_as_they_were_when_they_were_judged(claim):
    for judged in (one for one in claim.says if not isinstance(one.form, Computed | Table)):
        symbols = {item.name: item.symbol for item in judged.form.parameters}
        for point in filter(judged.applies, points(claim, BUDGETS["quick"])):
            values = {symbols[name]: x for name, x in judged.arguments(point.values).items()}
            value = Evaluator(values).value(judged.form.expr)
            assert float(value) == pytest.approx(judged.target(point, 1.0).value, rel=1e-9)


x = sympy.Symbol("x")
ANY = Parameter("any", "y", Reals(), "any number", (-1.0, 1.0))


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        (sympy.Max(L, 2), 3),
        (sympy.Min(L, x), 2.5),
        (sympy.Abs(-x), 2.5),
        (sympy.ceiling(x), 3),
        (sympy.Mod(L, 2), 1),
        (sympy.Heaviside(x - 3), 0),
        (sympy.RisingFactorial(L, x + 0.5), 60),
        (36 * sympy.harmonic(L, 2), 49),
        (sympy.KroneckerDelta(L, 3), 1),
        (sympy.catalan(L), 5),  # mpmath's catalan is a constant
        (sympy.Product(BLOCK.symbol, (BLOCK.symbol, 1, L)), 6),
        (sympy.Piecewise((1, x > 3), (2, sympy.And(x > 2, L > 2))), 2),
    ],
    ids=str,
)
def test_functions_that_mpmath_lacks_or_defines_otherwise_are_left_to_sympy(expression, value):
    assert mpmath.almosteq(Evaluator({L: 3, x: 2.5}).value(expression), value, rel_eps=1e-40)


def test_a_sum_over_two_indices_runs_over_both():
    i, j = sympy.symbols("i j", integer=True)
    assert Evaluator({L: 3}).value(sympy.Sum(i * j, (i, 1, j), (j, 1, L))) == 25


@pytest.mark.parametrize(
    "expression",
    [
        sympy.Function("f")(L),
        sympy.Integral(sympy.sin(1 / x) / x, (x, 0, L)),
        sympy.Sum(x, (x, 0, 10**6 * L)),
    ],
    ids=str,
)
def test_what_cannot_be_worked_out_is_told_from_what_has_no_value(expression):
    with pytest.raises(Unevaluated):
        Evaluator({L: 3}).value(expression)


def test_a_mutant_that_sympy_knows_no_formula_for_is_left_out():
    assert {sympy.Mod(L, 2, evaluate=False)} <= formulas(sympy.Mod(L, 3), DEPTH)
    assert formulas(sympy.Mod(L, ANY.symbol - 1), DEPTH, ANY)


def test_values_have_fifty_digits():
    value = Evaluator({L: 3}).value(sympy.pi / L)
    with mpmath.workdps(60):
        assert abs(value - mpmath.pi / 3) < mpmath.mpf(10) ** -49


@pytest.mark.parametrize(
    "expression",
    [1 / (L - 3), sympy.sqrt(2 - L), sympy.log(3 - L), top_eigenvalue_share(L / 2), sympy.zoo],
    ids=str,
)
def test_what_has_no_finite_real_value_has_none(expression):
    assert Evaluator({L: 3}).value(expression) is None


@pytest.mark.parametrize(
    "domain",
    [Integers(None, None), Integers(None, -3), Reals(None, None), Reals(None, 0, high_open=True),
     Reals(0, 1, low_open=True, high_open=True), Reals(-1e6, None)],
    ids=repr,
)  # fmt: skip
def test_an_endless_domain_is_probed_in_a_bounded_part_of_it(domain):
    one = form(L, DEPTH.narrowed(domain))
    points = probes(one)
    for point in points:
        one.check(**point)
    ends = [point["depth"] for point in points]
    assert max(ends) - min(ends) < 20
    assert len(set(ends)) > 2


def test_probes_lie_in_the_domain_with_its_edges_among_them():
    open_above = SURVIVAL.narrowed(Reals(0, low_open=True))
    for one in (*theory.catalogue(), form(p * L, DEPTH, open_above)):
        for point in probes(one):
            one.check(**point)
    points = probes(form(p * L * BLOCK.symbol, DEPTH, SURVIVAL, BLOCK))
    assert {"depth": 1, "survival": 0.0, "layer": 1} in points
    assert 1.0 in {point["survival"] for point in points}
    assert len({point["survival"] for point in points}) == len(points)
