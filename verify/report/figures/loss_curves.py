"""Figs 19 and 24 of Furusho (2020): losses of the three networks as gradient descent goes on."""

from __future__ import annotations

from typing import Any

from verify.claims.fisher.experiments import (
    BATCH_NORM,
    DIGITS,
    GAUSSIAN,
    RESNET,
    STOCHASTIC_DEPTH,
)
from verify.claims.learning_rate.order import PRINTED, SURVIVAL
from verify.claims.terms import value
from verify.model import Claim, Experiment, OfNumerics, Point, Value
from verify.relations import Observed
from verify.report.figures.figure import Figure, Seen, at, measured_series

STEPS = (0, 1, 2, 4, 6, 10, 15, 20, 30, 40, 50)
BLOCKS, RUNS = 4, 10
UPPER_BOUND, INVERSE_TOP, FASTEST = "1/(upper bound)", "1/top", "2/(top + bottom)"
RATES = {
    UPPER_BOUND: "η = 1/(upper bound)",
    INVERSE_TOP: "η = 1/λ_max",
    FASTEST: "η = 2/(λ_max + λ_min)",
}
NAMES = {RESNET: "ResNet", BATCH_NORM: "batch norm", STOCHASTIC_DEPTH: "stochastic depth"}

CURVES = OfNumerics("numerics.learning_rate:measure_loss_curves", fixed={"dtype": "float32"})
digits = Experiment(
    "digits",
    CURVES,
    setting={"inputs": DIGITS, "samples": 300, "width": 48, "depth": BLOCKS},
    reads=("step",),
)
gaussian = Experiment(
    "Gaussian inputs",
    CURVES,
    setting={"inputs": GAUSSIAN, "samples": 100, "width": 50, "depth": BLOCKS},
    reads=("step",),
)
losses = Claim(
    "furusho2020/figures-19-and-24",
    "Training and test loss at each step.",
    says=[Observed(name, networks=RUNS) for name in ("training loss", "test loss")],
    by=(digits, gaussian),
)


def curve(experiment: Experiment, network: str, rate: str) -> list[Point]:
    """A kind of network at a rate, step by step."""
    kind: dict[str, Value] = {"network": network}
    if network == STOCHASTIC_DEPTH:
        kind["survival"] = SURVIVAL
    eta: Value = rate
    if rate == UPPER_BOUND:
        eta = value(PRINTED[network], {**experiment.setting, **kind}) / 2
    return [at(experiment, **kind, learning_rate=eta, step=step) for step in STEPS]


def loss_figure(
    number: int, experiment: Experiment, rates: tuple[str, ...], told: str, dropped: str
) -> Figure:
    """One of the two figures, a panel for each rate and loss."""
    kinds = {(kind, rate): curve(experiment, kind, rate) for kind in NAMES for rate in rates}

    def panels(seen: Seen) -> list[dict[str, Any]]:
        return [
            {
                "title": f"{loss.capitalize()}, {RATES[rate]}",
                "x_label": "step",
                "y_label": loss,
                "log_y": True,
                "series": [
                    measured_series(name, STEPS, kinds[kind, rate], loss, seen)
                    for kind, name in NAMES.items()
                ],
            }
            for rate in rates
            for loss in ("training loss", "test loss")
        ]

    return Figure(
        id=f"figure-{number}",
        title=f"Losses at learning rates called optimal: {experiment.label}",
        caption=f"Mean losses of {RUNS} networks of {BLOCKS} blocks, survival probability "
        f"{SURVIVAL}; {told} At 1/(upper bound) batch norm and stochastic depth are lower from the "
        "step 0 on, where nothing is trained yet. At rates of each network's own eigenvalues batch "
        f"norm falls fastest; {dropped} Test inputs are normalised by the statistics of the "
        "training inputs.",
        source=f"Furusho (2020), Fig {number}",
        shows=losses,
        points=[point for points in kinds.values() for point in points],
        panels=panels,
    )


FIGURES = (
    loss_figure(
        19,
        digits,
        (UPPER_BOUND, INVERSE_TOP),
        "300 whitened digits, D = 48, 60 images to test.",
        "stochastic depth rises first, as its blocks drop anew in each step, and ends between the "
        "other two.",
    ),
    loss_figure(
        24,
        gaussian,
        tuple(RATES),
        "100 Gaussian inputs, D = 50, in place of the images of CIFAR-10.",
        "stochastic depth keeps the largest share of its loss at 1/λ_max, and at 2/(λ_max + λ_min) "
        "some of its runs diverge, which the other networks' do not.",
    ),
)
