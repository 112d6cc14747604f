"""Passes in law of networks with scaled branches against the same passes with matrices drawn.

Both must have the same mean energy before any is timed. The layers of the contender with matrices
are alike, and so it is timed over a few of them and its time multiplied. The pass with matrices is
set beside the machine's own product of a weight matrix with as many inputs.
"""

import numpy as np
import pytest
import torch

from numerics import residual_scaling
from numerics.simulation.batched import aligned, array, multiply

DEPTH, WIDTH = 1000, 1000
TIMED = 20  # layers with matrices
TITLE = f"networks with scaled branches, m = {WIDTH}: milliseconds a network, one thread"


def networks(**changes):
    sizes = {"tau": DEPTH**-0.5, "depth": DEPTH, "width": WIDTH, "networks": 1, "seed": 3}
    return residual_scaling.Ensemble(**{**sizes, **changes}, device="cpu")


def test_the_contenders_measure_the_same():
    few = {"tau": 0.5, "depth": 6, "width": 20, "networks": 4000}
    drawn = [
        residual_scaling.measure_forward(networks(**few)).energy,
        residual_scaling.measure_matrix_forward(networks(**few, seed=4)).energy,
    ]
    gap = np.abs(drawn[0].estimate - drawn[1].estimate)
    assert np.all(gap <= 5 * np.hypot(*(one.standard_error for one in drawn)))


@pytest.mark.parametrize(("samples", "least", "goal"), [(1, 100, 300), (64, 2, 4)])
def test_in_law_it_takes_a_small_part_of_the_time_of_matrices(
    samples, least, goal, best_times, report
):
    depth = DEPTH if samples == 1 else TIMED
    drawn, with_matrices = networks(depth=depth, networks=4), networks(depth=TIMED)

    def in_law():
        if samples == 1:
            return residual_scaling.measure_forward(drawn, layer=depth)
        return residual_scaling.measure_separation(
            networks(depth=depth), samples=samples, distance=1.0, layer=depth
        )

    own, other = best_times(
        in_law,
        lambda: residual_scaling.measure_matrix_forward(
            with_matrices, samples=samples, layer=TIMED
        ),
    )
    own /= drawn.networks if samples == 1 else 1
    other *= depth / TIMED
    report(
        TITLE,
        inputs=f"{samples}",
        depth=f"{depth}",
        in_law=f"{own * 1e3:.1f}",
        matrices=f"{other * 1e3:.0f}",
        ratio=f"{other / own:.1f}",
        goal=f"{goal}",
    )
    assert other >= least * own


def test_the_pass_with_matrices_runs_near_the_rate_of_products(best_times, report):
    samples, least = 1000, 0.6  # of fewer inputs, drawing the matrices is the limit
    drawn = networks(depth=TIMED)
    left, right, product = (
        aligned(1, WIDTH, columns, dtype=torch.float64, device=torch.device("cpu")).normal_()
        for columns in (WIDTH, samples, samples)
    )
    ours, theirs = best_times(
        lambda: residual_scaling.measure_matrix_forward(drawn, samples=samples, layer=TIMED),
        lambda: multiply(array(left), array(right), out=array(product)),
    )
    share = TIMED * theirs / ours
    report(
        f"share of the machine's matrix-product rate, L = {TIMED}, m = {WIDTH}",
        inputs=f"{samples}",
        share=f"{share:.2f}",
        least=f"{least}",
    )
    assert share >= least
