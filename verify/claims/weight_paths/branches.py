"""Claims on residual branches with batch norm (section 4.3.1)."""

from __future__ import annotations

from theory import weight_paths as forms
from theory.domains import Integers, Reals
from verify.claims.terms import rounding
from verify.claims.weight_paths.bounds import measured
from verify.model import Claim, Experiment
from verify.relations import Exactly

branches = Experiment(
    "branches of two convolutions",
    measured("normalised_branches"),
    over={"depth": Integers(2, 256), "alpha": Reals(0.25, 1), "variance": Reals(0.01, 10)},
)

normalisation = Claim(
    "susanna2024/normalisation",
    "(4.6) has δ_L twice, and L^α for it. A branch is scaled by L^-α, once: its second batch norm "
    "undoes the first δ_L, and the norms of all convolutions.",
    says=(
        *Exactly.each(
            "deviation", forms.branch_scale_printed, forms.branch_scale, remainder=rounding
        ),
        Exactly("ratio without norm", forms.branch_scale_without_norm, remainder=rounding),
        Exactly("deviation of pytorch", forms.branch_scale_of_pytorch, remainder=rounding),
        Exactly("change by first scale", 0),
        Exactly("change by weights", 0),
    ),
    where="(4.6)",
    by=branches,
    axis="depth",
    notes=(
        "The changes are of the branch, and by the first δ_L of its gradients as well, by the "
        "input and by both convolutions: training is the same without it, but for the 1e-5 that "
        "PyTorch adds to variances.",
        "As the branch does not depend on the norms of W, conditions on them such as |W_k| <= "
        "L^-β say nothing of it, and no theorem of chapter 3 is of this network; rates of L^0.45 "
        "act on directions of W alone, whose norms grow.",
        "δ_L of section 4.3.1 has L layers, (L - 2)/2 blocks and three sizes; the program's scale "
        "is of a third of the blocks, and so has no L in it that is that of the rates.",
    ),
)

CLAIMS = (normalisation,)
