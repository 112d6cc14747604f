"""Population norm read as weight normalisation with a bias."""

from dataclasses import dataclass

import torch

from numerics.batch_norm.hidden_values import Source, measured_by_network
from numerics.measurement import Measurement
from numerics.simulation import arguments

LARGEST = 1e6
"""Of the reals of a unit."""


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A unit normalised by its population, gamma (w.x - mu_P)/sigma_P + beta.

    The inputs x have covariance a I and a random mean vector with w.E[x] = mu_P; sigma_P^2 is
    w^T (a I) w.

    Attributes:
        dimension: of x, from 2 to 4096.
        scale: gamma, in [-1e6, 1e6].
        shift: beta, in [-1e6, 1e6].
        input_variance: a, in [1e-6, 1e6].
        weight_norm: |w|, in [1e-6, 1e6]; the direction of w is random.
        population_mean: mu_P, in [-1e6, 1e6].

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    dimension: int
    scale: float
    shift: float
    input_variance: float
    weight_norm: float
    population_mean: float

    def __post_init__(self) -> None:
        arguments.integer("dimension", self.dimension, minimum=2, maximum=4096)
        for name in ("scale", "shift", "population_mean"):
            arguments.real(name, getattr(self, name), minimum=-LARGEST, maximum=LARGEST)
        for name in ("input_variance", "weight_norm"):
            arguments.real(name, getattr(self, name), minimum=1 / LARGEST, maximum=LARGEST)


@dataclass(frozen=True, kw_only=True)
class WeightNorm:
    """Population norm gamma (w.x - mu_P)/sigma_P + beta, read as gain w.x/|w| + bias."""

    gain: Measurement
    bias: Measurement


def measure_weight_norm(
    unit: Unit, *, networks: int, seed: int, first_network: int = 0, device: str = "auto"
) -> WeightNorm:
    """Measure gain and bias of a population-normalised unit as a function of its input.

    The bias is the output at x = 0, the gain what a random x adds to it, over w.x / |w|.

    Args:
        unit: what each network draws a unit of.
        networks: number of independent networks, from 1 to 2^32.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """

    def draw(source: Source) -> dict[str, torch.Tensor]:
        (normals,) = source.drawn(lambda generator: generator.standard_normal((3, unit.dimension)))
        weight, mean, x = normals.unbind()
        weight = weight * (unit.weight_norm / torch.linalg.vector_norm(weight))
        # An x that w is orthogonal to adds nothing, and what it adds is lost in rounding.
        x = x + torch.sign(weight @ x) * weight / unit.weight_norm
        mean = mean + weight * ((unit.population_mean - weight @ mean) / (weight @ weight))
        covariance = unit.input_variance * torch.eye(unit.dimension).to(weight)
        std = (weight @ covariance @ weight).sqrt()

        def output(point: torch.Tensor) -> torch.Tensor:
            return unit.scale * (weight @ point - weight @ mean) / std + unit.shift

        bias = output(torch.zeros_like(x))
        gain = (output(x) - bias) * torch.linalg.vector_norm(weight) / (weight @ x)
        return {"gain": gain[None], "bias": bias[None]}

    return WeightNorm(
        **measured_by_network(
            draw,
            {"gain": "output per w.x / |w|", "bias": "output at x = 0"},
            **vars(unit), networks=networks, seed=seed, first_network=first_network,
            device=device,
        )
    )  # fmt: skip
