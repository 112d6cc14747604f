"""How large gradients of losses are (section 3.3), and how small a loss can be (section 4.1)."""

from __future__ import annotations

from functools import partial

from sympy import Integer, exp

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.lowering.elementary import exponential, log1p
from theory.reading import Reading
from theory.weight_paths.parameters import CLASSES, FEW_LAYERS, LABEL_RATIO, TARGET

_form = partial(ClosedForm, subject="weight_paths", paper="susanna2024", lies_in=Reals(0))

C, K, L = CLASSES.symbol, LABEL_RATIO.symbol, FEW_LAYERS.symbol

cross_entropy_gradient_printed = _form(
    name="cross_entropy_gradient_printed",
    expr=4 / C,
    parameters=(CLASSES,),
    where="section 3.3, cross-entropy",
    status="printed",
    improved_by="cross_entropy_gradient",
    derivation="|grad|^2 of -log(softmax)/C, by 4/C^2 for each of its C entries.",
)

cross_entropy_gradient = _form(
    name="cross_entropy_gradient",
    expr=2 / C**2,
    parameters=(CLASSES,),
    where="section 3.3, cross-entropy, sharpened",
    status="corrected",
    derivation=(
        "(1 - p_y)^2 and the squares of the others, which add up to (1 - p_y)^2 at most: 2/C^2, as "
        "one wrong class takes all. It is 2 C times less."
    ),
)

kullback_leibler_gradient_printed = _form(
    name="kullback_leibler_gradient_printed",
    expr=K * exp(Integer(6)),
    parameters=(FEW_LAYERS, LABEL_RATIO),
    where="(3.22)",
    status="printed",
    superseded_by="kullback_leibler_gradient",
    reading=Reading(
        says="the mean of (y_i/h_L)^2 is at most K e^6, where |y_i|/|x_i| <= K and |h_L| >= |x_i| "
        "e^-3",
        kind="lost factor or term",
        consequence="the line; the mean is bounded all the same, which is what Assumption 3.3.2 "
        "needs",
        convention="d = 1; |W_k| <= L^-beta",
        cause="the square of y_i/h_L has K^2; the e^6 hides it up to K = 35",
        true_if="K <= e^6 (1 - 1/L)^(2 L), which is 35 at L = 3 and 55 for deep networks",
    ),
)

kullback_leibler_gradient = _form(
    name="kullback_leibler_gradient",
    expr=K**2 * (1 - 1 / L) ** (-2 * L),
    stable=K**2 * exponential(-2 * L * log1p(-1 / L)),
    parameters=(FEW_LAYERS, LABEL_RATIO),
    where="(3.22) corrected",
    status="corrected",
    derivation="(y/h_L)^2 with |h_L| >= |x| (1 - 1/L)^L, the sharp bound at delta_L |W_k| = 1/L.",
)

odd_loss_floor = _form(
    name="odd_loss_floor",
    expr=TARGET.symbol**2 / 2,
    parameters=(TARGET,),
    where="section 4.1, C10k",
    status="derived",
    assumptions=("inputs symmetric about 0",),
    derivation=(
        "A network of tanh without biases is odd in x: E (h_L - y)^2/2 = (E h_L^2 + y^2)/2 is at "
        "least y^2/2, which W_k = -1/delta_L nears as L grows. Of C10k, y = 0.01, it is 0.00005: "
        "no training tells the target from 0, nor learns a constant."
    ),
)
