"""Eq 13 of Luo et al. on a million batch sizes against numpy written by hand for it.

By hand: the same stable formula and no checks of its arguments. Both must agree before any is
timed.
"""

import time

import numpy as np
import pytest
from scipy.special import gamma

from theory import batch_norm

SIZE = 1_000_000
ROUNDS = 15
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


def best_times(first, second):
    """The best time of each, taken in turns so that both meet the same machine."""
    times = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        first()
        between = time.perf_counter()
        second()
        times.append((between - start, time.perf_counter() - between))
    return np.min(times, axis=0)


@pytest.mark.parametrize("kind", [np.float64, np.int64])
@pytest.mark.parametrize("least", [4, 32])
def test_a_million_values_take_at_most_half_again_the_time_of_numpy(kind, least, capsys):
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
    with capsys.disabled():
        print(f"\nzeta_linear over numpy, {kind.__name__} from M = {least}: {own / other:.2f}")
    assert own <= 1.5 * other
