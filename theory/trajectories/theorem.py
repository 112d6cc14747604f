"""Inequality (2), the identity behind it, and Theorem 1 (Chen et al. 2020)."""

from __future__ import annotations

from functools import partial

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.reading import Reading
from theory.trajectories.parameters import (
    AFTER,
    BEFORE,
    DISTANCE,
    GAP,
    LEARNING_RATE,
    MEAN_REGULARITY,
    REGULARITY,
    SHIFT,
    STEPS,
)

_form = partial(ClosedForm, subject="trajectories", paper="chen2020")

eta, T, d = LEARNING_RATE.symbol, STEPS.symbol, DISTANCE.symbol
A, B, g = BEFORE.symbol, AFTER.symbol, GAP.symbol

largest_regularity = _form(
    name="largest_regularity",
    expr=(A**2 - B**2) / (2 * eta * g),
    stable=(A - B) * (A + B) / (2 * eta * g),
    parameters=(BEFORE, AFTER, LEARNING_RATE, GAP),
    where="Definition 2, eq 2, at one step",
    status="derived",
    derivation=(
        "|theta_(k+1) - theta_T|^2 = |theta_k - theta_T|^2 - 2 eta <theta_k - theta_T, U> + eta^2 "
        "|U|^2 for every U that eq 1 takes a step by: (2) reads A^2 - B^2 >= 2 eta gamma g. "
        "It speaks of distances to the last point alone: gamma is positive where each step comes "
        "nearer to it, however far it turns from the gradient."
    ),
)

average_gap = _form(
    name="average_gap",
    expr=d**2 / (2 * eta * T * MEAN_REGULARITY.symbol),
    parameters=(DISTANCE, LEARNING_RATE, STEPS, MEAN_REGULARITY),
    where="Theorem 1, eq 3, as an identity",
    status="derived",
    lies_in=Reals(0),
    derivation=(
        "The sum of A_k^2 - B_k^2 = 2 eta gamma_k g_k over all steps is |theta_0 - theta_T|^2. It "
        "holds for any points and any gaps, of a loss or of none. So (3) is looser than this by "
        "the mean gamma over the least, and gamma/|theta_0 - theta_T|^2 of a mean gamma is 1/(2 "
        "eta T) over the average loss itself, whatever was trained."
    ),
)

average_gap_bound = _form(
    name="average_gap_bound",
    expr=d**2 / (2 * eta * T * REGULARITY.symbol),
    parameters=(DISTANCE, LEARNING_RATE, STEPS, REGULARITY),
    where="Theorem 1, eq 3",
    status="printed",
    lies_in=Reals(0),
)

_of_batches = partial(
    _form, parameters=(DISTANCE, LEARNING_RATE, STEPS, REGULARITY, SHIFT), lies_in=Reals(0)
)

average_gap_bound_of_batches_printed = _of_batches(
    name="average_gap_bound_of_batches_printed",
    expr=average_gap_bound.expr,
    where="eq 6 of the proof of Theorem 1, for batches",
    status="printed",
    superseded_by="average_gap_bound_of_batches",
    reading=Reading(
        says="the mean of inf l(theta; z) over the steps is inf f by over-parameterisation, and "
        "with (4), which takes inf l(theta; z) where Definition 2 has inf l(theta), (3) follows",
        shows="(3) with the infimum of (4), for mini-batches as sections III and IV have them",
        kind="matter of reading",
        consequence="nothing of Theorem 1 as stated, which draws one sample a step by reshuffling "
        "over whole epochs, nor of (3) for losses whose infimum is 0 for every sample, as those of "
        "all runs of the paper; (6) fails in batches of unequal size and infima",
        convention="gaps of the sample's or batch's own infimum; c is the mean of those infima "
        "over the steps less inf f",
        cause="each epoch of 50000 images in batches of 128 ends with one of 80, unless it is "
        "left out, whose samples weigh more; over-parameterisation says nothing of how often a "
        "sample is drawn",
        true_if="c <= 0: samples drawn equally often in equal batches, interpolated or not; or "
        "gaps of inf f, or of any number below it, whatever is drawn",
    ),
)

average_gap_bound_of_batches = _of_batches(
    name="average_gap_bound_of_batches",
    expr=average_gap_bound.expr + SHIFT.symbol,
    where="eq 6 of the proof of Theorem 1, corrected",
    status="corrected",
    derivation=(
        "The average of l - inf l(theta; z) is at most d^2/(2 eta T gamma); that of l - inf f is c "
        "more. The mean of infima is at most the infimum of the mean, so that c <= 0 where samples "
        "weigh alike: the last line of (6) needs no over-parameterisation, which makes it an "
        "equality."
    ),
)
