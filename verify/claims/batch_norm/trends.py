"""Claims on small convolutional networks that are normalised in several ways (Luo et al. 2018)."""

from __future__ import annotations

from functools import partial

from verify.claims import arms
from verify.claims.arms import Order
from verify.model import Claim, Value

judged = partial(arms.judged, "numerics.batch_norm.trends:measure_trends")

TRAINING, VALIDATION = "training loss", "validation loss"
GAP, GAMMA, ACCURACY = "gap", "squared gamma", "accuracy"
EQUAL = "validation loss at equal training"
NETWORK = "convolutional network"
SETTING: dict[str, Value] = {
    "images": "digits",
    "width": 4,
    "samples": 64,
    "wrong": 0.25,
    "learning_rate": 0.02,
}
SCALE = (
    "The network of section 5 with 4 channels in the first convolution in place of 32, on digits "
    "of 8 × 8 pixels in place of CIFAR-10: 64 of them, a quarter with a random label, which "
    "networks can fit. Losses are those of evaluation, on 256 other digits of right labels.",
    "All arms begin as the same function and see the same batches; learning rates are "
    "proportional to M, momentum is 0.9, and nothing else regularises.",
)

KINDS: dict[str, dict[str, Value]] = {
    "BN": {"kind": "bn"},
    "variance-only": {"kind": "variance"},
    "mean-only": {"kind": "mean"},
    "WN": {"kind": "wn"},
}
says, by = judged(
    {
        (NETWORK,): (
            *(
                Order(measured, (better, worse))
                for better in ("BN", "variance-only")
                for worse in ("WN", "mean-only")
                for measured in (VALIDATION, GAP)
            ),
            Order(EQUAL, ("BN", "WN")),
            Order(GAMMA, ("BN", "WN")),
        )
    },
    KINDS,
    {NETWORK: {**SETTING, "updates": 112, "looks": 4}},
)
cnn_trends = Claim(
    "luo2018/cnn-trends",
    "Networks with batch norm generalise better than weight-normalised ones: their validation "
    "loss, also at equal training loss, and its gap to the training loss are smaller, and so is "
    "γ². Variance-only batch norm does so too, and both do better than mean-only batch norm.",
    says=says,
    by=by,
    where="Section 5, Fig 4",
    within=0.45,
    notes=(
        *SCALE,
        "At equal training loss: where the training loss first falls to that of the arm that ends "
        "with the largest.",
        "The paper says that mean-only batch norm improves on WN as well, and that both together "
        "are best. Of 16 networks with mean-only the gap was smaller than that of WN on 10, and so "
        "was the validation loss, also at equal training loss; BN had a smaller gap than "
        "variance-only on 9, a smaller validation loss on 11: at this scale the variance does it.",
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
                for measured in (GAMMA, GAP, VALIDATION)
            ),
        )
    },
    SIZES,
    {NETWORK: {**SETTING, "learning_rate": 0.01, "layer": 1, "updates": 72, "looks": 1}},
)
batch_size = Claim(
    "luo2018/batch-size",
    "With batch norm in one layer γ², the validation loss and its gap to the training "
    "loss grow with the batch size at equal updates; with weight normalisation in its place, which "
    "no batch disturbs, all three grow as well.",
    says=says,
    by=by,
    where="Section 5.1, Fig 5",
    within=0.45,
    notes=(
        *SCALE,
        "The paper takes the growth as a weaker regularisation of larger batches. At equal updates "
        "a batch four times as large, at a learning rate four times as large, is four times as "
        "many epochs, in which γ grows and labels are fitted: WN shows it as the control. At equal "
        "epochs (256 and 64 updates, 128 samples) neither grows with M: γ² was 1.39 and 1.37 for "
        "BN, 3.75 and 3.72 for WN, the validation loss larger at M = 32 on 11 and on 7 of 16 "
        "networks.",
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
        (NETWORK,): (
            Order(GAP, ("BN and dropout", "BN")),
            Order(ACCURACY, ("BN", "BN and dropout")),
            Order(GAP, ("WN and dropout", "WN")),
            Order(VALIDATION, ("WN and dropout", "WN")),
        )
    },
    DROPPED,
    {NETWORK: {**SETTING, "learning_rate": 0.01, "batch_size": 32, "updates": 56, "looks": 1}},
)
dropout = Claim(
    "luo2018/dropout",
    "At large batches dropout after each normalised layer narrows the gap of validation and "
    "training loss, of batch norm and of weight normalisation; it raises the accuracy of batch "
    "norm, and lowers the validation loss of weight normalisation.",
    says=says,
    by=by,
    where="Section 5.1, Fig 7",
    within=0.45,
    notes=(
        *SCALE,
        "M = 32, half of the samples; with batch norm dropout lowers the validation loss on 15 of "
        "16 networks. A share of 0.125 after the normalisation and before the "
        "activation, of WN too, where the paper takes 0.25.",
    ),
)

BEFORE, KEPT, FROZEN = "before", "with BN", "without BN"
KERNELS = tuple(f"kernel norm {layer}" for layer in range(1, 5))
says, by = arms.judged(
    "numerics.batch_norm.finetuning:measure_finetuning",
    {
        (NETWORK,): (
            Order(TRAINING, (FROZEN, KEPT, BEFORE)),
            *(Order(one, (BEFORE, FROZEN)) for one in KERNELS),
        )
    },
    {BEFORE: {}, KEPT: {}, FROZEN: {}},
    {
        NETWORK: {
            **SETTING,
            "samples": 128,
            "learning_rate": 0.04,
            "updates": 96,
            "finetuned": 64,
            "finetuning_rate": 0.02,
        }
    },
)
finetuning = Claim(
    "luo2018/finetuning",
    "Trained further by plain SGD with its batch norm frozen, a network lowers its training loss "
    "more than with batch norm kept, and its kernels γ w/σ grow in every layer.",
    says=says,
    by=by,
    where="Section 5.1, Fig 6",
    within=0.45,
    notes=(
        *SCALE,
        "Of 128 samples; 96 steps with batch norm, then 64 at the rate 0.02, without momentum, of "
        "the same batches, with batch norm kept and with kernels γ w/σ and biases β - γ μ/σ in its "
        "place: the same function at first. Statistics of the training set stand for moving "
        "averages.",
        "The paper takes the growth of the kernels as the release of a penalty. With batch norm "
        "kept they grow as well, by as much, on some 11 of 16 networks in layers 2 to 4; only in "
        "the first do they grow more without it, on 15 of 16.",
        "That the validation loss increases is not decided: it did on 6 of 16 networks, and on 10 "
        "of 16 that were trained for longer (160 steps at the rate 0.02, then 96). With batch norm "
        "kept it falls, and ends lower than without on 15 and on 14 of them.",
    ),
)

CLAIMS = (cnn_trends, batch_size, dropout, finetuning)
