"""Where the probability bounds of Zhang et al. (2022) say anything, and what they say there."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from theory import residual_scaling as forms
from theory.form import Form
from verify.claims.residual_scaling.experiments_probability import measured, networks
from verify.model import Claim, Value
from verify.relations import Observed
from verify.report.figures.figure import Figure, Seen, at, line, measured_series

KAPPAS = {1.0: "τ = 1/sqrt(L)", 0.5: "τ = 0.5/sqrt(L)", 0.2: "τ = 0.2/sqrt(L)"}
WIDEST = 1e4
SAMPLES, DEPTH = 10, 600

# What a bound says at tau = 1/sqrt(L) ---------------------------------------------------------

WIDTH, LAYERS = 16, 64
EXCESSES = (0.25, 0.5, 0.75, 1.0, 1.5, 2.0)
FARTHER = (*EXCESSES, 3.0, 4.0, 5.0, 6.0, 7.0, 8.0, 10.0, 12.0)
SETTING: dict[str, Value] = {"depth": LAYERS, "width": WIDTH, "tau": LAYERS**-0.5}

starts = {
    label: networks(
        f"norms from {label}",
        measured("norm_events", margin="excess"),
        setting={**SETTING, "start": start},
        reads=("excess",),
    )
    for label, start in (("a unit start", "dense"), ("the own start", "own"))
}
norms = Claim(
    "zhang2022/norms-beyond",
    "The share of networks whose norm leaves 1 + c.",
    says=Observed("last above", networks=4096),
    by=starts.values(),
)


def _beyond(label: str) -> list[Any]:
    return [at(starts[label], excess=excess) for excess in EXCESSES]


# Panels ---------------------------------------------------------------------------------------


def _region(label: str, least: float, places: Sequence[float], form: Form, **others: Any) -> Any:
    """The edge of where a bound says something: at the least c down from WIDEST, then along c."""
    (name,) = {"excess", "shortfall"} & form.domain.keys()
    x = [least, *(place for place in places if place > least)]
    y = [float(form.value(**{name: place}, **others)) for place in x]
    return line(label, "bound", [least, *x], [WIDEST, *y])


def _panels(seen: Seen) -> list[dict[str, Any]]:
    above, below = np.geomspace(0.05, 100, 60).tolist(), np.linspace(0.05, 0.995, 60).tolist()
    upper = [
        _region(
            label, float(forms.least_excess(kappa=kappa)), above, forms.upper_least_width,
            kappa=kappa,
        )
        for kappa, label in KAPPAS.items()
    ]  # fmt: skip
    lower = [
        _region(
            label, float(forms.least_shortfall(kappa=kappa)), below, forms.theorem_2_least_width,
            samples=SAMPLES, depth=DEPTH,
        )
        for kappa, label in KAPPAS.items()
    ]  # fmt: skip
    return [
        {
            "title": "Upper bound: says something above the line",
            "x_label": "c of the norm 1 + c",
            "y_label": "width m",
            "log_y": True,
            "series": upper,
        },
        {
            "title": f"Theorem 2, {SAMPLES} samples and {DEPTH} layers: above the line",
            "x_label": "c of the norm 1 - c",
            "y_label": "width m",
            "log_y": True,
            "series": lower,
        },
        {
            "title": f"P(|h_L| >= 1 + c) at τ = 1/sqrt(L), m = {WIDTH}",
            "x_label": "c",
            "y_label": "probability",
            "log_y": True,
            "series": [*_probabilities(), *_measured(seen)],
        },
        {"title": "Norms that are allowed, and norms", **_norms()},
    ]


def _probabilities() -> list[dict[str, Any]]:
    places = {"width": WIDTH, "depth": LAYERS, "tau": LAYERS**-0.5}
    least = float(forms.least_excess(kappa=1.0))
    spoken_of = [least, *(c for c in FARTHER if c > least)]

    def bound(form: Form, x: Sequence[float]) -> list[float]:
        return [min(1.0, float(form.value(**places, excess=c))) for c in x]

    limit = [float(forms.forward_upper_limit(width=WIDTH, kappa=1.0, excess=c)) for c in EXCESSES]
    return [
        line("Appendix B, where it speaks", "printed", spoken_of,
             bound(forms.forward_upper_bound_printed, spoken_of)),
        line("the best that its proof gives", "corrected", EXCESSES,
             bound(forms.forward_upper_bound, EXCESSES)),
        line("the same from the own start", "bound", EXCESSES,
             bound(forms.forward_upper_bound_own, EXCESSES)),
        line("at infinite depth, unit start", "theory", EXCESSES, limit),
    ]  # fmt: skip


def _measured(seen: Seen) -> list[dict[str, Any]]:
    series = [
        measured_series(label, EXCESSES, _beyond(label), "last above", seen) for label in starts
    ]
    for one in series:  # no share of 0 stands on a logarithmic axis
        kept = [k for k, y in enumerate(one["y"]) if y > 0]
        one |= {name: [one[name][k] for k in kept] for name in ("x", "y", "standard_error")}
    return series


def _norms() -> dict[str, Any]:
    kappas = np.geomspace(0.003, 1, 40).tolist()
    nets = np.geomspace(1e-3, 0.95, 400)
    allowed = [float(np.min(forms.least_product_norm(kappa=kappa, net=nets))) for kappa in kappas]
    of_one = [float(forms.norm_depth_limit(width=WIDTH, kappa=kappa)) for kappa in kappas]
    return {
        "x_label": "τ sqrt(L)",
        "y_label": "norm",
        "log_y": True,
        "series": [
            line("least that the steps of Theorem 1 allow", "bound", kappas, allowed),
            line("1.1, of Appendices C.2 to F", "printed", kappas, [1.1 for _ in kappas]),
            line(f"mean |h_L|, unit start, m = {WIDTH}", "theory", kappas, of_one),
        ],
    }


regions = Figure(
    id="zhang2022-regions",
    title="Where the bounds on norms say anything",
    caption="A bound with a probability says something where it is below 1, and speaks only of c "
    "from a least one on, which its condition on τ² L gives: above and to the right of each line. "
    "At τ = 1/sqrt(L) that is c ≥ 6.39 above and c ≥ 0.982 below, where norms are near 1.65; from "
    "the network's own start norms spread further. The steps of Theorem 1 give 1280 there for "
    "products of layers, and the norms of 1.1 that are used ask for τ sqrt(L) < 0.009.",
    source="Zhang et al. (2022), Theorems 1 and 2, Appendices B and C.1",
    shows=norms,
    points=[point for label in starts for point in _beyond(label)],
    panels=_panels,
)

FIGURES = (regions,)
