"""The figures of Luo et al. (2018), redrawn from our own students."""

from __future__ import annotations

import math
from typing import Any

from theory import batch_norm, generalisation, order_parameters
from theory.closed_form import ClosedForm
from theory.form import Form
from verify.claims.batch_norm import experiments as batches
from verify.claims.generalisation.batch_norm import FITTED_BATCH, PENALTY
from verify.claims.order_parameters import experiments as online
from verify.model import Claim, Experiment, OfNumerics, Point, Value
from verify.relations import Observed
from verify.report.figures import luo2018_networks
from verify.report.figures.figure import Figure, Seen, at, line, measured_series

# Figure 2 -------------------------------------------------------------------------------------

WIDTH = 1024
NOISE = 0.25
LOADS = (0.25, 0.5, 0.75, 0.875, 1.0, 1.125, 1.25, 1.5, 2.0)
EARLY_EPOCHS = 60
CONVERGED = {0.25: 60, 0.5: 150, 0.75: 400, 0.8125: 600, 2.0: 250, 3.0: 100, 4.0: 60}
"""Epochs after which SGD has come to rest within 1 %, where that is soon: far from alpha = 1."""

CURVE = tuple(k / 40 for k in range(4, 161))


STUDENTS = OfNumerics("numerics.generalisation:measure_linear_students", {"dimension": "inputs"})
SETTING: dict[str, Value] = {
    "inputs": WIDTH,
    "batch_size": FITTED_BATCH,
    "noise_variance": NOISE,
    "dtype": "float32",
}
to_convergence = Experiment(
    "trained to convergence",
    STUDENTS,
    setting={**SETTING, "annealed": True},
    # The learning rate depends on the last epoch: no run may end at several.
    reads=("epochs",),
)
at_constant_rate = Experiment(
    "trained at a constant learning rate",
    STUDENTS,
    setting={**SETTING, "annealed": False},
    reads=("epochs",),
)
trained_students = Claim(
    "luo2018/trained-students",
    "Excess risk and validation loss of linear students.",
    says=[Observed(name, networks=8) for name in ("excess risk", "validation loss")],
    by=(to_convergence, at_constant_rate),
)


def trained(experiment: Experiment, method: str, load: float, **values: Value) -> Point:
    """Students at a load."""
    return at(experiment, method=method, load=load, samples=round(load * WIDTH), **values)


converged = [
    trained(to_convergence, "bn", load, epochs=epochs) for load, epochs in CONVERGED.items()
]
stopped = [trained(at_constant_rate, "bn", load, epochs=EARLY_EPOCHS) for load in LOADS]


def _along_load(form: ClosedForm, **others: float) -> list[float | None]:
    values = (form.value(load=load, noise_variance=NOISE, **others) for load in CURVE)
    # Least squares is infinite at alpha = 1, where nothing is drawn.
    return [float(value) if math.isfinite(value) else None for value in values]


def _generalisation_panels(seen: Seen) -> list[dict[str, Any]]:
    x = list(CURVE)
    curves = [
        line(f"ridge, ζ = {PENALTY}", "printed", x,
             _along_load(generalisation.excess_risk_ridge, ridge=PENALTY)),
        line("ridge, ζ = 0.25", "theory", x,
             _along_load(generalisation.excess_risk_ridge, ridge=NOISE)),
        line("BN, corrected", "corrected", x,
             _along_load(generalisation.excess_risk_bn, batch_size=FITTED_BATCH)),
        line("least squares", "bound", x, _along_load(generalisation.excess_risk_ols)),
    ]  # fmt: skip
    panels = (
        ("BN trained to convergence", list(CONVERGED), converged),
        (f"BN stopped after {EARLY_EPOCHS} epochs", list(LOADS), stopped),
    )
    return [
        {
            "title": title,
            "x_label": "load α = P/N",
            "y_label": "excess risk",
            "log_y": True,
            "series": [
                *curves,
                measured_series("BN, measured", loads, points, "excess risk", seen),
            ],
        }
        for title, loads, points in panels
    ]


generalisation_errors = Figure(
    id="luo2018-2",
    title="Generalisation against load",
    caption=f"Linear students with batch norm (M = {FITTED_BATCH}, N = {WIDTH}, noise variance "
    f"{NOISE}, eight runs a marker). Trained to convergence they follow least squares, a little "
    f"shorter, and not the ridge curve of ζ = {PENALTY} that the paper fits. Stopped after "
    f"{EARLY_EPOCHS} epochs they come near that curve around α = 1, on their way up.",
    source="Luo et al. (2018), Fig 2",
    shows=trained_students,
    points=[*converged, *stopped],
    panels=_generalisation_panels,
)


# Figure 3 -------------------------------------------------------------------------------------

EPOCHS = (5, 10, 20, 40, 80, 160)
METHODS = {"sgd": "vanilla SGD", "bn": f"BN, M = {FITTED_BATCH}", "wn": f"WN, ζ = {PENALTY}"}


def over_epochs(method: str) -> list[Point]:
    """Students at alpha = 1 after each number of epochs."""
    penalty: dict[str, Value] = {"regularisation": PENALTY} if method == "wn" else {}
    return [trained(at_constant_rate, method, 1.0, epochs=epochs, **penalty) for epochs in EPOCHS]


def _epochs_panels(seen: Seen) -> list[dict[str, Any]]:
    settled = NOISE + generalisation.excess_risk_ridge.value(
        load=1.0, ridge=PENALTY, noise_variance=NOISE
    )
    return [
        {
            "title": "Validation loss at α = 1",
            "x_label": "epochs",
            "y_label": "validation loss",
            "log_y": False,
            "series": [
                line(f"ridge, ζ = {PENALTY}", "theory", list(EPOCHS), [settled for _ in EPOCHS]),
                *(
                    measured_series(name, EPOCHS, over_epochs(method), "validation loss", seen)
                    for method, name in METHODS.items()
                ),
            ],
        }
    ]


validation_losses = Figure(
    id="luo2018-3",
    title="Validation loss over the epochs",
    caption=f"Students at α = 1 and a constant learning rate (N = {WIDTH}, eight runs a marker). "
    "Weight normalisation with the penalty settles; batch norm goes on growing, as vanilla SGD "
    "does.",
    source="Luo et al. (2018), Fig 3",
    shows=trained_students,
    points=[point for method in METHODS for point in over_epochs(method)],
    panels=_epochs_panels,
)


# Order parameters over time -------------------------------------------------------------------

TIMES = (0.25, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0)
START: dict[str, Value] = {
    "network": "bn",
    "activation": "relu",
    "learning_rate": 1.0,
    "regularisation": 0.25,
    "Q": 0.5,
    "R": 0.1,
    "norm": 1.0,
    "size": 500,
}
ORDER_PARAMETERS = {"scale": "γ", "overlap": "R", "norm": "L"}


weights = Experiment(
    "students of real weights",
    online.measured("online_learning_of_weights"),
    setting=START,
    reads=("time",),
)
trajectory = Claim(
    "luo2018/order-parameters-over-time",
    "The order parameters of online students over time.",
    says=[Observed(name, networks=16) for name in ORDER_PARAMETERS],
    by=weights,
)
over_time = [at(weights, time=time) for time in TIMES]


def _at(form: Form, time: float) -> float:
    given = {**START, "time": time}
    return float(form.value(**{name: given[name] for name in form.domain}))


def _trajectory_panels(seen: Seen) -> list[dict[str, Any]]:
    solved = {
        name: [_at(form, time) for time in TIMES]
        for name, form in (
            ("scale", order_parameters.scale_over_time),
            ("overlap", order_parameters.overlap_over_time),
            ("norm", order_parameters.norm_over_time),
        )
    }
    times = [0.0, *TIMES]
    starts = {"scale": 0.5, "overlap": 0.1, "norm": 1.0}
    return [
        {
            "title": f"Order parameter {letter}",
            "x_label": "time t = j/N",
            "y_label": letter,
            "log_y": False,
            "series": [
                line("eqs 9-11", "theory", times, [starts[name], *solved[name]]),
                measured_series("simulated", TIMES, over_time, name, seen),
            ],
        }
        for name, letter in ORDER_PARAMETERS.items()
    ]  # fmt: skip


trajectories = Figure(
    id="luo2018-order-parameters",
    title="Order parameters over time",
    caption="Online students with real weights (ReLU, N = 500, η = 1, ζ = 0.25, 16 runs) and the "
    "solution of eqs 9-11 from the same start.",
    source="Luo et al. (2018), section 3.1",
    shows=trajectory,
    points=over_time,
    panels=_trajectory_panels,
)


# Strength of the penalty ----------------------------------------------------------------------

BATCH_SIZES = (8, 16, 32, 64, 128, 256, 512, 1024)
PENALTIES = {"by std": "without the batch mean", "by mean and std": "batch norm"}


groups = Experiment(
    "groups of batches",
    batches.measured("normalisation_error"),
    setting={"distribution": "gaussian", "method": "exact", "batches": 64, "eigenvalue": 1.0},
)
excess_losses = Claim(
    "luo2018/zeta",
    "The excess loss of a linear student that equals its teacher.",
    says=[Observed(quantity, networks=400) for quantity in PENALTIES],
    by=groups,
)
by_batch_size = [at(groups, batch_size=size) for size in BATCH_SIZES]


def _times_batch_size(series: dict[str, Any]) -> dict[str, Any]:
    sizes = series["x"]
    series["y"] = [size * y for size, y in zip(sizes, series["y"], strict=True)]
    if series["standard_error"] is not None:
        errors = zip(sizes, series["standard_error"], strict=True)
        series["standard_error"] = [size * error for size, error in errors]
    return series


def _along_batch_size(name: str, kind: str, form: ClosedForm) -> dict[str, Any]:
    """The form where it is printed: over the batch sizes of its domain."""
    sizes = [size for size in BATCH_SIZES if form.domain["batch_size"].contains(size)]
    return line(name, kind, sizes, [form.value(batch_size=size, eigenvalue=1.0) for size in sizes])


def _penalty_panels(seen: Seen) -> list[dict[str, Any]]:
    x = [float(size) for size in BATCH_SIZES]
    forms = {
        ("eq 13", "theory"): batch_norm.zeta_linear,
        ("λ/(2M), printed for M > 32", "printed"): batch_norm.zeta_linear_large_batch_printed,
        ("batch mean included", "corrected"): batch_norm.zeta_linear_centred,
    }
    curves = [_along_batch_size(name, kind, form) for (name, kind), form in forms.items()]
    own = [2 * (1 - batch_norm.std_moment.value(batch_size=size)) for size in BATCH_SIZES]
    curves.append(line("sample in its own batch", "bound", x, own))
    measured = [
        measured_series(label, x, by_batch_size, quantity, seen)
        for quantity, label in PENALTIES.items()
    ]
    return [
        {
            "title": "Strength of the penalty",
            "x_label": "batch size M",
            "y_label": "M ζ at λ = 1",
            "log_y": False,
            "series": [_times_batch_size(series) for series in (*curves, *measured)],
        }
    ]


penalties = Figure(
    id="luo2018-zeta",
    title="What batch norm adds to the loss of a linear student",
    caption="Of a student that equals its teacher (λ = 1, 25,600 batches a marker). Eq 13 leaves "
    "out the batch mean, which adds 2ζ, three times ζ in all; λ/(2M) is reached late. Where the "
    "sample is in its own batch the loss is 2 (1 − E σ_B).",
    source="Luo et al. (2018), eq 13",
    shows=excess_losses,
    points=by_batch_size,
    panels=_penalty_panels,
)

FIGURES = (
    penalties,
    trajectories,
    generalisation_errors,
    validation_losses,
    *luo2018_networks.FIGURES,
)
