"""How a form reads: its LaTeX, its docstring, its limit."""

from __future__ import annotations

import inspect
import re
import textwrap
from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import sympy
from sympy.printing.latex import LatexPrinter

if TYPE_CHECKING:
    from theory.form import Form
    from theory.parameters import Parameter


NOT_PLAIN = "#$%&_^~{}\\"
"""What means something else in LaTeX's text."""


class _Printer(LatexPrinter):
    """Writes what papers write where sympy has a name of its own."""

    def _print_Symbol(self, expression: sympy.Symbol, style: str = "plain") -> str:
        # Of several letters in a row TeX makes a product, of the end of lambda_ an empty index.
        written = super()._print_Symbol(expression, style).removesuffix("_{}")
        return re.sub(r"^[A-Za-z]{2,}", r"\\mathrm{\g<0>}", written)

    def _print_harmonic(self, expression: sympy.harmonic) -> str:
        return f"H_{{{self._print(expression.args[0])}}}"

    def _print_Piecewise(self, expression: sympy.Piecewise) -> str:
        # In one line: matplotlib knows no environment.
        cases = [
            self._print(value) + ("" if where == sympy.true else rf"\;({self._print(where)})")
            for value, where in expression.args
        ]
        return r"\left\{" + r", \; ".join(cases) + r"\right."


def shown(value: Any) -> str:
    """Return a number as errors show it; Python writes no integer of more than 4300 digits."""
    try:
        return str(value)
    except ValueError:
        return f"{Decimal(int(value)):.3e}"


def latex(expression: sympy.Expr) -> str:
    """Return the formula in LaTeX."""
    return str(_Printer().doprint(expression))


def signature(parameters: Iterable[Parameter]) -> inspect.Signature:
    """Return the signature of a form of these parameters, all of them by keyword."""
    keyword = inspect.Parameter.KEYWORD_ONLY
    return inspect.Signature([inspect.Parameter(item.name, keyword) for item in parameters])


def limit(grows: Iterable[Parameter]) -> str:
    """Say which sizes grow: "D, N -> oo"."""
    return f"{', '.join(str(item.symbol) for item in grows)} -> oo"


def order(remainder: sympy.Expr) -> str:
    """Say of which order a remainder is: "O(1/D + 1/N)"."""
    fractions = (term.as_numer_denom() for term in sympy.Add.make_args(remainder))
    terms = " + ".join(sorted(f"{above}/{below}" for above, below in fractions))
    return f"O({terms.replace('**', '^')})"


def document(form: Form) -> str:
    """Return the docstring of a form: source, formula, domains, and where it holds."""
    source = str(form.source)
    status = "" if form.status in source.split() else f" ({form.status})"
    lines = [f"{source}{status}:", f"{form.name} = {form.formula}.", ""]
    lines += [
        f"{item.name} ({item.symbol}): {item.domain.describe()}; {item.meaning}."
        for item in form.parameters
    ]
    if form.superseded_by is not None:
        lines.append(
            "Refuted as printed, or resting on a form that is; the one to use is "
            f"{form.superseded_by}."
        )
    if form.reading is not None:
        told = form.reading.told.items()
        lines += [f"{label[0].upper()}{label[1:]}: {words}." for label, words in told]
    if form.improved_by is not None:
        lines.append(f"A true bound; a tighter one is {form.improved_by}.")
    if form.assumptions:
        lines.append(f"Assumptions: {'; '.join(form.assumptions)}.")
    if form.limit is not None:
        up_to = f", up to {form.finite_size}" if form.finite_size else ""
        lines.append(f"Holds as {form.limit}{up_to}.")
    lines += form.remarks
    if form.derivation:
        lines += ["", form.derivation]
    wrapped = textwrap.TextWrapper(width=88, break_long_words=False, break_on_hyphens=False)
    return "\n".join(wrapped.fill(line) for line in lines)
