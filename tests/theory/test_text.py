import sympy
from latex2mathml.converter import convert

from theory.text import latex


def test_a_name_of_several_letters_is_no_product():
    width, depth = sympy.symbols("width depth_2")
    assert latex(width**2 / depth) == r"\frac{\mathrm{width}^{2}}{\mathrm{depth}_{2}}"
    assert convert(latex(width)).count('mathvariant="normal"') == len("width")


def test_letters_stay_as_papers_write_them():
    names = {"L": "L", "gamma": r"\gamma", "lambda_": r"\lambda", "xbar": r"\bar{x}"}
    assert {name: latex(sympy.Symbol(name)) for name in names} == names
