"""Batches of hidden values of a named law, and their mean and standard deviation.

Hidden values are drawn in float64 and standardised: zero mean and unit variance over the
population. The statistics of a batch are those of batch norm, its standard deviation the biased
one (divided by M).
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed

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

LAWS: Mapping[str, Callable[[np.random.Generator, Shape], Array]] = MappingProxyType(
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
"""Of batches drawn from the exact law of their statistics."""

MOST_BATCHES = 10**6
"""Of one network."""

MOST_VALUES = 10**8
"""Of one network, where whole batches are drawn: 0.8 GB of them."""

MOST_NETWORKS = 2**32

METHODS = ("batches", "exact")
"""How statistics are drawn: from whole batches, or (Gaussian values) from their exact law."""


def statistics(batch: Array) -> tuple[Array, Array]:
    """Return mean and biased standard deviation over the last axis, kept with length 1."""
    return batch.mean(axis=-1, keepdims=True), batch.std(axis=-1, keepdims=True)


def gaussian_statistics(
    generator: np.random.Generator, batch_size: int, batches: int
) -> tuple[Array, Array]:
    """Return mean and standard deviation of Gaussian batches, two draws a batch of any size.

    By Cochran's theorem the mean is N(0, 1/M), M times the variance is chi-square with M - 1
    degrees of freedom, and the two are independent.

    Returns:
        Two arrays of shape (batches, 1).
    """
    mean = generator.standard_normal((batches, 1)) / np.sqrt(batch_size)
    return mean, np.sqrt(generator.chisquare(batch_size - 1, (batches, 1)) / batch_size)


def draw_statistics(
    generator: np.random.Generator, law: str, method: str, batch_size: int, batches: int
) -> tuple[Array, Array]:
    """Return mean and standard deviation of batches of standardised values, shape (batches, 1)."""
    if method == "exact":
        return gaussian_statistics(generator, batch_size, batches)
    return statistics(LAWS[law](generator, (batches, batch_size)))


def check_law(law: str, method: str) -> None:
    """Raise ValueError unless the law is known and can be drawn by the method."""
    arguments.choice("law", law, LAWS)
    arguments.choice("method", method, METHODS)
    if method == "exact" and law != GAUSSIAN:
        raise ValueError(f"law = {law!r}: must be {GAUSSIAN!r} where method is 'exact'")


def check_batches(
    batch_size: int, batches: int, *, method: str, smallest: int = 2, fewest: int = 1
) -> None:
    """Raise unless so many batches of one network can be drawn.

    Raises:
        TypeError, ValueError: one is no integer, or outside the range that the message states.
    """
    arguments.integer("batches", batches, minimum=fewest, maximum=MOST_BATCHES)
    largest = LARGEST_BATCH if method == "exact" else MOST_VALUES // int(batches)
    arguments.integer("batch_size", batch_size, minimum=smallest, maximum=largest)


def measured_by_network(
    draw: Callable[[np.random.Generator], Mapping[str, float]],
    quantities: Mapping[str, str],
    *,
    networks: int,
    seed: int,
    first_network: int,
    **settings: object,
) -> dict[str, Measurement]:
    """Return a measurement of each quantity, network by network.

    Args:
        draw: gives one number for each name from the generator of one network.
        quantities: what each name stands for, in words.
        networks: number of independent networks, from 1 to 2^32.
        seed: integer in [0, 2^64); network k depends on (seed, k) alone.
        first_network: index of the first network, in [0, 2^32).
        settings: the other arguments of the run.

    Raises:
        TypeError, ValueError: networks, seed or first_network is not what is allowed here.
    """
    arguments.integer("networks", networks, minimum=1, maximum=MOST_NETWORKS)
    rows = [
        draw(keyed.numpy_generator(seed=seed, network=k))
        for k in arguments.network_range(first_network, networks)
    ]
    run = {**settings, "networks": networks, "seed": seed, "first_network": first_network}
    return {
        name: Measurement(
            quantity=quantity, per_network=np.array([row[name] for row in rows]), settings=run
        )
        for name, quantity in quantities.items()
    }
