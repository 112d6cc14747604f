"""Batch norm trained, then frozen or kept in further training (Luo et al. 2018, section 5.1)."""

from copy import deepcopy
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from numerics.batch_norm.convolutional import ConvolutionalNetwork
from numerics.batch_norm.training import (
    Data,
    Normalisation,
    batches,
    blocks,
    descend,
    drawn,
    evaluated,
    losses,
    started,
)
from numerics.measurement import Measurement, measurements
from numerics.simulation import arguments
from numerics.simulation.batched import one_thread


@dataclass(frozen=True, kw_only=True)
class Finetuned:
    """Of each network a row of three columns: before, after with batch norm, after without it.

    Losses are those of evaluation, as in ``Trends``.  The norm of a kernel is that of the weights
    that multiply the inputs of evaluation, gamma w/sigma, and its mean over the layer's channels.

    Attributes:
        training_loss, validation_loss: of the networks.
        kernel_norm_1, kernel_norm_2, kernel_norm_3, kernel_norm_4: of the convolutions.
    """

    training_loss: Measurement
    validation_loss: Measurement
    kernel_norm_1: Measurement
    kernel_norm_2: Measurement
    kernel_norm_3: Measurement
    kernel_norm_4: Measurement


def measure_finetuning(
    network: Normalisation, *, finetuned: int, finetuning_rate: float
) -> Finetuned:
    """Train networks with batch norm, and train them further with and without it.

    Without it their kernels are gamma w/sigma and their biases beta - gamma mu/sigma, mu and sigma
    those of the training set, which moving averages estimate: the same function at first.  Both
    see the same batches, at the same learning rate, without momentum.

    Args:
        network: how they are trained at first; its kind must be "bn", in all layers.
        finetuned: further steps.
        finetuning_rate: the learning rate of these.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    if network.kind != "bn" or network.layer is not None:
        raise ValueError(f"kind = {network.kind!r}: must be 'bn', in all layers")
    finetuned = arguments.integer("finetuned", finetuned, minimum=1)
    rate = arguments.real("finetuning_rate", finetuning_rate, minimum=0, maximum=1e6)
    together, kept = blocks(network)
    found: dict[str, list[NDArray[np.float64]]] = {}
    with one_thread():
        for block in together:
            for name, values in _block(network, block, finetuned, rate).items():
                found.setdefault(name, []).append(values)
    settings = {**vars(network), "finetuned": finetuned, "finetuning_rate": rate}
    words = [
        f"{name.replace('_', ' ')} before and after, with and without batch norm" for name in found
    ]
    whole = (np.concatenate(values)[kept] for values in found.values())
    return Finetuned(**dict(zip(found, measurements(words, whole, settings), strict=True)))


def _block(
    network: Normalisation, block: range, finetuned: int, rate: float
) -> dict[str, NDArray[np.float64]]:
    data = drawn(network, block)
    model = started(network, data, block)
    shown = list(batches(network, data, block, updates=network.updates + finetuned))
    descend(network, model, shown[: network.updates])
    plain = frozen(model, data)
    columns = [_told(model, data)]
    for one in (model, plain):
        optimiser = torch.optim.SGD(one.parameters(), lr=rate, foreach=True)
        for images, labels in shown[network.updates :]:
            optimiser.zero_grad()
            losses(one(images), labels).sum().backward()
            optimiser.step()
        columns.append(_told(one, data))
    return {name: np.stack([one[name] for one in columns], axis=1) for name in columns[0]}


@torch.no_grad()
def frozen(model: ConvolutionalNetwork, data: Data) -> ConvolutionalNetwork:
    """Return the same function without batch norm, by the statistics of the training set."""
    plain = deepcopy(model)
    scores = plain(data.images)
    for layer in plain.layers:
        layer.become("plain")
    torch.testing.assert_close(plain(data.images), scores, rtol=1e-3, atol=1e-3)
    return plain


@torch.no_grad()
def _told(model: ConvolutionalNetwork, data: Data) -> dict[str, NDArray[np.float64]]:
    training, validation, _ = evaluated(model, data)
    found = {"training_loss": training, "validation_loss": validation}
    alike = frozen(model, data) if model.layers[0].kind == "bn" else model
    for place, layer in enumerate(alike.layers[:4], 1):
        norms = layer.kernel.flatten(1).norm(dim=1)
        found[f"kernel_norm_{place}"] = norms.view(model.networks, -1).mean(dim=1)
    return {name: one.double().cpu().numpy() for name, one in found.items()}
