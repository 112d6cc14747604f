"""Claims on gradients, tangents and small perturbations of the network at its start."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from theory import residual_scaling as forms
from theory.domains import Integers, Reals
from verify.claims.residual_scaling import experiments as networks
from verify.claims.terms import Parameters
from verify.model import Claim
from verify.relations import Agree, Equal

BACKWARD = networks.measured("backward", readout="residual")
TANGENT = networks.measured("tangent")

OMEGA = 1e-4
"""Norm of a perturbation over tau: a unit in 10^4 switches, and rounding is 1e-8 of the change."""


def measure_change(values: Parameters, **run: Any) -> dict[str, Any]:
    """|h'|^2/(s^2 |h|^2) for perturbations of norm 2 s = tau omega with normal entries."""
    measure = networks.measured("perturbation", size=OMEGA, direction="gaussian")
    found = measure(values, **run)["relative change"]
    return {"relative change": (2 * found / (values["tau"] * OMEGA)) ** 2}


SCALES = Reals(0.1, 0.75)
WIDTH = 256

gradients = networks.networks(
    "gradients",
    BACKWARD,
    {"tau": SCALES, "residuals": Integers(1, 8), "layer": Integers(0, "residuals")},
    setting={"signal": "gradient", "width": WIDTH},
    sizes=networks.through_residuals,
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


# The limit of depth: each form solves its equation ----------------------------------------------


def kept(kappa: float, start: float, end: float) -> float:
    """The probability that a unit alive at the fraction `start` keeps off 0 until `end`."""
    near, far = (math.expm1(kappa**2 * t) for t in (start, end))
    if far <= near:
        return 1.0
    gap = far - near
    return (math.atan(math.sqrt(near / gap)) + math.atan(math.sqrt((near + 2) / gap))) / math.pi


def _integral(of: Callable[[float], float], low: float, high: float) -> float:
    """The integral of what is smooth in the roots of the distances to both ends."""
    from scipy.integrate import quad

    def along(x: float) -> float:
        share = math.sin(math.pi * x / 2) ** 2
        return of(low + (high - low) * share) * math.pi * math.sin(math.pi * x) / 2

    return (high - low) * float(quad(along, 0, 1, epsabs=1e-13, epsrel=1e-12, limit=200)[0])


def passed_back(values: Parameters) -> float:
    """B: a unit passes on what it is given, and is given kappa^2 B on the way."""
    kappa, t = values["kappa"], values["fraction"]

    def given(u: float) -> float:
        return kept(kappa, t, u) * forms.backward_depth_limit.value(kappa=kappa, fraction=u)

    return kept(kappa, t, 1) + kappa**2 * _integral(given, t, 1)


def passed_to_weights(values: Parameters) -> float:
    """kappa^2 B exp(kappa^2 t)."""
    square = values["kappa"] ** 2
    return float(square * passed_back(values) * math.exp(square * values["fraction"]))


def passed_on(values: Parameters) -> float:
    """T: what units that are alive at the start keep, and what all units are given on the way."""
    kappa, t = values["kappa"], values["fraction"]

    def given(u: float) -> float:
        return kept(kappa, u, t) * forms.tangent_depth_limit.value(kappa=kappa, fraction=u)

    # Of a unit that is alive at the start, half-normal of second moment 2.
    alive = 2 / math.pi * math.atan(math.sqrt(2 / math.expm1(kappa**2 * t)))
    return alive + kappa**2 * _integral(given, 0, t)


def changed(values: Parameters) -> float:
    """R: what perturbed weights add, and what was added before, over the energy."""
    kappa, t = values["kappa"], values["fraction"]

    def given(u: float) -> float:
        before = forms.relative_change_depth_limit.value(kappa=kappa, fraction=u)
        return kept(kappa, u, t) * (before + 1) * math.exp(kappa**2 * (u - t))

    return kappa**2 * _integral(given, 0, t)


backward_limit = Claim(
    "zhang2022/backward-limit",
    "At τ = κ/√L the energies of gradients and tangents and the relative change by perturbed "
    "weights have limits over depth, which are not the forward one run backwards.",
    says=(
        Agree("gradient", forms.backward_depth_limit, witness=passed_back),
        Agree("weight gradient", forms.gradient_depth_limit, witness=passed_to_weights),
        Agree("tangent", forms.tangent_depth_limit, witness=passed_on),
        Agree("relative change", forms.relative_change_depth_limit, witness=changed),
    ),
    by=networks.formulas("integral equations", kappa=Reals(0.1, 2), fraction=Reals(0.01, 1)),
    axis="fraction",
    notes=(
        "Held is that each form solves its integral equation, by another quadrature. Networks so "
        "deep and wide that they tell the limits take minutes each; what they tell at finite depth "
        "is judged under backward-recursion, and the tests hold that this tends to the limits.",
    ),
)

CLAIMS = (backward_recursion, backward_limit)
