import math

import mpmath
import numpy as np
import pytest
import torch

from theory.lowering import gamma_ratio

STEPS = [0.5, -0.5, 1.0, math.pi / (math.pi - 1), -math.pi / 4, 4.0, -4.0]
# Both sides of the change to the expansion, and far beyond any loggamma difference.
ARGUMENTS = [4.25, 7.5, 19.999, 20.0, 20.001, 35.0, 1e3, 1e6, 1e9, 1e12]


def exact(x, step):
    with mpmath.workdps(60):
        return float(mpmath.loggamma(mpmath.mpf(x) + step) - mpmath.loggamma(x))


@pytest.mark.parametrize("step", STEPS)
def test_the_ratio_is_right_for_every_kind_of_number(step):
    expected = [exact(x, step) for x in ARGUMENTS]
    arguments = np.array(ARGUMENTS)
    tensor = gamma_ratio.of_tensor(torch.tensor(arguments), step, torch)
    for values in (
        [gamma_ratio.of_number(x, step) for x in ARGUMENTS],
        gamma_ratio.of_array(arguments, step),
        tensor.numpy(),
        [float(gamma_ratio.of_mpf(mpmath.mpf(x), step)) for x in ARGUMENTS],
    ):
        assert list(values) == pytest.approx(expected, rel=1e-14, abs=3e-14)


def test_the_ratio_at_one_step_is_the_logarithm():
    assert gamma_ratio.of_number(1e12, 1.0) == pytest.approx(math.log(1e12), rel=1e-15)


def test_gradients_are_finite_on_both_branches():
    x = torch.tensor([0.5, 1e9], dtype=torch.float64, requires_grad=True)
    gamma_ratio.of_tensor(x, 0.5, torch).sum().backward()
    expected = [float(mpmath.digamma(v + 0.5) - mpmath.digamma(v)) for v in (0.5, mpmath.mpf(1e9))]
    assert x.grad[0].item() == pytest.approx(expected[0], rel=1e-13)
    assert x.grad[1].item() == pytest.approx(0.5e-9, rel=1e-9)
