"""How residual branches with batch norm are scaled (section 4.3.1)."""

from __future__ import annotations

from functools import partial

from sympy import Rational, sqrt

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.reading import Reading
from theory.weight_paths.parameters import ALPHA, BRANCH_VARIANCE, LAYERS

_form = partial(ClosedForm, subject="weight_paths", paper="susanna2024", lies_in=Reals(0))

L, alpha, v = LAYERS.symbol, ALPHA.symbol, BRANCH_VARIANCE.symbol

EPSILON = Rational(1, 100_000)
"""What PyTorch's batch norm adds to variances."""

_block = partial(_form, parameters=(LAYERS, ALPHA))

branch_scale_printed = _block(
    name="branch_scale_printed",
    expr=L**alpha,
    where="(4.6)",
    status="printed",
    superseded_by="branch_scale",
    reading=Reading(
        says="each branch is delta_L times a batch norm, delta_L = L^alpha, alpha = 0.75",
        shows="the deviation of a channel of q_t before training, which is delta_L",
        kind="slip of print",
        consequence="the line: branches would be 20 to 58 times their batch norm; runs were made "
        "with another scale still, of blocks in place of layers",
        convention="delta_L of the measured block is L^-alpha, as after (2.4)",
        cause="a sign is lost; resnet_cifar10.py has n^-0.75 for n = 9, 17 and 37 blocks of a "
        "size, which is 0.192, 0.119 and 0.067, 4 times the 0.049, 0.031 and 0.017 of L^-0.75",
        true_if="alpha = -0.75",
    ),
)

branch_scale = _block(
    name="branch_scale",
    expr=L**-alpha,
    where="(4.6) corrected",
    status="corrected",
    derivation=(
        "Batch norm has the variance 1 whatever it is given, so that q_t has delta_L^2; the "
        "delta_L before the second one is lost, and so are the norms of all convolutions."
    ),
)

branch_scale_without_norm = _block(
    name="branch_scale_without_norm",
    expr=L ** (-2 * alpha),
    where="(4.6) without its second batch norm",
    status="derived",
    derivation="Both delta_L count where nothing between them undoes the first.",
)

branch_scale_of_pytorch = _form(
    name="branch_scale_of_pytorch",
    expr=L**-alpha / sqrt(1 + EPSILON * L ** (2 * alpha) / v),
    parameters=(LAYERS, ALPHA, BRANCH_VARIANCE),
    where="(4.6) corrected, with what PyTorch adds to variances",
    status="derived",
    derivation=(
        "delta_L^2 delta_L^2 v/(delta_L^2 v + 1e-5): all that is left of the first delta_L is to "
        "add delta_L^-2 times as much to a variance v."
    ),
)
