"""Claims on bounds of Lipschitz constants by norms of the weights (Theorems 4 and 5)."""

from __future__ import annotations

from theory import regularisation as forms
from theory.domains import Integers, Reals
from verify.claims.regularisation.norms import CLOSELY, MEETS, measured
from verify.claims.regularisation.start_moments import chi_variance
from verify.claims.terms import Parameters, rounding
from verify.model import Claim, Experiment
from verify.relations import AlwaysAtMost, Equal

ASCENT = (
    "A draw is the greatest ratio of 31 networks that one search meets, which follows the gradient "
    "of its logarithm from random weights: at the standard budget 10^5 networks and more for each "
    "bound."
)

layers = Experiment(
    "searched weights",
    measured("extreme_products"),
    over={
        "depth": Integers(1, 3),
        "norm": Reals(0.5, 2),
        "width": Integers(1, 3),
        "inputs": Integers(2, 4),
    },
)

lipschitz_norms = Claim(
    "furusho2020/lipschitz-norms",
    "Theorem 4 holds of spectral norms and of norms of Frobenius as |W|_2, and of sums of absolute "
    "entries as |W|_1; of operator norms as |W|_1 neither the bound, for two inputs and more, "
    "nor the second inequality does, which W = (1, 1) shows.",
    says=(
        AlwaysAtMost(
            "gradient at spectral norms",
            forms.lipschitz_bound_of_spectral_norms,
            remainder=rounding,
        ),
        AlwaysAtMost(
            "gradient at frobenius norms",
            forms.lipschitz_bound_of_frobenius_norms,
            remainder=rounding,
        ),
        AlwaysAtMost(
            "spectral at entrywise norms",
            forms.spectral_bound_of_entrywise_norms,
            remainder=rounding,
        ),
        AlwaysAtMost(
            "frobenius at entrywise norms",
            forms.frobenius_bound_of_entrywise_norms,
            remainder=rounding,
        ),
        *AlwaysAtMost.each(
            "gradient at induced norms",
            forms.lipschitz_bound_of_induced_norms_printed,
            forms.lipschitz_bound_of_induced_norms,
            remainder=rounding,
        ),
        *AlwaysAtMost.each(
            "spectral at induced norms",
            forms.spectral_bound_of_induced_norms_printed,
            forms.spectral_bound_of_induced_norms,
            remainder=rounding,
        ),
    ),
    by=layers,
    axis="depth",
    notes=(
        ASCENT,
        "Theorem 1 has |W|_2 as well, and holds of norms of Frobenius alone: they are the one "
        "reading that makes Theorems 1, 4 and 5 true together, with sums of absolute entries.",
    ),
)

paths = Experiment("searched weights", measured("extreme_paths"), over=layers.over)

lipschitz_path = Claim(
    "furusho2020/lipschitz-path",
    "Theorem 5 holds of sums of absolute entries as |W|_1, the second bound L^L times too large; "
    "of operator norms that one fails for more than L^L inputs. Sharper bounds of the same cost: "
    "the Euclidean norm of the path sums of the inputs, and that of their sums over paths of one "
    "sign.",
    says=(
        AlwaysAtMost("gradient over path norm", 1, remainder=rounding),
        AlwaysAtMost("gradient over input paths", 1, remainder=rounding),
        AlwaysAtMost("gradient over signed paths", 1, remainder=rounding),
        AlwaysAtMost("gradient over merged norms", 1, remainder=rounding),
        *AlwaysAtMost.each(
            "path norm at entrywise norms",
            forms.path_norm_bound_of_entrywise_norms_printed,
            forms.path_norm_bound_of_entrywise_norms,
            remainder=rounding,
        ),
        *AlwaysAtMost.each(
            "path norm at induced norms",
            forms.path_norm_bound_of_induced_norms_printed,
            forms.path_norm_bound_of_induced_norms,
            remainder=rounding,
        ),
    ),
    where="Theorem 5, eq 24",
    by=paths,
    axis="depth",
    notes=(
        ASCENT,
        "The gradient by an input is a sum over open paths, and lies between minus the sum over "
        "its negative paths and the sum over its positive ones: two numbers a unit in one backward "
        "pass. At He's initialisation of wide networks of three matrices and more that nearly "
        "halves the path norm of one input, and of D_0 inputs divides it by about 2 √D_0; of two "
        "matrices and 24 units it leaves 0.63 of it, and of one matrix of one input all.",
        "Merged norms are those of Combettes and Pesquet (2020): each gate is half of one plus a "
        "sign, so that spectral norms of products of consecutive layers take the place of products "
        "of their norms.",
    ),
)

exact = Experiment(
    "linear regions of small networks",
    measured("exact_constants"),
    over={"depth": Integers(1, 3), "width": Integers(1, 5), "inputs": Integers(1, 2)},
)

lipschitz_exact = Claim(
    "furusho2020/lipschitz-exact",
    "The Lipschitz constant of small networks with biases, exact over their linear regions, is "
    "above every gradient and below every bound of Theorems 4 and 5, as biases shift regions and "
    "leave Jacobians as they are.",
    says=tuple(
        AlwaysAtMost(quantity, 1, remainder=rounding)
        for quantity in (
            "sampled over constant",
            "over spectral norms",
            "over path norm",
            "over signed paths",
            "signed over path norm",
        )
    ),
    where="Theorems 4 and 5, eqs 23 and 24",
    by=exact,
    axis="depth",
)


def _worst_gradient_variance(values: Parameters) -> float:
    """Relative variance of sqrt(2/D) |w| 2/sqrt(pi), w the D weights of the first layer."""
    return chi_variance(values["width"])


two_matrices = Experiment(
    "two matrices, one input",
    measured("wide_constant", "worst gradient"),
    over={"width": Integers(2, 100)},
    setting={"depth": 2},
    variance={"worst gradient": _worst_gradient_variance},
    meets=MEETS,
)

worst_gradient = Claim(
    "furusho2020/worst-gradient",
    "Eq 36 takes the supremum of |grad f|_1 over inputs for the path norm; it is at most that, and "
    "at He's initialisation of two matrices and one input has a mean below 1.6 where the path norm "
    "has one that grows with the root of the width.",
    says=Equal.each("worst gradient", forms.worst_gradient_printed, forms.worst_gradient),
    where="Appendix A.2, eq 36",
    by=two_matrices,
    within={"quick": 0.015, **CLOSELY},
    axis="width",
)

CLAIMS = (lipschitz_norms, lipschitz_path, lipschitz_exact, worst_gradient)
