"""Perceptrons with biases that are trained under several regularisers at once.

h^l = max(0, W^l h^(l-1) + b^l) of a last layer without the maximum, as eq 4 of Furusho (2020) but
for the biases. A run is a network under a regulariser; all runs are trained in one program, along
the leading axis. Networks start by He's rule, with biases of 0, alike under all regularisers.
"""

from __future__ import annotations

import itertools

import numpy as np
import torch

from numerics.simulation import keyed
from numerics.simulation.batched import aligned
from numerics.simulation.products import aligned_copy, product

REGULARISERS = ("none", "weight decay", "L1", "path")

_DECAYS = (0.9, 0.999)  # of Adam's means of gradients and of their squares, its authors' own
_FLOOR = 1e-8
_LEAST = 1e-30  # norm, of which the gradient is 0 where the weights are


class Runs:
    """Networks of a block under each regulariser: runs (regulariser, network), network fastest.

    ``weights`` have shape (runs, units, units below) and ``biases`` (runs, 1, units).
    """

    def __init__(
        self,
        sizes: tuple[int, ...],
        block: range,
        seed: int,
        coefficients: tuple[float, ...],
        like: torch.Tensor,
    ) -> None:
        """Draw the networks.

        Args:
            sizes: units of each layer, inputs first and the one output last.
            block: which networks.
            seed: of the networks.
            coefficients: C of each regulariser, in the order of ``REGULARISERS``; of the first
                few alone where it has fewer.
            like: dtype and device of all that is computed.
        """
        generators = [keyed.generator(seed=seed, network=k) for k in block]
        self.coefficients = coefficients
        self.networks = len(block)
        self.weights, self.biases = [], []
        for below, above in itertools.pairwise(sizes):
            drawn = keyed.standard_normals(generators, above * below).to(like)
            matrices = drawn.reshape(len(block), above, below) * (2 / below) ** 0.5
            self.weights.append(aligned_copy(matrices.repeat(len(coefficients), 1, 1)))
            self.biases.append(like.new_zeros(len(coefficients) * len(block), 1, above))

    def of(self, regulariser: str) -> slice:
        """Places of the runs of a regulariser."""
        first = REGULARISERS.index(regulariser) * self.networks
        return slice(first, first + self.networks)

    def of_all(self, values: np.ndarray) -> torch.Tensor:
        """Return matrices of every run, of those of every network, shape (networks, ., .)."""
        matrices = torch.from_numpy(values).to(self.weights[0])
        return aligned_copy(matrices.repeat(len(self.coefficients), 1, 1))

    def by_network(self, values: torch.Tensor) -> torch.Tensor:
        """Return what is known of every run in shape (networks, regularisers, ...)."""
        return values.unflatten(0, (-1, self.networks)).transpose(0, 1)

    def spread_biases(self, randoms: list[np.random.Generator]) -> None:
        """Draw biases uniformly, up to one over the root of the number of units below."""
        for weight, bias in zip(self.weights, self.biases, strict=True):
            drawn = [one.uniform(-1, 1, (1, weight.shape[1])) for one in randoms]
            bias.copy_(self.of_all(np.stack(drawn) * weight.shape[2] ** -0.5))

    def forward(self, inputs: torch.Tensor) -> list[torch.Tensor]:
        """Return inputs and values of every layer, each of shape (runs, samples, units)."""
        values = [inputs]
        for number, (weight, bias) in enumerate(zip(self.weights, self.biases, strict=True), 1):
            found = product(values[-1], weight.mT).add_(bias)
            values.append(found if number == len(self.weights) else found.relu_())
        return values

    def gradients(
        self, values: list[torch.Tensor], error: torch.Tensor
    ) -> list[tuple[torch.Tensor, torch.Tensor]]:
        """Return gradients of the objective by weights and biases, layer by layer.

        Args:
            values: of every layer, as ``forward`` returns them.
            error: the loss's gradient by the outputs, shape (runs, samples, 1).
        """
        found = []
        ones = aligned_copy(error.new_ones(1, 1, error.shape[1]).expand(len(error), -1, -1))
        for place in range(len(self.weights) - 1, -1, -1):
            found.append((product(error.mT, values[place]), product(ones, error)))
            if place:
                error = product(error, self.weights[place]).mul_(values[place] > 0)
        found.reverse()
        self._penalise([by_weights for by_weights, _ in found])
        return found

    def _penalise(self, gradients: list[torch.Tensor]) -> None:
        """Add the gradients of C times each regulariser."""
        for name, coefficient in zip(REGULARISERS[1:], self.coefficients[1:], strict=False):
            place = self.of(name)
            weights = [aligned_copy(weight[place]) for weight in self.weights]
            for gradient, by_weight in zip(gradients, _SLOPES[name](weights), strict=True):
                gradient[place] += coefficient * by_weight

    def products_of_norms(self) -> torch.Tensor:
        """Return the product over the layers of norms of Frobenius, shape (runs,)."""
        found = torch.ones_like(_sums(self.weights[0]))
        for weight in self.weights:
            found *= _squared_norms(weight).sqrt()
        return found

    def norms(self) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
        """Return eq 6's sums of norms of Frobenius and of absolute entries, and eq 7's path norm.

        Each has shape (runs,).
        """
        absolute = [aligned_copy(weight.abs()) for weight in self.weights]
        frobenius, entries = (torch.zeros_like(_sums(absolute[0])) for _ in range(2))
        for weight in absolute:  # one by one: torch's sums over layers depend on the number of runs
            frobenius += _squared_norms(weight).sqrt()
            entries += _sums(weight)
        paths = product(_sums_from_the_inputs(absolute)[-1], absolute[-1].mT)
        return frobenius, entries, paths[:, 0, 0].double()


def _sums_from_the_inputs(absolute: list[torch.Tensor]) -> list[torch.Tensor]:
    """Return sums over paths from the inputs to units below each layer, (runs, 1, units)."""
    runs, _, inputs = absolute[0].shape
    found = [aligned_copy(absolute[0].new_ones(runs, 1, inputs))]
    for weight in absolute[:-1]:
        found.append(product(found[-1], weight.mT))
    return found


def _slopes_of_frobenius(weights: list[torch.Tensor]) -> list[torch.Tensor]:
    norms = [_squared_norms(weight).sqrt().clamp_min(_LEAST) for weight in weights]
    return [weight / norm[:, None, None] for weight, norm in zip(weights, norms, strict=True)]


def _slopes_of_entries(weights: list[torch.Tensor]) -> list[torch.Tensor]:
    return [weight.sign() for weight in weights]


def _slopes_of_paths(weights: list[torch.Tensor]) -> list[torch.Tensor]:
    absolute = [aligned_copy(weight.abs()) for weight in weights]
    below = _sums_from_the_inputs(absolute)
    above = aligned_copy(absolute[-1].new_ones(len(absolute[-1]), 1, 1))
    found = []
    for weight, size, sums in zip(weights[::-1], absolute[::-1], below[::-1], strict=True):
        found.append(product(above, sums) * weight.sign())
        above = product(size.mT, above)
    return found[::-1]


_SLOPES = {
    "weight decay": _slopes_of_frobenius,
    "L1": _slopes_of_entries,
    "path": _slopes_of_paths,
}
"""Gradients of each regulariser by the weights of each layer."""


def _sums(matrices: torch.Tensor) -> torch.Tensor:
    rows = aligned_copy(matrices.double().flatten(1)[:, None])
    return product(rows, torch.ones_like(rows).mT)[:, 0, 0]


def _squared_norms(matrices: torch.Tensor) -> torch.Tensor:
    rows = aligned_copy(matrices.double().flatten(1)[:, None])
    return product(rows, rows.mT)[:, 0, 0]


class Adam:
    """Adam (Kingma and Ba 2015) on the parameters of runs, in place."""

    def __init__(self, runs: Runs, rate: float) -> None:
        self.runs, self.rate, self.steps = runs, rate, 0
        parameters = [*zip(runs.weights, runs.biases, strict=True)]
        self._means = [[_zeros(one) for one in pair] for pair in parameters]
        self._squares = [[_zeros(one) for one in pair] for pair in parameters]

    def step(self, gradients: list[tuple[torch.Tensor, torch.Tensor]]) -> None:
        """Move all parameters."""
        self.steps += 1
        first, second = (1 - decay**self.steps for decay in _DECAYS)
        parameters = zip(self.runs.weights, self.runs.biases, strict=True)
        for pair, by, means, squares in zip(
            parameters, gradients, self._means, self._squares, strict=True
        ):
            for parameter, gradient, mean, square in zip(pair, by, means, squares, strict=True):
                mean.mul_(_DECAYS[0]).add_(gradient * (1 - _DECAYS[0]))
                square.mul_(_DECAYS[1]).add_(gradient.square().mul_(1 - _DECAYS[1]))
                root = (square / second).sqrt_().add_(_FLOOR)
                parameter.sub_((mean * (self.rate / first)).div_(root))


def _zeros(tensor: torch.Tensor) -> torch.Tensor:
    return aligned(*tensor.shape, dtype=tensor.dtype, device=tensor.device).zero_()
