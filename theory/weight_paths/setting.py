"""What the theorems use: recursions in n (Lemma 3.3.4), the grid, biases and steps of chapter 2."""

from __future__ import annotations

import math
from functools import partial

import sympy
from sympy import Integer

from theory.closed_form import ClosedForm
from theory.computed import computed
from theory.domains import Integers, Reals
from theory.lowering.elementary import expm1, exponential, log1p
from theory.parameters import Parameter
from theory.reading import Reading
from theory.weight_paths.parameters import LAYERS, SAMPLES

_form = partial(ClosedForm, subject="weight_paths", paper="susanna2024", lies_in=Reals(0))

# Lemma 3.3.4 ----------------------------------------------------------------------------------

COUNT = Parameter("count", "n", Integers(1, 1000), "n, of the bounded term e_n", (2, 20))
GROWTH = Parameter("growth", "g", Reals(1e-6, 1), "g, of factors u_n = 1 + g", (0.125, 0.5))
ADDED = Parameter("added", "v", Reals(0, 1e6), "v, of addends v_n = v", (0.125, 0.5))
FIRST = Parameter("first", "e_0", Reals(0, 1e6), "e_0", (0.125, 0.5))
SECOND = Parameter("second", "e_1", Reals(0, 1e6), "e_1", (1.0, 2.0))

n, g, v = COUNT.symbol, GROWTH.symbol, ADDED.symbol

_recursion = partial(_form, parameters=(COUNT, GROWTH, ADDED, FIRST, SECOND))

recursion_bound_printed = _recursion(
    name="recursion_bound_printed",
    expr=(1 + g) ** n * FIRST.symbol + v * ((1 + g) ** n - 1) / g,
    stable=exponential(n * log1p(g)) * FIRST.symbol + v * expm1(n * log1p(g)) / g,
    where="Lemma 3.3.4",
    status="printed",
    superseded_by="recursion_bound",
    reading=Reading(
        says="where e_{n+1} <= u_n e_n + v_n for each n > 0, e_n is at most the product of u_0 to "
        "u_{n-1} times e_0 and the sum of each v_m times the product of u_{m+1} to u_{n-1}",
        shows="the bound for u_n = 1 + g and v_n = v",
        kind="slip of print",
        consequence="the lemma as stated; it stands with n >= 0, which is what Theorems 3.3.3 and "
        "3.5.2 have",
        cause="of e_1 nothing is said, and the bound has e_0, u_0 and v_0: e_0 = v = 0 and e_1 = 1",
        true_if="e_{n+1} <= u_n e_n + v_n for each n >= 0",
    ),
)

recursion_bound = _recursion(
    name="recursion_bound",
    expr=(1 + g) ** (n - 1) * SECOND.symbol + v * ((1 + g) ** (n - 1) - 1) / g,
    stable=exponential((n - 1) * log1p(g)) * SECOND.symbol + v * expm1((n - 1) * log1p(g)) / g,
    where="Lemma 3.3.4 corrected",
    status="corrected",
    derivation="The same from e_1 on, of which equality in each step makes an equality.",
)

# Grid -----------------------------------------------------------------------------------------

LENGTH = Parameter("length", "tau", Reals(0, 1), "length tau of [s, t] in [0, 1]", (0.125, 0.5))

_grid = partial(_form, parameters=(LAYERS, LENGTH), where="Theorem 2.1.10, before (2.25)")

grid_steps_printed = _grid(
    name="grid_steps_printed",
    expr=LAYERS.symbol * LENGTH.symbol,
    status="printed",
    superseded_by="grid_steps",
    reading=Reading(
        says="m = L |t_{k+m} - t_k| <= L |t - s|, for s in [t_k, t_{k+1}] and t in [t_{k+m}, "
        "t_{k+m+1}]",
        kind="lost factor or term",
        consequence="the line; (2.25) has m - 1 intervals in between, for which it is enough",
        convention="t_k = k/L",
        cause="s lies after t_k: one just before and one just after t_{k+1} have m = 1",
        true_if="m - 1 stands for m, or s = t_k",
    ),
)

grid_steps = _grid(
    name="grid_steps",
    expr=LAYERS.symbol * LENGTH.symbol + 1,
    status="corrected",
    derivation="t - s >= t_{k+m} - t_{k+1} = (m - 1)/L.",
)

# Remark 2.1.6 ---------------------------------------------------------------------------------

RADIUS = Parameter("radius", "K", Reals(1e-6, 1e6), "radius K of a ball of (h, W)", (0.5, 2.0))

_lipschitz = partial(_form, parameters=(RADIUS,), assumptions=("sigma is tanh",))

lipschitz_bound_printed = _lipschitz(
    name="lipschitz_bound_printed",
    expr=2 * RADIUS.symbol,
    where="Remark 2.1.6",
    status="printed",
    improved_by="lipschitz_bound",
    derivation="|F(H) - F(A)| <= 2 Lip_sigma K |H - A| on the ball, where Lip_sigma is 1 of tanh.",
)

lipschitz_bound = _lipschitz(
    name="lipschitz_bound",
    expr=RADIUS.symbol,
    where="Remark 2.1.6 sharpened",
    status="corrected",
    derivation=(
        "W h - V g is (W - V) (h + g)/2 + (W + V) (h - g)/2, so its norm is at most |H - A| times "
        "that of (H + A)/2, which lies in the ball. W = K e e^T and h = -g = epsilon e come near."
    ),
)

# Steps and biases -----------------------------------------------------------------------------

_share = partial(_form, parameters=(SAMPLES,))

step_share_printed = _share(
    name="step_share_printed",
    expr=Integer(1),
    where="(2.37)",
    status="printed",
    superseded_by="step_share",
    reading=Reading(
        says="W_k(t + 1) = W_k(t) - eta(t) grad_k J = W_k(t) - eta(t) times the sum over i = 1..N "
        "of the gradients of l(y_i, y'_i)",
        shows="what the gradient of J is of that sum",
        kind="lost factor or term",
        consequence="the second line of (2.37); (2.5), (2.31) and the lemmas have the mean",
        cause="J is the mean over the samples, by (2.5)",
        true_if="N = 1",
    ),
)

step_share = _share(
    name="step_share",
    expr=1 / SAMPLES.symbol,
    where="(2.37) corrected",
    status="corrected",
    derivation="J is the mean of the losses, by (2.5).",
)

_FEW = LAYERS.narrowed(Integers(1, 10**4), meaning="layers L passed", typical=(1, 8))

carried_one_printed = _form(
    name="carried_one_printed",
    expr=Integer(1),
    parameters=(_FEW,),
    where="Remark 2.0.1, (2.3)",
    status="printed",
    superseded_by="carried_one",
    assumptions=("sigma is tanh",),
    reading=Reading(
        says="with (W_k b_k; 0 1) for W_k, layers (h_k; 1) need no biases in h_{k+1} = "
        "sigma(W_k h_k + b_k)",
        shows="the last entry after L layers, by which biases are multiplied",
        kind="wrong assumption",
        consequence="the remark, for feed-forward networks of more than one layer; that on residual"
        " ones, whose last row is 0, stands",
        cause="sigma is taken of the last entry too: of tanh it is 0.76 after one layer",
        true_if="sigma(1) = 1, such as relu; or the last row is (0 c) with sigma(c) = 1",
    ),
)


@computed(
    subject="weight_paths",
    paper="susanna2024",
    status="corrected",
    where="Remark 2.0.1, (2.3), corrected",
    symbol=sympy.Symbol("a_L"),
    parameters=(_FEW,),
    assumptions=("sigma is tanh",),
    lies_in=Reals(0, 1),
)
def carried_one(depth: int) -> float:
    """What layers of tanh make of the 1 that is carried for the sake of biases.

    a_{k+1} = tanh(a_k) from a_0 = 1; it falls like sqrt(3/(2 L)).
    """
    carried = 1.0
    for _ in range(depth):
        carried = math.tanh(carried)
    return carried
