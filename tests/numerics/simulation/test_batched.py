"""No bit of a result depends on how the networks were batched, split or shared out."""

import multiprocessing
import os
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_info, threadpool_limits

from numerics import fisher
from numerics.simulation.batched import aligned, in_chunks

# Odd sizes, whose matrices would not be aligned in memory by themselves; a tall one; and one whose
# tangent kernel is made of several blocks, over groups of layers that are not all as large.
SIZES = [
    {"depth": 3, "width": 49, "samples": 33},
    {"depth": 3, "width": 7, "samples": 13},
    {"depth": 2, "width": 3, "samples": 51},
    {"depth": 7, "width": 13, "samples": 83},
]
NETWORKS = 9


def spectrum(run, **batching):
    result = fisher.measure_spectrum(**{"networks": NETWORKS, **run, **batching}, device="cpu")
    return np.stack([result.trace.per_network, result.top_eigenvalue.per_network])


def networks(run, batching):
    """The ensemble, whose arguments are taken from the batching."""
    kept = {name: batching.pop(name) for name in set(batching) - {"chunk"}}
    return fisher.Ensemble(**{"networks": NETWORKS, "device": "cpu", **run, **kept})


def moments(run, **batching):
    result = fisher.measure_moments(networks(run, batching), **batching)
    return np.concatenate([one.per_network for one in vars(result).values()], axis=1).T


def single_input(run, **batching):
    drawn = networks({**run, "samples": 1}, batching)
    result = fisher.measure_single_input(drawn, **batching)
    return np.concatenate([result.mean_eigenvalue.per_network[:, None], result.product.per_network,
                           result.backward.per_network], axis=1).T  # fmt: skip


def mean_eigenvalue(run, **batching):
    return fisher.measure_mean_eigenvalue(networks(run, batching), **batching).per_network[None]


def coupled(run, **batching):
    drawn = networks(run, batching)
    result = fisher.measure_mean_eigenvalue(drawn, statistics="coupled", **batching)
    return result.per_network[None]


MEASURES = [spectrum, moments, single_input, mean_eigenvalue, coupled]


@pytest.fixture(params=MEASURES, ids=lambda measure: measure.__name__)
def measure(request, kind):
    if request.param is single_input and kind["network"] == "batch_norm":
        return spectrum
    if request.param is coupled and kind["network"] != "batch_norm":
        return mean_eigenvalue
    return request.param


@pytest.fixture(params=SIZES, ids=lambda sizes: "x".join(map(str, sizes.values())))
def run(request, kind):
    return {**kind, **request.param, "seed": 5}


@pytest.mark.parametrize("dtype", ["float64", "float32"])
def test_chunks_change_no_bit(measure, run, dtype):
    alone = measure(run, chunk=1, dtype=dtype)
    for chunk in (2, 3, 5, 8, None):
        assert np.array_equal(measure(run, chunk=chunk, dtype=dtype), alone)


def test_a_split_of_the_networks_changes_no_bit(measure, run):
    whole = measure(run)
    parts = [(0, 1), (1, 3), (4, 5)]
    split = [measure(run, first_network=first, networks=count) for first, count in parts]
    assert np.array_equal(np.concatenate(split, axis=1), whole)


def test_coupled_batch_norm_is_as_independent_of_its_batch():
    for sizes in SIZES:
        run = {"network": "batch_norm", **sizes, "seed": 5, "statistics": "coupled"}
        alone = spectrum(run, chunk=1)
        for chunk in (2, 3, 5, 8, None):
            assert np.array_equal(spectrum(run, chunk=chunk), alone)


def test_processes_change_no_bit():
    run = {"network": "batch_norm", **SIZES[0], "seed": 5}
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(2, mp_context=context) as pool:
        shares = [
            pool.submit(fisher.measure_spectrum, **run, networks=count, first_network=first,
                        device="cpu")
            for first, count in ((0, 4), (4, 5))
        ]  # fmt: skip
        joined = [share.result().top_eigenvalue.per_network for share in shares]
    assert np.array_equal(np.concatenate(joined), spectrum(run)[1])


def test_threads_are_given_back():
    def threads():
        blas = [one["num_threads"] for one in threadpool_info() if "numpy" in one["filepath"]]
        return [torch.get_num_threads(), *blas]

    within = []
    with threadpool_limits(2):
        before = threads()
        in_chunks(lambda part: within.append(threads()) or {"index": torch.ones(1)}, range(1), 1)
        assert threads() == before
    assert within == [[1] * len(before)]


def test_chunks_are_halved_until_they_fit():
    tried = []

    def evaluate(part):
        tried.append(len(part))
        if len(part) > 2:
            raise torch.OutOfMemoryError
        return {"index": torch.tensor([float(k) for k in part])}

    values = in_chunks(evaluate, range(4, 11), 8)
    assert values["index"].tolist() == [4, 5, 6, 7, 8, 9, 10]
    assert tried == [7, 4, 2, 2, 2, 1]


def test_one_network_that_does_not_fit_is_a_memory_error():
    def evaluate(part):
        torch.empty(2**50, dtype=torch.float64)  # beyond any address space

    with pytest.raises(MemoryError, match="do not fit in memory"):
        in_chunks(evaluate, range(4), 4)


def test_another_failure_is_not_taken_for_a_lack_of_memory():
    def evaluate(part):
        torch.zeros(2) @ torch.zeros(3)

    with pytest.raises(RuntimeError, match="inconsistent tensor size"):
        in_chunks(evaluate, range(4), 4)


def test_every_matrix_starts_on_a_cache_line():
    for dtype in (torch.float32, torch.float64):
        batch = aligned(3, 5, 7, 9, dtype=dtype, device=torch.device("cpu"))
        assert batch.shape == (3, 5, 7, 9)
        assert all(one.data_ptr() % 64 == 0 for one in batch.flatten(end_dim=1))
        assert all(one.is_contiguous() for one in batch.flatten(end_dim=1))


ONE_THREAD = """
from numerics.simulation.batched import one_thread
import scipy.linalg, torch
from threadpoolctl import threadpool_info
with one_thread():
    print(*(one["num_threads"] for one in threadpool_info() if one["user_api"] == "blas"))
"""


def test_one_thread_is_told_to_every_library_of_linear_algebra():
    # scipy brings one of its own, which is loaded late: its threads then wait in busy loops.
    environment = {**os.environ, "OPENBLAS_NUM_THREADS": "2"}
    asked = [sys.executable, "-c", ONE_THREAD]
    found = subprocess.run(asked, env=environment, capture_output=True, text=True, check=True)
    assert set(found.stdout.split()) == {"1"}
