"""Lipschitz constants over regions, and searches for violations of bounds."""

from itertools import pairwise, product

import numpy as np
import pytest
import torch
from scipy.optimize import linprog

from numerics import regularisation
from numerics.regularisation import NormSearch, lipschitz_constant
from numerics.regularisation.lipschitz_search import merged_norms, signed_paths
from numerics.regularisation.norms import Start


def network(sizes, seed, biases=True):
    random = np.random.default_rng(seed)
    weights = [random.normal(size=(above, below)) for below, above in pairwise(sizes)]
    return weights, [random.normal(size=above) * biases for above in sizes[1:]]


def by_all_patterns(weights, biases):
    """The greatest norm of a Jacobian over patterns of gates that an open set of inputs has."""
    hidden = [len(weight) for weight in weights[:-1]]
    found = 0.0
    for gates in product((0, 1), repeat=sum(hidden)):
        slopes, offset, rows, sides = np.eye(weights[0].shape[1]), 0.0, [], []
        for weight, bias, gate in zip(
            weights, biases, np.split(np.array(gates), np.cumsum(hidden)), strict=True
        ):
            slopes, offset = weight @ slopes, weight @ (offset + np.zeros(weight.shape[1])) + bias
            if weight is weights[-1]:
                break
            sign = 1 - 2 * gate
            rows.append(sign[:, None] * slopes)
            sides.append(-sign * offset)
            slopes, offset = gate[:, None] * slopes, gate * offset
        # Room s > 0 below every face: an open set.
        a, b = np.concatenate(rows), np.concatenate(sides)
        room = linprog(
            [*np.zeros(a.shape[1]), -1.0],
            A_ub=np.hstack([a, np.ones((len(a), 1))]),
            b_ub=b,
            bounds=[(None, None)] * a.shape[1] + [(None, 1.0)],
        )
        if room.success and room.x[-1] > 1e-9:
            found = max(found, np.linalg.norm(slopes, 2))
    return found


@pytest.mark.parametrize("sizes", [(1, 3, 2, 1), (2, 3, 1), (2, 3, 2, 1), (2, 2, 2, 2)])
@pytest.mark.parametrize("seed", [0, 1])
def test_the_constant_is_the_greatest_over_all_patterns_that_exist(sizes, seed):
    weights, biases = network(sizes, seed)
    expected = by_all_patterns(weights, biases)
    assert lipschitz_constant(weights=weights, biases=biases) == pytest.approx(expected, rel=1e-12)


def test_without_biases_one_input_has_two_rays():
    weights, _ = network((1, 4, 4, 1), 3)

    def output(x):
        for weight in weights[:-1]:
            x = np.maximum(weight @ x, 0)
        return (weights[-1] @ x)[0]

    expected = max(abs(output(np.array([side]))) for side in (-1.0, 1.0))
    assert lipschitz_constant(weights=weights) == pytest.approx(expected, rel=1e-13)


def test_a_region_that_is_small_and_one_far_away_are_found():
    weights, last = [[1.0], [1.0], [1.0]], [[1.0, -2.0, 1.0]]
    for scale in (1e-3, 1e6):
        biases = [np.array([0.0, -1.0, -2.0]) * scale, [0.0]]
        assert lipschitz_constant(weights=[weights, last], biases=biases) == 1
    far = [np.array([0.0, -1e8]), [0.0]]
    assert lipschitz_constant(weights=[[[1.0], [1.0]], [[1.0, 5.0]]], biases=far) == 6


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"weights": [np.ones((1, 3))]}, "must have 1 or 2 columns"),
        ({"weights": [np.ones((1, 2))], "biases": []}, "biases of 0 layers: must be of 1"),
        ({"weights": [np.ones((1, 2))], "biases": [[1.0, 2.0]]}, r"biases\[0\] of shape \(2,\)"),
        ({"weights": [np.ones((1, 2))], "biases": [[np.inf]]}, "must be 1 finite numbers"),
        ({"weights": [np.ones((1, 2))], "biases": [[1e200]]}, "units of up to 1e.200: must be"),
        (
            {"weights": [np.full((3, 1), 1e200), np.full((1, 3), 1e200)]},
            r"weights\[0\]: units of up to 1e\+200: must be 1e\+150 at most",
        ),
    ],
)
def test_what_is_no_network_of_one_or_two_inputs_is_named(arguments, words):
    with pytest.raises(ValueError, match=words):
        lipschitz_constant(**arguments)


def test_complex_weights_and_biases_are_refused():
    one = np.ones((1, 1))
    for wrong in ({"weights": [1j * one]}, {"weights": [one], "biases": [1j * one[0]]}):
        with pytest.raises(TypeError, match="of complex128: must be an array of real numbers"):
            lipschitz_constant(**wrong)


def test_weights_that_are_nearly_too_large_have_a_constant():
    assert lipschitz_constant(weights=[[[1e75, 0.0]], [[-7e74]]]) == pytest.approx(7e149)


def test_exact_constants_are_below_every_bound_and_above_every_gradient():
    found = regularisation.measure_exact_constants(
        Start(depth=3, width=3, inputs=2, networks=30, seed=5)
    )
    for ratio in vars(found).values():
        assert (ratio.per_network <= 1 + 1e-12).all()
        assert ratio.per_network.max() > 0.2
    with pytest.raises(ValueError, match=r"inputs = 3: must be an integer in \[1, 2\]"):
        regularisation.measure_exact_constants(
            Start(depth=3, width=3, inputs=3, networks=3, seed=5)
        )


def test_signed_paths_and_merged_norms_are_their_definitions():
    first, second, last = (torch.tensor(weight) for weight in network((2, 3, 2, 1), 7)[0])
    weights = [first[None], second[None], last[None]]
    sums = np.zeros((2, 2))
    for i, j, k in product(range(2), range(3), range(2)):
        path = float(last[0, k] * second[k, j] * first[j, i])
        sums[0 if path > 0 else 1, i] += abs(path)
    assert signed_paths(weights)[0].numpy() == pytest.approx(sums.max(axis=0))

    def size(matrix):
        return float(np.linalg.norm(matrix.numpy(), 2))

    expected = (
        size(last) * size(second) * size(first)
        + size(last @ second) * size(first)
        + size(last) * size(second @ first)
        + size(last @ second @ first)
    ) / 4
    assert float(merged_norms(weights)[0]) == pytest.approx(expected)


SEARCH = {"depth": 2, "width": 2, "inputs": 2, "norm": 1.5, "networks": 40, "seed": 2}
MEASURES = (regularisation.measure_extreme_products, regularisation.measure_extreme_paths)


@pytest.mark.parametrize("measure", MEASURES)
def test_a_search_depends_on_seed_and_index_alone(measure):
    whole = vars(measure(NormSearch(**SEARCH)))
    part = vars(measure(NormSearch(**{**SEARCH, "networks": 2, "first_network": 7})))
    for name, found in part.items():
        assert found.per_network == pytest.approx(whole[name].per_network[7:9], rel=1e-9)


def test_searches_come_near_to_the_sharp_bounds():
    found = vars(regularisation.measure_extreme_products(NormSearch(**SEARCH)))
    found |= vars(regularisation.measure_extreme_paths(NormSearch(**SEARCH)))
    bounds = {
        "gradient_at_spectral_norms": 1.5**2,
        "gradient_at_frobenius_norms": 1.5**2,
        "gradient_at_induced_norms": 2**0.5 * 1.5**2,
        "spectral_at_entrywise_norms": 1.5**2,
        "frobenius_at_entrywise_norms": 1.5**2,
        "spectral_at_induced_norms": 2 * 1.5**2,
        "gradient_over_path_norm": 1,
        "gradient_over_input_paths": 1,
        "gradient_over_signed_paths": 1,
        "gradient_over_merged_norms": 1,
        "path_norm_at_entrywise_norms": 0.75**2,
        "path_norm_at_induced_norms": 2 * 0.75**2,
    }
    assert found.keys() == bounds.keys()
    for name, bound in bounds.items():
        greatest = found[name].per_network.max()
        assert 0.9 * bound < greatest <= bound * (1 + 1e-12), name


@pytest.mark.parametrize("wrong", ["weights", "biases"])
def test_what_is_no_sequence_of_arrays_is_named(wrong):
    layers = {"weights": [[[1.0]]], "biases": [[0.0]]}
    with pytest.raises(TypeError, match=f"{wrong} = 3: must be a sequence of arrays of real"):
        lipschitz_constant(**layers | {wrong: 3})
