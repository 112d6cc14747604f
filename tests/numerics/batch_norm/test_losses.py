import mpmath
import numpy as np
import pytest
import torch
from scipy import integrate, stats

from numerics.batch_norm.hidden_values import DISTRIBUTIONS, HiddenValues
from numerics.batch_norm.losses import (
    LOSSES,
    SAMPLES,
    GeneralisedLinearUnit,
    _with_member,
    divergence,
    measure_loss_excess,
)
from numerics.simulation.keyed import numpy_generator

POTENTIALS = {
    # A' = softplus: A(h) = -Li_2(-e^h).
    "relu": lambda h: -mpmath.polylog(2, -mpmath.exp(h)),
    "logistic": lambda h: mpmath.log1p(mpmath.exp(h)),
    "squares": lambda h: h**2,
}
SLOPES = {
    "relu": lambda h: mpmath.log1p(mpmath.exp(h)),
    "logistic": lambda h: 1 / (1 + mpmath.exp(-h)),
    "squares": lambda h: 2 * h,
}
TURNED = {"scale": 0.5, "shift": 0.25, "teacher_scale": -1.0, "teacher_shift": 0.5}
CALIBRATED = {"scale": 1.25, "shift": 0.25, "teacher_scale": 1.25, "teacher_shift": 0.25}


def reference(loss, start, step):
    with mpmath.workdps(40):
        a, b, slope = mpmath.mpf(start), mpmath.mpf(start) + mpmath.mpf(step), SLOPES[loss]
        whole = POTENTIALS[loss](b) - POTENTIALS[loss](a) - slope(a) * (b - a)
        return float(whole.real)


def measured(*, distribution="gaussian", batch_size=12, batches=100, method="batches", **run):
    shape = {name: run.pop(name) for name in ("skewness", "kurtosis") if name in run}
    hidden = HiddenValues(
        distribution=distribution, batch_size=batch_size, batches=batches, method=method, **shape
    )
    unit = {"loss": "relu", **CALIBRATED}
    unit.update({name: run.pop(name) for name in set(unit) & set(run)})
    options = {"batch": "independent", "networks": 200, "seed": 1, "device": "cpu", **run}
    return measure_loss_excess(hidden, GeneralisedLinearUnit(**unit), **options)


@pytest.mark.parametrize("loss", LOSSES)
@pytest.mark.parametrize("start", [-3.0, 0.0, 1.5])
@pytest.mark.parametrize(
    ("step", "error"), [(1e-9, 1e-9), (-1e-3, 1e-9), (0.9, 1e-9), (-1.0, 1e-9), (4.0, 1e-5)]
)
def test_the_divergence_is_what_the_potential_leaves_above_its_tangent(loss, start, step, error):
    found = divergence(loss, *(torch.tensor([x], dtype=torch.float64) for x in (start, step)))
    assert found.item() == pytest.approx(reference(loss, start, step), rel=error, abs=0)


@pytest.mark.parametrize("loss", LOSSES)
def test_slope_and_curvature_are_derivatives_of_one_potential(loss):
    h = torch.linspace(-30, 30, 41, dtype=torch.float64)
    slopes = [float(SLOPES[loss](mpmath.mpf(x))) for x in h.tolist()]
    np.testing.assert_allclose(LOSSES[loss].slope(h), slopes, rtol=1e-14)
    bends = [float(mpmath.diff(SLOPES[loss], mpmath.mpf(x))) for x in h.tolist()]
    np.testing.assert_allclose(LOSSES[loss].curvature(h), bends, rtol=1e-7)


@pytest.mark.parametrize("case", [CALIBRATED, TURNED], ids=["calibrated", "turned"])
@pytest.mark.parametrize("loss", LOSSES)
def test_what_is_measured_is_the_plain_excess_loss(loss, case):
    """Less fluctuations with a zero mean: the loss by its potential, without any of the algebra."""
    run = {"batch_size": 5, "batches": 10_000, "networks": 20}
    short = measured(loss=loss, batch="own", **run, **case)
    z = DISTRIBUTIONS["gaussian"](numpy_generator(seed=2, network=0), (20_000, 5))
    mean, std = z.mean(axis=1, keepdims=True), z.std(axis=1, keepdims=True)
    start = case["scale"] * z + case["shift"]
    end = case["scale"] * (z - mean) / std + case["shift"]
    teacher = torch.from_numpy(case["teacher_scale"] * z + case["teacher_shift"])
    label = LOSSES[loss].slope(teacher).numpy()

    def potential(h):
        if loss == "relu":
            grid = np.linspace(-40, 40, 40_001)
            slopes = LOSSES[loss].slope(torch.from_numpy(grid)).numpy()
            table = integrate.cumulative_simpson(slopes, x=grid, initial=0)
            return np.interp(h, grid, table)
        return h**2 if loss == "squares" else np.logaddexp(0, h)

    plain = (potential(end) - potential(start) - label * (end - start)) / case["scale"] ** 2
    error = np.hypot(short.standard_error, plain.mean(axis=1).std() / np.sqrt(len(plain)))
    assert short.estimate == pytest.approx(plain.mean(), abs=5 * error)


@pytest.mark.parametrize("case", [CALIBRATED, TURNED], ids=["calibrated", "turned"])
@pytest.mark.parametrize("batch", ["independent", "own"])
def test_each_draw_is_the_plain_excess_less_deviations_from_exact_expectations(batch, case):
    size, batches = 6, 40
    found = measured(
        loss="logistic", batch_size=size, batches=batches, networks=1, batch=batch, **case
    )
    generator = numpy_generator(seed=1, network=0)
    drawn = generator.standard_normal((batches, size))
    mean, std = drawn.mean(axis=1, keepdims=True), drawn.std(axis=1, keepdims=True)
    z = drawn if batch == "own" else generator.standard_normal((batches, SAMPLES))
    if batch == "own":  # sums over the member z and M - 1 others of mean 0 and variance 1
        sum_of_squares = z**2 + size - 1
        expected_mean, expected_square = z / size, sum_of_squares / size**2
        expected_variance = sum_of_squares / size - expected_square
    else:
        expected_mean, expected_square, expected_variance = 0, 1 / size, (size - 1) / size

    def sigmoid(h):
        return 1 / (1 + np.exp(-h))

    start = case["scale"] * z + case["shift"]
    end = case["scale"] * (z - mean) / std + case["shift"]
    label = sigmoid(case["teacher_scale"] * z + case["teacher_shift"])
    plain = np.logaddexp(0, end) - np.logaddexp(0, start) - label * (end - start)
    bend = sigmoid(start) * sigmoid(-start) / 2
    deviations = bend * case["scale"] ** 2 * (mean**2 - expected_square) - (
        (sigmoid(start) - label) * case["scale"]
    ) * (mean - expected_mean + z * (std**2 - expected_variance) / 2)
    each = (plain - deviations) / case["scale"] ** 2
    # Gauss and Jacobi's rule errs by 1e-5 where a batch of nearly equal values makes a long step.
    assert found.estimate == pytest.approx(each.mean(), rel=1e-5)


@pytest.mark.parametrize("batch", ["independent", "own"])
@pytest.mark.parametrize("case", [CALIBRATED, TURNED], ids=["calibrated", "turned"])
@pytest.mark.parametrize("law", ["gaussian", "three_values"])
def test_the_exact_law_gives_what_whole_batches_give(law, batch, case):
    shape = {"skewness": 0.5, "kurtosis": 1.0} if law == "three_values" else {}
    run = {"distribution": law, "batch": batch, "networks": 400, "batch_size": 40, **shape, **case}
    whole, exact = measured(**run), measured(**run, method="exact", seed=3)
    error = np.hypot(whole.standard_error, exact.standard_error)
    assert whole.estimate == pytest.approx(exact.estimate, abs=5 * error)


def test_a_batch_with_one_more_member_has_the_statistics_of_all_of_them():
    rest = np.array([[0.5, -1.0, 2.5, 0.25], [1.0, 1.0, -2.0, 0.0]])
    z = np.array([[-0.75], [3.0]])
    others = (torch.from_numpy(x) for x in (z, rest.mean(1, keepdims=True), rest.std(1)[:, None]))
    mean, std = _with_member(*others, 4)
    whole = np.hstack([z, rest])
    np.testing.assert_allclose(mean[:, 0], whole.mean(axis=1), rtol=1e-14)
    np.testing.assert_allclose(std[:, 0], whole.std(axis=1), rtol=1e-14)


@pytest.mark.parametrize("distribution", DISTRIBUTIONS)
def test_of_squares_the_excess_in_its_own_batch_is_twice_what_the_deviation_lacks(distribution):
    # (1/M) sum (hhat - z)^2 = 1 + mean square - 2 s over a batch of no more than SAMPLES, less
    # m^2 and its mean given each sample.
    size = SAMPLES
    run = {"loss": "squares", "scale": 1.0, "shift": 0.0, "teacher_scale": 1.0}
    sizes = {"batch_size": size, "networks": 1}
    found = measured(distribution=distribution, batch="own", teacher_shift=0.0, **sizes, **run)
    z = DISTRIBUTIONS[distribution](numpy_generator(seed=1, network=0), (100, size))
    squares = np.square(z).mean(axis=1)
    taken_off = np.square(z.mean(axis=1)) - (squares + size - 1) / size**2
    expected = np.mean(1 + squares - 2 * z.std(axis=1) - taken_off)
    assert found.estimate == pytest.approx(expected)


def test_of_squares_and_an_independent_batch_the_excess_is_that_of_gaussian_moments():
    size = 12
    law = stats.chi(size - 1, scale=size**-0.5)
    # Without labels' errors E (z/s - z)^2 + E m^2 E s^-2.
    expected = law.expect(lambda s: (1 / s - 1) ** 2 + 1 / (size * s**2))
    found = measured(loss="squares", teacher_scale=1.25, networks=400)
    assert found.estimate == pytest.approx(expected, abs=5 * found.standard_error)
    # With a teacher of half the scale the residual is z and adds 2 (1 - 1/2) (E 1/s - 1).
    halved = measured(loss="squares", teacher_scale=1.25 / 2, networks=400)
    expected += law.expect(lambda s: 1 / s - 1)
    assert halved.estimate == pytest.approx(expected, abs=5 * halved.standard_error)


def test_the_excess_is_told_as_at_another_batch_size():
    own, at_six = measured(networks=3), measured(networks=3, told_at=6)
    np.testing.assert_allclose(at_six.per_network, own.per_network * 12 / 6)


@pytest.mark.parametrize("batches", [3, 16])
@pytest.mark.parametrize("batch", ["independent", "own"])
@pytest.mark.parametrize("method", ["batches", "exact"])
def test_a_network_depends_on_its_seed_and_index_alone(batches, batch, method):
    given = {"batches": batches, "batch": batch, "method": method}
    whole = measured(**given, networks=6).per_network
    part = measured(**given, networks=2, first_network=3).per_network
    np.testing.assert_array_equal(whole[3:5], part)
    assert not np.array_equal(whole, measured(**given, networks=6, seed=2).per_network)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"loss": "hinge"}, "loss = 'hinge': must be one of"),
        ({"batch": "mine"}, "batch = 'mine': must be one of 'independent', 'own'"),
        (
            {"distribution": "uniform", "method": "exact"},
            "distribution = 'uniform': must be 'gaussian' or 'three_values' where",
        ),
        ({"batch_size": 2}, r"batch_size = 2: must be an integer >= 3"),
        ({"scale": 0.0}, r"scale = 0.0: must be a number in \[0.01, 100\]"),
        ({"teacher_shift": 101.0}, r"teacher_shift = 101.0: must be a number in \[-100, 100\]"),
    ],
)
def test_arguments_that_make_no_sense_are_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        measured(**wrong)
