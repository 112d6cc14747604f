"""Claims on worst perturbations, on distances of inputs and on how large gradients are."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from theory import residual_scaling as forms
from theory.domains import Integers, Reals
from verify.claims.residual_scaling import backward
from verify.claims.residual_scaling import experiments as networks
from verify.claims.terms import Parameters
from verify.model import Claim, Experiment, Value
from verify.relations import AtLeast, AtMost, Equal, RatioAtLeast

# Lemma 4 --------------------------------------------------------------------------------------

PERTURBED = networks.measured("perturbation", "change", "relative change", size=backward.OMEGA)


def measure_deep_change(values: Parameters, **run: Any) -> dict[str, Any]:
    """|h'_l|/(omega |h_l|) at some fractions of the layers."""
    found = PERTURBED(networks.of_depth(values), **run)["relative change"]
    return {"relative change": found / backward.OMEGA}


def measure_squared_change(values: Parameters, **run: Any) -> dict[str, Any]:
    """|h'_l|^2/omega^2, E|h_0|^2 being 1."""
    return {"squared change": (PERTURBED(values, **run)["change"] / backward.OMEGA) ** 2}


radial = networks.deep_networks(
    "radial perturbations", measure_deep_change, setting={"direction": "radial"}
)
perturbed = Experiment(
    "perturbations",
    measure_squared_change,
    over={"tau": Reals(0.05, 1), "layer": Integers(1, 16)},
    setting={"start": networks.OWN, "width": 64},
    sizes=networks.to_its_layer,
    meets=networks.MEETS,
)
in_directions = tuple(
    perturbed.given(direction=direction) for direction in ("radial", "signs", "gaussian")
)

OF_SMALL = (
    "To first order in ω, of perturbations that do not look at the weights of their layer nor of "
    "later ones."
)

bounded = Claim(
    "zhang2022/perturbation",
    "Lemma 4: perturbations |W'_l| <= τ ω change h_l by O(τ² L ω). In the root mean square it is "
    "by at most τ² l ω (1 + τ²)^((l-1)/2), at every width and depth.",
    says=AtMost("squared change", forms.change_energy_bound, by=in_directions),
    by=in_directions,
    axis="layer",
    notes=(OF_SMALL,),
)

attained = Claim(
    "zhang2022/radial-perturbation",
    "Radial perturbations of Lemma 4 change h_l by τ² l ω |h_l| in the limit of depth: of its "
    "exponents those of τ and ω, 2 and 1, cannot be larger, and that of L, 1, not smaller.",
    says=Equal("relative change", forms.greatest_change_depth_limit, by=(radial,)),
    by=radial,
    axis="fraction",
    notes=(
        OF_SMALL,
        "Fresh normal entries, as under zhang2022/backward-recursion, change h_l by √L less.",
    ),
)

# Lemma 6 --------------------------------------------------------------------------------------


def measure_distances(values: Parameters, **run: Any) -> dict[str, Any]:
    """Squared distances of the layers of two inputs: at layer l, and at the start."""
    measure = networks.measured("separation", "mean squared distance", samples=2)
    layers = values["residuals"]
    tau, both = values["kappa"] / math.sqrt(layers), (values["layer"], 0)
    at = {**values, "tau": tau, "depth": layers + 1, "layer": both}
    return {"squared distances": measure(at, **run)["mean squared distance"]}


def distance_at_start(values: Parameters) -> float:
    """E|phi(A x) - phi(A x')|^2 of unit inputs at an angle (Cho and Saul 2009, eq 6)."""
    angle = 2 * math.asin(float(values["distance"]) / 2)
    return 2 - 2 * (math.sin(angle) + (math.pi - angle) * math.cos(angle)) / math.pi


two_inputs = Experiment(
    "two inputs",
    measure_distances,
    over={
        "kappa": Reals(0.05, 1),
        "residuals": Integers(4, 64),
        "layer": Integers(1, "residuals"),
        "distance": Reals(0.05, 1.41),
    },
    setting={"start": networks.OWN, "width": 64},
    meets=networks.MEETS,
)

separation = Claim(
    "zhang2022/separation",
    "Lemma 6: layers of inputs at a distance of δ stay Ω(δ) apart. At τ <= 1/√L their squared "
    "distance keeps at least three quarters of what it is at the start, in the mean.",
    says=RatioAtLeast(
        "squared distances",
        0.75,
        scale=distance_at_start,
    ),
    where="Lemma 6",
    by=two_inputs,
    axis="layer",
)

# Theorem 6 ------------------------------------------------------------------------------------

of_64_units = replace(
    backward.gradients,
    label="gradients, 64 units",
    over={**backward.gradients.over, "layer": Integers(1, "residuals")},
    setting={"start": networks.OWN, "width": 64},
    doubled=(),
    meets={**networks.MEETS, "width m -> oo": "64 units, which exceed the limit"},
)

gradient_bounds = Claim(
    "zhang2022/gradient-bounds",
    "Theorem 6: gradients in the weights of residual layers are bounded at every depth. From a "
    "unit readout their mean square is at most τ² (1 + τ²)^(D - 1), D residual layers: below "
    "τ² exp(κ²) at τ = κ/√L.",
    says=AtMost("weight gradient", forms.gradient_energy_bound),
    by=of_64_units,
    axis="residuals",
    notes=(
        "At the start of training. Theorem 6 is about the loss, whose gradient at the last layer "
        "has m/d times its square, up to constants that it does not name.",
    ),
)

# Theorems 7 and 8 -----------------------------------------------------------------------------

KERNEL = networks.measured("tangent_kernel")


def measure_kernel(values: Parameters, **run: Any) -> dict[str, Any]:
    """The trace of the tangent kernel a sample, and the least eigenvalue of W_L's part, over m."""
    found, units = KERNEL({**values, "distance": values["separation"]}, **run), values["width"]
    return {
        "kernel trace": found["trace"] / (values["samples"] * units),
        "least gradient": found["last layer least eigenvalue"] / units,
    }


def _scaled(at: Parameters, within: float) -> dict[str, Value]:
    scaled = {"tau": at["kappa"] / math.sqrt(at["residuals"])}
    return {**scaled, **networks.through_residuals(at, within)}


kernels = Experiment(
    "tangent kernels",
    measure_kernel,
    over={
        "kappa": Reals(0.05, 1),
        "residuals": Integers(1, 64),
        "separation": Reals(0.3, 1.41),
    },
    setting={"start": networks.OWN, "width": 128, "samples": 2},
    sizes=_scaled,
    meets={
        **networks.MEETS,
        "width m -> oo": "128 units, at which the least eigenvalue is less in the mean",
        "every two inputs at the same distance": "two inputs",
    },
)

at_any_scale = replace(
    kernels,
    label="tangent kernels at any scale",
    over={"tau": Reals(0.02, 0.5), "residuals": Integers(1, 16), "separation": Reals(0.3, 1.41)},
    sizes=networks.through_residuals,
)

gradient_lower_bound = Claim(
    "zhang2022/gradient-lower-bound",
    "Theorem 7: |dF/dW_L|² >= Ω(m δ/(d n) F) for inputs that are δ apart, at every depth. Of two "
    "inputs it is 0.98 m δ/(2 π) at least for errors v_i of sum |v_i|² = 1 and one output, at τ <= "
    "1/√L and m -> ∞.",
    says=AtLeast("least gradient", forms.least_gradient_bound),
    where="Theorem 7",
    by=kernels,
    axis="separation",
    notes=(
        "At the start of training, for the worst errors v, and not proved: of inputs at equal "
        "distances it does not depend on their number, and says nothing of inputs that lie worse.",
    ),
)

semi_smoothness = Claim(
    "zhang2022/semi-smoothness",
    "Theorem 8: what a step W' adds to the loss beyond its first order is O(n m/d) |W'|² and terms "
    "of switched activations. The trace of the tangent kernel of an output, twice its greatest "
    "factor at least, is below n m/d exp(κ²) (1/2 + κ²) in the mean, at every depth.",
    says=AtMost("kernel trace", forms.kernel_trace_bound),
    where="Theorem 8",
    by=at_any_scale,
    axis="residuals",
    notes=(
        "Of steps so small that no activation switches. What others add follows from the shares of "
        "zhang2022/switched-activations and the norms of zhang2022/sparse-vectors, up to constants "
        "that the theorem does not name.",
    ),
)

CLAIMS = (bounded, attained, separation, gradient_bounds, gradient_lower_bound, semi_smoothness)
