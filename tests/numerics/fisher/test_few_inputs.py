import numpy as np
import pytest

from numerics import fisher
from numerics.fisher import few_inputs

KINDS = [
    {"network": "resnet"},
    {"network": "stochastic_depth", "survival": 0.5},
    {"network": "stochastic_depth", "survivors": 1},
    {"network": "batch_norm"},
]
QUANTITIES = ("mean_eigenvalue", "top_share")


def few(kind, **changes):
    sizes = {"depth": 2, "width": 7, "samples": 3, "networks": 5, "seed": 4, "device": "cpu"}
    return fisher.measure_few_inputs(fisher.Ensemble(**{**kind, **sizes, **changes}))


@pytest.mark.parametrize("kind", KINDS, ids=str)
@pytest.mark.parametrize(("depth", "width", "samples"), [(1, 5, 2), (3, 4, 4), (2, 6, 3)])
def test_it_has_the_law_of_real_matrices(kind, depth, width, samples):
    # Two samples of 3,000 networks; five standard errors of their difference.  Fourth moments
    # are heavy-tailed, so the means of logarithms are compared as well as the means.
    sizes = {"depth": depth, "width": width, "samples": samples, "device": "cpu"}
    ours = fisher.measure_few_inputs(fisher.Ensemble(**kind, **sizes, networks=3_000, seed=1))
    theirs = fisher.measure_spectrum(**kind, **sizes, networks=3_000, seed=2)
    for name in QUANTITIES:
        for transformed in (np.asarray, np.log):
            x, y = (transformed(getattr(one, name).per_network) for one in (ours, theirs))
            error = np.sqrt((x.var() + y.var()) / 3_000)
            assert abs(x.mean() - y.mean()) <= 5 * error + 1e-12


def test_one_input_has_the_law_of_the_single_input():
    sizes = {"network": "resnet", "depth": 3, "width": 10, "samples": 1, "networks": 10_000}
    ours = fisher.measure_few_inputs(fisher.Ensemble(**sizes, seed=1))
    theirs = fisher.measure_single_input(fisher.Ensemble(**sizes, seed=2))
    ours, theirs = (one.mean_eigenvalue.per_network for one in (ours, theirs))
    # ||x||^2 has mean D here and equals D there.
    error = np.sqrt((ours.var() + theirs.var()) / 10_000)
    assert abs(ours.mean() - theirs.mean()) <= 5 * error


def test_one_input_is_all_of_the_trace():
    alone = few(KINDS[0], samples=1)
    np.testing.assert_allclose(alone.top_share.per_network, 1, rtol=1e-12)
    np.testing.assert_allclose(alone.share_between_inputs.per_network, 0, atol=1e-12)


def test_the_share_between_inputs_is_what_a_constant_kernel_has_off_its_diagonal():
    found = few(KINDS[0])
    rho = found.share_between_inputs.per_network
    np.testing.assert_allclose(rho + (1 - rho) / 3, found.top_share.per_network, rtol=1e-12)


def test_orthogonal_inputs_stay_so_in_a_linear_network():
    lost = fisher.Ensemble(
        network="stochastic_depth", survivors=0, depth=2, width=7, samples=3, networks=5, seed=4
    )
    share = fisher.measure_few_inputs(lost, orthogonal=True).top_share.per_network
    np.testing.assert_allclose(share, 1 / 3, rtol=1e-12)
    assert fisher.measure_few_inputs(lost).top_share.per_network.min() > 0.4


@pytest.mark.parametrize("kind", KINDS, ids=str)
def test_network_k_depends_on_seed_and_k_alone(kind):
    whole, part = few(kind), few(kind, first_network=3, networks=2)
    for name in QUANTITIES:
        expected = getattr(whole, name).per_network[3:]
        np.testing.assert_array_equal(getattr(part, name).per_network, expected)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"samples": 8}, "samples = 8"),
        ({"samples": 0}, "samples = 0"),
        ({"network": "batch_norm", "samples": 1}, "samples = 1"),
        ({"survival": 0.5}, "survival = 0.5"),
        ({"networks": 0}, "networks = 0"),
    ],
)
def test_what_cannot_be_measured_is_named(changes, complaint):
    with pytest.raises(ValueError, match=complaint):
        few(KINDS[0], **changes)


def test_orthogonal_inputs_have_a_squared_norm_of_the_width():
    ensemble = few_inputs.Ensemble(
        network="resnet", depth=1, width=5, samples=3, networks=2, seed=1, device="cpu"
    )
    signals, _ = few_inputs._passes(ensemble, range(2), orthogonal=True)
    products = signals[0] @ signals[0].mT
    np.testing.assert_allclose(products, np.stack([5 * np.eye(3)] * 2), atol=1e-12)
