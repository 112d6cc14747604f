"""Claims on the Gaussian averages I1, I2, I3 (Luo et al. 2018, Appendix 2)."""

from __future__ import annotations

from typing import Any

from numerics.order_parameters import measure_gaussian_averages
from theory import order_parameters as forms
from theory.closed_form import ClosedForm
from verify.claims.measurements import Drawn
from verify.claims.order_parameters.assumptions import ASSUMPTIONS_MET
from verify.claims.order_parameters.terms import AVERAGED, AVERAGED_WITHIN, of_lattices
from verify.claims.terms import Law, Parameters, grid, placed
from verify.evidence.accounting import Budget
from verify.model import Claim, Point
from verify.relations import SignedEqual

SIZES: dict[str, Law] = {
    "i1_relu": lambda v: v["Q"] * (1 + v["Q"]) / 2,
    "i2_relu": lambda v: (1 + v["Q"]) ** 2 / 2,
    "i3_relu": lambda v: (1 + v["Q"]) / 2,
    "i1_erf": lambda v: 0.1,
    "i2_erf": lambda v: 0.1,
    "i3_erf": lambda v: 0.25,
}
"""For ReLU the terms at R = 1, added without their signs; erf is smooth, and its terms bounded."""


def measure_averages(values: Parameters, **run: Any) -> Drawn:
    """I1, I2 and I3 of one lattice of inputs each."""
    del run["device"]
    found = measure_gaussian_averages(
        activation=values["activation"], scale=values["Q"], overlap=values["R"], **run
    )
    return {name: getattr(found, name).per_network for name in vars(found)}


def _average(form: ClosedForm) -> SignedEqual:
    quantity, activation, *_ = form.name.split("_")
    size = SIZES[f"{quantity}_{activation}"]
    return of_lattices(form, quantity, size, only={"activation": activation})


def _place_averages(parameters: Parameters, budget: Budget) -> list[Point]:
    return [
        placed(parameters, budget, AVERAGED_WITHIN, activation=activation, inputs=AVERAGED)
        for activation in ("relu", "erf")
    ]


gaussian_averages = Claim(
    id="luo2018/i1-i2-i3",
    statement="The averages I1, I2 and I3 over Gaussian preactivations of student and teacher "
    "have the closed forms of the Appendix.",
    says=tuple(
        map(
            _average,
            (
                forms.i1_relu,
                forms.i2_relu_printed,
                forms.i2_relu,
                forms.i3_relu,
                forms.i1_erf,
                forms.i2_erf_printed,
                forms.i2_erf,
                forms.i3_erf,
            ),
        )
    ),
    measure=measure_averages,
    grid=grid(
        ["Q", "R"],
        [
            *((0.5, overlap) for overlap in (-1.0, 0.0, 0.5, 1.0)),
            (1.0, 0.75),
            *((2.0, overlap) for overlap in (-1.0, 0.5, 1.0)),
        ],
        [(2.0, 0.0), (1.0, -0.5)],
    ),
    place=_place_averages,
    axis="R",
    notes=(
        "The printed I2 of ReLU has π R where π belongs, and is right at R = 1 alone; that of erf "
        "has lost terms, and a factor π.",
    ),
    met=ASSUMPTIONS_MET,
)

CLAIMS = (gaussian_averages,)
