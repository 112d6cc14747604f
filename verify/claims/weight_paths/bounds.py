"""Claims on layers, Jacobians and gradients at weights of given norms (Lemmas 3.2.1 to 3.2.4)."""

from __future__ import annotations

from dataclasses import replace

from theory import weight_paths as forms
from theory.domains import Integers, OneOf, Reals
from verify.claims.terms import rounding
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import AlwaysAtLeast, AlwaysAtMost

MEETS = {"|sigma(z)| <= |z|, |sigma'| <= 1, sigma' 1-Lipschitz": "tanh, of which all three hold"}

ASCENT = (
    "A draw is what one search finds, which follows the gradient from random weights and inputs; "
    "inputs are as short as 0.001, where tanh is linear."
)


def measured(name: str) -> OfNumerics:
    """A measurement of the subject, by its name."""
    return OfNumerics(f"numerics.weight_paths:measure_{name}")


layers = Experiment(
    "searched layers",
    measured("extreme_layers"),
    over={
        "depth": Integers(3, 16),
        "strength": Reals(0.1, 1),
        "dim": Integers(1, 3),
        "alpha": Reals(0.5, 1),
    },
    meets=MEETS,
)
of_one_unit = replace(
    layers, label="searched layers of one unit", over={**layers.over, "dim": OneOf(1)}
)

hidden_bounds = Claim(
    "susanna2024/hidden-bounds",
    "(3.1) bounds layers from above, sharply. From below (3.3) has lost a minus sign, so that no "
    "layer of small weights could shrink; its proof has it. A step of that, Δ² <= 4 y² + 2 y⁴ with "
    "y = δ |W|, leaves out 4 y³, and is not needed.",
    says=(
        *AlwaysAtMost.each("growth", forms.hidden_upper_bound_printed, remainder=rounding),
        AlwaysAtMost("growth", forms.hidden_upper_bound, remainder=rounding),
        AlwaysAtLeast(
            "shrinkage", forms.hidden_lower_bound_printed, by=(of_one_unit,), remainder=rounding
        ),
        AlwaysAtLeast("shrinkage", forms.hidden_lower_bound_of_proof_printed, remainder=rounding),
        AlwaysAtLeast("shrinkage", forms.hidden_lower_bound, remainder=rounding),
        AlwaysAtMost(
            "squared change",
            forms.squared_change_bound_printed,
            by=(of_one_unit,),
            remainder=rounding,
        ),
        AlwaysAtMost("squared change", forms.squared_change_bound, remainder=rounding),
    ),
    where="Lemmas 3.2.1 and 3.2.2",
    by=(layers, of_one_unit),
    axis="strength",
    notes=(
        ASCENT,
        "All layers have weights of one norm, s/(L δ).",
        "The proof of Lemma 3.2.2 needs ν <= 2; its last line holds while ν <= 1.998 L, and at ν = "
        "6, L = 3 a linear layer with W_k = -3 L^-β is 0.",
    ),
)

jacobians = replace(layers, label="searched Jacobians", measure=measured("extreme_jacobians"))

jacobian_bounds = Claim(
    "susanna2024/jacobian-bounds",
    "(3.2) bounds Jacobians with a factor sqrt(d) that holds, and that their spectral norm does "
    "without; the proof of Theorem 3.5.2 leaves it out of that of Frobenius, which fails.",
    says=(
        AlwaysAtMost("jacobian", forms.jacobian_bound_printed, remainder=rounding),
        AlwaysAtMost("jacobian", forms.jacobian_bound_of_steps_printed, remainder=rounding),
        AlwaysAtMost("jacobian", forms.jacobian_bound, remainder=rounding),
        AlwaysAtMost("spectral jacobian", forms.hidden_upper_bound, remainder=rounding),
    ),
    where="Lemma 3.2.1",
    by=jacobians,
    axis="strength",
    notes=(ASCENT,),
)

gradients = Experiment(
    "searched gradients", measured("extreme_gradients"), over=layers.over, meets=MEETS
)

gradient_factor = Claim(
    "susanna2024/gradient-factor",
    "(3.5) bounds gradients with a factor sqrt(d) that is not needed, as each has rank one.",
    says=(
        AlwaysAtMost("factor", forms.gradient_factor_printed, remainder=rounding),
        AlwaysAtMost("factor", forms.gradient_factor, remainder=rounding),
    ),
    where="Lemma 3.2.3",
    by=gradients,
    axis="depth",
    notes=(
        ASCENT,
        "(2.37) sums over the samples without the 1/N of (2.31), which the lemma has.",
    ),
)

at_no_first_weights = Experiment(
    "searched increments at W_k = 0",
    measured("extreme_increments"),
    over={
        "scale": Reals(0.2, 1),
        "norm": Reals(0.05, 0.5),
        "input_norm": Reals(0.01, 0.03),
    },
    setting={"dim": 1, "first_norm": 0.0},
    meets=MEETS,
)
in_general = Experiment(
    "searched increments",
    measured("extreme_increments"),
    over={
        "scale": Reals(0.05, 1),
        "first_norm": Reals(0.01, 1),
        "norm": Reals(0.01, 1),
        "input_norm": Reals(0.01, 1),
        "dim": Integers(1, 3),
    },
    meets=MEETS,
)

increments = Claim(
    "susanna2024/increments",
    "(3.8) bounds what one step adds to the difference of two layers by a square of |W_{k+1}| "
    "where that comes in linearly, and fails for short inputs.",
    says=(
        AlwaysAtMost(
            "difference",
            forms.increment_bound_printed,
            by=(at_no_first_weights,),
            remainder=rounding,
        ),
        AlwaysAtMost(
            "difference", forms.increment_bound, by=(at_no_first_weights,), remainder=rounding
        ),
        AlwaysAtMost("over bound", 1, by=(in_general,), remainder=rounding),
    ),
    where="Lemma 3.2.4",
    by=(at_no_first_weights, in_general),
    axis="scale",
    notes=(
        ASCENT,
        "Over its bound is the difference at any W_k over δ r² c + δ² r (a b r + a + b), a and b "
        "the norms of W_k and W_{k+1}, c that of their difference, r = |h_k|.",
    ),
)

CLAIMS = (hidden_bounds, jacobian_bounds, gradient_factor, increments)
