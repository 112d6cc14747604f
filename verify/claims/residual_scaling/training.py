"""Claims on training: widths and steps that Theorems 5 and 9 ask for, and which scale trains."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import mpmath
import numpy as np
from numpy.typing import NDArray

from theory import residual_scaling as forms
from theory.domains import Domain, Integers, OneOf, Reals
from verify.claims.residual_scaling import experiments as networks
from verify.claims.terms import Parameters
from verify.model import Claim, Experiment, Measure, Value
from verify.relations import Agree, Ranking


def _greatest_width(factor: Any) -> Any:
    """The greatest m of m = K log^2 m, by iteration from above."""
    width = factor * mpmath.log(factor + 10) ** 4
    for _ in range(400):
        width, before = factor * mpmath.log(width) ** 2, width
        if mpmath.almosteq(width, before):
            break
    return width


def width_of_gradient_descent(values: Parameters) -> Any:
    """n^8 d L^7 log^2 m/delta^4."""
    n, delta, d, depth = (
        mpmath.mpf(values[name]) for name in ("samples", "separation", "outputs", "depth")
    )
    return _greatest_width(n**8 * d * depth**7 / delta**4)


def width_of_stochastic_descent(values: Parameters) -> Any:
    """n^17 d L^7 log^2 m/(b^4 delta^8)."""
    n, delta, d, depth, batch = (
        mpmath.mpf(values[name]) for name in ("samples", "separation", "outputs", "depth", "batch")
    )
    return _greatest_width(n**17 * d * depth**7 / (batch**4 * delta**8))


def steps_of_gradient_descent(values: Parameters) -> Any:
    """(d n/(eta delta m)) log(n log^2 m/epsilon) at eta = d/(m n), for d = 3."""
    n, delta, width, loss = (
        mpmath.mpf(values[name]) for name in ("samples", "separation", "width", "loss")
    )
    outputs = 3
    rate = outputs / (width * n)
    return outputs * n / (rate * delta * width) * mpmath.log(n * mpmath.log(width) ** 2 / loss)


def steps_of_stochastic_descent(values: Parameters) -> Any:
    """n^5 log m log^2(1/epsilon)/(b delta^2)."""
    names = ("samples", "separation", "width", "batch", "loss")
    n, delta, width, batch, loss = (mpmath.mpf(values[name]) for name in names)
    return n**5 * mpmath.log(width) * mpmath.log(1 / loss) ** 2 / (batch * delta**2)


DATA: dict[str, Domain] = {"samples": Integers(2, 1000), "separation": Reals(0.01, 1)}
NETWORK: dict[str, Domain] = {**DATA, "outputs": Integers(1, 10), "depth": Integers(2, 1000)}
RUN: dict[str, Domain] = {**DATA, "width": Integers(2, 10**6), "loss": Reals(1e-6, 0.5)}
BATCH: dict[str, Domain] = {"batch": Integers(1, "samples")}

width_arithmetic = Claim(
    "zhang2022/width-arithmetic",
    "Theorems 5 and 9 ask for widths of n⁸ d L⁷ log² m/δ⁴ and n¹⁷ d L⁷ log² m/(b⁴ δ⁸), and "
    "for numbers of steps in which depth does not occur, up to constants.",
    says=(
        Agree(
            "width of gradient descent",
            forms.gradient_descent_width,
            witness=width_of_gradient_descent,
            by=(gradient := networks.formulas("widths, gradient descent", **NETWORK),),
        ),
        Agree(
            "width of stochastic descent",
            forms.stochastic_descent_width,
            witness=width_of_stochastic_descent,
            by=(stochastic := networks.formulas("widths, stochastic descent", **NETWORK, **BATCH),),
        ),
        Agree(
            "steps of gradient descent",
            forms.gradient_descent_steps,
            witness=steps_of_gradient_descent,
            by=(steps := networks.formulas("steps, gradient descent", **RUN),),
        ),
        Agree(
            "steps of stochastic descent",
            forms.stochastic_descent_steps,
            witness=steps_of_stochastic_descent,
            by=(few := networks.formulas("steps, stochastic descent", **RUN, **BATCH),),
        ),
    ),
    by=(gradient, stochastic, steps, few),
    axis="samples",
    notes=(
        "Confirmed is that the numbers are what the statements say, with 1 for constants that they "
        "leave out; not that so much is needed. Ten samples at a distance of 1 and ten layers ask "
        "for a width of some 10¹⁸; a ResNet110 for CIFAR-10 has 16 to 64 channels.",
    ),
)

STEPS = 60
NETWORKS: dict[str, Value] = {
    "tau": 1.0, "width": 12, "samples": 6, "dimension": 16, "start": networks.OWN, "steps": STEPS,
}  # fmt: skip
"""Of each kind of network its own tau is taken."""


def fewest_steps(values: Parameters, *kinds: Mapping[str, Any], **run: Any) -> NDArray[np.float64]:
    """Steps at the best of the learning rates, a column for each kind of network."""
    trained = networks.measured(
        "training_by_kind",
        "fewest steps",
        kinds=kinds,
        learning_rates=(0.1, 0.3, 1.0, 3.0),
        loss=0.05,
    )
    return trained(values, **run)["fewest steps"]


def measure_steps(values: Parameters, **run: Any) -> dict[str, Any]:
    """Steps at 1/sqrt(L) beside those of other kinds."""
    depth = values["depth"]
    others = {"L^(-1/4)": {"tau": depth**-0.25}, "without skips": {"skips": False}}
    ours, *theirs = fewest_steps(values, {"tau": depth**-0.5}, *others.values(), **run).T
    return {
        f"steps, then those of {name}": np.column_stack([ours, one])
        for name, one in zip(others, theirs, strict=True)
    }


def measure_steps_of_depths(values: Parameters, **run: Any) -> dict[str, Any]:
    """Steps at 1/sqrt(L) at four times the depth, beside twice those at the depth."""
    depths = 4 * values["depth"], values["depth"]
    kinds = ({"depth": depth, "tau": depth**-0.5} for depth in depths)
    deep, shallow = fewest_steps(values, *kinds, **run).T
    most = 2 * values["steps"]
    deep = np.where(deep > values["steps"], most + 1, deep)
    return {DEEPER: np.column_stack([deep, np.minimum(2 * shallow, most)])}


DEEPER = "steps at 4 L layers, then twice those at L"


def _on_both_data(
    label: str, measure: Measure, depths: OneOf, **setting: Value
) -> tuple[Experiment, ...]:
    trained = Experiment(
        label,
        measure,
        over={"depth": depths},
        setting={**NETWORKS, **setting},
        meets=networks.MEETS,
    )
    return tuple(trained.given(data=data) for data in ("gaussian", "digits"))


by_kind = _on_both_data("gradient descent", measure_steps, OneOf(36, 100, 1000))
by_depth = _on_both_data(
    "gradient descent at two depths", measure_steps_of_depths, OneOf(9, 25), width=24
)
by_depth_stochastic = tuple(
    one.given(f"stochastic {one.label}", batch_size=2, steps=3 * STEPS) for one in by_depth
)

tau_sharp = Claim(
    "zhang2022/tau-sharp",
    "Gradient descent at its best learning rate takes fewer steps to a loss at τ = 1/√L than at "
    "τ = L^(−1/4) and than without skips.",
    says=(
        Ranking("steps, then those of L^(-1/4)"),
        Ranking("steps, then those of without skips"),
    ),
    where="Section 5, Fig 6",
    by=by_kind,
    axis="depth",
    within=0.2,
    notes=(
        f"Networks of 12 units learn 6 inputs; a run that does not reach the loss counts "
        f"{STEPS + 1} steps.",
        "Of τ = 1/L the paper says that it is worse (Table 3, validation accuracy of a ResNet110 "
        "on CIFAR-10), which cannot be judged on so small networks.",
    ),
)

convergence = Claim(
    "zhang2022/gd-convergence",
    "At τ = 1/√L the number of steps that gradient descent takes to reach a loss does not grow "
    "with the depth: four times as many layers take less than twice as many.",
    says=Ranking(DEEPER),
    where="Theorem 5",
    by=by_depth,
    axis="depth",
    within=0.2,
    notes=(
        "At the best of four learning rates at either depth, of 24 units that learn 6 inputs: far "
        "narrower than the theorem asks for.",
        "A deep network that does not reach the loss counts against the claim; of 12 units one in "
        "seven does not.",
    ),
)

stochastic_convergence = Claim(
    "zhang2022/sgd-convergence",
    "At τ = 1/√L the number of steps that stochastic gradient descent takes to reach a loss does "
    "not grow with the depth: four times as many layers take less than twice as many.",
    says=Ranking(DEEPER),
    where="Theorem 9",
    by=by_depth_stochastic,
    axis="depth",
    within=0.2,
    notes=("As zhang2022/gd-convergence, of two of six inputs a step, drawn without replacement.",),
)

CLAIMS = (width_arithmetic, tau_sharp, convergence, stochastic_convergence)
