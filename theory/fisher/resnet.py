"""The plain network: moments, mean eigenvalue, and what the theory assumes and implies."""

from __future__ import annotations

from functools import partial

from sympy import Rational

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.fisher.parameters import BLOCK, BLOCK_OF_NETWORK, LAYER, LIMIT, PAPER, SIGNAL_OF_NETWORK
from theory.parameters import DEPTH

_form = partial(ClosedForm, subject="fisher", paper="furusho2020")

L, l = DEPTH.symbol, LAYER.symbol  # noqa: E741


# Assumptions of the paper ---------------------------------------------------------------------

activation_rate = _form(
    name="activation_rate",
    expr=Rational(1, 2),
    parameters=(BLOCK,),
    where="Assumption 2; Figs 15, 20",
    status="printed",
    lies_in=Reals(0, 1),
    **LIMIT,
)

second_moment_product_resnet = _form(
    name="second_moment_product_resnet",
    expr=2 ** (l - 2) * 2 ** (L - l),
    stable=2 ** (L - 2),
    parameters=(BLOCK_OF_NETWORK, DEPTH),
    where="Assumption 1 with eq 39",
    status="printed",
    assumptions=PAPER,
    **LIMIT,
)


# Plain network --------------------------------------------------------------------------------

forward_moment_resnet = _form(
    name="forward_moment_resnet",
    expr=2 ** (l - 2),
    parameters=(BLOCK,),
    where="Lemma 2, eq 39",
    status="printed",
    assumptions=PAPER,
    **LIMIT,
)

backward_moment_resnet = _form(
    name="backward_moment_resnet",
    expr=2 ** (L - l),
    parameters=(SIGNAL_OF_NETWORK, DEPTH),
    where="Lemma 2, eq 39",
    status="printed",
    assumptions=PAPER,
    **LIMIT,
)

mean_eigenvalue_resnet = _form(
    name="mean_eigenvalue_resnet",
    expr=(L + 4) / (4 * L + 4) * 2**L,
    stable=2 ** (L - 2) * (1 + 3 / (L + 1)),
    parameters=(DEPTH,),
    where="Theorem 6, eq 27",
    status="printed",
    assumptions=PAPER,
    **LIMIT,
)
