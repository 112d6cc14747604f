"""Perceptrons that learn labels of 0 and 1 drawn at random, under weight decay and without.

Networks have no biases, as Theorem 1 of Furusho (2020) asks for; the images are zeros and ones, of
pixels up to 1. All images are taken in each update of Adam, on the mean cross-entropy of a logistic
unit plus C times the sum of the norms of Frobenius.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch

from numerics.measurement import Measurement, measurements
from numerics.regularisation.training.descent import Adam, Runs
from numerics.regularisation.training.noisy_labels import logistic, noisy_labels
from numerics.regularisation.training.zeros_and_ones import zeros_and_ones
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import in_chunks
from numerics.simulation.data import ImageSet
from numerics.simulation.device import resolved_device
from numerics.simulation.products import aligned_copy

FITTED = 0.99
"""Share of the labels that counts as a fit."""

_AT_ONCE = 2**21  # numbers of the inputs of all runs trained at once; 8 MiB


@dataclass(frozen=True, kw_only=True)
class RandomLabels:
    """Rows to be ranked, one a network, shape (networks, 2).

    The bound is what Theorems 1 and 2 leave of the gap between the risks of a loss that falls from
    1 to 0 as the margin grows to the median one of the run: 2 R/margin with the complexity R of
    eq 10 at the norms of the run, those of the last layer taken in. It says nothing from 1 on.

    Attributes:
        norms_under_weight_decay_and_none: products over the layers of norms of Frobenius.
        share_that_counts_as_fitted_and_share_fitted: 0.99, and what is told under weight decay.
        share_fitted_and_share_that_counts_as_fitted: the same the other way round.
        greatest_gap_and_its_bound: 1, and the bound under weight decay.
    """

    norms_under_weight_decay_and_none: Measurement
    share_that_counts_as_fitted_and_share_fitted: Measurement
    share_fitted_and_share_that_counts_as_fitted: Measurement
    greatest_gap_and_its_bound: Measurement


def measure_random_labels(
    image_set: ImageSet,
    *,
    weight_decay: float,
    networks: int,
    seed: int,
    samples: int = 180,
    hidden: int = 2,
    width: int = 64,
    updates: int = 300,
    learning_rate: float = 0.01,
    brightest: float = 1.0,
    first_network: int = 0,
    device: str = "auto",
) -> RandomLabels:
    """Train networks on random labels, with weight decay and without.

    Args:
        image_set: of its zeros and ones.
        weight_decay: C in [0, 1].
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        samples: N >= 2 images.
        hidden: hidden layers >= 1.
        width: units >= 1 of each.
        updates: of Adam, >= 1.
        learning_rate: in [0, 1].
        brightest: value of the brightest pixel, in [0, 1000].
        first_network: index of the first network.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    block = arguments.network_range(first_network, networks)
    for name, value in {"hidden": hidden, "width": width, "updates": updates}.items():
        arguments.integer(name, value, minimum=1)
    arguments.integer("samples", samples, minimum=2)
    arguments.real("weight_decay", weight_decay, minimum=0, maximum=1)
    arguments.real("learning_rate", learning_rate, minimum=0, maximum=1)
    arguments.real("brightest", brightest, minimum=0, maximum=1000)
    arguments.instance("image_set", image_set, ImageSet)
    (images, _), (labels, _) = zeros_and_ones(image_set, samples)
    images = images * brightest
    like = torch.empty(0, device=resolved_device(device))
    pixels = torch.from_numpy(images).to(like)

    def train(part: range) -> dict[str, torch.Tensor]:
        sizes = (images.shape[1], *[width] * hidden, 1)
        runs = Runs(sizes, part, seed, (0.0, weight_decay), like)
        randoms = [keyed.numpy_generator(seed=seed, network=k) for k in part]
        targets = runs.of_all(
            np.stack([noisy_labels(labels, 1.0, one) for one in randoms])[..., None]
        )
        inputs = aligned_copy(pixels.expand(len(targets), -1, -1))
        adam = Adam(runs, learning_rate)
        for _ in range(updates):
            values = runs.forward(inputs)
            error = (logistic(values[-1]) - targets) / samples
            by_layer = runs.gradients(values, aligned_copy(error))
            adam.step([(by_weight, torch.zeros_like(by_bias)) for by_weight, by_bias in by_layer])
        margins = (runs.forward(inputs)[-1] * (2 * targets - 1))[..., 0].double()
        found = {"margins": margins, "norms": runs.products_of_norms()}
        return {name: runs.by_network(one).contiguous() for name, one in found.items()}

    chunk = max(1, _AT_ONCE // (2 * samples * max(width, images.shape[1])))
    found = in_chunks(train, block, chunk)
    margins, norms = found["margins"][:, 1], found["norms"]
    longest = np.linalg.norm(images, axis=1).max()
    # 2^(L - 1/2) of L = hidden + 1 matrices, twice over the margin.
    complexity = 2 ** (hidden + 0.5) * norms[:, 1] * longest / samples**0.5
    bound = 2 * complexity / np.maximum(np.median(margins, axis=1), 1e-30)
    fitted = (margins > 0).mean(axis=1)
    rows = {
        "norms_under_weight_decay_and_none": norms[:, ::-1],
        "share_that_counts_as_fitted_and_share_fitted": _beside(FITTED, fitted),
        "share_fitted_and_share_that_counts_as_fitted": _beside(FITTED, fitted)[:, ::-1],
        "greatest_gap_and_its_bound": _beside(1.0, bound),
    }
    settings = {
        **vars(image_set), "weight_decay": weight_decay, "samples": samples, "hidden": hidden,
        "width": width, "updates": updates, "learning_rate": learning_rate, "brightest": brightest,
        "seed": seed, "first_network": first_network,
    }  # fmt: skip
    names = [name.replace("_", " ") for name in rows]
    return RandomLabels(
        **dict(zip(rows, measurements(names, rows.values(), settings), strict=True))
    )


def _beside(number: float, values: np.ndarray) -> np.ndarray:
    return np.column_stack([np.full_like(values, number), values])
