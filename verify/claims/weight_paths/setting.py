"""Claims on what the theorems use: paths, recursions, grids, steps, biases (Susanna 2024)."""

from __future__ import annotations

from theory import weight_paths as forms
from theory.domains import Integers, Reals
from verify.claims.terms import rounding
from verify.claims.weight_paths.bounds import measured
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import AlwaysAtMost, Exactly

p_variation = Claim(
    "susanna2024/p-variation",
    "The p-variation of a path of points, by recursion, is the greatest over all partitions; at p "
    "= 1 it is the sum of the increments.",
    says=(
        Exactly("over partitions", 1),
        Exactly("over increments", 1),
        AlwaysAtMost("over lower", 1, remainder=rounding),
    ),
    where="Definition 2.1.3",
    by=Experiment(
        "every partition of drawn paths",
        measured("variations"),
        over={"points": Integers(3, 8), "dim": Integers(1, 4), "p": Reals(1, 8)},
    ),
    axis="p",
    notes=(
        "(2.14) counts i from 0 to #π - 1 and elements from s_0 to s_(#π - 1): its last term has "
        "an element too many.",
        "Remark 3.4.3 has finite p-variation for p in (0, ∞). So has each path of L layers, and "
        "one that stays where it is; but of increments of L^(-1/γ) it grows like L^(1/p - 1/γ), "
        "and so has a bound in L from p = γ on alone. A continuous path that moves has none of p "
        "< 1.",
        "(3.31) and the sums of Theorem 3.4.2 and Proposition 3.4.6 run to W_L, which a network of "
        "the layers 0..L-1 has not; with L - 1 increments the bounds hold all the more.",
    ),
)

gronwall = Claim(
    "susanna2024/gronwall",
    "Lemma 3.3.4 asks for its recursion from n = 1 on, and bounds e_n by e_0, which then says "
    "nothing of e_1. With n >= 0 it stands.",
    says=(
        AlwaysAtMost("last", forms.recursion_bound_printed, remainder=rounding),
        AlwaysAtMost("last", forms.recursion_bound, remainder=rounding),
        AlwaysAtMost("over bound", 1, remainder=rounding),
    ),
    where="Lemma 3.3.4",
    by=Experiment(
        "searched sequences",
        measured("recursions"),
        over={
            "count": Integers(1, 30),
            "growth": Reals(0.01, 0.3),
            "added": Reals(0.01, 0.1),
            "first": Reals(0.01, 0.1),
            "second": Reals(0.5, 1),
        },
    ),
    axis="count",
    notes=(
        "Over its bound is e_n of a recursion from n = 0 on, of any factors and addends.",
        "Factors must not be negative; terms and addends may be. Of the w_n that it names it makes "
        "no use.",
    ),
)

grid_steps = Claim(
    "susanna2024/grid-steps",
    "The proof of Theorem 2.1.10 has m <= L |t - s| for intervals m apart. One less is right, and "
    "enough.",
    says=AlwaysAtMost.each("steps", forms.grid_steps_printed, forms.grid_steps, remainder=rounding),
    where="Theorem 2.1.10",
    by=Experiment(
        "searched intervals",
        OfNumerics("numerics.weight_paths:measure_grid_steps", quantities=("steps",)),
        over={"depth": Integers(4, 1000), "length": Reals(0.01, 0.9)},
    ),
    axis="length",
)

gradient_descent = Claim(
    "susanna2024/gradient-descent",
    "(2.36) is the gradient of a sample. (2.37) steps by their sum where it says that it steps by "
    "the gradient of their mean.",
    says=(
        Exactly("formula error", 0),
        Exactly("share", forms.step_share_printed),
        Exactly("share", forms.step_share),
    ),
    where="(2.36), (2.37)",
    by=Experiment(
        "gradients of small networks",
        measured("descent_steps"),
        over={"samples": Integers(2, 6)},
        setting={"depth": 3, "dim": 2},
    ),
    axis="samples",
)

augmented_biases = Claim(
    "susanna2024/augmented-biases",
    "Remark 2.0.1 carries a 1 through feed-forward layers to do without biases. tanh makes less of "
    "it layer by layer, and of biases with it.",
    says=Exactly.each("last entry", forms.carried_one_printed, forms.carried_one),
    where="Remark 2.0.1, (2.3)",
    by=Experiment(
        "layers with a 1 beside them",
        OfNumerics("numerics.weight_paths:measure_carried_one", quantities=("last entry",)),
        over={"depth": Integers(1, 32)},
        setting={"dim": 2},
        meets={"sigma is tanh": "it is"},
    ),
    axis="depth",
    notes=(
        "Of residual layers the last row is 0, and the 1 stays: with σ(0) = 0, as the remark has "
        "it.",
        "b_k is printed as a row of equal entries in the place of a column, which may have any.",
    ),
)

lipschitz = Claim(
    "susanna2024/lipschitz-field",
    "Remark 2.1.6: the field of the controlled equation is Lipschitz on balls of radius K with the "
    "constant 2 K, and with K.",
    says=AlwaysAtMost.each(
        "quotient", forms.lipschitz_bound_printed, forms.lipschitz_bound, remainder=rounding
    ),
    where="Remark 2.1.6",
    by=Experiment(
        "searched pairs of a ball",
        OfNumerics("numerics.weight_paths:measure_lipschitz", quantities=("quotient",)),
        over={"dim": Integers(1, 3), "radius": Reals(0.1, 10)},
        meets={"sigma is tanh": "it is"},
    ),
    axis="radius",
    notes=(
        "The field has the identity beside σ, which does not change.",
        "Indices before (2.11): of (h, W) the coordinates of W are d + 1 to d + d², not to d²; L "
        "points from t_1 = 0 to t_L = 1 are not k/L; and no entry of W has an index μ mod d = 0.",
    ),
)

tensor_norms = Claim(
    "susanna2024/tensor-norms",
    "Appendix A: norms of Frobenius of tensors are submultiplicative, and an activation with "
    "|σ(z)| <= |z| does not add to them.",
    says=(
        AlwaysAtMost("product", 1, remainder=rounding),
        AlwaysAtMost("activated", 1, remainder=rounding),
    ),
    where="Lemmas II.1 and II.3",
    by=Experiment(
        "searched tensors",
        measured("tensors"),
        over={"dim": Integers(1, 4), "order": Integers(2, 3), "kept": Integers(0, 1)},
    ),
    axis="dim",
    notes=(
        "In the proof of Lemma II.1 the indices of v begin with those of T: at k + 1, not at 1.",
    ),
)

CLAIMS = (
    p_variation,
    gronwall,
    grid_steps,
    gradient_descent,
    augmented_biases,
    lipschitz,
    tensor_norms,
)
