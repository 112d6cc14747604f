"""The networks of one unit that are trained on C10k, as Tables 4.3, 4.4 and B.4 have them.

The tables print the largest 1-variation of three runs. Their cells say how these were made, where
the text (Susanna 2024, chapter 4) says nothing or something else:

- the three runs are those of the seeds 1234, 15168 and 980827 of PyTorch, in all tables and at all
  depths: embeddings are its first two numbers, uniform in [-1, 1], and weights those after them;
- weights start at a = L^(-1/gamma - beta)/2, or as normals of the deviation a cut off at -a and a;
- the loss is the mean square (V h_L - y)^2 without 1/2, which is twice the rate of a `Descent`;
- a run takes int(5 log L) + 1 steps, and 34 of 1024 layers, at 9,000 of the 10,000 inputs that
  section 4.1 has (appendix B has 100,000);
- B23 has the rate L^(alpha - beta), where Table 4.2 has 20 times as much.

What is left open are the inputs, which were drawn once: a root mean square 0.4 % below its mean
would account for what columns of constant starts are off.
"""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed
from numerics.weight_paths.start import truncated_normals
from numerics.weight_paths.trained.training import Descent, Numbers, draw, in_parts, train

SEEDS = (1234, 15168, 980827)
"""Of the three runs, in PyTorch."""

RATES = {
    "B11": (0.975, 1.0, 1.0, "beta"),
    "B12": (0.975, 1.0, 100.0, "beta"),
    "B13": (0.975, 1.0, 1.0, "alpha - beta"),
    "B21": (0.75, 1.0, 1.0, "beta"),
    "B22": (0.75, 1.0, 20.0, "beta"),
    "B23": (0.75, 1.0, 1.0, "alpha - beta"),
    "B31": (0.5, 1.0, 1.0, "beta"),
    "B32": (0.5, 1.0, 0.01, "beta"),
    "B33": (0.5, 1.0, 1.0, "alpha - beta"),
    "C11": (0.25, 1.0, 1.0, "beta"),
    "C12": (0.25, 1.0, 0.01, "beta"),
    "C13": (0.25, 1.0, 1.0, "alpha - beta"),
    "C21": (0.49, 2.0, 1.0, "beta"),
    "C22": (0.49, 2.0, 0.01, "beta"),
    "C23": (0.49, 2.0, 1.0, "alpha - beta"),
}
"""alpha and gamma of a class of Table 4.2, and its rate: a factor, and the power of L."""

MODELS = tuple(f"C10k-{name}{start}" for start in "ct" for name in RATES)


@dataclass(frozen=True, kw_only=True)
class C10k:
    """A column of the tables at a depth.

    Attributes:
        model: "C10k-B11c" and so on: the class, and "c" or "t" for the start.
        depth: L >= 2.
        dtype: "float64" or "float32", of all that is computed.
        nodes: of Gauss's rule for the inputs, at most 9,000; None for all 9,000.

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    model: str
    depth: int
    dtype: str = "float64"
    nodes: int | None = 24

    def __post_init__(self) -> None:
        arguments.choice("model", self.model, MODELS)
        arguments.integer("depth", self.depth, minimum=2)

    @property
    def descent(self) -> Descent:
        """What is trained, and how."""
        alpha, gamma, factor, power = RATES[self.model[-4:-1]]
        exponent = 1 - alpha if power == "beta" else 2 * alpha - 1
        return Descent(
            depth=self.depth,
            alpha=alpha,
            gamma=gamma,
            rate=2 * factor * self.depth**exponent,
            steps=34 if self.depth == 1024 else int(5 * np.log(self.depth)) + 1,
            start={"c": "constant", "t": "truncated"}[self.model[-1]],
            samples=9000,
            nodes=self.nodes,
            dtype=self.dtype,
        )


def measure_c10k(c10k: C10k, *, networks: int, seed: int, first_network: int = 0) -> Measurement:
    """Measure what a cell of the tables prints: the largest 1-variation of L^beta W_k of 3 runs.

    Networks differ by their inputs alone, which the three runs share. It takes no device: a layer
    has one unit.

    Args:
        c10k: column and depth.
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    descent = c10k.descent
    block = arguments.network_range(first_network, networks)
    largest = []
    for runs in seeded_runs(descent, block, seed):
        variation, _ = train(descent, *runs)
        largest.append(variation.reshape(-1, len(SEEDS)).max(axis=1))
    return Measurement(
        quantity="largest 1-variation of three runs",
        per_network=np.concatenate(largest),
        settings={
            **vars(c10k), "networks": networks, "seed": seed, "first_network": first_network,
        },
    )  # fmt: skip


def seeded_runs(descent: Descent, block: range, seed: int) -> Iterator[tuple[Numbers, ...]]:
    """Yield what `train` takes, the three runs of each network one after another, in parts."""
    embeddings, starts = zip(*(seeded(descent, number) for number in SEEDS), strict=True)
    for part in in_parts(descent, block, len(SEEDS)):
        drawn = [draw(descent, keyed.numpy_generator(seed=seed, network=k)) for k in part]
        inputs, shares, _ = (np.repeat(one, len(SEEDS), axis=0) for one in zip(*drawn, strict=True))
        networks = (len(part), 1)
        yield inputs, shares, np.tile(starts, networks), np.tile(embeddings, networks)


def seeded(descent: Descent, number: int) -> tuple[Numbers, Numbers]:
    """Return embeddings, shape (2,), and weights at the start, shape (L,), of a seed of PyTorch.

    A layer's weight is drawn twice: as `torch.nn.Linear` does, and once more for the normal that is
    cut off, by inversion, as PyTorch did at the time of the thesis.
    """
    generator = torch.Generator().manual_seed(number)
    uniform = torch.rand(2 + 2 * descent.depth, generator=generator).numpy().astype(np.float64)
    start = np.ones(descent.depth)
    if descent.start == "truncated":
        start = truncated_normals(uniform[3::2])
    return 2 * uniform[:2] - 1, descent.size * start
