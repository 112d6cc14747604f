"""How many linear regions networks of one input have (Furusho 2020, sections 1.2 and 2.3)."""

from __future__ import annotations

from functools import partial

from sympy import Integer

from theory.closed_form import ClosedForm
from theory.domains import Integers, Reals
from theory.lowering.elementary import expm1, exponential, log1p
from theory.parameters import Parameter
from theory.reading import Reading

HIDDEN = Parameter("hidden", "H", Integers(1, 1000), "hidden layers H", (1, 12))
UNITS = Parameter("width", "D", Integers(2, 1000), "units D of each hidden layer", (2, 16))

H, D = HIDDEN.symbol, UNITS.symbol

_form = partial(ClosedForm, subject="regularisation", paper="furusho2020", lies_in=Reals(1))
_at_start = partial(
    _form,
    parameters=(HIDDEN, UNITS),
    assumptions=("normal weights, and biases of the first layer alone",),
)

regions_at_start_printed = _at_start(
    name="regions_at_start_printed",
    expr=2**H,
    where="section 1.2, at random weights",
    status="printed",
    superseded_by="regions_at_start",
    reading=Reading(
        says="the number of linear regions increases exponentially with the depth",
        shows="2^H regions, what folding layers of two units have",
        kind="matter of reading",
        consequence="what is said of the expressive power of deep networks: few weights have it",
        convention="at six layers and more, of six units at most, where 2^H exceeds what layers "
        "that are wide and few have",
        regime={"hidden": Integers(6, 1000), "width": Integers(2, 6)},
        cause="refs 24 and 25 are of the most regions that some weights have; drawn ones have at "
        "most one more for each unit, on average. Ref 26 is of drawn ones, by other measures",
        true_if="the greatest number over all weights is meant",
    ),
)

_dead, _passed = 2**-D, (D + 1) * 2**-D

regions_at_start = _at_start(
    name="regions_at_start",
    expr=1 + 2**D * ((1 - _dead) ** H - (1 - _passed) ** H),
    stable=1 - 2**D * exponential(H * log1p(-_dead)) * expm1(H * (log1p(-_passed) - log1p(-_dead))),
    where="section 1.2, at random weights, corrected",
    status="corrected",
    derivation=(
        "A network of (x, 1) without biases on a line through its plane, seen from 0 under angles "
        "of a half turn. A unit of layer l is zero as often as h/|h| is long, over π (Crofton). "
        "Each layer multiplies its speed by E χ_(n-1) E 1/χ_n, which is 1 of n >= 2 active units "
        "and 0 else: D q^(l-1) kinks a layer, q = P(n >= 2) = 1 - (D + 1)/2^D. One reaches the "
        "output where each later layer has an active unit, p = 1 - 1/2^D: the sum over layers of "
        "D q^(l-1) p^(H-l) is 2^D (p^H - q^H), at most the number of units."
    ),
)

regions_without_biases = _form(
    name="regions_without_biases",
    expr=Integer(2),
    parameters=(),
    where="eq 4, one input",
    status="derived",
    derivation="f(c x) = c f(x) for c > 0: a network without biases has no kink but that at 0.",
)

folded_regions = _form(
    name="folded_regions",
    expr=2**H,
    parameters=(HIDDEN,),
    where="section 1.2, folding layers",
    status="derived",
    derivation=(
        "2 max(0, x) - 4 max(0, x - 1/2) takes each half of [0, 1] to all of it: every layer of it "
        "doubles the pieces."
    ),
)
