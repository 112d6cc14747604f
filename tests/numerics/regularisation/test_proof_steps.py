"""Steps of a proof on small networks, against paths and segments written out."""

import itertools

import numpy as np
import pytest

from numerics.regularisation import measure_proof_steps, measure_steepest_share, proof_steps


def values(found):
    return {name: one.per_network for name, one in vars(found).items()}


def test_a_path_has_the_slopes_of_the_units_that_it_meets():
    random = np.random.default_rng(0)
    weights = [random.standard_normal((1, 3, 3)) for _ in range(2)]
    weights.append(random.standard_normal((1, 1, 3)))
    x = random.standard_normal((1, 5, 3))
    fits, error = proof_steps._path_sums(weights, x)
    assert fits[:, 0].tolist() == [False, True]
    assert error.max() < 1e-12
    for one in x[0]:
        u = weights[0][0] @ one
        v = weights[1][0] @ np.maximum(u, 0)
        total = sum(
            weights[0][0, b, a] * weights[1][0, c, b] * weights[2][0, 0, c]
            * (u[b] > 0) * (v[c] > 0) * one[a]
            for a, b, c in itertools.product(range(3), repeat=3)
        )  # fmt: skip
        assert total == pytest.approx(float(weights[2][0, 0] @ np.maximum(v, 0)))


def test_the_displays_hold_with_one_index_and_one_sign():
    found = values(measure_proof_steps(width=3, networks=80, seed=0))
    assert set(found["gate_shift"]) == {1}
    assert set(found["sign"]) == {1}
    assert 0.5 < found["quotient"].max() <= 1 + 1e-10
    assert found["gradient_error"].max() < 1e-12


def test_the_sign_of_the_paper_fails_for_a_bent_line_and_the_other_for_none():
    _, bent = proof_steps._fixed(2)
    unit = np.array([[[1.0, 0.0]]])
    gaps, _ = proof_steps._mean_values(bent, unit, -unit)
    assert gaps[0, 0] == pytest.approx(0.5)
    assert gaps[0, 1] == pytest.approx(-0.5)


def test_gradients_at_a_wrong_place_are_seen_to_be(monkeypatch):
    # with the gradient of the other end, mean values fail whatever the sign
    right = proof_steps._slopes

    def turned(weights, x):
        one, two, f = right(weights, x)
        return one[:, ::-1], two[:, ::-1], f

    monkeypatch.setattr(proof_steps, "_slopes", turned)
    found = values(measure_proof_steps(width=3, networks=20, seed=0))
    assert np.isnan(found["sign"]).any()


def test_slopes_of_random_signs_are_sums_over_either_side():
    found = measure_steepest_share(width=2, networks=4000, seed=0)
    assert set(found.per_network) == {0, 0.5, 1}
    assert found.estimate == pytest.approx(0.5, abs=5 * found.standard_error)


@pytest.mark.parametrize("measure", [measure_proof_steps, measure_steepest_share])
def test_a_network_depends_on_its_index_alone(measure, monkeypatch):
    whole = measure(width=3, networks=6, seed=1)
    monkeypatch.setattr(proof_steps, "_TOGETHER", 2)
    part = measure(width=3, networks=3, seed=1, first_network=2)
    if hasattr(whole, "per_network"):
        assert part.per_network.tolist() == whole.per_network[2:5].tolist()
        return
    for name, one in values(whole).items():
        np.testing.assert_allclose(values(part)[name], one[2:5], rtol=1e-9, atol=1e-15)
