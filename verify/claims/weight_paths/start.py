"""Claims on weights as paths over the layers, at the start of training."""

from __future__ import annotations

from theory import weight_paths as forms
from theory.domains import Integers, Reals
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import Equal

initial_variation = Claim(
    "susanna2024/initial-variation",
    "At the truncated normal start the 1-variation of the scaled weights is (L - 1) L^(-1/γ) times "
    "half the mean distance of two matrices of normals cut off at one deviation.",
    says=Equal("1-variation", forms.expected_initial_variation),
    by=Experiment(
        "weights at the start",
        OfNumerics("numerics.weight_paths:measure_initial_variation", quantities=("1-variation",)),
        over={"depth": Integers(8, 256), "dim": Integers(1, 15), "gamma": Reals(0.5, 4)},
        meets={
            "entries normal of deviation a, cut off at -a and a, a = L^(-1/gamma - beta)/2": (
                "drawn so, in units of L^-beta"
            )
        },
    ),
    within=0.01,
    axis="depth",
    notes=(
        "The start is the one that the tables imply. At d = 15 the columns that training hardly "
        "moves agree with it to 0.1 % (Table B.3, B11t: 5.716; Table 4.6, C22t at L = 8000: 511.5) "
        "and are 112 times what (4.2) says, 1/d² in place of 1/2. At d = 1 the largest of three "
        "networks is 1 to 8 % above the mean (Table 4.3), as their spread would have it.",
    ),
)

CLAIMS = (initial_variation,)
