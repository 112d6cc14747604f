"""Steps of proofs against matrices and layers at which they fail, and where they are attained."""

import math

import numpy as np
import pytest
import sympy

from theory.weight_paths import (
    column_bound,
    column_bound_printed,
    jacobian_bound,
    jacobian_bound_of_steps_printed,
    layer_derivative_bound,
    layer_derivative_bound_printed,
    split_bound,
    split_bound_printed,
)

pytestmark = pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")


def quotient(matrices):
    """|A_L .. A_1 e_1| over the product of |A_k e_1|."""
    column, columns = np.array([1.0, 0.0]), 1.0
    for matrix in matrices:
        column = matrix @ column
        columns *= np.linalg.norm(matrix[:, 0])
    return np.linalg.norm(column) / columns


@pytest.mark.parametrize(("layers", "strength"), [(3, 0.1), (3, 1.0), (20, 0.5)])
def test_a_layer_that_turns_a_vector_makes_products_larger_than_those_of_columns(layers, strength):
    at, y = {"depth": layers, "strength": strength}, strength / layers
    turned = [np.array([[1, 0], [y, 1]])] + [np.array([[1, y], [0, 1]])] * (layers - 1)
    assert column_bound_printed(**at) < quotient(turned) < column_bound(**at)
    aligned = [np.diag([1 + y, 1.0])] * layers
    assert quotient(aligned) == pytest.approx(1, rel=1e-12)
    numbers = np.random.default_rng(1)
    for _ in range(300):
        drawn = numbers.standard_normal((layers, 2, 2))
        drawn *= y / np.linalg.norm(drawn, axis=(1, 2))[:, None, None]
        assert quotient(np.eye(2) + drawn) < column_bound(**at)


def test_opposite_parts_make_the_square_of_a_difference_twice_the_sum_of_squares():
    a, b = sympy.symbols("a b", real=True)
    ratio = (a - b) ** 2 / (a**2 + b**2)
    assert float(ratio.subs(b, -a)) == split_bound(scale=0.3) > split_bound_printed(scale=0.3)
    left = sympy.expand(2 * (a**2 + b**2) - (a - b) ** 2)
    assert sympy.factor(left) == (a + b) ** 2


@pytest.mark.parametrize("dim", [1, 3])
def test_the_derivative_of_a_layer_at_no_weights_has_the_root_of_the_dimension(dim):
    scale, norm, step = 0.3, 0.5, 1e-6
    h = np.full(dim, norm / math.sqrt(dim))
    squares = 0.0
    for entry in np.ndindex(dim, dim):
        moved = np.zeros((dim, dim))
        moved[entry] = step
        squares += np.sum((scale * np.tanh(moved @ h) / step) ** 2)
    at = {"dim": dim, "scale": scale, "input_norm": norm}
    assert math.sqrt(squares) == pytest.approx(layer_derivative_bound(**at), rel=1e-9)
    assert math.sqrt(squares) > layer_derivative_bound_printed(**at)
    assert squares == pytest.approx(layer_derivative_bound_printed(**at), rel=1e-9)


def test_without_weights_a_jacobian_has_the_norm_of_the_identity():
    for dim, above in ((7, False), (8, True)):
        assert (np.linalg.norm(np.eye(dim)) > math.e) == above
    at = {"depth": 10, "strength": 0.01, "dim": 4}
    assert jacobian_bound_of_steps_printed(**at) < np.linalg.norm(np.eye(4)) < jacobian_bound(**at)
