"""What training does to the eigenvalues of the Fisher information, and they to it."""

from dataclasses import dataclass, replace

import numpy as np
import torch

from numerics.fisher.networks import Draw, Ensemble, backward, draw, forward
from numerics.fisher.tangent_kernel import gram_matrix
from numerics.learning_rate.descent import Program, started
from numerics.measurement import Measurement
from numerics.simulation import arguments
from numerics.simulation.batched import in_chunks

_LOST = 1e30  # stands for what overflowed
_UNSTABLE = 2.0  # a rate times an eigenvalue of the Hessian from which on descent grows


@dataclass(frozen=True, kw_only=True)
class TrainedEigenvalues:
    """Eigenvalues of F before and after training, of each network.

    Attributes:
        top_kept: the top eigenvalue after training over that before; 1e30 where a run
            overflowed.
        bottom_kept: the same of the N-th eigenvalue.
        rate_times_top: rows of three: the learning rate times the top eigenvalue after training,
            2, and the rate times the top eigenvalue before.
    """

    top_kept: Measurement
    bottom_kept: Measurement
    rate_times_top: Measurement


def measure_trained_eigenvalues(
    ensemble: Ensemble, *, rate: float, steps: int
) -> TrainedEigenvalues:
    """Measure what gradient descent does to the eigenvalues of F.

    Args:
        ensemble: plain networks of no more inputs than parameters.
        rate: learning rate of each network, in units of 1 / its top eigenvalue of F before.
        steps: of full-batch gradient descent (see ``numerics.learning_rate.descent``) >= 1.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    _check(ensemble, steps)
    arguments.real("rate", rate, minimum=0, maximum=1e6)
    found = in_chunks(
        lambda part: _trained(ensemble, part, steps, rate), ensemble.block, ensemble.chunk(None)
    )
    before, after = found["before"], found["after"]
    settings = {**vars(ensemble), "rate": rate, "steps": steps}

    def measured(quantity: str, per_network: np.ndarray) -> Measurement:
        return Measurement(quantity=quantity, per_network=per_network, settings=settings)

    grown = rate * after[:, -1] / before[:, -1]
    limits = np.full(len(grown), _UNSTABLE)
    return TrainedEigenvalues(
        top_kept=measured("top eigenvalue, after over before", after[:, -1] / before[:, -1]),
        bottom_kept=measured("bottom eigenvalue, after over before", after[:, 0] / before[:, 0]),
        rate_times_top=measured(
            "rate times top eigenvalue after, 2, and rate times top eigenvalue before",
            np.column_stack([grown, limits, np.full(len(grown), float(rate))]),
        ),
    )


def measure_loss_by_condition(ensemble: Ensemble, *, steps: int) -> Measurement:
    """Measure which of two networks is faster, that of the smaller condition number or the other.

    A pair are networks 2k and 2k + 1, each trained at its own 2/(top + bottom) of the N eigenvalues
    of F before training, the fastest rate of a quadratic loss.

    Args:
        ensemble: plain networks of no more inputs than parameters; ``networks`` counts pairs.
        steps: of full-batch gradient descent >= 1.

    Returns:
        For each pair a row: the loss after training over that before, of the network with the
        smaller condition number first.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    _check(ensemble, steps)
    pairs = replace(
        ensemble, first_network=2 * ensemble.first_network, networks=2 * ensemble.networks
    )
    found = in_chunks(
        lambda part: _trained(pairs, part, steps, None), pairs.block, pairs.chunk(None)
    )
    condition = (found["before"][:, -1] / found["before"][:, 0]).reshape(-1, 2)
    order = condition.argsort(axis=1)
    return Measurement(
        quantity="loss kept, of the smaller and of the larger condition number",
        per_network=np.take_along_axis(found["loss"].reshape(-1, 2), order, axis=1),
        settings={**vars(ensemble), "steps": steps},
    )


def _check(ensemble: Ensemble, steps: int) -> None:
    arguments.choice("network", ensemble.network, ("resnet",))
    arguments.integer("samples", ensemble.samples, minimum=1, maximum=ensemble.parameters)
    arguments.integer("steps", steps, minimum=1)


def _trained(
    ensemble: Ensemble, block: range, steps: int, rate: float | None
) -> dict[str, torch.Tensor]:
    """Return the N eigenvalues, ascending, before and after, and the share of the loss kept.

    ``rate`` is in units of the inverse top eigenvalue; None for 2/(top + bottom).
    """
    drawn = draw(ensemble, block)
    before = _eigenvalues(ensemble, drawn)
    rates = 2 / (before[:, -1] + before[:, 0]) if rate is None else rate / before[:, -1]
    runs = started(ensemble, drawn, rates[:, None].cpu().numpy())
    program = Program(ensemble, runs)
    first = program.forward(runs, None)
    for _ in range(steps):
        program.descend(runs, None)
        loss = program.forward(runs, None)
    after = _eigenvalues(ensemble, replace(drawn, weights=runs.weights))
    return {
        "before": before,
        "after": after,
        "loss": (loss / first).nan_to_num(nan=_LOST, posinf=_LOST),
    }


def _eigenvalues(ensemble: Ensemble, drawn: Draw) -> torch.Tensor:
    passed = forward(ensemble, drawn)
    gram = gram_matrix(passed.signals, backward(ensemble, drawn, passed)) / ensemble.size
    kept = gram.abs().amax(dim=(1, 2)) < _LOST  # false of NaN too
    found = torch.linalg.eigvalsh(gram.where(kept.view(-1, 1, 1), torch.zeros_like(gram)))
    return found.where(kept.view(-1, 1), torch.full_like(found, _LOST))
