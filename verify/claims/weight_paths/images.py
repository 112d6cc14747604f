"""Claims on the tables of weights trained on CIFAR-10 (Tables 4.5, 4.6 and B.3), and their text."""

from __future__ import annotations

from collections.abc import Mapping

from theory.domains import OneOf
from theory.weight_paths.image_tables import start_columns
from verify.model import Claim, Experiment, OfNumerics, Value
from verify.relations import Ranking, Tabulated
from verify.relations.words import Values

GAMMAS = {"CIFAR10-B11t": 1.0, "CIFAR10-C22t": 2.0}


def _drawn_in_time(values: Values, within: float) -> Mapping[str, Value] | None:
    """Depths that a budget's time allows: paths are drawn number by number."""
    deepest = 4000 if within > 0.04 else 12000
    if values["depth"] > deepest:
        return None
    return {"gamma": GAMMAS[values["model"]]}


untrained = Experiment(
    "three starts, untrained",
    OfNumerics(
        "numerics.weight_paths:measure_largest_initial_variation", quantities=("largest of 3",)
    ),
    over={
        "depth": start_columns[0].domain["depth"],
        "model": OneOf(*GAMMAS),
    },
    setting={"dim": 15, "runs": 3},
    sizes=_drawn_in_time,
)

image_start = Claim(
    "susanna2024/image-start",
    "Two columns of the CIFAR10 tables, B11t and C22t, are the law of the start alone: the largest "
    "of three networks that were never trained is what they print.",
    says=tuple(
        Tabulated("largest of 3", column, within=0.01, draws=lambda values: 2)
        for column in start_columns
    ),
    by=untrained,
    where="Tables 4.6 and B.3",
    axis="depth",
    examples=[cell for column in start_columns for cell in column.cells if cell["depth"] == 2000],
    notes=(
        "The mean at the start is (L - 1) L^(-1/γ) 5.718 (initial-variation); three networks "
        "spread by 0.05 %, and their largest lies 0.1 % above it at 2000 layers. C22t is within "
        "0.15 % of the mean at all depths; B11t is 0.43 % below at 2000 layers and 0.03 % at "
        "12000, as its learning rate, 100 L^β, moves scaled weights by 100 L^(β - α) at most.",
        "A column fixes one number of the start, the deviation of its entries: 0.2699 L^(-1/γ - β) "
        "to 0.1 %. So it is for normals of deviation 1/2 cut off there, as in the C10k tables; of "
        "(4.2) it is 1/d² of which 1/2 is here, 112 times less, and of the program as it is "
        "published, whose entries are all but uniform, 7 % more.",
        "Of the other truncated columns at 12000 layers B12t lies 2.1 % below that mean, B22t, "
        "C12t, B33t and B32t 18 to 22 % above it, B21t 32 %: training moves them.",
    ),
)

DEPTH = 96


def _trained_in_time(values: Values, within: float) -> Mapping[str, Value] | None:
    """Depths that a budget's time allows."""
    return {} if values["depth"] <= DEPTH or within < 0.04 else None


def _trained(label: str, measure: str) -> Experiment:
    return Experiment(
        label,
        OfNumerics(f"numerics.weight_paths:{measure}"),
        over={"depth": OneOf(DEPTH, 4 * DEPTH)},
        setting={"images": "digits", "samples": 40},
        sizes=_trained_in_time,
    )


image_trends = Claim(
    "susanna2024/image-trends",
    "Networks of Table 4.1 that learn 40 images in place of 12,500, of 6 to 96 layers (at the "
    "standard budget 384) in place of 2,000 and more: the 1-variation of their scaled weights "
    "falls with the number of layers for B11c, and grows for B31c, B32c, C11c and C21c, as the "
    "size of a step has it, and here for B21c, which falls in print; truncated starts (t) are "
    "rougher than constant ones (c).",
    says=(
        Ranking("B11c from the deepest"),
        Ranking("B31c to the deepest"),
        Ranking("C11c to the deepest"),
        Ranking("C21c to the deepest"),
        Ranking("B21c to the deepest"),
        Ranking("B32c to the deepest"),
        Ranking("B22 constant then truncated"),
        Ranking("C22 constant then truncated"),
    ),
    by=_trained("training at three depths", "measure_image_trends"),
    where="Section 4.2.2, Tables 4.5, 4.6 and B.3",
    axis="depth",
    examples=[{"depth": DEPTH}],
    within=0.2,
    notes=(
        "A step at the rate η moves scaled weights by η L^(β - α) times a gradient: by 100 "
        "L^-0.925 of B11, 20 L^-0.25 of B21, 0.01 L^0.5 of B32, L^0.5 of B31, L^0.53 of C21 and "
        "L^1.25 of C11, and by 1 of all whose rate is L^(α - β). So the columns sort: the first "
        "falls, the last four of those grow, and the others rise with the number of steps, 5 log "
        "L, alone. B21 does not follow its step, as its training converges: of 40 digits its "
        "1-variation doubles from 6 to 96 layers and is the same at 384, and in print it falls by "
        "8 % from 2,000 to 12,000 layers, where L^-0.25 has 36 %. B32c falls from 6 to 24 layers, "
        "and grows from there on.",
        "Of the classes with rate L^(α - β) constant starts are printed between 1.58 and 3.97 at "
        "all depths and every α, as the text says.",
        "B31 diverges, where a letter B is to tell models that the theorems cover.",
        "At 10,000 layers 0.01 L^β is L^(α - β) for α = 1/2: B32 and B33 are one model there, and "
        "print the same.",
        "The text says of the truncated columns of Table 4.5 that they increase, or oscillate and "
        "increase: B21t falls, from 8.067 to 7.556.",
        "A maximum at no more than 10,000 layers, as in most cases, have four of the five constant "
        "columns of Table 4.5, and of the truncated ones B21t, at the least depth, and B33t, which "
        "comes back to it at 12,000.",
        "The sizes printed are those of 12,500 images and 2,000 layers and more, and are not held "
        "to ours.",
    ),
)

image_rates = Claim(
    "susanna2024/image-rates",
    "Of networks of 96 layers that learn 40 images L^(α - β) trains better than the learning rate "
    "L^β at α = 1/2, which diverges; at α = 3/4 20 L^β trains better still, where the text, of "
    "2,000 layers and more and 12,500 images, has L^(α - β) achieve the best results.",
    says=(
        Ranking("B33c then B31c"),
        Ranking("B21c then B22c"),
    ),
    by=_trained("training at two rates", "measure_image_losses"),
    where="Section 4, after Table 4.2",
    axis="depth",
    examples=[{"depth": DEPTH}],
    within=0.2,
    notes=(
        "Losses are compared, the lower first, before the last of 5 log L steps.",
        "At α = 3/4 a step at 20 L^β moves scaled weights 20 L^-0.25 times as far as one at "
        "L^(α - β): 6.4 times here, 3.0 times at 2,000 layers and 1.9 times at 12,000, and still "
        "converges.",
    ),
)

CLAIMS = (image_start, image_trends, image_rates)
