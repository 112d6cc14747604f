"""How both sides of (3) depend on T: gamma and the distance change with it (Chen et al. 2020)."""

from __future__ import annotations

from functools import partial

from sympy import Integer

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.parameters import Parameter
from theory.reading import Reading

POWER = Parameter(
    "power", "p", Reals(2, low_open=True), "p, of the loss |theta|^p/p of one number", (2.5, 3.5)
)
_form = partial(ClosedForm, subject="trajectories", paper="chen2020", parameters=(POWER,))

bound_exponent_printed = _form(
    name="bound_exponent_printed",
    expr=Integer(-1),
    where="after Theorem 1",
    status="printed",
    superseded_by="bound_exponent",
    reading=Reading(
        says="the average loss converges to the global minimum at a sub-linear rate O(1/gamma T), "
        "which is faster for a larger gamma",
        shows="the exponent of T in the right side of (3)",
        kind="matter of reading",
        consequence="nothing of (3), nor of O(1/gamma T) with the gamma and the distance of each "
        "T; the words rate and guarantee if gamma is read as one number for all T, as the right "
        "side need not fall at all",
        convention="gamma is one number for all T; gradient descent on |theta|^p/p, whose infimum "
        "is 0",
        cause="theta_T enters Definition 2: the last step alone has gamma <= eta |U|^2/(2 gap), "
        "which falls like 1/T where gradients do",
        true_if="gamma is bounded from below in T, as on quadratics",
    ),
)

bound_exponent = _form(
    name="bound_exponent",
    expr=Integer(0),
    where="after Theorem 1, corrected",
    status="corrected",
    derivation=(
        "theta_T is about ((p - 2) eta T)^(-1/(p - 2)), and the last step has gamma = (p/2) eta "
        "theta_T^(p - 2), about p/(2 (p - 2) T). The distance tends to theta_0, and the right side "
        "of (3) to (p - 2) theta_0^2/(eta p). For cross-entropy on separable data, where theta "
        "grows like log T and gamma is about 1/(2 T), it grows like (log T)^2/eta."
    ),
)

average_gap_exponent = _form(
    name="average_gap_exponent",
    expr=Integer(-1),
    where="Theorem 1, left side of eq 3",
    status="derived",
    derivation=(
        "The last gap falls like T^(-p/(p - 2)), and gaps have a finite sum. The average is 1/T "
        "times it whatever gamma, as of any descent whose losses add up."
    ),
)
