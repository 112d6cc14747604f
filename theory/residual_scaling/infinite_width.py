"""Forward and backward passes at infinite width, where the coordinates of a layer are independent.

Given h_{l-1} the preactivation of a coordinate is normal, W_l h_{l-1} ~ N(0, q), q the mean square
of a coordinate of h_{l-1}, which is no longer random as m -> oo. So a coordinate is a walk
reflected at 0, x <- max(x + tau sqrt(q) g, 0), whose step depends on its own law through q alone.
The start phi(A x) is half an atom at 0 and half a half-normal law.

In units of sqrt(q) the step is max(x + tau g, 0)/sqrt(r), where r is what the energy grows by. A
law is kept as its atom at 0 and the values of its density at the nodes of panels that double in
width from tau on, as the density bends on the scale of a step near 0 alone. The normal kernel is
integrated exactly against the polynomials of a panel. The tail lies below that of N(0, 2)
throughout: 1 + tau^2/2 <= r <= 1 + tau^2, and so (2 + tau^2)/r <= 2.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import lru_cache, partial
from itertools import islice

import numpy as np
import sympy
from numpy.polynomial import legendre

from theory.computed import computed
from theory.residual_scaling.exponential import exponential
from theory.residual_scaling.parameters import (
    LAYER,
    LAYER_OF_RESIDUALS,
    RESIDUALS,
    TAU,
    TAU_OF_PREFACTOR,
    WIDE,
)

NODES = 20
"""Of a panel."""

REACH, WIDEST, MOST_STEPS = 12.0, 1.5, 384
"""Where a density ends, exp(-REACH^2/4) below its start, and the greatest width of a panel, in
units and in steps tau: wider, and no node lies where panels meet within a step."""

SIGMAS = 9.0
"""Where the normal kernel ends, in its standard deviations."""

_UNIT_NODES, _UNIT_WEIGHTS = legendre.leggauss(NODES)
_TO_COEFFICIENTS = np.linalg.inv(legendre.legvander(_UNIT_NODES, NODES - 1))


def _normal(z: np.ndarray) -> np.ndarray:
    return np.exp(-z * z / 2) / math.sqrt(2 * math.pi)


class _Walk:
    """The reflected walk at one tau, on a grid in units of the root mean square.

    `nodes`, `weights` (n): those of the density. `kernel` (n, n): what turns a density into that
    of x + tau g at the nodes times `spread`, since a step reaches further than the law does.
    """

    def __init__(self, tau: float) -> None:
        from scipy.special import ndtr  # 0.4 s to import, and no formula needs it

        self.tau, self.spread = tau, math.hypot(1, tau)
        self.edges = _edges(tau)
        self.middle = (self.edges[1:] + self.edges[:-1]) / 2
        self.half = np.diff(self.edges) / 2
        self.nodes = (self.middle[:, None] + self.half[:, None] * _UNIT_NODES).ravel()
        self.weights = (self.half[:, None] * _UNIT_WEIGHTS).ravel()
        self.kernel = self._kernel()
        z = self.nodes / tau
        self.from_zero = _normal(self.spread * z) / tau
        self.stopped = self.weights * ndtr(-z)
        self.second_moment = self.weights * tau**2 * ((1 + z * z) * ndtr(z) + z * _normal(z))
        self.start = _normal(self.nodes / math.sqrt(2)) / math.sqrt(2)
        self.log_energies = [0.0]
        self.laws = self._laws()

    def log_energy(self, layer: int) -> float:
        """Return log E|h_l|^2/E|h_0|^2; every layer on the way is worked out once."""
        while len(self.log_energies) <= layer:
            *_, growth = next(self.laws)
            self.log_energies.append(self.log_energies[-1] + math.log(growth))
        return self.log_energies[layer]

    def _laws(self) -> Iterator[tuple[np.ndarray, float, float]]:
        """Yield density and atom of each layer, from the start on, and what the energy grows by."""
        density, atom = self.start, 0.5
        while True:
            growth = float(self.second_moment @ density) + atom * self.tau**2 / 2
            yield density, atom, growth
            blocks, shares = self.rescaling(growth)
            spread = self.kernel @ density + atom * self.from_zero
            atom = float(self.stopped @ density) + atom / 2
            density = (shares * spread.reshape(-1, NODES)[blocks]).sum(axis=1)
            mass = float(self.weights @ density) + atom  # 1 but for rounding, which would build up
            density, atom = density / mass, atom / mass

    def rescaling(self, growth: float) -> tuple[np.ndarray, np.ndarray]:
        """Return how a density of x + tau g becomes one in units that are sqrt(growth) larger.

        At node i it is the values of panel blocks[i] times shares[i], shapes (n) and (n, NODES).
        """
        places = self.nodes * (math.sqrt(growth) / self.spread)
        blocks = np.minimum(np.searchsorted(self.edges, places) - 1, len(self.half) - 1)
        local = (places - self.middle[blocks]) / self.half[blocks]
        return blocks, math.sqrt(growth) * legendre.legvander(local, NODES - 1) @ _TO_COEFFICIENTS

    def stationary_square(self, growth: float) -> float:
        """Return the mean square of x <- max(x + tau g, 0)/sqrt(growth) once it is stationary."""
        size = len(self.nodes)
        blocks, shares = self.rescaling(growth)
        moves = np.empty((size, size + 1))
        panels = self.kernel.reshape(-1, NODES, size)
        moves[:, :size] = np.einsum("ip,ipj->ij", shares, panels[blocks], optimize=True)
        moves[:, size] = (shares * self.from_zero.reshape(-1, NODES)[blocks]).sum(axis=1)
        system = np.zeros((size + 1, size + 1))
        system[:size] = np.eye(size, size + 1) - moves
        system[size, :size], system[size, size] = self.weights, 1.0  # its mass is 1
        law = np.linalg.solve(system, np.eye(size + 1)[size])
        return float(self.weights * self.nodes**2 @ law[:size])

    def _kernel(self) -> np.ndarray:
        """Return the integrals of N(y - x; tau^2) times the polynomials of each panel in x."""
        targets, tau = self.spread * self.nodes, self.tau
        kernel = np.zeros((len(targets), len(targets)))
        for panel, (low, high) in enumerate(zip(self.edges, self.edges[1:], strict=False)):
            near = (targets > low - SIGMAS * tau) & (targets < high + SIGMAS * tau)
            start = np.maximum(low, targets[near] - SIGMAS * tau)
            end = np.minimum(high, targets[near] + SIGMAS * tau)
            pieces = math.ceil(min(high - low, 2 * SIGMAS * tau) / (2 * tau))
            cuts = start[:, None] + (end - start)[:, None] * np.arange(pieces) / pieces
            half = ((end - start) / (2 * pieces))[:, None]
            x = (cuts + half)[:, :, None] + half[:, :, None] * _UNIT_NODES
            bell = _normal((x - targets[near][:, None, None]) / tau) / tau * _UNIT_WEIGHTS
            local = (x - self.middle[panel]) / self.half[panel]
            moments = np.einsum("rcn,rcnp->rp", bell, legendre.legvander(local, NODES - 1))
            columns = slice(panel * NODES, (panel + 1) * NODES)
            kernel[near, columns] = half * moments @ _TO_COEFFICIENTS
        return kernel


def _edges(tau: float) -> np.ndarray:
    """Return the ends of the panels: 0, tau, 2 tau, 4 tau and so on, up to the greatest width."""
    width = min(tau, 1.0)
    edges = [0.0, width]
    while edges[-1] < REACH:
        edges.append(edges[-1] + width)
        width = min(2 * width, WIDEST, MOST_STEPS * tau)
    return np.array(edges)


@lru_cache(maxsize=64)
def _walk(tau: float) -> _Walk:
    return _Walk(tau)


@lru_cache(maxsize=2**10)
def _log_growth(tau: float) -> float:
    """Return the log of the growth at which the mean square of the stationary law is 1."""
    from scipy.optimize import brentq

    def surplus(share: float) -> float:
        return math.log(_walk(tau).stationary_square(1 + share * tau**2))

    share = brentq(surplus, 0.5, 1.0, xtol=1e-14)
    # The last digits depend on the threads of linear algebra, and a value is to be one number.
    return math.log1p(round(share, 12) * tau**2)


@lru_cache(maxsize=16)
def _log_backward_energies(tau: float, residuals: int) -> np.ndarray:
    """Return the log of E|d(v.h_D)/dh_l|^2 at the layers l = 0 .. D, v a random unit vector.

    `alive[i]` weighs the density of h_l: its product is the sum over the units alive at l of the
    square that a unit at node i passes down, in units of its like at the layer above.
    """
    walk = _Walk(tau)
    laws = list(islice(walk.laws, residuals + 1))
    logs = np.zeros(residuals + 1)
    alive, log_unit = walk.weights, 0.0
    for layer in range(residuals, 0, -1):
        passed = float(alive @ laws[layer][0])
        log_unit += math.log(passed)
        logs[layer - 1] = log_unit + math.log1p(tau**2)
        blocks, shares = walk.rescaling(laws[layer - 1][2])
        places = (blocks[:, None] * NODES + np.arange(NODES)).ravel()
        spread = np.bincount(places, (alive[:, None] * shares).ravel(), len(alive))
        alive = walk.kernel.T @ spread / passed + tau**2 * walk.weights
    return logs


@lru_cache(maxsize=16)
def _log_tangent_energies(tau: float, layers: int) -> np.ndarray:
    """Return the log of E|t_l|^2/E|t_0|^2 at the layers l = 0 .. layers, t a tangent.

    `carried` is the density of units at the nodes times the square that they carry, its sum 1.
    """
    walk, logs = _Walk(tau), np.zeros(layers + 1)
    carried = 2 * walk.start  # by the half of the units that are alive
    for layer, (density, atom, growth) in enumerate(islice(walk.laws, layers)):
        blocks, shares = walk.rescaling(growth)
        spread = walk.kernel @ (carried + tau**2 * density) + tau**2 * atom * walk.from_zero
        carried = (shares * spread.reshape(-1, NODES)[blocks]).sum(axis=1)
        kept = float(walk.weights @ carried)
        carried = carried / kept
        logs[layer + 1] = logs[layer] + math.log(kept)
    return logs


@lru_cache(maxsize=16)
def _relative_changes(tau: float, layers: int) -> np.ndarray:
    """Return E|h'_l|^2/(s^2 E|h_l|^2) at the layers l = 0 .. layers, h' the change by W'.

    `carried` is the density of units at the nodes times the square of their change over q_l s^2.
    """
    walk, changes = _Walk(tau), np.zeros(layers + 1)
    carried = np.zeros(len(walk.nodes))
    for layer, (density, atom, growth) in enumerate(islice(walk.laws, layers)):
        given = tau**2 * (changes[layer] + 1)
        blocks, shares = walk.rescaling(growth)
        spread = walk.kernel @ (carried + given * density) + given * atom * walk.from_zero
        carried = (shares * spread.reshape(-1, NODES)[blocks]).sum(axis=1) / growth
        changes[layer + 1] = walk.weights @ carried
    return changes


_wide = partial(
    computed,
    subject="residual_scaling",
    paper="zhang2022",
    status="derived",
    kinds=("number", "numpy", "mpmath"),
    assumptions=WIDE,
)


@_wide(
    where="the model of section 2, at infinite width",
    symbol=sympy.Function("E")(LAYER.symbol),
    parameters=(TAU, LAYER),
)
def wide_energy(tau: float, layer: int) -> float:
    """The mean squared norm of the residual layer l over that of the start.

    A coordinate is the walk x <- max(x + tau sqrt(q) g, 0), q = E x^2, from half an atom at 0 and
    half a half-normal law. Its energy grows by 1 + tau^2 less what is cut off below 0. The last
    layer h_L = phi(W_L h_{L-1}) has the energy of the layer before it. Its log is right to 1e-9,
    also of mpmath numbers, by which it is found where the value overflows.
    """
    return exponential(_walk(float(tau)).log_energy(int(layer)), tau)


@_wide(
    where="the model of section 2, at infinite width and depth",
    symbol=sympy.Symbol("rho"),
    parameters=(TAU,),
)
def growth_rate(tau: float) -> float:
    """The factor by which a residual layer multiplies the energy, far from the start.

    The one rho at which the law that x <- max(x + tau g, 0)/sqrt(rho) leaves as it is has E x^2 =
    1. In the limit of small tau log rho = tau^2 + zeta(1/2) tau^3/pi + ...; rho < 1 + tau^2.
    """
    return exponential(_log_growth(float(tau)), tau)


@_wide(
    where="the model of section 2, at infinite width and depth",
    symbol=sympy.Symbol("C"),
    parameters=(TAU_OF_PREFACTOR,),
)
def growth_prefactor(tau: float) -> float:
    """The limit over l of the energy of layer l over the growth rate to the power l.

    Worked out at the layer from which on it stands still. The energy at layer l is about C rho^l.
    """
    rate, walk = _log_growth(float(tau)), _walk(float(tau))
    layer = math.ceil(12 / rate) + 20  # what is left falls as rho^(-2 l)
    return exponential(walk.log_energy(layer) - layer * rate, tau)


@_wide(
    where="the model of section 2 and BP of Appendix D, at infinite width",
    symbol=sympy.Function("B")(LAYER.symbol),
    parameters=(TAU, RESIDUALS, LAYER_OF_RESIDUALS),
)
def wide_backward_energy(tau: float, residuals: int, layer: int) -> float:
    """The mean squared norm of the gradient of v.h at the residual layer l, v a random unit vector.

    The gradient is b_l = d(v.h_D)/dh_l, D the last residual layer. The units alive at l alone pass
    it on: b_{l-1} = D_l b_l + tau W_l^T D_l b_l, whose second part has independent normal
    coordinates and is independent of the first. So E|b_{l-1}|^2 = (1 + tau^2) N_l with N_l =
    E|D_l b_l|^2. A unit at x passes down u_{l-1}(x) = tau^2 N_l + E[u_l(x'), x' > 0], with
    x' = x + tau sqrt(q) g, and N_l is the mean of u_l over the forward law of the units above 0.
    """
    return exponential(float(_log_backward_energies(float(tau), int(residuals))[int(layer)]), tau)


@_wide(
    where="the model of section 2 and Lemma 6, at infinite width",
    symbol=sympy.Function("T")(LAYER.symbol),
    parameters=(TAU, LAYER),
)
def wide_tangent_energy(tau: float, layer: int) -> float:
    """The mean squared norm of a tangent at the residual layer l over that at the start.

    The tangent is the derivative of h_l along a direction of the input at right angles to it: the
    distance of two near inputs of one norm, over what it is at the start. t_0 is normal at the
    units alive there, t_l = D_l (t_{l-1} + tau W_l t_{l-1}), and the second part has independent
    normal coordinates, independent of h_l too. So units carry v <- (v + tau^2 T_{l-1}) 1(h_l > 0)
    of its square, and T_l is the mean of v.
    """
    log = _log_tangent_energies(float(tau), max(int(layer), 1))[int(layer)]
    return exponential(float(log), tau)


@computed(
    subject="residual_scaling",
    paper="zhang2022",
    status="derived",
    assumptions=(*WIDE, "perturbations of independent normal entries, to first order in them"),
    where="Lemma 4, at infinite width",
    symbol=sympy.Function("R")(LAYER.symbol),
    parameters=(TAU, LAYER),
)
def wide_relative_change(tau: float, layer: int) -> float:
    """The mean squared change of the residual layer l over its mean square, per variance.

    Every W_l is moved by W'_l of entries N(0, s^2/m); the value is E|h'_l|^2/(s^2 E|h_l|^2) as
    s -> 0. h' is a tangent that each layer adds tau W'_l h_{l-1} to, of tau^2 s^2 q_{l-1} in every
    unit. The norm of W'_l is 2 s: at |W'_l| = tau omega of Lemma 4, s = tau omega/2.
    """
    return float(_relative_changes(float(tau), max(int(layer), 1))[int(layer)])
