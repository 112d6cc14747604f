"""The experiments by which claims on online students are judged."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

import sympy

from theory import order_parameters as forms
from theory.closed_form import ClosedForm
from verify.claims.terms import Law, Parameters, value
from verify.model import QUANTITY, Experiment, OfNumerics, Value
from verify.relations import SignedEqual

BATCH_NORM, WEIGHT_NORM, SGD = "bn", "wn", "sgd"

FRESH, AVERAGED = "a fresh one at every step", "averaged over one step"
"""How inputs are drawn."""


def resolved_size(rate: float, least: int = 10**4) -> int:
    """Inputs N of a student that takes one step at an effective rate eta gamma/L^2.

    What the step is off the limit is of the order of (1 + rate^2)/N; of more inputs a slow step is
    lost to rounding.
    """
    return 2 * round(least * max(1.0, rate**2) / 2)


MEETS = {
    "inputs x ~ N(0, I/N), a fresh one at every step": (
        "drawn so, by the exact law of what they do to the order parameters; or one step averaged "
        "over many such inputs"
    ),
    "gamma and L held": (
        "held: by taking one step only, or because both rest where the student is its teacher "
        "(vanilla SGD has γ = L, which moves R to second order only)"
    ),
    "L held": "held in the vector field whose Jacobian is taken",
    "ReLU": "the activation of the students simulated, or of the vector field integrated",
    "small deviation from R = 1": (
        "1 - R = 5e-13 at the start, or a derivative at R = 1 from below"
    ),
    "terms in eta^2 dropped": (
        "left behind: judged in the limit of students that learn at a rate, its half and quarter"
    ),
}


NAMES = {
    "method": "network", "dimension": "size", "scale": "Q", "overlap": "R", "times": "time",
}  # fmt: skip
"""What a point calls the arguments of numerics."""


def measured(name: str, *quantities: str, **fixed: float) -> OfNumerics:
    """A measurement of the subject, by its name."""
    function = f"numerics.order_parameters:measure_{name}"
    return OfNumerics(function, NAMES, fixed, quantities or (QUANTITY,))


def runs(measure: OfNumerics, **terms: Any) -> Experiment:
    """Students that learn online, simulated exactly in law."""
    setting = {"inputs": FRESH, **terms.pop("setting", {})}
    return Experiment("runs", measure, setting=setting, meets=MEETS, **terms)


def one_step(measure: OfNumerics, **terms: Any) -> Experiment:
    """One step, averaged over a lattice of inputs."""
    setting = {"inputs": AVERAGED, **terms.pop("setting", {})}
    return Experiment("one step", measure, setting=setting, meets=MEETS, **terms)


LEAST_SHARE = 1 / 50
"""Of the terms of a mean, which may cancel, errors are shares of no less."""


def terms_of(form: ClosedForm) -> Law:
    """The terms of a form's expanded sum, added without their signs."""
    terms = sympy.Add.make_args(sympy.expand(form.expr))

    def size(values: Parameters) -> float:
        given = {one.symbol: values[one.name] for one in form.parameters}
        return float(sum(abs(term.subs(given).evalf()) for term in terms))

    return size


def equal(
    quantity: str, *listed: ClosedForm, by: Experiment, least: float = LEAST_SHARE
) -> tuple[SignedEqual, ...]:
    """That a mean which may pass 0 equals these forms, of which the last is right.

    Errors are relative, but where its value is below the share `least` of its terms: of those.
    """
    right, size = listed[-1], terms_of(listed[-1])

    def unit(values: Parameters) -> float:
        return max(abs(value(right, values)), least * size(values))

    return SignedEqual.each(quantity, *listed, by=(by,), unit=unit)


def at_rest(at: Parameters, within: float = 0.0) -> dict[str, Value]:
    """Where a student of batch norm starts, to first order at rest."""
    return {"Q": forms.fixed_point_scale.value(regularisation=at["regularisation"])}


def step_at_rest(at: Parameters, least: int = 10**4) -> dict[str, Value]:
    """A student at rest, with inputs N enough for a step that turns it so far."""
    rate = value(forms.effective_learning_rate, at)
    return {"size": resolved_size(rate, least), **at_rest(at)}


def integrated(name: str) -> Callable[[Parameters], Any]:
    """A witness, by its name in numerics, which is loaded where it is asked for."""

    def witness(values: Parameters) -> Any:
        from numerics.order_parameters import vector_field

        function = getattr(vector_field, name)
        taken = signature(function).parameters
        return function(**{one: values[NAMES.get(one, one)] for one in taken})

    return witness
