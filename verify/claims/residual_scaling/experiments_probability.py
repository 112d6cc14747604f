"""The experiments by which bounds that hold with a probability are judged.

A bound is judged at widths at which it is between LEAST and MOST: below them it says nothing, above
them it is of events too rare to be drawn, and there formulas are held against formulas.
"""

from __future__ import annotations

import math
from bisect import bisect_left
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import mpmath
import numpy as np

from theory.domains import Domain, Integers, OneOf, Reals
from theory.form import Form
from verify.claims.terms import FORMULAS, Parameters, value
from verify.model import Experiment, OfNumerics, Value

MEETS = {
    "unit start h_0 >= 0": (
        "drawn so: all units alike, or one alone; with any start divided by its norm it would do"
    ),
    "any start h_0 >= 0": "that of the point: all units alike, or one alone",
    "unit start h_0 >= 0 in the proof, phi(A x) in the network": "both are drawn, each by itself",
    "start h_0 = phi(A x)": "drawn so",
    "entries N(0, 1)": (
        "drawn in law: the singular values of a bidiagonal matrix of independent chi variables"
    ),
}

UNIT_STARTS: Mapping[str, Domain] = {"start": OneOf("dense", "one_hot")}
OWN_START: Mapping[str, Value] = {"start": "own"}

LEAST, MOST = 1 / 3, 0.9
"""Bounds that are judged by draws: events rarer than LEAST take more than quick allows."""

WIDEST = 4096

Measure = OfNumerics | Callable[..., Any]


def measured(name: str, **names: str) -> OfNumerics:
    """A measurement of the subject, by its name."""
    return OfNumerics(f"numerics.residual_scaling:measure_{name}", names)


def networks(label: str, measure: Measure, **terms: Any) -> Experiment:
    """Networks with scaled branches at one input, in law."""
    return Experiment(label, measure, meets=MEETS, **terms)


def telling_width(form: Form, at: Parameters) -> int | None:
    """The nearest width at which a bound is between LEAST and MOST; None where there is none."""

    def beyond(width: int) -> float:
        return -value(form, {**at, "width": width})

    widths = range(1, WIDEST + 1)
    first = bisect_left(widths, -MOST, key=beyond) + 1
    last = bisect_left(widths, -LEAST, key=beyond)
    return min(max(int(at["width"]), first), last) if first <= last else None


def speaking(
    form: Form, most_energy: Callable[[Parameters], float]
) -> Callable[[Parameters, float], dict[str, Value] | None]:
    """Sizes at which a bound speaks: tau^2 L is at most what it asks for, the width tells."""

    def sizes(at: Parameters, within: float) -> dict[str, Value] | None:
        tau = min(float(at["tau"]), math.sqrt(most_energy(at) / at["depth"]))
        width = telling_width(form, {**at, "tau": tau})
        return None if width is None else {"tau": tau, "width": width}

    return sizes


# What the proofs add up -----------------------------------------------------------------------

INCREMENTS = measured("increments")


def sum_events(values: Parameters, **run: Any) -> dict[str, Any]:
    """Whether sums over the residual layers are beyond the threshold of a point, 1 or 0."""
    found, threshold = INCREMENTS(values, **run), values["threshold"]
    return {
        "cross terms": found["xi sum"] >= threshold / 2,
        "squares": found["zeta sum"] >= threshold / 2,
        "changes": found["delta sum"] >= threshold,
    }


def sum_events_of_all(values: Parameters, **run: Any) -> dict[str, Any]:
    """The same over L residual layers, of which a network of L layers has one less."""
    return sum_events({**values, "depth": values["depth"] + 1}, **run)


def layer_extremes(values: Parameters, **run: Any) -> dict[str, Any]:
    """The least Delta - (xi - zeta) and the least Delta of the layers, each plus 1."""
    found = INCREMENTS(values, **run)
    return {"slack plus 1": 1 + found["least slack"], "least factor": 1 + found["least delta"]}


def standard_events(values: Parameters, **run: Any) -> dict[str, Any]:
    """Whether the normal and the chi-square variable of one layer are beyond a deviation."""
    found = INCREMENTS(values, **run)
    tau, width, x = values["tau"], values["width"], values["deviation"]
    normal = np.abs(found["xi sum"]) * width**0.5 / (2 * tau)
    square = found["zeta sum"] * width / tau**2
    return {
        "normal beyond": normal > x,
        "normal within": normal <= x,
        "chi-square beyond": square >= width + 2 * math.sqrt(width * x) + 2 * x,
    }


def generating_function(values: Parameters, **run: Any) -> dict[str, Any]:
    """exp(x X/(2 m)) of X, a chi-square of 2 m degrees: what two layers add up to."""
    found = INCREMENTS(values, **run)
    return {
        "generating function": np.exp(
            values["deviation"] * found["zeta sum"] / (2 * values["tau"] ** 2)
        )
    }


# Norms ----------------------------------------------------------------------------------------

GAUSSIAN_NORM = measured("gaussian_norm")
EXTREMES = measured("extreme_norms")
LOG_NORM = measured("log_norm")


def matrix_norms(values: Parameters, **run: Any) -> dict[str, Any]:
    """The greatest singular value of a matrix, and whether it is beyond the bound of Lemma 2."""
    (norm,) = GAUSSIAN_NORM(values, **run).values()
    bound = values["rows"] ** 0.5 + values["columns"] ** 0.5 + values["deviation"]
    return {"greatest singular value": norm, "beyond": norm > bound}


def last_norm(values: Parameters, **run: Any) -> dict[str, Any]:
    """The norm of the last residual layer."""
    return {"norm": EXTREMES(values, **run)["last"]}


def log_norm(values: Parameters, **run: Any) -> dict[str, Any]:
    """The law of the norm behind root^2 residual layers, tau^2 a share kappa^2 of their number."""
    root = values["root"]
    return dict(LOG_NORM({**values, "depth": root**2 + 1, "tau": values["kappa"] / root}, **run))


def log_norm_of_depth(values: Parameters, **run: Any) -> dict[str, Any]:
    """The law of the norm behind so many residual layers."""
    depth = values["residuals"]
    return dict(
        LOG_NORM({**values, "depth": depth + 1, "tau": values["kappa"] / depth**0.5}, **run)
    )


# Formulas against formulas --------------------------------------------------------------------


def exactly(values: Parameters, name: str) -> Any:
    """A value of a point, to the digits in force."""
    return mpmath.mpf(values[name])


BOUNDS = replace(
    FORMULAS,
    label="where bounds say anything",
    over={
        "kappa": Reals(0.01, 2),
        "excess": Reals(0.01, 100),
        "shortfall": Reals(0.01, 0.999),
        "depth": Integers(2, 1000),
        "samples": Integers(2, 1000),
        "net": Reals(0.01, 0.99),
    },
    meets=MEETS,
)
