"""Steps of the proof of Theorem 5 that are printed wrong, or say more than holds (Furusho 2020)."""

from __future__ import annotations

import math
from functools import partial

from sympy import Integer, Symbol

from theory.closed_form import ClosedForm
from theory.computed import computed
from theory.domains import Integers, Reals
from theory.parameters import Parameter
from theory.reading import Reading

UNITS = Parameter("width", "D", Integers(2, 200), "hidden units D", (2, 12))

_form = partial(ClosedForm, subject="regularisation", paper="furusho2020", parameters=())

gate_shift_printed = _form(
    name="gate_shift_printed",
    expr=Integer(0),
    where="eqs 32, 35",
    status="printed",
    superseded_by="gate_shift",
    reading=Reading(
        says="f(x) is the sum over paths alpha of prod W^l_{alpha_{l+1}, alpha_l} times prod "
        "phi'(u^l_{alpha_l}) times x_{alpha_1}",
        shows="s, of the unit alpha_{l+s} of layer l whose slope a path has",
        kind="slip of print",
        consequence="both displays; the proof goes through with the right index",
        cause="W^l leads to unit alpha_{l+1} of layer l, and alpha_l is one of layer l - 1, which "
        "may have more units",
        true_if="layers are counted so that u^l has the index alpha_{l+1}",
    ),
)

gate_shift = _form(
    name="gate_shift",
    expr=Integer(1),
    where="eqs 32, 35, corrected",
    status="corrected",
    derivation="h^l_i = φ'(u^l_i) Σ_j W^l_{ij} h^(l-1)_j, unrolled: i is α_(l+1) where j is α_l.",
)

mean_value_sign_printed = _form(
    name="mean_value_sign_printed",
    expr=Integer(-1),
    where="eq 33",
    status="printed",
    superseded_by="mean_value_sign",
    reading=Reading(
        says="f(x) - f(x') <= grad f(z) (x - x') for some z = alpha x - (1 - alpha) x', alpha in "
        "[0, 1]",
        shows="the sign of (1 - alpha) x'",
        kind="slip of print",
        consequence="the line; the proof goes on with the supremum over all z",
        cause="that segment is the one from -x' to x: f(x) = min(0, x) rises from x' = -1 to x = 1 "
        "and is flat on it",
        true_if="z = alpha x + (1 - alpha) x'",
    ),
)

mean_value_sign = _form(
    name="mean_value_sign",
    expr=Integer(1),
    where="eq 33 corrected",
    status="corrected",
    derivation=(
        "f(x) - f(x') is the mean of <∇f, x - x'> over the segment between them, and somewhere on "
        "it there is no less. No equality, as ∇f jumps."
    ),
)


@computed(
    subject="regularisation",
    paper="furusho2020",
    status="derived",
    where="eq 36",
    symbol=Symbol("s_D"),
    parameters=(UNITS,),
    assumptions=("one input, one hidden layer, weights of ±1",),
    lies_in=Reals(0, 1),
)
def steepest_share(width: int) -> float:
    """The mean of the steepest slope over the path norm, of one hidden layer of random signs.

    Units of positive first weights are active on the right, the others on the left: of n and D - n
    signs the larger sum counts, n binomial, and the path norm is D. Eq 36 has 1 (worst_gradient).
    """
    total = 0.0
    for right in range(width + 1):
        sums = [
            [(abs(2 * k - n), math.comb(n, k) / 2**n) for k in range(n + 1)]
            for n in (right, width - right)
        ]
        largest = sum(p * q * max(a, b) for a, p in sums[0] for b, q in sums[1])
        total += math.comb(width, right) / 2**width * largest
    return total / width
