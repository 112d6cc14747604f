"""Claims on Rademacher complexity and on what it bounds (Theorems 1 and 2)."""

from __future__ import annotations

from dataclasses import replace

from theory import regularisation as forms
from theory.domains import Integers, OneOf, Reals
from theory.regularisation.complexity import UNIT_INPUTS
from verify.claims.terms import Parameters
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import AlwaysAtMost, AtMost

MEETS = {UNIT_INPUTS: "normal, divided by their norms"}


def measured(name: str, quantity: str) -> OfNumerics:
    """A measurement of the subject, by its name and the quantity's."""
    return OfNumerics(f"numerics.regularisation:measure_{name}", quantities=(quantity,))


plane = Experiment(
    "inputs in the plane, the supremum over arcs",
    measured("complexity", "complexity"),
    over={"depth": Integers(2, 4), "product": Reals(1, 2), "samples": Integers(1, 64)},
    meets=MEETS,
)
axes = Experiment(
    "inputs along the axes, orthogonal weights",
    measured("spectral_complexity", "spectral complexity"),
    over={"dim": OneOf(128), "samples": OneOf(64, 128)},
    setting={"depth": 2, "product": 1.0},
    meets={UNIT_INPUTS: "unit vectors of the axes in turn"},
)
any_axes = replace(
    axes,
    label="inputs along up to 128 axes, orthogonal weights",
    over={"dim": Integers(2, 128), "samples": Integers(2, 128)},
)

rademacher_bound = Claim(
    "furusho2020/rademacher-bound",
    "Theorem 1 holds of norms of Frobenius, with a factor √2 to spare and, from three matrices on, "
    "with √(2 log 2 L) + 1 in place of 2^(L-1); of spectral norms and two matrices "
    "it fails from some 128 inputs and units and 64 samples on.",
    says=(
        *AtMost.each(
            "complexity", forms.complexity_bound_printed, forms.complexity_bound, by=(plane,)
        ),
        AtMost("spectral complexity", forms.complexity_bound_of_spectral_norms_printed, by=(axes,)),
        AtMost(
            "spectral complexity", forms.complexity_bound_of_spectral_norms, by=(axes, any_axes)
        ),
    ),
    by=(plane, axes, any_axes),
    axis="samples",
    notes=(
        "Of N = 1 input of norm 1 the complexity is K, so that no constant below 1 will do.",
        "Two matrices are the fewest that it is on: of one the product that K bounds is empty.",
        "Of three matrices and more what is drawn is the supremum over two, which is at most that "
        "over all: it could refute the bound, and where it does not the proof stands alone.",
        "Of spectral norms the bound is first seen to fail at 52 inputs, units and samples. Of L "
        "matrices it holds up to 2^(2L-1) samples in any norm, as |f| <= K.",
        "With biases the theorem needs bounds on them: a bias of the output alone fits any mean.",
    ),
)


def _failure(values: Parameters) -> float:
    return float(values["failure"])


small_classes = Experiment(
    "classes of one and of two, their complexity exact",
    measured("deviations", "deviation"),
    over={
        "functions": OneOf(1, 2),
        "loss": Reals(0.5, 2),
        "failure": Reals(0.05, 0.3),
        "samples": Integers(4, 400),
    },
)

uniform_deviation = Claim(
    "furusho2020/uniform-deviation",
    "Theorem 2 holds, and says nothing of losses in [0, c] up to 32 log(4/δ) samples, where its "
    "bound exceeds c; 3 c √(log(2/δ)/(2 N)) will do beside the complexity.",
    says=AlwaysAtMost.each(
        "deviation", forms.deviation_bound_printed, forms.deviation_bound, but_for=_failure
    ),
    by=small_classes,
    axis="samples",
    within=0.02,
    notes=(
        "Losses are those of f = 1, or of f = 1 and f = -1, on tosses of a coin. Of large samples "
        "one function has a deviation with a 95 % quantile of 0.82 c/√N, where the printed bound "
        "is 11.8 c/√N and the other 4.1 c/√N; two have 0.18 c/√N beyond their complexity.",
    ),
)

CLAIMS = (rademacher_bound, uniform_deviation)
