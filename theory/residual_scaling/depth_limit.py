"""Infinite depth at infinite width, tau = kappa/sqrt(L), and what finite depth adds to it.

In the time s = q - 1, q the energy, a coordinate is a Brownian motion reflected at 0. It starts
from phi(A x), half at 0 and half half-normal of second moment 2, so that its density just above 0
is f(s) = (s^(-1/2) + (2 + s)^(-1/2))/sqrt(2 pi).

What the ReLU cuts off at a layer is then beta tau sqrt(q) f(s) of the tau^2 q that is added, where
beta = -zeta(1/2)/sqrt(2 pi) is the mean by which the maximum of a normal walk of unit steps falls
short of that of the Brownian motion through its points (Chernoff 1965, Siegmund 1979).
"""

from __future__ import annotations

import math
from functools import lru_cache, partial

import mpmath
import numpy as np
import sympy
from numpy.polynomial import chebyshev, legendre
from sympy import exp

from theory.closed_form import ClosedForm
from theory.computed import Computed, computed
from theory.residual_scaling.exponential import exponential
from theory.residual_scaling.infinite_width import wide_energy
from theory.residual_scaling.parameters import (
    DEEPEST,
    DEPTH_OF_CORRECTION,
    FRACTION,
    KAPPA,
    KAPPA_OF_DEPTH,
    KAPPA_OF_SCALE,
    LAYER_OF_DEPTH,
    WIDE,
)

BETA = -float(mpmath.zeta(0.5)) / math.sqrt(2 * math.pi)

kappa, t, L = KAPPA.symbol, FRACTION.symbol, DEPTH_OF_CORRECTION.symbol

depth_limit_energy = ClosedForm(
    subject="residual_scaling",
    paper="zhang2022",
    name="depth_limit_energy",
    expr=exp(kappa**2 * t),
    parameters=(KAPPA, FRACTION),
    where="tau = kappa/sqrt(L), at infinite width and depth",
    status="derived",
    assumptions=WIDE,
    grows=(DEPTH_OF_CORRECTION,),
    remainder=1 / sympy.sqrt(L),
    derivation=(
        "E|h_l|^2/E|h_0|^2 at l = t L. A layer adds tau^2 to a share of 1, less what the ReLU cuts "
        "off, which is of order tau^3: a coordinate lies within a step of 0 with probability of "
        "order tau."
    ),
)

_derived = partial(
    computed, subject="residual_scaling", paper="zhang2022", status="derived", assumptions=WIDE
)
_corrected = partial(
    _derived,
    where="tau = kappa/sqrt(L), at infinite width and great depth",
    symbol=sympy.Function("E")(LAYER_OF_DEPTH.symbol),
    parameters=(KAPPA_OF_DEPTH, DEPTH_OF_CORRECTION, LAYER_OF_DEPTH),
    kinds=("number", "numpy", "mpmath"),
    grows=(DEPTH_OF_CORRECTION,),
)


@_derived(
    where="tau = kappa/sqrt(L), at infinite width",
    symbol=sympy.Function("E")(LAYER_OF_DEPTH.symbol),
    parameters=(KAPPA_OF_SCALE, DEPTH_OF_CORRECTION, LAYER_OF_DEPTH),
    kinds=("number", "numpy", "mpmath"),
    of=(wide_energy,),
)
def scaled_wide_energy(wide: Computed, kappa: float, depth: int, layer: int) -> float:
    """The mean squared norm of the residual layer l over that of the start at tau = kappa/sqrt(L).

    The recursion at infinite width, of which the forms of this file are the limit and what finite
    depth adds to it.
    """
    return wide.value(tau=kappa / math.sqrt(depth), layer=layer)


@_corrected(of=(depth_limit_energy,), remainder=1 / L)
def depth_limit_energy_first_order(
    limit: ClosedForm, kappa: float, depth: int, layer: int
) -> float:
    """The energy in the limit of depth, with what finite depth adds to its log at first order.

    With y = kappa^2 l/L and q = e^y, log E = y + tau a(q), a = -beta int f/sqrt(1 + s) ds over
    0 < s < q - 1, which is zeta(1/2)/pi (asinh sqrt(q - 1) + asinh sqrt(q) - asinh 1).
    """
    log, tau = _limit_and_step(limit, kappa, depth, layer)
    return exponential(log - BETA * tau * _delay(log), kappa)


@_corrected(of=(depth_limit_energy,), remainder=L ** sympy.Rational(-3, 2))
def depth_limit_energy_second_order(
    limit: ClosedForm, kappa: float, depth: int, layer: int
) -> float:
    """The energy in the limit of depth, with what finite depth adds to its log at second order.

    Beside the first order, tau^2 times: half of c_l = E M_l^2 - l + 2 beta sqrt(2 l/pi) from the
    first layers, where half of the coordinates are a walk from 0 of unit steps, M_l its maximum
    and c_l -> 1/4 + beta^2 by Spitzer's identity; -y/2, as log(1 + tau^2) < tau^2; and beta^2
    times what the first order does to q, to s and to f. To f(s) it adds beta times the slope at 0
    of the density of M - beta sigma(theta), M the maximum, reached at theta, of a path run
    backwards and sigma the step there.
    """
    log, tau = _limit_and_step(limit, kappa, depth, layer)
    second = _second_order(log) + float(_excess_of_walk()[int(layer)]) / 2
    return exponential(log - BETA * tau * _delay(log) + tau**2 * second, kappa)


def _limit_and_step(limit: ClosedForm, kappa: float, depth: int, layer: int) -> tuple[float, float]:
    """Return the log of the energy in the limit, and tau."""
    log = limit.log(kappa=float(kappa), fraction=int(layer) / int(depth))
    return log, float(kappa) / math.sqrt(int(depth))


@lru_cache(maxsize=1)
def _excess_of_walk() -> np.ndarray:
    """Return E M_l^2 - l + 2 beta sqrt(2 l/pi) at l = 0 .. DEEPEST, M_l = max(0, S_1, .. S_l).

    By Spitzer's identity E M_l^2 = l/2 + 1/(2 pi) times the sum of 1/sqrt(j k), j + k <= l.
    """
    from scipy.signal import fftconvolve

    inverse_roots = np.arange(1, DEEPEST) ** -0.5
    pairs = fftconvolve(inverse_roots, inverse_roots)[: DEEPEST - 1]
    doubled = np.concatenate([[0.0, 0.0], np.cumsum(pairs)]) / (2 * math.pi)
    layers = np.arange(DEEPEST + 1)
    return doubled - layers / 2 + 2 * BETA * np.sqrt(2 * layers / math.pi)


def _delay(log: float) -> float:
    """Return the integral of f(s)/sqrt(1 + s) over 0 < s < q - 1, at log q."""
    return math.sqrt(2 / math.pi) * (
        math.asinh(math.sqrt(math.expm1(log))) + math.asinh(math.exp(log / 2)) - math.asinh(1)
    )


def _second_order(log: float) -> float:
    """Return what the log of the energy has of order tau^2, at log q, but for the first layers."""
    from scipy.special import ellipk, ellipkinc

    q, s = math.exp(log), math.expm1(log)
    root, up = math.sqrt(s), math.sqrt(q + 1)
    # The integral of f(u) sqrt(1 + u), times sqrt(2 pi).
    cut = math.asinh(root) - math.asinh(math.sqrt(q)) + math.sqrt(q) * (root + up)
    cut += math.asinh(1) - math.sqrt(2)
    # q falls behind s, the step with it, ...
    step = (cut * 2 * (root - up) / math.sqrt(q) + 4 * math.acosh(q)) / (2 * math.pi)
    # ... and s behind the layer; both terms of it are of order s near 0.
    late = 0.0
    if s > 1e-9:
        lag = _delay(log) - cut / (math.sqrt(2 * math.pi) * q)
        late = math.sqrt(q / (2 * math.pi)) * (1 / root + 1 / up) * lag
    angle = math.atan(root)
    from_zero = 2 - 4 / math.pi * ellipk(s / q)
    from_normal = -4 / math.pi * math.sqrt(q) / up * ellipkinc(angle, q / (q + 1))
    return -log / 2 + BETA**2 * (late - (step + from_zero + from_normal) / 2)


# Backwards ------------------------------------------------------------------------------------

TERMS = 64
"""Of the Chebyshev series of N."""

LEAST_SQUARE = 1e-30
"""Of kappa: the limit at 0 differs by sqrt(LEAST_SQUARE)."""


@_derived(
    where="BP of Appendix D, tau = kappa/sqrt(L), at infinite width and depth",
    symbol=sympy.Function("B")(t),
    parameters=(KAPPA_OF_DEPTH, FRACTION),
    grows=(DEPTH_OF_CORRECTION,),
    remainder=1 / sympy.sqrt(L),
)
def backward_depth_limit(kappa: float, fraction: float) -> float:
    """The limit over depth of the mean squared norm of the gradient of v.h, v a random unit vector.

    The gradient is d(v.h_{L-1})/dh_l at l = t L. A unit passes on what it is given as long as its
    coordinate does not reach 0, and is given kappa^2 N(u) du on the way, N what all units are
    given: N(t) = S(t, 1) + kappa^2 int_t^1 S(t, u) N(u) du. Here S(t, u) is the probability that
    the reflected Brownian motion keeps off 0 between t and u: pi S = arctan sqrt((p - 1)/(q - p)) +
    arctan sqrt((p + 1)/(q - p)) with p = exp(kappa^2 t), q = exp(kappa^2 u). For kappa -> 0 it is
    1/2 + arcsin(sqrt(t))/pi, for large kappa it grows as exp(alpha kappa^2 (1 - t)), alpha = 0.21.
    """
    place = 2 * math.sqrt(2 * math.asin(math.sqrt(fraction)) / math.pi) - 1
    return float(chebyshev.chebval(place, _backward_series(kappa)))


@_derived(
    where="Lemma 6, tau = kappa/sqrt(L), at infinite width and depth",
    symbol=sympy.Function("T")(t),
    parameters=(KAPPA_OF_DEPTH, FRACTION),
    grows=(DEPTH_OF_CORRECTION,),
    remainder=1 / sympy.sqrt(L),
)
def tangent_depth_limit(kappa: float, fraction: float) -> float:
    """The limit over depth of the squared distance of two near inputs over that at the start.

    The inputs are of one norm, l = t L. As backwards, but from the start on: T(t) = P(t) + kappa^2
    int_0^t T(u) S(u, t) du, with P = 2/pi arctan sqrt(2/(exp(kappa^2 t) - 1)) the probability that
    a unit alive at the start keeps off 0 until t.
    """
    return float(chebyshev.chebval(2 * fraction**0.25 - 1, _forward_series(kappa)[0]))


@_derived(
    where="Lemma 4, tau = kappa/sqrt(L), at infinite width and depth",
    symbol=sympy.Function("R")(t),
    parameters=(KAPPA_OF_DEPTH, FRACTION),
    grows=(DEPTH_OF_CORRECTION,),
    remainder=1 / sympy.sqrt(L),
)
def relative_change_depth_limit(kappa: float, fraction: float) -> float:
    """The limit over depth of the mean squared change by normal perturbations, over the square.

    E|h'_l|^2/(s^2 E|h_l|^2), l = t L, where every W_l is moved by entries N(0, s^2/m) and s -> 0.
    X(t) = kappa^2 int_0^t (X(u) + exp(kappa^2 u)) S(u, t) du, over exp(kappa^2 t); 3 kappa^2 t/4
    for kappa -> 0. So at |W'_l| = tau omega the change is of order omega tau^2 sqrt(L) |h|, by
    sqrt(L) below what Lemma 4 allows for perturbations that add up.
    """
    square = kappa**2
    grown = float(chebyshev.chebval(2 * fraction**0.25 - 1, _forward_series(kappa)[1]))
    return square * fraction * grown * math.exp(-square * fraction)


@lru_cache(maxsize=2**10)
def _backward_series(kappa: float) -> np.ndarray:
    """Return the Chebyshev coefficients of N in x, t = sin^2(pi x^2/2), x from 0 to 1.

    N is smooth in sqrt(1 - t), and in sqrt(t) but for s^(3/2) log s.
    """
    square = max(kappa**2, LEAST_SQUARE)
    x = (chebyshev.chebpts2(TERMS) + 1) / 2
    times = np.sin(np.pi * x**2 / 2) ** 2
    psi, weights = _angles()
    parts = np.sin(psi) ** 2
    later = times[:, None] + (1 - times[:, None]) * parts  # u = t + (1 - t) sin^2 psi
    passed = (1 - times[:, None]) * parts
    given = square * 2 * np.sin(psi) * np.cos(psi) * weights * (1 - times[:, None])
    angles = 2 * np.arcsin(np.sqrt(np.minimum(later, 1))) / np.pi
    series = chebyshev.chebvander(2 * np.sqrt(angles) - 1, TERMS - 1)
    survived = _survival(square, times[:, None], passed)
    moved = np.einsum("iw,iwk->ik", given * survived, series)
    system = chebyshev.chebvander(2 * x - 1, TERMS - 1) - moved
    return np.linalg.solve(system, _survival(square, times, 1 - times))


@lru_cache(maxsize=2**10)
def _forward_series(kappa: float) -> tuple[np.ndarray, np.ndarray]:
    """Return the Chebyshev coefficients of T and X/(kappa^2 t) in x, t = x^4, x from 0 to 1."""
    square = max(kappa**2, LEAST_SQUARE)
    x = (chebyshev.chebpts2(TERMS) + 1) / 2
    times = np.maximum(x**4, LEAST_SQUARE)[:, None]
    psi, weights = _angles()
    parts = np.sin(psi) ** 2  # u = t sin^2 psi
    survived = _survival(square, times * parts, times * np.cos(psi) ** 2)
    share = survived * (2 * np.sin(psi) * np.cos(psi) * weights)
    series = chebyshev.chebvander(2 * (times * parts) ** 0.25 - 1, TERMS - 1)
    given, here = square * times * share, chebyshev.chebvander(2 * x - 1, TERMS - 1)
    alive = 2 / np.pi * np.arctan2(math.sqrt(2), np.sqrt(np.expm1(square * times[:, 0])))
    added = (share * np.exp(square * times * parts)).sum(axis=1)
    return (
        np.linalg.solve(here - np.einsum("iw,iwk->ik", given, series), alive),
        np.linalg.solve(here - np.einsum("iw,iwk->ik", given * parts, series), added),
    )


def _survival(square: float, time: np.ndarray, passed: np.ndarray) -> np.ndarray:
    """Return S(t, t + passed)."""
    spread = np.sqrt(np.expm1(square * passed))
    near, far = np.sqrt(-np.expm1(-square * time)), np.sqrt(1 + np.exp(-square * time))
    return (np.arctan2(near, spread) + np.arctan2(far, spread)) / np.pi


def _angles() -> tuple[np.ndarray, np.ndarray]:
    """Return nodes and weights between 0 and pi/2, closer from half to half towards 0."""
    nodes, weights = legendre.leggauss(12)
    ends = np.pi / 2 * np.concatenate([[0.0], 2.0 ** np.arange(-40, 1)])
    half = np.diff(ends)[:, None] / 2
    return (ends[:-1, None] + half * (1 + nodes)).ravel(), (half * weights).ravel()
