"""One network at a time: what its random numbers depend on, and how workers find it."""

import pickle

import numpy as np
import pytest

from numerics.simulation.keyed import numpy_generator
from verify.ledger.identity import Identities
from verify.model.simulation import one_network

RUN = {"seed": 7, "device": "cpu"}


@one_network
def first_normal(generator, scale):
    """A number that tells one network from another."""
    return scale * generator.normal()


@one_network
def two_quantities(generator, scale):
    value = generator.normal()
    return {"normal": value, "square": value**2}


def drawn(measure, first, networks, scale=1.0):
    return measure({"scale": scale}, first_network=first, networks=networks, **RUN)


def test_a_number_is_the_quantity_value():
    (name,) = drawn(first_normal, 0, 3)
    assert name == "value"
    assert drawn(first_normal, 0, 3)["value"].shape == (3,)


def test_a_mapping_names_its_quantities():
    found = drawn(two_quantities, 0, 5)
    assert list(found) == ["normal", "square"]
    np.testing.assert_array_equal(found["square"], found["normal"] ** 2)


def test_a_network_is_the_same_in_whatever_block_it_is_drawn():
    whole = drawn(first_normal, 0, 10)["value"]
    parts = [drawn(first_normal, first, 1)["value"][0] for first in reversed(range(10))]
    assert whole.tolist() == parts[::-1]


def test_networks_of_one_seed_and_of_two_seeds_differ():
    values = {
        numpy_generator(seed=seed, network=network).normal()
        for seed in range(30)
        for network in range(30)
    }
    assert len(values) == 900


def test_the_values_of_a_point_arrive_by_name():
    assert drawn(first_normal, 0, 1, scale=3.0)["value"] == 3 * drawn(first_normal, 0, 1)["value"]


def test_what_the_simulation_does_not_take_is_an_error():
    with pytest.raises(TypeError, match="unexpected keyword argument 'width'"):
        first_normal({"scale": 1.0, "width": 3}, first_network=0, networks=1, **RUN)


def test_it_keeps_the_name_and_the_words_of_the_function():
    assert first_normal.__doc__ == "A number that tells one network from another."
    assert Identities().of(first_normal).name.startswith(f"{__name__}.first_normal")


def test_it_is_pickled_as_the_name_that_a_worker_imports():
    text = pickle.dumps(first_normal)
    assert len(text) < 200
    assert pickle.loads(text) is first_normal
