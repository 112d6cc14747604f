"""The learning rates of gradient descent on a loss that is quadratic around its minimum."""

from __future__ import annotations

from functools import partial

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.parameters import Parameter
from theory.reading import Reading

TOP_EIGENVALUE = Parameter(
    "top_eigenvalue",
    "lambda_max",
    Reals(0, low_open=True),
    "largest eigenvalue of the Hessian at the minimum",
    (1.0, 100.0),
)
BOTTOM_EIGENVALUE = Parameter(
    "bottom_eigenvalue",
    "lambda_min",
    Reals(0, "top_eigenvalue", low_open=True),
    "least positive eigenvalue of the Hessian at the minimum",
    (0.1, 1.0),
)

_form = partial(ClosedForm, subject="learning_rate", paper="furusho2020")
_top, _bottom = TOP_EIGENVALUE.symbol, BOTTOM_EIGENVALUE.symbol

largest_learning_rate = _form(
    name="largest_learning_rate",
    expr=2 / _top,
    parameters=(TOP_EIGENVALUE,),
    where="sec 2.4, eq 17",
    status="printed",
    assumptions=("loss quadratic around the minimum",),
)

fastest_learning_rate_printed = _form(
    name="fastest_learning_rate_printed",
    expr=1 / _top,
    parameters=(TOP_EIGENVALUE, BOTTOM_EIGENVALUE),
    where="sec 2.4, eq 17",
    status="printed",
    assumptions=("loss quadratic around the minimum",),
    superseded_by="fastest_learning_rate",
    reading=Reading(
        says="gradient descent converges fastest around the minimum when eta = 1/lambda_max",
        kind="wrong regime",
        consequence="no theorem; the fastest rate is larger, up to twice, and the rates of section "
        "4.3.4 are not the optimal ones",
        convention="fastest in the largest factor |1 - eta lambda_i| of eq 17, over all "
        "lambda_i > 0",
        cause="this rate ends the error along the top eigenvector in one step, and leaves a factor "
        "1 - lambda_min/lambda_max along the last; 2/(lambda_max + lambda_min) balances the two",
        true_if="all eigenvalues are equal, as of a single parameter",
    ),
)

fastest_learning_rate = _form(
    name="fastest_learning_rate",
    expr=2 / (_top + _bottom),
    parameters=(TOP_EIGENVALUE, BOTTOM_EIGENVALUE),
    where="sec 2.4, eq 17 corrected",
    status="corrected",
    assumptions=("loss quadratic around the minimum",),
    derivation=(
        "The rate is max_i |1 - eta lambda_i|, the larger of 1 - eta lambda_min and "
        "eta lambda_max - 1, one falling and one rising in eta: least where they are equal."
    ),
)
