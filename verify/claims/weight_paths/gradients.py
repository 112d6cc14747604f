"""Claims on the mean squared gradient of the loss by what networks say (section 4.3)."""

from __future__ import annotations

from theory import weight_paths as forms
from theory.domains import Integers, Reals
from verify.claims.terms import Parameters, rounding
from verify.claims.weight_paths.bounds import measured
from verify.claims.weight_paths.limits import constantly
from verify.model import Claim, Experiment, OfNumerics, Value
from verify.relations import AlwaysAtLeast, AlwaysAtMost, AtMost, Equal

ten_classes = Experiment(
    "searched outputs of ten classes",
    measured("output_gradients"),
    over={"batch_size": Integers(16, 128)},
    setting={"classes": 10},
)

gradient_decay = Claim(
    "susanna2024/gradient-decay",
    "Tables 4.8 and 4.9 give mean squared gradients of 0.00008 at the start, where those of (4.4) "
    "are 9/10 or more: they are gradients of the mean loss of a batch of 128, and 128² times less.",
    says=(
        AlwaysAtMost("of losses", forms.untrained_gradient_printed, remainder=rounding),
        AlwaysAtLeast("of losses", forms.untrained_gradient, remainder=rounding),
        AlwaysAtLeast("of mean loss", forms.mean_loss_gradient, remainder=rounding),
        AlwaysAtLeast("of wrong samples", forms.wrong_gradient, remainder=rounding),
    ),
    where="(4.4), (4.5), Table 4.8",
    by=ten_classes,
    axis="batch_size",
    notes=(
        "A draw is the least that one search found; outputs before training are judged by all "
        "labels alike.",
        "The C printed lie between (1 - 1/C)/N² = 5.5e-5 and 2/N² = 1.22e-4 at N = 128, as the "
        "gradients of a mean loss must.",
        "As (4.4) has it, Ω(t) <= 7.8e-5 would leave 8 errors in 50,000 from the first step on, "
        "since Ω is at least half the share of errors; Table 4.7 has test errors of 15.5 to 18.5 "
        "%. Of Figure 4.8 it would be the same, where about 30 % are told right at best, and Ω >= "
        "0.35.",
        "ρ is fitted to t in epochs of 391 steps. In the steps of (3.33) the same curve is below "
        "C_l/(t + 1)^ρ up to 6256 steps for a C_l of 38.8 C and more (L = 56).",
        "With both put right, C_l is 44, and (3.34) at the rate L^0.45 sums to 24,500 over 16 "
        "epochs, where 1/(10 d) is allowed. Without an end it diverges for every ρ <= 2.",
    ),
)


DEPTH = 512


def rates(values: Parameters, within: float) -> dict[str, Value]:
    """Rates eta L^(alpha - beta)."""
    return {"learning rate": values["rate"] * DEPTH ** (2 * values["alpha"] - 1)}


LINEAR = "tanh linear, L great, weights of 0 at the start, inputs uniform in [-1, 1]"

trained = Experiment(
    "training on C10k by rates of L^(alpha - beta)",
    OfNumerics("numerics.weight_paths:measure_descent", names={"rate": "learning rate"}),
    over={"rate": Reals(0.1, 2), "steps": Integers(1, 48), "alpha": Reals(0.5, 0.6)},
    setting={
        "depth": DEPTH, "gamma": 0.1, "start": "truncated", "target": 0.01, "samples": 1000,
        "nodes": 8,
    },
    sizes=rates,
    meets={LINEAR: "512 layers of weights of L^-beta log(L) at most, which start at L^-10"},
)  # fmt: skip

LIMIT = 0.01
"""What so many layers lie off their limit: S^2/L at most, where |S| is 0.5 log(1 + 2 eta t/3)."""

SPREAD = 0.001
"""A bound on the relative variance, that of the mean of x^2 over N inputs: 0.8/N."""

decay_on_c10k = Claim(
    "susanna2024/decay-on-c10k",
    "On C10k rates of η L^(α - β) make Ω(t) decay like 1/t to a floor: y² + C/(t + T₀) with C = "
    "1/(2η) and T₀ = 3/(2η), so that no C/(t + 1)^ρ bounds it for long.",
    says=(
        Equal(
            "loss",
            forms.descended_loss,
            remainder=constantly(LIMIT),
            relative_variance=constantly(SPREAD),
        ),
        AtMost(
            "loss",
            forms.descended_loss_bound,
            remainder=constantly(LIMIT),
            relative_variance=constantly(SPREAD),
        ),
    ),
    where="(4.4), (4.5), Figures 4.10 and 4.11",
    by=trained,
    within=0.03,
    axis="steps",
    notes=(
        "The loss is half of Ω. With embeddings U and V, Ω is y² + C/(t + T₀) of the same C and a "
        "T₀ of 3/(2η U²V²). Runs of section 4 learn by (h_L - y)², which is 2η for η: at the "
        "median of uniform embeddings and η = 1 T₀ is 21.5, and in 5 log L = 48 steps Ω falls to "
        "a third. A fit of C, ρ and T₀ without y² to so short a piece finds what it likes, as that "
        "of C10k-B33t does (T₀ = 289 ± 2508, or 75 ± 102).",
        "The text blames a loss that is small at the start and doubts (3.33). It fails on C10k for "
        "every ρ > 0, from (t + 1)^ρ = C_l/y² on, as outputs odd in x have Ω >= y².",
        "Weights leave the ball |W_k| <= L^-β of Theorem 3.5.2 when 1 + 2ηt/3 exceeds e², after 10 "
        "steps at η = 1, U = V = 1: the sum of (3.34) goes as sqrt(2ηt) and has no end.",
        "Where labels can be met, as y = c x of c > 0, Ω decays exponentially instead, and (3.33) "
        "holds for every ρ.",
    ),
)

CLAIMS = (gradient_decay, decay_on_c10k)
