"""Extremes of layers, Jacobians and gradients over weights of given norms, found by ascent.

The networks are h_(k+1) = h_k + delta tanh(W_k h_k) with d x d weights. A search starts from random
weights and inputs, follows the gradient of the logarithm of what is sought on the spheres of their
norms, and tells the most extreme value on its way.
"""

import itertools
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import torch

from numerics.fisher.tangent_kernel import squared_norms
from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import in_chunks

_STEPS, _STRIDE = 24, 0.4  # of a search, and how far a step goes, in units of the radius
_CHUNK = 256  # searches at a time
_LEAST_INPUT = 1e-3  # small inputs make tanh linear, where the bounds are tightest

Variables = list[torch.Tensor]


@dataclass(frozen=True)
class Sphere:
    """Where a variable of a search lies.

    Attributes:
        shape: of the variable.
        norm: its norm over the last axes; None if it is drawn between _LEAST_INPUT and 1.
        axes: how many these are.
    """

    shape: tuple[int, ...]
    norm: float | None
    axes: int

    def project(self, x: torch.Tensor, norms: torch.Tensor) -> torch.Tensor:
        """Return variables, a row for each search, with norms of shape (searches, 1, ..)."""
        found = (x * x).sum(dim=tuple(range(-self.axes, 0)), keepdim=True).sqrt()
        return x / torch.where(found > 0, found, 1) * norms


@dataclass(frozen=True, kw_only=True)
class Search:
    """Searches of networks whose layers all have weights of one norm.

    Attributes:
        depth: L >= 1.
        dim: d >= 1.
        strength: s in [1e-12, 1e3], the sum of delta ||W_k|| over the layers.
        alpha: in [0, 1]; delta = L^-alpha.
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    depth: int
    dim: int
    strength: float
    alpha: float
    networks: int
    seed: int
    first_network: int = 0

    def __post_init__(self) -> None:
        arguments.integer("depth", self.depth, minimum=1)
        arguments.integer("dim", self.dim, minimum=1)
        arguments.real("strength", self.strength, minimum=1e-12, maximum=1e3)
        arguments.real("alpha", self.alpha, minimum=0, maximum=1)
        arguments.network_range(self.first_network, self.networks)

    @property
    def delta(self) -> float:
        """The scale L^-alpha of the residual branch."""
        return float(self.depth**-self.alpha)

    def weights(self) -> Sphere:
        """Return the shape of a search's weights and the norm of each layer's."""
        norm = self.strength / (self.depth * self.delta)
        return Sphere((self.depth, self.dim, self.dim), norm, axes=2)

    def vector(self, norm: float | None = None) -> Sphere:
        """Return those of a vector of d entries, of a norm that is drawn if none is given."""
        return Sphere((self.dim,), norm, axes=1)


@dataclass(frozen=True, kw_only=True)
class ExtremeLayers:
    """Extremes at weights of norm s / (L delta) in every layer, one value a search.

    Attributes:
        growth: the greatest ||h_L|| / ||x||.
        shrinkage: the least.
        squared_change: the greatest (||h_(k+1)||^2 / ||h_k||^2 - 1)^2.
    """

    growth: Measurement
    shrinkage: Measurement
    squared_change: Measurement


def measure_extreme_layers(search: Search) -> ExtremeLayers:
    """Search for the extremes that Lemmas 3.2.1 and 3.2.2 of Susanna (2024) bound.

    It takes no device: networks of a few units are small calls.
    """
    delta = search.delta

    def ratios(variables: Variables) -> torch.Tensor:
        """||h_(k+1)||^2 / ||h_k||^2, shape (L, searches)."""
        squares = [squared_norms(one) for one in _layers(variables[0], variables[1], delta)[0]]
        return torch.stack([one / below for below, one in itertools.pairwise(squares)])

    def growth(variables: Variables) -> torch.Tensor:
        return ratios(variables).log().sum(dim=0) / 2

    def change(variables: Variables) -> torch.Tensor:
        return (ratios(variables) - 1).square().amax(dim=0).log()

    def found(block: range) -> dict[str, torch.Tensor]:
        start = _drawn(search.seed, block, search.weights(), search.vector())
        return {
            "growth": _greatest(growth, start).exp(),
            "shrinkage": (-_greatest(lambda variables: -growth(variables), start)).exp(),
            "squared_change": _greatest(change, start).exp(),
        }

    words = {
        "growth": "greatest ||h_L|| / ||x|| of a search",
        "shrinkage": "least ||h_L|| / ||x|| of a search",
        "squared_change": "greatest squared relative change of ||h||^2 by a layer",
    }
    return ExtremeLayers(**_measured(found, words, vars(search)))


@dataclass(frozen=True, kw_only=True)
class ExtremeJacobians:
    """Extremes of M_0 = dh_L/dx at weights of norm s / (L delta) in every layer, one a search.

    Attributes:
        jacobian: the greatest ||M_0||.
        spectral_jacobian: the greatest singular value of M_0.
    """

    jacobian: Measurement
    spectral_jacobian: Measurement


def measure_extreme_jacobians(search: Search) -> ExtremeJacobians:
    """Search for the greatest Jacobians that Lemma 3.2.1 of Susanna (2024) bounds.

    It takes no device: networks of a few units are small calls.
    """
    delta = search.delta

    def norm(variables: Variables) -> torch.Tensor:
        whole, _ = _jacobians(variables[0], variables[1], delta)
        return squared_norms(whole.flatten(start_dim=1)).log() / 2

    def spectral(variables: Variables) -> torch.Tensor:
        whole, _ = _jacobians(variables[0], variables[1], delta)
        return torch.linalg.matrix_norm(whole, ord=2).log()

    def found(block: range) -> dict[str, torch.Tensor]:
        start = _drawn(search.seed, block, search.weights(), search.vector())
        return {
            "jacobian": _greatest(norm, start).exp(),
            "spectral_jacobian": _greatest(spectral, start).exp(),
        }

    words = {
        "jacobian": "greatest ||M_0|| of a search",
        "spectral_jacobian": "greatest singular value of M_0 of a search",
    }
    return ExtremeJacobians(**_measured(found, words, vars(search)))


@dataclass(frozen=True, kw_only=True)
class ExtremeGradients:
    """Extremes of gradients by one layer's weights, one value a search.

    Attributes:
        factor: the greatest ||grad_0 J|| of two samples, over delta max ||M_1|| ||x|| and the root
            of the mean square gradient of the loss, at weights of norm s / (L delta).
    """

    factor: Measurement


def measure_extreme_gradients(search: Search) -> ExtremeGradients:
    """Search for the greatest gradient that Lemma 3.2.3 of Susanna (2024) bounds.

    It takes no device: networks of a few units are small calls.
    """
    delta = search.delta

    def factor(variables: Variables) -> torch.Tensor:
        weights, *samples = variables
        gradients, norms, squares = [], [], []
        for x, g in (samples[:2], samples[2:]):
            layers, slopes = _layers(weights, x, delta)
            above = _jacobians(weights, x, delta)[1]
            back = slopes[0] * (above * g[:, :, None]).sum(dim=1)
            gradients.append(delta * back[:, :, None] * layers[0][:, None])
            norms.append((squared_norms(above.flatten(start_dim=1)) * squared_norms(x)).sqrt())
            squares.append(squared_norms(g))
        mean = (gradients[0] + gradients[1]).flatten(start_dim=1) / 2
        bound = delta * torch.maximum(*norms) * ((squares[0] + squares[1]) / 2).sqrt()
        return squared_norms(mean).log() / 2 - bound.log()

    def found(block: range) -> dict[str, torch.Tensor]:
        sample = search.vector(), search.vector(1.0)
        start = _drawn(search.seed, block, search.weights(), *sample, *sample)
        return {"factor": _greatest(factor, start).exp()}

    words = {"factor": "greatest gradient of a search, over the norms that bound it"}
    return ExtremeGradients(**_measured(found, words, vars(search)))


@dataclass(frozen=True, kw_only=True)
class ExtremeIncrements:
    """Extremes of ||grad_1 J - grad_0 J|| of two layers, one value a search.

    With G = sqrt(d) ||M_2|| times the root of the mean square gradient of the loss, M_2 = I.

    Attributes:
        difference: the greatest, over G.
        over_bound: the greatest over G (delta r^2 c + delta^2 r (a b r + a + b)), c the norm of
            W_1 - W_0.
    """

    difference: Measurement
    over_bound: Measurement


def measure_extreme_increments(
    *,
    dim: int,
    scale: float,
    first_norm: float,
    norm: float,
    input_norm: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> ExtremeIncrements:
    """Search for what the gradients of two layers differ by at most (Susanna 2024, Lemma 3.2.4).

    It takes no device: networks of a few units are small calls.

    Args:
        dim: d >= 1.
        scale: delta in (0, 1].
        first_norm: a = ||W_0|| in [0, 1e3].
        norm: b = ||W_1|| in (0, 1e3].
        input_norm: r = ||h_0|| in (0, 1e3].
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    dim = arguments.integer("dim", dim, minimum=1)
    delta = arguments.real("scale", scale, minimum=1e-12, maximum=1)
    a = arguments.real("first_norm", first_norm, minimum=0, maximum=1e3)
    b = arguments.real("norm", norm, minimum=1e-12, maximum=1e3)
    r = arguments.real("input_norm", input_norm, minimum=1e-12, maximum=1e3)

    def difference(variables: Variables) -> torch.Tensor:
        first, second, x, g = variables
        weights = torch.stack([first, second], dim=1)
        layers, slopes = _layers(weights, x, delta)
        of_second = (slopes[1] * g)[:, :, None] * layers[1][:, None]
        back = g + delta * (second * (slopes[1] * g)[:, :, None]).sum(dim=1)
        of_first = (slopes[0] * back)[:, :, None] * layers[0][:, None]
        apart = delta * (of_second - of_first).flatten(start_dim=1)
        return (squared_norms(apart) / (dim**2 * squared_norms(g))).clamp(min=1e-300).log() / 2

    def over_bound(variables: Variables) -> torch.Tensor:
        first, second = variables[:2]
        apart = squared_norms((second - first).flatten(start_dim=1)).clamp(min=1e-300).sqrt()
        bound = delta * r**2 * apart + delta**2 * r * (a * b * r + a + b)
        return difference(variables) - bound.log()

    def found(block: range) -> dict[str, torch.Tensor]:
        weights = Sphere((dim, dim), a, axes=2), Sphere((dim, dim), b, axes=2)
        vectors = Sphere((dim,), r, axes=1), Sphere((dim,), 1.0, axes=1)
        start = _drawn(seed, block, *weights, *vectors)
        return {
            "difference": _greatest(difference, start).exp(),
            "over_bound": _greatest(over_bound, start).exp(),
        }

    settings = {
        "dim": dim, "scale": scale, "first_norm": first_norm, "norm": norm,
        "input_norm": input_norm, "networks": networks, "seed": seed,
        "first_network": first_network,
    }  # fmt: skip
    words = {
        "difference": "greatest difference of gradients of two layers, over G",
        "over_bound": "greatest difference of gradients of two layers, over its bound",
    }
    return ExtremeIncrements(**_measured(found, words, settings))


def _measured(
    found: Callable[[range], dict[str, torch.Tensor]],
    quantities: Mapping[str, str],
    settings: Mapping[str, Any],
) -> dict[str, Measurement]:
    block = arguments.network_range(settings["first_network"], settings["networks"])
    values = in_chunks(found, block, _CHUNK)
    return {
        name: Measurement(quantity=quantity, per_network=values[name], settings=settings)
        for name, quantity in quantities.items()
    }


def _layers(weights: torch.Tensor, x: torch.Tensor, delta: float) -> tuple[Variables, Variables]:
    """Return h_0..h_L and tanh'(W_k h_k), shape (searches, d) each."""
    layers, slopes = [x], []
    for weight in weights.unbind(dim=1):
        branch = (weight * layers[-1][:, None]).sum(dim=2).tanh()
        layers.append(layers[-1] + delta * branch)
        slopes.append(1 - branch * branch)
    return layers, slopes


def _jacobians(
    weights: torch.Tensor, x: torch.Tensor, delta: float
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return dh_L/dh_0 and dh_L/dh_1, shape (searches, d, d)."""
    _, slopes = _layers(weights, x, delta)
    product = torch.eye(x.shape[1], dtype=x.dtype).expand(len(x), -1, -1)
    above = product
    for weight, slope in zip(reversed(weights.unbind(dim=1)), reversed(slopes), strict=True):
        above = product
        block = slope[:, :, None] * weight
        product = above + delta * (above[..., None] * block[:, None]).sum(dim=2)
    return product, above


@dataclass(frozen=True)
class _Drawn:
    """A variable of some searches: values, shape (searches, *shape), and their norms."""

    values: torch.Tensor
    norms: torch.Tensor
    sphere: Sphere

    def moved(self, x: torch.Tensor, slope: torch.Tensor | None) -> torch.Tensor:
        """Return x after a step along the slope of its logarithm, on the sphere."""
        step = 0 if slope is None else self.sphere.project(slope, _STRIDE * self.norms)
        return self.sphere.project(x.detach() + step, self.norms).requires_grad_()


def _drawn(seed: int, block: range, *spheres: Sphere) -> list[_Drawn]:
    """Draw variables of the searches of a block."""
    generators = [keyed.generator(seed=seed, network=k) for k in block]
    drawn = []
    for sphere in spheres:
        count = int(torch.Size(sphere.shape).numel())
        normals = keyed.standard_normals(generators, count).view(-1, *sphere.shape).double()
        uniform = torch.stack([torch.rand((), generator=one).double() for one in generators])
        norms = _LEAST_INPUT**uniform
        if sphere.norm is not None:
            norms = torch.full_like(uniform, sphere.norm)
        norms = norms.view(-1, *(1,) * len(sphere.shape))
        drawn.append(_Drawn(sphere.project(normals, norms), norms, sphere))
    return drawn


@torch.inference_mode(False)
@torch.enable_grad()
def _greatest(sought: Callable[[Variables], torch.Tensor], start: list[_Drawn]) -> torch.Tensor:
    """Return the greatest value of a search, which follows the gradient along the spheres."""
    variables = [one.values.clone().requires_grad_() for one in start]
    value = sought(variables)
    best = value.detach()
    for _ in range(_STEPS):
        slopes = torch.autograd.grad(value.sum(), variables, allow_unused=True)
        variables = [
            one.moved(x, slope) for one, x, slope in zip(start, variables, slopes, strict=True)
        ]
        value = sought(variables)
        best = torch.maximum(best, value.detach())
    return best
