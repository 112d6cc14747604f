"""Formulas from text: what is read, and what is refused without being run."""

import pytest
import sympy

from theory.closed_form import ClosedForm
from theory.domains import Integers, Reals
from theory.notation import FUNCTIONS, LONGEST, read
from theory.papers import Paper
from theory.parameters import Parameter

DEPTH = Parameter("depth", "L", Integers(1), "layers", (1, 2))
SHARE = Parameter("share", "p", Reals(0.1, 0.9), "a share", (0.2, 0.3))
L, p = DEPTH.symbol, SHARE.symbol
ARGUMENTS = {"polygamma": "1, p", "binomial": "L, 2", "Max": "p, 1/2", "Min": "p, 1/2"}


def read_here(text):
    return read(text, (DEPTH, SHARE))


@pytest.mark.parametrize(
    ("text", "formula"),
    [
        ("(1 + p/2)**depth", (1 + p / 2) ** L),
        ("-L*sqrt(p) + 1/2", -L * sympy.sqrt(p) + sympy.Rational(1, 2)),
        (" exp(-pi*share)\n", sympy.exp(-sympy.pi * p)),
        ("polygamma(1, L/2)", sympy.polygamma(1, L / 2)),
        ("2**L**2", 2 ** (L**2)),
        ("0.25*p", sympy.Float(0.25) * p),
        ("+E", sympy.E),
    ],
)
def test_a_text_says_a_formula_by_names_or_letters(text, formula):
    assert read_here(text) == formula


@pytest.mark.parametrize("name", FUNCTIONS)
def test_every_function_that_may_be_named_has_values_in_floats(name):
    expr = read_here(f"{name}({ARGUMENTS.get(name, '1 + p' if name == 'acosh' else 'p')})")
    paper = Paper("notes2026", ("A. Reader",), "On functions", 2026, "notes")
    form = ClosedForm(
        name="f", expr=expr, parameters=(DEPTH, SHARE), paper=paper, where="1", status="derived"
    )
    expected = float(expr.subs({L: 3, p: sympy.Float("0.3", 30)}))
    assert form(depth=3, share=0.3) == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("__import__('os').system('true')", "is no part of a formula|is no function"),
        ("eval('1')", "eval is no function"),
        ("p.free_symbols", "'p.free_symbols' is no part of a formula"),
        ("(lambda: 1)()", "is no part of a formula"),
        ("width + 1", "width is unknown; it may name pi, E, L, depth, p, share"),
        ("p^2", r"a power is written \*\*, not \^"),
        ("(1", "never closed.*must be sympy's syntax"),
        ("True", "'True' is no part of a formula"),
        ("9**9**9**9", "beyond 1000"),
        ("factorial(10**9)", "beyond 1000"),
        ("sin()", "sin: sin takes exactly 1 argument"),
        ("1e999", "a number is infinite"),
        ("p/0", "divides by 0"),
        ("-" * 1500 + "p", "recursion"),
        ("p" * (LONGEST + 1), f"must have {LONGEST} at most"),
        ("", "must be sympy's syntax"),
    ],
)
def test_what_is_no_formula_is_refused_in_a_line(text, reason):
    with pytest.raises(ValueError, match=f"^formula .*({reason})") as error:
        read_here(text)
    assert "\n" not in str(error.value)
