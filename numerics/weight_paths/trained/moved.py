"""How far gradient descent moves weights across depth, and what of their paths and losses changes.

The networks are h_(k+1) = h_k + L^-alpha tanh(W_k h_k), of d x d weights, and learn one label y by
the loss |h_L - y|^2 / 2. They start from L^beta W_k(0) = A +- B, the sign changing from layer to
layer, so that increments have the norm nu L^(-1/gamma - beta)/(2e), the largest that Assumption
3.1.1 (iii) of Susanna (2024) has, and weights the norm nu L^-beta/2 at most; nu is 1 unless given.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from numerics.measurement import Measurement, measurements
from numerics.simulation import arguments, keyed

_CHUNK = 256  # networks at a time
_TURN, _OTHER = 0.32, 0.08  # norms of the turning and the random part of A
_INPUT = 0.05  # of which tanh is linear to three digits
_TRIES = 16  # of a search
_RISING = 4  # of a search of weights whose norms rise

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class MovedExponents:
    """By which powers of the depth what training does changes: exponents of each network.

    Attributes:
        movement_exponent: of the greatest L^beta |W_k(T) - W_k(0)| over the layers.
        variation_exponent: of the 1-variation of L^beta W_k(T) over the layers.
        loss_exponent: of |J(W(T)) - J(W(0))|.
    """

    movement_exponent: Measurement
    variation_exponent: Measurement
    loss_exponent: Measurement


@dataclass(frozen=True, kw_only=True)
class ExtremeMoves:
    """What moves farthest, of what a search tries.

    Attributes:
        movement: the greatest L^beta |W_k(T) - W_k(0)| over the layers.
        variation: the greatest 1-variation of L^beta W_k(T) over the layers.
    """

    movement: Measurement
    variation: Measurement


@dataclass(frozen=True)
class Start:
    """Networks before training: A and B of shape (networks, d, d), x and y of (networks, d)."""

    base: Numbers
    jump: Numbers
    inputs: Numbers
    labels: Numbers

    def part(self, first: int) -> "Start":
        """Return the networks of a chunk."""
        return Start(*(one[first : first + _CHUNK] for one in vars(self).values()))


def measure_moved_exponents(
    *,
    alpha: float,
    gamma: float,
    rate: float,
    rate_power: float,
    steps: int,
    depth: int,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> MovedExponents:
    """Train networks of two units, of L = depth layers and of twice as many, by rates r L^rho.

    A is a quarter turn of norm 0.32 and a random matrix of norm 0.08; y = -x/|x|, |x| = 1/20. It
    takes no device: layers are of two units.

    Args:
        alpha: in [0, 1]; beta = 1 - alpha.
        gamma: in [0.01, 1000].
        rate: r in (0, 1e6].
        rate_power: rho in [-10, 10].
        steps: T >= 1.
        depth: number of layers L >= 2.
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    alpha = arguments.real("alpha", alpha, minimum=0, maximum=1)
    gamma = arguments.real("gamma", gamma, minimum=0.01, maximum=1000)
    rate = arguments.real("rate", rate, minimum=1e-12, maximum=1e6)
    power = arguments.real("rate_power", rate_power, minimum=-10, maximum=10)
    steps = arguments.integer("steps", steps, minimum=1)
    depth = arguments.integer("depth", depth, minimum=2)
    start = _turning(seed, arguments.network_range(first_network, networks))
    shallow, deep = (
        np.array(_trained(start, one, alpha, gamma, [rate * one**power] * steps))
        for one in (depth, 2 * depth)
    )
    settings = {
        "alpha": alpha, "gamma": gamma, "rate": rate, "rate_power": power, "steps": steps,
        "depth": depth, "networks": networks, "seed": seed, "first_network": first_network,
    }  # fmt: skip
    words = tuple(
        f"exponent of {one}"
        for one in (
            "the movement of scaled weights", "the 1-variation of trained weights",
            "the change of the loss",
        )
    )  # fmt: skip
    movement, variation, loss = measurements(words, np.log2(deep / shallow), settings)
    return MovedExponents(
        movement_exponent=movement, variation_exponent=variation, loss_exponent=loss
    )


def measure_extreme_moves(
    *,
    depth: int,
    alpha: float,
    gamma: float,
    total: float,
    steps: int,
    dim: int,
    nu: float = 1.0,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> ExtremeMoves:
    """Train networks from starts of the greatest norms, and tell what moves farthest.

    Half of what a search tries has weights of rank one, aligned with an input of norm 1 and the
    label opposite to it. It takes no device: layers are of a few units.

    Args:
        depth: L >= 1.
        alpha: in [0, 1]; beta = 1 - alpha.
        gamma: in [0.01, 1000].
        total: S in [0, 1e6], the sum of the learning rates.
        steps: T >= 1, of the rate S/T.
        dim: d >= 1.
        nu: in [0, 2].
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    layers = arguments.integer("depth", depth, minimum=1)
    alpha = arguments.real("alpha", alpha, minimum=0, maximum=1)
    gamma = arguments.real("gamma", gamma, minimum=0.01, maximum=1000)
    total = arguments.real("total", total, minimum=0, maximum=1e6)
    steps = arguments.integer("steps", steps, minimum=1)
    dim = arguments.integer("dim", dim, minimum=1)
    nu = arguments.real("nu", nu, minimum=0, maximum=2)
    block = arguments.network_range(first_network, networks)
    drawn = np.concatenate([
        keyed.numpy_generator(seed=seed, network=k).standard_normal((_TRIES, 2 * dim + 2, dim))
        for k in block
    ])  # fmt: skip
    base, jump = _unit(drawn[:, :dim]), _unit(drawn[:, dim : 2 * dim])
    x, y = (_unit(drawn[:, place : place + 1])[:, 0] for place in (2 * dim, 2 * dim + 1))
    aligned = np.arange(len(drawn)) % 2 == 0
    along = x[:, :, None] * x[:, None, :]
    base[aligned], jump[aligned], y[aligned] = along[aligned], along[aligned], -x[aligned]
    base *= nu * (0.5 - _jump(layers, gamma))
    jump *= nu
    rates = [total / steps] * steps
    movement, variation, _ = _trained(Start(base, jump, x, y), layers, alpha, gamma, rates)
    settings = {
        "depth": layers, "alpha": alpha, "gamma": gamma, "total": total, "steps": steps,
        "dim": dim, "nu": nu, "networks": networks, "seed": seed, "first_network": first_network,
    }  # fmt: skip
    words = "greatest movement of scaled weights", "greatest 1-variation of trained weights"
    movements, variations = (
        Measurement(
            quantity=quantity, per_network=values.reshape(-1, _TRIES).max(axis=1), settings=settings
        )
        for quantity, values in zip(words, (movement, variation), strict=True)
    )
    return ExtremeMoves(movement=movements, variation=variations)


def measure_norm_variation(
    *,
    depth: int,
    alpha: float,
    gamma: float,
    total: float,
    steps: int,
    cells: int,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Measurement:
    """Search for the greatest sum of | |W_t| - |W_s| | over cells [s, t] of [0, 1], all alike.

    Of trained weights W_t = L^beta W_k, k = floor((L - 1) t), of networks of two units whose norms
    rise from layer to layer by what they may, up to L^-beta/2, along an input of norm 1 and against
    the label in half of what is tried.  It takes no device: layers are of two units.

    Args:
        depth: L >= 2.
        alpha: in [0, 1]; beta = 1 - alpha.
        gamma: in [0.01, 1].
        total: S in [0, 1e6], the sum of the learning rates.
        steps: T >= 1, of the rate S/T.
        cells: number of cells >= 1.
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    layers = arguments.integer("depth", depth, minimum=2)
    alpha = arguments.real("alpha", alpha, minimum=0, maximum=1)
    gamma = arguments.real("gamma", gamma, minimum=0.01, maximum=1)
    total = arguments.real("total", total, minimum=0, maximum=1e6)
    steps = arguments.integer("steps", steps, minimum=1)
    cells = arguments.integer("cells", cells, minimum=1)
    drawn = np.concatenate([
        keyed.numpy_generator(seed=seed, network=k).standard_normal((_RISING, 3, 2))
        for k in arguments.network_range(first_network, networks)
    ])  # fmt: skip
    rows, x, y = (drawn / np.linalg.norm(drawn, axis=2, keepdims=True)).transpose(1, 0, 2)
    aligned = np.arange(len(drawn)) % 2 == 0
    rows[aligned], y[aligned] = x[aligned], -x[aligned]
    norms = 0.5 - 2 * _jump(layers, gamma) * np.arange(layers)[::-1]
    scale = layers ** (1 - alpha)
    before = norms[:, None, None, None] / scale * rows[:, :, None] * x[:, None, :]
    after, _ = _descend(before, x, y, layers**-alpha, [total / steps] * steps)
    ends = np.arange(cells + 1) * (layers - 1) // cells
    seen = scale * np.linalg.norm(after[ends], axis=(-2, -1))
    return Measurement(
        quantity="greatest 1-variation of norms over cells",
        per_network=np.abs(np.diff(seen, axis=0)).sum(axis=0).reshape(-1, _RISING).max(axis=1),
        settings={
            "depth": layers, "alpha": alpha, "gamma": gamma, "total": total, "steps": steps,
            "cells": cells, "networks": networks, "seed": seed, "first_network": first_network,
        },
    )  # fmt: skip


def _turning(seed: int, block: range) -> Start:
    """Draw networks whose A is a quarter turn and a random part, and B random."""
    drawn = np.array([
        keyed.numpy_generator(seed=seed, network=k).standard_normal((5, 2)) for k in block
    ])  # fmt: skip
    turn = np.array([[0.0, -1.0], [1.0, 0.0]]) / math.sqrt(2)
    x = drawn[:, 4] / np.linalg.norm(drawn[:, 4], axis=1, keepdims=True)
    return Start(_TURN * turn + _OTHER * _unit(drawn[:, :2]), _unit(drawn[:, 2:4]), _INPUT * x, -x)


def _unit(x: Numbers) -> Numbers:
    """Return matrices divided by their norms of Frobenius."""
    return np.asarray(x / np.linalg.norm(x, axis=(1, 2), keepdims=True))


def _jump(depth: int, gamma: float) -> float:
    """Return the norm of B: half of that of an increment, in units of L^-beta."""
    return float(depth ** (-1 / gamma)) / (4 * math.e)


def _trained(
    start: Start, depth: int, alpha: float, gamma: float, rates: Sequence[float]
) -> tuple[Numbers, Numbers, Numbers]:
    """Return movement, variation and change of the loss of each network, shape (networks,)."""
    signs = np.where(np.arange(depth) % 2, -1.0, 1.0)[:, None, None, None]
    scale, found = depth ** (1 - alpha), []
    for first in range(0, len(start.inputs), _CHUNK):
        part = start.part(first)
        before = (part.base + _jump(depth, gamma) * signs * part.jump) / scale
        after, losses = _descend(before, part.inputs, part.labels, depth**-alpha, rates)
        norms = np.linalg.norm(after - before, axis=(-2, -1))
        steps = np.linalg.norm(np.diff(after, axis=0), axis=(-2, -1))
        found.append((
            scale * norms.max(axis=0), scale * steps.sum(axis=0), np.abs(losses[-1] - losses[0])
        ))  # fmt: skip
    movement, variation, change = (np.concatenate(one) for one in zip(*found, strict=True))
    return movement, variation, change


def _descend(
    weights: Numbers, inputs: Numbers, labels: Numbers, delta: float, rates: Sequence[float]
) -> tuple[Numbers, list[Numbers]]:
    """Return trained weights, shape (L, networks, d, d), and the losses before and after steps."""
    weights = weights.copy()
    hidden = np.empty((len(weights) + 1, *inputs.shape))
    branches = np.empty((len(weights), *inputs.shape))
    hidden[0] = inputs
    losses = []
    for step in range(len(rates) + 1):
        for k, weight in enumerate(weights):
            branches[k] = np.tanh(np.einsum("nij,nj->ni", weight, hidden[k]))
            hidden[k + 1] = hidden[k] + delta * branches[k]
        error = hidden[-1] - labels
        losses.append((error * error).sum(axis=1) / 2)
        if step == len(rates):
            break
        for k in range(len(weights) - 1, -1, -1):
            slope = delta * (1 - branches[k] ** 2) * error
            error = error + np.einsum("ni,nij->nj", slope, weights[k])
            weights[k] -= rates[step] * slope[:, :, None] * hidden[k][:, None, :]
    return weights, losses
