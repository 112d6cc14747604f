import numpy as np
import pytest
import torch

from numerics.simulation import keyed


def test_no_two_networks_of_a_run_share_a_stream():
    # Of so many numbers of 32 bits drawn at random, 19 pairs would be equal on average.
    networks = [*range(200_000), *range(2**32 - 200_000, 2**32)]
    streams = {keyed.stream(seed=3, network=k) for k in networks}
    assert len(streams) == len(networks)


def test_a_stream_is_fixed_for_good():
    # A change of these numbers silently changes every recorded measurement.
    assert keyed.stream(seed=0, network=0) == 770474016
    assert keyed.stream(seed=2**64 - 1, network=5) == 3923111558


def test_seeds_give_different_networks():
    seeds = [*range(2000), 2**32, 2**63, 2**64 - 1]
    draws = {
        tuple(keyed.generator(seed=seed, network=0).get_state()[:64].tolist()) for seed in seeds
    }
    assert len({keyed.stream(seed=seed, network=0) for seed in seeds}) == len(seeds)
    assert len(draws) == len(seeds)


def test_normals_of_a_network_do_not_depend_on_its_neighbours():
    def normals(networks):
        generators = [keyed.generator(seed=1, network=k) for k in networks]
        first = keyed.standard_normals(generators, 37)
        return torch.cat([first, keyed.standard_normals(generators, 5)], dim=1)

    together, alone = normals(range(9)), [normals([k]) for k in range(9)]
    assert torch.equal(together, torch.cat(alone))


def test_normals_have_the_moments_of_a_standard_normal():
    values = keyed.standard_normals([keyed.generator(seed=2, network=k) for k in range(64)], 4096)
    moments = np.array([(values.double() ** k).mean() for k in (1, 2, 3, 4)])
    # Standard deviations of the k-th sample moment: sqrt((E z^2k - (E z^k)^2) / n).
    deviations = np.sqrt(np.array([1, 2, 15, 96]) / values.numel())
    assert np.all(np.abs(moments - [0, 1, 0, 3]) < 5 * deviations)


def test_signs_are_fair_and_their_own_in_every_network():
    def signs(networks):
        generators = [keyed.generator(seed=2, network=k) for k in networks]
        return torch.cat([keyed.random_signs(generators, 4095) for _ in range(2)], dim=1)

    values = signs(range(64))
    assert torch.equal(values.abs(), torch.ones_like(values))
    assert torch.equal(values[5:6], signs([5]))
    # The mean of a network's 8190 fair signs, and of the products of two networks', deviates by
    # 1/8190^(1/2).
    correlations = values.double() @ values.double().T / 8190 - torch.eye(64)
    assert torch.all(correlations.abs() < 6 / 8190**0.5)
    assert torch.all(values.double().mean(dim=1).abs() < 6 / 8190**0.5)


@pytest.mark.parametrize("key", [keyed.stream, keyed.generator, keyed.numpy_generator])
@pytest.mark.parametrize("seed", [-1, -(2**40), 2**64, 10**30])
def test_a_seed_of_no_64_bits_is_refused(seed, key):
    allowed = r"must be an integer in \[0, 18446744073709551615\]"
    with pytest.raises(ValueError, match=f"^seed = {seed}: {allowed}$"):
        key(seed=seed, network=0)


def test_a_network_beyond_the_key_space_is_refused():
    with pytest.raises(ValueError, match=r"^network = 4294967296: must be an integer in \[0, "):
        keyed.stream(seed=0, network=2**32)


@pytest.mark.parametrize("key", [(0, 0), (5, 7), (2**64 - 1, 2**64 - 1), (2**33, 3)])
def test_numpys_generator_is_philox_of_the_key(key):
    seed, network = key
    found = keyed.numpy_generator(seed=seed, network=network)
    expected = np.random.Generator(np.random.Philox(key=np.array(key, dtype=np.uint64)))
    assert repr(found.bit_generator.state) == repr(expected.bit_generator.state)
    assert found.normal(size=9).tolist() == expected.normal(size=9).tolist()
    assert found.integers(2**63, size=9).tolist() == expected.integers(2**63, size=9).tolist()
