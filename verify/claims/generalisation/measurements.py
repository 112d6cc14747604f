"""How claims on the generalisation of linear students are measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from numerics.generalisation import (
    Task,
    Training,
    measure_linear_students,
)
from numerics.generalisation import measure_least_squares as measure_least_squares_of_task
from theory import generalisation as forms
from verify.claims.terms import Parameters

if TYPE_CHECKING:
    from verify.claims.measurements import Drawn

PENALTY = 0.014
"""Strength zeta of the penalty that the paper finds batch normalisation to equal."""

NOISE = 0.25
"""Variance of the noise of the paper's teacher."""

# Students with batch normalisation ------------------------------------------------------------


def _task(values: Mapping[str, Any]) -> Task:
    """What the students of a point learn; samples = load x width."""
    samples, noise = round(values["load"] * values["width"]), values.get("noise_variance", NOISE)
    return Task(dimension=values["width"], samples=samples, noise_variance=noise)


def measure_students(values: Mapping[str, Any], **run: Any) -> Drawn:
    """What students of the point's method reach, a column for each where it has several epochs."""
    names = ("method", "batch_size", "regularisation", "step")
    several = isinstance(values["epochs"], tuple)
    epochs = values["epochs"] if several else (values["epochs"],)
    looks = sorted(set(epochs))
    training = Training(
        **{name: values[name] for name in names if name in values},
        epochs=tuple(looks),
        annealed=bool(values["annealed"]),
    )
    precision = {name: values[name] for name in ("dtype",) if name in values}
    trained = measure_linear_students(_task(values), training, **precision, **run)
    columns = [looks.index(epoch) for epoch in epochs] if several else 0
    return {
        measured.quantity: measured.per_network[:, columns] for measured in vars(trained).values()
    }


def measure_converged(values: Parameters, **run: Any) -> Drawn:
    """Excess risk of converged students, beside 1; least squares on the same data takes the noise.

    What batch normalisation adds to the risk of least squares is measured; the limit of the latter
    (eq 14 corrected, judged by itself) is added to it.
    """
    risk = measure_students({"method": "bn", "annealed": True, **values}, **run)["excess risk"]
    load, noise_variance = values["load"], values["noise_variance"]
    least_squares = measure_least_squares_of_task(_task(values), **run)
    limit = forms.excess_risk_ols.value(load=load, noise_variance=noise_variance)
    extrapolated = risk - least_squares.per_network + limit
    return {"excess risk": extrapolated}


LATER = 4
"""Factor in epochs between the two looks at batch normalisation."""


def measure_over_epochs(values: Parameters, **run: Any) -> Drawn:
    """Validation loss of WN with a penalty, of BN, and of BN after more epochs.

    A row a run, for each of the point's epochs.
    """
    task = _task({"load": 1, **values})
    early = sorted(set(values["epochs"]))
    looks = sorted({*early, *(LATER * epochs for epochs in early)})
    penalised = Training(method="wn", regularisation=PENALTY, epochs=tuple(early), annealed=False)
    normalised = Training(method="bn", epochs=tuple(looks), annealed=False)
    weight_norm = measure_linear_students(task, penalised, **run).validation_loss.per_network
    batch_norm = measure_linear_students(task, normalised, **run).validation_loss.per_network
    rows = [
        np.column_stack(
            [
                weight_norm[:, early.index(epochs)],
                batch_norm[:, looks.index(epochs)],
                batch_norm[:, looks.index(LATER * epochs)],
            ]
        )
        for epochs in values["epochs"]
    ]
    return {"validation loss": np.stack(rows, axis=1)}
