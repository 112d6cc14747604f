"""Weights for which gradients and norms come nearest to what Theorems 4 and 5 say bounds them.

A search starts from random weights and an input, follows the gradient of the logarithm of a ratio
of a gradient or norm to its bound, and tells the greatest ratio on its way. No ratio depends on
the scale of a layer, but those to a power of a sum over the layers.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from itertools import pairwise

import torch

from numerics.fisher.tangent_kernel import squared_norms
from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import in_chunks

_STEPS, _STRIDE, _DECAY = 30, 0.5, 0.9  # of a search, in units of a matrix's norm
_CHUNK = 512  # searches at a time

Weights = list[torch.Tensor]
Features = Callable[[Weights, torch.Tensor], dict[str, torch.Tensor]]
Objective = Callable[[Weights, torch.Tensor], torch.Tensor]
Norm = Callable[[torch.Tensor], torch.Tensor]
Ratios = Mapping[str, tuple[str, str]]


@dataclass(frozen=True, kw_only=True)
class NormSearch:
    """Searches of small perceptrons, h^l = max(0, W^l h^(l-1)), without biases.

    Attributes:
        depth: L >= 1 weight matrices.
        width: D >= 1 units of each hidden layer.
        inputs: D_0 >= 1.
        norm: b in [1e-3, 1e3], the norm of each layer, or of all layers together.
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    depth: int
    width: int
    inputs: int
    norm: float
    networks: int
    seed: int
    first_network: int = 0

    def __post_init__(self) -> None:
        for name in ("depth", "width", "inputs"):
            arguments.integer(name, getattr(self, name), minimum=1)
        arguments.real("norm", self.norm, minimum=1e-3, maximum=1e3)
        arguments.seed(self.seed)
        arguments.network_range(self.first_network, self.networks)

    def found(self, features: Features, ratios: Ratios, scale: float) -> dict[str, Measurement]:
        """Return the greatest of each ratio, one value a search.

        Args:
            features: logarithms of what ratios are made of.
            ratios: the features above and below the line, by name of the ratio.
            scale: what those at norms, which have "_at_" in their name, are multiplied by.
        """
        block = arguments.network_range(self.first_network, self.networks)

        def ascend(some: range) -> dict[str, torch.Tensor]:
            weights, inputs = self._drawn(some)
            # All ratios at once, each from the same start: networks of few units are many calls.
            count = len(ratios)
            weights = [weight.repeat(count, 1, 1) for weight in weights]
            inputs = inputs.repeat(count, 1)

            def sought(weights: Weights, inputs: torch.Tensor) -> torch.Tensor:
                logs = features(weights, inputs)
                return torch.cat(
                    [
                        (logs[above] - logs[below]).view(count, -1)[place]
                        for place, (above, below) in enumerate(ratios.values())
                    ]
                )

            greatest = _greatest(sought, weights, inputs).exp().view(count, -1)
            return {
                name: found * scale if "_at_" in name else found
                for name, found in zip(ratios, greatest, strict=True)
            }

        values = in_chunks(ascend, block, _CHUNK)
        return {
            name: Measurement(
                quantity=f"greatest {name.replace('_', ' ')} of a search",
                per_network=values[name],
                settings=vars(self),
            )
            for name in ratios
        }

    def _drawn(self, block: range) -> tuple[Weights, torch.Tensor]:
        sizes = (self.inputs, *[self.width] * (self.depth - 1), 1)
        generators = [keyed.generator(seed=self.seed, network=k) for k in block]
        weights = [
            keyed.standard_normals(generators, below * above).double().view(-1, above, below)
            for below, above in pairwise(sizes)
        ]
        return weights, keyed.standard_normals(generators, self.inputs).double()


@dataclass(frozen=True, kw_only=True)
class ExtremeProducts:
    """Extremes at layers of the norm b each, in the sense that is named, one value a search.

    Attributes:
        gradient_at_spectral_norms: the greatest |grad f|_2.
        gradient_at_frobenius_norms: the same.
        gradient_at_induced_norms: the same, at the greatest sum of absolute entries of a column.
        spectral_at_entrywise_norms: the greatest product of spectral norms, at sums of absolute
            entries.
        frobenius_at_entrywise_norms: that of norms of Frobenius.
        spectral_at_induced_norms: that of spectral norms, at sums of columns.
    """

    gradient_at_spectral_norms: Measurement
    gradient_at_frobenius_norms: Measurement
    gradient_at_induced_norms: Measurement
    spectral_at_entrywise_norms: Measurement
    frobenius_at_entrywise_norms: Measurement
    spectral_at_induced_norms: Measurement


def measure_extreme_products(search: NormSearch) -> ExtremeProducts:
    """Search for violations of Theorem 4 of Furusho (2020) in each sense of its norms.

    It takes no device: networks of a few units are small calls.
    """

    def features(weights: Weights, inputs: torch.Tensor) -> dict[str, torch.Tensor]:
        norms = {
            "spectral": _spectral,
            "frobenius": _frobenius,
            "entrywise": _entries,
            "induced": _induced,
        }
        products = {name: _product(weights, norm) for name, norm in norms.items()}
        return {"gradient": _gradient(weights, inputs), **products}

    ratios = {
        "gradient_at_spectral_norms": ("gradient", "spectral"),
        "gradient_at_frobenius_norms": ("gradient", "frobenius"),
        "gradient_at_induced_norms": ("gradient", "induced"),
        "spectral_at_entrywise_norms": ("spectral", "entrywise"),
        "frobenius_at_entrywise_norms": ("frobenius", "entrywise"),
        "spectral_at_induced_norms": ("spectral", "induced"),
    }
    return ExtremeProducts(**search.found(features, ratios, search.norm**search.depth))


@dataclass(frozen=True, kw_only=True)
class ExtremePaths:
    """Extremes of path norms and gradients, one value a search.

    Attributes:
        gradient_over_path_norm: the greatest |grad f|_2 over the path norm.
        gradient_over_input_paths: over the Euclidean norm of the path sums of the inputs.
        gradient_over_signed_paths: over that of the larger, for each input, of its sums over
            paths of positive and of negative weight.
        gradient_over_merged_norms: over sum of products of spectral norms of consecutive layers
            multiplied together, on average over which of them are.
        path_norm_at_entrywise_norms: the greatest path norm, at sums of absolute entries that
            sum to b over the layers.
        path_norm_at_induced_norms: the same at greatest sums of columns.
    """

    gradient_over_path_norm: Measurement
    gradient_over_input_paths: Measurement
    gradient_over_signed_paths: Measurement
    gradient_over_merged_norms: Measurement
    path_norm_at_entrywise_norms: Measurement
    path_norm_at_induced_norms: Measurement


def measure_extreme_paths(search: NormSearch) -> ExtremePaths:
    """Search for violations of Theorem 5 of Furusho (2020), and of sharper bounds.

    It takes no device: networks of a few units are small calls.
    """

    def euclidean(sums: torch.Tensor) -> torch.Tensor:
        return _logarithm(squared_norms(sums)) / 2

    def power_of_sum(norm: Norm, weights: Weights) -> torch.Tensor:
        return search.depth * _logarithm(torch.stack([norm(one) for one in weights]).sum(dim=0))

    def features(weights: Weights, inputs: torch.Tensor) -> dict[str, torch.Tensor]:
        sums = input_paths(weights)
        return {
            "gradient": _gradient(weights, inputs),
            "path_norm": _logarithm(sums.sum(dim=1)),
            "input_paths": euclidean(sums),
            "signed_paths": euclidean(signed_paths(weights)),
            "merged_norms": _logarithm(merged_norms(weights)),
            "entrywise": power_of_sum(_entries, weights),
            "induced": power_of_sum(_induced, weights),
        }

    ratios = {
        "gradient_over_path_norm": ("gradient", "path_norm"),
        "gradient_over_input_paths": ("gradient", "input_paths"),
        "gradient_over_signed_paths": ("gradient", "signed_paths"),
        "gradient_over_merged_norms": ("gradient", "merged_norms"),
        "path_norm_at_entrywise_norms": ("path_norm", "entrywise"),
        "path_norm_at_induced_norms": ("path_norm", "induced"),
    }
    return ExtremePaths(**search.found(features, ratios, search.norm**search.depth))


# Norms of each matrix of a batch, (searches, rows, columns) -------------------------------------


def _spectral(matrix: torch.Tensor) -> torch.Tensor:
    rows, columns = matrix.shape[1:]
    if 1 in (rows, columns):
        return _frobenius(matrix)
    return torch.linalg.matrix_norm(matrix, ord=2)


def _frobenius(matrix: torch.Tensor) -> torch.Tensor:
    return squared_norms(matrix.flatten(start_dim=1)).clamp(min=1e-300).sqrt()


def _entries(matrix: torch.Tensor) -> torch.Tensor:
    return matrix.abs().sum(dim=(1, 2))


def _induced(matrix: torch.Tensor) -> torch.Tensor:
    return matrix.abs().sum(dim=1).amax(dim=1)


# Of networks of a batch -------------------------------------------------------------------------


def input_paths(weights: Weights) -> torch.Tensor:
    """Return sums of absolute weights of the paths from each input, shape (networks, D_0)."""
    sums = weights[-1].abs()
    for weight in reversed(weights[:-1]):
        sums = sums @ weight.abs()
    return sums.sum(dim=1)


def signed_paths(weights: Weights) -> torch.Tensor:
    """Return the larger of the sums over positive and negative paths of each input.

    The gradient by an input lies between the two, of one output: a gate opens or closes a path.
    Both take a pass of two numbers a unit.
    """
    positive, negative = weights[-1].clamp(min=0), (-weights[-1]).clamp(min=0)
    for weight in reversed(weights[:-1]):
        up, down = weight.clamp(min=0), (-weight).clamp(min=0)
        positive, negative = positive @ up + negative @ down, positive @ down + negative @ up
    return torch.maximum(positive, negative)[:, 0]


def merged_norms(weights: Weights) -> torch.Tensor:
    """Return the bound of Combettes and Pesquet (2020): gates are (1 + sign)/2.

    2^(1-L) times the sum, over ways to cut the layers into runs, of the product of the spectral
    norms of the runs' matrices multiplied together.
    """
    bounds = [torch.ones_like(weights[0][:, 0, 0])]
    for last in range(len(weights)):
        run, terms = weights[last], []
        for first in range(last, -1, -1):
            if first < last:
                run = run @ weights[first]
            terms.append(bounds[first] * _spectral(run))
        bounds.append(torch.stack(terms).sum(dim=0))
    return bounds[-1] / 2 ** (len(weights) - 1)


def _logarithm(x: torch.Tensor) -> torch.Tensor:
    return x.clamp(min=1e-300).log()


def _product(weights: Weights, norm: Norm) -> torch.Tensor:
    """Return logarithms of products of norms over the layers."""
    return torch.stack([_logarithm(norm(weight)) for weight in weights]).sum(dim=0)


def _gradient(weights: Weights, inputs: torch.Tensor) -> torch.Tensor:
    """Return log |grad f(x)|_2."""
    hidden = inputs[:, :, None]
    slopes = torch.eye(inputs.shape[1], dtype=inputs.dtype).expand(len(inputs), -1, -1)
    for weight in weights[:-1]:
        hidden = weight @ hidden
        slopes = (weight @ slopes) * (hidden > 0)
        hidden = hidden.relu()
    return _logarithm(squared_norms((weights[-1] @ slopes)[:, 0])) / 2


@torch.inference_mode(False)
@torch.enable_grad()
def _greatest(sought: Objective, start: Weights, inputs: torch.Tensor) -> torch.Tensor:
    """Return the greatest value of each search, whose steps shrink."""
    weights = [one.clone().requires_grad_() for one in start]
    inputs = inputs.clone()
    value = sought(weights, inputs)
    best = value.detach()
    for step in range(_STEPS):
        slopes = torch.autograd.grad(value.sum(), weights)
        stride = _STRIDE * _DECAY**step
        moved = []
        for weight, slope in zip(weights, slopes, strict=True):
            length = _frobenius(slope)[:, None, None]
            towards = slope / torch.where(length > 1e-140, length, 1)
            size = _frobenius(weight.detach())[:, None, None]
            moved.append((weight.detach() + stride * size * towards).requires_grad_())
        weights = moved
        value = sought(weights, inputs)
        best = torch.maximum(best, value.detach())
    return best
