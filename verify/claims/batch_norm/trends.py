"""Claims on small convolutional networks that are normalised in several ways (Luo et al. 2018)."""

from __future__ import annotations

from functools import partial

from verify.claims import arms
from verify.claims.arms import Order
from verify.model import Claim, Value

judged = partial(arms.judged, "numerics.batch_norm.trends:measure_trends")

VALIDATION, GAP, GAMMA = "validation loss", "gap", "squared gamma"
EQUAL = "validation loss at equal training"
NETWORK = "convolutional network"
SETTING: dict[str, Value] = {
    "images": "digits",
    "width": 4,
    "samples": 128,
    "wrong": 0.25,
    "learning_rate": 0.02,
}
SCALE = (
    "The network of section 5 with 4 channels in the first convolution in place of 32, on digits "
    "of 8 × 8 pixels in place of CIFAR-10: 128 of them, a quarter with a random label, which "
    "networks can fit. Losses are those of evaluation, on 256 other digits of right labels.",
    "All arms begin as the same function and see the same batches; learning rates are "
    "proportional to M, momentum is 0.9, and nothing else regularises.",
)

KINDS: dict[str, dict[str, Value]] = {
    "BN": {"kind": "bn"},
    "variance-only": {"kind": "variance"},
    "WN": {"kind": "wn"},
}
says, by = judged(
    {
        (NETWORK,): (
            Order(VALIDATION, ("BN", "WN")),
            Order(GAP, ("BN", "WN")),
            Order(EQUAL, ("BN", "WN")),
            Order(VALIDATION, ("variance-only", "WN")),
            Order(GAP, ("variance-only", "WN")),
            Order(GAMMA, ("BN", "WN")),
        )
    },
    KINDS,
    {NETWORK: {**SETTING, "updates": 200}},
)
cnn_trends = Claim(
    "luo2018/cnn-trends",
    "Networks with batch norm generalise better than weight-normalised ones: their validation "
    "loss, also at equal training loss, and its gap to the training loss are smaller, and so is "
    "γ². Variance-only batch norm does so too.",
    says=says,
    by=by,
    where="Section 5, Fig 4",
    within=0.45,
    notes=(
        *SCALE,
        "At equal training loss: where the training loss first falls to that of the arm that ends "
        "with the largest.",
        "The paper says that mean-only batch norm improves on WN as well, and that both together "
        "are best. Of 16 networks with mean-only the gap was smaller than that of WN on 8, their "
        "validation loss at equal training loss on 15; BN had a smaller gap than variance-only on "
        "4, a smaller validation loss on 9: at this scale the variance does it.",
    ),
)

SIZES: dict[str, dict[str, Value]] = {
    f"{name} {size}": {"kind": kind, "batch_size": size}
    for name, kind in (("BN", "bn"), ("WN", "wn"))
    for size in (8, 32)
}
says, by = judged(
    {
        (NETWORK,): (
            *(
                Order(measured, (f"{kind} 8", f"{kind} 32"))
                for kind in ("BN", "WN")
                for measured in (GAMMA, GAP)
            ),
            Order(VALIDATION, ("BN 8", "BN 32")),
        )
    },
    SIZES,
    {NETWORK: {**SETTING, "learning_rate": 0.01, "layer": 1, "updates": 128}},
)
batch_size = Claim(
    "luo2018/batch-size",
    "With batch norm in one layer γ², the validation loss and its gap to the training "
    "loss grow with the batch size at equal updates; with weight normalisation in its place, which "
    "no batch disturbs, γ² and the gap grow as well.",
    says=says,
    by=by,
    where="Section 5.1, Fig 5",
    within=0.45,
    notes=(
        *SCALE,
        "The paper takes the growth as a weaker regularisation of larger batches. At equal updates "
        "a batch four times as large, at a learning rate four times as large, is four times as "
        "many epochs, in which γ grows and labels are fitted: WN shows it as the control. At equal "
        "epochs (256 and 64 updates) neither grows with M: γ² was 1.39 and 1.37 for BN, 3.75 and "
        "3.72 for WN, the validation loss larger at M = 32 on 11 and on 7 of 16 networks.",
        "Batch norm is in the second convolution alone, WN in the others.",
    ),
)

DROPPED: dict[str, dict[str, Value]] = {
    f"{name}{suffix}": {"kind": kind, "dropout": share}
    for name, kind in (("BN", "bn"), ("WN", "wn"))
    for suffix, share in (("", 0.0), (" and dropout", 0.125))
}
says, by = judged(
    {
        (NETWORK,): tuple(
            Order(measured, (f"{kind} and dropout", kind))
            for kind in ("BN", "WN")
            for measured in (VALIDATION, GAP)
        )
    },
    DROPPED,
    {NETWORK: {**SETTING, "learning_rate": 0.01, "batch_size": 64, "updates": 64}},
)
dropout = Claim(
    "luo2018/dropout",
    "At large batches dropout after each normalised layer lowers the validation loss and its gap "
    "to the training loss, of batch norm and of weight normalisation.",
    says=says,
    by=by,
    where="Section 5.1, Fig 7",
    within=0.45,
    notes=(
        *SCALE,
        "M = 64, half of the samples; a share of 0.125 after the normalisation and before the "
        "activation, of WN too, where the paper takes 0.25.",
    ),
)

CLAIMS = (cnn_trends, batch_size, dropout)
