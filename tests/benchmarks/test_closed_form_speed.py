"""The mean eigenvalue of a residual network at a million depths against numpy by hand."""

import numpy as np
import pytest

from theory import fisher

SIZE = 1_000_000
GOAL = 1.1
"""Times numpy's time, with every check of the domain: reported beside what is reached."""

WORST = 1.5
"""Times numpy's time at which the test fails: the goal is closer than two runs to each other."""


def by_hand(depth):
    return 2.0 ** (depth - 2) * (1 + 3 / (depth + 1))


@pytest.mark.parametrize("kind", [np.float64, np.int64])
def test_a_million_depths_take_the_time_of_numpy_and_little_more(kind, best_times, report):
    depth = np.random.default_rng(0).integers(1, 500, SIZE).astype(kind)
    form = fisher.mean_eigenvalue_resnet
    np.testing.assert_allclose(form(depth=depth), by_hand(depth.astype(float)), rtol=1e-14)
    own, other = best_times(
        lambda: form(depth=depth),
        lambda: by_hand(depth.astype(np.float64) if kind is np.int64 else depth),
    )
    report(
        "Closed forms at a million values over numpy by hand",
        form="mean_eigenvalue_resnet",
        kind=kind.__name__,
        ratio=f"{own / other:.2f}",
        goal=f"{GOAL}",
    )
    assert own <= WORST * other
