import math

import mpmath
import numpy as np
import pytest
import torch

from theory.lowering import arc_cosine

# Both sides of the change to the series (R = -0.878) and where 1 + R holds the last bits of R.
CORRELATIONS = [-1.0, -1 + 2.0**-52, -1 + 1e-9, -0.999, -0.88, -0.87, -0.5, 0.0, 0.3, 0.999, 1.0]


def rectified_moments(correlation):
    """2 E[u t; u, t > 0] and 2 E[t^2; u, t > 0] over the angle of (u, t), where E r^2 = 2."""
    with mpmath.workdps(40):
        between = mpmath.acos(mpmath.mpf(correlation))
        overlap = [between - mpmath.pi / 2, mpmath.pi / 2]
        kappa1 = mpmath.quad(lambda a: mpmath.cos(a) * mpmath.cos(a - between), overlap)
        kappa_square = mpmath.quad(lambda a: mpmath.cos(a - between) ** 2, overlap)
        return float(2 * kappa1 / mpmath.pi), float(2 * kappa_square / mpmath.pi)


@pytest.mark.parametrize("place", [0, 1], ids=["kappa1", "kappa_square"])
def test_the_kernels_are_rectified_moments_for_every_kind_of_number(place):
    name = ("kappa1", "kappa_square")[place]
    expected = [rectified_moments(R)[place] for R in CORRELATIONS]
    array = np.array(CORRELATIONS)
    for values in (
        [getattr(arc_cosine, f"{name}_of_number")(R) for R in CORRELATIONS],
        getattr(arc_cosine, f"{name}_of_array")(array),
        getattr(arc_cosine, f"{name}_of_tensor")(torch.tensor(array), torch).numpy(),
        [float(getattr(arc_cosine, f"{name}_of_mpf")(mpmath.mpf(R))) for R in CORRELATIONS],
    ):
        assert list(values) == pytest.approx(expected, rel=1e-14, abs=0)


def test_the_gradients_are_finite_and_right_on_the_whole_interval():
    R = torch.tensor(CORRELATIONS, dtype=torch.float64, requires_grad=True)
    (kappa1,) = torch.autograd.grad(arc_cosine.kappa1_of_tensor(R, torch).sum(), R)
    (square,) = torch.autograd.grad(arc_cosine.kappa_square_of_tensor(R, torch).sum(), R)
    with mpmath.workdps(40):
        exact = [mpmath.mpf(x) for x in CORRELATIONS]
        kappa0 = [float((mpmath.pi - mpmath.acos(x)) / mpmath.pi) for x in exact]
        sine = [float(mpmath.sqrt(1 - x**2)) for x in exact]
    assert kappa1.tolist() == pytest.approx(kappa0, rel=1e-14, abs=0)
    assert square.tolist() == pytest.approx([2 * x / math.pi for x in sine], rel=1e-14, abs=0)


@pytest.mark.parametrize("kernel", [arc_cosine.kappa1_of_tensor, arc_cosine.kappa_square_of_tensor])
def test_second_derivatives_are_right_inside(kernel):
    R = torch.tensor([-0.95, -0.4, 0.7], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda x: kernel(x, torch), (R,))
    assert torch.autograd.gradgradcheck(lambda x: kernel(x, torch), (R,))


def test_the_mpmath_kernels_keep_the_precision_they_are_called_with():
    with mpmath.workdps(200):
        R = mpmath.mpf(-1) + mpmath.mpf(2) ** -160
        fine = arc_cosine.kappa1_of_mpf(R)
    with mpmath.workdps(50):
        coarse = arc_cosine.kappa1_of_mpf(R)
        assert abs(coarse / fine - 1) < mpmath.mpf("1e-49")
