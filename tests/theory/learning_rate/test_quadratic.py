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
