"""Which activations perturbed weights change, and gradients along few entries (Lemmas 3 to 5).

With y the preactivations of a residual layer in units of tau |h_{l-1}|/sqrt(m), h_{l-1} >= 0 given,
|y_j| has a density of at most sqrt(2/pi). To change the signs of s of them takes a change of norm
epsilon, in units of tau |h_{l-1}|, whose square is the sum of the s least y^2 over m. For any x

    s <= sum_j (1 - y_j^2/x^2)_+ + m epsilon^2/x^2,

whose mean is at most m (2 f x/3 + epsilon^2/x^2) for a density of at most f, and at its least, x^3
= 3 epsilon^2/f, m (3 f^2 epsilon^2)^(1/3): Lemma 4's exponent, with its constant, at every width.
"""

from __future__ import annotations

import math
from functools import partial

import sympy
from sympy import Rational, atan, log, pi, sqrt

from theory.closed_form import ClosedForm
from theory.computed import computed
from theory.domains import Reals
from theory.lowering.elementary import exponential, log1p
from theory.parameters import Parameter
from theory.residual_scaling.parameters import LAYER, RESIDUALS, TAU, WIDE

_derived = partial(
    ClosedForm,
    subject="residual_scaling",
    paper="zhang2022",
    status="derived",
    lies_in=Reals(0),
)
_wide_share = partial(
    computed,
    subject="residual_scaling",
    paper="zhang2022",
    status="derived",
    lies_in=Reals(0, 1),
    symbol=sympy.Symbol("s") / sympy.Symbol("m"),
)

TAU_OF_SWITCHES = TAU.narrowed(Reals(0.002, 10))
SIZE = Parameter(
    "size",
    "omega",
    Reals(0, 1e6),
    "size omega of perturbations of norm tau omega",
    (0.25, 1.0),
)
CHANGE = Parameter(
    "change",
    "epsilon",
    Reals(1e-6, 1),
    "norm epsilon of a change of preactivations, in units of tau |h_{l-1}|",
    (0.0625, 0.5),
)
SPARSITY = Parameter(
    "share", "p", Reals(1e-9, 1), "share p = s/m of the entries that are not 0", (0.0625, 0.5)
)

tau, omega, epsilon, p = TAU.symbol, SIZE.symbol, CHANGE.symbol, SPARSITY.symbol
layer, D = LAYER.symbol, RESIDUALS.symbol

# Lemma 4 --------------------------------------------------------------------------------------

switched_share_bound = _derived(
    name="switched_share_bound",
    expr=(6 * epsilon**2 / pi) ** Rational(1, 3),
    parameters=(CHANGE,),
    where="Lemma 4",
    assumptions=("any start h_0 >= 0",),
    derivation=(
        "The mean share of activations of a residual layer that any change of norm epsilon tau "
        "|h_{l-1}| of its preactivations can switch, at every width, layer and tau: (3 f^2 "
        "epsilon^2)^(1/3), where densities are at most f = sqrt(2/pi). Of the changes of Lemma 4, "
        "epsilon = O(tau L omega)."
    ),
)


@_wide_share(
    where="Lemma 4, first residual layer, at infinite width",
    parameters=(TAU_OF_SWITCHES, CHANGE),
    assumptions=WIDE,
    kinds=("number", "numpy"),
)
def greatest_switched_share(tau: float, change: float) -> float:
    """The greatest share of activations of the first residual layer that a change can switch.

    The least |y| are switched, of density phi(y) + c phi(c y), c = tau/sqrt(2 + tau^2): half of
    the units come from 0, and half from a normal law. Their mean square is epsilon^2.
    """
    from scipy.optimize import brentq
    from scipy.special import gammainc

    c = tau / math.sqrt(2 + tau**2)

    def square(reach: float) -> float:
        """The mean square of those below, by P(3/2, .), which keeps its digits at small reach."""
        near, far = gammainc(1.5, reach**2 / 2), gammainc(1.5, (c * reach) ** 2 / 2)
        return 0.5 * (float(near) + float(far) / c**2)

    reach = brentq(lambda x: square(x) - change**2, 0, 1 + 40 / c, xtol=1e-300, rtol=1e-14)
    return 0.5 * (math.erf(reach / math.sqrt(2)) + math.erf(c * reach / math.sqrt(2)))


_of_first = tau / sqrt(2 + tau**2)

switched_share = _derived(
    name="switched_share",
    expr=(atan(tau * omega / 2) + atan(_of_first * tau * omega / 2)) / (2 * pi),
    parameters=(TAU, SIZE),
    where="Lemma 4, first residual layer, at infinite width",
    assumptions=(*WIDE, "perturbations of independent normal entries"),
    lies_in=Reals(0, Rational(1, 2)),
    derivation=(
        "The share of activations that fresh normal entries of norm tau omega switch. Each "
        "preactivation y gets N(0, (tau omega/2)^2) added, and changes its sign with probability "
        "P(z > |y| 2/(tau omega)): of the two laws of y, arctan(tau omega/2)/(2 pi) and the other."
    ),
)

# Lemma 3 --------------------------------------------------------------------------------------

perturbed_energy_bound = _derived(
    name="perturbed_energy_bound",
    expr=((1 + tau**2 * omega) ** 2 + tau**2) ** layer,
    stable=exponential(layer * log1p(tau**2 * (1 + 2 * omega + tau**2 * omega**2))),
    parameters=(TAU, SIZE, LAYER),
    where="Lemma 3",
    derivation=(
        "E|h_l|^2/E|h_0|^2 of perturbations |W'_l| <= tau omega that do not look at the weights of "
        "their layer nor of later ones, at every width: E|g_l|^2 = |(I + tau W') h|^2 + tau^2 "
        "|h|^2. At tau = kappa/sqrt(L) it is below exp(kappa^2 (1 + 2 omega + tau^2 omega^2)) at "
        "every depth."
    ),
)

# Lemma 5 --------------------------------------------------------------------------------------


@_wide_share(
    where="Lemma 5, at and below the last layer, at infinite width",
    parameters=(SPARSITY,),
    symbol=sympy.Symbol("E_s"),
    assumptions=("width m -> oo",),
    kinds=("number", "numpy"),
)
def sparse_gradient_share(share: float) -> float:
    """The share of the squared norm of a gradient that lies in its s greatest entries.

    They are independent normal ones: E z^2 over |z| > x, of which there are p, is p + sqrt(2/pi) x
    exp(-x^2/2). It is the square of Lemma 5 over |u|^2 |v|^2 m/d.
    """
    from scipy.special import erfcinv

    reach = math.sqrt(2) * float(erfcinv(share))
    return share + math.sqrt(2 / math.pi) * reach * math.exp(-(reach**2) / 2)


sparse_gradient_bound = _derived(
    name="sparse_gradient_bound",
    expr=p * (1 - 2 * log(p)) * (1 + tau**2) ** D,
    stable=p * (1 - 2 * log(p)) * exponential(D * log1p(tau**2)),
    parameters=(SPARSITY, TAU, RESIDUALS),
    where="Lemma 5",
    assumptions=("width m -> oo",),
    derivation=(
        "The square of Lemma 5 over |u|^2 |v|^2 m/d, D residual layers below the last: given its "
        "path an entry is normal, of variance (1 + tau^2)^D at most, and p E(z^2 given |z| > x) <= "
        "p (1 - 2 log p), as the hazard rate of z^2 is above 1/2. So it is (s/d) (1 + 2 log(m/s)), "
        "where the lemma has O((s/d) log m)."
    ),
)
