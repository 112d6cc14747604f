"""The boundary between convergence and divergence as the figures of Furusho (2020) draw it."""

from __future__ import annotations

from theory.closed_form import ClosedForm
from theory.domains import OneOf
from theory.learning_rate.rates import largest_learning_rate_resnet as _line
from theory.reading import Reading

boundary_resnet_printed = ClosedForm(
    subject="learning_rate",
    paper="furusho2020",
    name="boundary_resnet_printed",
    expr=_line.expr,
    stable=_line.lowered,
    parameters=_line.parameters,
    where=_line.source.where,
    status="printed",
    assumptions=_line.assumptions,
    superseded_by="largest_learning_rate_sharp_resnet",
    reading=Reading(
        says="2/(upper bound of lambda_max) matched the boundary between convergence and "
        "divergence, i.e. a loss above 1000 after 50 steps of gradient descent",
        shows="that rate, the bound of eq 27 put in; beside it is 2/lambda_max of one draw, which "
        "is no formula of the boundary but a lower bound of it, in most networks up to L = 8: at "
        "D = 50 the median boundary is about 2, 3, 5 and 6 times that at L = 1 to 4",
        kind="wrong assumption",
        consequence="the red lines of Figs 17, 18, 22 and 23: at D = 50 the boundary of the median "
        "network lies about 25 times above up to depth 4, and those of eight of ten networks 8 to "
        "90 times at depth 8; a quarter have none at depth 12, more than half at 13 and most at "
        "14, as no rate takes their loss to 1000 in 50 steps; with batch norm it lies 11 to 16 "
        "times above and with stochastic depth, p = 0.5, 6 to 45 times up to 4 blocks and 2 to 45 "
        "times in eight of ten networks of 16. The slope in L is right to depth 4, "
        "and 1/(upper bound), the optimal rate of Figs 19 and 24, is as much too slow",
        convention="the loss is (1/2N) sum (f - y)^2, of which the Fisher information is the "
        "Hessian at a minimum; the boundary is the highest rate of a grid that steps by sqrt(2) "
        "at which it is at most 1000 after 50 full-batch steps, of each network by itself, where "
        "the paper compares 1000 with the mean loss of five runs, which one that diverges decides: "
        "by that rule it lies 8 to 32 times above the line up to depth 8, and most groups of five "
        "have none at 12; N = 4 D; D = 50 is that of Figs 17 and 22",
        regime={"width": OneOf(50)},
        cause="the bound is the trace of the Fisher information, of which the top eigenvalue is "
        "the share rho_L; and lambda_max of the start limits nothing, as it falls while the loss "
        "peaks",
        true_if="the gradients at all inputs were parallel, and the loss quadratic",
    ),
)
