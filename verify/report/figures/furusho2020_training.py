"""Figures 9 to 11 of Furusho (2020): what networks learn in training under regularisers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from verify.claims.regularisation.norms import measured
from verify.model import Claim, Experiment, Point
from verify.relations import Observed
from verify.report.figures.figure import Figure, Seen, at, measured_series

REGULARISERS = ("none", "weight decay", "L1", "path")
RUNS = 3
"""Trials of a mean, as in the paper."""

# Figures 9 and 10 -----------------------------------------------------------------------------

UPDATES = tuple(range(0, 1201, 200))
FREQUENCIES = range(31)
NORMS = {
    "frobenius norms": "sum of norms of Frobenius",
    "entrywise norms": "sum of absolute entries",
    "path norm": "path norm",
}

spectra = Experiment(
    "sines with noise, the paper's size",
    measured("toy_course"),
    setting={"updates": UPDATES[-1]},
    reads=("regulariser", "update", "frequency"),
)
sines = Claim(
    "furusho2020/figures-9-and-10",
    "Norms and Fourier coefficients of networks that learn sines with noise.",
    says=[Observed(name, networks=RUNS) for name in ("coefficient", *NORMS)],
    by=spectra,
)


def _cell(regulariser: str, update: int, frequency: int) -> Point:
    return at(spectra, regulariser=regulariser, update=update, frequency=frequency)


def _course(regulariser: str) -> list[Point]:
    return [_cell(regulariser, one, FREQUENCIES[0]) for one in UPDATES]  # norms have none


def _norm_panel(name: str, label: str, seen: Seen) -> dict[str, Any]:
    return {
        "title": f"Fig 9: {label}",
        "x_label": "updates",
        "y_label": label,
        "log_y": True,
        "series": [measured_series(one, UPDATES, _course(one), name, seen) for one in REGULARISERS],
    }


def _spectrum_panel(regulariser: str, seen: Seen) -> dict[str, Any]:
    def value(point: Point) -> float | None:
        found = seen(point, "coefficient")
        return None if found is None else found[0]

    return {
        "title": f"Fig 10: {regulariser}",
        "x_label": "updates",
        "y_label": "frequency k",
        "log_y": False,
        "series": [],
        "map": {
            "label": "Fourier coefficient",
            "x": [float(one) for one in UPDATES],
            "y": [float(k) for k in FREQUENCIES],
            "values": [[value(_cell(regulariser, one, k)) for one in UPDATES] for k in FREQUENCIES],
        },
    }


def _panels_of_sines(seen: Seen) -> list[dict[str, Any]]:
    of_norms = [_norm_panel(name, label, seen) for name, label in NORMS.items()]
    return [*of_norms, *(_spectrum_panel(one, seen) for one in REGULARISERS)]


learnt_sines = Figure(
    id="figures-9-and-10",
    title="Norms and frequencies in training",
    caption="Five matrices of 100 units learn sines of 3, 6 and 9 periods and noise of 20, 23 and "
    "26 periods and 0.4 of the size, at the paper's learning rate and coefficients. How long the "
    "paper trains, where biases start and whether its grid holds both ends it does not say: here "
    f"they are {UPDATES[-1]:,} updates, biases uniform up to one over the root of the units below, "
    f"and a grid that is open at 1. Means of {RUNS} networks.",
    source="Furusho (2020), Figs 9 and 10",
    shows=sines,
    points=[
        point
        for one in REGULARISERS
        for point in (_cell(one, t, k) for t in UPDATES for k in FREQUENCIES)
    ],
    panels=_panels_of_sines,
)

# Figure 11 ------------------------------------------------------------------------------------

EPOCHS = (0, 10, 20, 40, 60, 100, 150, 200, 300, 400, 500, 600)
ACCURACIES = {
    "training accuracy": "training set, random labels too",
    "wrong labels fitted": "wrong labels of the training set",
    "test accuracy": "test set, true labels",
}

accuracies = Experiment(
    "zeros and ones, the paper's learning rate",
    measured("noisy_course"),
    setting={"images": "digits", "epochs": EPOCHS[-1]},
    reads=("regulariser", "epoch"),
)
digits = Claim(
    "furusho2020/figure-11",
    "Accuracies of networks that learn digits with random labels.",
    says=[Observed(name, networks=RUNS) for name in ACCURACIES],
    by=accuracies,
)


def _epochs(regulariser: str) -> Sequence[Point]:
    return [at(accuracies, regulariser=regulariser, epoch=one) for one in EPOCHS]


def _panels_of_digits(seen: Seen) -> list[dict[str, Any]]:
    return [
        {
            "title": one,
            "x_label": "epochs",
            "y_label": "accuracy",
            "log_y": False,
            "series": [
                measured_series(label, EPOCHS, _epochs(one), name, seen)
                for name, label in ACCURACIES.items()
            ],
        }
        for one in REGULARISERS
    ]


learnt_digits = Figure(
    id="figure-11",
    title="Accuracy on random and on true labels",
    caption="Networks of the paper learn digits 0 and 1 with 65 % of the labels random, 180 images "
    "of pixels up to 16, at the paper's learning rate and coefficients. A third of the labels is "
    "wrong: what is fitted of them is drawn beside what the paper draws. The paper over-fits "
    f"after a few epochs, these networks after a hundred. Means of {RUNS} networks.",
    source="Furusho (2020), Fig 11",
    shows=digits,
    points=[point for one in REGULARISERS for point in _epochs(one)],
    panels=_panels_of_digits,
)

FIGURES = (learnt_sines, learnt_digits)
