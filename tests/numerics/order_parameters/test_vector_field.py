"""Derivatives of the flow of an online student, against its velocities and plain quadrature."""

import mpmath
import pytest

from numerics.order_parameters import vector_field

ETA, ZETA, LENGTH = 0.5, 0.25, 1.5
FIXED = 1 / (1 + 2 * ZETA)


def by_quadrature(scale, angle):
    """I1, I2 and I3 for ReLU over the angle phi of the inputs, of which E r^2 = 2."""
    edges = [-mpmath.pi / 2, angle - mpmath.pi / 2, mpmath.pi / 2]

    def integral(of):
        def integrand(phi):
            s, t = scale * mpmath.cos(phi), mpmath.cos(phi - angle)
            return of(max(t, 0) - s, s, t)

        return mpmath.quad(integrand, edges) / mpmath.pi

    return (
        integral(lambda delta, s, t: delta * s),
        integral(lambda delta, s, t: delta**2),
        integral(lambda delta, s, t: delta * t),
    )


@pytest.mark.parametrize("angle", ["0", "0.5", "2", "3"])
def test_averages_over_the_angle_are_those_by_quadrature(angle):
    with mpmath.workdps(50):
        theta, scale = mpmath.mpf(angle), mpmath.mpf(3) / 4
        found = vector_field.averages(scale, theta)
        for value, other in zip(found, by_quadrature(scale, theta), strict=True):
            assert abs(value - other) < mpmath.mpf(10) ** -45


def velocities(eta, zeta, q, angle, length):
    """dQ/dt, dR/dt and dL/dt (Luo et al. 2018, eqs 9-11)."""
    i1, i2, i3 = vector_field.averages(q, angle)
    overlap = mpmath.cos(angle)
    push = eta**2 * q**2 * i2 / 2
    return mpmath.matrix(
        [
            eta * (i1 / q - zeta * q),
            eta / length**2 * (q * i3 - overlap * i1) - push * overlap / length**4,
            push / length**3,
        ]
    )


def jacobian(eta, zeta, length):
    """By differences, a column each in Q, R and L, at rest; R is that of a small angle."""
    with mpmath.workdps(60):
        q, h = 1 / (1 + 2 * mpmath.mpf(zeta)), mpmath.mpf(10) ** -18

        def at(scale=q, angle=0, norm=length):
            return velocities(eta, zeta, scale, mpmath.mpf(angle), norm)

        in_scale = (at(scale=q + h) - at(scale=q - h)) / (2 * h)
        in_overlap = (at(angle=h) - at()) / (mpmath.cos(h) - 1)
        in_norm = (at(norm=length + h) - at(norm=length - h)) / (2 * h)
        return in_scale, in_overlap, in_norm


def test_slopes_are_those_of_the_velocities():
    in_scale, in_overlap, in_norm = jacobian(ETA, ZETA, LENGTH)
    rates = {"learning_rate": ETA, "regularisation": ZETA}
    found = [
        vector_field.scale_slope(**rates),
        vector_field.overlap_slope(**rates, norm=LENGTH),
        vector_field.norm_response(**rates, norm=LENGTH),
        vector_field.norm_slope(**rates, norm=LENGTH),
    ]
    expected = [in_scale[0], in_overlap[1], in_overlap[2], in_norm[2]]
    assert [float(one) for one in found] == pytest.approx([float(one) for one in expected])


@pytest.mark.parametrize("penalty", [0.0625, 0.25, 0.75])
def test_at_the_joint_maximum_the_jacobian_in_scale_and_overlap_is_singular(penalty):
    with mpmath.workdps(30):
        effective = vector_field.joint_maximum(regularisation=penalty)
        eta = effective * (1 + 2 * mpmath.mpf(penalty))  # at L = 1

    def determinant(eta):
        in_scale, in_overlap, _ = jacobian(eta, penalty, 1.0)
        return float(in_scale[0] * in_overlap[1] - in_overlap[0] * in_scale[1])

    assert abs(determinant(eta)) < 1e-9
    assert determinant(0.99 * eta) * determinant(1.01 * eta) < 0


@pytest.mark.parametrize("scale", ["0.05", "0.5", "0.999"])
def test_the_balancing_penalty_is_the_same_in_steps_of_any_length(scale):
    with mpmath.workdps(50):
        q = mpmath.mpf(scale)

        def delta_s(z):
            slope = mpmath.sqrt(2 / mpmath.pi) * mpmath.exp(-((q * z) ** 2) / 2)
            error = mpmath.erf(z / mpmath.sqrt(2)) - mpmath.erf(q * z / mpmath.sqrt(2))
            return slope * error * q * z * mpmath.npdf(z)

        whole = 2 * mpmath.quad(delta_s, [0, 1, 2, 4, 8, 20]) / q**2
        assert mpmath.almosteq(vector_field.balancing_penalty(scale=q), whole, rel_eps=1e-42)


@pytest.mark.parametrize("scale", ["0.05", "0.5", "0.999"])
def test_the_slope_of_erf_is_that_of_the_balancing_penalty(scale):
    # I1/Q is Q times the penalty that holds Q.
    with mpmath.workdps(50):
        q, h = mpmath.mpf(scale), mpmath.mpf("1e-15")
        ends = [one * vector_field.balancing_penalty(scale=one) for one in (q + h, q - h)]
        slope = (ends[0] - ends[1]) / (2 * h) - 0.25
        found = vector_field.scale_slope_erf(scale=q, regularisation=0.25)
    assert mpmath.almosteq(found, slope, rel_eps=1e-24)


def test_a_negative_argument_is_named():
    with pytest.raises(ValueError, match="regularisation = -1: must be a number in"):
        vector_field.joint_maximum(regularisation=-1)
