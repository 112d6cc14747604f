import numpy as np
import pytest

from numerics import fisher

SIZES = {"depth": 3, "width": 3, "samples": 4, "seed": 2}


def averaged(kind, *, draws, **run):
    return fisher.measure_expected_spectrum(fisher.Ensemble(**kind, **SIZES, **run), draws=draws)


@pytest.mark.parametrize("draws", [1, 5, 7])
def test_statistics_are_those_of_the_dense_average(kind, jacobians, draws):
    # Five draws stack 20 samples, whose Gram matrix is formed; seven stack 28, and it is not.
    result = averaged(kind, networks=2, draws=draws)
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
    whole = averaged(kind, networks=4, draws=1)
    single = fisher.measure_spectrum(**kind, **SIZES, networks=4)
    assert np.array_equal(whole.top_eigenvalue.per_network, single.top_eigenvalue.per_network)


def test_the_average_has_a_smaller_top_eigenvalue_than_its_members_on_average(kind):
    groups = averaged(kind, networks=3, draws=6)
    members = fisher.measure_spectrum(**kind, **SIZES, networks=18).top_eigenvalue
    means = members.per_network.reshape(3, 6).mean(axis=1)
    assert np.all(groups.top_eigenvalue.per_network < means)
    assert np.all(groups.projected.per_network <= groups.top_eigenvalue.per_network)


def test_groups_measured_apart_join_without_seam(kind):
    whole = averaged(kind, networks=3, draws=3)
    late = averaged(kind, networks=2, first_network=1, draws=3)
    assert np.array_equal(whole.top_eigenvalue.per_network[1:], late.top_eigenvalue.per_network)


def test_no_draws_are_refused():
    with pytest.raises(ValueError, match=r"^draws = 0: must be an integer >= 1$"):
        averaged({"network": "resnet"}, networks=1, draws=0)
