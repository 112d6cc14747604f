"""What the theorems on weights across depth use, drawn: recursions, grids, steps and tensors.

A draw is a few numbers or layers of a few units, so that no measurement takes a device.
"""

from dataclasses import dataclass

import numpy as np
import torch

from numerics.measurement import Measurement, measurements
from numerics.simulation import arguments, keyed

_TRIES = 16  # of a search


@dataclass(frozen=True, kw_only=True)
class Recursions:
    """The greatest e_n of sequences, one value a search.

    Attributes:
        last: e_n where e_(m+1) <= (1 + g) e_m + v for each m > 0, and e_0 and e_1 are given.
        over_bound: e_n over what Lemma 3.3.4 of Susanna (2024) has, where e_(m+1) <= u_m e_m + v_m
            for each m >= 0, from e_0 on; u_m from [0, 1 + g] and v_m from [0, v].
    """

    last: Measurement
    over_bound: Measurement


def measure_recursions(
    *,
    count: int,
    growth: float,
    added: float,
    first: float,
    second: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> Recursions:
    """Search for the greatest e_n of sequences that grow by a recursion at most.

    What they lack of the recursion is drawn; the first try lacks nothing. It takes no device: a
    sequence is a few numbers.

    Args:
        count: n in [1, 1000].
        growth: g in [0, 10].
        added: v in [0, 1e6].
        first: e_0 in [1e-9, 1e6].
        second: e_1 in [0, 1e6].
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    count = arguments.integer("count", count, minimum=1, maximum=1000)
    growth = arguments.real("growth", growth, minimum=0, maximum=10)
    added = arguments.real("added", added, minimum=0, maximum=1e6)
    first = arguments.real("first", first, minimum=1e-9, maximum=1e6)
    second = arguments.real("second", second, minimum=0, maximum=1e6)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        kept = random.random((count, _TRIES)) ** 0.1
        kept[:, 0] = 1
        free = np.full(_TRIES, second)
        for share in kept[1:]:
            free = share * ((1 + growth) * free + added)
        factors = (1 + growth) * random.random((count, _TRIES)) ** 0.1
        addends = added * random.random((count, _TRIES))
        drawn = np.full(_TRIES, first)
        for share, u, v in zip(kept, factors, addends, strict=True):
            drawn = share * (u * drawn + v)
        # Their products from the last factor back, which is how the bound adds them up.
        behind = np.cumprod(factors[::-1], axis=0)[::-1]
        bound = behind[0] * first + (addends * np.append(behind[1:], [np.ones(_TRIES)], 0)).sum(0)
        found.append((free.max(), (drawn / bound).max()))
    settings = {
        "count": count, "growth": growth, "added": added, "first": first, "second": second,
        "networks": networks, "seed": seed, "first_network": first_network,
    }  # fmt: skip
    words = "greatest e_n of a search", "greatest e_n of a search over its bound"
    last, over_bound = measurements(words, np.array(found).T, settings)
    return Recursions(last=last, over_bound=over_bound)


def measure_grid_steps(
    *, depth: int, length: float, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Search for the greatest m with s in [t_k, t_(k+1)], s + tau in [t_(k+m), t_(k+m+1)].

    The grid is t_k = k/L. The first try begins just before a point of it. It takes no device: a
    draw is a few numbers.

    Args:
        depth: L >= 1.
        length: tau in [0, 1].
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    layers = arguments.integer("depth", depth, minimum=1)
    length = arguments.real("length", length, minimum=0, maximum=1)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        begins = random.uniform(0, layers * (1 - length), _TRIES)  # in units of the grid
        begins[0] = np.nextafter(np.ceil(begins[0]), 0)
        found.append((np.floor(begins + layers * length) - np.floor(begins)).max())
    return Measurement(
        quantity="greatest number of grid steps of a search",
        per_network=np.array(found),
        settings={
            "depth": depth, "length": length, "networks": networks, "seed": seed,
            "first_network": first_network,
        },
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class DescentSteps:
    """Gradients of the mean loss of N samples, one value a network.

    Attributes:
        share: of the sum of the samples' gradients that the gradient of J is, along that sum.
        formula_error: how far (2.36) of Susanna (2024), summed over the samples, is off that sum
            by automatic differentiation, in its norm.
    """

    share: Measurement
    formula_error: Measurement


def measure_descent_steps(
    *, depth: int, dim: int, samples: int, networks: int, seed: int, first_network: int = 0
) -> DescentSteps:
    """Measure gradients of residual networks of tanh and of their mean squared error over samples.

    It takes no device: networks of a few units are small calls.

    Args:
        depth: L in [1, 100], delta = L^(-1/2).
        dim: d in [1, 100].
        samples: N in [1, 1000].
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    layers = arguments.integer("depth", depth, minimum=1, maximum=100)
    dim = arguments.integer("dim", dim, minimum=1, maximum=100)
    samples = arguments.integer("samples", samples, minimum=1, maximum=1000)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        weights = random.standard_normal((layers, dim, dim)) / dim
        inputs, labels = random.standard_normal((2, samples, dim))
        mean, total = _by_differentiation(weights, inputs, labels)
        formula = _by_formula(weights, inputs, labels)
        square = (total * total).sum()
        error = np.sqrt(((formula - total) ** 2).sum() / square)
        found.append(((mean * total).sum() / square, error))
    settings = {
        "depth": depth, "dim": dim, "samples": samples, "networks": networks, "seed": seed,
        "first_network": first_network,
    }  # fmt: skip
    words = "share of the sum of gradients", "error of the printed gradient, relative"
    share, formula_error = measurements(words, np.array(found).T, settings)
    return DescentSteps(share=share, formula_error=formula_error)


@torch.inference_mode(False)
@torch.enable_grad()
def _by_differentiation(
    weights: np.ndarray, inputs: np.ndarray, labels: np.ndarray
) -> tuple[np.ndarray, np.ndarray]:
    """Return the gradients of the mean and of the sum of the losses, shape (L, d, d)."""
    variables, h = torch.tensor(weights, requires_grad=True), torch.tensor(inputs)
    for weight in variables:
        h = h + len(weights) ** -0.5 * torch.tanh(h @ weight.T)
    losses = ((h - torch.tensor(labels)) ** 2).sum(dim=1) / 2
    (of_mean,) = torch.autograd.grad(losses.mean(), variables, retain_graph=True)
    (of_sum,) = torch.autograd.grad(losses.sum(), variables)
    return of_mean.numpy(), of_sum.numpy()


def _by_formula(weights: np.ndarray, inputs: np.ndarray, labels: np.ndarray) -> np.ndarray:
    """Return (2.36) summed over the samples, its matrices multiplied out, shape (L, d, d)."""
    layers, dim = weights.shape[:2]
    delta, total = layers**-0.5, np.zeros_like(weights)
    for x, y in zip(inputs, labels, strict=True):
        hidden, slopes = [x], []
        for weight in weights:
            branch = np.tanh(weight @ hidden[-1])
            hidden.append(hidden[-1] + delta * branch)
            slopes.append(1 - branch**2)
        for k in range(layers):
            row = hidden[-1] - y
            for j in range(1, layers - k):
                block = slopes[layers - j][:, None] * weights[layers - j]
                row = row @ (np.eye(dim) + delta * block)
            total[k] += delta * np.outer(row * slopes[k], hidden[k])
    return total


def measure_carried_one(
    *, depth: int, dim: int, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Measure the last entry of (x; 1) after feed-forward layers of tanh of (W b; 0 1).

    It takes no device: layers are of a few units.

    Args:
        depth: L >= 1 layers.
        dim: d >= 1.
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    layers = arguments.integer("depth", depth, minimum=1)
    dim = arguments.integer("dim", dim, minimum=1)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        h = np.append(random.standard_normal(dim), 1)
        below = np.append(np.zeros(dim), 1)
        for _ in range(layers):
            h = np.tanh(np.vstack([random.standard_normal((dim, dim + 1)), below]) @ h)
        found.append(h[-1])
    return Measurement(
        quantity="last entry after layers without biases",
        per_network=np.array(found),
        settings={
            "depth": depth, "dim": dim, "networks": networks, "seed": seed,
            "first_network": first_network,
        },
    )  # fmt: skip


def measure_lipschitz(
    *, dim: int, radius: float, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Search for the greatest ||tanh(W h) - tanh(V g)|| / ||(h, W) - (g, V)|| in a ball.

    Of pairs that lie anywhere in it, and of neighbours. It takes no device: pairs are small.

    Args:
        dim: d >= 1.
        radius: K in [1e-6, 1e6], of the ball of (h, W).
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    dim = arguments.integer("dim", dim, minimum=1)
    radius = arguments.real("radius", radius, minimum=1e-6, maximum=1e6)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        pairs = random.standard_normal((2, _TRIES, dim + dim**2))
        pairs[1] = pairs[0] + 10 ** random.uniform(-3, 1, (_TRIES, 1)) * pairs[1]
        pairs *= (
            radius
            * random.random((2, _TRIES, 1)) ** 0.1
            / np.linalg.norm(pairs, axis=2, keepdims=True)
        )
        # The first: the same weights, of one entry, and opposite short inputs.
        pairs[:, 0] = 0
        pairs[:, 0, 0] = np.array([1, -1]) * 1e-3 * min(radius, 1 / radius)
        pairs[:, 0, dim] = radius * (1 - 1e-6)
        h, weights = pairs[:, :, :dim], pairs[:, :, dim:].reshape(2, _TRIES, dim, dim)
        images = np.tanh(np.einsum("ptij,ptj->pti", weights, h))
        apart = np.linalg.norm(pairs[1] - pairs[0], axis=1)
        found.append((np.linalg.norm(images[1] - images[0], axis=1) / apart).max())
    return Measurement(
        quantity="greatest quotient of distances of a search",
        per_network=np.array(found),
        settings={
            "dim": dim, "radius": radius, "networks": networks, "seed": seed,
            "first_network": first_network,
        },
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Tensors:
    """The greatest norms of what tensors make of tensors, one value a search.

    Attributes:
        product: ||T v|| / (||T|| ||v||) of tensors of orders n and n - k, contracted.
        activated: ||tanh(A v)|| / (||A|| ||v||) of a matrix and a vector.
    """

    product: Measurement
    activated: Measurement


def measure_tensors(
    *, dim: int, order: int, kept: int, networks: int, seed: int, first_network: int = 0
) -> Tensors:
    """Search for the greatest norms that Appendix A of Susanna (2024) bounds.

    The first try has T = a x v, which is the greatest there is. It takes no device: tensors are
    small.

    Args:
        dim: d in [1, 30].
        order: n in [1, 4], of T.
        kept: k in [0, n - 1], of T v.
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    dim = arguments.integer("dim", dim, minimum=1, maximum=30)
    order = arguments.integer("order", order, minimum=1, maximum=4)
    kept = arguments.integer("kept", kept, minimum=0, maximum=order - 1)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        tensor = random.standard_normal((_TRIES, dim**kept, dim ** (order - kept)))
        vector = random.standard_normal((_TRIES, dim ** (order - kept)))
        tensor[0] = np.outer(random.standard_normal(dim**kept), vector[0])
        norms = np.linalg.norm(tensor, axis=(1, 2)) * np.linalg.norm(vector, axis=1)
        product = np.linalg.norm((tensor * vector[:, None]).sum(axis=2), axis=1) / norms
        matrix, v = (
            random.standard_normal((_TRIES, dim, dim)),
            random.standard_normal((_TRIES, dim)),
        )
        matrix[0] = np.outer(random.standard_normal(dim), v[0])
        v *= 10 ** random.uniform(-4, 0, (_TRIES, 1))
        norms = np.linalg.norm(matrix, axis=(1, 2)) * np.linalg.norm(v, axis=1)
        through = np.tanh((matrix * v[:, None]).sum(axis=2))
        found.append((product.max(), (np.linalg.norm(through, axis=1) / norms).max()))
    settings = {
        "dim": dim, "order": order, "kept": kept, "networks": networks, "seed": seed,
        "first_network": first_network,
    }  # fmt: skip
    words = "greatest norm of a contraction", "greatest norm of an activated vector"
    product, activated = measurements(words, np.array(found).T, settings)
    return Tensors(product=product, activated=activated)
