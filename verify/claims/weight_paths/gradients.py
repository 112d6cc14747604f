"""Claims on the mean squared gradient of the loss by what networks say (section 4.3)."""

from __future__ import annotations

from theory import weight_paths as forms
from theory.domains import Integers
from verify.claims.terms import rounding
from verify.claims.weight_paths.bounds import measured
from verify.model import Claim, Experiment
from verify.relations import AlwaysAtLeast, AlwaysAtMost

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
        "%. Of Figure 4.8 it would be the same, where 30 % are told right and so Ω >= 0.35.",
        "ρ is fitted to t in epochs of 391 steps. In the steps of (3.33) the same curve is below "
        "C_l/(t + 1)^ρ up to 6256 steps for a C_l of 38.8 C and more (L = 56).",
        "With both put right, C_l is 44, and (3.34) at the rate L^0.45 sums to 22,400 over 16 "
        "epochs, where 1/(10 d) is allowed. Without an end it diverges for every ρ <= 2.",
    ),
)

CLAIMS = (gradient_decay,)
