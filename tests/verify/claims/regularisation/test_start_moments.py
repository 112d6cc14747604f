"""Variances that claims on He's initialisation state, derived another way."""

import math
from collections import Counter
from itertools import pairwise, product

import numpy as np
import pytest

from numerics.regularisation import (
    Start,
    measure_norm_products,
    measure_path_norms,
    measure_squared_gradient,
)
from theory import regularisation as forms
from verify.claims.regularisation import start_moments as moments


def absolute_moment(power):
    """E |N(0, 2)|^power."""
    return 2**power * math.gamma((power + 1) / 2) / math.sqrt(math.pi)


def moment_over_paths(sizes, power):
    """E psi^power, expanded into products of as many paths, of weights that are independent."""
    nodes = list(product(*map(range, sizes)))
    paths = [[(layer, *ends) for layer, ends in enumerate(pairwise(path))] for path in nodes]
    scale = math.prod(sizes[:-1]) ** (power / 2)
    total = 0.0
    for several in product(paths, repeat=power):
        counts = Counter(weight for path in several for weight in path)
        total += math.prod(map(absolute_moment, counts.values()))
    return total / scale


@pytest.mark.parametrize("sizes", [(3, 1), (1, 3, 1), (2, 2, 1), (2, 1, 3, 1), (1, 2, 2, 1)])
def test_moments_of_path_norms_are_sums_over_paths(sizes):
    expanded = [moment_over_paths(sizes, power) for power in (1, 2, 4)]
    assert moments.path_norm_moments(sizes) == pytest.approx(expanded, rel=1e-12)


@pytest.mark.parametrize(
    ("depth", "width", "inputs"), [(1, 4, 7), (2, 5, 1), (3, 16, 2), (4, 24, 8)]
)
def test_their_first_two_moments_are_the_forms(depth, width, inputs):
    mean, square, _ = moments.path_norm_moments([inputs, *[width] * (depth - 1), 1])
    at = {"depth": depth, "width": width, "inputs": inputs}
    assert mean == pytest.approx(forms.mean_path_norm(**at), rel=1e-12)
    assert square == pytest.approx(forms.mean_square_path_norm(**at), rel=1e-12)


START = Start(depth=3, width=5, inputs=2, networks=400, seed=3, group=200)
SIZES = [2, 5, 5, 1]


@pytest.mark.parametrize(
    ("measured", "derived"),
    [
        (lambda: measure_path_norms(START).path_norm, None),
        (lambda: measure_norm_products(START).frobenius_product, moments.frobenius_variance),
        (lambda: measure_norm_products(START).entrywise_product, moments.entrywise_variance),
        (lambda: measure_squared_gradient(START), lambda sizes: moments.gradient_variance(3, 5, 2)),
    ],
    ids=["path norm", "frobenius", "entrywise", "gradient"],
)
def test_networks_vary_as_much(measured, derived):
    mean, square, _ = moments.path_norm_moments(SIZES)
    variance = square / mean**2 - 1 if derived is None else derived(SIZES)
    values = measured().per_network
    seen = values.var(ddof=1) / values.mean() ** 2 * START.group
    assert seen == pytest.approx(variance, rel=4 * (2 / START.networks) ** 0.5)


def test_a_chi_variable_of_one_and_of_two_degrees():
    assert moments.chi_variance(1) == pytest.approx(math.pi / 2 - 1, rel=1e-14)
    assert moments.chi_variance(2) == pytest.approx(4 / math.pi - 1, rel=1e-14)


def test_gradients_of_single_units_are_products_of_squares():
    # (w_1 w_2)^2/2 of N(0, 2): E w^4 = 12.
    assert moments.gradient_variance(3, 1, 1) == pytest.approx(144 / 16 - 1, rel=1e-14)
    assert moments.gradient_variance(2, 1, 1) == pytest.approx(12 / 4 - 1, rel=1e-14)
    with pytest.raises(ValueError, match="depth = 4: must be 2 or 3"):
        moments.gradient_variance(4, 2, 2)


def test_gradients_of_three_matrices_by_the_parts_of_their_variance():
    """E over masks and W^1 of the conditional moments that the derivation names."""
    width, inputs, draws = 4, 2, 100_000
    random = np.random.default_rng(0)
    first = random.normal(scale=(2 / inputs) ** 0.5, size=(draws, width, inputs))
    gates = first @ random.normal(size=inputs) > 0
    rows = first[:, :, None, :] * np.stack([gates, ~gates], axis=-1)[..., None]
    gram = np.einsum("nias,niat->nast", rows, rows)
    given = 2 / width**3 * (gram**2).sum(axis=(1, 2, 3))
    mean = (first**2).sum(axis=(1, 2)) / width
    assert (given.mean() + mean.var()) / 4 == pytest.approx(
        moments.gradient_variance(3, width, inputs), rel=0.02
    )
