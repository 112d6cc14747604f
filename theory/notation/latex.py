r"""Formulas in LaTeX, parsed into the same trees as those in sympy's syntax.

The grammar is ours: that of sympy's own parser has no \pi, cannot read x^2 y, finds two meanings of
\log L + 1, and sympy works out 9^{9^9} while it reads.  Here a formula has one meaning or none.
"""

from __future__ import annotations

import ast
import re
from itertools import pairwise
from typing import NoReturn, TypeGuard

from lark import Lark, Token, Transformer, v_args
from lark.exceptions import UnexpectedInput, UnexpectedToken, VisitError

GRAMMAR = r"""
?start: sum
?sum: product
    | "-" product -> negative
    | "+" product
    | sum "+" product -> plus
    | sum "-" product -> minus
?product: adjacent
    | product ("*" | "\\cdot" | "\\times") adjacent -> times
    | product ("/" | "\\div") power -> over
adjacent: power+ | power* last
?power: operand | operand "^" script -> power
?operand: group | plain | operand "!" -> factorial
?group: "(" values ")" | "[" sum "]" | "{" sum "}" | "\\{" sum "\\}"
    | "\\lvert" sum "\\rvert" -> size
values: sum ("," sum)*
?plain: NUMBER -> number
    | SYMBOL -> symbol
    | ("\\frac" | "\\dfrac" | "\\tfrac") group group -> over
    | ("\\binom" | "\\dbinom" | "\\tbinom") group group -> binomial
    | "\\sqrt" group -> root
    | "\\sqrt" "[" sum "]" group -> root
    | FUNCTION group -> called
    | FUNCTION "^" script group -> power_called
    | FUNCTION "_" script group -> log_called
?last: FUNCTION bare -> called
    | FUNCTION "^" script bare -> power_called
    | FUNCTION "_" script bare -> log_called
?bare: plain | plain "!" -> factorial | plain "^" script -> power
?script: "{" sum "}" | NUMBER -> digit | SYMBOL -> symbol

NUMBER: /\d+(\.\d*)?|\.\d+/
FUNCTION.2: /\\(?:NAMES)(?![A-Za-z])|TEXT\{(?:NAMES)\}/
SYMBOL: /(?:TEXT\{[^{}]+\}|\\[A-Za-z]+|[A-Za-z])(?:_(?:BRACED|\\[A-Za-z]+|[A-Za-z0-9]))?/
%ignore /\s+|~|\\[,;:! ]|\\(?:quad|qquad|displaystyle)(?![A-Za-z])/
"""

TEXT = r"\\(?:operatorname|mathrm|mathit|text)"
"""Commands that set a name of several letters."""

BRACED = r"\{[^{}]+(?:\{[^{}]*\}[^{}]*)*\}"
"""A subscript in braces, which may hold a name of several letters."""

FUNCTIONS = {
    **{name: name for name in ("exp", "log", "sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{name: name for name in ("erf", "erfc", "loggamma", "digamma", "polygamma", "harmonic")},
    **{f"arc{name}": f"a{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{f"ar{name}": f"a{name}" for name in ("sinh", "cosh", "tanh")},
    **{f"a{name}": f"a{name}" for name in ("sin", "cos", "tan", "sinh", "cosh", "tanh")},
    **{"ln": "log", "Gamma": "gamma", "max": "Max", "min": "Min"},
}
"""Names of functions in LaTeX, and in sympy's syntax."""


def parse(text: str) -> ast.expr:
    """Return the tree of a formula in LaTeX; SyntaxError where it has no meaning, or several."""
    text = _plain(text)
    try:
        return _Tree().transform(PARSER.parse(text))
    except UnexpectedInput as error:
        ended = isinstance(error, UnexpectedToken) and error.token.type == "$END"
        rest = text[error.pos_in_stream or 0 :][:20]
        place = "as it ends too early" if ended else f"from '{rest}' on"
        raise SyntaxError(f"LaTeX that cannot be read {place}") from error
    except VisitError as error:
        raise error.orig_exc from error


def _plain(text: str) -> str:
    """The formula without what only sets it: dollars, sizes of brackets."""
    text = text.strip().strip("$")
    text = re.sub(r"\\left\s*\|", r"\\lvert ", text)
    text = re.sub(r"\\right\s*\|", r"\\rvert ", text)
    text = re.sub(r"\\(?:left|right|[bB]igg?[lr]?)(?![A-Za-z])", "", text)
    text = re.sub(r"(\\[dt]?(?:frac|binom))\s*(\d)\s*(\d)", r"\1{\2}{\3}", text)
    opens = iter(range(len(text)))
    return re.sub(r"\|", lambda _: r"\rvert " if next(opens) % 2 else r"\lvert ", text)


@v_args(inline=True)
class _Tree(Transformer[Token, ast.expr]):
    """Makes of what lark parsed what Python's parser makes of a text."""

    def number(self, token: Token) -> ast.expr:
        return ast.Constant(float(token) if "." in token else int(token))

    def digit(self, token: Token) -> ast.expr:
        if len(token) > 1:
            _refuse(f"^{token} raises {token[0]} alone; write ^{{{token}}}")
        return self.number(token)

    def symbol(self, token: Token) -> ast.expr:
        # x_{1} is x_1 and m_\lambda is m_lambda, \mathit{width} is width.
        name = re.sub(rf"{TEXT}(?=\{{)|[\\{{}}\s]", "", token)
        if not name.isidentifier():
            _refuse(f"{token} is no name of a parameter")
        return ast.Name(name)

    def negative(self, one: ast.expr) -> ast.expr:
        return ast.UnaryOp(ast.USub(), one)

    def plus(self, left: ast.expr, right: ast.expr) -> ast.expr:
        return ast.BinOp(left, ast.Add(), right)

    def minus(self, left: ast.expr, right: ast.expr) -> ast.expr:
        return ast.BinOp(left, ast.Sub(), right)

    def times(self, left: ast.expr, right: ast.expr) -> ast.expr:
        return ast.BinOp(left, ast.Mult(), right)

    def over(self, left: ast.expr, right: ast.expr) -> ast.expr:
        return ast.BinOp(left, ast.Div(), right)

    def power(self, base: ast.expr, exponent: ast.expr) -> ast.expr:
        return ast.BinOp(base, ast.Pow(), exponent)

    def values(self, *values: ast.expr) -> ast.expr:
        return values[0] if len(values) == 1 else ast.Tuple([*values])

    def size(self, one: ast.expr) -> ast.expr:
        return _call("Abs", one)

    def factorial(self, one: ast.expr) -> ast.expr:
        return _call("factorial", one)

    def binomial(self, above: ast.expr, below: ast.expr) -> ast.expr:
        return _call("binomial", above, below)

    def root(self, *order_and_radicand: ast.expr) -> ast.expr:
        *order, radicand = order_and_radicand
        if not order:
            return _call("sqrt", radicand)
        return self.power(radicand, self.over(ast.Constant(1), order[0]))

    def called(self, function: Token, given: ast.expr) -> ast.expr:
        command = re.sub(rf"{TEXT}(?=\{{)|[\\{{}}]", "", function)
        return _call(FUNCTIONS[command], *(given.elts if isinstance(given, ast.Tuple) else [given]))

    def power_called(self, function: Token, exponent: ast.expr, given: ast.expr) -> ast.expr:
        if isinstance(exponent, ast.UnaryOp):
            _refuse(f"{function}^{{{ast.unparse(exponent)}}} is an inverse, or a power: say which")
        return self.power(self.called(function, given), exponent)

    def log_called(self, function: Token, base: ast.expr, given: ast.expr) -> ast.expr:
        if function != r"\log":
            _refuse(f"{function} takes no index")
        return self.over(self.called(function, given), self.called(function, base))

    def adjacent(self, *factors: ast.expr) -> ast.expr:
        product = factors[0]
        for before, factor in pairwise(factors):
            first = factor.left if _is_power(factor) else factor
            if _is_number(factor) or (_is_number(before) and _is_number(first)):
                _refuse(f"{ast.unparse(factor)} follows another factor: write \\cdot before it")
            product = self.times(product, factor)
        return product


def _call(name: str, *values: ast.expr) -> ast.expr:
    """A call of a function in sympy's syntax."""
    return ast.Call(ast.Name(name), [*values], [])


def _is_number(one: ast.expr) -> TypeGuard[ast.Constant]:
    return isinstance(one, ast.Constant)


def _is_power(one: ast.expr) -> TypeGuard[ast.BinOp]:
    return isinstance(one, ast.BinOp) and isinstance(one.op, ast.Pow)


def _refuse(reason: str) -> NoReturn:
    raise SyntaxError(reason)


PARSER = Lark(
    GRAMMAR.replace("NAMES", "|".join(FUNCTIONS)).replace("TEXT", TEXT).replace("BRACED", BRACED),
    parser="lalr",
)
