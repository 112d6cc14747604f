"""Linear students with batch normalisation beside others on the same training sets."""

from collections.abc import Sequence

import numpy as np

from numerics.generalisation.linear_students import (
    Training,
    measure_least_squares,
    measure_linear_students,
)
from numerics.generalisation.tasks import Task, resolved_run
from numerics.generalisation.wishart import measure_wishart_errors
from numerics.measurement import Measurement
from numerics.simulation import arguments


def measure_converged_risk(
    task: Task,
    *,
    batch_size: int,
    epochs: int,
    enlarged: int,
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> Measurement:
    """Measure the excess risk of students with BN, the learning rate annealed, by a control.

    The risk of least squares on the same data is taken off; its mean is put back as it is in law,
    averaged over teacher and noise, on ``enlarged`` >= 1 times as many inputs and samples. The mean
    tends to that of the students as inputs and samples grow.

    ``batch_size`` is M >= 2; the other arguments are those of ``measure_linear_students``.
    """
    larger = task.enlarged(enlarged)
    run = resolved_run(networks=networks, seed=seed, first_network=first_network, device=device)
    training = Training(method="bn", epochs=(epochs,), batch_size=batch_size)
    students = measure_linear_students(task, training, **run).excess_risk
    control = measure_least_squares(task, **run).per_network
    in_law = measure_wishart_errors(larger, ridge=0.0, **run).excess_risk.per_network
    return Measurement(
        quantity="excess risk",
        per_network=students.per_network[:, 0] - control + in_law,
        settings={**students.settings, "enlarged": enlarged},
    )


def measure_losses_over_epochs(
    task: Task,
    *,
    epochs: Sequence[int],
    later: int,
    regularisation: float,
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> Measurement:
    """Measure validation losses at a constant learning rate, shape (runs, epochs, 3).

    Of WN with a penalty after each of the epochs, of BN, and of BN after ``later`` >= 1 times as
    many; all see the same training sets and batches. The other arguments are those of
    ``measure_linear_students``.
    """
    factor = arguments.integer("later", later, minimum=1)
    run = resolved_run(networks=networks, seed=seed, first_network=first_network, device=device)
    early = tuple(arguments.sequence("epochs", epochs))
    looks = (*early, *(factor * one for one in early))
    penalised = Training(method="wn", regularisation=regularisation, epochs=early, annealed=False)
    normalised = Training(method="bn", epochs=looks, annealed=False)
    weight_norm = measure_linear_students(task, penalised, **run).validation_loss
    batch_norm = measure_linear_students(task, normalised, **run).validation_loss.per_network
    first, second = np.split(batch_norm, 2, axis=1)
    return Measurement(
        quantity="validation loss",
        per_network=np.stack([weight_norm.per_network, first, second], axis=2),
        settings={**weight_norm.settings, "later": factor},
    )
