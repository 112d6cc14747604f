"""The figures of Chen et al. (2020), redrawn from small networks on digits."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from verify.claims.trajectories import orders
from verify.model import Claim, Experiment, OfNumerics, Value
from verify.relations import Observed
from verify.report.figures.figure import Figure, Seen, at, measured_series

NETWORKS = 8
STEPS = int(orders.RUN["steps"])
SHOWN = tuple(range(0, STEPS, 3))


@dataclass(frozen=True)
class _Runs:
    """Runs of the arms of one network."""

    title: str
    arms: Mapping[str, Mapping[str, Value | None]]
    setting: Mapping[str, Value]

    @property
    def experiments(self) -> dict[str, Experiment]:
        """An experiment for each arm."""
        return {
            name: Experiment(
                f"{self.title}: {name}",
                OfNumerics("numerics.trajectories.curves:measure_curves", fixed={"arm": dict(arm)}),
                setting={**orders.RUN, "loss": 0.0, **self.setting},
                reads=("step",),
            )
            for name, arm in self.arms.items()
        }


RUNS = (
    _Runs("ResNet-18", orders.ACTIVATIONS, {"model": "resnet18", "learning_rate": 0.05}),
    _Runs("U-Net", orders.ACTIVATIONS, {"model": "unet", "learning_rate": 0.005}),
    _Runs("VGG-11, batch norm", orders.NORMS, {"model": "vgg11", "learning_rate": 0.01}),
    _Runs("ResNet-18, skips", orders.SKIPS, {"model": "resnet18", "learning_rate": 0.05}),
    _Runs(
        "ResNet-18, optimisers", orders.OPTIMISERS, {"model": "resnet18", "learning_rate": 0.001}
    ),
)

trained = Claim(
    "chen2020/trained-networks",
    "Losses and factors along runs.",
    says=[Observed(name, networks=NETWORKS) for name in ("loss", "factor")],
    by=[one for runs in RUNS for one in runs.experiments.values()],
)


def _panels(seen: Seen) -> list[dict[str, Any]]:
    return [
        {
            "title": runs.title,
            "x_label": "step k",
            "y_label": label,
            "log_y": False,
            "series": [
                measured_series(name, SHOWN, [at(one, step=step) for step in SHOWN], quantity, seen)
                for name, one in runs.experiments.items()
            ],
        }
        for runs in RUNS
        for quantity, label in (("loss", "loss"), ("factor", "γ_k/|θ_0 - θ_T|²"))
    ]


runs_of_networks = Figure(
    id="chen2020-runs",
    title="How fast networks train, and the factor along their runs",
    caption=f"Figures 2 to 16 at the scale at hand: {NETWORKS} networks of 4 channels in the first "
    f"block and {STEPS} steps on batches of 16 of 256 digits, mean and standard error over "
    "networks. Weighted by the loss the mean of a curve on the right is 1/(2 η T) over the mean of "
    "that on the left, whatever the path; that the faster network has the higher curve is its loss "
    "in the denominator.",
    source="Chen et al. (2020), Figs 2 to 16",
    shows=trained,
    points=[
        at(one, step=step) for runs in RUNS for one in runs.experiments.values() for step in SHOWN
    ],
    panels=_panels,
)

FIGURES = (runs_of_networks,)
