import pytest

from numerics import fisher
from numerics.fisher.coupled import coupled_gram_matrix
from numerics.fisher.networks import Ensemble, draw, forward

SIZES = {"depth": 3, "width": 5, "samples": 7, "networks": 2, "seed": 3, "device": "cpu"}


def test_it_is_the_kernel_at_the_constant_vector():
    asked = Ensemble(network="batch_norm", **SIZES)
    drawn = draw(asked, range(2))
    passed = forward(asked, drawn)
    grams = [coupled_gram_matrix(drawn, passed, k) for k in range(2)]
    expected = [float(gram.sum()) / 7**2 / 5**2 for gram in grams]
    found = fisher.measure_mean_output_gradient(asked)
    assert found.per_network == pytest.approx(expected, rel=1e-12)


def test_another_network_is_refused():
    with pytest.raises(ValueError, match=r"^network = 'resnet': must be one of 'batch_norm'"):
        fisher.measure_mean_output_gradient(Ensemble(network="resnet", **SIZES))
