"""Tables of Susanna (2024) as curves: printed, in float64, in float32; and losses as surfaces."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import fmean, stdev
from typing import Any

from theory.weight_paths.tables import columns, measured_draws
from verify.claims.weight_paths.landscapes import as_printed, slower
from verify.claims.weight_paths.tables import rounded
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import Observed
from verify.report.figures.figure import Figure, Seen, at, line, measured_series

DEPTHS = [2**k for k in range(7, 16)]
SINGLE = (128, 256, 512, 1024)
NETWORKS = 4

HELD = ("C10k-B12c", "C10k-B13c", "C10k-B22c", "C10k-B23c")
FALLEN = ("C10k-B11c", "C10k-B33c", "C10k-C12c", "C10k-C21c")
RANDOM = ("C10k-B13t", "C10k-B32t", "C10k-C11t", "C10k-C21t")

in_float32 = Claim(
    "susanna2024/tables-in-float32",
    "The largest 1-variation of three runs in float32.",
    says=Observed("largest of 3 in float32", networks=NETWORKS),
    by=rounded.given("float32 at all depths"),
)


def _printed(model: str) -> dict[str, Any]:
    """A printed column, broken where it prints 0."""
    (column,) = (
        one for one in columns if one.status == "printed" and one.cells[0]["model"] == model
    )
    y = [float(column.value(**cell)) or None for cell in column.cells]
    return line(f"{model}, printed", "printed", DEPTHS, y)


def _measured(model: str) -> dict[str, Any]:
    """Our means of a column in float64, with their errors."""
    drawn = measured_draws()
    listed = [drawn[depth, model] for depth in DEPTHS]
    return {
        "label": f"{model}, float64",
        "kind": "measured",
        "x": DEPTHS,
        "y": [fmean(one) for one in listed],
        "standard_error": [stdev(one) / len(one) ** 0.5 for one in listed],
    }


def _single(model: str, seen: Seen) -> dict[str, Any]:
    points = [at(in_float32.by[0], depth=depth, model=model) for depth in SINGLE]
    return measured_series(f"{model}, float32", SINGLE, points, "largest of 3 in float32", seen)


def _panels(seen: Seen) -> list[dict[str, Any]]:
    def panel(title: str, models: Sequence[str], *more: dict[str, Any]) -> dict[str, Any]:
        return {
            "title": title,
            "x_label": "layers L",
            "y_label": "1-variation",
            "log_y": True,
            "series": [*map(_printed, models), *map(_measured, models), *more],
        }

    return [
        panel("Constant starts that train", HELD),
        panel("Constant starts that fall to rounding", FALLEN),
        panel("The same in float32", FALLEN[::2], *(_single(model, seen) for model in FALLEN[::2])),
        panel("Truncated starts", RANDOM),
    ]


# The loss about trained weights ---------------------------------------------------------------

SIDE, REACH = 17, 1.0
ALONG = [REACH * (2 * place / (SIDE - 1) - 1) for place in range(SIDE)]

landscapes = {
    title: Experiment(
        title,
        OfNumerics("numerics.weight_paths:measure_landscape", quantities=("loss",)),
        setting={**given.setting, "skips": skips, "side": SIDE, "reach": REACH},
        reads=("place",),
    )
    for title, given, skips in (
        ("With skip connections, rate 2", as_printed, True),
        ("Without, rate 2", as_printed, False),
        ("Without, rate 0.1", slower, False),
    )
}
surfaces = Claim(
    "susanna2024/landscapes",
    "The loss about trained weights, in two directions.",
    says=Observed("loss", networks=1),
    by=landscapes.values(),
)


def _surface(title: str, seen: Seen) -> dict[str, Any]:
    points = [at(landscapes[title], place=place) for place in range(SIDE**2)]
    found = [seen(point, "loss") for point in points]
    values = [None if one is None else one[0] for one in found]
    return {
        "title": title,
        "x_label": "first direction, in lengths of the weights",
        "y_label": "second direction",
        "log_y": False,
        "series": [],
        "map": {
            "label": "loss",
            "x": ALONG,
            "y": ALONG,
            "values": [values[row * SIDE : (row + 1) * SIDE] for row in range(SIDE)],
        },
    }


landscape = Figure(
    id="susanna2024-landscapes",
    title="The loss with skip connections and without",
    caption=(
        "One network of 20 layers that learns digits, along two random directions each of whose "
        "rows is as long as that of the trained weights in the middle. At the rate 2 of Table B.2 "
        "networks without skip connections do not learn; at 0.1 they do. Either way their "
        "surfaces are rough, where that with skip connections is a bowl."
    ),
    source="Susanna (2024), Figs 1.2 and 2.1, Table B.2",
    shows=surfaces,
    points=[at(one, place=place) for one in landscapes.values() for place in range(SIDE**2)],
    panels=lambda seen: [_surface(title, seen) for title in landscapes],
)

FIGURES = [
    Figure(
        id="susanna2024-tables",
        title="The 1-variation of weights trained on C10k",
        caption=(
            "Columns of Tables 4.3, 4.4 and B.4 as printed, and ours of the same three seeds in "
            "float64, as make tables left them. Where weights start at random 13 of 15 columns "
            "agree to 1 %, and C11t, at the rates L^1.25, to 31 %. Where they start alike, columns "
            "leave ours at some depth, and stay or rise: they print the rounding of float32."
        ),
        source="Susanna (2024), Tables 4.3, 4.4 and B.4",
        shows=in_float32,
        points=[
            at(in_float32.by[0], depth=depth, model=model)
            for model in FALLEN[::2]
            for depth in SINGLE
        ],
        panels=_panels,
    ),
    landscape,
]
