"""Batch norm as it is: the statistics of batches, and what normalising by them does.

A "network" here is a group of independent batches of M hidden values, over which each quantity is
averaged. Hidden values have a named law, `numerics.batch_norm.hidden_values.LAWS`.
"""

from dataclasses import dataclass

import numpy as np

from numerics.batch_norm.hidden_values import (
    LAWS,
    check_batches,
    check_law,
    draw_statistics,
    measured_by_network,
    statistics,
)
from numerics.measurement import Measurement
from numerics.simulation import arguments

LARGEST = 1e6
"""Of the reals that scale or shift hidden values."""


@dataclass(frozen=True, kw_only=True)
class BatchStatistics:
    """Statistics of batches, averaged over the batches of each network.

    Attributes:
        squared_mean_error: (mu_B - mu_P)^2.
        std: sigma_B.
        std_variance: the unbiased sample variance of sigma_B over the batches.
        inverse_std: 1 / sigma_B.
        inverse_std_excess: 1 / sigma_B - 1 / sigma_P, to which is added
            (sigma_B^2 / sigma_P^2 - 1 + 1/M) / (2 sigma_P), which has mean 0 under every law and
            takes off what fluctuates to first order.
        inverse_variance: 1 / sigma_B^2.
    """

    squared_mean_error: Measurement
    std: Measurement
    std_variance: Measurement
    inverse_std: Measurement
    inverse_std_excess: Measurement
    inverse_variance: Measurement


def measure_batch_statistics(
    *,
    law: str,
    batch_size: int,
    batches: int,
    networks: int,
    seed: int,
    population_mean: float = 0.0,
    population_std: float = 1.0,
    method: str = "batches",
    first_network: int = 0,
) -> BatchStatistics:
    """Measure mean and standard deviation of batches of hidden values.

    Args:
        law: "gaussian", "uniform", "laplace", "half_normal" or "exponential".
        batch_size: M >= 2, at most 1e9 by the method "exact" and 1e8 / batches by the other.
        batches: batches of a network, from 2 to 1e6.
        networks: number of independent networks, from 1 to 2^32.
        seed: integer in [0, 2^64); network k depends on (seed, k) alone.
        population_mean: mu_P, in [-1e6, 1e6].
        population_std: sigma_P, in [1e-6, 1e6].
        method: "batches", or "exact" for Gaussian values: the statistics from their exact law.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    check_law(law, method)
    check_batches(batch_size, batches, method=method, fewest=2)
    arguments.real("population_mean", population_mean, minimum=-LARGEST, maximum=LARGEST)
    arguments.real("population_std", population_std, minimum=1 / LARGEST, maximum=LARGEST)

    def draw(generator: np.random.Generator) -> dict[str, float]:
        if method == "exact":
            mean, std = draw_statistics(generator, law, method, batch_size, batches)
            mean, std = population_mean + population_std * mean, population_std * std
        else:
            values = LAWS[law](generator, (batches, batch_size))
            mean, std = statistics(population_mean + population_std * values)
        relative = std / population_std
        excess = 1 / relative - 1 + (np.square(relative) - 1 + 1 / batch_size) / 2
        return {
            "squared_mean_error": np.square(mean - population_mean).mean(),
            "std": std.mean(),
            "std_variance": std.var(ddof=1),
            "inverse_std": (1 / std).mean(),
            "inverse_std_excess": excess.mean() / population_std,
            "inverse_variance": (1 / std**2).mean(),
        }

    return BatchStatistics(
        **measured_by_network(
            draw,
            {
                "squared_mean_error": "(mu_B - mu_P)^2",
                "std": "sigma_B",
                "std_variance": "variance of sigma_B over batches",
                "inverse_std": "1 / sigma_B",
                "inverse_std_excess": "1 / sigma_B - 1 / sigma_P and a fluctuation of mean 0",
                "inverse_variance": "1 / sigma_B^2",
            },
            law=law, batch_size=batch_size, batches=batches, population_mean=population_mean,
            population_std=population_std, method=method, networks=networks, seed=seed,
            first_network=first_network,
        )
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class NormalisationError:
    """Mean square error of batch norm against population norm, for samples outside the batch.

    Attributes:
        by_std: with the batch's standard deviation alone, (z / s - z)^2.
        by_mean_and_std: with its mean too, ((z - m) / s - z)^2.
    """

    by_std: Measurement
    by_mean_and_std: Measurement


def measure_normalisation_error(
    *,
    law: str,
    batch_size: int,
    batches: int,
    networks: int,
    seed: int,
    method: str = "batches",
    first_network: int = 0,
) -> NormalisationError:
    """Measure how far batch norm lies from population norm, for standardised samples z.

    m and s are a batch's mean and standard deviation, and z is independent of them. The errors
    are averaged over z exactly: z has zero mean and unit variance, whatever its law. The arguments
    are those of ``measure_batch_statistics``.
    """
    check_law(law, method)
    check_batches(batch_size, batches, method=method)

    def draw(generator: np.random.Generator) -> dict[str, float]:
        mean, std = draw_statistics(generator, law, method, batch_size, batches)
        stretched, shifted = np.square((1 - std) / std), np.square(mean / std)
        return {"by_std": stretched.mean(), "by_mean_and_std": (stretched + shifted).mean()}

    return NormalisationError(
        **measured_by_network(
            draw,
            {"by_std": "(z/s - z)^2", "by_mean_and_std": "((z - m)/s - z)^2"},
            law=law, batch_size=batch_size, batches=batches, method=method, networks=networks,
            seed=seed, first_network=first_network,
        )
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LinearStudent:
    """Products of a teacher's output z and a normalised one, averaged over samples and batches.

    The loss of a linear student with scale gamma, E (z - gamma h)^2, is least where gamma is the
    mean of z h over that of h^2.

    Attributes:
        overlap_own: z h, each sample normalised by the batch that it is in.
        square_own: h^2 of the same.
        overlap_independent: z h, each sample normalised by another batch.
        square_independent: h^2 of the same.
    """

    overlap_own: Measurement
    square_own: Measurement
    overlap_independent: Measurement
    square_independent: Measurement


def measure_linear_student(
    *, law: str, batch_size: int, batches: int, networks: int, seed: int, first_network: int = 0
) -> LinearStudent:
    """Measure what sets the optimal scale of a linear student whose teacher is the hidden value z.

    Each batch is normalised by its own statistics, and then by those of a second batch. The
    arguments are those of ``measure_batch_statistics``.
    """
    check_law(law, "batches")
    check_batches(batch_size, batches, method="batches")

    def draw(generator: np.random.Generator) -> dict[str, float]:
        z, other = LAWS[law](generator, (2, batches, batch_size))
        products = {}
        for name, batch in (("own", z), ("independent", other)):
            mean, std = statistics(batch)
            normalised = (z - mean) / std
            products[f"overlap_{name}"] = (z * normalised).mean()
            products[f"square_{name}"] = np.square(normalised).mean()
        return products

    return LinearStudent(
        **measured_by_network(
            draw,
            {
                "overlap_own": "z h, batch with the sample",
                "square_own": "h^2, batch with the sample",
                "overlap_independent": "z h, batch without the sample",
                "square_independent": "h^2, batch without the sample",
            },
            law=law, batch_size=batch_size, batches=batches, networks=networks, seed=seed,
            first_network=first_network,
        )
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class WeightNorm:
    """Population norm gamma (w.x - mu_P)/sigma_P + beta, read as gain w.x/|w| + bias."""

    gain: Measurement
    bias: Measurement


def measure_weight_norm(
    *,
    inputs: int,
    scale: float,
    shift: float,
    input_variance: float,
    weight_norm: float,
    population_mean: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> WeightNorm:
    """Measure gain and bias of a population-normalised unit as a function of its input.

    The inputs x have covariance a I and a random mean vector with w.E[x] = mu_P; sigma_P^2 is
    w^T (a I) w. The bias is the output at x = 0, the gain what a random x adds to it, over
    w.x / |w|.

    Args:
        inputs: dimension of x, from 2 to 4096.
        scale: gamma, in [-1e6, 1e6].
        shift: beta, in [-1e6, 1e6].
        input_variance: a, in [1e-6, 1e6].
        weight_norm: |w|, in [1e-6, 1e6]; the direction of w is random.
        population_mean: mu_P, in [-1e6, 1e6].
        networks: number of independent networks, from 1 to 2^32.
        seed: integer in [0, 2^64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.integer("inputs", inputs, minimum=2, maximum=4096)
    signed = {"scale": scale, "shift": shift, "population_mean": population_mean}
    positive = {"input_variance": input_variance, "weight_norm": weight_norm}
    for name, value in signed.items():
        arguments.real(name, value, minimum=-LARGEST, maximum=LARGEST)
    for name, value in positive.items():
        arguments.real(name, value, minimum=1 / LARGEST, maximum=LARGEST)

    def draw(generator: np.random.Generator) -> dict[str, float]:
        weight, mean, x = generator.standard_normal((3, inputs))
        weight *= weight_norm / np.linalg.norm(weight)
        mean += weight * (population_mean - weight @ mean) / (weight @ weight)
        std = np.sqrt(weight @ (input_variance * np.eye(inputs)) @ weight)

        def output(point: np.ndarray) -> float:
            return float(scale * (weight @ point - weight @ mean) / std + shift)

        bias = output(np.zeros(inputs))
        gain = (output(x) - bias) * np.linalg.norm(weight) / (weight @ x)
        return {"gain": gain, "bias": bias}

    return WeightNorm(
        **measured_by_network(
            draw,
            {"gain": "output per w.x / |w|", "bias": "output at x = 0"},
            inputs=inputs, **signed, **positive, networks=networks, seed=seed,
            first_network=first_network,
        )
    )  # fmt: skip
