"""Claims on what training moves of scaled weights, and on the variation of their paths."""

from __future__ import annotations

import math
from dataclasses import replace

from theory import weight_paths as forms
from theory.domains import Integers, OneOf, Reals
from verify.claims.terms import rounding
from verify.claims.weight_paths.bounds import measured
from verify.claims.weight_paths.limits import DEPTH, OWN_EXPONENTS, exponent
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import AlwaysAtMost, Exactly

SMALL = "S e (1 + e) L^(1 - 2 alpha) <= 1/2"
DEEP = "deep enough for (3.25)"
LASTING = "1 - 2 alpha + rho <= 0"
DECAYING = "nu = 1/5, and (3.34) with its first step, d Lambda <= 1/10"

LARGEST_TOTAL = 0.99 / (20 * (1 + math.e))
"""The sum of the rates: 99 % of what (3.34) allows at d = 2 for gradients of 1 + e."""

searched = Experiment(
    "searched starts",
    measured("extreme_moves"),
    over={
        "depth": Integers(3, 64),
        "alpha": Reals(0.5, 1),
        "gamma": Reals(0.5, 2),
        "total": Reals(0.005, 0.045),
    },
    setting={"dim": 2, "steps": 2},
    meets={SMALL: "S is 0.045 at most, and alpha 1/2 at least"},
)
deep = replace(
    searched,
    label="searched starts of deep networks",
    over={
        "depth": Integers(160, 320),
        "alpha": Reals(0.95, 1),
        "gamma": Reals(0.95, 1),
        "total": Reals(0.005, 0.02),
    },
    meets={**searched.meets, DEEP: "with S for Q log L and 1 + e for sqrt(C_l), d = 2"},
)
TRIED = (
    "A search tries starts of the greatest norms that are allowed, increments of changing signs, "
    "half of them aligned with an input of norm 1 and the label opposite to it, d = 2."
)

moved = Experiment(
    "rates of at most 1",
    measured("moved_exponents"),
    over={"alpha": OneOf(0.5, 0.75, 0.95)},
    setting={"rate_power": 0.0, "rate": 0.05, "steps": 2, "gamma": 0.01, "depth": DEPTH},
    doubled=("depth",),
    meets={LASTING: "rho = 0, and alpha is 1/2 at least"},
)


def at_rates(words: str, alpha: float, power: float, met: str) -> Experiment:
    """Networks at one alpha, trained by rates of a power of the depth."""
    return replace(
        moved,
        label=f"rates of {words}, α = {alpha}",
        over={"alpha": OneOf(alpha)},
        setting={**moved.setting, "rate_power": power},
        meets={LASTING: met},
    )


greater = tuple(
    at_rates("L^β", alpha, power, "2 - 3 alpha is negative")
    for alpha, power in ((0.7, 0.3), (0.9, 0.1))
)
lasting = tuple(
    at_rates("L^(α - β)", alpha, power, "it is 0") for alpha, power in ((0.75, 0.5), (0.975, 0.95))
)

moved_weights = Claim(
    "susanna2024/moved-weights",
    "Training of a number of steps by rates of L^ρ moves scaled weights by L^(1 - 2α + ρ) where "
    "that does not grow: by a vanishing amount where Theorem 3.3.3 holds, whose path in the limit "
    "is that of the start.",
    says=exponent("movement exponent", forms.training_exponent),
    by=(moved, *greater, *lasting),
    axis="alpha",
    notes=(
        OWN_EXPONENTS,
        "Q log L steps of rates of at most 1 (3.18) add a factor log L at most, and those of "
        "Remark 3.3.5, L^(α - β - ε), leave L^-ε log L.",
        "Rates of L^β, as in section 4, move weights by L^(2 - 3α): by a vanishing amount where α "
        "> 2/3 alone, and for α <= 2/3 (3.24) has no depth.",
        "At α = β = 1/2, of Theorem 3.5.2, rates of 1 move them by a constant: there the path of "
        "trained weights is another than that of the start.",
    ),
)
moved_loss = Claim(
    "susanna2024/moved-loss",
    "Training by rates of L^ρ changes the loss by L^(1 - 2α + ρ) where that does not grow: where "
    "Theorem 3.3.3 holds, a deep network learns nothing.",
    says=exponent("loss exponent", forms.training_exponent),
    by=(moved, *greater, *lasting),
    axis="alpha",
    notes=(
        OWN_EXPONENTS,
        "The theorem bounds weights by showing that they stay where they start; so its regularity "
        "is that of the start, and not of what was learnt. Section 4 says so of rates L^β at β "
        "near 0, where no meaningful optimization takes place; it is so for every α > 1/2.",
        "Rates of L^(α - β) are the least that change the loss at all depths, which is why section "
        "4 finds that they train best; the theorem and Remark 3.3.5 just leave them out.",
    ),
)

movement_bound = Claim(
    "susanna2024/movement-bound",
    "(3.23) bounds how far training moves weights, with a factor d e^(3/2) (1 + e)/(1 + e^(1/2)) "
    "that deep networks do without.",
    says=AlwaysAtMost.each(
        "movement", forms.movement_bound_printed, forms.movement_bound, remainder=rounding
    ),
    by=searched,
    axis="depth",
    notes=(TRIED,),
)

one_variation = Claim(
    "susanna2024/one-variation",
    "The 1-variation of scaled weights stays bounded in depth: by 1, as the proofs have it of deep "
    "networks, and by 1/(2e) in the limit, which is what the start may have.",
    says=(
        AlwaysAtMost("variation", forms.variation_bound_printed, by=(deep,), remainder=rounding),
        AlwaysAtMost("variation", forms.variation_bound, remainder=rounding),
    ),
    by=(searched, deep),
    axis="depth",
    notes=(
        TRIED,
        "γ > 1/(2α) is not needed: a start that is smooth to a lesser γ is so to any greater one. "
        "Where γ < 1/(2α) it is the bound on increments of Theorem 3.3.3 that fails, and the "
        "variation is of L^(1 - 2α), less than any bound.",
        "So of W* (Theorem 3.4.4) the variation is 1/(2e) at most, and W* is Lipschitz; where γ < "
        "1 it is constant, as is every limit of Theorem 3.4.7.",
        "(3.31) asks for a W_L, of a layer that is not there: with 0 for it the variation is up to "
        "1 more, with W_{L-1} Proposition 3.4.6 holds.",
    ),
)

rising = replace(
    deep,
    label="searched starts whose norms rise",
    measure=OfNumerics(
        "numerics.weight_paths:measure_norm_variation", quantities=("variation of norms",)
    ),
    over={**deep.over, "cells": Integers(1, 32)},
    setting={"steps": 2},
)

norms_of_paths = Claim(
    "susanna2024/norms-of-paths",
    "Corollary 3.4.5: the lim sup W* of the norms of scaled weights has a finite 1-variation: at "
    "most 1 by the proof, at most 1/(2e) by our bound, which norms that rise reach over any cells.",
    says=AlwaysAtMost.each(
        "variation of norms",
        forms.norm_variation_bound_printed,
        forms.variation_bound,
        remainder=rounding,
    ),
    by=rising,
    axis="depth",
    notes=(
        "Cells are of one length, and networks deep: W* is a limit of L -> ∞ at given cells, which "
        "grow finer only then. The sum over all cells of one network bounds it as well.",
        "At γ < 1 the bound tends to 0: W* is constant.",
        "Its proof takes (3.30), a limit of cells that grow fine, for the 1-variation, which it is "
        "of a continuous path; W* is Lipschitz.",
    ),
)

decaying = Experiment(
    "searched starts of nu = 1/5",
    measured("extreme_moves"),
    over={"depth": Integers(40, 200), "alpha": Reals(0.5, 1), "gamma": OneOf(1.0)},
    setting={"dim": 2, "steps": 2, "nu": 0.2, "total": LARGEST_TOTAL},
    meets={DECAYING: "the sum of the rates is below 1/(10 d (1 + e)), gradients 1 + e at most"},
)

decaying_variation = Claim(
    "susanna2024/decaying-gradients",
    "Remark 3.5.4: the 1-variation of scaled weights stays bounded in depth at α = β = 1/2 as well "
    "where gradients decay, by 27.3 as printed, which may be 0.6.",
    says=AlwaysAtMost.each(
        "variation",
        forms.decaying_variation_bound_printed,
        forms.decaying_variation_bound,
        remainder=rounding,
    ),
    by=decaying,
    axis="depth",
    notes=(
        TRIED,
        "Of T steps (3.33) holds with any small ρ and C_l = (1 + e)² (T + 1)^ρ, so that (3.34) is "
        "of the sum of the rates.",
        "At α = 1/2 what training adds does not vanish: the conjecture that it does is of α > 1/2.",
    ),
)

started = replace(
    moved,
    label="starts of the greatest increments",
    over={"gamma": Reals(0.7, 2)},
    setting={"alpha": 0.9, "rate_power": 0.0, "rate": 0.05, "steps": 2, "depth": DEPTH},
    meets={},
)
smoother = replace(
    started,
    label="starts that are smoother than what training adds",
    over={"gamma": OneOf(0.2), "alpha": OneOf(0.6, 0.9)},
    setting={name: value for name, value in started.setting.items() if name != "alpha"},
)

variation_rate = Claim(
    "susanna2024/variation-rate",
    "From a start of the largest increments that Assumption 3.1.1 (iii) allows, and by a number of "
    "steps of rates that have no depth, the 1-variation of trained weights goes as L^(1 - 1/γ), or "
    "as L^(1 - 2α) where that is more: it is bounded for γ <= 1 alone, and vanishes for γ < 1 "
    "where α > 1/2.",
    says=exponent("variation exponent", forms.variation_exponent),
    by=(started, smoother),
    notes=(
        OWN_EXPONENTS,
        "L^(1 - 2α), which training adds, is more where γ < 1/(2α); near γ = 1/(2α) both count up "
        "to great depths.",
    ),
)

one_step = Experiment(
    "a step of any rate",
    OfNumerics("numerics.weight_paths:measure_extreme_moves", names={"total": "rate"}),
    over={
        "depth": Integers(16, 64),
        "alpha": Reals(0.5, 1),
        "gamma": Reals(0.7, 1),
        "rate": Reals(1e3, 1e6),
    },
    setting={"dim": 2, "steps": 1},
)

variation_of_a_step = Claim(
    "susanna2024/variation-of-a-step",
    "Theorems 3.4.2 to 3.4.7 as they stand limit no learning rate, and a step of a great one makes "
    "any variation.",
    says=AlwaysAtMost.each(
        "variation",
        forms.one_step_variation_bound_printed,
        forms.one_step_variation_bound,
        remainder=rounding,
    ),
    by=one_step,
    axis="rate",
    notes=(TRIED,),
)

alternating = Claim(
    "susanna2024/alternating-weights",
    "In Theorem 3.4.7 paths converge in p-variation for p > 1, which cannot be p = 1: weights that "
    "go up and down tend to a constant, and stay 1/(2e) from it in 1-variation at γ = 1.",
    says=Exactly("p-variation", forms.alternating_variation),
    by=Experiment(
        "weights that go up and down",
        OfNumerics(
            "numerics.weight_paths:measure_alternating_variation", quantities=("p-variation",)
        ),
        over={"depth": Integers(3, 64), "gamma": Reals(0.5, 2), "p": Reals(1, 4)},
        setting={"dim": 2},
    ),
    examples=({"depth": 32, "gamma": 1.0, "p": 1.0},),
    axis="p",
    notes=(
        "The limit of a sequence of paths may have a lesser 1-variation than each of them. A "
        "sub-sequence is what compactness gives; as training moves weights by a vanishing amount, "
        "all paths converge where those of the start do.",
    ),
)

CLAIMS = (
    alternating,
    moved_weights,
    moved_loss,
    movement_bound,
    one_variation,
    decaying_variation,
    norms_of_paths,
    variation_rate,
    variation_of_a_step,
)
