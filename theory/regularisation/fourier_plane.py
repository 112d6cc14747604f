"""Fourier transforms of networks of several inputs and bounded support (Furusho 2020, eq 22)."""

from __future__ import annotations

from functools import partial

from sympy import Integer

from theory.closed_form import ClosedForm
from theory.domains import Integers, Reals
from theory.parameters import Parameter
from theory.reading import Reading

DIMENSION = Parameter("dims", "D", Integers(1, 100), "inputs D of a network", (1, 8))

D = DIMENSION.symbol

_form = partial(ClosedForm, subject="regularisation", paper="furusho2020", parameters=(DIMENSION,))

doubled_support_printed = _form(
    name="doubled_support_printed",
    expr=Integer(1),
    where="Theorem 3, eq 22, constant",
    status="printed",
    superseded_by="doubled_support",
    lies_in=Reals(0),
    reading=Reading(
        says="F(k) <= sum over d = 1..D of |k|^-(d+1) O(Lip(f) K)",
        shows="by what the greatest |k|^2 |F(k)| at large k may grow where f(x/2) takes the place "
        "of f(x)/2, of the same Lipschitz constant and number of regions",
        kind="matter of reading",
        consequence="nothing, where O is that of one network as k grows; a constant that all "
        "networks share holds for those of one support alone",
        convention="networks of bounded support",
        cause="F has the unit of f times that of x to the D, and Lip(f)/|k|^2 that of f times x: a "
        "crease is as long as the support to the D - 1",
        true_if="D = 1, or the constant may depend on the size of the support",
    ),
)

doubled_support = _form(
    name="doubled_support",
    expr=2 ** (D - 1),
    where="Theorem 3, eq 22, constant, corrected",
    status="corrected",
    lies_in=Reals(0),
    derivation="2 f(x/2) has the transform 2^(D + 1) F(2 k), and |2 k|² is 4 |k|².",
)

generic_power_exponent = _form(
    name="generic_power_exponent",
    expr=-2 * (D + 1),
    where="Theorem 3, eq 22, last term",
    status="derived",
    derivation=(
        "Along k across no face the transform is a sum over corners, each of exp(-i <k, v>) over D "
        "factors of k for its simplex and one for the slope; |F|² has twice that."
    ),
)

across_power_exponent = ClosedForm(
    subject="regularisation",
    paper="furusho2020",
    parameters=(),
    name="across_power_exponent",
    expr=Integer(-4),
    where="Theorem 3, eq 22, first term",
    status="derived",
    derivation=(
        "Across a crease the integral along it leaves a kink of one variable, k^-2, whatever D."
    ),
)
