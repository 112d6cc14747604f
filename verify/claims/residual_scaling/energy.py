"""Claims on the energy of the forward pass: at infinite width, and in the limit of depth."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import Any

from theory import residual_scaling as forms
from theory.domains import Integers, OneOf, Reals
from theory.form import Form
from verify.claims.residual_scaling import experiments as networks
from verify.claims.terms import Parameters, value
from verify.model import Claim, Value
from verify.relations import Equal

LAW_NOTE = (
    "Networks are drawn in proportion to what their branches add, each weighed by the share that "
    "its rectifiers keep: draws lie between 0 and (1 + τ²)^l, and their mean is E‖h_l‖² at every "
    "width."
)

wide = networks.networks(
    "any tau",
    networks.ENERGY,
    {"tau": Reals(0.05, 0.75), "layer": Integers(1, 16)},
    setting={"width": 64},
    sizes=networks.to_its_layer,
)
# At fewer layers the corrections leave out more than half of what may be left open.
corrected = replace(
    networks.scaled,
    label="tau = kappa/sqrt(L), 16 layers and more",
    over={**networks.scaled.over, "depth": OneOf(16, 64, 256, 1024)},
    setting={**networks.scaled.setting, "width": 16},
)
corrected_once = replace(
    corrected,
    label="tau = kappa/sqrt(L), 64 layers and more",
    over={**corrected.over, "depth": OneOf(64, 256, 1024)},
    setting={**networks.scaled.setting, "width": 32},
)


@dataclass(frozen=True)
class LeftOut:
    """What a form leaves out at a depth: how far it lies off the recursion at infinite width."""

    form: Form

    def __call__(self, values: Parameters) -> float:
        """Return it relatively."""
        return abs(value(self.form, values) / value(forms.scaled_wide_energy, values) - 1)


depth_limit = Claim(
    "zhang2022/depth-limit",
    "At τ = κ/√L and infinite width the energy E‖h_l‖²/‖h_0‖² is that of a walk reflected at 0, "
    "which tends to exp(κ² l/L) with corrections in 1/√L.",
    says=(
        Equal("energy", forms.scaled_wide_energy, by=(networks.scaled,)),
        *(
            Equal("energy", form, by=(by,), remainder=LeftOut(form))
            for form, by in (
                (forms.depth_limit_energy_first_order, corrected_once),
                (forms.depth_limit_energy_second_order, corrected),
            )
        ),
    ),
    by=(networks.scaled, corrected_once, corrected),
    within=0.01,
    axis="kappa",
    notes=(
        LAW_NOTE,
        "The corrections of first and second order are judged within what they leave out, which is "
        "worked out of the recursion: at κ = 1 0.4 % of the first at 64 layers, 0.5 % of the other "
        "at 16.",
    ),
)

energy = Claim(
    "zhang2022/energy",
    "At infinite width the energy E‖h_l‖²/‖h_0‖² is that of a walk reflected at 0 at every τ.",
    says=Equal("energy", forms.wide_energy),
    by=wide,
    axis="tau",
    notes=(LAW_NOTE,),
)

infinite_depth = Claim(
    "zhang2022/infinite-depth",
    "At τ = κ/√L and infinite width and depth the energy E‖h_l‖²/‖h_0‖² is exp(κ² l/L).",
    says=Equal("energy", forms.depth_limit_energy),
    by=networks.deep,
    axis="fraction",
    notes=(LAW_NOTE,),
)


def measure_growth(values: Parameters, **run: Any) -> dict[str, Any]:
    """What a far layer multiplies the energy by, and E_l^2/E_2l, which tends to C.

    Ratios of draws tend to those of their means with the width.
    """
    layer = values["layer"]
    layers = (layer, 2 * layer, 2 * layer + 1)
    found = networks.ENERGY({**values, "layer": layers, "depth": layers[-1] + 1}, **run)
    near, far, beyond = found["energy"].T
    return {"growth": beyond / far, "prefactor": near**2 / far}


def _far_layer(at: Parameters, within: float) -> dict[str, Value]:
    # What is left of the start falls as rho^(-2 l).
    return {"layer": math.ceil(FAR / forms.growth_rate.log(tau=at["tau"]))}


FAR = 3
"""Times that the energy grows by e on the way to a far layer: 0.25 % is left of the start."""

growing = networks.networks(
    "a far layer",
    measure_growth,
    {"tau": Reals(0.5, 1.25)},
    setting={"width": 256},
    sizes=_far_layer,
)

growth_rate = Claim(
    "zhang2022/growth-rate",
    "At fixed τ the energy is C ρ^l far from the start: its rate ρ, and C.",
    says=(
        Equal("growth", forms.growth_rate),
        Equal("prefactor", forms.growth_prefactor),
    ),
    by=growing,
    within=0.04,
    axis="tau",
    notes=("The converse of the paper, at least L^(2c)/2, is far below: growth is geometric.",),
)

CLAIMS = (energy, depth_limit, infinite_depth, growth_rate)
