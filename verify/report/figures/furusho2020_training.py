"""Figures 8 to 13 of Furusho (2020): what networks learn in training under regularisers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from verify.claims.regularisation.norms import measured
from verify.model import Claim, Experiment, OfNumerics, Point
from verify.relations import Observed
from verify.report.figures.figure import Figure, Seen, at, line, measured_series

REGULARISERS = ("none", "weight decay", "L1", "path")
RUNS = 3
"""Trials of a mean, as in the paper."""

SAMPLES = 200
FREQUENCIES = range(31)

# Figure 8 -------------------------------------------------------------------------------------

phases = Experiment(
    "one draw of the phases",
    measured("toy_targets"),
    setting={"samples": SAMPLES},
    reads=("sample", "frequency"),
)
targets = Claim(
    "furusho2020/figure-8",
    "Targets of sines with noise and their Fourier coefficients.",
    says=[
        Observed(name, networks=1)
        for name in ("target", "noisy target", "target coefficient", "noisy coefficient")
    ],
    by=phases,
)
SAMPLED = [at(phases, sample=number, frequency=FREQUENCIES[0]) for number in range(SAMPLES)]
TRANSFORMED = [at(phases, sample=0, frequency=k) for k in FREQUENCIES]


def _mean(point: Point, quantity: str, seen: Seen) -> float | None:
    found = seen(point, quantity)
    return None if found is None else found[0]


def _pair(
    x: Sequence[float], points: Sequence[Point], exact: str, noisy: str, seen: Seen
) -> list[dict[str, Any]]:
    """What is drawn of f_0, and of y."""
    clean, with_noise = ([_mean(one, name, seen) for one in points] for name in (exact, noisy))
    return [
        line("target with noise y", "measured", x, with_noise),
        line("target f₀", "theory", x, clean),
    ]


def _panels_of_targets(seen: Seen) -> list[dict[str, Any]]:
    inputs = [number / SAMPLES for number in range(SAMPLES)]
    return [
        {
            "title": "Fig 8: inputs and targets",
            "x_label": "input x",
            "y_label": "target",
            "log_y": False,
            "series": _pair(inputs, SAMPLED, "target", "noisy target", seen),
        },
        {
            "title": "Fig 8: Fourier coefficients",
            "x_label": "frequency k",
            "y_label": "Fourier coefficient",
            "log_y": False,
            "series": _pair(
                FREQUENCIES, TRANSFORMED, "target coefficient", "noisy coefficient", seen
            ),
        },
    ]


toy_example = Figure(
    id="figure-8",
    title="Sines with noise and their frequencies",
    caption=f"The {SAMPLES} inputs of the toy example at equal intervals of [0, 1] and its targets "
    "by eq 25, as in the paper, at a draw of its random phases; and the sizes of Fourier "
    "coefficients by the fast transform, 1 of a sine of the target and 0.4 of one of the noise. "
    "Whether its grid holds both ends the paper does not say: this one is open at 1, so that no "
    "frequency leaks into another.",
    source="Furusho (2020), Fig 8",
    shows=targets,
    points=[*SAMPLED, *TRANSFORMED[1:]],
    panels=_panels_of_targets,
)

# Figures 9 and 10 -----------------------------------------------------------------------------

UPDATES = tuple(range(0, 1201, 200))
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
    def value(update: int, frequency: int) -> float | None:
        return _mean(_cell(regulariser, update, frequency), "coefficient", seen)

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
            "values": [[value(one, k) for one in UPDATES] for k in FREQUENCIES],
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

# Figures 11 and 12 ----------------------------------------------------------------------------

EPOCHS = (0, 10, 20, 40, 60, 100, 150, 200, 300, 400, 500, 600)
ACCURACIES = {
    "training accuracy": "training set, random labels too",
    "wrong labels fitted": "wrong labels of the training set",
    "test accuracy": "test set, true labels",
}
STEPS = 100
"""Images of the latent path, whose latent variable goes from -2 to 2 in equal steps."""

HIGHEST = STEPS // 2

learning = Experiment(
    "zeros and ones, the paper's learning rate",
    measured("noisy_course"),
    setting={"images": "digits", "epochs": EPOCHS[-1]},
    reads=("regulariser", "epoch", "step", "frequency"),
)
digits = Claim(
    "furusho2020/figures-11-and-12",
    "Accuracies of networks that learn digits with random labels, and their outputs along the "
    "latent path of an autoencoder.",
    says=[Observed(name, networks=RUNS) for name in (*ACCURACIES, "output", "coefficient")],
    by=learning,
)


def _epochs(regulariser: str) -> list[Point]:
    return [at(learning, regulariser=regulariser, epoch=one, step=0, frequency=0) for one in EPOCHS]


def _along(regulariser: str) -> list[Point]:
    """Steps of the path after the last epoch; frequencies, as far as they go, share the points."""
    end = EPOCHS[-1]
    return [
        at(learning, regulariser=regulariser, epoch=end, step=k, frequency=min(k, HIGHEST))
        for k in range(STEPS)
    ]


def _latent(step: int) -> float:
    return 4 * step / (STEPS - 1) - 2


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
    caption="Networks of the paper, with biases, which eq 4 lacks and no regulariser penalises, "
    "learn digits 0 and 1 with 65 % of the labels random, 180 images of pixels up to 16, at the "
    "paper's learning rate and coefficients. A third of the labels is wrong: what is fitted of "
    "them is drawn beside what the paper draws. The paper over-fits after a few epochs, these "
    f"networks after a hundred. Means of {RUNS} networks.",
    source="Furusho (2020), Fig 11",
    shows=digits,
    points=[point for one in REGULARISERS for point in _epochs(one)],
    panels=_panels_of_digits,
)


def _panels_along_the_path(seen: Seen) -> list[dict[str, Any]]:
    latent, frequencies = [_latent(k) for k in range(STEPS)], range(1, HIGHEST + 1)
    label = f"mean of {RUNS} networks"
    outputs = [
        {
            "title": f"Fig 12: {one}, trained networks",
            "x_label": "latent variable z",
            "y_label": "output σ(f(x(z)))",
            "log_y": False,
            "series": [measured_series(label, latent, _along(one), "output", seen)],
        }
        for one in REGULARISERS
    ]
    spectra = [
        {
            "title": f"Fig 12: {one}, spectrum",
            "x_label": "frequency k",
            "y_label": "normalised Fourier coefficient",
            "log_y": True,
            "series": [
                measured_series(
                    label, frequencies, _along(one)[1 : HIGHEST + 1], "coefficient", seen
                )
            ],
        }
        for one in REGULARISERS
    ]
    return [*outputs, *spectra]


path_of_digits = Figure(
    id="figure-12",
    title="Outputs along the latent path, and their frequencies",
    caption=f"The networks of Fig 11 after {EPOCHS[-1]} epochs, at the {STEPS} images that an "
    "autoencoder gives at equal steps of its latent variable in [-2, 2], as in the paper, from "
    "ones to zeros; and the sizes of the Fourier coefficients of these outputs, over the root of "
    "the sum of their squares at frequencies of either sign. That at 0, the mean output, is in the "
    "sum and is not drawn. How long the paper trains it does not say. What lies at frequencies of "
    f"5 and more is judged in furusho2020/digits-noise. Means of {RUNS} networks.",
    source="Furusho (2020), Fig 12",
    shows=digits,
    points=[point for one in REGULARISERS for point in _along(one)],
    panels=_panels_along_the_path,
)

# Figure 13 ------------------------------------------------------------------------------------

SIDE = 8
"""Pixels of a side of a digit."""

LOOKS = (range(0, 55, 11), range(55, STEPS, 11))
"""Images that are shown, of either half of the path."""

decoded = Experiment(
    "latent path",
    OfNumerics("numerics.regularisation:measure_latent_path", quantities=("pixel",)),
    setting={"images": "digits"},
    reads=("step", "pixel"),
)
generated = Claim(
    "furusho2020/figure-13",
    "Images along the latent path of an autoencoder.",
    says=Observed("pixel", networks=1),
    by=decoded,
)


def _pixel(step: int, row: int, column: int) -> Point:
    return at(decoded, step=step, pixel=SIDE * row + column)


def _image_panel(steps: Sequence[int], seen: Seen) -> dict[str, Any]:
    """Images side by side, each about its z, an empty column between two."""
    apart = (_latent(steps[1]) - _latent(steps[0])) / (SIDE + 1)
    x: list[float] = []
    values: list[list[float | None]] = [[] for _ in range(SIDE)]  # the lowest row first
    for step in steps:
        for column in range(SIDE + (step != steps[-1])):
            x.append(_latent(step) + apart * (column - (SIDE - 1) / 2))
            for height, row in enumerate(values):
                ink = None
                if column < SIDE:
                    ink = _mean(_pixel(step, SIDE - 1 - height, column), "pixel", seen)
                row.append(None if ink is None else round(ink, 3))
    return {
        "title": f"Fig 13: z from {_latent(steps[0]):.2g} to {_latent(steps[-1]):.2g}",
        "x_label": "latent variable z",
        "y_label": "row of pixels, from below",
        "log_y": False,
        "series": [],
        "map": {
            "label": "pixel",
            "x": x,
            "y": [float(one) for one in range(1, SIDE + 1)],
            "values": values,
            "image": True,
        },
    }


images_along_the_path = Figure(
    id="figure-13",
    title="Images along the latent path",
    caption=f"Ten of the {STEPS} images that an autoencoder of one latent variable z in [-2, 2], "
    "as in the paper, decodes from it; 1 is the brightest pixel. The paper does not state its "
    "autoencoder: here encoder and decoder have one hidden layer of 32 units of tanh, and learn "
    "the 180 digits 0 and 1 of Fig 11 in 800 updates of Adam at a rate of 0.01. Which digit lies "
    "at which end is chance.",
    source="Furusho (2020), Fig 13",
    shows=generated,
    points=[
        _pixel(step, row, column)
        for half in LOOKS
        for step in half
        for row in range(SIDE)
        for column in range(SIDE)
    ],
    panels=lambda seen: [_image_panel(half, seen) for half in LOOKS],
)

FIGURES = (toy_example, learnt_sines, learnt_digits, path_of_digits, images_along_the_path)
