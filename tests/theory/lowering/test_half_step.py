import itertools
import math

import mpmath
import numpy as np
import pytest
import torch

from theory.lowering import half_step

# Below, about and above the change to the series, down to poles and up to where 1/(8 z) is lost.
ARGUMENTS = [
    *(1e-3, 0.25, 0.5, 1.0, 2.105, 3.5, 7.75, 11.5, math.nextafter(12, 0), 12.0, 12.5, 24.0),
    *(1e2, 1234.5, 1e5, 1e8, 1e12, 1e15),
]


def digamma_form(z):
    return mpmath.digamma(z + 0.5) - mpmath.digamma(z) - 1 / (2 * z)


def exact(z):
    """d(z) in 60 digits."""
    with mpmath.workdps(120):
        z = mpmath.mpf(z)
        return mpmath.loggamma(z + 0.5) - mpmath.loggamma(z) - mpmath.log(z) / 2


def test_it_is_right_relative_to_itself_for_every_kind_of_number():
    expected = [float(exact(z)) for z in ARGUMENTS]
    array = np.array(ARGUMENTS)
    for values in (
        [half_step.of_number(z) for z in ARGUMENTS],
        half_step.of_array(array),
        half_step.of_array(array.reshape(2, -1)).ravel(),
        half_step.of_tensor(torch.tensor(array), torch).numpy(),
        [float(half_step.of_mpf(mpmath.mpf(z))) for z in ARGUMENTS],
    ):
        assert list(values) == pytest.approx(expected, rel=1e-15, abs=0)


@pytest.mark.parametrize("z", [0.25, 12.0, 1e15])
def test_mpmath_numbers_keep_their_precision(z):
    with mpmath.workdps(50):
        assert mpmath.almosteq(half_step.of_mpf(mpmath.mpf(z)), exact(z), rel_eps=1e-49)


@pytest.mark.parametrize("z", [3.0, 300.0])
def test_a_single_value_stays_single(z):
    assert np.shape(half_step.of_array(np.float64(z))) == ()
    assert half_step.of_array(np.array(z)) == half_step.of_number(z)


def test_the_argument_is_left_as_it_was():
    array = np.array(ARGUMENTS)
    half_step.of_array(array)
    assert array.tolist() == ARGUMENTS


def test_the_series_envelops_the_value():
    # The terms alternate in sign, and so do the errors of the partial sums.
    with mpmath.workdps(40):
        z, value = mpmath.mpf(half_step.LARGE), exact(half_step.LARGE)
        errors, partial = [], mpmath.mpf(0)
        for n in range(2, 18, 2):
            errors.append(value - partial)
            coefficient = (mpmath.mpf(2) ** (1 - n) - 2) * mpmath.bernoulli(n) / (n * (n - 1))
            partial += coefficient / z ** (n - 1)
        assert all(one * other < 0 for one, other in itertools.pairwise(errors))
        # What the seven terms of the code leave out.
        assert abs(errors[-1]) < 4e-16 * abs(value)


def test_its_gradient_is_the_difference_of_digammas():
    z = torch.tensor(ARGUMENTS[:-2], dtype=torch.float64, requires_grad=True)
    half_step.of_tensor(z, torch).sum().backward()
    with mpmath.workdps(60):
        expected = [float(digamma_form(mpmath.mpf(value))) for value in ARGUMENTS[:-2]]
    assert z.grad.tolist() == pytest.approx(expected, rel=2e-14)
