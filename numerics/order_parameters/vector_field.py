"""Derivatives of the flow of a student of batch normalisation beside its teacher, to many digits.

In the limit of many inputs gamma = Q, R = cos(theta) and L of a student that learns online move by

    dQ/dt = eta (I1/Q - zeta Q),
    dR/dt = eta/L^2 (Q I3 - R I1) - eta^2 Q^2 R I2/(2 L^4),
    dL/dt = eta^2 Q^2 I2/(2 L^3)

(Luo et al. 2018, eqs 9-11).  Here the averages I1, I2 and I3 are integrated anew and velocities are
differentiated by themselves: no formula of the paper's enters for either.  All is computed at
mpmath's precision in force; velocities are analytic in the angle theta >= 0, and as R = cos(theta),
one-sided derivatives in R, at R = 1, are minus the second ones in theta.
"""

import math
from collections.abc import Callable
from typing import Any

import mpmath

from numerics.simulation import arguments

Velocity = Callable[[Any, Any], Any]
"""A function of Q and theta."""


def averages(scale: Any, angle: Any) -> tuple[Any, Any, Any]:
    """Return I1, I2 and I3 for ReLU at Q = ``scale`` and theta = ``angle``, in [0, pi].

    They are taken over the polar angle phi of the inputs.  The student sees s = r scale cos(phi),
    the teacher t = r cos(phi - angle), and E r^2 = 2. Where the student is active, the teacher is
    silent up to phi = angle - pi/2 and active beyond it. On either part integrands are products of
    two cosines, whose integrals are elementary.
    """
    start, end = -mpmath.pi / 2, mpmath.pi / 2

    def mean(low: Any, high: Any, first: Any, second: Any) -> Any:
        """The integral of cos(phi - first) cos(phi - second) over pi."""
        turned = [mpmath.sin(2 * phi - first - second) / 2 for phi in (low, high)]
        whole = (high - low) * mpmath.cos(first - second) + turned[1] - turned[0]
        return whole / (2 * mpmath.pi)

    silent = scale * mean(start, start + angle, 0, angle)
    ss = scale**2 * mean(start, end, 0, 0)
    st, tt = (power * mean(start + angle, end, a, angle) for power, a in ((scale, 0), (1, angle)))
    return st - ss, tt - 2 * st + ss, tt - st - silent


def scale_slope(*, learning_rate: float, regularisation: float) -> Any:
    """Return the derivative of dQ/dt in Q at Q = 1/(1 + 2 zeta), R = 1, for ReLU.

    Args:
        learning_rate: eta >= 0.
        regularisation: zeta >= 0.

    Raises:
        TypeError, ValueError: an argument is no number >= 0; the message names it.
    """
    eta, zeta = _exact(learning_rate=learning_rate, regularisation=regularisation)
    return eta * _in_scale(_scale_velocity(zeta), zeta)


def overlap_slope(*, learning_rate: float, regularisation: float, norm: float) -> Any:
    """Return the derivative of dR/dt in R there, with L = ``norm`` > 0; else as above."""
    eta, zeta, length = _exact(
        learning_rate=learning_rate, regularisation=regularisation, norm=norm
    )
    linear, square = _in_overlap(_aligning, zeta), _in_overlap(_turning, zeta)
    return eta / length**2 * linear - eta**2 / length**4 * square


def norm_response(*, learning_rate: float, regularisation: float, norm: float) -> Any:
    """Return the derivative of dL/dt in R there, with L = ``norm`` > 0; else as above."""
    eta, zeta, length = _exact(
        learning_rate=learning_rate, regularisation=regularisation, norm=norm
    )
    return eta**2 / length**3 * _in_overlap(_growing, zeta)


def norm_slope(*, learning_rate: float, regularisation: float, norm: float) -> Any:
    """Return the derivative of dL/dt in L there, with L = ``norm`` > 0; else as above."""
    eta, zeta, length = _exact(
        learning_rate=learning_rate, regularisation=regularisation, norm=norm
    )
    growth = _growing(_fixed(zeta), mpmath.mpf(0))
    return eta**2 * growth * mpmath.diff(lambda held: 1 / held**3, length)


def joint_maximum(*, regularisation: float) -> Any:
    """Return the effective learning rate eta Q/L^2 at which the Jacobian in Q and R is singular.

    It is that of dQ/dt and dR/dt at Q = 1/(1 + 2 zeta), R = 1, for ReLU; here L = 1. Its rows are
    eta (a, b) and eta (0, linear) - eta^2 (c, square): a determinant linear in eta.

    Args:
        regularisation: zeta >= 0.

    Raises:
        TypeError, ValueError: the regularisation is no number >= 0.
    """
    (zeta,) = _exact(regularisation=regularisation)
    scale_velocity = _scale_velocity(zeta)
    a, b = _in_scale(scale_velocity, zeta), _in_overlap(scale_velocity, zeta)
    c, linear = _in_scale(_turning, zeta), _in_overlap(_aligning, zeta)
    return _fixed(zeta) * a * linear / (a * _in_overlap(_turning, zeta) - b * c)


def balancing_penalty(*, scale: float) -> Any:
    """Return I1/Q^2 for erf at Q = ``scale`` and R = 1: the zeta that holds Q, by a quadrature.

    Integrands are even, entire, and at z = x + iy of modulus exp(3 y^2/2 - x^2/2) at most, but for
    powers: in steps of h = 1/5 the trapezoidal rule errs by exp(-2 pi^2/(3 h^2)) = 1e-71, and what
    lies beyond 16 is exp(-128) = 1e-55.

    Args:
        scale: Q, in (0, 1].

    Raises:
        TypeError, ValueError: the scale is no number >= 0.
    """
    (q,) = _exact(scale=scale)

    def delta_s(z: Any) -> Any:
        value, slope = _erf(q * z)
        return slope * (_erf(z)[0] - value) * q * z

    return _trapezoidal(delta_s) / q**2


def scale_slope_erf(*, scale: float, regularisation: float) -> Any:
    """Return d(I1/Q)/dQ - zeta for erf at Q = ``scale`` and R = 1, by the same quadrature.

    It is the derivative of dQ/dt in Q over eta: I1/Q is the mean of z g'(Q z) (g(z) - g(Q z)), and
    g''(s) = -s g'(s).

    Args:
        scale: Q, in (0, 1].
        regularisation: zeta >= 0.

    Raises:
        TypeError, ValueError: an argument is no number >= 0.
    """
    q, zeta = _exact(scale=scale, regularisation=regularisation)

    def in_scale(z: Any) -> Any:
        value, slope = _erf(q * z)
        return -slope * (q * z * (_erf(z)[0] - value) + slope) * z**2

    return _trapezoidal(in_scale) - zeta


def _erf(s: Any) -> tuple[Any, Any]:
    """Return erf(s / sqrt 2) and its derivative."""
    return mpmath.erf(s / mpmath.sqrt(2)), mpmath.sqrt(2 / mpmath.pi) * mpmath.exp(-(s**2) / 2)


def _trapezoidal(even: Callable[[Any], Any]) -> Any:
    """Return the mean over normal z of an even function that is 0 at 0."""
    steps = 5
    nodes = (mpmath.mpf(k) / steps for k in range(1, 16 * steps + 1))
    return 2 * mpmath.fsum(even(z) * mpmath.npdf(z) for z in nodes) / steps


def _exact(**given: float) -> list[Any]:
    """Return arguments >= 0 as numbers of the precision in force."""
    for name, value in given.items():
        arguments.real(name, value, minimum=0, maximum=math.inf)
    return [mpmath.mpf(value) for value in given.values()]


def _fixed(zeta: Any) -> Any:
    return 1 / (1 + 2 * zeta)


def _scale_velocity(zeta: Any) -> Velocity:
    """Return dQ/dt over eta."""
    return lambda scale, angle: averages(scale, angle)[0] / scale - zeta * scale


def _aligning(scale: Any, angle: Any) -> Any:
    """Return the part of dR/dt that is linear in eta, over eta/L^2."""
    i1, _, i3 = averages(scale, angle)
    return scale * i3 - mpmath.cos(angle) * i1


def _growing(scale: Any, angle: Any) -> Any:
    """Return dL/dt over eta^2/L^3."""
    return scale**2 * averages(scale, angle)[1] / 2


def _turning(scale: Any, angle: Any) -> Any:
    """Return the other part of dR/dt, over -eta^2/L^4."""
    return mpmath.cos(angle) * _growing(scale, angle)


def _in_scale(velocity: Velocity, zeta: Any) -> Any:
    return mpmath.diff(lambda scale: velocity(scale, mpmath.mpf(0)), _fixed(zeta))


def _in_overlap(velocity: Velocity, zeta: Any) -> Any:
    return -mpmath.diff(lambda angle: velocity(_fixed(zeta), angle), 0, 2, direction=1)
