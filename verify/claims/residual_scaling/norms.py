"""Claims on products of layers (Theorem 1), norms of about 1.1, and the law of the norm."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import mpmath

from theory import residual_scaling as forms
from theory.domains import Integers, OneOf, Reals
from theory.form import Form
from verify.claims.residual_scaling import experiments_probability as drawn
from verify.claims.residual_scaling.experiments_probability import exactly, measured, networks
from verify.claims.residual_scaling.tails import beyond, certain
from verify.claims.terms import FORMULAS, Parameters, value
from verify.model import Claim, Value
from verify.relations import Agree, AlwaysAtMost, Equal, SignedEqual

# Products, and norms of about 1.1 -------------------------------------------------------------

PRODUCTS = measured("product_norms")


def product_failure(values: Parameters) -> float:
    """What Theorem 1 leaves to its bound to fail, for one sample: 3 L^2 exp(-m)."""
    return 3 * float(values["depth"]) ** 2 * math.exp(-values["width"])


def weight_failure(values: Parameters) -> float:
    """What Lemma 2 leaves to norms of 4 of the weights of L layers: t = 2 sqrt(m)."""
    return float(values["depth"]) * math.exp(-2 * values["width"])


def _kappa_sizes(at: Parameters, within: float) -> dict[str, Value]:
    return {"tau": at["kappa"] / math.sqrt(at["depth"])}


products = networks(
    "products of real matrices",
    PRODUCTS,
    over={
        "kappa": OneOf(0.01, 0.1, 1.0),
        "depth": Integers(3, 3),
        "width": Integers(8, 8),
        "net": OneOf(0.05, 0.5),
    },
    sizes=_kappa_sizes,
)
both_starts = tuple(
    networks(
        f"{label} start",
        drawn.last_norm,
        over={"kappa": OneOf(1.0), "depth": Integers(16, 64), "width": Integers(8, 64)},
        setting={"start": start},
        sizes=_kappa_sizes,
    )
    for label, start in (("own", "own"), ("unit", "dense"))
)

product_spectral = Claim(
    "zhang2022/product-spectral",
    "With probability 1 - 3 L² exp(-m) no product of D (I + τ W) of consecutive layers has a "
    "norm above (1 + c)/(1 - ε), for the least c that the proof of Theorem 1 allows: 1280 at "
    "τ = 1/sqrt(L).",
    says=(
        AlwaysAtMost("greatest", forms.least_product_norm, by=(products,), but_for=product_failure),
        AlwaysAtMost("greatest weight", 4, by=(products,), but_for=weight_failure),
    ),
    by=products,
    axis="kappa",
    notes=(
        "Activations D are those of the network itself at one input from its own start; a "
        "product acts on unit vectors, whatever the start.",
        "That the weights have norms of at most 4 is what Lemma 3 uses.",
    ),
)


def least_product_norm(values: Parameters) -> Any:
    """The (1 + c)/(1 - epsilon) at which log^2(1 + c)/(16 kappa^2) is 1 above the net's entropy."""
    kappa, net = exactly(values, "kappa"), exactly(values, "net")
    entropy = mpmath.log(1 + 2 / net)
    start = 8 * kappa * (1 + entropy)
    log = mpmath.findroot(lambda y: y**2 / (16 * kappa**2) - entropy - 1, start)
    return mpmath.exp(log) / (1 - net)


def half(values: Parameters) -> float:
    """Less than the probability that any bound is said to hold with."""
    return 0.5


in_depth = networks(
    "unit start, in the limit of depth",
    drawn.log_norm,
    over={"width": OneOf(8, 16), "kappa": OneOf(0.75, 1.0)},
    setting={"start": "dense", "group": 2, "root": 4},
    doubled=("root",),
)
in_depth_at_one = replace(
    in_depth,
    label="unit start at tau = 1/sqrt(L)",
    over={"width": OneOf(16), "kappa": OneOf(1.0)},
)
by_layers = replace(
    in_depth,
    label="unit start, layer by layer",
    measure=drawn.log_norm_of_depth,
    over={"width": OneOf(8), "kappa": OneOf(0.5, 1.0)},
    setting={"start": "dense", "group": 16, "residuals": 32},
    doubled=("residuals",),
)

norm_constants = Claim(
    "zhang2022/norm-constants",
    "Appendices C.2, E and F take norms of 1.1 at τ = 1/sqrt(L), by Theorems 1 and 2 and Lemma 3. "
    "There |h_L| exceeds 1.1 more often than not, from either start, and is about 1.65.",
    says=(
        AlwaysAtMost("norm", forms.norm_constant_printed, by=both_starts, but_for=half),
        SignedEqual("norm", forms.norm_depth_limit, by=(in_depth_at_one,)),
        Agree(
            "least product norm",
            forms.least_product_norm,
            by=(drawn.BOUNDS,),
            witness=least_product_norm,
        ),
    ),
    by=(*both_starts, in_depth_at_one, drawn.BOUNDS),
    axis="kappa",
    notes=(
        "Judged as a norm that is exceeded by half of the networks at most, where the paper has "
        "all but a share exp(-Ω(m)).",
        "The steps of Appendix B allow 1.1 for τ sqrt(L) < 0.009.",
    ),
)


# The law of the norm --------------------------------------------------------------------------


def _normal_law(values: Parameters) -> tuple[Any, Any]:
    """Mean and standard deviation of log |h_L| in the limit."""
    at = {name: mpmath.mpf(values[name]) for name in ("width", "kappa")}
    return forms.log_norm_mean.value(**at), mpmath.sqrt(forms.log_norm_variance.value(**at))


def rises(values: Parameters) -> Any:
    """The probability that a normal log |h_L| is log(1 + c) or more, by quadrature."""
    mean, deviation = _normal_law(values)
    return beyond((mpmath.log(1 + exactly(values, "excess")) - mean) / deviation)


def falls(values: Parameters) -> Any:
    """The probability that a normal log |h_L| is below log(1 - c), by quadrature."""
    mean, deviation = _normal_law(values)
    return beyond((mean - mpmath.log(1 - exactly(values, "shortfall"))) / deviation)


normal_law = replace(
    FORMULAS,
    label="the normal law, integrated",
    over={
        "width": Integers(1, 64),
        "kappa": Reals(0.25, 2),
        "excess": Reals(0.05, 2),
        "shortfall": Reals(0.05, 0.6),
    },
    meets=drawn.MEETS,
)
GROUP = 32
starts = networks(
    "starts that exceed 1",
    measured("start", margin="excess"),
    over={"width": OneOf(1, 4, 16), "excess": OneOf(0.05)},
    setting={"group": GROUP},
)
starts_below = networks(
    "starts that fall short",
    measured("start", margin="shortfall"),
    over={"width": OneOf(1, 4, 16), "shortfall": OneOf(0.05)},
    setting={"group": GROUP},
)
narrow_starts = networks(
    "narrow starts",
    measured("start"),
    over={"width": Integers(1, 4)},
    setting={"group": 8 * GROUP},
)


def _share_variance(form: Form) -> Callable[[Parameters], float]:
    """The relative variance of the share of a group that has a property of known probability."""

    def relative_variance(values: Parameters) -> float:
        share = value(form, values)
        return (1 / share - 1) / float(values["group"])

    return relative_variance


def squared_error_variance(values: Parameters) -> float:
    """The relative variance of (|h_0|^2 - 1)^2 over a group: 2, and the kurtosis of |h_0|^2.

    Of relu(z)^2 the moments are 1/2, 3/2, 15/2 and 105/2, so that its variance is 5/4 and its
    fourth cumulant 279/8.
    """
    return float(279 / 8 / (5 / 4) ** 2 / values["width"] + 2) / float(values["group"])


log_norm_law = Claim(
    "zhang2022/log-norm-law",
    "At τ = κ/sqrt(L) and great depth log|h_L| is normal at every width m from a unit start, of "
    "mean κ² (1/2 - 1/m) and variance κ²/m. The network's own start has a norm of variance 5/m in "
    "its square, and is dead with probability 2^-m.",
    says=(
        SignedEqual("mean", forms.log_norm_mean, by=(in_depth,)),
        SignedEqual("variance", forms.log_norm_variance, by=(by_layers,)),
        Agree("above in the limit", forms.forward_upper_limit, by=(normal_law,), witness=rises),
        Agree("below in the limit", forms.forward_lower_limit, by=(normal_law,), witness=falls),
        *(
            Equal(
                quantity,
                form,
                by=(by,),
                largest=certain,
                relative_variance=_share_variance(form),
            )
            for quantity, form, by in (
                ("above", forms.start_upper, starts),
                ("below", forms.start_lower, starts_below),
                ("dead", forms.dead_start, narrow_starts),
            )
        ),
        Equal(
            "squared error",
            forms.start_energy_variance,
            by=(narrow_starts,),
            relative_variance=squared_error_variance,
        ),
    ),
    by=(in_depth, by_layers, normal_law, starts, starts_below, narrow_starts),
    axis="width",
    notes=(
        "What half the sum of the ξ does, whose law is exactly normal at any depth, is taken off "
        "the draws and its mean put in its place; what is left hardly varies.",
        "The mean is off by the order 1/sqrt(L), as steps overshoot 0; the variance by 1/L.",
        "The quantiles of the limit follow from its mean and variance, and are no draws.",
        "From its own start log|h_L| has log|h_0| as well, of variance 5/(4m) in wide networks; "
        "the bounds of a unit start fall below what that does, as τ falls.",
    ),
)

CLAIMS = (product_spectral, norm_constants, log_norm_law)
