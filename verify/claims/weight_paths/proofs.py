"""Claims on steps of the proofs of Lemmas 3.2.1, 3.2.3 and 3.2.4 (Susanna 2024)."""

from __future__ import annotations

from theory import weight_paths as forms
from theory.domains import Integers, Reals
from verify.claims.terms import rounding
from verify.claims.weight_paths.bounds import MEETS
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import AlwaysAtMost

columns = Experiment(
    "searched columns of products",
    OfNumerics("numerics.weight_paths:measure_columns", quantities=("column",)),
    over={"depth": Integers(3, 32), "strength": Reals(0.1, 1), "alpha": Reals(0.5, 1)},
    meets=MEETS,
)
splits = Experiment(
    "searched differences of two gradients",
    OfNumerics("numerics.weight_paths:measure_splits", quantities=("split",)),
    over={"scale": Reals(0.05, 1)},
    meets=MEETS,
)
derivatives = Experiment(
    "searched derivatives of a layer",
    OfNumerics("numerics.weight_paths:measure_layer_derivatives", quantities=("derivative",)),
    over={"dim": Integers(1, 3), "scale": Reals(0.05, 0.5), "input_norm": Reals(0.05, 1)},
    meets=MEETS,
)

proof_of_jacobians = Claim(
    "susanna2024/proof-of-jacobians",
    "The proof of (3.2) bounds what a product of matrices makes of a unit vector by what each of "
    "them makes of it, which fails where one turns it. (3.2) stands.",
    says=AlwaysAtMost.each(
        "column", forms.column_bound_printed, forms.column_bound, remainder=rounding
    ),
    where="Lemma 3.2.1",
    by=columns,
    axis="strength",
)

proof_of_increments = Claim(
    "susanna2024/proof-of-increments",
    "The proof of Lemma 3.2.4 takes |D - C|² <= |D|² + |C|², which lacks a factor 2, and has it a "
    "line later.",
    says=AlwaysAtMost.each(
        "split", forms.split_bound_printed, forms.split_bound, remainder=rounding
    ),
    where="Lemma 3.2.4",
    by=splits,
    axis="scale",
)

proof_of_gradients = Claim(
    "susanna2024/proof-of-gradients",
    "The proof of Lemma 3.2.3 prints the bound on the squared derivative of a layer by its weights "
    "as one on the derivative.",
    says=AlwaysAtMost.each(
        "derivative",
        forms.layer_derivative_bound_printed,
        forms.layer_derivative_bound,
        remainder=rounding,
    ),
    where="Lemma 3.2.3",
    by=derivatives,
    axis="input_norm",
)

CLAIMS = (proof_of_jacobians, proof_of_increments, proof_of_gradients)
