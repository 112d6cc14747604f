"""Stochastic depth: moments and mean eigenvalue where blocks are dropped at random."""

from __future__ import annotations

from functools import partial

import sympy

from theory.closed_form import ClosedForm, by_logarithm
from theory.domains import Domain, Integers, OneOf
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
from theory.reading import Reading

_form = partial(ClosedForm, subject="fisher", paper="furusho2020")

L, l = DEPTH.symbol, LAYER.symbol  # noqa: E741
p, K = SURVIVAL.symbol, SURVIVORS.symbol


_DROPPED = (
    "every block survives by itself with probability p (eq 14), and the mean is over the dropped "
    "blocks too"
)
_DEEP = (
    f"{_DROPPED}; the paper names no depth for its extremely deep network, and 10 blocks or more "
    "are our reading of it; p = 0.5 is that of Figs 16 and 21"
)
_REGIME: dict[str, Domain] = {"depth": Integers(10), "survival": OneOf(0.5)}
_THEOREM_STANDS = (
    "Lemma 4 falls as printed; Theorem 8 for exactly pL survivors stands, as the mean of the "
    "product, p 2^(pL - 2), is right in every block then, though Assumption 1, which takes it "
    "apart, is not: the product of both means is 6 at L = 10, p = 0.5, l = 1, and their mean "
    "product 4"
)


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
    reading=Reading(
        says="E (u_j^l)^2 = p 2^(l - 2) for every block l",
        kind="lost factor or term",
        consequence=_THEOREM_STANDS,
        convention=f"{_DROPPED}; l counts all blocks",
        cause="eq 63 counts the paths through all l - 1 blocks below as if none was dropped; "
        "eq 14 has a beta in each, and a path through n of them is there with probability p^n",
        true_if="all blocks below l survive",
    ),
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
    reading=Reading(
        says="E (delta_i^l)^2 = 2^(pL - l) for l = 0 to L",
        kind="wrong regime",
        consequence=_THEOREM_STANDS,
        convention=f"{_DEEP}; l counts all blocks, as it does where l runs to L",
        regime=_REGIME,
        cause="eq 67 sums over the subsets of [pL] without [l], where [pL] numbers the survivors "
        "and [l] the blocks; above l = pL, where the line is below 1, that sum is 1, as is the "
        "derivative at l = L",
        true_if="l counts the survivors alone, exactly pL of them, from 0 to pL",
    ),
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
    reading=Reading(
        says="m = (pL + 4)/(4L + 4) 2^(pL), for simplicity under the supposition that stochastic "
        "depth drops 100 (1 - p) percent of the layers rather than each layer with that "
        "probability, which an extremely deep ResNet is said to satisfy by the law of large "
        "numbers",
        kind="wrong assumption",
        consequence="Theorem 8 is right under its own supposition, exactly pL survivors; what "
        "fails is that extremely deep networks satisfy it: where every layer is dropped by itself, "
        "the exponent pL becomes L log2(1 + p), which is larger for 0 < p < 1",
        convention=_DEEP,
        regime=_REGIME,
        cause="the share K/L of survivors tends to p, but the mean of 2^K is (1 + p)^L at every "
        "depth: the mean of an exponential, not the exponential of the mean",
        true_if="exactly pL blocks survive in every network (mean_eigenvalue_fixed_survivors)",
    ),
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
