"""Gradient descent of random residual networks, many runs in one tensor program.

A run is a network of ``numerics.fisher.Ensemble`` with a learning rate. It takes full-batch steps
on the risk (1/2N) sum_n (f(x_n) - y_n)^2, W^l -= eta dR/dW^l for l = 0..L, and gradients pass
through the statistics of batch norm, as autograd would take them. Stochastic depth drops blocks
anew in every step, the same ones for every learning rate, and is evaluated with its branches
multiplied by p; in the other networks the loss is that which descent goes down.

Targets are 0 or 1: the labels of the digits; whether the first coordinate of a Gaussian input is
positive.

A run stops where its loss is no finite number: there is no way back. Above any finite loss there
is one, as runs that converge in the end peak at thousands of times their start.
"""

from dataclasses import dataclass
from functools import partial

import numpy as np
import torch

from numerics.fisher.networks import Draw, Ensemble, draw
from numerics.simulation import arguments, data, keyed
from numerics.simulation.batched import aligned, array, in_chunks, multiply
from numerics.simulation.device import DTYPES

_CHUNK_MEMORY = 2**25  # bytes held for the runs of a chunk; more of them save no time


@dataclass
class Runs:
    """Runs that go on.

    Attributes:
        weights: W^0..W^L, shape (L + 1, runs, D, D).
        inputs: shape (runs, D, N).
        targets: shape (runs, N).
        rates: eta, shape (runs, 1, 1).
        places: of each run among all of the chunk, shape (runs,).
    """

    weights: torch.Tensor
    inputs: torch.Tensor
    targets: torch.Tensor
    rates: torch.Tensor
    places: np.ndarray

    def select(self, kept: np.ndarray) -> "Runs":
        """Return copies of the runs at some places among these."""
        places = torch.from_numpy(kept).to(self.rates.device)
        return Runs(
            _copy(self.weights.index_select(1, places)),
            _copy(self.inputs.index_select(0, places)),
            self.targets.index_select(0, places),
            self.rates.index_select(0, places),
            self.places[kept],
        )


def losses_of_descent(
    ensemble: Ensemble, rates: np.ndarray, *, steps: int, chunk: int | None = None
) -> np.ndarray:
    """Return the loss of each run at each step.

    Args:
        ensemble: the networks; network k starts as that of ``measure_spectrum``. Stochastic depth
            has a survival probability.
        rates: learning rates of each network, shape (networks, R).
        steps: T >= 0.
        chunk: networks trained at once; no bit of a result depends on it on a CPU.

    Returns:
        Array of shape (networks, R, T + 1), infinite from the step on at which a loss is no finite
        number of the ensemble's precision.
    """
    if ensemble.survivors is not None:
        raise ValueError(f"survivors = {ensemble.survivors!r}: must be None where blocks drop anew")
    arguments.integer("steps", steps, minimum=0)
    if chunk is None:
        chunk = max(1, _CHUNK_MEMORY // (rates.shape[1] * _held(ensemble)))
    first = ensemble.first_network

    def part(block: range) -> dict[str, torch.Tensor]:
        mine = rates[block.start - first : block.stop - first]
        return {"losses": torch.from_numpy(_descend(ensemble, block, mine, steps))}

    return in_chunks(part, ensemble.block, arguments.integer("chunk", chunk, minimum=1))["losses"]


def _held(ensemble: Ensemble) -> int:
    signals = (2 if ensemble.network == "batch_norm" else 1) * ensemble.size
    layer = ensemble.width * (ensemble.width + signals)
    return (ensemble.depth + 1) * layer * DTYPES[ensemble.dtype].itemsize


def _descend(ensemble: Ensemble, block: range, rates: np.ndarray, steps: int) -> np.ndarray:
    count = rates.shape[1]
    runs = started(ensemble, draw(ensemble, block), rates)
    found = np.full((len(block) * count, steps + 1), np.inf)
    masks = drawn_masks(ensemble, block, steps)
    program = Program(ensemble, runs)
    for step in range(steps + 1):
        scales = None
        if masks is not None and ensemble.survival is not None:
            alive = masks[runs.places // count, step]
            scales = torch.from_numpy(alive.T.copy()).to(runs.rates)[..., None, None]
            evaluated = torch.full_like(scales, ensemble.survival)
            loss = program.forward(runs, evaluated).cpu().numpy()
        if masks is None or step < steps:
            trained = program.forward(runs, scales).cpu().numpy()
            loss = trained if masks is None else loss
        finite = np.isfinite(loss)
        found[runs.places, step] = np.where(finite, loss, np.inf)
        if step == steps or not finite.any():
            break
        program.descend(runs, scales)
        if not finite.all():
            runs = runs.select(np.flatnonzero(finite))
            program = Program(ensemble, runs)
    return found.reshape(len(block), count, steps + 1)


def started(ensemble: Ensemble, drawn: Draw, rates: np.ndarray) -> Runs:
    """Return a run for each network of a chunk and each of its rates, shape (networks, R)."""
    networks, count = rates.shape
    inputs = _copy(drawn.inputs.mT)
    if ensemble.inputs == "digits":
        labels = torch.tensor(data.digits(width=ensemble.width)[1])
        targets = labels.to(inputs).expand(networks, -1)
    else:
        targets = (inputs[:, 0] > 0).to(inputs)
    places = torch.arange(networks).repeat_interleave(count).to(inputs.device)
    return Runs(
        weights=_copy(drawn.weights.index_select(1, places)),
        inputs=_copy(inputs.index_select(0, places)),
        targets=targets.index_select(0, places),
        rates=torch.from_numpy(rates.reshape(-1, 1, 1)).to(inputs),
        places=np.arange(networks * count),
    )


def drawn_masks(ensemble: Ensemble, block: range, steps: int) -> np.ndarray | None:
    """Return which blocks live in each step, shape (networks, T + 1, L)."""
    if ensemble.survival is None:
        return None
    drawn = [
        keyed.numpy_generator(seed=ensemble.seed, network=k).random((steps + 1, ensemble.depth))
        for k in block
    ]
    return np.stack(drawn) < ensemble.survival


class Program:
    """One forward and one backward pass of some runs, in memory of its own.

    Signals are D x N here: products, and sums over samples, then run along memory.
    """

    def __init__(self, ensemble: Ensemble, runs: Runs) -> None:
        shape = len(runs.places), ensemble.width, ensemble.size
        like = partial(aligned, dtype=runs.weights.dtype, device=runs.weights.device)
        self.depth = ensemble.depth
        self.normalised = ensemble.network == "batch_norm"
        self.signals = like(self.depth, *shape)
        self.hidden, self.product = like(2, *shape)
        self.before = like(self.depth, *shape) if self.normalised else self.signals
        self.inverse_std: list[torch.Tensor] = [runs.rates] * self.depth
        self.gradient = like(shape[0], ensemble.width, ensemble.width)
        self.residual = runs.targets

    def forward(self, runs: Runs, scales: torch.Tensor | None) -> torch.Tensor:
        """Return the loss of each run; scales, shape (L, runs, 1, 1), multiply the branches."""
        hidden, product = self.hidden, self.product
        multiply(array(runs.weights[0]), array(runs.inputs), out=array(hidden))
        for layer, signal in enumerate(self.signals):
            before = hidden
            if self.normalised:
                before = self._normalise(layer)
            torch.clamp(before, min=0, out=signal)
            if scales is not None:
                signal.mul_(scales[layer])
            multiply(array(runs.weights[layer + 1]), array(signal), out=array(product))
            hidden.add_(product)
        self.residual = hidden.sum(dim=1).sub_(runs.targets)
        return self.residual.double().square().mean(dim=1).div_(2)

    def _normalise(self, layer: int) -> torch.Tensor:
        before = self.before[layer]
        torch.sub(self.hidden, self.hidden.mean(dim=2, keepdim=True), out=before)
        self.inverse_std[layer] = before.square().mean(dim=2, keepdim=True).rsqrt_()
        return before.mul_(self.inverse_std[layer])

    def descend(self, runs: Runs, scales: torch.Tensor | None) -> None:
        """Take a step, in place, along the gradient at the last forward pass."""
        errors, through, gradient = self.hidden, self.product, self.gradient
        errors.copy_((self.residual / self.residual.shape[1]).unsqueeze(1))
        for layer in range(self.depth - 1, -1, -1):
            weights, signal = runs.weights[layer + 1], self.signals[layer]
            multiply(array(errors), array(signal.mT), out=array(gradient))
            multiply(array(weights.mT), array(errors), out=array(through))
            weights.addcmul_(gradient, runs.rates, value=-1)
            gated = torch.ops.aten.threshold_backward(through, signal, 0)
            if scales is not None:
                gated.mul_(scales[layer])
            if self.normalised:
                self._through_statistics(gated, layer)
            errors.add_(gated)
        multiply(array(errors), array(runs.inputs.mT), out=array(gradient))
        runs.weights[0].addcmul_(gradient, runs.rates, value=-1)

    def _through_statistics(self, errors: torch.Tensor, layer: int) -> None:
        """Turn the gradient by z = (h - mean)/sigma into that by h, in place."""
        normal = self.before[layer]
        along = (errors * normal).mean(dim=2, keepdim=True)
        errors.sub_(errors.mean(dim=2, keepdim=True)).addcmul_(normal, along, value=-1)
        errors.mul_(self.inverse_std[layer])


def _copy(matrices: torch.Tensor) -> torch.Tensor:
    copy = aligned(*matrices.shape, dtype=matrices.dtype, device=matrices.device)
    return copy.copy_(matrices)
