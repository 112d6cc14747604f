"""The mean squared gradient of the cross-entropy over a batch of outputs, by random search."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed

_TRIES = 16  # of a search

Numbers = NDArray[np.float64]


@dataclass(frozen=True, kw_only=True)
class OutputGradients:
    """The least mean squared gradients of a search, one value a search.

    The mean is over the samples of a batch, and but for wrong samples over all labels that each
    may have.

    Attributes:
        of_losses: of each sample's own loss, -log(softmax).
        of_mean_loss: of the mean loss of the batch.
        of_wrong_samples: of each sample's own loss, where another class is at least as likely.
    """

    of_losses: Measurement
    of_mean_loss: Measurement
    of_wrong_samples: Measurement


def measure_output_gradients(
    *, classes: int, batch_size: int, networks: int, seed: int, first_network: int = 0
) -> OutputGradients:
    """Search for outputs of the least gradients of the cross-entropy.

    It takes no device: an output is a few numbers.

    Args:
        classes: C >= 2, the entries of an output.
        batch_size: N >= 1 samples.
        networks: number of searches >= 1.
        seed: integer in [0, 2**64); search k depends on (seed, k) alone.
        first_network: index of the first search.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    classes = arguments.integer("classes", classes, minimum=2)
    samples = arguments.integer("batch_size", batch_size, minimum=1)
    found = []
    for network in arguments.network_range(first_network, networks):
        random = keyed.numpy_generator(seed=seed, network=network)
        scales = 10 ** random.uniform(-3, 2, (_TRIES, 1, 1))
        logits = scales * random.standard_normal((_TRIES, samples, classes))
        labels = np.arange(classes)[:, None].repeat(samples, axis=1)
        squares = [[(g**2).sum(axis=-1).mean() for g in gradients(one, labels)] for one in logits]
        # Two classes that lead by far and differ little, the right one being second.
        wrong = logits[scales.argmin()]
        wrong[:, :2] += 10 ** random.uniform(0, 2)
        wrong[:, :2].sort(axis=1)
        wrong[:, 2:] = np.minimum(wrong[:, 2:], wrong[:, :1])
        own, _ = gradients(wrong, np.zeros((1, samples), dtype=int))
        found.append((*np.min(squares, axis=0), (own**2).sum(axis=-1).mean()))
    settings = {
        "classes": classes, "batch_size": samples, "networks": networks, "seed": seed,
        "first_network": first_network,
    }  # fmt: skip
    words = "of each loss", "of the mean loss", "of each loss, of wrong samples"
    of_losses, of_mean_loss, of_wrong = (
        Measurement(
            quantity=f"least mean square gradient {which}", per_network=values, settings=settings
        )
        for which, values in zip(words, np.array(found).T, strict=True)
    )
    return OutputGradients(
        of_losses=of_losses, of_mean_loss=of_mean_loss, of_wrong_samples=of_wrong
    )


def gradients(logits: Numbers, labels: NDArray[np.int_]) -> tuple[Numbers, Numbers]:
    """Return gradients of each sample's cross-entropy, and of their mean over the batch.

    Args:
        logits: outputs, shape (samples, classes).
        labels: rows of labels of the batch, shape (rows, samples).

    Returns:
        Arrays of shape (rows, samples, classes).
    """
    shares = np.exp(logits - logits.max(axis=-1, keepdims=True))
    shares /= shares.sum(axis=-1, keepdims=True)
    own = shares - np.eye(logits.shape[-1])[labels]
    return own, own / len(logits)
