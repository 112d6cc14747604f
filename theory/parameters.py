"""Typed parameters, defined once: two symbols of one name with other assumptions differ."""

from __future__ import annotations

from dataclasses import dataclass

import sympy

from theory.domains import Domain, Integers, Reals


@dataclass(frozen=True)
class Parameter:
    """A parameter of closed forms.

    `domain` is where statements are claimed; `typical` is the range (low, high) from which
    tests and plots draw.
    """

    name: str
    symbol: sympy.Symbol
    domain: Domain
    meaning: str
    typical: tuple[float, float]


DEPTH = Parameter(
    name="depth",
    symbol=sympy.Symbol("L", integer=True, positive=True),
    domain=Integers(1),
    meaning="number L of residual blocks",
    typical=(2, 40),
)
LAYER = Parameter(
    name="layer",
    symbol=sympy.Symbol("l", integer=True, nonnegative=True),
    domain=Integers(1),
    meaning="index l of a residual block",
    typical=(1, 40),
)
WIDTH = Parameter(
    name="width",
    symbol=sympy.Symbol("D", integer=True, positive=True),
    domain=Integers(1),
    meaning="units D in a layer",
    typical=(10, 1000),
)
SAMPLES = Parameter(
    name="samples",
    symbol=sympy.Symbol("N", integer=True, positive=True),
    domain=Integers(1),
    meaning="inputs N in the training set",
    typical=(10, 1000),
)
SURVIVAL = Parameter(
    name="survival",
    symbol=sympy.Symbol("p", nonnegative=True),
    domain=Reals(0, 1),
    meaning="probability p that a residual branch survives",
    typical=(0.5, 0.9),
)
SURVIVORS = Parameter(
    name="survivors",
    symbol=sympy.Symbol("K", integer=True, nonnegative=True),
    domain=Integers(0, "depth"),
    meaning="number K of residual branches that survive",
    typical=(1, 20),
)
TOP_EIGENVALUE = Parameter(
    name="top_eigenvalue",
    symbol=sympy.Symbol("lambda_max", positive=True),
    domain=Reals(0, low_open=True),
    meaning="largest eigenvalue of the Hessian at the minimum",
    typical=(1.0, 100.0),
)
BOTTOM_EIGENVALUE = Parameter(
    name="bottom_eigenvalue",
    symbol=sympy.Symbol("lambda_min", positive=True),
    domain=Reals(0, "top_eigenvalue", low_open=True),
    meaning="least positive eigenvalue of the Hessian at the minimum",
    typical=(0.1, 1.0),
)
