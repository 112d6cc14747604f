"""Every function of sympy that takes reals to reals, for every kind of number, against mpmath."""

import math

import mpmath
import numpy as np
import pytest
import sympy
import torch

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.parameters import Parameter

X = Parameter("x", "x", Reals(), "a real number", (0.0, 1.0))
x = X.symbol
k, t = sympy.Symbol("k", integer=True), sympy.Symbol("t", real=True)


ONE_ARGUMENT = {
    "sqrt": (0.7, mpmath.sqrt),
    "cbrt": (0.7, mpmath.cbrt),
    "Abs": (-0.7, abs),
    "sign": (-0.7, mpmath.sign),
    "floor": (2.7, mpmath.floor),
    "ceiling": (2.7, mpmath.ceil),
    "frac": (2.7, mpmath.frac),
    "exp": (0.7, mpmath.exp),
    "log": (0.7, mpmath.log),
    "ln": (0.7, mpmath.log),
    "sin": (0.7, mpmath.sin),
    "cos": (0.7, mpmath.cos),
    "tan": (0.7, mpmath.tan),
    "sec": (0.7, mpmath.sec),
    "csc": (0.7, mpmath.csc),
    "cot": (0.7, mpmath.cot),
    "sinc": (0.7, mpmath.sinc),
    "asin": (0.7, mpmath.asin),
    "acos": (0.7, mpmath.acos),
    "atan": (0.7, mpmath.atan),
    "asec": (1.7, mpmath.asec),
    "acsc": (1.7, mpmath.acsc),
    "acot": (0.7, mpmath.acot),
    "sinh": (0.7, mpmath.sinh),
    "cosh": (0.7, mpmath.cosh),
    "tanh": (0.7, mpmath.tanh),
    "coth": (0.7, mpmath.coth),
    "sech": (0.7, mpmath.sech),
    "csch": (0.7, mpmath.csch),
    "asinh": (0.7, mpmath.asinh),
    "acosh": (1.7, mpmath.acosh),
    "atanh": (0.7, mpmath.atanh),
    "acoth": (1.7, mpmath.acoth),
    "asech": (0.7, mpmath.asech),
    "acsch": (0.7, mpmath.acsch),
    "LambertW": (0.7, mpmath.lambertw),
    "erf": (0.7, mpmath.erf),
    "erfc": (5.7, mpmath.erfc),
    "erfi": (0.7, mpmath.erfi),
    "erfinv": (0.7, mpmath.erfinv),
    "erfcinv": (0.7, lambda y: mpmath.erfinv(1 - y)),
    "Ei": (0.7, mpmath.ei),
    "E1": (0.7, mpmath.e1),
    "li": (1.7, mpmath.li),
    "Li": (1.7, lambda y: mpmath.li(y) - mpmath.li(2)),
    "Si": (0.7, mpmath.si),
    "Ci": (0.7, mpmath.ci),
    "Shi": (0.7, mpmath.shi),
    "Chi": (0.7, mpmath.chi),
    "fresnels": (0.7, mpmath.fresnels),
    "fresnelc": (0.7, mpmath.fresnelc),
    "gamma": (-0.7, mpmath.gamma),
    "loggamma": (3.7, mpmath.loggamma),
    "digamma": (0.7, mpmath.digamma),
    "trigamma": (0.7, lambda y: mpmath.psi(1, y)),
    "factorial": (3.7, mpmath.factorial),
    "harmonic": (3.7, mpmath.harmonic),
    "zeta": (2.7, mpmath.zeta),
    "dirichlet_eta": (2.7, mpmath.altzeta),
    "airyai": (0.7, mpmath.airyai),
    "airybi": (0.7, mpmath.airybi),
    "airyaiprime": (0.7, lambda y: mpmath.airyai(y, derivative=1)),
    "airybiprime": (0.7, lambda y: mpmath.airybi(y, derivative=1)),
    "elliptic_k": (0.7, mpmath.ellipk),
    "Heaviside": (0.7, lambda y: mpmath.mpf(y > 0)),
    "re": (0.7, mpmath.re),
    "im": (0.7, mpmath.im),
    "conjugate": (0.7, mpmath.conj),
    "elliptic_e": (0.7, mpmath.ellipe),
}
SEVERAL = {
    "Max": (sympy.Max(x, x**2, 1), 1.7, lambda y: max(y, y**2, 1)),
    "Min": (sympy.Min(x, x**2, 1), 0.7, lambda y: min(y, y**2, 1)),
    "Mod": (sympy.Mod(x, 2), -3.3, lambda y: y % 2),
    "Rem": (sympy.Rem(x, 2), 3.3, lambda y: y - 2 * int(y / 2)),
    "root": (sympy.root(x, 5), 0.7, lambda y: mpmath.root(y, 5)),
    "real_root": (sympy.real_root(x, 3), -0.7, lambda y: -mpmath.cbrt(-y)),
    "atan2": (sympy.atan2(x, -1), 0.7, lambda y: mpmath.atan2(y, -1)),
    "erf2": (sympy.erf2(x, 2), 0.7, lambda y: mpmath.erf(2) - mpmath.erf(y)),
    "expint": (sympy.expint(3, x), 0.7, lambda y: mpmath.expint(3, y)),
    "binomial": (sympy.binomial(x, 3), 5.7, lambda y: mpmath.binomial(y, 3)),
    "rf": (sympy.rf(x, sympy.Rational(5, 2)), 0.7, lambda y: mpmath.rf(y, 2.5)),
    "ff": (sympy.ff(x, 3), 3.7, lambda y: mpmath.ff(y, 3)),
    "RisingFactorial": (sympy.rf(3, x), 0.7, lambda y: mpmath.rf(3, y)),
    "FallingFactorial": (sympy.ff(x, 2), 3.7, lambda y: mpmath.ff(y, 2)),
    "lowergamma": (sympy.lowergamma(2.5, x), 0.7, lambda y: mpmath.gammainc(2.5, 0, y)),
    "uppergamma": (sympy.uppergamma(2.5, x), 0.7, lambda y: mpmath.gammainc(2.5, y)),
    "polygamma": (sympy.polygamma(2, x), 0.7, lambda y: mpmath.psi(2, y)),
    "polylog": (sympy.polylog(3, x), 0.7, lambda y: mpmath.polylog(3, y)),
    "lerchphi": (
        sympy.lerchphi(sympy.Rational(1, 4), 2, x), 0.7, lambda y: mpmath.lerchphi(0.25, 2, y)
    ),
    "besselj": (sympy.besselj(2, x), 0.7, lambda y: mpmath.besselj(2, y)),
    "bessely": (sympy.bessely(2, x), 0.7, lambda y: mpmath.bessely(2, y)),
    "besseli": (sympy.besseli(2, x), 0.7, lambda y: mpmath.besseli(2, y)),
    "besselk": (sympy.besselk(2, x), 0.7, lambda y: mpmath.besselk(2, y)),
    "legendre": (sympy.legendre(5, x), 0.7, lambda y: mpmath.legendre(5, y)),
    "hermite": (sympy.hermite(4, x), 0.7, lambda y: mpmath.hermite(4, y)),
    "chebyshevt": (sympy.chebyshevt(5, x), 0.7, lambda y: mpmath.chebyt(5, y)),
    "chebyshevu": (sympy.chebyshevu(5, x), 0.7, lambda y: mpmath.chebyu(5, y)),
    "laguerre": (sympy.laguerre(4, x), 0.7, lambda y: mpmath.laguerre(4, 0, y)),
    "assoc_laguerre": (sympy.assoc_laguerre(4, 2, x), 0.7, lambda y: mpmath.laguerre(4, 2, y)),
    "gegenbauer": (sympy.gegenbauer(4, 2, x), 0.7, lambda y: mpmath.gegenbauer(4, 2, y)),
    "jacobi": (sympy.jacobi(3, 1, 2, x), 0.7, lambda y: mpmath.jacobi(3, 1, 2, y)),
    "elliptic_f": (sympy.elliptic_f(x, 0.25), 0.7, lambda y: mpmath.ellipf(y, 0.25)),
    "elliptic_pi": (sympy.elliptic_pi(0.25, x), 0.5, lambda y: mpmath.ellippi(0.25, y)),
    "beta": (sympy.beta(x, 2.5), 0.7, lambda y: mpmath.beta(y, 2.5)),
    "betainc": (sympy.betainc(2, 3, 0, x), 0.7, lambda y: mpmath.betainc(2, 3, 0, y)),
    "betainc_regularized": (
        sympy.betainc_regularized(2, 3, 0, x), 0.7,
        lambda y: mpmath.betainc(2, 3, 0, y, regularized=True),
    ),
    "jn": (sympy.jn(2, x), 0.7,
           lambda y: mpmath.sqrt(mpmath.pi / (2 * y)) * mpmath.besselj(2.5, y)),
    "yn": (sympy.yn(2, x), 0.7,
           lambda y: mpmath.sqrt(mpmath.pi / (2 * y)) * mpmath.bessely(2.5, y)),
    "riemann_xi": (
        sympy.riemann_xi(x), 2.7,
        lambda y: y * (y - 1) / 2 * mpmath.pi ** (-y / 2) * mpmath.gamma(y / 2) * mpmath.zeta(y),
    ),
    "assoc_legendre": (sympy.assoc_legendre(3, 1, x), 0.7,
                       lambda y: -mpmath.sqrt(1 - y**2) * (15 * y**2 - 3) / 2),
    "hermite_prob": (sympy.hermite_prob(4, x), 0.7, lambda y: y**4 - 6 * y**2 + 3),
    "appellf1": (sympy.appellf1(1, 2, 3, 2.5, x, 0.25), 0.25,
                 lambda y: mpmath.appellf1(1, 2, 3, 2.5, y, 0.25)),
    "multigamma": (sympy.multigamma(x, 2), 0.7,
                   lambda y: mpmath.sqrt(mpmath.pi) * mpmath.gamma(y) * mpmath.gamma(y - 0.5)),
    "jacobi_normalized": (sympy.jacobi_normalized(2, 1, 2, x), 0.7,
                          lambda y: mpmath.jacobi(2, 1, 2, y) / mpmath.sqrt(mpmath.mpf(6) / 5)),
    "meijerg": (sympy.meijerg([[1], []], [[1], [0]], x), 0.7,
                lambda y: mpmath.meijerg([[1], []], [[1], [0]], y)),
    "hyper": (sympy.hyper((1, 2), (2.5,), x), 0.25, lambda y: mpmath.hyp2f1(1, 2, 2.5, y)),
    "Piecewise": (
        sympy.Piecewise((sympy.log(x), x > 1), (sympy.sqrt(1 - x), True)), 0.7,
        lambda y: mpmath.sqrt(1 - y),
    ),
    "Piecewise with and, or, not": (
        sympy.Piecewise((x**2, (x > 2) | ((x > 0) & (x < 1))), (sympy.exp(x), True)), 0.7,
        lambda y: y**2,
    ),
    "harmonic below its pole": (sympy.harmonic(x), -3.7, mpmath.harmonic),
    "harmonic by its pole": (sympy.harmonic(x), -0.75, mpmath.harmonic),
    "harmonic far out": (sympy.harmonic(x), 1e7, mpmath.harmonic),
    "Sum": (sympy.Sum(x**k / (k + x), (k, 0, 7)), 0.7,
            lambda y: mpmath.fsum(y**i / (i + y) for i in range(8))),
    "Sum without end": (sympy.Sum(1 / (k + x) ** 2, (k, 1, sympy.oo)), 0.7,
                        lambda y: mpmath.psi(1, 1 + y)),
    "Product": (sympy.Product(k + x, (k, 1, 4)), 0.7,
                lambda y: (1 + y) * (2 + y) * (3 + y) * (4 + y)),
    "Integral": (sympy.Integral(sympy.exp(-x * t**2), (t, 0, 1)), 0.7,
                 lambda y: mpmath.quad(lambda s: mpmath.exp(-y * s**2), [0, 1])),
    "Integral to x": (sympy.Integral(sympy.sin(t) * sympy.exp(t**2), (t, 0, x)), 0.7,
                      lambda y: mpmath.quad(lambda s: mpmath.sin(s) * mpmath.exp(s**2), [0, y])),
}  # fmt: skip
_WHOLE = "takes whole numbers to whole numbers or fractions; no function of a real"
_COMPLEX = "its values, or what it is about, are complex numbers"
_REWRITES = "rewrites an expression and is no function of a number"
_GENERALISED = "a distribution or a symbol of two indices, not a function of a real"
_NO_VALUE = "neither sympy nor mpmath works out its values from sympy's arguments"
LEFT_OUT = {
    **dict.fromkeys(
        [
            "factorial2",
            "subfactorial",
            "carmichael",
            "fibonacci",
            "lucas",
            "motzkin",
            "tribonacci",
            "bernoulli",
            "bell",
            "euler",
            "catalan",
            "genocchi",
            "andre",
            "partition",
            "divisor_sigma",
            "udivisor_sigma",
            "legendre_symbol",
            "jacobi_symbol",
            "kronecker_symbol",
            "mobius",
            "primenu",
            "primeomega",
            "totient",
            "reduced_totient",
            "primepi",
            "chebyshevu_root",
            "chebyshevt_root",
            "jn_zeros",
            "stieltjes",
        ],
        _WHOLE,
    ),
    **dict.fromkeys(
        [
            "arg",
            "polar_lift",
            "periodic_argument",
            "unbranched_argument",
            "principal_branch",
            "exp_polar",
            "hankel1",
            "hankel2",
            "hn1",
            "hn2",
            "Ynm",
            "Ynm_c",
            "Znm",
            "transpose",
            "adjoint",
        ],
        _COMPLEX,
    ),
    **dict.fromkeys(
        [
            "Id",
            "polarify",
            "unpolarify",
            "piecewise_fold",
            "piecewise_exclusive",
            "bspline_basis",
            "bspline_basis_set",
            "interpolating_spline",
        ],
        _REWRITES,
    ),
    **dict.fromkeys(
        ["Eijk", "LeviCivita", "KroneckerDelta", "SingularityFunction", "DiracDelta"], _GENERALISED
    ),
    **dict.fromkeys(
        [
            "erf2inv",
            "marcumq",
            "mathieus",
            "mathieuc",
            "mathieusprime",
            "mathieucprime",
        ],
        _NO_VALUE,
    ),
}
CASES = {
    **{
        name: (getattr(sympy, name)(x), point, reference)
        for name, (point, reference) in ONE_ARGUMENT.items()
    },
    **SEVERAL,
}


def form(expression: sympy.Expr) -> ClosedForm:
    return ClosedForm(
        name="toy", expr=expression, paper="luo2018", where="eq 1", status="derived",
        parameters=(X,),
    )  # fmt: skip


def test_every_function_of_sympy_has_a_case_or_a_reason():
    assert set(sympy.functions.__all__) <= CASES.keys() | LEFT_OUT.keys()
    assert not CASES.keys() & LEFT_OUT.keys()


WITHOUT_VALUE = {
    "erf2inv": sympy.erf2inv(x, 0.25),
    "marcumq": sympy.marcumq(1, x, 2),
    "mathieus": sympy.mathieus(1, 2, x),
    "mathieuc": sympy.mathieuc(1, 2, x),
    "mathieusprime": sympy.mathieusprime(1, 2, x),
    "mathieucprime": sympy.mathieucprime(1, 2, x),
}


@pytest.mark.parametrize("name", WITHOUT_VALUE)
@pytest.mark.parametrize("value", [0.7, np.array([0.7]), mpmath.mpf(0.7)], ids=type)
def test_a_function_without_values_is_refused_by_its_name(name, value):
    assert LEFT_OUT[name] == _NO_VALUE
    with pytest.raises(TypeError, match=f"no value of {name}"):
        form(WITHOUT_VALUE[name])(x=value)


@pytest.mark.parametrize("name", CASES)
def test_its_value_is_mpmaths_for_every_kind_of_number(name):
    expression, point, reference = CASES[name]
    one = form(expression)
    with mpmath.workdps(40):
        exact = reference(mpmath.mpf(point))
        assert mpmath.almosteq(one.value(x=mpmath.mpf(point)), exact, rel_eps=1e-35, abs_eps=1e-35)
    expected = pytest.approx(float(mpmath.re(exact)), rel=1e-13, abs=1e-300)
    assert one.value(x=point) == expected
    array = one.value(x=np.array([[point, point]]))
    assert array.shape == (1, 2)
    assert array.ravel().tolist() == [expected, expected]
    tensor = one.value(x=torch.tensor([[point, point]], dtype=torch.float64))
    assert tensor.shape == (1, 2)
    assert tensor.ravel().tolist() == [expected, expected]
    y = sympy.Symbol("y", real=True)
    assert one.value(x=y) == expression.subs(x, y)


@pytest.mark.parametrize("name", CASES)
def test_its_gradient_is_the_derivative(name):
    expression, point, reference = CASES[name]
    argument = torch.tensor([point, point], dtype=torch.float64, requires_grad=True)
    value = form(expression).value(x=argument)
    slope = torch.zeros(2)
    if value.requires_grad:
        (found,) = torch.autograd.grad(value.sum(), argument, allow_unused=True)
        slope = slope if found is None else found
    with mpmath.workdps(60):
        exact = float(mpmath.re(mpmath.diff(reference, mpmath.mpf(point))))
    assert slope.tolist() == [pytest.approx(exact, rel=1e-11, abs=1e-30)] * 2


def test_a_parameter_may_be_called_like_a_function():
    parameter = Parameter("gamma", "gamma", Reals(0, low_open=True), "a number", (1, 2))
    gamma = parameter.symbol
    one = ClosedForm(
        name="toy", expr=sympy.gamma(gamma) + sympy.log(gamma), paper="luo2018", where="eq 1",
        status="derived", parameters=(parameter,),
    )  # fmt: skip
    for value in (2.5, np.array(2.5), torch.tensor(2.5, dtype=torch.float64), mpmath.mpf(2.5)):
        assert float(one.value(gamma=value)) == pytest.approx(math.gamma(2.5) + math.log(2.5))


def test_what_has_no_real_value_is_an_error_and_not_nan():
    for value in (-2.5, np.array([-2.5]), torch.tensor([-2.5]), mpmath.mpf(-2.5)):
        with pytest.raises(ValueError, match="toy: has no real value"):
            form(sympy.loggamma(x) + sympy.sqrt(x)).value(x=value)


def test_a_function_that_nobody_knows_is_named():
    for value in (2.5, np.array([2.5]), torch.tensor([2.5]), mpmath.mpf(2.5)):
        with pytest.raises(TypeError, match=r"no value of f\("):
            form(sympy.Function("f")(x)).value(x=value)


def test_cases_do_not_leak_into_each_others_gradients():
    argument = torch.tensor([-2.0, 4.0], dtype=torch.float64, requires_grad=True)
    cases = sympy.Piecewise((sympy.sqrt(x), x > 0), (x**2, True))
    form(cases).value(x=argument).sum().backward()
    assert argument.grad.tolist() == [-4.0, 0.25]


def test_letters_that_are_no_parameters_are_refused():
    with pytest.raises(ValueError, match="toy: the letter x of the formula has other assumptions"):
        form(sympy.Symbol("x") + 1)
    with pytest.raises(ValueError, match="toy: the letter y of the formula is no parameter"):
        form(sympy.Symbol("y") + x)
