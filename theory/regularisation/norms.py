"""Norms of the weights of a perceptron at He's initialisation, and what they bound.

A perceptron of L weight matrices without biases, eq 4, has D_0 inputs, hidden layers of D units
each and one output. Entries are independent N(0, 2/fan-in), those of the output layer included.
"""

from __future__ import annotations

import math
from functools import partial

import sympy
from sympy import Integer, Rational, gamma, pi, sqrt

from theory.closed_form import ClosedForm
from theory.computed import computed
from theory.domains import Integers, Reals
from theory.lowering.arc_cosine import sine_minus_chord
from theory.lowering.elementary import exponential
from theory.lowering.half_step import log_half_step
from theory.parameters import DEPTH, WIDTH, Parameter

LAYERS = DEPTH.narrowed(Integers(1, 10**6), meaning="number L of weight matrices", typical=(2, 6))
HIDDEN_LAYERS = LAYERS.narrowed(Integers(2, 10**6), typical=(2, 6))
UNITS = WIDTH.narrowed(Integers(1), meaning="units D of each hidden layer", typical=(4, 64))
INPUTS = Parameter("inputs", "D_0", Integers(1), "number D_0 of inputs", (1, 4))
LAST_UNITS = Parameter(
    "last_width", "D_last", Integers(1), "units D_last of the last hidden layer", (2, 16)
)

HE = "entries N(0, 2/fan-in), no biases, one output"

L, D, D0 = LAYERS.symbol, UNITS.symbol, INPUTS.symbol

_form = partial(
    ClosedForm,
    subject="regularisation",
    paper="furusho2020",
    status="derived",
    where="section 3.3.1, at He's initialisation",
    assumptions=(HE,),
    lies_in=Reals(0),
)
_of_all = partial(_form, parameters=(LAYERS, UNITS, INPUTS))
_of_hidden = partial(_form, parameters=(HIDDEN_LAYERS, UNITS, INPUTS))

mean_path_norm = _of_all(
    name="mean_path_norm",
    expr=(2 / sqrt(pi)) ** L * sqrt(D0) * D ** ((L - 1) / 2),
    derivation=(
        "D_0 D^(L-1) paths, each the product of independent entries, of E|w| = 2/sqrt(pi n) at a "
        "fan-in of n."
    ),
)

# E psi^2 ---------------------------------------------------------------------------------------

# n times the variance of |w|, and n times the square of its mean.
_p, _m = 2 - 4 / pi, 4 / pi
_root = sqrt((_m * D - _p) ** 2 + 4 * _p * _m)
_high, _low = (_p + _m * D + _root) / 2, (_p + _m * D - _root) / 2
# Without a difference: the product of the two is p m (D - 1).
_share = _p * _m * (D - 1) / _high**2

mean_square_path_norm = _of_all(
    name="mean_square_path_norm",
    expr=((_p + _m * D0 - _low) * _high**L + (_high - _p - _m * D0) * _low**L) / _root,
    stable=_high**L * (_p + _m * D0 - _share * _high + (_high - _p - _m * D0) * _share**L) / _root,
    derivation=(
        "v = |W^l| .. |W^1| 1 has E sum v_i^2 = a and E (sum v_i)^2 = b with a' = p a + m b and b' "
        "= p a + D m b from one hidden layer to the next, p = 2 - 4/pi and m = 4/pi: D_l/n times "
        "n Var|w| = p and D_l^2/n times n (E|w|)^2 = m. So x_L = E psi^2 solves x_(L+1) = (p + D "
        "m) x_L - p m (D - 1) x_(L-1), x_0 = 1 and x_1 = p + m D_0."
    ),
)


@computed(
    subject="regularisation",
    paper="furusho2020",
    status="derived",
    where="section 3.3.1, at He's initialisation",
    assumptions=(HE,),
    symbol=sympy.Symbol("X"),
    parameters=(HIDDEN_LAYERS, UNITS, LAST_UNITS, INPUTS),
    kinds=("number", "numpy", "mpmath"),
    lies_in=Reals(0),
)
def mean_square_path_norm_of_widths(depth: int, width: int, last_width: int, inputs: int) -> float:
    """The mean square path norm of hidden widths that go in equal steps from the first to the last.

    They are rounded; of one hidden layer the width is D. With v = |W^l| .. |W^1| 1, a layer of n
    inputs and D_l units takes E sum v_i^2 = a and E (sum v_i)^2 = b to D_l (p a + m b)/n and
    D_l (p a + D_l m b)/n, p = 2 - 4/pi and m = 4/pi.
    """
    # Not in floats alone: of mpmath numbers the digits are theirs.
    import mpmath

    ratio = 4 / mpmath.pi
    squares, sums, fan_in = mpmath.mpf(inputs), mpmath.mpf(inputs) ** 2, inputs
    for units in [*hidden_widths(depth, width, last_width), 1]:
        varied, carried = (2 - ratio) * squares, ratio * sums
        squares = units * (varied + carried) / fan_in
        sums = units * (varied + units * carried) / fan_in
        fan_in = units
    return squares


def hidden_widths(depth: int, width: int, last_width: int) -> list[int]:
    """Widths that go in equal steps from the first to the last, rounded; of one layer the first."""
    steps = max(depth - 2, 1)
    return [width + ((last_width - width) * k + steps // 2) // steps for k in range(depth - 1)]


# Other norms -----------------------------------------------------------------------------------


def _mean_chi(squares: sympy.Expr) -> sympy.Expr:
    """E chi_k / sqrt(k)."""
    return sqrt(2 / squares) * gamma((squares + 1) / 2) / gamma(squares / 2)


mean_frobenius_product = _of_hidden(
    name="mean_frobenius_product",
    expr=2 ** (L / 2)
    * D ** ((L - 1) / 2)
    * _mean_chi(D * D0)
    * _mean_chi(D**2) ** (L - 2)
    * _mean_chi(D),
    stable=2 ** (L / 2)
    * D ** ((L - 1) / 2)
    * exponential(
        log_half_step(D * D0 / 2) + (L - 2) * log_half_step(D**2 / 2) + log_half_step(D / 2)
    ),
    derivation="Independent layers, each sqrt(2/n) times a chi variable of m n degrees.",
)

mean_entrywise_product = _of_all(
    name="mean_entrywise_product",
    expr=(2 / sqrt(pi)) ** L * sqrt(D0) * D ** (3 * (L - 1) / 2),
    derivation="Independent layers, each of m n entries of E|w| = 2/sqrt(pi n).",
)

mean_spectral_product_bound = _of_hidden(
    name="mean_spectral_product_bound",
    expr=2 ** (Rational(3, 2) * L - 2) * (1 + sqrt(D / D0)),
    derivation=(
        "E|W| <= sqrt(2/n) (sqrt(m) + sqrt(n)) of an m x n matrix (Gordon 1985), 2 sqrt(2) of a "
        "square one, and sqrt(2) of the last, whose norm is that of a vector."
    ),
)

mean_square_gradient = _of_all(
    name="mean_square_gradient",
    expr=Integer(2),
    derivation=(
        "E|grad f(x)|^2 at any x != 0, at any widths: of the gradient g by a hidden layer h, f/|h| "
        "along h and isotropic across it, the A active units keep (f/|h|)^2 and (A - 1)/(D - 1) of "
        "the rest, on average 1 of 2 as E A = D/2; W^l makes it 2 again."
    ),
)


@computed(
    subject="regularisation",
    paper="furusho2020",
    status="derived",
    where="section 3.3.1, at He's initialisation",
    assumptions=(HE,),
    symbol=sympy.Symbol("Lambda"),
    parameters=(LAYERS,),
    grows=(UNITS,),
    remainder=L / D,
    precision=1e-12,
)
def mean_lipschitz_constant(depth: int) -> float:
    """The mean Lipschitz constant of a wide network of one input.

    f(x) is f(1) x for x > 0 and -f(-1) x for x < 0, and its constant the larger of |f(1)| and
    |f(-1)|. As D -> oo the two are normal, of variance 2 and correlation rho, which is -1 of the
    inputs and kappa1 of itself a hidden layer on; and max(|a|, |b|) = (|a + b| + |a - b|)/2.
    """
    # Of 1 - rho = 1 - cos(t), which falls to 0 as 1/L^2: near 1 rho itself stalls in floats.
    apart = 2.0
    for _ in range(depth - 1):
        apart -= sine_minus_chord(2 * math.asin(math.sqrt(apart / 2))) / math.pi
    return math.sqrt(2 / math.pi) * (math.sqrt(2 - apart) + math.sqrt(apart))
