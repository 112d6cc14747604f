"""Mean squared gradients of losses by outputs: how large they are, and how they decay (4.3)."""

from __future__ import annotations

import math
from functools import partial

from sympy import Function, Rational

from theory.closed_form import ClosedForm
from theory.computed import computed
from theory.domains import Reals
from theory.reading import Reading
from theory.weight_paths.parameters import BATCH, CLASSES, DESCENT_RATE, STEPS, TARGET

_form = partial(
    ClosedForm,
    subject="weight_paths",
    paper="susanna2024",
    lies_in=Reals(0),
)

C, N = CLASSES.symbol, BATCH.symbol
eta, n, y = DESCENT_RATE.symbol, STEPS.symbol, TARGET.symbol

# Cross-entropy ----------------------------------------------------------------------------------

untrained_gradient_printed = _form(
    name="untrained_gradient_printed",
    expr=Rational(77803, 10**9),
    parameters=(),
    where="(4.4) and (4.5) at t = 0, Table 4.8",
    status="printed",
    superseded_by="untrained_gradient",
    reading=Reading(
        says="Omega(t), the mean of |grad l|^2 over the samples, is about C/(t + 1)^rho, and C is "
        "7.7803e-5 at most in Tables 4.8 and 4.9",
        shows="the greatest C printed, which is Omega(0)",
        kind="lost factor or term",
        consequence="every C of section 4.3, and with it what (3.34) asks of learning rates; rho "
        "is not touched",
        convention="ten classes; outputs that know nothing of the labels, which are equally "
        "frequent, as before training; l is -log of the share, as in the program: with the 1/C of "
        "section 3.3 it is 0.009, 116 times what is printed",
        cause="resnet_cifar10.py takes the gradient of the mean loss over a batch of N = 128, so "
        "that each sample's is divided by N: (4.4) is N^2 = 16384 times as large, and C is "
        "1.138, 1.175 and 1.275. C of Figure 4.8a, N = 12500, is 0.958/N, more than the 2/N^2 "
        "that either program could give",
        true_if="l is the mean loss of the batch, l_i/N, as in (2.31), and no longer l_i",
    ),
)

untrained_gradient = _form(
    name="untrained_gradient",
    expr=Rational(9, 10),
    parameters=(),
    where="(4.4) corrected, before training",
    status="corrected",
    derivation="1 - 1/C at C = 10: shares p that know no label have 1 - 2/C + |p|^2, least at 1/C.",
)

mean_loss_gradient = _form(
    name="mean_loss_gradient",
    expr=(1 - 1 / C) / N**2,
    parameters=(CLASSES, BATCH),
    where="section 4.3.1, of the mean loss before training",
    status="derived",
    derivation="The gradient of the mean of N losses by an output is that of its own loss over N.",
)

wrong_gradient = _form(
    name="wrong_gradient",
    expr=Rational(1, 2),
    parameters=(),
    where="(4.4), of samples that are not told right",
    status="derived",
    derivation=(
        "Where another class has a share q >= p of the right one's, (1 - p)^2 + q^2 is at least "
        "(1 - p)^2 + p^2, which is at least 1/2. So Omega is at least half the share of errors."
    ),
)

# C10k, whose loss is half of Omega ---------------------------------------------------------------

LINEAR = ("tanh linear, L great, weights of 0 at the start, inputs uniform in [-1, 1]",)


@computed(
    subject="weight_paths",
    paper="susanna2024",
    status="derived",
    where="(4.4) on C10k",
    symbol=Function("l")(eta, n, y),
    parameters=(DESCENT_RATE, STEPS, TARGET),
    assumptions=LINEAR,
    lies_in=Reals(0),
)
def descended_loss(rate: float, steps: int, target: float) -> float:
    """The loss before the n-th step on C10k, in the limit of infinite depth.

    A linear network is exp(S) x, S the mean of the scaled weights L^beta W_k, and the loss is
    (exp(2S)/3 + y^2)/2: a step of the rate eta L^(alpha - beta) takes eta exp(2S)/3 from each of
    them. So exp(-2S) grows by about 2 eta/3 a step, and no S is the best.
    """
    total = 0.0
    for _ in range(steps - 1):
        total -= rate * math.exp(2 * total) / 3
    return (math.exp(2 * total) / 3 + target**2) / 2


descended_loss_bound = _form(
    name="descended_loss_bound",
    expr=(1 / (3 + 2 * eta * (n - 1)) + y**2) / 2,
    parameters=(DESCENT_RATE, STEPS, TARGET),
    where="(4.4) on C10k, by a power law",
    status="derived",
    assumptions=LINEAR,
    derivation=(
        "u = exp(-2S) becomes u exp(2 eta/(3 u)) >= u + 2 eta/3, so that Omega <= y^2 + "
        "1/(3 + 2 eta t) after t = n - 1 steps; of small rates it is that."
    ),
)
