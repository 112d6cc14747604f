import numpy as np
import pytest
import torch

from numerics import fisher

pytestmark = [
    pytest.mark.cuda,
    pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device"),
]
SIZES = {"depth": 4, "width": 17, "samples": 33, "networks": 12, "seed": 4}


@pytest.fixture(params=["fixed", "coupled"])
def statistics(request, kind):
    if request.param == "coupled" and kind["network"] != "batch_norm":
        return "fixed"
    return request.param


def spectrum(kind, statistics, **options):
    result = fisher.measure_spectrum(**kind, **SIZES, statistics=statistics, **options)
    return np.stack([result.trace.per_network, result.top_eigenvalue.per_network])


def test_both_devices_see_the_same_networks(kind, statistics):
    on_cpu, on_cuda = (spectrum(kind, statistics, device=one) for one in ("cpu", "cuda"))
    np.testing.assert_allclose(on_cuda, on_cpu, rtol=1e-10)


def test_chunks_change_results_by_rounding_only(kind, statistics):
    whole = spectrum(kind, statistics, device="cuda")
    for chunk in (1, 5):
        chunked = spectrum(kind, statistics, device="cuda", chunk=chunk)
        np.testing.assert_allclose(chunked, whole, rtol=1e-12)


def test_mean_eigenvalues_agree(kind, statistics):
    on_cpu, on_cuda = (
        fisher.measure_mean_eigenvalue(
            fisher.Ensemble(**kind, **SIZES, device=one), statistics=statistics
        ).per_network
        for one in ("cpu", "cuda")
    )
    np.testing.assert_allclose(on_cuda, on_cpu, rtol=1e-10)


def test_moments_agree(kind):
    on_cpu, on_cuda = (
        fisher.measure_moments(fisher.Ensemble(**kind, **SIZES, device=one))
        for one in ("cpu", "cuda")
    )
    for name, one in vars(on_cpu).items():
        np.testing.assert_allclose(getattr(on_cuda, name).per_network, one.per_network, rtol=1e-10)
