"""The experiments by which claims on networks with scaled branches are judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from numpy.typing import NDArray

from theory.domains import Domain, Integers, OneOf, Reals
from verify.claims.terms import FORMULAS, Parameters
from verify.model import QUANTITY, Experiment, Measure, OfNumerics, Value

OWN, DENSE, ONE_HOT = "own", "dense", "one_hot"
"""Starts: phi(A x), the same in every unit, and all in one unit."""

MEETS = {
    "any start h_0 >= 0": "the network's own start phi(A x), and a fixed one",
    "branches of mean 0 and variance 1 in every unit, symmetric given those before": (
        "normalised over a batch, in which both are exact; drawn symmetrically with the weights"
    ),
    "h_{l-1} >= 0": "fixed unit vectors h_0, as the layers before do not matter",
    "sum of two terms, l = 2": "so",
    "constants of the order taken as 1": "taken so on both sides",
    "perturbations of independent normal entries, to first order in them": (
        "drawn so, of norm 1e-4 tau"
    ),
    "perturbations of independent normal entries": "drawn so, each of variance 1/(4 m)",
    "width m -> oo": (
        "not reached: networks of half a width, of it and of twice it are drawn, and judged is the "
        "limit"
    ),
    "start h_0 = phi(A x), half of whose coordinates are 0": "drawn so",
    "start h_0 >= 0 of mean squared norm 1": "the network's own start phi(A x), or a fixed one",
    "unit start, the same in every unit": "(1, ..., 1)/sqrt(m)",
}

WIDTH = 8
"""Of networks whose width is halved and doubled: what they lie off the limit is about 0.1/m, and
few units make many networks."""


def measured(name: str, *quantities: str, **fixed: Any) -> OfNumerics:
    """A measurement of numerics, by its name there."""
    function = f"numerics.residual_scaling:measure_{name}"
    return OfNumerics(function, {}, fixed, quantities or (QUANTITY,))


ENERGY = measured("mean_energy", "energy")


def formulas(label: str, **over: Domain) -> Experiment:
    """Where formulas are held against formulas, and nothing is drawn."""
    return replace(FORMULAS, label=label, over=over, meets=MEETS)


def networks(label: str, measure: Measure, over: Mapping[str, Domain], **terms: Any) -> Experiment:
    """Networks at one input, exact in law, of widths that double, from their own start."""
    setting = {"start": OWN, "width": WIDTH, **terms.pop("setting", {})}
    doubled = terms.pop("doubled", ("width",))
    return Experiment(label, measure, over, setting, doubled=doubled, meets=MEETS, **terms)


# The limit of depth ---------------------------------------------------------------------------


def of_depth(values: Parameters) -> dict[str, Value]:
    """Networks of root^2 residual layers at tau = kappa/root, and the layers at some fractions.

    What is left out of the limit of depth is of the order 1/sqrt(L), one over the root.
    """
    residuals, wanted = values["root"] ** 2, values["fraction"]
    layers = tuple(round(t * residuals) for t in wanted) if isinstance(wanted, tuple) else None
    return {
        **values,
        "tau": values["kappa"] / values["root"],
        "depth": residuals + 1,
        "layer": round(wanted * residuals) if layers is None else layers,
    }


def measure_deep_energy(values: Parameters, **run: Any) -> Mapping[str, NDArray[Any]]:
    """Mean energies at some fractions of the layers."""
    return ENERGY(of_depth(values), **run)


def deep_networks(label: str, measure: Measure, **terms: Any) -> Experiment:
    """Of 36, 144 and 576 residual layers, whose roots double; all fractions are read off one run.

    `measure` takes its values as they are, and maps them by `of_depth`.
    """
    over = {"kappa": OneOf(0.5, 1.0), "fraction": OneOf(0.25, 0.5, 0.75, 1.0)}
    setting = {"root": 12, **terms.pop("setting", {})}
    doubled, reads = ("root", "width"), ("fraction",)
    return networks(label, measure, over, setting=setting, doubled=doubled, reads=reads, **terms)


deep = deep_networks("the limit of depth", measure_deep_energy)


# Finite depth ---------------------------------------------------------------------------------

DEPTHS = OneOf(*(4**k for k in range(1, 7)))
"""Depths from 4 to 4096: half of those drawn by length would be deeper than 2000."""


def _scaled(at: Parameters, within: float) -> dict[str, Value]:
    """Networks that end with an output layer after the one that is judged."""
    return {"tau": at["kappa"] / at["depth"] ** 0.5, "layers": at["layer"] + 1}


scaled = networks(
    "tau = kappa/sqrt(L)",
    replace(ENERGY, names={"depth": "layers"}),
    {"kappa": Reals(0.3, 1), "depth": DEPTHS, "layer": Integers(1, "depth")},
    sizes=_scaled,
)


def to_its_layer(at: Parameters, within: float) -> dict[str, Value]:
    """Networks that end with an output layer after the one that is judged."""
    return {"depth": at["layer"] + 1}


def through_residuals(at: Parameters, within: float) -> dict[str, Value]:
    """Networks of so many residual layers, and an output layer after them."""
    return {"depth": at["residuals"] + 1}
