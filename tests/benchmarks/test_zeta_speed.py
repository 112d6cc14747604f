"""Eq 13 of Luo et al. on a million batch sizes against numpy written by hand for it.

By hand: the same stable formula and no checks of its arguments. Both must agree before any is
timed.
"""

import numpy as np
import pytest
from scipy.special import gamma

from theory import batch_norm

SIZE = 1_000_000
GOAL = 1.1
"""Times numpy's time, with every check of the domain: reported beside what is reached."""

SERIES = (1 / 8, -1 / 192, 1 / 640, -17 / 14336, 31 / 18432, -691 / 180224, 5461 / 425984)


def by_hand(batch_size, eigenvalue):
    z = (batch_size - 2) / 2
    large = np.maximum(z, 12)
    square = 1 / (large * large)
    series = SERIES[-1]
    for coefficient in SERIES[-2::-1]:
        series = coefficient + square * series
    half_step = -series / large
    few = z < 12
    small = z[few]
    half_step[few] = np.log(gamma(small + 0.5) / (gamma(small) * np.sqrt(small)))
    return eigenvalue * (
        3 / (batch_size - 3) - 2 * np.expm1(-np.log1p(-2 / batch_size) / 2 - half_step)
    )


@pytest.mark.parametrize("kind", [np.float64, np.int64])
@pytest.mark.parametrize("least", [4, 32])
def test_a_million_values_take_at_most_half_again_the_time_of_numpy(
    kind, least, best_times, report
):
    random = np.random.default_rng(0)
    decades = random.uniform(np.log10(least), 9, SIZE)
    point = {
        "batch_size": np.floor(10**decades).astype(kind),
        "eigenvalue": random.uniform(0.5, 4, SIZE),
    }
    np.testing.assert_allclose(batch_norm.zeta_linear(**point), by_hand(**point), rtol=1e-13)
    own, other = best_times(
        lambda: batch_norm.zeta_linear(**point),
        lambda: by_hand(**point),
    )
    report(
        "Closed forms at a million values over numpy by hand",
        form=f"zeta_linear from M = {least}",
        kind=kind.__name__,
        ratio=f"{own / other:.2f}",
        goal=f"{GOAL}",
    )
    assert own <= 1.5 * other
