"""Batch norm as it is: the statistics of batches, and what normalising by them does.

A "network" here is a group of independent batches of M hidden values, over which each quantity is
averaged.
"""

from dataclasses import dataclass

import torch

from numerics.batch_norm.hidden_values import (
    THREE_VALUES,
    HiddenValues,
    Source,
    mean_of_each,
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
        fourth_mean_error: (mu_B - mu_P)^4.
        std: sigma_B.
        steady_std: sigma_B less (sigma_B^2 / sigma_P^2 - 1 + 1/M) sigma_P / 2, which always has
            mean 0 and takes off what fluctuates to first order.
        std_variance: the unbiased sample variance of sigma_B over the batches.
        inverse_std: 1 / sigma_B.
        inverse_std_excess: 1 / sigma_B - 1 / sigma_P, to which is added
            (sigma_B^2 / sigma_P^2 - 1 + 1/M) / (2 sigma_P), which always has mean 0 and takes
            off what fluctuates to first order.
        squared_inverse_error: (1 / sigma_B - 1 / sigma_P)^2.
        inverse_variance: 1 / sigma_B^2.
    """

    squared_mean_error: Measurement
    fourth_mean_error: Measurement
    std: Measurement
    steady_std: Measurement
    std_variance: Measurement
    inverse_std: Measurement
    inverse_std_excess: Measurement
    squared_inverse_error: Measurement
    inverse_variance: Measurement


def measure_batch_statistics(
    hidden: HiddenValues,
    *,
    population_mean: float = 0.0,
    population_std: float = 1.0,
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> BatchStatistics:
    """Measure mean and standard deviation of batches of hidden values.

    Args:
        hidden: what each network draws, at least 2 batches of it.
        population_mean: mu_P, in [-1e6, 1e6].
        population_std: sigma_P, in [1e-6, 1e6].
        networks: number of independent networks, from 1 to 2^32.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.integer("batches", hidden.batches, minimum=2)
    arguments.real("population_mean", population_mean, minimum=-LARGEST, maximum=LARGEST)
    arguments.real("population_std", population_std, minimum=1 / LARGEST, maximum=LARGEST)

    unbiased = hidden.batches / (hidden.batches - 1)

    def draw(source: Source) -> dict[str, torch.Tensor]:
        if hidden.method == "exact":
            mean, std = hidden.draw_statistics(source)
            mean, std = population_mean + population_std * mean, population_std * std
        else:
            mean, std = statistics(population_mean + population_std * hidden.draw(source))
        mean_std = mean_of_each(std)
        deviation = std - mean_std[:, None, None]
        relative = std / population_std
        fluctuation = (relative.square() - 1 + 1 / hidden.batch_size) / 2
        excess = 1 / relative - 1 + fluctuation
        return {
            "squared_mean_error": mean_of_each((mean - population_mean).square()),
            "fourth_mean_error": mean_of_each((mean - population_mean) ** 4),
            "std": mean_std,
            "steady_std": population_std * mean_of_each(relative - fluctuation),
            "std_variance": mean_of_each(deviation.square()) * unbiased,
            "inverse_std": mean_of_each(1 / std),
            "inverse_std_excess": mean_of_each(excess) / population_std,
            "squared_inverse_error": mean_of_each((1 / std - 1 / population_std).square()),
            "inverse_variance": mean_of_each(1 / std.square()),
        }

    return BatchStatistics(
        **measured_by_network(
            draw,
            {
                "squared_mean_error": "(mu_B - mu_P)^2",
                "fourth_mean_error": "(mu_B - mu_P)^4",
                "std": "sigma_B",
                "steady_std": "sigma_B less a fluctuation of mean 0",
                "std_variance": "variance of sigma_B over batches",
                "inverse_std": "1 / sigma_B",
                "inverse_std_excess": "1 / sigma_B - 1 / sigma_P and a fluctuation of mean 0",
                "squared_inverse_error": "(1 / sigma_B - 1 / sigma_P)^2",
                "inverse_variance": "1 / sigma_B^2",
            },
            at_once=hidden.networks_at_once, **vars(hidden), population_mean=population_mean,
            population_std=population_std, networks=networks, seed=seed,
            first_network=first_network, device=device,
        )
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class BatchExpansion:
    """What expansions in 1/M are made of, at sigma_P = 1, averaged over the batches of a network.

    Attributes:
        std_fourth_moment: M^2 (sigma_B - 1)^4.
        normalised_mean_excess: M (M ((mu_B - mu_P) / sigma_B)^2 - 1), less what fluctuates about
            its mean: M (M m^2 - 1) and M^2 m^2 V + 1 - rho + rho/M, m = mu_B - mu_P and
            V = sigma_B^2 - 1.
    """

    std_fourth_moment: Measurement
    normalised_mean_excess: Measurement


def measure_batch_expansion(
    hidden: HiddenValues, *, networks: int, seed: int, first_network: int = 0, device: str = "auto"
) -> BatchExpansion:
    """Measure what batches show beyond the leading order in 1/M, by the exact law of three values.

    Its kurtosis rho is known. E m^2 = 1/M, E[m^2 mean(z^2)] = 1/M + (rho + 2)/M^2 and
    E m^4 = 3/M^2 + rho/M^3 hold for every law. The arguments are those of
    ``measure_batch_statistics``.
    """
    arguments.choice("distribution", hidden.distribution, (THREE_VALUES,))
    size, rho = hidden.batch_size, hidden.kurtosis

    def draw(source: Source) -> dict[str, torch.Tensor]:
        mean, std = hidden.draw_statistics(source)
        squares = size * mean.square()
        beyond = size * squares * (std - 1 / std).square()
        return {
            "std_fourth_moment": mean_of_each((size**0.5 * (std - 1)) ** 4),
            "normalised_mean_excess": mean_of_each(beyond) + 1 - rho + rho / size,
        }

    return BatchExpansion(
        **measured_by_network(
            draw,
            {
                "std_fourth_moment": "M^2 (sigma_B - 1)^4",
                "normalised_mean_excess": "M (M (m/sigma_B)^2 - 1) and fluctuations of mean 0",
            },
            at_once=hidden.networks_at_once, **vars(hidden), networks=networks, seed=seed,
            first_network=first_network, device=device,
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
    hidden: HiddenValues,
    *,
    variance: float = 1.0,
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> NormalisationError:
    """Measure how far batch norm lies from population norm, for samples z of mean 0.

    m and s are a batch's mean and standard deviation, the latter over that of the population, and z
    is independent of them. The errors are averaged over z exactly: z has zero mean and the
    variance that is given, from 1e-6 to 1e6, whatever its distribution. The other arguments are
    those of ``measure_batch_statistics``.
    """
    arguments.real("variance", variance, minimum=1 / LARGEST, maximum=LARGEST)

    def draw(source: Source) -> dict[str, torch.Tensor]:
        mean, std = hidden.draw_statistics(source)
        stretched, shifted = (variance * error.square() for error in ((1 - std) / std, mean / std))
        return {
            "by_std": mean_of_each(stretched),
            "by_mean_and_std": mean_of_each(stretched + shifted),
        }

    return NormalisationError(
        **measured_by_network(
            draw,
            {"by_std": "(z/s - z)^2", "by_mean_and_std": "((z - m)/s - z)^2"},
            at_once=hidden.networks_at_once, **vars(hidden), variance=variance, networks=networks,
            seed=seed, first_network=first_network, device=device,
        )
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class LinearStudent:
    """Products of a teacher's output z and a normalised one, averaged over samples and batches.

    The loss of a linear student with scale gamma, E (z - gamma h)^2, is least where gamma is the
    mean of z h over that of h^2.

    Attributes:
        own: rows (z h, h^2), each sample normalised by the batch that it is in.
        independent: rows (z h, h^2), each sample normalised by another batch.
    """

    own: Measurement
    independent: Measurement


def measure_linear_student(
    hidden: HiddenValues, *, networks: int, seed: int, first_network: int = 0, device: str = "auto"
) -> LinearStudent:
    """Measure what sets the optimal scale of a linear student whose teacher is the hidden value z.

    Each batch, drawn whole, is normalised by its own statistics, and then by those of a second
    batch. The arguments are those of ``measure_batch_statistics``.
    """
    arguments.choice("method", hidden.method, ("batches",))

    def draw(source: Source) -> dict[str, torch.Tensor]:
        z, other = hidden.draw(source), hidden.draw(source)
        products = {}
        for name, batch in (("own", z), ("independent", other)):
            mean, std = statistics(batch)
            normalised = (z - mean) / std
            terms = (z * normalised, normalised.square())
            products[name] = torch.stack([mean_of_each(term) for term in terms], dim=-1)
        return products

    return LinearStudent(
        **measured_by_network(
            draw,
            {
                "own": "z h and h^2, batch with the sample",
                "independent": "z h and h^2, batch without the sample",
            },
            at_once=hidden.networks_at_once, **vars(hidden), networks=networks, seed=seed,
            first_network=first_network, device=device,
        )
    )  # fmt: skip
