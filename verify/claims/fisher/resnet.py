"""Claims on the Fisher information of the plain residual network, and its signals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from theory import fisher as forms
from theory.domains import Integers, Reals
from verify.claims.fisher import experiments as networks
from verify.claims.fisher.experiments import BATCH_NORM, RESNET, STOCHASTIC_DEPTH
from verify.claims.terms import Parameters, rounding
from verify.model import QUANTITY, Claim, Experiment, Value
from verify.relations import Equal, Exactly


def _to_its_layer(at: Parameters, within: float) -> dict[str, Value]:
    return {"depth": at["layer"]}


def _wide_to_its_layer(at: Parameters, within: float) -> dict[str, Value]:
    # Rates lie so near to one half at every width that few units a layer tell the limit.
    width = max(48, 4 * at["layer"])
    return {"width": width, "units": 2 * width, **_to_its_layer(at, within)}


def _square_to_its_layer(at: Parameters, within: float) -> dict[str, Value]:
    depth = _to_its_layer(at, within)
    return {**networks.square(depth, within), **depth}


DEEP_LAYERS = {"layer": Integers(1, 30)}
SOME_DROPPED = {"survival": Reals(0, 1)}

to_its_layer = replace(networks.moments_of_one_input, over=DEEP_LAYERS, sizes=_wide_to_its_layer)
few_layers = networks.on_digits(
    networks.MOMENTS, over={"layer": Integers(1, 2)}, sizes=_to_its_layer
)

half_active = Claim(
    "furusho2020/half-active",
    "Half of the hidden units are active in every layer, for all three networks.",
    says=Equal("activation rate", forms.activation_rate, largest=lambda values: 1.0),
    by=(
        to_its_layer.given(network=RESNET),
        replace(
            networks.normalised(networks.MOMENTS, {"layer": Integers(1, 5)}),
            sizes=_square_to_its_layer,
        ),
        replace(to_its_layer, over={**DEEP_LAYERS, **SOME_DROPPED}).given(network=STOCHASTIC_DEPTH),
        few_layers.given(network=RESNET),
        few_layers.given(network=BATCH_NORM),
    ),
    notes=(networks.DIGITS_NOTE,),
)

signals = replace(
    networks.moments_of_one_input,
    over={"depth": Integers(1, 12), **networks.LAYERS},
    reads=("layer",),
).given(network=RESNET)

moment_independence = Claim(
    "furusho2020/moment-independence",
    "Forward and backward signals are uncorrelated in second moments: E[u²δ²] = E[u²] E[δ²].",
    says=Equal("product", forms.second_moment_product_resnet),
    by=signals,
    axis="layer",
    notes=(
        "The assumption is not exact at finite width: the signals share the activations of the "
        "skip path, and the product exceeds that of the moments by a term of order L/D.",
        networks.ONE_INPUT_NOTE,
    ),
)

moments_resnet = Claim(
    "furusho2020/moments-resnet",
    "In the plain network E[u_l²] = 2^(l−2) (forward) and E[δ_l²] = 2^(L−l) (backward).",
    says=(
        Equal("backward", forms.backward_moment_resnet),
        Equal("forward", forms.forward_moment_resnet),
    ),
    by=(
        signals,
        networks.moments_on_digits.given(network=RESNET),
    ),
    axis="layer",
    notes=(networks.ONE_INPUT_NOTE, networks.DIGITS_NOTE),
)

narrow = replace(
    networks.moments_of_one_input,
    over={"width": Integers(1, 8)},
    sizes=lambda at, within: {"units": 64 * at["width"]},
    doubled=(),
).given(network=RESNET, depth=2, layer=2)

rectified_signal = Claim(
    "furusho2020/rectified-signal",
    "The proof of Lemma 2 takes half of E h² for E φ(h)², as if h were symmetric about 0. Behind "
    "the first block it is not, at any width, and E φ(h)² is larger.",
    says=Equal.each("forward", forms.rectified_square_printed, forms.rectified_square),
    by=narrow,
    axis="width",
    notes=(networks.ONE_INPUT_NOTE,),
)

mean_eigenvalue_resnet = Claim(
    "furusho2020/mean-eig-resnet",
    "The mean eigenvalue of the Fisher information of the plain network is (L+4)/(4L+4) 2^L.",
    says=Equal("mean eigenvalue", forms.mean_eigenvalue_resnet),
    by=(
        networks.one_input.given(network=RESNET),
        networks.mean_on_digits.given(network=RESNET),
    ),
    notes=(networks.ONE_INPUT_NOTE, networks.DIGITS_NOTE),
)


def measure_hessian(values: Parameters, **run: Any) -> dict[str, Any]:
    """How far the two sides of eq 20 lie apart relatively, beside 1."""
    measure = networks.measured("hessian_gap", network=RESNET, dtype="float64")
    return {"ratio": 1 + measure(values, **run)[QUANTITY]}


hessian_decomposition = Claim(
    "furusho2020/hessian-fisher",
    "The Hessian of the squared loss is H = F - E[(y - f) grad grad f].",
    says=Exactly("ratio", 1, remainder=rounding),
    where="eq 20",
    by=Experiment(
        "a small network",
        measure_hessian,
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
    rectified_signal,
    mean_eigenvalue_resnet,
    hessian_decomposition,
)
