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

THREE_VALUES = "three_values"
"""The law of three values, one of them 0, that has a given skewness and kurtosis."""

LARGEST_BATCH = 10**9
"""Of batches whose statistics are drawn from their exact distribution."""

MOST_BATCHES = 10**6
"""Of one network."""

MOST_VALUES = 10**8
"""Of one network, where whole batches are drawn: 0.8 GB of them."""

MOST_NETWORKS = 2**32

METHODS = ("batches", "exact")
"""How statistics are drawn: from whole batches, or (Gaussian or three values) from their law."""


def three_values(skewness: float, kurtosis: float) -> tuple[Array, Array]:
    """Return the three values of a standardised law, shape (3,), and their probabilities.

    With values -a, 0 and b the skewness is b - a and the excess kurtosis (b - a)^2 + a b - 3, so
    that every pair that any law has (kurtosis >= skewness^2 - 2) belongs to one of these laws.
    """
    product = kurtosis + 3 - skewness**2
    b = (skewness + np.sqrt(skewness**2 + 4 * product)) / 2
    a = b - skewness
    outer = np.array([1 / a, 1 / b]) / (a + b)
    return np.array([-a, 0.0, b]), np.array([outer[0], max(0.0, 1 - outer.sum()), outer[1]])


def statistics(batch: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mean and biased standard deviation over the last axis, kept with length 1."""
    mean = batch.mean(dim=-1, keepdim=True)
    return mean, (batch - mean).square().mean(dim=-1, keepdim=True).sqrt()


@dataclass(frozen=True, kw_only=True)
class HiddenValues:
    """The batches of hidden values that one network has.

    Attributes:
        distribution: "gaussian", "uniform", "laplace", "half_normal", "exponential" or
            "three_values".
        batch_size: M >= 2, at most 1e9 by the method "exact" and 1e8 / batches by the other.
        batches: from 1 to 1e6.
        method: "batches", or "exact" for Gaussian and three values: the statistics from their law.
        skewness: of the law of three values.
        kurtosis: excess kurtosis of the law of three values, at least skewness^2 - 2.

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    distribution: str
    batch_size: int
    batches: int
    method: str = "batches"
    skewness: float = 0.0
    kurtosis: float = 0.0

    def __post_init__(self) -> None:
        arguments.choice("distribution", self.distribution, (*DISTRIBUTIONS, THREE_VALUES))
        arguments.choice("method", self.method, METHODS)
        if self.method == "exact" and self.distribution not in (GAUSSIAN, THREE_VALUES):
            raise ValueError(
                f"distribution = {self.distribution!r}: must be {GAUSSIAN!r} or {THREE_VALUES!r} "
                "where method is 'exact'"
            )
        skewness = arguments.real("skewness", self.skewness, minimum=-100, maximum=100)
        arguments.real("kurtosis", self.kurtosis, minimum=skewness**2 - 2, maximum=1e4)
        arguments.integer("batches", self.batches, minimum=1, maximum=MOST_BATCHES)
        largest = LARGEST_BATCH if self.method == "exact" else MOST_VALUES // self.batches
        arguments.integer("batch_size", self.batch_size, minimum=2, maximum=largest)

    def draw(self, source: "Source", samples: int | None = None) -> torch.Tensor:
        """Return a batch, or so many samples, beside each other: (batches, M or samples)."""
        columns = self.batch_size if samples is None else samples
        shape = (self.batches, columns)
        if self.distribution == THREE_VALUES:
            values, shares = three_values(self.skewness, self.kurtosis)
            return source.moved(source.generator.choice(values, shape, p=shares))
        return source.moved(DISTRIBUTIONS[self.distribution](source.generator, shape))

    def draw_statistics(self, source: "Source") -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and standard deviation of the batches, shape (batches, 1)."""
        if self.method == "exact":
            return self.statistics_by_law(source, self.batch_size)
        return statistics(self.draw(source))

    def statistics_by_law(
        self, source: "Source", batch_size: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return those of batches of another size, from their exact law."""
        if self.distribution == GAUSSIAN:
            return gaussian_statistics(source, batch_size, self.batches)
        values, shares = three_values(self.skewness, self.kurtosis)
        counts = source.generator.multinomial(batch_size, shares, self.batches) / batch_size
        mean, square = (source.moved(counts @ powers)[:, None] for powers in (values, values**2))
        return mean, (square - mean.square()).clamp(min=0).sqrt()


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
        draw: gives a number, or a row of them, for each name, a tensor, from one network's source.
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
