"""Claims on the loss about trained weights (Susanna 2024, Figs 1.2 and 2.1)."""

from __future__ import annotations

from theory.domains import OneOf
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import Ranking

LINES = {"lines": 1, "reach": 1.0, "points": 21}

as_printed = Experiment(
    "50 steps at the rate 2",
    OfNumerics("numerics.weight_paths:measure_convexity"),
    over={"depth": OneOf(20)},
    setting={"images": "digits", "samples": 12, "rate": 2.0, "steps": 50, **LINES},
)

slower = as_printed.given("150 steps at the rate 0.1", rate=0.1, steps=150)

landscape = Claim(
    "susanna2024/landscape",
    "The loss about trained weights is more convex with skip connections than without: along "
    "filter-normalised lines, as long as the weights either way, more of its second differences "
    "are positive, after 50 steps at the rate of Table B.2 and after 150 at one at which networks "
    "without skip connections learn, by then more than those with them.",
    says=(
        Ranking("convex share without skips then with"),
        Ranking("loss with skips then without", by=(as_printed,)),
        Ranking("loss without skips then with", by=(slower,)),
    ),
    by=(as_printed, slower),
    where="Figs 1.2 and 2.1, Table B.2",
    axis="depth",
    examples=[{"depth": 20}],
    within=0.2,
    notes=(
        "Lines go as far as the weights are long, either way, in 21 points, each row of weights by "
        "itself. With skip connections all second differences are positive on the digits; without "
        "them two thirds at the rate of the table, and a half at the lower one.",
        "It is so of lines of that length: on a tenth of it the loss is convex with skip "
        "connections and without in half of the networks at the lower rate and in three of four at "
        "the rate of the table, and in the others less without.",
        "At the rate 2 of Table B.2 networks without skip connections get to no minimum: their "
        "loss is about 2.1 after its 50 steps, where equal shares of ten classes have log 10 = "
        "2.3, and a figure of them shows the surface about weights that have not learnt. At a "
        "rate of 0.1 they learn 12 digits faster than those with skip connections do in 150 steps, "
        "and after 600 have the greater loss in seven networks of eight; what the text says of "
        "convexity stands in all eight at both.",
        "The text has α play no role without skip connections but in the start. The program as it "
        "is published still multiplies branches by L^-α = 1/20 there: outputs of 20 layers are "
        "1e-20 and the loss is log 10 wherever one looks.",
        "A filter is a row of weights here, as Li et al. (2018) have it; that program scales whole "
        "matrices.",
    ),
)

CLAIMS = (landscape,)
