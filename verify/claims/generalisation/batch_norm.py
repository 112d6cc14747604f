"""Claims on linear students trained with batch normalisation (Luo et al. 2018, Figs 2 and 3)."""

from __future__ import annotations

import math
from dataclasses import dataclass

from theory import generalisation as forms
from theory.batch_norm import std_moment
from theory.domains import Domain, Integers, Reals
from verify.claims.generalisation.experiments import MEETS, NAMES, RISK, nearest
from verify.claims.terms import Parameters
from verify.model import Claim, Experiment, OfNumerics, Value
from verify.relations import Ranking, SignedEqual

FITTED_BATCH = 32
"""Batch size M of the paper's students."""

PENALTY, NOISE = 0.014, 0.25
"""Strength of the penalty that the paper finds batch normalisation to equal, and its noise."""

BATCHES = 4
"""Least number of batches: one that is the whole training set has its deviation, not E[sigma_B]."""

ENLARGED = 64
"""How many times as many inputs least squares is drawn at."""

# Converged ------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _Terms:
    """What remainder and variance are made of, at one point; all derived.

    `length` is g = E[sigma_B]/sigma_P, `noise` the part v alpha/(1 - alpha) or v/(alpha - 1) of the
    risk of least squares, `turned` the share by which the residuals add to it in batches of M.
    """

    load: float
    batch: int
    length: float
    noise: float
    turned: float
    risk: float

    @classmethod
    def of(cls, values: Parameters) -> _Terms:
        names = ("load", "noise_variance", "batch_size")
        load, variance, batch = (values[name] for name in names)
        return cls(
            load=load,
            batch=batch,
            length=std_moment.value(batch_size=batch),
            noise=variance * min(load, 1) / abs(1 - load),
            turned=4.5 * max(0, 1 - 1 / load) / batch**2,
            risk=forms.excess_risk_bn.value(**{name: values[name] for name in names}),
        )

    @property
    def remainder(self) -> float:
        """N times the relative remainder at N inputs, to first order in 1/N.

        The intercept takes a sample, and v/(alpha - 1) stands for v N/(P - N - 2), of which the
        part that least squares shares is drawn at ENLARGED times as many.  E[sigma_B] is
        1 + 1/(4P) times as long in units of the standard deviation over the training set.
        """
        short, square = 1 - self.length, self.length**2
        lost = 2 * self.noise / min(self.load, abs(1 - self.load))
        counted = short**2 + (1 - square + 1 / ENLARGED) * lost
        lengthened = (square * self.noise + self.length * short) / (2 * self.load)
        return (counted + lengthened) / self.risk

    @property
    def variance(self) -> float:
        """N times the variance at N inputs, to first order in 1/N.

        Of (1 - g)^2 A - 2 g (1 - g) B - (1 - g^2) C, where A is the share of w* in the span of the
        inputs, C the noise that least squares fits, and B their product; of g, by the kurtosis of P
        samples, whose variance is 24/P; and of the product of the noise with what turns the
        direction.  Least squares in law varies by 1/(ENLARGED N)^2.
        """
        short, square = 1 - self.length, self.length**2
        spanned = short**4 * 2 * self.load * max(0, 1 - self.load)
        crossed = 4 * square * short**2 * self.noise
        spread = 2 * self.noise**2 * max(1 / self.load, self.load) / abs(1 - self.load)
        fitted = (1 - square) ** 2 * spread
        slope = 2 * short * min(self.load, 1) + 2 * self.length * self.noise
        lengthened = slope**2 * 24 / (64 * self.batch**2 * self.load)
        turned = 4 * square**2 * self.noise**2 * self.turned
        return spanned + crossed + fitted + lengthened + turned


def remainder(values: Parameters) -> float:
    """Relative remainder at finite width and batch size, to first order in each."""
    at = _Terms.of(values)
    return at.remainder / values["inputs"] + at.length**2 * at.noise * at.turned / at.risk


UNSETTLED = 0.02
"""Standard deviation, of the risk, of what training lacks on one data set and another, at most.

A choice that the run checks: no verdict rests on a variance that its draws have refuted.  It was
below 0.01 at the ends of where students are trained, and costs no draws.
"""


def variance(values: Parameters) -> float:
    """Variance of what is extrapolated: Var(A + B) <= 2 Var A + 2 Var B, B what training lacks."""
    at = _Terms.of(values)
    return 2 * at.variance / float(values["inputs"]) + 2 * (UNSETTLED * at.risk) ** 2


def epochs(values: Parameters, within: float) -> int:
    """An even number of epochs after which training lacks less than the error wanted.

    Below alpha = 1 the gradient of each batch vanishes where least squares fits it, and a direction
    of eigenvalue lambda decays like exp(-lambda s t/2) in t epochs of steps s, annealed: in no
    order of 1/t.  There predictions vary by c^2 Var(y), where |w| = c |w_LS|, so that s is
    |w_LS|^2/N = alpha + v alpha/(1 - alpha) of the first step, which is 1.  Steps above 2 do not
    descend, and make |w| grow until they do.  Of the slowest direction a quarter of the error
    wanted may be left.  Above alpha = 1 gradients never vanish, |w| grows on, and the rate falls
    like 1/|w|^2.
    """
    load, variance = float(values["load"]), float(values["noise_variance"])
    slowest = (1 - math.sqrt(load)) ** 2
    if load > 1:
        return 2 * math.ceil(100 / slowest)
    step = min(2.0, load * (1 + variance / (1 - load)))
    return 2 * math.ceil(math.log(4 / within) / (step * slowest))


def _sizes(at: Parameters, within: float) -> dict[str, Value]:
    """So many inputs that the remainder is a fifth of the error wanted, and epochs to train them.

    What training lacks after them is measured, by doubling.
    """
    at = {"batch_size": FITTED_BATCH, **at}
    inputs = math.ceil(max(64.0, 5 * _Terms.of(at).remainder / within))
    sizes = nearest(at, inputs, int(at["batch_size"]), BATCHES)
    return {**sizes, "epochs": epochs({**at, **sizes}, within)}


def _students(label: str, **over: Domain) -> Experiment:
    measure = "numerics.generalisation:measure_converged_risk"
    return Experiment(
        label,
        OfNumerics(measure, NAMES, {"enlarged": ENLARGED}, (RISK,)),
        over=over,
        sizes=_sizes,
        doubled=("epochs",),
        remainder={RISK: remainder},
        variance={RISK: variance},
        meets=MEETS,
    )


# Nearer to load 1 epochs run into thousands, of smaller batches and of more samples sooner.
NOISES = Reals(0.05, 1)
of_fitted_batch = _students("M = 32", load=Reals(0.2, 0.8), noise_variance=NOISES).given(
    "M = 32", batch_size=FITTED_BATCH
)
of_fewer_samples = _students(
    "fewer samples than inputs",
    load=Reals(0.2, 0.7), noise_variance=NOISES, batch_size=Integers(8, 31),
)  # fmt: skip
of_more_samples = _students(
    "more samples than inputs",
    load=Reals(3, 10), noise_variance=Reals(0.2, 1), batch_size=Integers(24, 64),
)  # fmt: skip

generalisation_bn = Claim(
    "luo2018/generalisation-bn",
    "The paper says that linear students with batch normalisation at M = 32 follow the "
    "ridge curve of ζ = 0.014; trained to convergence they follow least squares, shorter by "
    "E[σ_B]/σ_P, and so diverge at α = 1.",
    says=(
        SignedEqual(RISK, forms.excess_risk_bn_printed, by=(of_fitted_batch,)),
        SignedEqual(RISK, forms.excess_risk_bn),
    ),
    by=(of_fitted_batch, of_fewer_samples, of_more_samples),
    axis="load",
    notes=(
        "Trained by SGD through the batch statistics, the learning rate annealed to zero, from a "
        "start in the span of the inputs; evaluated with the mean and the unbiased variance over "
        "the training set, to which running averages tend.",
        "Far from α = 1 the two curves lie within 3 % of each other: shrinking by g takes "
        "from the variance about what a ridge of 0.014 does. Near α = 1 the picture is consistent "
        "with students stopped early, which is not proved: after 120 epochs at a constant rate, a "
        "first step of 0.25, ours lie within 15 % of the ridge curve at loads of 0.75, 1 and 2, on "
        "their way up.",
        "With running averages of σ_B itself, in place of its square, nothing would shrink.",
    ),
)


# Over epochs at alpha = 1 ---------------------------------------------------------------------

over_epochs = Claim(
    "luo2018/generalisation-bn-epochs",
    "At α = 1 the validation loss with batch normalisation lies above that of weight "
    "normalisation with ζ = 0.014, and goes on growing with the epochs.",
    says=Ranking("validation loss"),
    where="sec 4.1, Fig 3",
    within=0.4,
    by=Experiment(
        "students over epochs",
        OfNumerics(
            "numerics.generalisation:measure_losses_over_epochs",
            NAMES,
            {"later": 4, "regularisation": PENALTY},
            ("validation loss",),
        ),
        over={"epochs": Integers(20, 160)},
        setting={"inputs": 128, "samples": 128, "noise_variance": NOISE},
        reads=("epochs",),
        meets=MEETS,
    ),
    notes=(
        "The same training sets, batches and start for both. At a constant learning rate the loss "
        "of weight normalisation settles at that of a ridge of 0.014; that of batch normalisation "
        "grows with the epochs like that of plain SGD. Fig 3 says that the two "
        "are regularised similarly: they are alike early on, by stopping.",
    ),
)

CLAIMS = (generalisation_bn, over_epochs)
