"""Formulas from LaTeX: what is read, as papers and sympy write it, and what is refused."""

import pytest
import sympy

import theory
from theory.domains import Integers, Reals
from theory.notation import read
from theory.parameters import Parameter
from theory.text import latex

GAMMA = Parameter("gamma", "gamma", Reals(0.1, 0.9), "a share", (0.2, 0.3))
LAMBDA = Parameter("lambda_", "lambda_", Reals(0.1), "an eigenvalue", (1.0, 2.0))
RATE = Parameter("learning_rate", "learning_rate", Reals(0.1), "a rate", (1.0, 2.0))
DEPTH = Parameter("depth", "L", Integers(1), "layers", (1, 2))
TOP = Parameter("m_lambda", "m_lambda", Reals(0.1), "a mean", (1.0, 2.0))
FIRST = Parameter("x_1", "x_1", Reals(0.1), "a number", (1.0, 2.0))
PARAMETERS = (GAMMA, LAMBDA, RATE, DEPTH, TOP, FIRST)
g, lam, rate, L, m, x = (one.symbol for one in PARAMETERS)
HALF = sympy.Rational(1, 2)


def read_here(text):
    return read(text, PARAMETERS)


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        (r"\frac{\gamma x_1}{1-\gamma}", g * x / (1 - g)),
        (r"\left(1 + \frac{5}{\lambda}\right)^L", (1 + 5 / lam) ** L),
        (r"\frac{L+4}{4L+4}\,2^L", (L + 4) / (4 * L + 4) * 2**L),
        (r"x_{1}^2 m_\lambda", x**2 * m),
        (r"$5 L/m_{\lambda} - 1$", 5 * L / m - 1),
        (r"\mathit{learning\_rate}\,\mathrm{depth}", rate * L),
        (r"\log L + 1", sympy.log(L) + 1),
        (r"\ln(L) \log_2 L", sympy.log(L) ** 2 / sympy.log(2)),
        (r"2\tanh^2(\gamma) \cdot \exp(-\gamma)", 2 * sympy.tanh(g) ** 2 * sympy.exp(-g)),
        (
            r"-e^{-\pi\gamma} \times \sqrt{2}\sqrt[3]{L}",
            -sympy.exp(-sympy.pi * g) * 2**HALF * sympy.cbrt(L),
        ),
        (r"\left|\gamma - 1\right| |x_1|", sympy.Abs(g - 1) * x),
        (r"\frac12 L! + \binom{L}{2}", sympy.factorial(L) / 2 + sympy.binomial(L, 2)),
        (
            r"\Gamma\left(\tfrac{L}{2}\right)\operatorname{erf}(\gamma)",
            sympy.gamma(L / 2) * sympy.erf(g),
        ),
        (r"\max(\gamma, x_1)", sympy.Max(g, x)),
        (r"\{2^{L^2}\}[0.5 L]", 2 ** (L**2) * sympy.Float(0.5) * L),
        (r"\frac{10^{-20}}{L}", sympy.Integer(10) ** -20 / L),
    ],
)
def test_latex_says_a_formula(text, formula):
    assert read_here(text) == formula


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (r"\frac{\alpha}{L}", "alpha is unknown; it may name .*gamma"),
        (r"width\,L^{1}", "w is unknown"),
        (r"\frac{L}", r"LaTeX that cannot be read as it ends too early"),
        (r"\frac{L}{\gamma", r"LaTeX that cannot be read as it ends too early"),
        (r"\left(L\right]", r"LaTeX that cannot be read from ']' on"),
        ("$$", "LaTeX that cannot be read as it ends too early"),
        (r"$\gamma = L$", "LaTeX that cannot be read from '= L' on"),
        (r"\sum_{k=1}^L k", r"\\sum_{k=1} is no name of a parameter"),
        (r"\gamma_{L+1}", r"is no name of a parameter"),
        (r"$\gamma^10$", r"\^10 raises 1 alone; write \^\{10\}"),
        (r"$1/2 \gamma$", "LaTeX that cannot be read from"),
        (r"\log L \gamma", "LaTeX that cannot be read from"),
        (r"\sin^{-1} \gamma", "is an inverse, or a power"),
        (r"\exp_2(\gamma)", r"\\exp takes no index"),
        (r"2\,3^L", r"3 \*\* L follows another factor: write \\cdot before it"),
        (r"1.5e3\gamma", r"3 follows another factor"),
        (r"(\gamma, L)", "is no part of a formula"),
        (r"9^{9^{9^9}}", "beyond 1000"),
        (r"\frac{\gamma}{0}", "divides by 0"),
        (r"\immediate\write18{rm}", "18 follows another factor"),
        (r"\gamma" + "(" * 900 + "L" + ")" * 900, "recursion"),
    ],
)
def test_latex_without_a_meaning_or_with_two_is_refused_in_a_line(text, reason):
    with pytest.raises(ValueError, match=f"^formula .*({reason})") as error:
        read_here(text)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize(
    "name",
    [
        "fisher.mean_eigenvalue_bn",
        "fisher.mean_eigenvalue_resnet",
        "fisher.mean_eigenvalue_stochastic_depth",
        "order_parameters.i2_erf",
        "order_parameters.i2_relu_printed",
        "batch_norm.zeta_linear",
        "regularisation.mean_frobenius_product",
        "generalisation.generalisation_gap_ridge",
    ],
)
def test_what_forms_of_the_catalogue_print_is_read_back(name):
    form = theory.find(name)
    values = {one.symbol: sympy.Rational(str(one.typical[0])) for one in form.parameters}
    found, expected = (
        one.subs(values).evalf(30) for one in (read(form.latex, form.parameters), form.expr)
    )
    assert abs(found / expected - 1) < 1e-25


@pytest.mark.parametrize("parameter", PARAMETERS)
def test_the_name_of_a_parameter_is_read_back(parameter):
    assert read(latex(parameter.symbol), PARAMETERS) == parameter.symbol
