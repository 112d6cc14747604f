"""What runs have of what theorems ask for: norms of weights and increments, sums of rates.

All are taken in the units of Assumption 3.1.1 (iii) and of (3.34) of Susanna (2024), L^-beta,
L^(-1/gamma - beta) and 1/(10 d).
"""

from dataclasses import dataclass, replace

import numpy as np
from scipy.special import ndtr, ndtri

from numerics.measurement import Measurement, measurements
from numerics.simulation import arguments, keyed
from numerics.weight_paths.start import truncated_normals
from numerics.weight_paths.trained import training
from numerics.weight_paths.trained.c10k import SEEDS, C10k, seeded_runs
from numerics.weight_paths.trained.training import Descent, Numbers


@dataclass(frozen=True, kw_only=True)
class StartSizes:
    """Norms of weights at the start, the greatest over the layers, one value a network.

    Attributes:
        weight: ||W_k|| over L^-beta.
        increment: ||W_(k+1) - W_k|| over L^(-1/gamma - beta).
    """

    weight: Measurement
    increment: Measurement


def measure_start_sizes(
    *,
    depth: int,
    dim: int,
    alpha: float,
    gamma: float,
    start: str,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> StartSizes:
    """Measure the norms of truncated normal weights. It takes no device: they are drawn and summed.

    Args:
        depth: L >= 2.
        dim: d >= 1, of the d x d weights.
        alpha: in [0, 1]; beta = 1 - alpha.
        gamma: in [0.1, 1000].
        start: "printed" (entries of the variance a before they are cut off at -a and a, a =
            L^(-1/gamma - beta)/d^2, as (4.2) has it) or "tables" (of the deviation a, a =
            L^(-1/gamma - beta)/2).
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    layers = arguments.integer("depth", depth, minimum=2)
    dim = arguments.integer("dim", dim, minimum=1)
    alpha = arguments.real("alpha", alpha, minimum=0, maximum=1)
    gamma = arguments.real("gamma", gamma, minimum=0.1, maximum=1000)
    start = arguments.choice("start", start, ("printed", "tables"))
    unit = layers ** (-1 / gamma)  # of L^-beta
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        uniform = random.random((layers, dim**2))
        if start == "tables":
            entries = truncated_normals(uniform) / 2
        else:
            # In units of the deviation, the root of a, they are cut off at that root.
            cut = np.sqrt(unit * layers ** (alpha - 1) / dim**2)
            below = ndtr(-cut)
            entries = ndtri(below + (1 - 2 * below) * uniform) / (cut * dim**2)
        increment = np.linalg.norm(np.diff(entries, axis=0), axis=1).max()
        found.append((np.linalg.norm(entries, axis=1).max() * unit, increment))
    settings = {
        "depth": depth, "dim": dim, "alpha": alpha, "gamma": gamma, "start": start,
        "networks": networks, "seed": seed, "first_network": first_network,
    }  # fmt: skip
    words = "greatest weight at the start", "greatest increment at the start"
    weight, increment = measurements(words, np.array(found).T, settings)
    return StartSizes(weight=weight, increment=increment)


@dataclass(frozen=True, kw_only=True)
class TrainingSizes:
    """What runs have of what theorems ask for and claim, the largest of three, one value a network.

    Attributes:
        weight: the greatest |W_k(t)| over L^-beta, t = 0..T.
        increment: the greatest |W_(k+1)(t) - W_k(t)| over L^(-1/gamma - beta), likewise.
        gradient: the greatest mean square gradient of the loss, the C_l of Assumption 3.3.2.
        rate_sum: the sum over r = 1..T of the rate times the root of that mean at step r, over
            1/10: 1 at most by (3.34), which has a bound on the mean for it.
    """

    weight: Measurement
    increment: Measurement
    gradient: Measurement
    rate_sum: Measurement


def measure_training_sizes(
    c10k: C10k, *, networks: int, seed: int, first_network: int = 0
) -> TrainingSizes:
    """Train the networks of a cell of the tables, as measure_c10k does, and measure their sizes.

    Networks differ by their inputs alone. A network that blows up is measured all the same. It
    takes no device: a layer has one unit.

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
    found = [
        _trained_sizes(descent, *runs).reshape(4, -1, len(SEEDS)).max(axis=2)
        for runs in seeded_runs(descent, block, seed)
    ]
    settings = {
        **vars(c10k), "networks": networks, "seed": seed, "first_network": first_network,
    }  # fmt: skip
    words = (
        "greatest weight in training", "greatest increment in training",
        "greatest mean square gradient", "sum of rates and gradients, over 1/10",
    )  # fmt: skip
    weight, increment, gradient, rate_sum = measurements(
        words, np.concatenate(found, axis=1), settings
    )
    return TrainingSizes(weight=weight, increment=increment, gradient=gradient, rate_sum=rate_sum)


def _trained_sizes(
    descent: Descent, inputs: Numbers, shares: Numbers, weights: Numbers, embeddings: Numbers
) -> Numbers:
    """Return the four sizes of runs, shape (4, runs), of what `train` takes.

    The loss of a run is twice that of its `Descent`, which has twice the rate instead.
    """
    kind = np.dtype(descent.dtype)
    into, out = embeddings.T[:, :, None].astype(kind)
    path = np.ascontiguousarray(weights.T, dtype=kind)
    layers, shares = into * inputs.astype(kind), shares.astype(kind)
    sizes = np.zeros((4, len(inputs)))
    with np.errstate(over="ignore", invalid="ignore"):
        for step in range(descent.steps + 1):
            exact = path.astype(np.float64)
            for row, values in enumerate((exact, np.diff(exact, axis=0))):
                sizes[row] = np.maximum(sizes[row], np.abs(values).max(axis=0))
            one = replace(descent, steps=min(descent.steps - step, 1))
            loss = training._descend(one, path, layers, shares, out)
            sizes[2] = np.maximum(sizes[2], 8 * loss)
            sizes[3] += 10 * descent.rate * np.sqrt(2 * loss) if step else 0
    sizes[:2] *= descent.depth ** (1 - descent.alpha)
    sizes[1] *= descent.depth ** (1 / descent.gamma)
    sizes[~np.isfinite(sizes)] = np.inf
    return sizes
