import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from theory import learning_rate


def error_after(rate, eigenvalues, steps):
    """Norm of the error after gradient descent on a quadratic loss from the all-ones error."""
    error = np.ones_like(eigenvalues)
    for _ in range(steps):
        error = error - rate * eigenvalues * error
    return np.linalg.norm(error)


def test_descent_converges_below_the_largest_rate_and_diverges_above():
    eigenvalues = np.array([0.5, 1.0, 4.0])
    boundary = learning_rate.largest_learning_rate(top_eigenvalue=4.0)
    # |1 - 4 eta| is 0.98 and 1.02 there: 0.98^1000 < 1e-8, 1.02^1000 > 1e8.
    assert error_after(0.99 * boundary, eigenvalues, 1000) < 1e-8
    assert error_after(1.01 * boundary, eigenvalues, 1000) > 1e8


@pytest.mark.parametrize(("top", "bottom"), [(4.0, 0.5), (1.0, 1.0), (100.0, 0.1)])
def test_the_fastest_rate_minimises_the_worst_contraction(top, bottom):
    def contraction(rate):
        return max(abs(1 - rate * top), abs(1 - rate * bottom))

    fastest = learning_rate.fastest_learning_rate(top_eigenvalue=top, bottom_eigenvalue=bottom)
    best = minimize_scalar(contraction, bounds=(0, 2 / top), method="bounded").x
    # The minimum is a kink: the bounded search stops within 1e-5 of it.
    assert fastest == pytest.approx(best, abs=2e-5)
    for other in (0.999 * fastest, 1.001 * fastest):
        assert contraction(fastest) < contraction(other)


def test_the_printed_fastest_rate_is_slower_unless_all_eigenvalues_are_equal():
    values = {"top_eigenvalue": 4.0, "bottom_eigenvalue": 0.5}
    eigenvalues = np.array([4.0, 0.5])
    printed = error_after(
        learning_rate.fastest_learning_rate_printed.value(**values), eigenvalues, 50
    )
    fastest = error_after(learning_rate.fastest_learning_rate(**values), eigenvalues, 50)
    # Contractions 7/8 and 7/9 a step.
    assert fastest / printed == pytest.approx((8 / 9) ** 50 * 2**0.5, rel=1e-10)


A = 1 - 1 / np.pi
"""What a block adds to the variance over inputs that batch normalisation divides by."""

TRACES_OF_TWO_BLOCKS = [
    # E delta_0^2 + (E u_1^2) (E delta_1^2) + (E u_2^2) (E delta_2^2), of which the last delta is 1
    ("resnet", {}, 4 + 1 / 2 * 2 + 1),
    ("bn", {}, 2 * (1 + 1 / (1 + A)) + 1 / 2 * (1 + 1 / (1 + A)) + 1 / 2),
    ("bn_printed", {}, 3 + 1 / 2 * (3 / 2) + 1 / 2),
    # of 0, 1, 1 and 2 survivors: 1, 2 + 1/2 and 6
    ("stochastic_depth", {"survival": 0.5}, (1 + 2 * (2 + 1 / 2) + 6) / 4),
    ("stochastic_depth_printed", {"survival": 0.5}, 2 + 1 / 2),
]


@pytest.mark.parametrize(("network", "dropping", "trace"), TRACES_OF_TWO_BLOCKS)
def test_the_rates_of_the_figures_come_from_the_trace(network, dropping, trace):
    point = {"depth": 2, "width": 50, **dropping}
    largest = getattr(learning_rate, f"largest_learning_rate_{network}").value(**point)
    optimal = getattr(learning_rate, f"optimal_learning_rate_{network}").value(**point)
    assert largest == pytest.approx(2 / (50**2 * trace), rel=1e-13)
    assert optimal == pytest.approx(1 / (50**2 * trace), rel=1e-13)


def between_inputs_of_two_blocks():
    """Top eigenvalue over D^2 at orthogonal inputs, from what two of them share of each block."""
    of_one = 1 / (2 * np.pi)  # (E relu)^2, whatever unit variance was made by
    angle = np.arccos(2 * of_one / 2)  # of the two h^1, of variance 2
    gates = 1 - angle / np.pi
    of_two = 2 * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
    return {
        "resnet": of_one * (1 + gates) + of_two,
        "bn": of_one * (1 + 1 / 2 / (1 + A)) + of_one,
    }


@pytest.mark.parametrize("network", ["resnet", "bn"])
def test_the_sharp_boundary_is_set_by_what_inputs_share(network):
    sharp = getattr(learning_rate, f"largest_learning_rate_sharp_{network}")
    assert sharp(depth=1, width=50) == pytest.approx(2 / (50**2 / (2 * np.pi)), rel=1e-13)
    top = between_inputs_of_two_blocks()[network]
    assert sharp(depth=2, width=50) == pytest.approx(2 / (50**2 * top), rel=1e-13)
