"""Claims on the displays of the proof of Theorem 5 (Furusho 2020, Appendix A.2)."""

from __future__ import annotations

from theory import regularisation as forms
from theory.domains import Integers
from verify.claims.terms import rounding
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import AlwaysAtMost, Equal, Exactly

steps = Experiment(
    "random networks of three layers",
    OfNumerics("numerics.regularisation:measure_proof_steps"),
    over={"width": Integers(2, 6)},
)
shares = Experiment(
    "layers of random signs",
    OfNumerics("numerics.regularisation:measure_steepest_share", quantities=("share",)),
    over={"width": Integers(2, 24)},
    meets={"one input, one hidden layer, weights of ±1": "drawn so"},
)

proof_of_path_bound = Claim(
    "furusho2020/proof-of-path-bound",
    "The proof of Theorem 5 has an index and a sign off. Corrected, each display stands.",
    says=(
        *Exactly.each("gate shift", forms.gate_shift_printed, forms.gate_shift),
        *Exactly.each("sign", forms.mean_value_sign_printed, forms.mean_value_sign),
        AlwaysAtMost("quotient", 1, remainder=rounding),
        Exactly("gradient error", 0),
    ),
    where="eqs 32 to 35",
    by=steps,
    axis="width",
    notes=(
        "Signs and indices are those with which a display holds at every input that was tried, and"
        " with no other.",
        "Eq 34 bounds by |∇f|_1, where |∇f|_2 does. Its z is that of eq 33 for the two inputs in "
        "the order f(x) >= f(x'): in the other one eq 33 may hold of a z without a gradient, as of "
        "max(0, x) at x = -1, x' = 1 and z = -1/2. Eq 35 prints {D_L} "
        "for [D_L]. Paths of eqs 32 and 35 are of L + 1 units, α_1 to α_(L+1), while u^l and W^l "
        "have l from 1 to L.",
        "The gradient is that almost everywhere: on a kink f has none, and a segment may lie in "
        "one. It is a limit of such segments.",
    ),
)

steepest_gradient = Claim(
    "furusho2020/steepest-gradient",
    "Eq 36 has the steepest gradient equal to the path norm, where <= holds, of which Theorem 5 "
    "needs no more: a layer of random signs has a share of it that falls like one over the root "
    "of its width.",
    says=(Equal("share", forms.steepest_share), AlwaysAtMost("share", 1.0)),
    where="eq 36",
    by=shares,
    axis="width",
    notes=(
        "What the printed equality makes of a mean is refuted under worst-gradient, and counted "
        "once.",
    ),
)

CLAIMS = (proof_of_path_bound, steepest_gradient)
