"""How a claim and its draws are related: one module a family of relations.

| relation | the claim | a draw |
| --- | --- | --- |
| equal, at most, at least | on E X, X >= 0 | X |
| exact | X equals the value on every draw | X |
| always at most, always at least | on X itself, surely or but for a stated probability | X |
| order | k quantities are in increasing order | a row of k |
| ratio | E A / E B equals the value | a row (A, B) |
| exponent | E X_i grows like a power of the size n_i | a row of k, one a size |
| symbolic | two formulas agree to 50 digits | none |

Each module offers the functions of `Family`.

Where a claim factorises, state it by its factors.  The product of L independent layers has a
relative variance that grows like (1 + w)^L, and the draws that confirm it with it; the mean over
layers of the ratios R_l = X_l / X_(l-1) is one draw of relative variance w/L.  Judge "equal" on
that mean, at a margin of (1 + eps)^(1/L) - 1 for an error of eps in the product.  What is confirmed
then is the mean factor, which bounds the product from above (arithmetic and geometric mean) and
gives it where the layers are alike; where they are not, judge each layer's ratio by itself.
"""

from verify.relations.target import (
    FAMILIES,
    Target,
    decide,
    decide_in_order,
    draws_to_confirm,
    refutable_error,
    weigh,
)
from verify.relations.terms import Relation

__all__ = [
    "FAMILIES",
    "Relation",
    "Target",
    "decide",
    "decide_in_order",
    "draws_to_confirm",
    "refutable_error",
    "weigh",
]
