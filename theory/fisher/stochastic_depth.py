"""Stochastic depth: moments and mean eigenvalue where blocks are dropped at random."""

from __future__ import annotations

from functools import partial

import sympy

from theory.closed_form import ClosedForm, by_logarithm
from theory.fisher.parameters import (
    BLOCK,
    DROPPING,
    LAYER,
    LIMIT,
    PAPER,
    SIGNAL_OF_NETWORK,
    SURVIVAL,
    SURVIVORS,
)
from theory.lowering.elementary import exponential, log1p
from theory.parameters import DEPTH

_form = partial(ClosedForm, subject="fisher", paper="furusho2020")

L, l = DEPTH.symbol, LAYER.symbol  # noqa: E741
p, K = SURVIVAL.symbol, SURVIVORS.symbol


# Moments --------------------------------------------------------------------------------------

forward_moment_stochastic_depth_printed = _form(
    name="forward_moment_stochastic_depth_printed",
    expr=p * 2 ** (l - 2),
    stable=by_logarithm(p * 2 ** (l - 2)),
    parameters=(BLOCK, SURVIVAL),
    where="Lemma 4, eq 59",
    status="printed",
    assumptions=PAPER,
    superseded_by="forward_moment_stochastic_depth",
)

forward_moment_stochastic_depth = _form(
    name="forward_moment_stochastic_depth",
    expr=p / 2 * (1 + p) ** (l - 1),
    stable=p / 2 * exponential((l - 1) * log1p(p)),
    parameters=(BLOCK, SURVIVAL),
    where="Lemma 4, eq 59 corrected",
    status="corrected",
    assumptions=DROPPING,
    **LIMIT,
    derivation=(
        "A path exists when all its blocks survive: eq 63 becomes sum_F p^|F| = (1 + p)^(l-1)."
    ),
)

backward_moment_stochastic_depth_printed = _form(
    name="backward_moment_stochastic_depth_printed",
    expr=2 ** (p * L - l),
    parameters=(SIGNAL_OF_NETWORK, DEPTH, SURVIVAL),
    where="Lemma 4, eq 59",
    status="printed",
    assumptions=PAPER,
    superseded_by="backward_moment_stochastic_depth",
)

backward_moment_stochastic_depth = _form(
    name="backward_moment_stochastic_depth",
    expr=(1 + p) ** (L - l),
    stable=exponential((L - l) * log1p(p)),
    parameters=(SIGNAL_OF_NETWORK, DEPTH, SURVIVAL),
    where="Lemma 4, eq 59 corrected",
    status="corrected",
    assumptions=DROPPING,
    **LIMIT,
    derivation=(
        "Eq 67 over the L - l blocks above h^l, each surviving with probability p: "
        "sum_F p^|F| = (1 + p)^(L-l). It is 1 at l = L, where eq 59 prints 2^(pL-L)."
    ),
)


# Mean eigenvalue ------------------------------------------------------------------------------

mean_eigenvalue_stochastic_depth_printed = _form(
    name="mean_eigenvalue_stochastic_depth_printed",
    expr=(p * L + 4) / (4 * L + 4) * 2 ** (p * L),
    stable=by_logarithm((p * L + 4) / (4 * L + 4) * 2 ** (p * L)),
    parameters=(DEPTH, SURVIVAL),
    where="Theorem 8, eq 29",
    status="printed",
    assumptions=(*PAPER, "deep nets drop nearly (1 - p) L blocks"),
    superseded_by="mean_eigenvalue_stochastic_depth",
)

mean_eigenvalue_stochastic_depth = _form(
    name="mean_eigenvalue_stochastic_depth",
    expr=((1 + p) ** L + L * p / 2 * (1 + p) ** (L - 1)) / (L + 1),
    stable=exponential(
        (L - 1) * log1p(p) + sympy.log(1 + p + L * p / 2) - sympy.log(L + 1), evaluate=False
    ),
    parameters=(DEPTH, SURVIVAL),
    where="Theorem 8, eq 29 corrected",
    status="corrected",
    assumptions=DROPPING,
    **LIMIT,
    derivation=(
        "Theorem 6 given K survivors, K ~ Bin(L, p), has sum of moments 2^K + K 2^(K-2), and "
        "E 2^K = (1 + p)^L, E K 2^K = 2 p L (1 + p)^(L-1): the mean of an exponential, not the "
        "exponential of the mean."
    ),
)

mean_eigenvalue_fixed_survivors = _form(
    name="mean_eigenvalue_fixed_survivors",
    expr=(K + 4) / (4 * L + 4) * 2**K,
    stable=by_logarithm((K + 4) / (4 * L + 4) * 2**K),
    parameters=(DEPTH, SURVIVORS),
    where="Theorem 8, eq 29 at K = pL",
    status="printed",
    assumptions=(*PAPER, "exactly K blocks survive"),
    **LIMIT,
)
