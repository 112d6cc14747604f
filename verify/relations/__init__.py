"""What is said of draws: one module a family of statements, with all of its traits.

| statement | what is said | a draw |
| --- | --- | --- |
| Equal, AtMost, AtLeast | E X, X >= 0, is the form, or at most or at least that | X |
| SignedEqual | E X is the form, for X of either sign | X |
| Ratio, RatioAtLeast | E A / E B is the form, or at least that | a row (A, B) |
| Exactly | X is the form on every draw but a small share | X |
| AlwaysAtMost, AlwaysAtLeast | X itself is so, surely or but for a stated probability | X |
| Ranking | of k quantities each exceeds the last on more draws than not | a row of k |
| PowerLaw | E X_i grows like a power, the form, of the size n_i | a row of k, one a size |
| Agree | two formulas agree to 50 digits | none |
| Tabulated | E X is what a table prints, within rounding and a tolerance | X |
| Observed | nothing: the mean of X is shown | X |

A family is a `Statement`, which an author of claims writes, and the `Target` that it makes of a
point: plain numbers against which workers weigh draws.  Nothing outside its file asks which family
a statement is of.

Where a claim factorises, state it by its factors.  The product of L independent layers has a
relative variance that grows like (1 + w)^L, and the draws that confirm it with it; the mean over
layers of the ratios R_l = X_l / X_(l-1) is one draw of relative variance w/L.  State `Equal` of
that mean, at a margin of (1 + eps)^(1/L) - 1 for an error of eps in the product.  What is confirmed
then is the mean factor, which bounds the product from above (arithmetic and geometric mean) and
gives it where the layers are alike; where they are not, judge each layer's ratio by itself.
"""

from verify.relations.bounds import AlwaysAtLeast, AlwaysAtMost
from verify.relations.exponents import PowerLaw
from verify.relations.identities import Exactly
from verify.relations.means import (
    AtLeast,
    AtMost,
    Equal,
    Ratio,
    RatioAtLeast,
    SignedEqual,
)
from verify.relations.observed import Observed
from verify.relations.orders import Ranking
from verify.relations.ranges import Range
from verify.relations.statement import Number, Statement
from verify.relations.symbols import Agree
from verify.relations.tables import Tabulated
from verify.relations.target import Target

__all__ = [
    "Agree",
    "AlwaysAtLeast",
    "AlwaysAtMost",
    "AtLeast",
    "AtMost",
    "Equal",
    "Exactly",
    "Number",
    "Observed",
    "PowerLaw",
    "Range",
    "Ranking",
    "Ratio",
    "RatioAtLeast",
    "SignedEqual",
    "Statement",
    "Tabulated",
    "Target",
]
