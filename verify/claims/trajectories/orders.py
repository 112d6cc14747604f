"""Claims on which networks train faster, and whose paths are more regular (Chen et al. 2020)."""

from __future__ import annotations

from functools import partial

from verify.claims import arms
from verify.claims.arms import Agreement, Order
from verify.model import Claim, Value

judged = partial(arms.judged, "numerics.trajectories.comparisons:measure_arms")

LEAST, MEDIAN = "least factor", "median factor"
OWN, SHUFFLED, WALK = "", "shuffled ", "walk "
MEAN, FINAL = "mean loss", "final loss"

Settings = dict[str, Value]

RUN: Settings = {"images": "digits", "width": 4, "samples": 256, "batch_size": 16, "steps": 32}
SCALE = (
    "Digits of 8 × 8 pixels in place of CIFAR: 256 of them, networks of 4 channels in the first "
    "block where the paper has 64, batches of 16, T = 32 steps in place of 58,600 and the "
    "paper's learning rates, where no others are named; the start is that of torch's layers.",
    "θ_T is the point after T steps, the same T for all arms, which share start and batches. The "
    "factor is γ_k/|θ_0 - θ_T|² with the infimum 0: its median over the steps stands for curves "
    "as in the figures, its least value has the γ of Definition 2.",
    "Weighted by the losses the mean factor is 1/(2 η T) over the mean loss on any path "
    "(chen2020/regularity-rate). Shuffled is the factor of the run's own steps in random order, "
    "of a walk that of random steps as long, each with the losses of the run: where their order "
    "agrees with that of the speed as well, agreement is no evidence that updates align.",
)


def _both(*orders: Order) -> tuple[Order, ...]:
    """The same orders of the run and of its shuffled steps."""
    return tuple(
        Order(f"{whose}{one.measured}", one.arms) for one in orders for whose in (OWN, SHUFFLED)
    )


def _speeds(*arms: str) -> tuple[Order, ...]:
    return tuple(Order(measured, arms) for measured in (MEAN, FINAL))


# Activations -----------------------------------------------------------------------------------

ACTIVATIONS: dict[str, Settings] = {
    "ReLU": {"activation": "relu"},
    "tanh": {"activation": "tanh"},
    "sigmoid": {"activation": "sigmoid"},
}
RESNET, ALEXNET, VGG, UNET = "ResNet-18", "AlexNet", "VGG-11", "U-Net"

says, by = judged(
    {
        (RESNET,): (*_speeds("ReLU", "sigmoid"), *_speeds("tanh", "sigmoid")),
        (ALEXNET,): (
            Order(MEAN, ("tanh", "ReLU", "sigmoid")),
            Order(FINAL, ("tanh", "ReLU")),
            *_both(Order(MEDIAN, ("ReLU", "tanh"))),
        ),
    },
    ACTIVATIONS,
    {
        RESNET: {**RUN, "model": "resnet18", "learning_rate": 0.05, "loss": 1.15},
        ALEXNET: {**RUN, "model": "alexnet", "learning_rate": 0.3, "loss": 1.15, "steps": 128},
    },
)
activation = Claim(
    "chen2020/activation",
    "With sigmoids ResNet-18 learns more slowly than with ReLU or tanh; AlexNet learns fastest "
    "with tanh and most slowly with sigmoid. There tanh has a larger factor than ReLU, of shuffled "
    "steps too.",
    says=says,
    by=by,
    where="Section III-A, Figs 2, 11",
    within=0.45,
    notes=(
        *SCALE,
        "The paper has ReLU types before tanh before sigmoid, in speed and in γ. Of that sigmoid "
        "is last in speed here. Of ReLU and tanh neither is faster in ResNet-18, after 64 steps "
        "(mean losses 1.41 and 1.37 of 24 networks), and in AlexNet tanh is.",
        "In ResNet-18 the median factors of ReLU and of sigmoid are alike (0.071 and 0.068 then), "
        "where losses are far apart: the curves need not be in the order of the speed.",
        "AlexNet at the paper's η = 0.05 learns nothing in so few steps (loss 2.30); 0.3 and 128 "
        "steps are taken. Leaky ReLU, of slope 0.01, is as ReLU in all of this.",
    ),
)

says, by = judged(
    {
        (UNET,): (
            Order(FINAL, ("tanh", "ReLU", "sigmoid")),
            Order(MEAN, ("tanh", "ReLU")),
            Order(MEAN, ("tanh", "sigmoid")),
            *_both(Order(LEAST, ("sigmoid", "tanh"))),
        )
    },
    ACTIVATIONS,
    {UNET: {**RUN, "model": "unet", "learning_rate": 0.005, "loss": 0.8, "steps": 48}},
)
activation_unet = Claim(
    "chen2020/activation-unet",
    "A U-Net learns to return its input fastest with tanh and most slowly with sigmoid, the "
    "reverse of Fig 3; sigmoid has a smaller γ over the squared distance than tanh, of shuffled "
    "steps too.",
    says=says,
    by=by,
    where="Section III-A, Fig 3",
    within=0.45,
    notes=(
        *SCALE,
        "What the U-Net regresses on is not said; here its own input, standardised. Fig 3 has "
        "sigmoid fastest and tanh slowest. Whether its U-Net has batch norm is not said either: "
        "without it, at η = 0.05 and 256 steps, tanh is fastest and sigmoid slowest as well.",
        "T = 48. The median factor, which stands for the curves, is largest with tanh as well: "
        "larger than with ReLU on 30 of 32 networks and than with sigmoid on 31, with shuffled "
        "steps on 31 and 31.",
        "Images of 8 pixels allow three skips, of which the paper has one more.",
    ),
)

# Batch normalisation ---------------------------------------------------------------------------

NORMS: dict[str, Settings] = {one: {"batch_norm": one} for one in ("none", "first", "all")}
says, by = judged(
    {
        (VGG, RESNET): (
            *_speeds("all", "first", "none"),
            *_both(Order(LEAST, ("none", "all"))),
            Agreement(f"{SHUFFLED}{LEAST}"),
        ),
    },
    NORMS,
    {
        VGG: {**RUN, "model": "vgg11", "learning_rate": 0.01, "loss": 2.0},
        RESNET: {**RUN, "model": "resnet18", "learning_rate": 0.05, "loss": 1.15},
    },
)
batch_norm = Claim(
    "chen2020/batch-norm",
    "VGG-11 and ResNet-18 learn fastest with batch norm after all layers, more slowly with the "
    "first of each block, and hardly without, where γ over the squared distance is smaller than "
    "with all. So it is with shuffled steps, whose order agrees with that of the speed.",
    says=says,
    by=by,
    where="Section III-B, Figs 4, 5, 12, 13",
    within=0.45,
    notes=(
        *SCALE,
        "A block is what works at one size, in ResNets too, as the text on skips has it. The paper "
        "has the first of each block as fast as all on CIFAR-10 (Fig 4) and all slightly faster, "
        "with the larger γ, on CIFAR-100 (Fig 5). Here all is far faster than the first; in "
        "ResNet-18 its γ with shuffled steps is the smaller of the two on 31 of 32 networks.",
    ),
)

# Skips -----------------------------------------------------------------------------------------

SKIPS: dict[str, dict[str, Value | None]] = {"first": {"skips": 1}, "all": {"skips": None}}
says, by = judged(
    {
        (RESNET,): (
            *_speeds("all", "first"),
            *_both(Order(MEDIAN, ("first", "all"))),
            Order(f"{WALK}{MEDIAN}", ("first", "all")),
            Order(f"{WALK}{LEAST}", ("first", "all")),
        ),
    },
    SKIPS,
    {RESNET: {**RUN, "model": "resnet18", "learning_rate": 0.05, "loss": 1.8, "steps": 48}},
)
skip = Claim(
    "chen2020/skip",
    "ResNet-18 learns faster with all skips than with the first of each block, and its factors are "
    "larger: so are those of shuffled steps and of a random walk.",
    says=says,
    by=by,
    where="Section III-C, Fig 14",
    within=0.45,
    notes=(
        *SCALE,
        "T = 48. A batch has at most the loss 1.8 earlier with all skips on 31 of 32 networks.",
        "γ of Definition 2 is not decided: it is larger with all skips on some 6 of 10 networks.",
        "Of a U-Net the last skip, which passes the image on, makes it faster on nine of ten "
        "networks, and two or three make it no faster than one (24 networks, η = 0.005); Fig 7 "
        "has more skips faster throughout.",
    ),
)

# Optimisers ------------------------------------------------------------------------------------

OPTIMISERS: dict[str, Settings] = {one: {"optimiser": one} for one in ("sgd", "momentum", "adam")}
says, by = judged(
    {
        (VGG, UNET): _speeds("adam", "momentum", "sgd"),
        (VGG,): (Order(LEAST, ("adam", "momentum")),),
        (UNET,): (
            Order(LEAST, ("adam", "sgd")),
            Agreement(LEAST, reverses=True),
        ),
    },
    OPTIMISERS,
    {
        VGG: {**RUN, "model": "vgg11", "learning_rate": 0.001, "loss": 1.8},
        UNET: {**RUN, "model": "unet", "learning_rate": 0.001, "loss": 0.8, "steps": 24},
    },
)
optimiser = Claim(
    "chen2020/optimiser",
    "Adam learns faster than momentum and momentum faster than SGD; but γ of Definition 2 over the "
    "squared distance is smaller for Adam, the fastest, than for momentum in VGG-11 and for SGD in "
    "a U-Net, where more pairs are ordered apart by speed and γ than alike.",
    says=says,
    by=by,
    where="Section IV, Figs 8 to 10, 15, 16",
    within=0.45,
    notes=(
        *SCALE,
        "The U-Net takes 24 steps. The median factor of VGG-11, which stands for the curves, is "
        "larger for Adam than for SGD after 48 steps, on 31 of 32 networks, and on 30 with "
        "shuffled steps.",
        "The paper has Adam with the largest γ. The least of all steps decides γ, and no curve "
        "shows it: the last step alone bounds γ by η|U|²/2 over its gap, which shrinks with the "
        "steps that Adam takes near the end.",
        "At one η momentum 0.5 makes steps of twice the length, so that it is faster says no more "
        "than that twice the rate would be. ResNet-18 is as VGG-11 (24 networks).",
    ),
)

CLAIMS = (activation, activation_unet, batch_norm, skip, optimiser)
