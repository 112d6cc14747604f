"""Claims on what remarks say of learning rates and of data (Susanna 2024, chapter 3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import mpmath

from theory import weight_paths as forms
from theory.domains import Integers, Reals
from verify.claims.terms import FORMULAS, Parameters, rounding
from verify.claims.weight_paths.bounds import MEETS
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import Agree, AlwaysAtLeast, AlwaysAtMost

alike = Experiment(
    "searched first steps of layers all alike",
    OfNumerics("numerics.weight_paths:measure_first_increments", quantities=("increment",)),
    over={
        "depth": Integers(128, 512),
        "alpha": Reals(0.8, 1),
        "gamma": Reals(0.65, 0.7),
        "margin": Reals(0.01, 0.1),
    },
    meets=MEETS,
)

faster_rates = Claim(
    "susanna2024/faster-rates",
    "Remark 3.3.5 keeps Theorem 3.3.3 for rates of L^(α - β - ε) with any ε > 0. Of γ < 1 that is "
    "false unless ε > 1/γ - 1: one step takes increments beyond L^(-1/γ - β), the further the "
    "deeper the network.",
    says=AlwaysAtMost.each(
        "increment",
        forms.first_increment_bound_printed,
        forms.first_increment_bound,
        remainder=rounding,
    ),
    where="Remark 3.3.5",
    by=alike,
    axis="depth",
    notes=(
        "A draw is the greatest of a few networks of two units, of which one has an input and an "
        "error that belong to eigenvalues of opposite signs.",
        "The conditions that the remark prints, of exponents β - α and 1/γ - 2 α, are those of the "
        "proof; of the second it says no more.",
    ),
)


def of_decay(values: Parameters) -> Any:
    """The rate of Remark 3.5.3 times the root of (3.33)."""
    q, c, rho, epsilon, r = (
        mpmath.mpf(values[name]) for name in ("factor", "gradient", "decay", "margin", "step")
    )
    rate = q / (r + 1) ** (1 - rho / 2 + epsilon)
    return rate * mpmath.sqrt(c / (r + 1) ** rho)


rate_terms = Claim(
    "susanna2024/rate-terms",
    "Remark 3.5.3 has half the power of (3.34) under its root: as printed its sum is larger than "
    "what it is said to be at most, and has no bound where ε <= ρ/4.",
    says=Agree.each("term", forms.rate_term_printed, forms.rate_term, witness=of_decay),
    where="Remark 3.5.3",
    by=replace(
        FORMULAS,
        label="(3.33) and the rates",
        over={
            "factor": Reals(0.01, 10),
            "gradient": Reals(0.1, 20),
            "decay": Reals(0.01, 1),
            "margin": Reals(0.01, 1),
            "step": Integers(1, 1000),
        },
    ),
    axis="step",
    notes=(
        "With the right term Q <= 1/(10 ζ(1 + ε) d sqrt(C_l)) keeps the sum below 1/(10 d), from r "
        "= 0 on too.",
    ),
)

separated_data = Claim(
    "susanna2024/separated-data",
    "The separated data of (3.12) are said to need d > N⁴ dimensions. N are enough, and needed.",
    says=AlwaysAtLeast.each(
        "dimension",
        forms.separated_dimension_printed,
        forms.separated_dimension,
        remainder=rounding,
    ),
    where="After Theorem 3.3.1",
    by=Experiment(
        "searched unit vectors",
        OfNumerics("numerics.weight_paths:measure_separated_dimension", quantities=("dimension",)),
        over={"samples": Integers(2, 8), "constant": Reals(0.01, 1)},
    ),
    axis="samples",
    notes=(
        "Directions drawn at random have products of about 1/sqrt(d), and meet (3.12) with d of "
        "about 256 N² log N exp(8 c₀).",
    ),
)

CLAIMS = (faster_rates, rate_terms, separated_data)
