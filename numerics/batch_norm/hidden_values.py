"""Batches of hidden values of a named distribution, and their mean and standard deviation.

Hidden values are drawn in float64 and standardised: zero mean and unit variance over the
population. The statistics of a batch are those of batch norm, its standard deviation the biased
one (divided by M). Numbers are drawn on the CPU, so that every device sees the same batches.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType

import numpy as np
import torch
from numpy.typing import NDArray

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import in_chunks
from numerics.simulation.device import resolved_device

Array = NDArray[np.float64]
Shape = tuple[int, ...]


def _uniform(generator: np.random.Generator, shape: Shape) -> Array:
    return (generator.random(shape) - 0.5) * np.sqrt(12)


def _laplace(generator: np.random.Generator, shape: Shape) -> Array:
    return generator.laplace(scale=np.sqrt(0.5), size=shape)


def _exponential(generator: np.random.Generator, shape: Shape) -> Array:
    return generator.standard_exponential(shape) - 1


def _half_normal(generator: np.random.Generator, shape: Shape) -> Array:
    mean = np.sqrt(2 / np.pi)
    return (np.abs(generator.standard_normal(shape)) - mean) / np.sqrt(1 - mean**2)


GAUSSIAN = "gaussian"

DISTRIBUTIONS: Mapping[str, Callable[[np.random.Generator, Shape], Array]] = MappingProxyType(
    {
        GAUSSIAN: lambda generator, shape: generator.standard_normal(shape),
        "uniform": _uniform,
        "laplace": _laplace,
        "half_normal": _half_normal,
        "exponential": _exponential,
    }
)
"""Standardised hidden values: a generator and a shape give an array of them."""

LARGEST_BATCH = 10**9
"""Of batches whose statistics are drawn from their exact distribution."""

MOST_BATCHES = 10**6
"""Of one network."""

MOST_VALUES = 10**8
"""Of one network, where whole batches are drawn: 0.8 GB of them."""

MOST_NETWORKS = 2**32

METHODS = ("batches", "exact")
"""How statistics are drawn: from whole batches, or (Gaussian values) from their exact law."""


def statistics(batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mean and biased standard deviation over the last axis, kept with length 1."""
    mean = batch.mean(dim=-1, keepdim=True)
    return mean, (batch - mean).square().mean(dim=-1, keepdim=True).sqrt()


@dataclass(frozen=True, kw_only=True)
class HiddenValues:
    """The batches of hidden values that one network has.

    Attributes:
        distribution: "gaussian", "uniform", "laplace", "half_normal" or "exponential".
        batch_size: M >= 2, at most 1e9 by the method "exact" and 1e8 / batches by the other.
        batches: from 1 to 1e6.
        method: "batches", or "exact" for Gaussian values: the statistics from their exact law.

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    distribution: str
    batch_size: int
    batches: int
    method: str = "batches"

    def __post_init__(self) -> None:
        arguments.choice("distribution", self.distribution, DISTRIBUTIONS)
        arguments.choice("method", self.method, METHODS)
        if self.method == "exact" and self.distribution != GAUSSIAN:
            raise ValueError(
                f"distribution = {self.distribution!r}: must be {GAUSSIAN!r} where method is "
                "'exact'"
            )
        arguments.integer("batches", self.batches, minimum=1, maximum=MOST_BATCHES)
        largest = LARGEST_BATCH if self.method == "exact" else MOST_VALUES // self.batches
        arguments.integer("batch_size", self.batch_size, minimum=2, maximum=largest)

    def draw(self, source: "Source", samples: int | None = None) -> torch.Tensor:
        """Return a batch, or so many samples, beside each other: (batches, M or samples)."""
        columns = self.batch_size if samples is None else samples
        shape = (self.batches, columns)
        return source.moved(DISTRIBUTIONS[self.distribution](source.generator, shape))

    def draw_statistics(self, source: "Source") -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and standard deviation of the batches, shape (batches, 1)."""
        if self.method == "exact":
            return gaussian_statistics(source, self.batch_size, self.batches)
        return statistics(self.draw(source))


@dataclass(frozen=True)
class Source:
    """The random numbers of one network, and the device that computes with them."""

    generator: np.random.Generator
    device: str

    def moved(self, drawn: Array) -> torch.Tensor:
        """Return drawn numbers on the device."""
        return torch.from_numpy(drawn).to(self.device)


def gaussian_statistics(
    source: Source, batch_size: int, batches: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mean and standard deviation of Gaussian batches, two draws a batch of any size.

    By Cochran's theorem the mean is N(0, 1/M), M times the variance is chi-square with M - 1
    degrees of freedom, and the two are independent.

    Returns:
        Two tensors of shape (batches, 1).
    """
    mean = source.moved(source.generator.standard_normal((batches, 1))) / batch_size**0.5
    squares = source.moved(source.generator.chisquare(batch_size - 1, (batches, 1)))
    return mean, (squares / batch_size).sqrt()


def measured_by_network(
    draw: Callable[[Source], Mapping[str, torch.Tensor]],
    quantities: Mapping[str, str],
    *,
    networks: int,
    seed: int,
    first_network: int,
    device: str,
    **settings: object,
) -> dict[str, Measurement]:
    """Return a measurement of each quantity, network by network.

    Args:
        draw: gives one number for each name, a tensor of shape (), from the source of one network.
        quantities: what each name stands for, in words.
        networks: number of independent networks, from 1 to 2^32.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network, in [0, 2^32).
        device: "auto", "cpu" or "cuda".
        settings: the other arguments of the run.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.integer("networks", networks, minimum=1, maximum=MOST_NETWORKS)
    device = resolved_device(device)

    def one(block: range) -> dict[str, torch.Tensor]:
        (network,) = block
        source = Source(keyed.numpy_generator(seed=seed, network=network), device)
        return {name: value[None] for name, value in draw(source).items()}

    values = in_chunks(one, arguments.network_range(first_network, networks), 1)
    run = {"networks": networks, "seed": seed, "first_network": first_network, "device": device}
    return {
        name: Measurement(quantity=quantity, per_network=values[name], settings={**settings, **run})
        for name, quantity in quantities.items()
    }
