"""Claims on the eigenvalues of the Fisher information during training (Furusho 2020, 2.4)."""

from __future__ import annotations

from theory.domains import Integers
from verify.claims.fisher.experiments import GAUSSIAN, RESNET
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import Equal, Ranking

TRAINED = OfNumerics("numerics.learning_rate:measure_trained_eigenvalues")
CONDITION = "loss kept at the smaller and the larger condition number"

wide = Experiment(
    "gradient descent, wide networks",
    TRAINED,
    over={"depth": Integers(1, 1)},
    setting={
        "network": RESNET,
        "inputs": GAUSSIAN,
        "samples": 4,
        "width": 48,
        "rate": 1.0,
        "steps": 20,
    },
    doubled=("width",),
)
beyond = Experiment(
    "gradient descent beyond 2/lambda_max of the start",
    TRAINED,
    over={"depth": Integers(3, 4)},
    setting={
        "network": RESNET,
        "inputs": GAUSSIAN,
        "samples": 64,
        "width": 16,
        "rate": 3.0,
        "steps": 50,
    },
)
pairs = Experiment(
    "pairs of networks",
    OfNumerics("numerics.learning_rate:measure_loss_by_condition", quantities=(CONDITION,)),
    over={"depth": Integers(1, 3)},
    setting={"network": RESNET, "inputs": GAUSSIAN, "samples": 8, "width": 32, "steps": 20},
)

in_training = Claim(
    "furusho2020/fim-in-training",
    "The eigenvalues of the Fisher information of a wide network do not change as gradient "
    "descent trains it below 2/lambda_max of the start; at one and a half times that rate, in "
    "three and four blocks, the top one falls until the rate is below its 2/lambda_max.",
    says=(
        Equal("top kept", 1.0, by=(wide,)),
        Ranking("rate times top", by=(beyond,)),
    ),
    by=(wide, beyond),
    where="sec 2.4",
    axis="depth",
    notes=(
        "After training over before, in the limit of the width: at D = 50 the top eigenvalue "
        "of a network of one block falls by some 3 % at four inputs and 6 % at 50 to 200, and of "
        "these by 2 to 3 % at twice the width.",
        "At three times that rate most networks of one block and 16 units diverge, and at six "
        "times most of up to four blocks.",
        "This is why a boundary at 2/lambda_max of the start, where 'wide' is to mean that "
        "lambda_max stays, is left behind by networks of any width that were tried: at such a "
        "rate the loss grows until the weights have moved far enough to lower lambda_max.",
    ),
)

condition_number = Claim(
    "furusho2020/condition-number",
    "Of two random networks of one size, each at its fastest rate 2/(lambda_max + lambda_min), "
    "that with the smaller condition number lambda_max/lambda_min converges faster, in about seven "
    "of ten pairs.",
    says=Ranking(CONDITION),
    by=pairs,
    where="sec 2.4",
    axis="depth",
    within=0.2,
    notes=(
        "lambda_min is the least of the N eigenvalues that are not 0 by their number: as many "
        "inputs as weights would make it 0, and no rate fast.",
    ),
)

CLAIMS = (in_training, condition_number)
