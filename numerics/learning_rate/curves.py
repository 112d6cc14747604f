"""How fast gradient descent is: losses on training and test inputs, step by step.

Networks, their descent and targets are those of ``numerics.learning_rate.descent``. A rate is a
number, or one of each network's own, made of eigenvalues at its start: "1/top" and "2/(top +
bottom)", which the loss would call fastest were it quadratic. They are eigenvalues of the matrix
that descent meets there: F with gradients through the statistics of batch norm, and with
stochastic depth the mean of F over its 2^L masks. The bottom one is the least of the N (2^L N)
eigenvalues that are not 0 by their number.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import torch

from numerics.fisher.coupled import coupled_gram_matrix
from numerics.fisher.lanczos import top_eigenvalue_of_gram
from numerics.fisher.networks import Draw, Ensemble, backward, draw, forward
from numerics.fisher.tangent_kernel import fisher_top_eigenvalue, gram_matrix
from numerics.learning_rate.descent import Program, Runs, drawn_masks, losses_of_descent, started
from numerics.measurement import Measurement
from numerics.simulation import arguments, data, keyed
from numerics.simulation.batched import in_chunks

INVERSE_TOP, FASTEST = "1/top", "2/(top + bottom)"
RATES = INVERSE_TOP, FASTEST

_LARGEST_RATE = 1e30
_DEEPEST = 8  # blocks whose 2^L masks are gone through
_LOST = 1e30  # stands for what overflowed


@dataclass(frozen=True, kw_only=True)
class LossCurves:
    """Losses of each network, a column for each step that was asked for.

    Attributes:
        training_loss: on the inputs that it descends on; 1e30 where it overflowed.
        test_loss: on inputs of the same law, normalised by the training inputs' statistics.
    """

    training_loss: Measurement
    test_loss: Measurement


@dataclass(frozen=True, kw_only=True)
class Speed:
    """How far descent comes, one value a network.

    Attributes:
        final_loss: the training loss at the end; 1e30 where it overflowed.
        kept: the same over that of the start.
    """

    final_loss: Measurement
    kept: Measurement


def start_rates(ensemble: Ensemble, learning_rate: float | str) -> np.ndarray:
    """Return the learning rate of each network, shape (networks,).

    Args:
        ensemble: the networks.
        learning_rate: a rate in [0, 1e30], "1/top" or "2/(top + bottom)".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    if not isinstance(learning_rate, str):
        rate = arguments.real("learning_rate", learning_rate, minimum=0, maximum=_LARGEST_RATE)
        return np.full(ensemble.networks, rate)
    arguments.choice("learning_rate", learning_rate, RATES)
    masks = 1
    if ensemble.survival is not None:
        arguments.integer("depth", ensemble.depth, minimum=1, maximum=_DEEPEST)
        masks = 2**ensemble.depth
    bottom = learning_rate == FASTEST
    extra = 2 * (masks * ensemble.size) ** 2 if bottom else 0
    found = in_chunks(
        lambda part: _eigenvalues(ensemble, part, bottom=bottom),
        ensemble.block,
        max(1, ensemble.chunk(None, extra=extra) // masks),
    )
    return 2 / (found["top"] + found["bottom"]) if bottom else 1 / found["top"]


def _eigenvalues(ensemble: Ensemble, block: range, *, bottom: bool) -> dict[str, torch.Tensor]:
    """Return the top eigenvalue of each network, and the bottom one where it is asked for."""
    drawn = draw(ensemble, block)
    if ensemble.network == "batch_norm":
        passed = forward(ensemble, drawn)
        grams = [coupled_gram_matrix(drawn, passed, k) for k in range(len(block))]
        gram = torch.stack(grams)
    else:
        signals, errors = _passes(ensemble, drawn)
        if not bottom:
            masks = signals.shape[2] // ensemble.size
            return {"top": fisher_top_eigenvalue(signals, errors) * masks}
        gram = gram_matrix(signals, errors)
    if not bottom:
        return {"top": top_eigenvalue_of_gram(gram) / ensemble.size}
    found = torch.linalg.eigvalsh(gram.double()) / ensemble.size
    return {"top": found[:, -1], "bottom": found[:, max(0, len(gram[0]) - ensemble.parameters)]}


def _passes(ensemble: Ensemble, drawn: Draw) -> tuple[torch.Tensor, torch.Tensor]:
    """Return signals and errors; with dropping those of all masks, side by side like samples.

    The errors of a mask are multiplied by the root of its probability.
    """
    if ensemble.survival is None:
        passed = forward(ensemble, drawn)
        return passed.signals, backward(ensemble, drawn, passed)
    signals, errors = [], []
    for mask in product((0, 1), repeat=ensemble.depth):
        alive = torch.tensor(mask).to(drawn.weights)[:, None, None, None]
        shown = replace(drawn, survival=alive.expand_as(drawn.survival))
        passed = forward(ensemble, shown)
        kept = sum(mask)
        chance = ensemble.survival**kept * (1 - ensemble.survival) ** (ensemble.depth - kept)
        signals.append(passed.signals)
        errors.append(backward(ensemble, shown, passed) * chance**0.5)
    # Samples lie next to each other in memory, as in one pass.
    left, right = (torch.cat([one.mT for one in parts], dim=3) for parts in (signals, errors))
    return left.mT, right.mT


def measure_speed(ensemble: Ensemble, *, learning_rate: float | str, steps: int) -> Speed:
    """Measure the training loss after gradient descent.

    Args:
        ensemble: the networks.
        learning_rate: a rate in [0, 1e30], "1/top" or "2/(top + bottom)".
        steps: >= 0.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    rates = start_rates(ensemble, learning_rate)
    losses = losses_of_descent(ensemble, rates[:, None], steps=steps)[:, 0]
    settings = {**vars(ensemble), "learning_rate": learning_rate, "steps": steps}
    last = np.minimum(losses[:, -1], _LOST)

    def measured(quantity: str, per_network: np.ndarray) -> Measurement:
        return Measurement(quantity=quantity, per_network=per_network, settings=settings)

    return Speed(
        final_loss=measured(f"training loss after {steps} steps", last),
        kept=measured("the same over that of the start", last / losses[:, 0]),
    )


def measure_loss_curves(
    ensemble: Ensemble, *, learning_rate: float | str, step: Sequence[int]
) -> LossCurves:
    """Measure training and test losses of gradient descent after some numbers of steps.

    Args:
        ensemble: the networks. Test inputs are the 60 test images of the digits; of Gaussian
            inputs as many fresh ones as there are to train on.
        learning_rate: a rate in [0, 1e30], "1/top" or "2/(top + bottom)".
        step: numbers of steps >= 0, a column each.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    asked = [arguments.integer("step", one, minimum=0) for one in arguments.sequence("step", step)]
    rates = start_rates(ensemble, learning_rate)
    first = ensemble.first_network

    def part(block: range) -> dict[str, torch.Tensor]:
        mine = rates[block.start - first : block.stop - first]
        return _curves(ensemble, block, mine, max(asked))

    found = in_chunks(part, ensemble.block, ensemble.chunk(None))
    settings = {**vars(ensemble), "learning_rate": learning_rate, "step": tuple(asked)}
    return LossCurves(
        **{
            name: Measurement(
                quantity=name.replace("_", " "),
                per_network=np.minimum(np.nan_to_num(losses, nan=_LOST), _LOST)[:, asked],
                settings=settings,
            )
            for name, losses in found.items()
        }
    )


def _curves(
    ensemble: Ensemble, block: range, rates: np.ndarray, steps: int
) -> dict[str, torch.Tensor]:
    drawn = draw(ensemble, block)
    runs = started(ensemble, drawn, rates[:, None])
    program = Program(ensemble, runs)
    masks = drawn_masks(ensemble, block, steps)
    inputs, targets = _test_set(ensemble, block, runs)
    found: dict[str, list[torch.Tensor]] = {"training_loss": [], "test_loss": []}
    for step in range(steps + 1):
        outputs = _evaluated(ensemble, runs, inputs)
        trained, tested = outputs.split([ensemble.size, targets.shape[1]], dim=1)
        found["training_loss"].append((trained - runs.targets).double().square().mean(dim=1) / 2)
        found["test_loss"].append((tested - targets).double().square().mean(dim=1) / 2)
        scales = None
        if masks is not None:
            scales = torch.from_numpy(masks[:, step].T.copy()).to(runs.rates)[..., None, None]
        program.forward(runs, scales)
        program.descend(runs, scales)
    return {name: torch.stack(losses, dim=1) for name, losses in found.items()}


def _test_set(ensemble: Ensemble, block: range, runs: Runs) -> tuple[torch.Tensor, torch.Tensor]:
    """Return test inputs, shape (networks, D, M), and targets, shape (networks, M)."""
    if ensemble.inputs == "digits":
        images, labels = data.digits(width=ensemble.width, part="test")
        inputs = torch.from_numpy(images.T.copy()).to(runs.inputs).expand(len(block), -1, -1)
        return inputs, torch.from_numpy(labels.copy()).to(inputs).expand(len(block), -1)
    shape = ensemble.width, ensemble.size
    normals = [
        # Another stream than that of the masks, which begins where the network's does.
        keyed.numpy_generator(seed=ensemble.seed, network=2**63 + k).standard_normal(shape)
        for k in block
    ]
    inputs = torch.from_numpy(np.stack(normals)).to(runs.inputs)
    return inputs, (inputs[:, 0] > 0).to(inputs)


def _evaluated(ensemble: Ensemble, runs: Runs, others: torch.Tensor) -> torch.Tensor:
    """Return outputs on training inputs and on others, shape (networks, N + M)."""
    hidden = runs.weights[0] @ torch.cat([runs.inputs, others], dim=2)
    for weights in runs.weights[1:]:
        signal = hidden
        if ensemble.network == "batch_norm":
            batch = hidden[..., : ensemble.size]
            centred = hidden - batch.mean(dim=2, keepdim=True)
            signal = centred * batch.var(dim=2, correction=0, keepdim=True).rsqrt()
        branch = weights @ signal.clamp(min=0)
        hidden = hidden + (branch if ensemble.survival is None else ensemble.survival * branch)
    return hidden.sum(dim=1)
