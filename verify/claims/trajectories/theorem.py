"""Claims on inequality (2) and on Theorem 1 (Chen et al. 2020)."""

from __future__ import annotations

from theory import trajectories as forms
from theory.domains import Domain, Integers, Reals
from verify.claims.terms import ROUNDING, Parameters, rounding
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import AlwaysAtMost, Exactly


def _rounding_of_squares(values: Parameters) -> float:
    """Rounding of a difference of squares, which are formed before it is."""
    before, after = values["before"], values["after"]
    if before == after:
        return ROUNDING
    return float(ROUNDING * (before + after) / abs(before - after))


def _rounding_of_shift(values: Parameters) -> float:
    """Rounding of losses of the size of the shift, of which a small bound may be left."""
    bound = values["distance"] ** 2 / (
        2 * values["learning_rate"] * values["steps"] * values["regularity"]
    )
    return float(ROUNDING * (1 + values.get("shift", 0.0) / bound))


_RUN: dict[str, Domain] = {
    "distance": Reals(0.01, 100),
    "learning_rate": Reals(1e-3, 10),
    "steps": Integers(1, 60),
}

regularity_parameter = Claim(
    "chen2020/regularity-parameter",
    "The largest γ for which (2) holds at a step is the fall of the squared distance to the last "
    "point over 2 η times the gap: γ says whether a step comes nearer to θ_T, and by how much.",
    says=Exactly("gamma", forms.largest_regularity, remainder=_rounding_of_squares),
    by=Experiment(
        "random steps",
        OfNumerics("numerics.trajectories:measure_steps", quantities=("gamma",)),
        over={
            "before": Reals(0, 10),
            "after": Reals(0, 10),
            "learning_rate": Reals(1e-3, 10),
            "gap": Reals(0.01, 100),
        },
    ),
    notes=(
        "U may be any update: gradients, momentum, Adam, or none. Notation U(θ_k; z) hides that "
        "the last two remember former steps.",
        "The text before Fig. 1 says that -U is aligned with θ_k - θ_T; by (2) U is, and -U with "
        "θ_T - θ_k.",
        "Definition 2 has inf l(θ), which is defined nowhere, the proof inf l(θ; z). With inf f "
        "the gap of a sample may be negative, which the text rules out ('two non-negative terms'): "
        "(2) then bounds γ from below. The least infimum over samples keeps all gaps >= 0, and "
        "Theorem 1 with it needs neither interpolation nor reshuffling.",
    ),
)

searched = Experiment(
    "searched trajectories",
    OfNumerics("numerics.trajectories:measure_regular_gaps", quantities=("greatest average gap",)),
    over={**_RUN, "regularity": Reals(0.01, 100)},
)
random = Experiment(
    "random trajectories",
    OfNumerics("numerics.trajectories:measure_average_gaps", quantities=("average gap",)),
    over={**_RUN, "mean_regularity": Reals(0.01, 100)},
)

regularity_rate = Claim(
    "chen2020/regularity-rate",
    "Theorem 1: the average gap is at most |θ_0 - θ_T|²/(2 η T γ). Behind it is an identity: the "
    "average gap is that with the mean of the γ of all steps, weighted by their gaps.",
    says=(
        AlwaysAtMost(
            "greatest average gap", forms.average_gap_bound, remainder=rounding, by=(searched,)
        ),
        Exactly("average gap", forms.average_gap, remainder=rounding, by=(random,)),
    ),
    by=(searched, random),
    axis="steps",
    within=0.01,
    notes=(
        "A search takes any points and any losses less inf f that obey (2), those under inf f too: "
        "(3) with gaps of inf f needs no assumption, and is met with equality where every step has "
        "the same γ.",
        "So (3) is looser than the truth by the mean γ over the least, and nothing of it but the "
        "sign of γ depends on what is trained. With a mean γ the factor γ/|θ_0 - θ_T|² of Figs 2 "
        "to 16 is 1/(2 η T) over the average training loss itself.",
    ),
)

proof_needs = Claim(
    "chen2020/proof-needs",
    "The proof of Theorem 1 takes the infimum of each sample, and (6) says that over-"
    "parameterisation makes their mean inf f. It needs that samples are drawn equally often, as "
    "the theorem has it, or in equal batches; over-parameterisation it does not need.",
    says=AlwaysAtMost.each(
        "average loss less inf f",
        forms.average_gap_bound_of_batches_printed,
        forms.average_gap_bound_of_batches,
        remainder=_rounding_of_shift,
    ),
    by=Experiment(
        "epochs of two samples and one",
        OfNumerics(
            "numerics.trajectories:measure_unequal_batches",
            quantities=("average loss less inf f",),
        ),
        over={**_RUN, "regularity": Reals(0.01, 100), "shift": Reals(0.01, 10)},
        sizes=lambda at, within: {"steps": 2 * ((at["steps"] + 1) // 2)},
    ),
    axis="shift",
    notes=(
        "Three samples, interpolated by one θ, in batches of two and one: the last sample is half "
        "of the mean over batches and a third of f.",
        "One sample a step and one step of T = 2, that is no whole epoch, fails alike, and so do "
        "draws with replacement; unequal samples that nothing interpolates do not, if they are "
        "drawn equally often, since a mean of infima is at most the infimum of the mean.",
        "The runs of the paper have batches of 128 of 50000 images, the last of 80, and losses "
        "whose infimum is 0 for every sample: (6) holds there for that reason.",
    ),
)

CLAIMS = (regularity_parameter, regularity_rate, proof_needs)
