"""Claims on gradients of losses, on first steps and on the depths that Theorem 3.3.3 asks for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import mpmath

from theory import weight_paths as forms
from theory.domains import Integers, OneOf, Reals
from verify.claims.terms import FORMULAS, Parameters, rounding
from verify.claims.weight_paths.bounds import MEETS, measured
from verify.model import Claim, Experiment
from verify.relations import Agree, AlwaysAtMost, AtLeast

outputs = Experiment(
    "searched outputs", measured("loss_gradients"), over={"classes": Integers(2, 100)}
)
lines = Experiment(
    "searched networks of one unit",
    measured("line_networks"),
    over={"depth": Integers(3, 64), "label_ratio": Reals(60, 1000), "alpha": Reals(0.5, 1)},
    setting={"rate": 0.0},
    meets=MEETS,
)

loss_gradients = Claim(
    "susanna2024/loss-gradients",
    "Section 3.3: gradients of the p-loss are at most (p l)^((p-1)/p), and p l at most 2^(p-1) "
    "times the sum of |y|^p and |y'|^p; those of the cross-entropy are 4/C in "
    "square, which may be 2/C².",
    says=(
        AlwaysAtMost("p loss", 1, by=(outputs,), remainder=rounding),
        AlwaysAtMost("p loss split", 1, by=(outputs,), remainder=rounding),
        AlwaysAtMost(
            "cross entropy",
            forms.cross_entropy_gradient_printed,
            by=(outputs,),
            remainder=rounding,
        ),
        AlwaysAtMost(
            "cross entropy", forms.cross_entropy_gradient, by=(outputs,), remainder=rounding
        ),
    ),
    where="Section 3.3",
    by=outputs,
    axis="classes",
)

kullback_leibler = Claim(
    "susanna2024/kullback-leibler",
    "(3.22) bounds the squared gradient of the Kullback-Leibler loss by K e⁶, which has K for K² "
    "and fails for labels far longer than inputs.",
    says=(
        AlwaysAtMost(
            "squared quotient", forms.kullback_leibler_gradient_printed, remainder=rounding
        ),
        AlwaysAtMost("squared quotient", forms.kullback_leibler_gradient, remainder=rounding),
    ),
    where="Section 3.3",
    by=lines,
    axis="label_ratio",
    notes=(
        "y log(y/y') of (3.19) is below 0 where y' > y > 0, and a loss is to be at least 0 by "
        "(2.5); of shares that add up to 1 the sum is not.",
    ),
)

quotient_at_any_nu = Claim(
    "susanna2024/quotient-at-any-nu",
    "(3.21) is said to hold for every ν. Weights of ν L^-β/2 with ν above 6 take layers below it "
    "at any depth.",
    says=AlwaysAtMost.each(
        "squared quotient",
        forms.quotient_at_any_nu_printed,
        forms.quotient_at_any_nu,
        remainder=rounding,
    ),
    where="Section 3.3",
    by=replace(
        lines,
        label="searched networks of one unit and larger weights",
        over={"depth": Integers(32, 64), "nu": Reals(7, 12), "alpha": Reals(0.5, 1)},
        setting={"rate": 0.0, "label_ratio": 1.0},
    ),
    axis="nu",
)

means = Experiment(
    "searched networks of one unit on C10k",
    measured("mean_squares"),
    over={
        "depth": Integers(64, 256),
        "alpha": Reals(0.975, 1),
        "target": Reals(0.01, 0.1),
    },
)

mean_squares = Claim(
    "susanna2024/mean-squares",
    "After (4.3) the mean square gradient on C10k is to be 2 at most as 2 (|y|² + |y'|²) is, which "
    "may be 3.2 in the mean. It is below 2 itself of tanh at such depths.",
    says=(
        *AlwaysAtMost.each(
            "mean squares",
            forms.mean_squares_bound_printed,
            forms.mean_squares_bound,
            remainder=rounding,
        ),
        AlwaysAtMost("mean squared gradient", 2, remainder=rounding),
    ),
    where="After (4.3)",
    by=means,
    axis="alpha",
    notes=(
        "Over x uniform in [-1, 1] itself, of which C10k is a sample.",
        "As L grows, the mean of h_L² tends to that of (L^β asinh(e sinh(L^-β x)))²: 1.61 at α = "
        "0.975 and L = 4000, 2.05 at α = 0.9.",
    ),
)

steps = replace(
    lines,
    label="searched first steps",
    over={"depth": Integers(3, 64), "alpha": Reals(0.5, 0.75), "rate": Reals(10, 100)},
    setting={"label_ratio": 1.0},
)

first_step = Claim(
    "susanna2024/first-step",
    "Theorem 3.5.2 leaves the first learning rate free, as the sum of (3.34) begins with the "
    "second: one step of a large rate leaves its bound on the weights.",
    says=(
        AlwaysAtMost("first step", forms.first_step_bound_printed, remainder=rounding),
        AlwaysAtMost("first step", forms.first_step_bound, remainder=rounding),
    ),
    where="Theorem 3.5.2",
    by=steps,
    axis="rate",
)

trained = Experiment(
    "C10k with other targets",
    measured("descent"),
    over={"target": Reals(0.05, 0.5), "depth": Integers(8, 32), "alpha": Reals(0.5, 1)},
    setting={
        "gamma": 1.0, "rate": 10.0, "steps": 30, "start": "truncated", "samples": 1000, "nodes": 8,
    },
    meets={"inputs symmetric about 0": "1000 of them, uniform in [-1, 1]"},
)  # fmt: skip

floor = Claim(
    "susanna2024/c10k-floor",
    "A network that is odd in its input learns no constant: on C10k, f(x) = y, its loss stays at "
    "y²/2 at least, which is what it is of a network that says 0.",
    says=AtLeast("loss", forms.odd_loss_floor),
    where="Section 4.1",
    by=trained,
    axis="target",
    notes=(
        "Of a sample of N inputs the floor is lower, by a share of about 1/N while the network is "
        "nearly linear.",
        "So all that the tables of C10k tell of training is how networks learn to say 0.",
    ),
)


def _deepest(bracket: Callable[[Any, Parameters], Any]) -> Callable[[Parameters], Any]:
    """The greatest depth at which L^(2 alpha - 1) is a bracket times log L, from far above."""

    def depth(values: Parameters) -> Any:
        power = 2 * mpmath.mpf(values["alpha"]) - 1

        def excess(log_depth: Any) -> Any:
            return mpmath.log(bracket(mpmath.exp(log_depth), values) * log_depth) - (
                power * log_depth
            )

        log_depth = (mpmath.log(bracket(mpmath.mpf(1), values)) + 20) * 4 / power
        for _ in range(2000):
            after = mpmath.log(bracket(mpmath.exp(log_depth), values) * log_depth) / power
            if mpmath.almosteq(after, log_depth, rel_eps=mpmath.mpf(10) ** -14):
                break
            log_depth = after
        assert abs(excess(log_depth)) < 1e-9
        return mpmath.exp(log_depth)

    return depth


def of_weights(depth: Any, values: Parameters) -> Any:
    """4 d Q sqrt(C_l) e^2."""
    d, q, gradient = (mpmath.mpf(values[name]) for name in ("dim", "epochs", "gradient"))
    return 4 * d * q * mpmath.sqrt(gradient) * mpmath.exp(2)


def of_increments(depth: Any, values: Parameters) -> Any:
    """2 d sqrt(2 C_l) e^3 Q (3 e L^-beta + sqrt(2))."""
    d, q, gradient = (mpmath.mpf(values[name]) for name in ("dim", "epochs", "gradient"))
    tail = 3 * mpmath.e * depth ** (mpmath.mpf(values["alpha"]) - 1) + mpmath.sqrt(2)
    return 2 * d * mpmath.sqrt(2 * gradient) * mpmath.exp(3) * q * tail


asked = replace(
    FORMULAS,
    label="the inequalities of the proof",
    over={
        "alpha": Reals(0.6, 1),
        "dim": OneOf(1, 15),
        "epochs": Reals(1, 10),
        "gradient": Reals(0.1, 20),
    },
)

threshold_depths = Claim(
    "susanna2024/threshold-depths",
    "Theorem 3.3.3 holds for L large enough: at γ = 1 by its proof from the greater of two depths "
    "on, of which (4.3) names the lesser.",
    says=(
        Agree("from (3.24) on", forms.weights_threshold, witness=_deepest(of_weights)),
        Agree("from (3.25) on", forms.increments_threshold, witness=_deepest(of_increments)),
    ),
    where="Theorem 3.3.3, (4.3)",
    by=asked,
    axis="alpha",
    notes=(
        "Of C10k at α = 0.975, Q = 5, C_l = 2 the text has less than 4000; (3.24) holds from 2401 "
        "layers on, and (3.25) from 58,056, deeper than anything that it trains.",
        "Of CIFAR10 (d = 15) it has 250,000; with the C_l = 4/C of the cross-entropy they are "
        "23,312 and 496,327.",
        "(4.3) is for rates of at most 1; with those of C10k-B11 and B12, L^β and 100 L^β, the "
        "same condition holds from 3063 and 785,147 layers on.",
    ),
)


def of_increments_of_decay(values: Parameters) -> Any:
    """The depth at which the exponential of the proof of Theorem 3.5.2 is e, d Lambda = 1/10."""
    alpha = mpmath.mpf(values["alpha"])

    def exponent(log_depth: Any) -> Any:
        return 2 * mpmath.sqrt(2) * mpmath.e**3 * mpmath.exp(-alpha * log_depth) / 10 - 1

    return mpmath.exp(mpmath.findroot(exponent, (0, 10), solver="anderson"))


decay_depths = Claim(
    "susanna2024/decay-depths",
    "Theorem 3.5.2 holds for L large enough: by its proof from 33 layers on at α = 1/2, and from "
    "fewer above.",
    says=Agree("from", forms.decay_threshold, witness=of_increments_of_decay),
    where="Theorem 3.5.2",
    by=replace(FORMULAS, label="the exponential of the proof", over={"alpha": Reals(0.5, 1)}),
    axis="alpha",
    notes=("That is what (3.34) gains: it asks for rates that are small in place of depth.",),
)

CLAIMS = (
    loss_gradients,
    kullback_leibler,
    quotient_at_any_nu,
    mean_squares,
    first_step,
    floor,
    threshold_depths,
    decay_depths,
)
