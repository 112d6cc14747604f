"""Transforms of functions of bounded support under scaling, in sympy."""

import pytest
import sympy

from theory import regularisation as forms

pytestmark = pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")

S, K = sympy.symbols("s k", positive=True)


@pytest.mark.parametrize("dims", [1, 2, 5])
def test_twice_the_support_has_the_factor_of_its_dimension(dims):
    # a Gaussian has the scaling of any function: 2 f(x/2) against f, at k and 2 k
    transform = (2 * sympy.pi) ** sympy.Rational(dims, 2) * sympy.exp(-(K**2) / 2)
    wide = 2 * 2**dims * transform.subs(K, 2 * K)
    ratio = sympy.simplify(wide * K**2 / (transform * K**2).subs(K, 2 * K))
    assert int(ratio) == forms.doubled_support(dims=dims)
    assert forms.doubled_support_printed(dims=dims) == 1


def test_a_constant_of_one_support_is_what_o_may_mean():
    assert forms.doubled_support_printed.reading.kind == "matter of reading"


def test_a_crease_leaves_a_kink_and_a_generic_direction_one_order_more():
    # max(0, 1 - |x| - |y|) is 1 - max(|u|, |v|), u = x + y, v = x - y: squares of side 2 t over t
    p, q, t = sympy.symbols("p q t", positive=True)
    square = sympy.integrate(sympy.cos(p * S), (S, -t, t)) * sympy.integrate(
        sympy.cos(q * S), (S, -t, t)
    )
    transform = sympy.integrate((square / 2).rewrite(sympy.exp).expand(), (t, 0, 1), conds="none")
    generic = transform.subs({p: 2 * K, q: K / 3})
    scaled = sympy.simplify((generic * K**3).rewrite(sympy.cos))
    waves = scaled.atoms(sympy.sin, sympy.cos)
    assert K not in scaled.subs({wave: sympy.Dummy() for wave in waves}).free_symbols
    assert forms.generic_power_exponent(dims=2) == -6
    # across a crease, along y = 0 for one: the integral along it is (1 - |x|)^2
    along = sympy.integrate((1 - S) ** 2 * sympy.cos(K * S), (S, 0, 1)) * 2
    assert sympy.limit(along * K**2, K, sympy.oo) == 4
    assert forms.across_power_exponent() == forms.generic_power_exponent(dims=1) == -4
