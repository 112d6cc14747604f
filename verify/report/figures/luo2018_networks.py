"""Figures 4 to 7 of Luo et al. (2018), redrawn from small convolutional networks on digits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from verify.claims.batch_norm import trends
from verify.claims.terms import Parameters
from verify.model import Claim, Experiment, OfNumerics, Point, Value
from verify.relations import Observed
from verify.report.figures.figure import Figure, Seen, at, measured_series

NETWORKS = 8
LOOKS = 8
SCALE = (
    f"{NETWORKS} networks of 4 channels in the first convolution, 64 digits of which a quarter "
    "have random labels; mean and standard error over networks. "
)
DYNAMICS = OfNumerics("numerics.batch_norm.trends:measure_dynamics")

Settings = Mapping[str, Value]


def _experiments(figure: int, common: Settings, arms: Mapping[str, Settings]) -> dict[str, Any]:
    setting = {**trends.SETTING, **common}
    return {
        name: Experiment(
            f"Figure {figure}: {name}", DYNAMICS, setting={**setting, **arm}, reads=("look",)
        )
        for name, arm in arms.items()
    }


compared = _experiments(
    4,
    {"updates": 112, "looks": LOOKS},
    {
        "BN": {"kind": "bn"},
        "mean-only": {"kind": "mean"},
        "variance-only": {"kind": "variance"},
        "WN": {"kind": "wn"},
        "none": {"kind": "plain"},
    },
)
SIZES = (4, 8, 16, 32)
by_size = _experiments(
    5,
    {"updates": 72, "looks": 1, "learning_rate": 0.01, "layer": 1},
    {
        f"{name}, M = {size}": {"kind": kind, "batch_size": size}
        for name, kind in (("BN", "bn"), ("WN", "wn"))
        for size in SIZES
    },
)
dropped = _experiments(
    7,
    {"updates": 56, "looks": LOOKS, "learning_rate": 0.01},
    {
        "BN, M = 8": {"kind": "bn", "batch_size": 8},
        "BN, M = 32": {"kind": "bn", "batch_size": 32},
        "BN, M = 32, dropout": {"kind": "bn", "batch_size": 32, "dropout": 0.125},
        "WN, M = 32": {"kind": "wn", "batch_size": 32},
        "WN, M = 32, dropout": {"kind": "wn", "batch_size": 32, "dropout": 0.125},
    },
)
QUANTITIES = ("training loss", "validation loss", "accuracy", "squared gamma")
trained = Claim(
    "luo2018/trained-networks",
    "Losses, accuracy and scales of small convolutional networks in training.",
    says=[Observed(name, networks=NETWORKS) for name in QUANTITIES],
    by=[*compared.values(), *by_size.values(), *dropped.values()],
)


def _looks(one: Experiment) -> list[Point]:
    return [at(one, look=look) for look in range(1, int(str(one.setting["looks"])) + 1)]


def _dynamics(experiments: Mapping[str, Experiment], quantity: str, seen: Seen) -> dict[str, Any]:
    """A panel of a quantity over the steps."""
    series = []
    for name, one in experiments.items():
        every = int(str(one.setting["updates"])) // LOOKS
        steps = [every * look for look in range(1, LOOKS + 1)]
        series.append(measured_series(name, steps, _looks(one), quantity, seen))
    return {
        "title": quantity.capitalize(),
        "x_label": "step",
        "y_label": quantity,
        "log_y": False,
        "series": series,
    }


def _comparison_panels(seen: Seen) -> list[dict[str, Any]]:
    return [_dynamics(compared, name, seen) for name in ("training loss", "validation loss")]


def _dropout_panels(seen: Seen) -> list[dict[str, Any]]:
    return [_dynamics(dropped, name, seen) for name in ("validation loss", "accuracy")]


def _size_panels(seen: Seen) -> list[dict[str, Any]]:
    return [
        {
            "title": f"{label} by the batch size",
            "x_label": "batch size M",
            "y_label": label,
            "log_y": False,
            "series": [
                measured_series(
                    kind,
                    SIZES,
                    [at(by_size[f"{kind}, M = {size}"], look=1) for size in SIZES],
                    quantity,
                    seen,
                )
                for kind in ("BN", "WN")
            ],
        }
        for quantity, label in (("squared gamma", "γ²"), ("validation loss", "Validation loss"))
    ]


# Figure 6 -------------------------------------------------------------------------------------


@dataclass(frozen=True)
class _States:
    """What fine-tuning gives, a column for each state that is asked for."""

    def __call__(self, values: Parameters, **run: Any) -> dict[str, NDArray[np.float64]]:
        """A row a network for each quantity."""
        given = dict(values)
        states: Any = given.pop("state")
        found = OfNumerics("numerics.batch_norm.finetuning:measure_finetuning")(given, **run)
        return {name: rows[:, list(states)] for name, rows in found.items()}


STATES = (trends.BEFORE, trends.KEPT, trends.FROZEN)
further = Experiment(
    "Figure 6", _States(), setting=dict(trends.finetuning.by[0].setting), reads=("state",)
)
finetuned = Claim(
    "luo2018/finetuned-networks",
    "Losses and kernels of networks trained further with and without batch norm.",
    says=[
        Observed(name, networks=NETWORKS)
        for name in ("training loss", "validation loss", *trends.KERNELS)
    ],
    by=further,
)


def _finetuning_panels(seen: Seen) -> list[dict[str, Any]]:
    kernels = []
    for state, label in enumerate(STATES):
        point = at(further, state=state)
        columns = [
            measured_series(label, [layer], [point], name, seen)
            for layer, name in enumerate(trends.KERNELS, 1)
        ]
        joined = {
            key: [one for column in columns for one in column[key]]
            for key in ("x", "y", "standard_error")
        }
        kernels.append({**columns[0], **joined})
    steps = [0, int(str(further.setting["finetuned"]))]
    losses = [
        measured_series(
            f"{name}, {STATES[after]}",
            steps,
            [at(further, state=0), at(further, state=after)],
            name,
            seen,
        )
        for name in ("training loss", "validation loss")
        for after in (1, 2)
    ]
    return [
        {
            "title": "Norms of kernels",
            "x_label": "convolution",
            "y_label": "mean norm of γ w/σ",
            "log_y": False,
            "series": kernels,
        },
        {
            "title": "Losses",
            "x_label": "further steps",
            "y_label": "loss",
            "log_y": False,
            "series": losses,
        },
    ]


FIGURES = (
    Figure(
        id="luo2018-4",
        title="Kinds of normalisation",
        caption=SCALE + "All begin as the same function and see the same batches of 16.",
        source="Luo et al. (2018), Fig 4",
        shows=trained,
        points=[point for one in compared.values() for point in _looks(one)],
        panels=_comparison_panels,
    ),
    Figure(
        id="luo2018-5",
        title="Scales and validation loss against the batch size",
        caption=SCALE + "Batch norm is in the second convolution alone, after 72 updates at a "
        "rate proportional to M. With weight normalisation in its place, which no batch disturbs, "
        "larger batches are as many more epochs as well.",
        source="Luo et al. (2018), Fig 5",
        shows=trained,
        points=[point for one in by_size.values() for point in _looks(one)],
        panels=_size_panels,
    ),
    Figure(
        id="luo2018-6",
        title="Batch norm frozen and kept",
        caption=SCALE
        + "Here of 128 digits, trained with batch norm, then further by plain SGD with it and with "
        "kernels γ w/σ in its place.",
        source="Luo et al. (2018), Fig 6",
        shows=finetuned,
        points=[at(further, state=state) for state in range(len(STATES))],
        panels=_finetuning_panels,
    ),
    Figure(
        id="luo2018-7",
        title="Dropout after normalised layers",
        caption=SCALE + "A share of 0.125 is dropped after each normalised layer.",
        source="Luo et al. (2018), Fig 7",
        shows=trained,
        points=[point for one in dropped.values() for point in _looks(one)],
        panels=_dropout_panels,
    ),
)
