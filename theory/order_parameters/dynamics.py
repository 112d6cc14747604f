"""Velocities of the order parameters, eqs 9-11."""

from __future__ import annotations

from functools import partial
from typing import Literal

import sympy

from theory.closed_form import ClosedForm
from theory.domains import Integers
from theory.lowering.arc_cosine import kappa1, kappa_square
from theory.lowering.elementary import by_sign, grouped
from theory.order_parameters.gaussian_averages import (
    ALIGNMENT,
    AVERAGES,
    LOST,
    LOST_SQUARE,
    STABLE_AVERAGES,
)
from theory.order_parameters.parameters import (
    LEARNING_RATE,
    LIMIT,
    NORM,
    ONLINE,
    OVERLAP,
    STUDENT_LENGTH,
)
from theory.parameters import INPUTS, REGULARISATION
from theory.reading import Reading

Method = Literal["bn", "wn", "sgd"]
Activation = Literal["relu", "erf"]
_form = partial(ClosedForm, subject="order_parameters", paper="luo2018")

eta, zeta = LEARNING_RATE.symbol, REGULARISATION.symbol
Q, R, L = STUDENT_LENGTH.symbol, OVERLAP.symbol, NORM.symbol


def _field_normalised(
    i1: sympy.Expr, i2: sympy.Expr, alignment: sympy.Expr, penalty: sympy.Expr
) -> dict[str, sympy.Expr]:
    """Return eqs 9-11, with alignment = Q I3 - R I1."""
    return {
        "Q": eta * i1 / Q - eta * penalty * Q,
        "R": eta * alignment / L**2 - eta**2 * Q**2 * R * i2 / (2 * L**4),
        "norm": eta**2 * Q**2 * i2 / (2 * L**3),
    }


def _field_sgd(i1: sympy.Expr, i2: sympy.Expr, alignment: sympy.Expr) -> dict[str, sympy.Expr]:
    field = {
        "R": eta * alignment / L**2 - eta**2 * R * i2 / (2 * L**2),
        "norm": eta * i1 / L + eta**2 * i2 / (2 * L),
    }
    return {name: velocity.subs(Q, L) for name, velocity in field.items()}


def vector_field(method: Method, activation: Activation) -> dict[str, sympy.Expr]:
    """Return the velocities of the order parameters as expressions, by parameter name.

    `method` is "bn", "wn" (both have "Q", "R" and "norm") or "sgd" ("R" and "norm"), `activation`
    "relu" or "erf". The symbols are those of `theory.parameters`: eta, zeta, Q, R, L.

    Raises ValueError for another method or activation.
    """
    if method not in ("bn", "wn", "sgd"):
        raise ValueError(f'method = {method!r}: must be "bn", "wn" or "sgd"')
    if activation not in AVERAGES:
        raise ValueError(f'activation = {activation!r}: must be "relu" or "erf"')
    i1, i2, i3 = AVERAGES[activation]
    alignment = Q * i3 - R * i1
    if method == "sgd":
        return _field_sgd(i1, i2, alignment)
    penalty = zeta if method == "bn" else sympy.S.Zero
    return _field_normalised(i1, i2, alignment, penalty)


def _stable_field(activation: Activation) -> dict[str, sympy.Expr]:
    i1, i2 = STABLE_AVERAGES[activation]
    return _field_normalised(i1, i2, ALIGNMENT[activation], zeta)


_velocity = partial(_form, assumptions=ONLINE, **LIMIT)


def _velocities(
    activation: Activation, ending: str, status: Literal["printed", "derived"]
) -> tuple[ClosedForm, ClosedForm, ClosedForm]:
    """Return dQ/dt, dR/dt and dL/dt of batch normalisation."""
    field, stable = vector_field("bn", activation), _stable_field(activation)
    note = "With I2 of the Appendix corrected: see i2_relu and i2_erf."
    scale = _velocity(
        name=f"scale_velocity{ending}",
        expr=field["Q"],
        stable=stable["Q"],
        parameters=(LEARNING_RATE, REGULARISATION, STUDENT_LENGTH, OVERLAP),
        where="eq 9",
        status=status,
    )
    overlap = _velocity(
        name=f"overlap_velocity{ending}",
        expr=field["R"],
        stable=stable["R"],
        parameters=(LEARNING_RATE, STUDENT_LENGTH, OVERLAP, NORM),
        where="eq 10",
        status=status,
        derivation=note,
    )
    norm = _velocity(
        name=f"norm_velocity{ending}",
        expr=field["norm"],
        stable=stable["norm"],
        parameters=(LEARNING_RATE, STUDENT_LENGTH, OVERLAP, NORM),
        where="eq 11",
        status=status,
        derivation=note,
    )
    return scale, overlap, norm


scale_velocity, overlap_velocity, norm_velocity = _velocities("relu", "", "printed")

scale_velocity_erf, overlap_velocity_erf, norm_velocity_erf = _velocities("erf", "_erf", "derived")

_SGD_FIELD = vector_field("sgd", "relu")
_STABLE_SGD_FIELD = _field_sgd(*STABLE_AVERAGES["relu"], ALIGNMENT["relu"])
_sgd_velocity = partial(
    _velocity,
    parameters=(LEARNING_RATE, OVERLAP, NORM),
    where="section 3.2, vanilla SGD",
    status="derived",
    derivation=(
        "The step of w is eta delta x: N times that of L^2 is 2 eta I1 + eta^2 I2, N times that "
        "of R L is eta I3, and Q = L."
    ),
)

sgd_overlap_velocity = _sgd_velocity(
    name="sgd_overlap_velocity", expr=_SGD_FIELD["R"], stable=_STABLE_SGD_FIELD["R"]
)

# Of the terms in L alone those in L^2 cancel at eta = 2, those in L - 1 at L = 1.
_SHORTER = grouped(1 - L)
_ALONE = by_sign(
    2 - L,
    _SHORTER * (2 - eta) / 2 + eta * (_SHORTER / L) / 2,
    _SHORTER + eta * _SHORTER**2 / (2 * L),
)

sgd_norm_velocity = _sgd_velocity(
    name="sgd_norm_velocity",
    expr=_SGD_FIELD["norm"],
    stable=eta
    / 2
    * by_sign(
        R,
        kappa1(R) * (1 - eta) - L * (2 - eta) / 2 + eta * kappa_square(R) / (2 * L),
        _ALONE - (1 - eta) * LOST - eta * LOST_SQUARE / (2 * L),
    ),
)


# Steps ----------------------------------------------------------------------------------------

descent_factor_printed = _form(
    name="descent_factor_printed",
    expr=eta,
    parameters=(LEARNING_RATE,),
    where="eqs 6, 7",
    status="printed",
    superseded_by="descent_factor",
    reading=Reading(
        says="w and gamma move by -eta times the derivative of the loss [g(w*.x) - g(w~.x)]^2 + "
        "zeta gamma^2 at a sample, and eqs 6 and 7 are these moves",
        shows="what stands before the brackets of eqs 6 and 7 with their delta",
        kind="lost factor or term",
        consequence="every eta of sections 3.1 to 3.3 stands for twice the learning rate of the "
        "loss as it is defined; fixed points, and which method learns at the larger rate, stay",
        convention="delta is g'(w~.x) [g(w*.x) - g(w~.x)], as the paper defines it below eq 7",
        cause="the 2 of the derivative of a square, lost from both terms alike",
        true_if="the loss were halved",
    ),
)

descent_factor = _form(
    name="descent_factor",
    expr=2 * eta,
    parameters=(LEARNING_RATE,),
    where="eqs 6, 7 corrected",
    status="corrected",
    derivation="d/dtheta (g(w*.x) - g(w~.x))^2 = -2 delta dw~.x/dtheta, d/dgamma zeta gamma^2 = "
    "2 zeta gamma; eqs 6 and 7 have neither 2.",
)

_scale_step = partial(
    _form, parameters=(INPUTS.narrowed(Integers(3)),), where="eq 7 and the update of gamma^2 below"
)

scale_step_printed = _scale_step(
    name="scale_step_printed",
    expr=sympy.Integer(1),
    status="printed",
    superseded_by="scale_step",
    reading=Reading(
        says="the update of gamma^2 with its 1/N, which eqs 8 and 9 rest on, is obtained directly "
        "from eq 7, which has none",
        shows="the step of gamma by eq 7 over the one that this update takes, 1 if they are one",
        kind="lost factor or term",
        consequence="nothing beyond the line if eqs 8 and 9 are meant, in whose time t = j/N gamma "
        "then moves as R and L do; a student that takes the step of eq 7 moves its gamma N times "
        "faster than they say",
        convention="(gamma^2)^(j+1) - (gamma^2)^j taken as 2 gamma^j (gamma^(j+1) - gamma^j), to "
        "first order in eta as there",
        cause="eq 7 is descent in gamma, and the 1/N that of descent in v = sqrt(N) gamma, the "
        "student's gain in eq 5",
        true_if="N = 1",
    ),
)

scale_step = _scale_step(
    name="scale_step",
    expr=INPUTS.symbol,
    status="corrected",
    derivation="The update is (gamma^2)^(j+1) - (gamma^2)^j = (1/N) 2 eta (delta w~.x - zeta "
    "gamma^2), so that gamma moves by eta/N (delta w~.x/gamma - zeta gamma). With w~ = sqrt(N) "
    "gamma w/||w|| the bracket of eq 7 is delta w~.x/gamma - zeta gamma, without 1/N. Descent of "
    "half the loss in nu = sqrt(N) gamma has it: d/dnu = d/dgamma/sqrt(N), and gamma moves by "
    "1/sqrt(N) of what nu does.",
)
