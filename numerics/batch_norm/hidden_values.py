"""Batches of hidden values of a named distribution, and their mean and standard deviation.

Hidden values are drawn in float64 and standardised: zero mean and unit variance over the
population. The statistics of a batch are those of batch norm, its standard deviation the biased
one (divided by M). Numbers are drawn on the CPU, so that every device sees the same batches.
"""

from collections.abc import Callable, Mapping, Sequence
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

_AT_ONCE = 2**12
"""Values, or batches of which the statistics are drawn, of the networks of one chunk."""

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


def mean_of_each(x: torch.Tensor) -> torch.Tensor:
    """Return the mean over all axes but the first, the same for any length of that to the bit.

    Halves are added to each other: torch's own sums choose an order by the shape.
    """
    terms = x.flatten(1)
    count = terms.shape[1]
    while (half := terms.shape[1] // 2) > 0:
        odd = terms[:, 2 * half :]
        terms = torch.cat([terms[:, :half] + terms[:, half : 2 * half], odd], dim=1)
    return terms[:, 0] / count


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
        """Return a batch, or so many samples, beside each other: (networks, batches, columns)."""
        shape = (self.batches, self.batch_size if samples is None else samples)
        if self.distribution == THREE_VALUES:
            values, shares = three_values(self.skewness, self.kurtosis)
            return source.drawn(lambda generator: generator.choice(values, shape, p=shares))
        return source.drawn(lambda generator: DISTRIBUTIONS[self.distribution](generator, shape))

    def draw_statistics(self, source: "Source") -> tuple[torch.Tensor, torch.Tensor]:
        """Return mean and standard deviation of the batches, shape (networks, batches, 1)."""
        if self.method == "exact":
            return self.statistics_by_law(source, self.batch_size)
        return statistics(self.draw(source))

    def statistics_by_law(
        self, source: "Source", batch_size: int
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return those of batches of another size, from their exact law."""
        if self.distribution == GAUSSIAN:
            return gaussian_statistics(source, batch_size, self.batches)
        (low, _, high), shares = three_values(self.skewness, self.kurtosis)
        counts = source.drawn(
            lambda generator: generator.multinomial(batch_size, shares, self.batches) / batch_size
        )
        less, _, more = counts[..., None].unbind(dim=2)
        mean, square = (low**k * less + high**k * more for k in (1, 2))
        return mean, (square - mean.square()).clamp(min=0).sqrt()

    @property
    def networks_at_once(self) -> int:
        """How many networks to draw in one chunk."""
        values = self.batches * (1 if self.method == "exact" else self.batch_size)
        return max(1, _AT_ONCE // values)


@dataclass(frozen=True)
class Source:
    """The random numbers of each of some networks, and the device that computes with them."""

    generators: Sequence[np.random.Generator]
    device: str

    def drawn(self, draw: Callable[[np.random.Generator], Array]) -> torch.Tensor:
        """Return what each network draws, along a first axis, on the device."""
        return self.moved(np.stack([draw(generator) for generator in self.generators]))

    def moved(self, drawn: Array) -> torch.Tensor:
        """Return numbers on the device."""
        return torch.from_numpy(drawn).to(self.device)


def gaussian_statistics(
    source: Source, batch_size: int, batches: int
) -> tuple[torch.Tensor, torch.Tensor]:
    """Return mean and standard deviation of Gaussian batches, two draws a batch of any size.

    By Cochran's theorem the mean is N(0, 1/M), M times the variance is chi-square with M - 1
    degrees of freedom, and the two are independent.

    Returns:
        Two tensors of shape (networks, batches, 1).
    """
    shape = (batches, 1)
    mean = source.drawn(lambda generator: generator.standard_normal(shape)) / batch_size**0.5
    squares = source.drawn(lambda generator: generator.chisquare(batch_size - 1, shape))
    return mean, (squares / batch_size).sqrt()


def measured_by_network(
    draw: Callable[[Source], Mapping[str, torch.Tensor]],
    quantities: Mapping[str, str],
    *,
    at_once: int = 1,
    networks: int,
    seed: int,
    first_network: int,
    device: str,
    **settings: object,
) -> dict[str, Measurement]:
    """Return a measurement of each quantity, network by network.

    Args:
        draw: gives a tensor for each name from the source of a chunk of networks: a number, or a
            row of them, for each.
        quantities: what each name stands for, in words.
        at_once: networks in a chunk.
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

    def chunk(block: range) -> dict[str, torch.Tensor]:
        generators = [keyed.numpy_generator(seed=seed, network=network) for network in block]
        return dict(draw(Source(generators, device)))

    values = in_chunks(chunk, arguments.network_range(first_network, networks), at_once)
    run = {"networks": networks, "seed": seed, "first_network": first_network, "device": device}
    return {
        name: Measurement(quantity=quantity, per_network=values[name], settings={**settings, **run})
        for name, quantity in quantities.items()
    }
