import numpy as np
import pytest

from numerics import fisher

SIZES = {"depth": 3, "width": 3, "samples": 4, "seed": 2}


@pytest.mark.parametrize("draws", [1, 5, 7])
def test_statistics_are_those_of_the_dense_average(kind, jacobians, draws):
    # Five draws stack 20 samples, whose Gram matrix is formed; seven stack 28, and it is not.
    result = fisher.measure_expected_spectrum(**kind, **SIZES, draws=draws, networks=2)
    gradients = jacobians(2 * draws, **kind, **SIZES)
    weights = np.concatenate([[0], 2.0 ** np.arange(3) / 7])
    vector = np.repeat(np.sqrt(weights) / 3, 9)
    assert vector @ vector == pytest.approx(1)
    for group in range(2):
        of_group = gradients[group * draws : (group + 1) * draws]
        average = sum(one.T @ one / SIZES["samples"] for one in of_group) / draws
        top = np.linalg.eigvalsh(average)[-1]
        assert result.top_eigenvalue.per_network[group] == pytest.approx(top, rel=1e-10)
        projected = vector @ average @ vector
        assert result.projected.per_network[group] == pytest.approx(projected, rel=1e-10)


def test_one_draw_is_the_network_itself(kind):
    averaged = fisher.measure_expected_spectrum(**kind, **SIZES, draws=1, networks=4)
    single = fisher.measure_spectrum(**kind, **SIZES, networks=4)
    assert np.array_equal(averaged.top_eigenvalue.per_network, single.top_eigenvalue.per_network)


def test_the_average_has_a_smaller_top_eigenvalue_than_its_members_on_average(kind):
    averaged = fisher.measure_expected_spectrum(**kind, **SIZES, draws=6, networks=3)
    members = fisher.measure_spectrum(**kind, **SIZES, networks=18).top_eigenvalue
    means = members.per_network.reshape(3, 6).mean(axis=1)
    assert np.all(averaged.top_eigenvalue.per_network < means)
    assert np.all(averaged.projected.per_network <= averaged.top_eigenvalue.per_network)


def test_groups_measured_apart_join_without_seam(kind):
    run = {**kind, **SIZES, "draws": 3}
    whole = fisher.measure_expected_spectrum(**run, networks=3)
    late = fisher.measure_expected_spectrum(**run, networks=2, first_network=1)
    assert np.array_equal(whole.top_eigenvalue.per_network[1:], late.top_eigenvalue.per_network)


def test_no_draws_are_refused():
    with pytest.raises(ValueError, match=r"^draws = 0: must be an integer >= 1$"):
        fisher.measure_expected_spectrum(network="resnet", **SIZES, draws=0, networks=1)
