import math
from functools import cache

import mpmath
import numpy as np
import pytest
import sympy
import torch
from scipy import optimize, special

from theory import order_parameters
from theory.order_parameters import vector_field
from theory.order_parameters.parameters import LEARNING_RATE, NORM, OVERLAP, STUDENT_LENGTH
from theory.parameters import REGULARISATION

eta, zeta = LEARNING_RATE.symbol, REGULARISATION.symbol
Q, R, L = STUDENT_LENGTH.symbol, OVERLAP.symbol, NORM.symbol

LENGTHS = [1e-3, 0.1, 0.5, 1.0, 3.0, 30.0, 1e3]
CORRELATIONS = [-1.0, -1 + 1e-9, -0.9, -0.3, 0.0, 0.5, 0.99, 1 - 1e-9, 1.0]


# Quadrature -----------------------------------------------------------------------------------


def relu_averages(length, correlation):
    """I1, I2, I3 over the angle of (s/Q, t), where the square of the radius has mean 2."""
    nodes, weights = np.polynomial.legendre.leggauss(24)
    between = math.acos(correlation)
    kink = between - math.pi / 2  # the teacher is active beyond it, the student from -pi/2 on
    total = np.zeros(3)
    for low, high in ((-math.pi / 2, kink), (kink, math.pi / 2)):
        angle = (low + high) / 2 + (high - low) / 2 * nodes
        student, teacher = length * np.cos(angle), np.cos(angle - between)
        delta = np.maximum(teacher, 0) * (low == kink) - student
        averaged = np.stack([delta * student, delta**2, delta * teacher])
        total += (high - low) / 2 * (averaged @ weights) / math.pi
    return total


def erf_averages(length, correlation):
    """I1, I2, I3 by Gauss-Hermite over s, on the scale on which g'(s) lets it live, and t given s.

    The law of s stands in the integrand as its density, that of t given s in the weights.
    """
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    weights = weights / math.sqrt(2 * math.pi)
    width = length / math.sqrt(1 + length**2)
    s = width * nodes[:, None]
    t = correlation * s / length + math.sqrt(1 - correlation**2) * nodes
    density = np.exp(-((s / length) ** 2) / 2 + nodes[:, None] ** 2 / 2) * width / length
    slope = math.sqrt(2 / math.pi) * np.exp(-(s**2) / 2)
    delta = slope * (special.erf(t / math.sqrt(2)) - special.erf(s / math.sqrt(2)))
    measure = density * weights[:, None] * weights
    return np.array([np.sum(measure * x) for x in (delta * s, delta**2, delta * t)])


AVERAGES = {"relu": relu_averages, "erf": erf_averages}
each_activation = pytest.mark.parametrize("activation", ["relu", "erf"])


@each_activation
@pytest.mark.parametrize("length", LENGTHS)
@pytest.mark.parametrize("place", [1, 2, 3])
def test_the_gaussian_averages_are_those_of_quadrature(activation, length, place):
    form = getattr(order_parameters, f"i{place}_{activation}")
    for correlation in CORRELATIONS:
        expected = AVERAGES[activation](length, correlation)[place - 1]
        # Long students of ReLU have terms of size Q^2.
        error = 1e-10 * max(1.0, length**2)
        assert abs(form(Q=length, R=correlation) - expected) < error


def test_the_fourier_identity_has_two_equal_sides_of_which_the_product_of_slopes_is_one_case():
    length, correlation = 0.8, -0.6
    covariance = np.array([[length**2, length * correlation], [length * correlation, 1.0]])
    step = 0.05
    nodes = step * np.arange(-240, 241)  # the trapezoidal rule: to all digits
    x, y = np.meshgrid(nodes, nodes, indexing="ij")

    def quadratic(matrix):
        return np.exp(-(matrix[0, 0] * x**2 + 2 * matrix[0, 1] * x * y + matrix[1, 1] * y**2) / 2)

    def sides(*functions):
        """Both sides as printed, each function by its values at the nodes."""
        root = 2 * math.pi * math.sqrt(np.linalg.det(covariance))
        left = (quadratic(np.linalg.inv(covariance)) * np.outer(*functions)).sum() / root
        waves = np.exp(1j * np.outer(nodes, nodes))
        transforms = [waves @ one * step / math.sqrt(2 * math.pi) for one in functions]
        right = (quadratic(covariance) * np.outer(*transforms)).sum() / (2 * math.pi)
        return step**2 * left, step**2 * right

    shifted = np.exp(-((nodes - 1) ** 2) / 2)
    left, right = sides(shifted, nodes * shifted**2)
    assert abs(left) > 0.01
    assert right == pytest.approx(left, abs=1e-12)
    slope = math.sqrt(2 / math.pi) * np.exp(-(nodes**2) / 2)
    stated = order_parameters.slope_product_erf(Q=length, R=correlation)
    assert sides(slope, slope) == pytest.approx((stated, stated), abs=1e-12)


@pytest.mark.parametrize(
    "name", ["i1_erf", "i2_erf", "i2_erf_printed", "i3_erf", "slope_product_erf"]
)
@pytest.mark.parametrize("length", [1e-160, 1e160])
def test_the_squares_of_no_length_overflow(name, length):
    form = getattr(order_parameters, name)
    printed = sympy.lambdify([Q, R], form.expr, "mpmath")
    with mpmath.workdps(400):
        exact = printed(mpmath.mpf(length), mpmath.mpf(0.5))
    tensor = torch.tensor(length, dtype=torch.float64)
    for student in (length, np.float64(length), tensor):
        assert float(form.value(Q=student, R=0.5)) == pytest.approx(float(exact), rel=1e-12)


def test_the_printed_mean_squares_cannot_be():
    # A mean of squares that is negative; and one of an opposite student that is zero.
    assert order_parameters.i2_relu_printed.value(Q=0.1, R=0.0) < -0.02
    assert order_parameters.i2_erf_printed.value(Q=1.0, R=-1.0) == pytest.approx(0, abs=1e-15)
    assert erf_averages(1.0, -1.0)[1] > 0.2


@pytest.mark.parametrize("correlation", [-1.0, -0.4, 0.6, 1.0])
def test_the_gradients_of_relu_are_those_of_price_at_the_ends_too(correlation):
    # Price: d<f(u) h(t)>/dR = <f'(u) h'(t)>. P(u, t > 0) is the share of the overlap in the circle,
    # and d<t^2; u, t > 0>/dR = <2 t; u = 0, t > 0> with the density of u.
    together = (math.pi - math.acos(correlation)) / (2 * math.pi)
    square = math.sqrt(1 - correlation**2) / math.pi
    length = 0.7
    expected = [length * together, square - 2 * length * together, square - length / 2]
    for place, slope in enumerate(expected, start=1):
        overlap = torch.tensor(correlation, dtype=torch.float64, requires_grad=True)
        form = getattr(order_parameters, f"i{place}_relu")
        form(Q=torch.tensor(length, dtype=torch.float64), R=overlap).backward()
        assert overlap.grad.item() == pytest.approx(slope, abs=1e-14)


# Vector fields --------------------------------------------------------------------------------

STATE = {eta: 0.4, zeta: 0.2, Q: 0.8, R: 0.3, L: 1.25}


def velocities(method, activation, state):
    return {name: float(v.subs(state)) for name, v in vector_field(method, activation).items()}


@each_activation
def test_the_field_of_batch_norm_moves_the_squares_as_eq_8_and_its_sisters_say(activation):
    field = velocities("bn", activation, STATE)
    step, penalty, length, overlap, norm = STATE.values()
    i1, i2, i3 = AVERAGES[activation](length, overlap)
    squared = 2 * length * field["Q"], 2 * norm * field["norm"]
    assert squared == pytest.approx(
        (2 * step * (i1 - penalty * length**2), (step * length / norm) ** 2 * i2), abs=1e-12
    )
    product = field["R"] * norm + overlap * field["norm"]
    assert product == pytest.approx(step / norm * (length * i3 - overlap * i1), abs=1e-12)


@each_activation
def test_the_field_of_sgd_is_that_of_plain_steps_of_the_weights(activation):
    field = velocities("sgd", activation, STATE)
    step, overlap, norm = STATE[eta], STATE[R], STATE[L]
    i1, i2, i3 = AVERAGES[activation](norm, overlap)
    assert 2 * norm * field["norm"] == pytest.approx(2 * step * i1 + step**2 * i2, abs=1e-12)
    product = field["R"] * norm + overlap * field["norm"]
    assert product == pytest.approx(step * i3, abs=1e-12)


@each_activation
def test_weight_norm_is_batch_norm_without_penalty(activation):
    without = {name: v.subs(zeta, 0) for name, v in vector_field("bn", activation).items()}
    assert vector_field("wn", activation) == without


def test_the_velocities_are_the_field():
    values = {"learning_rate": 0.4, "regularisation": 0.2, "Q": 0.8, "R": 0.3, "norm": 1.25}
    for activation, ending in (("relu", ""), ("erf", "_erf")):
        field = velocities("bn", activation, STATE)
        for name, parameter in (("scale", "Q"), ("overlap", "R"), ("norm", "norm")):
            form = getattr(order_parameters, f"{name}_velocity{ending}")
            arguments = {item.name: values[item.name] for item in form.parameters}
            assert form(**arguments) == pytest.approx(field[parameter], rel=1e-13)


def test_another_method_or_activation_is_refused():
    with pytest.raises(ValueError, match="method = 'adam': must be"):
        vector_field("adam", "relu")
    with pytest.raises(ValueError, match="activation = 'tanh': must be"):
        vector_field("bn", "tanh")


# Fixed points ---------------------------------------------------------------------------------


@each_activation
@pytest.mark.parametrize("norm", [0.5, 2.0])
def test_the_teacher_is_a_fixed_point_of_weight_norm_at_any_norm(activation, norm):
    field = velocities("wn", activation, STATE | {Q: 1, R: 1, L: norm})
    assert list(field.values()) == pytest.approx([0, 0, 0], abs=1e-15)


@each_activation
def test_the_teacher_is_a_fixed_point_of_sgd_at_norm_1_alone(activation):
    assert list(velocities("sgd", activation, {eta: 0.4, R: 1, L: 1}).values()) == pytest.approx(
        [0, 0], abs=1e-15
    )
    assert velocities("sgd", activation, {eta: 0.4, R: 1, L: 2})["norm"] < -0.01


@pytest.mark.parametrize("penalty", [0.0, 0.05, 0.25, 1.0])
def test_table_2_is_a_fixed_point_but_for_terms_in_the_square_of_the_learning_rate(penalty):
    length = order_parameters.fixed_point_scale(regularisation=penalty)
    i1, _, i3 = relu_averages(length, 1.0)
    assert i1 / length == pytest.approx(penalty * length, abs=1e-15)
    assert length * i3 - i1 == pytest.approx(0, abs=1e-15)
    field = velocities("bn", "relu", {eta: 0.4, zeta: penalty, Q: length, R: 1, L: 1.25})
    drift = order_parameters.norm_drift_at_fixed_point(
        learning_rate=0.4, regularisation=penalty, norm=1.25
    )
    assert field["norm"] == pytest.approx(drift, abs=1e-15)
    assert field["R"] == pytest.approx(-drift / 1.25, abs=1e-15)
    assert (drift > 0) == (penalty > 0)


# Jacobian -------------------------------------------------------------------------------------


@cache
def at_teacher(velocity, variable):
    """The derivative at R = 1 from below, by way of the angle, R = cos(angle)."""
    angle = sympy.Symbol("phi", positive=True)
    by_angle = {sympy.asin(R): sympy.pi / 2 - angle, sympy.sqrt(1 - R**2): sympy.sin(angle)}
    on_circle = velocity.subs(by_angle).subs(R, sympy.cos(angle))
    if variable == R:
        slope = sympy.diff(on_circle, angle) / -sympy.sin(angle)
    else:
        slope = sympy.diff(on_circle, variable)
    return sympy.limit(sympy.simplify(slope), angle, 0)


FIXED = {Q: 1 / (1 + 2 * zeta)}


def is_zero(expression):
    return sympy.simplify(expression) == 0


def test_the_eigenvalues_are_those_of_the_differentiated_field():
    field = vector_field("bn", "relu")
    scale = at_teacher(field["Q"], Q).subs(FIXED)
    overlap = at_teacher(field["R"], R).subs(FIXED)
    assert is_zero(scale - order_parameters.scale_eigenvalue.expr)
    assert is_zero(overlap - order_parameters.overlap_eigenvalue.expr)


def test_the_last_row_of_the_jacobian_is_the_differentiated_field():
    field = vector_field("bn", "relu")["norm"]
    in_overlap, in_norm = (at_teacher(field, x).subs(FIXED) for x in (R, L))
    assert is_zero(in_overlap - order_parameters.norm_response.expr)
    assert is_zero(in_norm - order_parameters.norm_eigenvalue.expr)


def test_eq_12_is_the_field_without_the_change_of_its_own_overlap():
    # R of eta^2 Q^2 R I2 held at 1, as in the printed Jacobian.
    field = vector_field("bn", "relu")
    held = field["R"] + (R - 1) * eta**2 * Q**2 * order_parameters.i2_relu.expr / (2 * L**4)
    slope = at_teacher(held, R).subs(FIXED)
    assert is_zero(slope - order_parameters.overlap_eigenvalue_printed.expr)
    assert is_zero(slope - 2 * order_parameters.overlap_eigenvalue_prop1_printed.expr)


# Learning rates -------------------------------------------------------------------------------

PENALTIES = [0.0, 0.05, 0.25, 0.75]
each_penalty = pytest.mark.parametrize("penalty", PENALTIES)


def overlap_eigenvalue_at(effective, penalty, norm):
    length = order_parameters.fixed_point_scale(regularisation=penalty)
    values = {"learning_rate": effective * norm**2 / length, "regularisation": penalty}
    assert order_parameters.effective_learning_rate(**values, norm=norm) == pytest.approx(effective)
    return order_parameters.overlap_eigenvalue(**values, norm=norm)


@each_penalty
@pytest.mark.parametrize("norm", [0.5, 2.0])
def test_the_overlap_is_stable_if_and_only_if_the_effective_rate_is_below_the_maximum(
    penalty, norm
):
    boundary = order_parameters.max_learning_rate_bn(regularisation=penalty)
    assert overlap_eigenvalue_at(0.999 * boundary, penalty, norm) < 0
    assert overlap_eigenvalue_at(1.001 * boundary, penalty, norm) > 0


def test_the_printed_maximum_is_table_2_and_too_small():
    field = vector_field("bn", "relu")
    linear = sympy.expand(field["R"]).coeff(eta, 1)
    square = sympy.expand(field["R"]).coeff(eta, 2) / R
    # Per unit of -eta_eff: Q/L^2 in the linear part, Q^2/L^4 in the square.
    table = -at_teacher(linear, R) / at_teacher(square, R) * Q / L**2
    printed = order_parameters.max_learning_rate_bn_printed
    assert is_zero(table.subs(FIXED) - printed.expr)
    assert overlap_eigenvalue_at(printed.value(regularisation=0.25), 0.25, 1.0) < -0.1


@pytest.mark.parametrize("method", ["wn", "sgd"])
def test_the_maxima_of_weight_norm_and_sgd_are_the_same(method):
    # At Q = L = 1 the effective learning rate is eta.
    relu = at_teacher(vector_field(method, "relu")["R"].subs(Q, 1), R).subs(L, 1)
    assert sympy.solve(relu / eta, eta) == [order_parameters.max_learning_rate_wn.expr]
    # The averages of erf have derivatives at R = 1 without a limit.
    erf = vector_field(method, "erf")["R"].subs({Q: 1, L: 1}).diff(R).subs(R, 1)
    (boundary,) = sympy.solve(erf / eta, eta)
    assert is_zero(boundary - order_parameters.max_learning_rate_wn_erf.expr)


@each_penalty
def test_proposition_3_holds_while_the_scale_is_held(penalty):
    held = order_parameters.max_learning_rate_bn(regularisation=penalty)
    bound = order_parameters.max_learning_rate_advantage(regularisation=penalty)
    assert held >= bound
    assert bound - 2 * penalty == order_parameters.max_learning_rate_wn()


def test_the_jacobian_of_scale_and_overlap_is_singular_at_the_joint_maximum():
    field = vector_field("bn", "relu")
    jacobian = sympy.Matrix(2, 2, lambda i, j: at_teacher(field["QR"[i]], (Q, R)[j]))
    effective = sympy.Symbol("e", positive=True)
    determinant = jacobian.det().subs(eta, effective * L**2 / Q).subs(FIXED)
    (boundary,) = sympy.solve(sympy.simplify(determinant / effective**2), effective)
    assert is_zero(boundary - order_parameters.max_learning_rate_bn_joint.expr)


def test_proposition_3_fails_for_weak_penalties_where_the_scale_is_free():
    joint = order_parameters.max_learning_rate_bn_joint
    bound = order_parameters.max_learning_rate_advantage
    assert joint(regularisation=0.05) < bound(regularisation=0.05) - 0.05
    assert joint(regularisation=0.25) > bound(regularisation=0.25) + 0.05


def test_with_the_norm_free_as_well_a_complex_pair_crosses_below_proposition_3():
    penalty = 1 / 16
    field = vector_field("bn", "relu")
    jacobian = sympy.Matrix(
        3, 3, lambda i, j: at_teacher(field[("Q", "R", "norm")[i]], (Q, R, L)[j])
    )
    jacobian = jacobian.subs(FIXED).subs({L: 1, zeta: sympy.Rational(1, 16)})
    at_rate = sympy.lambdify(eta, jacobian)

    def leading(effective):
        eigenvalues = np.linalg.eigvals(np.array(at_rate(effective * (1 + 2 * penalty))))
        return max(eigenvalues, key=lambda value: value.real)

    boundary = optimize.brentq(lambda effective: leading(effective).real, 2.0, 2.2)
    assert boundary == pytest.approx(2.1125, abs=1e-3)
    assert abs(leading(boundary).imag) > 0.3
    assert boundary < order_parameters.max_learning_rate_advantage(regularisation=penalty)


# Proposition 2 for erf ------------------------------------------------------------------------


def erf_fixed_scale(penalty):
    """Q > 0 at which dQ/dt = 0 at R = 1: I1/Q falls and zeta Q rises on (0, 1]."""
    return optimize.brentq(
        lambda length: order_parameters.i1_erf(Q=length, R=1.0) / length - penalty * length,
        1e-6,
        1.0,
        xtol=1e-14,
    )


@pytest.mark.parametrize("penalty", [0.0, 0.05, 0.25, 1.0])
def test_both_eigenvalues_of_erf_have_the_signs_of_proposition_2_at_its_own_fixed_point(penalty):
    length = torch.tensor(erf_fixed_scale(penalty), dtype=torch.float64, requires_grad=True)
    overlap = torch.tensor(1.0, dtype=torch.float64, requires_grad=True)
    velocity = order_parameters.scale_velocity_erf(
        learning_rate=1.0, regularisation=penalty, Q=length, R=overlap
    )
    (scale_eigenvalue,) = torch.autograd.grad(velocity, length)
    mean_square = order_parameters.i2_erf(Q=length, R=overlap)
    (slope,) = torch.autograd.grad(mean_square, overlap)
    assert scale_eigenvalue < 0
    assert slope < 0
    # What is differentiated in full, R I2, falls too: a large learning rate is unstable.
    assert slope + mean_square < 0


@pytest.mark.parametrize("penalty", [0.0, 0.05, 0.25, 1.0])
def test_the_penalty_at_the_fixed_point_of_erf_is_the_one_that_puts_it_there(penalty):
    length = erf_fixed_scale(penalty)
    found = order_parameters.regularisation_at_fixed_point_erf(Q=length)
    assert found == pytest.approx(penalty, abs=1e-12)


def test_the_printed_penalty_at_the_fixed_point_of_erf_inverts_that_of_relu():
    for penalty in (0.0, 0.05, 0.25, 1.0):
        length = order_parameters.fixed_point_scale(regularisation=penalty)
        printed = order_parameters.regularisation_at_fixed_point_erf_printed.value(Q=length)
        assert printed == pytest.approx(penalty, abs=1e-14)


def test_the_fixed_point_of_relu_is_none_of_erf():
    length = order_parameters.fixed_point_scale(regularisation=0.25)
    velocity = order_parameters.scale_velocity_erf(
        learning_rate=1.0, regularisation=0.25, Q=length, R=1.0
    )
    assert velocity < -0.05
    assert erf_fixed_scale(0.25) < length - 0.05
