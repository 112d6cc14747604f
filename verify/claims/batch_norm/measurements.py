"""How claims about batch norm are measured."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from numerics import batch_norm
from numerics.batch_norm import HiddenValues
from numerics.batch_norm import losses as batch_losses
from verify.claims.batch_norm.losses import CASES
from verify.claims.terms import Parameters

if TYPE_CHECKING:
    from verify.claims.measurements import Drawn


def hidden_values(values: Mapping[str, Any]) -> HiddenValues:
    """What numerics draws at a point."""
    return HiddenValues(
        distribution=values["law"],
        batch_size=values["batch_size"],
        batches=values["batches"],
        method=values.get("method", "batches"),
    )


POPULATION_MEAN = 3.0


def measure_statistics(values: Parameters, **run: Any) -> Drawn:
    """Each statistic of batches, averaged over a group of them, and some at sigma_P = 1."""
    measured = batch_norm.measure_batch_statistics(
        hidden_values(values),
        population_std=values["population_std"],
        population_mean=POPULATION_MEAN,
        **run,
    )
    drawn = {name: quantity.per_network for name, quantity in vars(measured).items()}
    sigma = values["population_std"]
    return {
        **drawn,
        "relative std": drawn["std"] / sigma,
        "relative inverse_std": drawn["inverse_std"] * sigma,
        "relative inverse_variance": drawn["inverse_variance"] * sigma**2,
    }


def measure_linear(values: Parameters, **run: Any) -> Drawn:
    """Excess loss of a linear student equal to its teacher, without the batch mean and with it."""
    measured = batch_norm.measure_normalisation_error(hidden_values(values), **run)
    return {
        "without mean": values["eigenvalue"] * measured.by_std.per_network,
        "centred": values["eigenvalue"] * measured.by_mean_and_std.per_network,
    }


def measure_optimal_scale(values: Parameters, **run: Any) -> Drawn:
    """Rows (z h, h^2) of normalised values h and a teacher's output z, by batch."""
    drawn = batch_norm.measure_linear_student(hidden_values(values), **run)
    return {
        name: np.column_stack([overlap.per_network, square.per_network])
        for name, overlap, square in (
            ("own", drawn.overlap_own, drawn.square_own),
            ("independent", drawn.overlap_independent, drawn.square_independent),
        )
    }


def measure_excess(values: Parameters, **run: Any) -> Drawn:
    """Excess loss over gamma^2."""
    case = CASES[values["case"]]
    names = ("loss", "scale", "shift", "teacher_scale", "teacher_shift")
    unit = batch_losses.GeneralisedLinearUnit(**{name: getattr(case, name) for name in names})
    excess = batch_losses.measure_loss_excess(
        hidden_values(values), unit, batch=case.batch, **run
    ).per_network
    return {"excess": excess}
