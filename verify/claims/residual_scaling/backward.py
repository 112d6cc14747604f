"""Claims on gradients, tangents and small perturbations of the network at its start."""

from __future__ import annotations

from typing import Any

from theory import residual_scaling as forms
from theory.domains import Integers, Reals
from verify.claims.residual_scaling import experiments as networks
from verify.claims.terms import Parameters
from verify.model import Claim, Value
from verify.relations import Equal

BACKWARD = networks.measured("backward", readout="residual")
TANGENT = networks.measured("tangent")

OMEGA = 1e-4
"""Norm of a perturbation over tau: a unit in 10^4 switches, and rounding is 1e-8 of the change."""


def measure_change(values: Parameters, **run: Any) -> dict[str, Any]:
    """|h'|^2/(s^2 |h|^2) for perturbations of norm 2 s = tau omega with normal entries."""
    measure = networks.measured("perturbation", size=OMEGA, direction="gaussian")
    found = measure(values, **run)["relative change"]
    return {"relative change": (2 * found / (values["tau"] * OMEGA)) ** 2}


def _through_residuals(at: Parameters, within: float) -> dict[str, Value]:
    return {"depth": at["residuals"] + 1}


SCALES = Reals(0.1, 0.75)
WIDTH = 256

gradients = networks.networks(
    "gradients",
    BACKWARD,
    {"tau": SCALES, "residuals": Integers(1, 8), "layer": Integers(0, "residuals")},
    setting={"signal": "gradient", "width": WIDTH},
    sizes=_through_residuals,
)
tangents, changes = (
    networks.networks(
        f"{signal}s",
        measure,
        {"tau": SCALES, "layer": Integers(1, 8)},
        setting={"signal": signal, "width": WIDTH},
        sizes=networks.to_its_layer,
    )
    for signal, measure in (("tangent", TANGENT), ("perturbation", measure_change))
)

backward_recursion = Claim(
    "zhang2022/backward-recursion",
    "Gradients, tangents and relative changes by small perturbations follow recursions at infinite "
    "width.",
    says=(
        Equal("energy", forms.wide_backward_energy, by=(gradients,)),
        Equal("weight gradient", forms.wide_gradient_energy, by=(gradients,)),
        Equal("energy", forms.wide_tangent_energy, by=(tangents,)),
        Equal("relative change", forms.wide_relative_change, by=(changes,)),
    ),
    by=(gradients, tangents, changes),
    notes=(
        "The readout is a random unit vector at the last residual layer; that of W_L multiplies "
        "all energies by one factor.",
        "Perturbations of fresh normal entries are typical; the worst of Lemma 4 add up over the "
        "layers, to √L times as much.",
    ),
)

CLAIMS = (backward_recursion,)
