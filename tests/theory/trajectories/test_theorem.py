"""Theorem 1 and the identity behind it, against algebra and against losses in closed form."""

import itertools

import numpy as np
import pytest
import sympy

from theory.trajectories import (
    average_gap,
    average_gap_bound,
    average_gap_bound_of_batches,
    average_gap_bound_of_batches_printed,
    largest_regularity,
)

pytestmark = pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")


def test_the_largest_gamma_of_a_step_is_what_makes_inequality_2_an_equality():
    # In three coordinates, whatever the update.
    now, update, last = (sympy.symbols(f"{letter}:3", real=True) for letter in "abc")
    eta, gap = sympy.symbols("eta g", positive=True)
    then = [p - eta * u for p, u in zip(now, update, strict=True)]
    ahead = sum((p - e) * u for p, e, u in zip(now, last, update, strict=True))
    as_printed = (ahead - eta / 2 * sum(u**2 for u in update)) / gap
    squares = [sum((p - e) ** 2 for p, e in zip(one, last, strict=True)) for one in (now, then)]
    letters = {item.name: item.symbol for item in largest_regularity.parameters}
    form = largest_regularity.expr.subs(
        {letters["before"]: sympy.sqrt(squares[0]), letters["after"]: sympy.sqrt(squares[1]),
         letters["learning_rate"]: eta, letters["gap"]: gap}
    )  # fmt: skip
    assert sympy.expand(form - as_printed) == 0


def test_steps_add_up_to_the_identity_and_the_least_gamma_to_the_theorem():
    squares = sympy.symbols("A:5", positive=True)
    gaps = sympy.symbols("g:4", positive=True)
    eta = sympy.Symbol("eta", positive=True)
    parameters = [(squares[k] - squares[k + 1]) / (2 * eta * gaps[k]) for k in range(4)]
    mean = sum(p * g for p, g in zip(parameters, gaps, strict=True)) / sum(gaps)
    run = {"distance": sympy.sqrt(squares[0]), "learning_rate": eta, "steps": 4}
    found = average_gap.value(mean_regularity=mean, **run)
    assert sympy.simplify(found.subs(squares[4], 0) - sum(gaps) / 4) == 0
    assert average_gap_bound.value(regularity=0.5, **run) == average_gap.value(
        mean_regularity=0.5, **run
    )


def quadratic_samples(infima, order, rate=0.5, scale=1.0):
    """Losses of one-sample steps on theta^2/2 + c_i, theta_0 = scale, and all of the bound."""
    points, losses = [scale], []
    for sample in order:
        losses.append(points[-1] ** 2 / 2 + infima[sample])
        points.append((1 - rate) * points[-1])
    return np.array(points), np.array(losses), rate


def sides(infima, order, infimum):
    """Both sides of (3), gamma being that of gaps to `infimum` of each sample."""
    points, losses, rate = quadratic_samples(infima, order)
    squares = (points - points[-1]) ** 2
    gaps = losses - np.array([infimum(sample) for sample in order])
    gamma = ((squares[:-1] - squares[1:]) / (2 * rate) / gaps).min()
    assert gamma > 0
    left = losses.mean() - np.mean(infima)  # both are least at 0
    return left, average_gap_bound(
        distance=abs(points[0] - points[-1]), learning_rate=rate, steps=len(order), regularity=gamma
    )


INFIMA = (0.0, 3.0)


@pytest.mark.parametrize("order", [(1,), (1, 1), (1, 0, 1)])
def test_of_the_proofs_own_infima_theorem_1_fails_but_for_whole_epochs(order):
    # The smallest: two samples and one step, T = 1 instead of a multiple of n = 2.
    left, bound = sides(INFIMA, order, infimum=lambda sample: INFIMA[sample])
    assert left > bound


@pytest.mark.parametrize("order", [(0, 1), (1, 0, 0, 1)])
def test_of_whole_epochs_it_holds(order):
    left, bound = sides(INFIMA, order, infimum=lambda sample: INFIMA[sample])
    assert left <= bound


@pytest.mark.parametrize("order", list(itertools.product((0, 1), repeat=3)))
def test_of_the_least_infimum_it_holds_whatever_is_drawn(order):
    left, bound = sides(INFIMA, order, infimum=lambda sample: min(INFIMA))
    assert left <= bound


def test_of_the_infimum_of_the_total_loss_a_gap_may_be_negative_and_2_bounds_gamma_from_below():
    points, losses, rate = quadratic_samples(INFIMA, (0,) * 3)
    gaps = losses - np.mean(INFIMA)
    assert (gaps < 0).all()
    squares = (points - points[-1]) ** 2
    coherence = (squares[:-1] - squares[1:]) / (2 * rate)
    # Any gamma > 0 will do, and (3) holds as its left side is negative.
    assert (coherence >= 0).all()
    assert gaps.mean() < 0


def test_samples_that_nothing_interpolates_keep_the_theorem_if_drawn_equally_often():
    # (theta - 1)^2/2 and (theta + 1)^2/2: inf f = 1/2, and each has the infimum 0.
    random = np.random.default_rng(1)
    for _ in range(200):
        theta, rate = random.normal(), random.uniform(0.05, 0.5)
        points, losses = [theta], []
        for _ in range(4):
            for centre in random.permutation([1, -1]):
                losses.append((points[-1] - centre) ** 2 / 2)
                points.append(points[-1] - rate * (points[-1] - centre))
        squares = (np.array(points) - points[-1]) ** 2
        gammas = (squares[:-1] - squares[1:]) / (2 * rate) / losses
        if gammas.min() > 0:
            bound = average_gap_bound(
                distance=squares[0] ** 0.5, learning_rate=rate, steps=8, regularity=gammas.min()
            )
            assert np.mean(losses) - 0.5 < bound


def test_the_mean_over_unequal_batches_of_infima_exceeds_that_over_samples():
    # A last batch of 80 beside 390 of 128, all of whose samples have the infimum c and no other.
    batches, samples = 391, 390 * 128 + 80
    c = sympy.Symbol("c", positive=True)
    shift = c / batches - 80 * c / samples
    assert shift.subs(c, 1) > 0
    point = {"distance": 1.0, "learning_rate": 0.05, "steps": batches, "regularity": 1.0}
    right = average_gap_bound_of_batches(shift=float(shift.subs(c, 1)), **point)
    printed = average_gap_bound_of_batches_printed(shift=float(shift.subs(c, 1)), **point)
    assert right - printed == pytest.approx(float(shift.subs(c, 1)))
