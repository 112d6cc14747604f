"""The forms that hold for any law, proved by expansion and on every batch of three values."""

import itertools

import numpy as np
import pytest
import sympy
from scipy.special import expit, spence
from scipy.stats import multinomial

from theory import batch_norm

pytestmark = pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")


# Expansion to the order 1/M


def to_order_one_over_batch_size(function, sample=None):
    """M (E function(u, q) - function(0, 0)) for large M.

    u is the batch mean of z and q that of z^2 - 1, so that m = u and t^2 = 1 + q - u^2. With
    `sample` the batch contains a sample of this value.
    """
    u, q, small, rho, s = sympy.symbols("u q epsilon rho s")
    moments = {(0, 0): 0, (1, 0): 0, (0, 1): 0, (2, 0): 1, (1, 1): s, (0, 2): rho + 2}
    if sample is not None:
        moments |= {(1, 0): sample, (0, 1): sample**2 - 1}
    expansion = sympy.series(function(small * u, small * q), small, 0, 3).removeO()
    terms = sympy.Poly(expansion.subs(small, 1).expand(), u, q).terms()
    return sympy.expand(sum(coefficient * moments[powers] for powers, coefficient in terms))


def standard_deviation(u, q):
    return sympy.sqrt(1 + q - u**2)


def coefficient(form, **symbols):
    """The factor of 1/M of a form that has no other power."""
    values = {item.name: symbols.get(item.name, item.symbol) for item in form.parameters}
    return sympy.expand(form.value(**values) * values["batch_size"])


RHO, S = sympy.symbols("rho s")


def test_the_mean_and_variance_of_the_batch_std_follow_from_its_expansion():
    mean = to_order_one_over_batch_size(standard_deviation)
    M = sympy.Symbol("M")
    form = batch_norm.batch_std_mean.value(batch_size=M, population_std=1, kurtosis=RHO)
    assert sympy.expand(form - 1 - mean / M) == 0
    variance = to_order_one_over_batch_size(lambda u, q: standard_deviation(u, q) ** 2) - 2 * mean
    assert variance == coefficient(batch_norm.batch_std_variance, population_std=1, kurtosis=RHO)


def test_the_mean_of_the_inverse_std_follows_from_its_expansion():
    excess = to_order_one_over_batch_size(lambda u, q: 1 / standard_deviation(u, q))
    assert excess == coefficient(batch_norm.inverse_std_excess, population_std=1, kurtosis=RHO)
    # The printed one is what a batch std of no bias would give: its variance.
    printed = coefficient(batch_norm.inverse_std_excess_printed, population_std=1, kurtosis=RHO)
    bias = to_order_one_over_batch_size(standard_deviation)
    assert sympy.expand(excess + bias - printed) == 0


@pytest.mark.parametrize("in_batch", [False, True])
def test_zeta_follows_from_the_expansion_of_the_loss(in_batch):
    z, c0, c1, F, r0, r1, r3, gamma = sympy.symbols("z c0 c1 F r0 r1 r3 gamma")
    sample = z if in_batch else None

    def change(u, q):
        return (z - u) / standard_deviation(u, q) - z

    first = sympy.Poly(to_order_one_over_batch_size(change, sample), z)
    second = sympy.Poly(to_order_one_over_batch_size(lambda u, q: change(u, q) ** 2, sample), z)
    # The averages over z: of r z^k in the first-order term, of A'' z^k in the second.
    residuals = {0: r0, 1: r1, 3: r3}
    curvatures = {0: c0, 1: c1, 2: F}
    expected = (
        sum(factor * residuals[power] for (power,), factor in first.terms()) / gamma
        + sum(factor * curvatures[power] for (power,), factor in second.terms()) / 2
    )
    form = batch_norm.zeta_general_in_batch if in_batch else batch_norm.zeta_general
    values = {
        **{"kurtosis": RHO, "skewness": S, "scale": gamma, "fisher_information": F},
        **{"mean_curvature": c0, "curvature_moment": c1},
        **{"residual_mean": r0, "residual_moment": r1, "residual_cube": r3},
    }
    assert sympy.expand(coefficient(form, **values) - expected) == 0


# Every batch of a few values

LAWS = {
    "three values": ((-1.0, 0.5, 3.0), (0.5, 0.3, 0.2)),
    "three symmetric values": ((-1.0, 0.0, 1.0), (0.3, 0.4, 0.3)),
    "two values": ((0.0, 1.0, 2.0), (0.4, 0.0, 0.6)),
}
SIZES = (64, 128, 256, 512)


class Law:
    """A law of three values, standardised, and all batches drawn from it."""

    def __init__(self, name):
        values, chances = map(np.array, LAWS[name])
        self.chances = chances
        mean = chances @ values
        self.values = (values - mean) / np.sqrt(chances @ (values - mean) ** 2)

    def mean(self, array):
        return float(self.chances @ array)

    @property
    def moments(self):
        cube, fourth = self.mean(self.values**3), self.mean(self.values**4)
        return {"skewness": cube, "kurtosis": fourth - 3}

    def batches(self, size):
        """Return counts of the values, chance, mean and standard deviation of every batch.

        Batches of equal values, which have no normalised ones, are left out: their chance is
        below 1e-14.
        """
        first, second = np.meshgrid(np.arange(size + 1), np.arange(size + 1))
        counts = np.stack([first, second, size - first - second], axis=-1).reshape(-1, 3)
        counts = counts[(counts[:, 2] >= 0) & (counts.max(axis=1) < size)]
        mean = counts @ self.values / size
        spread = (self.values - mean[:, None]) ** 2
        std = np.sqrt((counts * spread).sum(axis=1) / size)
        return counts, multinomial.pmf(counts, size, self.chances), mean, std


def limit(scaled):
    """The value that scaled(M), a series in 1/M, has at M = oo, to about 1e-7 of it."""
    orders = np.vander([1 / size for size in SIZES], len(SIZES), increasing=True)
    return np.linalg.solve(orders, [scaled(size) for size in SIZES])[0]


@pytest.mark.parametrize("law", LAWS)
def test_every_batch_of_three_values_confirms_the_moments_of_the_batch_std(law):
    law = Law(law)
    population_std = 1.75

    def moments(size):
        _, chance, mean, std = law.batches(size)
        return chance @ mean**2, chance @ std, chance @ std**2, chance @ (1 / std)

    def deficit(size):
        return size * population_std * (1 - moments(size)[1])

    def variance(size):
        _, first, second, _ = moments(size)
        return size * population_std**2 * (second - first**2)

    def inverse(size):
        return size * (moments(size)[3] - 1) / population_std

    point = {
        "batch_size": 1000,
        "population_std": population_std,
        "kurtosis": law.moments["kurtosis"],
    }
    expected = 1000 * (population_std - batch_norm.batch_std_mean(**point))
    assert limit(deficit) == pytest.approx(expected, rel=1e-5)
    expected = 1000 * batch_norm.batch_std_variance(**point)
    assert limit(variance) == pytest.approx(expected, rel=1e-5)
    expected = 1000 * batch_norm.inverse_std_excess(**point)
    assert limit(inverse) == pytest.approx(expected, rel=1e-5)
    assert moments(64)[0] * population_std**2 == pytest.approx(
        batch_norm.batch_mean_variance(batch_size=64, population_std=population_std), rel=1e-12
    )


@pytest.mark.parametrize("law", LAWS)
def test_every_batch_of_three_values_confirms_the_second_orders(law):
    law = Law(law)
    rho = law.moments["kurtosis"]

    def averages(size):
        _, chance, mean, std = law.batches(size)
        yield size**2 * (chance @ mean**4)
        yield size * (chance @ (1 / std - 1) ** 2)
        yield size**2 * (chance @ (std - 1) ** 4)
        yield size * (size * (chance @ (mean / std) ** 2) - 1)

    # The fourth moment of the mean is known at every size.
    fourth, *_ = averages(64)
    assert fourth == pytest.approx(3 + rho / 64, rel=1e-10)
    orders = [limit(lambda size, k=k: list(averages(size))[k]) for k in range(4)]
    point = {"batch_size": 1000, "population_std": 1.0}
    expected = [
        1000**2 * batch_norm.batch_mean_fourth_moment(**point),
        1000 * batch_norm.inverse_std_spread(**point, kurtosis=rho),
        batch_norm.batch_std_fourth_moment(kurtosis=rho),
        batch_norm.normalised_mean_excess(**law.moments),
    ]
    np.testing.assert_allclose(orders, expected, rtol=1e-3)
    printed = batch_norm.normalised_mean_excess_printed(**law.moments)
    assert abs(printed / orders[3] - 1) > 0.3


def softplus(x):
    return np.logaddexp(0, x)


def sigmoid_slope(x):
    return expit(x) * expit(-x)


# A, A' and A'': A' = softplus, the paper's rectifier, has A = -Li_2(-e^x).
LOSSES = {
    "relu": (lambda x: -spence(1 + np.exp(x)), softplus, expit),
    "logistic": (softplus, expit, sigmoid_slope),
    "square": (lambda x: x**2 / 2, lambda x: x, np.ones_like),
}
SCALE, SHIFT = 0.8, 0.3
TEACHERS = {"calibrated": (SCALE, SHIFT), "of another teacher": (1.5, -0.4)}


class Student:
    """The loss A(x) - y x at x = SCALE z + SHIFT, y of mean A'(x) at the teacher's x."""

    def __init__(self, law, loss, labels):
        self.law = Law(law)
        self.potential, slope, curvature = LOSSES[loss]
        z, mean = self.law.values, self.law.mean
        scale, shift = TEACHERS[labels]
        self.labels = slope(scale * z + shift)
        x = SCALE * z + SHIFT
        residual, curvature = slope(x) - self.labels, curvature(x)
        self.parameters = self.law.moments | {
            "scale": SCALE,
            "fisher_information": mean(curvature * z**2),
            "mean_curvature": mean(curvature),
            "curvature_moment": mean(curvature * z),
            "residual_mean": mean(residual),
            "residual_moment": mean(residual * z),
            "residual_cube": mean(residual * z**3),
        }

    def loss(self, x):
        return self.potential(x) - self.labels * x

    def excess(self, size, *, in_batch):
        """(E loss(hhat) - E loss(hbar))/gamma^2 over all batches of a size."""
        counts, chance, mean, std = self.law.batches(size)
        z = self.law.values
        normalised = SCALE * (z - mean[:, None]) / std[:, None] + SHIFT
        change = self.loss(normalised) - self.loss(SCALE * z + SHIFT)
        weights = counts / size if in_batch else self.law.chances
        return chance @ (weights * change).sum(axis=1) / SCALE**2

    def predicted(self, form, **names):
        """The coefficient of 1/M that a form gives; `names` are those it calls otherwise."""
        known = self.parameters | {"batch_size": 1000} | names
        return 1000 * form.value(**{name: known[name] for name in form.domain})


students = pytest.mark.parametrize(
    "student", list(itertools.product(LAWS, LOSSES, TEACHERS)), ids=", ".join
)


@students
def test_every_batch_of_three_values_confirms_zeta(student):
    student = Student(*student)
    for in_batch, form in (
        (False, batch_norm.zeta_general),
        (True, batch_norm.zeta_general_in_batch),
    ):
        measured = limit(lambda size, own=in_batch: size * student.excess(size, in_batch=own))
        assert measured == pytest.approx(student.predicted(form), rel=1e-4)


@students
def test_the_printed_zeta_holds_for_calibrated_labels_without_skewness_only(student):
    *_, labels = student
    student = Student(*student)
    measured = limit(lambda size: size * student.excess(size, in_batch=False))
    printed = student.predicted(batch_norm.zeta_general_printed)
    skewness = student.parameters["skewness"] * student.parameters["curvature_moment"]
    holds = labels == "calibrated" and abs(skewness) < 1e-12
    assert (printed == pytest.approx(measured, rel=1e-4)) == holds


@pytest.mark.parametrize("law", LAWS)
def test_the_rectifier_is_the_general_form_with_the_sigmoid_for_curvature(law):
    student = Student(law, "relu", "calibrated")
    sigmoid = {
        "mean_sigmoid": student.parameters["mean_curvature"],
        "sigmoid_moment": student.parameters["curvature_moment"],
    }
    for name in ("zeta_{}_printed", "zeta_{}"):
        general = student.predicted(getattr(batch_norm, name.format("general")))
        rectified = student.predicted(getattr(batch_norm, name.format("relu")), **sigmoid)
        assert rectified == pytest.approx(general, rel=1e-14)
