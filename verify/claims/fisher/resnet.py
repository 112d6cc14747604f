"""Claims on the Fisher information of the plain residual network, and its signals."""

from __future__ import annotations

from theory import fisher as forms
from theory.domains import Integers
from verify.claims.fisher.experiments import (
    BATCH_NORM,
    DIGITS_NOTE,
    ONE_INPUT_NOTE,
    RESNET,
    STOCHASTIC_DEPTH,
    measured,
    on_digits,
    on_gaussian,
    one_input,
    one_input_to_its_layer,
)
from verify.claims.terms import rounding
from verify.model import Claim, Experiment
from verify.relations import Equal, Exactly

to_its_layer = on_digits("moments", sizes=lambda at, within: {"depth": at["layer"]})

half_active = Claim(
    "furusho2020/half-active",
    "Half of the hidden units are active in every layer, for all three networks.",
    says=Equal("activation_rate", forms.activation_rate),
    by=(
        one_input_to_its_layer.given(network=RESNET),
        on_gaussian(
            "moments",
            setting={"width": 120, "samples": 120},
            sizes=lambda at, within: {"depth": at["layer"]},
        ).given(network=BATCH_NORM),
        one_input_to_its_layer.given(network=STOCHASTIC_DEPTH, survival=0.5),
        to_its_layer.given(network=RESNET),
        to_its_layer.given(network=BATCH_NORM),
        to_its_layer.given(network=STOCHASTIC_DEPTH, survival=0.5),
    ),
    notes=(DIGITS_NOTE,),
)

signals = (
    one_input.given(network=RESNET),
    on_digits("moments", reads=("layer",)).given(network=RESNET),
)

moment_independence = Claim(
    "furusho2020/moment-independence",
    "Forward and backward signals are uncorrelated in second moments: E[u²δ²] = E[u²] E[δ²].",
    says=Equal("product", forms.second_moment_product_resnet),
    by=signals,
    axis="layer",
    notes=(
        "The assumption is not exact at finite width: the signals share the activations of the "
        "skip path, and the product exceeds that of the moments by a term of order L/D.",
        ONE_INPUT_NOTE,
        DIGITS_NOTE,
    ),
)

moments_resnet = Claim(
    "furusho2020/moments-resnet",
    "In the plain network E[u_l²] = 2^(l−2) (forward) and E[δ_l²] = 2^(L−l) (backward).",
    says=(
        Equal("forward", forms.forward_moment_resnet),
        Equal("backward", forms.backward_moment_resnet),
    ),
    by=signals,
    axis="layer",
    notes=(ONE_INPUT_NOTE, DIGITS_NOTE),
)

mean_eigenvalue_resnet = Claim(
    "furusho2020/mean-eig-resnet",
    "The mean eigenvalue of the Fisher information of the plain network is (L+4)/(4L+4) 2^L.",
    says=Equal("mean eigenvalue", forms.mean_eigenvalue_resnet),
    by=(
        one_input.given(network=RESNET),
        on_digits("mean_eigenvalue", over={"depth": Integers(1, 8)}).given(network=RESNET),
    ),
    notes=(ONE_INPUT_NOTE, DIGITS_NOTE),
)

hessian_decomposition = Claim(
    "furusho2020/hessian-fisher",
    "The Hessian of the squared loss is H = F - E[(y - f) grad grad f].",
    says=Exactly("ratio", 1, remainder=rounding),
    where="eq 20",
    by=Experiment(
        "a small network",
        measured("hessian"),
        over={"depth": Integers(1, 3), "width": Integers(2, 5)},
        setting={"samples": 5},
    ),
    notes=(
        "Judged is 1 plus the relative distance of the two sides; the loss is the empirical risk "
        "with random targets.",
    ),
)

CLAIMS = (
    half_active,
    moment_independence,
    moments_resnet,
    mean_eigenvalue_resnet,
    hessian_decomposition,
)
