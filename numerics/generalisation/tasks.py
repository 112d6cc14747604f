"""What linear students learn: training sets of a noisy linear teacher.

A training set has P samples y = w* . x + noise, x ~ N(0, I/N), noise ~ N(0, v), and a teacher w*
that is uniform on the sphere |w*|^2 = N (Luo et al. 2018, section 4).
"""

import math
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import torch

from numerics.simulation import arguments, keyed
from numerics.simulation.batched import aligned, chunk_size, in_chunks, multiply
from numerics.simulation.device import resolved_device

LARGEST = 1e12


@dataclass(frozen=True, kw_only=True)
class TrainingSets:
    """Training sets of independent runs, along the leading axis.

    Attributes:
        inputs: X, shape (runs, P, N).
        targets: y, shape (runs, P).
        teacher: w*, shape (runs, N).
        generators: the further random numbers of each run.
    """

    inputs: torch.Tensor
    targets: torch.Tensor
    teacher: torch.Tensor
    generators: list[torch.Generator]


@dataclass(frozen=True, kw_only=True)
class Task:
    """A noisy linear teacher, and how much is seen of it.

    Attributes:
        dimension: N >= 1, of the inputs.
        samples: P >= 1.
        noise_variance: v in [0, 1e12].

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    dimension: int
    samples: int
    noise_variance: float

    def __post_init__(self) -> None:
        arguments.integer("dimension", self.dimension, minimum=1)
        arguments.integer("samples", self.samples, minimum=1)
        arguments.real("noise_variance", self.noise_variance, minimum=0, maximum=LARGEST)

    def enlarged(self, factor: int) -> "Task":
        """Return the task of ``factor`` >= 1 times as many inputs and samples."""
        factor = arguments.integer("enlarged", factor, minimum=1)
        return replace(self, dimension=factor * self.dimension, samples=factor * self.samples)

    def draw(
        self, seed: int, block: range, *, device: str, dtype: torch.dtype = torch.float64
    ) -> TrainingSets:
        """Draw the training sets of a block of runs; noise leaves inputs and teacher alone.

        Numbers are drawn on the CPU, so that every device sees the same training sets.
        """
        runs, samples, dimension = len(block), self.samples, self.dimension
        generators = [keyed.generator(seed=seed, network=k) for k in block]
        normals = keyed.standard_normals(generators, samples * dimension)
        inputs = aligned(runs, samples, dimension, dtype=dtype, device=torch.device(device))
        inputs.copy_(normals.view(inputs.shape)).mul_(dimension**-0.5)
        teacher = keyed.standard_normals(generators, dimension).to(inputs)
        teacher *= math.sqrt(dimension) / torch.linalg.vector_norm(teacher, dim=1, keepdim=True)
        noise = keyed.standard_normals(generators, samples).to(inputs)
        targets = outputs(inputs, teacher) + math.sqrt(self.noise_variance) * noise
        return TrainingSets(inputs=inputs, targets=targets, teacher=teacher, generators=generators)


def outputs(inputs: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """Return w.x of every sample, shape (runs, samples)."""
    found = inputs.new_empty(*inputs.shape[:2], 1)
    multiply(inputs, weights[:, :, None], out=found)
    return found[:, :, 0]


def resolved_run(*, networks: int, seed: int, first_network: int, device: str) -> dict[str, Any]:
    """Return these arguments of a run, with the device that "auto" stands for."""
    device = resolved_device(device)
    return {"networks": networks, "seed": seed, "first_network": first_network, "device": device}


def each_training_set(
    values: Callable[[TrainingSets], torch.Tensor],
    task: Task,
    *,
    networks: int,
    seed: int,
    first_network: int,
    device: str,
) -> np.ndarray:
    """Return what ``values`` gives for the training sets of a run on "cpu" or "cuda", a row each.

    On a CPU they are taken one by one: the last bits of LAPACK depend on where a matrix lies.
    """
    chunk = 1
    if device != "cpu":
        held = 8 * 8 * task.samples * task.dimension
        chunk = chunk_size(bytes_per_network=held, device=torch.device(device))
    return in_chunks(
        lambda block: {"values": values(task.draw(seed, block, device=device))},
        arguments.network_range(first_network, networks),
        chunk,
    )["values"]
