"""Which frequencies of sines with noise perceptrons learn under regularisers (Furusho 2020, eq 25).

Inputs are N at equal intervals of [0, 1); targets are sines of 3, 6 and 9 periods, and noise of
0.4 sines of 20, 23 and 26, of phases drawn for each network. The objective is half the mean square
error plus C times a regulariser, in all updates of Adam at once.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from numerics.measurement import Measurement, measurements
from numerics.regularisation.training.descent import REGULARISERS, Adam, Runs
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import in_chunks
from numerics.simulation.device import DTYPES, resolved_device
from numerics.simulation.products import aligned_copy

Numbers = NDArray[np.float64]

TARGET, NOISE = (3, 6, 9), (20, 23, 26)
"""Periods in [0, 1] of the sines of the target, and of the noise."""

NOISE_SIZE = 0.4

_SIZES = np.array([1.0] * len(TARGET) + [NOISE_SIZE] * len(NOISE))
_HIDDEN = 4  # layers, of five matrices
_AT_ONCE = 2**22  # numbers of a layer of all runs trained at once; 16 MiB


@dataclass(frozen=True, kw_only=True)
class Toy:
    """The toy example, of five weight matrices.

    Attributes:
        width: units >= 1 of each hidden layer; 100 in the paper.
        samples: N > 52 inputs, so that the grid tells all frequencies apart; 200 in the paper.
        updates: of Adam, >= 1; the paper does not say how many.
        learning_rate: in [0, 1]; 0.001 in the paper.
        weight_decay, sparsity, path: C in [0, 1] of the norms of Frobenius, of absolute
            entries, and of paths; 0.03, 0.002 and 0.00001 in the paper.
        biases: what they start at, of which the paper says nothing: "uniform" up to one over the
            root of the number of units below, or "zero".
        grid: "open" at 1, or "closed" and holding both ends, so that its period is N/(N - 1).
        dtype: "float32" or "float64", of the training.

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    width: int = 100
    samples: int = 200
    updates: int = 2000
    learning_rate: float = 0.001
    weight_decay: float = 0.03
    sparsity: float = 0.002
    path: float = 0.00001
    biases: str = "uniform"
    grid: str = "open"
    dtype: str = "float32"

    def __post_init__(self) -> None:
        for name in ("width", "updates"):
            arguments.integer(name, getattr(self, name), minimum=1)
        arguments.integer("samples", self.samples, minimum=2 * max(NOISE) + 1)
        for name in ("learning_rate", "weight_decay", "sparsity", "path"):
            arguments.real(name, getattr(self, name), minimum=0, maximum=1)
        arguments.choice("biases", self.biases, ("uniform", "zero"))
        arguments.choice("grid", self.grid, ("open", "closed"))
        arguments.choice("dtype", self.dtype, DTYPES)

    @property
    def inputs(self) -> Numbers:
        """Shape (samples,)."""
        return np.linspace(0, 1, self.samples, endpoint=self.grid == "closed")


@dataclass(frozen=True, kw_only=True)
class ToyTargets:
    """What networks are to learn, (networks, columns): one for each place asked.

    Attributes:
        target: f_0 of eq 25 at an input.
        noisy_target: y of eq 25 at an input, which is trained on.
        target_coefficient: |sum of f_0(x) exp(-2 pi i k x)| 2/N by the fast transform of the grid.
        noisy_coefficient: the same of y.
    """

    target: Measurement
    noisy_target: Measurement
    target_coefficient: Measurement
    noisy_coefficient: Measurement


def measure_toy_targets(
    toy: Toy,
    *,
    sample: Sequence[int],
    frequency: Sequence[int],
    networks: int,
    seed: int,
    first_network: int = 0,
) -> ToyTargets:
    """Draw the phases of networks, and look at what they are to learn.

    It takes no device: targets are sums of six sines.

    Args:
        toy: what is to be learnt.
        sample: number of the input of each place, 0 <= sample < N.
        frequency: of each place, 0 <= k <= N/2.
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.instance("toy", toy, Toy)
    samples = arguments.integers("sample", sample, minimum=0, maximum=toy.samples - 1)
    frequencies = _frequencies(toy, frequency)
    arguments.require_one_length(sample=samples, frequency=frequencies)
    block = arguments.network_range(first_network, networks)
    sines = np.stack([_sines(toy, keyed.numpy_generator(seed=seed, network=k)) for k in block])
    values = [_SIZES[: len(TARGET)] @ sines[:, : len(TARGET)], _SIZES @ sines]
    columns = [one[:, samples] for one in values]
    columns += [_spectra(one)[:, frequencies] for one in values]
    names = ("target", "noisy_target", "target_coefficient", "noisy_coefficient")
    settings = {**vars(toy), "seed": seed, "first_network": first_network}
    measured = measurements([one.replace("_", " ") for one in names], columns, settings)
    return ToyTargets(**dict(zip(names, measured, strict=True)))


@dataclass(frozen=True, kw_only=True)
class ToyCourse:
    """What runs are like in the course of training, (networks, columns): one for each place asked.

    Attributes:
        coefficient: |sum of f(x) exp(-2 pi i k x)| 2/N by the fast transform of the grid.
        frobenius_norms: the sum over the layers.
        entrywise_norms: the sum over the layers, of absolute entries.
        path_norm: the sum over all paths.
    """

    coefficient: Measurement
    frobenius_norms: Measurement
    entrywise_norms: Measurement
    path_norm: Measurement


def measure_toy_course(
    toy: Toy,
    *,
    regulariser: Sequence[str],
    update: Sequence[int],
    frequency: Sequence[int],
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> ToyCourse:
    """Train networks under every regulariser, and look at them at some updates.

    Args:
        toy: what is trained, and how.
        regulariser: of each place.
        update: of each place, 0 <= update <= toy.updates.
        frequency: of each place, 0 <= k <= N/2.
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.instance("toy", toy, Toy)
    regularisers = arguments.choices("regulariser", regulariser, REGULARISERS)
    updates = arguments.integers("update", update, minimum=0, maximum=toy.updates)
    frequencies = _frequencies(toy, frequency)
    arguments.require_one_length(regulariser=regularisers, update=updates, frequency=frequencies)
    seen = sorted(set(updates))
    found = _trained(toy, seen, networks, seed, first_network, device)
    steps = [seen.index(step) for step in updates]
    kinds = [REGULARISERS.index(one) for one in regularisers]
    spectra = found["spectra"][:, steps, kinds, frequencies]
    norms = found["norms"][:, steps, kinds]
    settings = {**vars(toy), "seed": seed, "first_network": first_network}
    columns = [spectra, *(norms[..., place] for place in range(3))]
    names = ("coefficient", "frobenius_norms", "entrywise_norms", "path_norm")
    measured = measurements([one.replace("_", " ") for one in names], columns, settings)
    return ToyCourse(**dict(zip(names, measured, strict=True)))


@dataclass(frozen=True, kw_only=True)
class ToyOrders:
    """Rows to be ranked, one a network, shape (networks, 2), after all updates.

    What is learnt of a sine is its coefficient over its amplitude, in the mean of the three sines
    of the target or of the noise. A norm is the one that the regulariser penalises.

    Attributes:
        path_norm_at_the_start_and_in_the_end: without a regulariser.
        norms_under_weight_decay_and_none: and the next two likewise.
        noise_under_weight_decay_and_none: learnt; and the next two likewise.
        target_under_weight_decay_and_none: learnt; and the next two likewise.
    """

    path_norm_at_the_start_and_in_the_end: Measurement
    norms_under_weight_decay_and_none: Measurement
    norms_under_L1_and_none: Measurement
    norms_under_path_and_none: Measurement
    noise_under_weight_decay_and_none: Measurement
    noise_under_L1_and_none: Measurement
    noise_under_path_and_none: Measurement
    target_under_weight_decay_and_none: Measurement
    target_under_L1_and_none: Measurement
    target_under_path_and_none: Measurement


def measure_toy_orders(
    toy: Toy, *, networks: int, seed: int, first_network: int = 0, device: str = "auto"
) -> ToyOrders:
    """Train networks under every regulariser, and compare what they learn; see ``Toy``."""
    arguments.instance("toy", toy, Toy)
    found = _trained(toy, [0, toy.updates], networks, seed, first_network, device)
    norms, spectra = found["norms"], found["spectra"][:, 1]
    target = spectra[..., list(TARGET)].mean(axis=2)
    noise = spectra[..., list(NOISE)].mean(axis=2) / NOISE_SIZE
    rows = {"path_norm_at_the_start_and_in_the_end": norms[:, :, 0, 2]}
    for place, name in enumerate(REGULARISERS[1:], 1):
        short = name.replace(" ", "_")
        rows[f"norms_under_{short}_and_none"] = norms[:, 1, [place, 0], place - 1]
        rows[f"noise_under_{short}_and_none"] = noise[:, [place, 0]]
        rows[f"target_under_{short}_and_none"] = target[:, [place, 0]]
    settings = {**vars(toy), "seed": seed, "first_network": first_network}
    names = [name.replace("_", " ") for name in rows]
    return ToyOrders(**dict(zip(rows, measurements(names, rows.values(), settings), strict=True)))


def _trained(
    toy: Toy, seen: Sequence[int], networks: int, seed: int, first_network: int, device: str
) -> dict[str, Numbers]:
    """Return spectra, (networks, seen, regularisers, frequencies), and three norms likewise."""
    block = arguments.network_range(first_network, networks)
    like = torch.empty(0, dtype=DTYPES[toy.dtype], device=resolved_device(device))
    chunk = max(1, _AT_ONCE // (len(REGULARISERS) * toy.width * max(toy.samples, toy.width)))
    return in_chunks(lambda part: _train(toy, seen, seed, part, like), block, chunk)


def _train(
    toy: Toy, seen: Sequence[int], seed: int, block: range, like: torch.Tensor
) -> dict[str, torch.Tensor]:
    spectra, norms = [], []
    for runs, values in trained_runs(toy, seen, seed, block, like):
        outputs = values[..., 0].double().cpu().numpy()
        spectra.append(runs.by_network(torch.from_numpy(_spectra(outputs))))
        norms.append(runs.by_network(torch.stack(runs.norms(), dim=1)))
    return {"spectra": torch.stack(spectra, dim=1), "norms": torch.stack(norms, dim=1)}


def trained_runs(
    toy: Toy, seen: Sequence[int], seed: int, block: range, like: torch.Tensor
) -> Iterator[tuple[Runs, torch.Tensor]]:
    """Train networks of a block, and yield them and their outputs at some updates.

    They go on to be trained in place.
    """
    sizes = (1, *[toy.width] * _HIDDEN, 1)
    coefficients = (0.0, toy.weight_decay, toy.sparsity, toy.path)
    runs = Runs(sizes, block, seed, coefficients, like)
    randoms = [keyed.numpy_generator(seed=seed, network=k) for k in block]
    targets = runs.of_all(np.stack([_targets(toy, random) for random in randoms])[..., None])
    if toy.biases == "uniform":
        runs.spread_biases(randoms)
    inputs = runs.of_all(np.tile(toy.inputs[:, None], (len(block), 1, 1)))
    adam = Adam(runs, toy.learning_rate)
    for update in range(toy.updates + 1):
        values = runs.forward(inputs)
        if update in seen:
            yield runs, values[-1]
        if update < toy.updates:
            error = aligned_copy((values[-1] - targets).div_(toy.samples))
            adam.step(runs.gradients(values, error))


def _targets(toy: Toy, random: np.random.Generator) -> Numbers:
    """Return y of eq 25 at the inputs, shape (samples,)."""
    found: Numbers = _SIZES @ _sines(toy, random)
    return found


def _sines(toy: Toy, random: np.random.Generator) -> Numbers:
    """Return the sines of eq 25 at the inputs, shape (6, samples), those of the target first."""
    periods = np.array([*TARGET, *NOISE])
    phases = random.uniform(0, 2 * np.pi, len(periods))
    found: Numbers = np.sin(2 * np.pi * periods[:, None] * toy.inputs + phases[:, None])
    return found


def _spectra(outputs: Numbers) -> Numbers:
    """Return the sizes of Fourier coefficients of rows at the inputs: 1 of a sine."""
    found: Numbers = np.abs(np.fft.rfft(outputs, axis=1)) * 2 / outputs.shape[1]
    return found


def _frequencies(toy: Toy, frequency: Sequence[int]) -> tuple[int, ...]:
    return arguments.integers("frequency", frequency, minimum=0, maximum=toy.samples // 2)
