"""Lipschitz constants and their bounds of the networks of the toy example."""

import numpy as np
import pytest
import torch

from numerics.regularisation import (
    Toy,
    lipschitz_constant,
    measure_toy_course,
    measure_trained_constants,
    path_norm,
)
from numerics.regularisation.training.constants import constants_and_bounds
from numerics.regularisation.training.toy import trained_runs

TINY = Toy(width=5, samples=60, updates=20, learning_rate=0.02, path=0.001)
RUN = {"networks": 4, "seed": 2}


def weights_of(runs, run):
    return [one[run].double().numpy() for one in runs.weights], [
        one[run, 0].double().numpy() for one in runs.biases
    ]


def test_constants_are_those_of_the_trained_weights():
    found = constants_and_bounds(TINY, **RUN)
    like = torch.empty(0)
    for end, (runs, _) in enumerate(trained_runs(TINY, [0, TINY.updates], 2, range(4), like)):
        for kind in range(4):
            weights, biases = weights_of(runs, kind * 4 + 1)
            constant, spectral, frobenius, entrywise, paths = found[1, end, kind]
            assert constant == lipschitz_constant(weights=weights, biases=biases)
            assert paths == pytest.approx(path_norm(weights=weights))
            assert spectral == pytest.approx(np.prod([np.linalg.norm(w, 2) for w in weights]))
            assert frobenius == pytest.approx(np.prod([np.linalg.norm(w) for w in weights]))
            assert entrywise == pytest.approx(np.prod([np.abs(w).sum() for w in weights]))


def test_path_norms_are_those_of_the_course():
    places = {"update": [20] * 4, "frequency": [1] * 4}
    kinds = ["none", "weight decay", "L1", "path"]
    course = measure_toy_course(TINY, **places, regulariser=kinds, **RUN)
    found = constants_and_bounds(TINY, **RUN)[:, 1, :, 4]
    np.testing.assert_allclose(found, course.path_norm.per_network, rtol=1e-5)


def test_rows_hold_what_they_say():
    found = constants_and_bounds(TINY, **RUN)
    rows = {
        name: one.per_network for name, one in vars(measure_trained_constants(TINY, **RUN)).items()
    }
    constants = found[..., 0]
    np.testing.assert_array_equal(rows["constant_at_the_start_and_in_the_end"], constants[:, :, 0])
    np.testing.assert_array_equal(rows["constant_under_L1_and_none"], constants[:, 1][:, [2, 0]])
    np.testing.assert_array_equal(rows["bounds_in_the_end"], found[:, 1, 0][:, [0, 1, 4, 2, 3]])
    np.testing.assert_array_equal(rows["bounds_under_path"], found[:, 1, 3][:, [0, 4, 1]])
    loose = found[..., 4] / constants
    np.testing.assert_allclose(
        rows["path_looseness_in_the_end_and_at_the_start"], loose[:, [1, 0], 0]
    )
    np.testing.assert_allclose(rows["path_looseness_under_path_and_none"], loose[:, 1][:, [3, 0]])


def test_a_network_is_the_same_whatever_is_drawn_beside_it():
    together = constants_and_bounds(TINY, **RUN)
    alone = constants_and_bounds(TINY, networks=1, seed=2, first_network=3)
    np.testing.assert_array_equal(together[3:], alone)


def test_a_step_of_a_regulariser_alone_can_raise_the_constant():
    """Where paths cancel whose weights are of unlike sizes; weight decay does not there."""
    below, above, step = np.array([[1.0], [10.0]]), np.array([[1.0, -0.1]]), 0.01

    def constant(first, second):
        return lipschitz_constant(weights=[first, second])

    assert constant(below, above) == pytest.approx(0, abs=1e-15)
    sparse = constant(below - step, above - step * np.sign(above))
    by_path = constant(
        below - step * np.abs(above.T), above - step * np.abs(below.T) * np.sign(above)
    )
    # (1 - s)^2 - (10 - s)(0.1 - s), and (1 - s)^2 - (10 - 0.1 s)(0.1 - 10 s)
    assert sparse == pytest.approx(0.99**2 - 9.99 * 0.09)
    assert by_path == pytest.approx(0.99**2 - 9.999 * 0.0)
    assert (round(sparse, 2), round(by_path, 2)) == (0.08, 0.98)
    decayed = (one * (1 - step / np.linalg.norm(one)) for one in (below, above))
    assert constant(*decayed) == pytest.approx(0, abs=1e-15)


def stepped(weights, step, order):
    """Weights after a step along the gradient of the sum over layers of a norm, by autograd."""
    matrices = [torch.tensor(one, dtype=torch.float64, requires_grad=True) for one in weights]
    sum(torch.linalg.matrix_norm(one, order) for one in matrices).backward()
    return [(one - step * one.grad).detach().numpy() for one in matrices]


def test_weight_decay_raises_no_constant_in_steps_shorter_than_every_norm():
    random = np.random.default_rng(0)
    for _ in range(20):
        weights = [random.normal(size=shape) for shape in ((4, 1), (4, 4), (4, 4), (1, 4))]
        weights[1] *= random.uniform(0, 0.1)
        step = min(map(np.linalg.norm, weights))
        for share in (0.1, 0.99):
            after = lipschitz_constant(weights=stepped(weights, share * step, "fro"))
            assert after <= lipschitz_constant(weights=weights)


@pytest.mark.parametrize("size", [0.004, 0.001])
def test_weight_decay_raises_the_constant_where_a_step_is_twice_as_long_as_a_norm(size):
    (after,) = stepped([[[size]]], 0.01, "fro")
    assert after == pytest.approx(size - 0.01)
    assert lipschitz_constant(weights=[after]) > size


@pytest.mark.parametrize(("step", "slope"), [(1e-2, 0.115), (1e-4, 0.00116)])
def test_weight_decay_of_spectral_norms_raises_the_constant_in_steps_of_any_size(step, slope):
    dead = [[[1.0], [-1.0]], [[0.0, -1.0], [3.0, 3.0]], [[100.0, 0.0]]]
    assert lipschitz_constant(weights=dead) == 0
    after = lipschitz_constant(weights=stepped(dead, step, 2))
    assert after == pytest.approx(slope, rel=0.01)


def test_weight_decay_raises_the_constant_of_a_network_with_biases():
    weights = [[[1.0], [1.0]], [[-1.0, -9.0]], [[1.0]]]
    biases = [[0.0, -1.0], [1.0], [0.0]]
    assert lipschitz_constant(weights=weights, biases=biases) == pytest.approx(1)
    after = stepped(weights, 0.01, "fro")
    # The second unit comes in at x > 1, where the sum of both has been 0 before the step.
    assert lipschitz_constant(weights=after, biases=biases) == pytest.approx(9.819, abs=0.001)
