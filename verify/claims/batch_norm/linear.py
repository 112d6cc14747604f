"""Claims on what batch norm does to a linear student (Luo et al. 2018, eq 13 and Appendix 1)."""

from __future__ import annotations

from theory import batch_norm as forms
from theory.domains import Integers, Reals
from verify.claims.batch_norm import experiments as batches
from verify.claims.terms import ROUNDING, Parameters, rounding
from verify.model import Claim, Experiment
from verify.relations import AtLeast, AtMost, Equal, Ratio


def _large_batch_remainder(values: Parameters) -> float:
    """What eq 13 has beyond its third order: c/M^3, c falling from 140 at M = 33 to 126."""
    return ROUNDING + 140 / float(values["batch_size"]) ** 3


def _student(label: str, sizes: Integers) -> Experiment:
    measure = batches.measured("normalisation_error")
    return batches.of_gaussian(measure, label, sizes, eigenvalue=Reals(0.1, 10))


# The squares have infinite variances at M = 4 and 5.
student = _student("linear student", Integers(6, batches.LARGEST_BATCH))
of_32 = _student("linear student, batches of 32", Integers(32, 32))

zeta_linear = Claim(
    "luo2018/zeta-linear",
    "Of a linear student that equals its teacher batch norm raises the loss by "
    "ζ γ², ζ as in eq 13, if the batch mean is not subtracted; λ/(2M), printed for "
    "M > 32, lacks the factor 1 + 71/(8M) + 1153/(32M²). At M = 32 it rounds to 0.02 λ. The mean "
    "adds λ/(M-3): about 2ζ, three times ζ in all.",
    says=(
        *Equal.each(
            "by std",
            forms.zeta_linear,
            forms.zeta_linear_large_batch_printed,
            remainder=rounding,
            by=(student,),
        ),
        Equal(
            "by std", forms.zeta_linear_large_batch, remainder=_large_batch_remainder, by=(student,)
        ),
        *Equal.each(
            "by mean and std",
            forms.zeta_linear_centred_printed,
            forms.zeta_linear_centred,
            remainder=rounding,
            by=(student,),
        ),
        AtLeast("by std", forms.zeta_of_32_least, remainder=rounding, by=(of_32,)),
        AtMost("by std", forms.zeta_of_32_most, remainder=rounding, by=(of_32,)),
    ),
    by=(student, of_32),
    notes=(
        "Samples are independent of the batch, and averaged over exactly.",
        "The squares have infinite variances at M = 4 and 5, which are not judged.",
        "The limit comes late: λ/(2M) is 23 % too small at M = 33, where the paper begins to "
        "use it.",
    ),
)

optimal_scale = Claim(
    "luo2018/gamma-in-batch",
    "A linear student whose own sample is in its batch is best with the scale "
    "E[σ_B]/σ_P, not 1/(1 + ζ); with an independent batch, with (M-3)/(M+1) E[1/s].",
    says=(
        *Ratio.each(
            "own",
            forms.optimal_gamma_penalised,
            forms.optimal_gamma_in_batch,
            remainder=rounding,
            scale=lambda values: 1.0,
        ),
        Ratio(
            "independent",
            forms.optimal_gamma_independent,
            remainder=rounding,
            # E h^2 = (1 + 1/M) E s^-2
            scale=lambda values: (values["batch_size"] + 1) / (values["batch_size"] - 3),
        ),
    ),
    by=Experiment(
        "own and independent batch",
        batches.measured("linear_student"),
        # 1/sigma_B^2 has a finite variance from M = 6 on; beyond 64 the scales differ by less than
        # half a per cent.
        over={"batch_size": Integers(6, 64)},
        setting={"distribution": "gaussian"},
        sizes=lambda at, within: {"batches": 1024 // at["batch_size"]},
        meets=batches.MEETS,
    ),
    within=0.01,
    notes=(
        "The best scale is the mean of z h over that of h², z the teacher's output and h the "
        "normalised value; in its own batch the second is 1 exactly.",
        "The paper's penalty leaves out that the normalised value is on average not z: to first "
        "order it is smaller in its own batch and larger in another one.",
    ),
)

CLAIMS = (zeta_linear, optimal_scale)
