import re

import numpy as np
import pytest
import torch

from numerics import batch_norm, fisher, generalisation
from numerics.simulation import arguments

A_SEED = f"must be an integer in [0, {2**64 - 1}]"
RUN = {"network": "resnet", "depth": 2, "width": 3, "samples": 4, "networks": 2, "seed": 0}
DROPPED = {"network": "stochastic_depth", "survival": 0.5}


def moments(*, chunk=None, **networks):
    return fisher.measure_moments(fisher.Ensemble(**networks), chunk=chunk)


@pytest.mark.parametrize("measure", [fisher.measure_spectrum, moments])
@pytest.mark.parametrize(
    ("wrong", "kind", "message"),
    [
        ({"depth": 0}, ValueError, "depth = 0: must be an integer >= 1"),
        ({"depth": 2.0}, TypeError, "depth = 2.0: must be an integer >= 1"),
        ({"depth": True}, TypeError, "depth = True: must be an integer >= 1"),
        ({"width": -3}, ValueError, "width = -3: must be an integer >= 1"),
        ({"width": float("nan")}, TypeError, "width = nan: must be an integer >= 1"),
        ({"samples": 0}, ValueError, "samples = 0: must be an integer >= 1"),
        ({"samples": None}, TypeError, "samples = None: must be an integer >= 1"),
        ({"networks": 0}, ValueError, "networks = 0: must be an integer in [1, 4294967296]"),
        (
            {"networks": 2**64},
            ValueError,
            f"networks = {2**64}: must be an integer in [1, 4294967296]",
        ),
        (
            {"width": 2**63},
            ValueError,
            f"width = {2**63}: must be an integer in [1, {2**63 - 1}]",
        ),
        (
            {"depth": 10**4500},
            ValueError,
            f"depth = 1.000e+4500: must be an integer in [1, {2**63 - 1}]",
        ),
        ({"depth": -(10**4500)}, ValueError, "depth = -1.000e+4500: must be an integer >= 1"),
        (
            {"first_network": -1},
            ValueError,
            "first_network = -1: must be an integer in [0, 4294967295]",
        ),
        ({"seed": -1}, ValueError, f"seed = -1: {A_SEED}"),
        ({"seed": "0"}, TypeError, f"seed = '0': {A_SEED}"),
        ({"chunk": 0}, ValueError, "chunk = 0: must be an integer >= 1"),
        (
            {"network": "resnet50"},
            ValueError,
            "network = 'resnet50': must be one of 'resnet', 'batch_norm', 'stochastic_depth'",
        ),
        ({"inputs": "mnist"}, ValueError, "inputs = 'mnist': must be one of 'gaussian', 'digits'"),
        ({"dtype": "half"}, ValueError, "dtype = 'half': must be one of 'float32', 'float64'"),
        ({"device": "tpu"}, ValueError, "device = 'tpu': must be one of 'auto', 'cpu', 'cuda'"),
        (
            {"network": "batch_norm", "samples": 1},
            ValueError,
            "samples = 1: must be an integer >= 2",
        ),
        ({**DROPPED, "survival": 1.5}, ValueError, "survival = 1.5: must be a number in [0, 1]"),
        (
            {**DROPPED, "survival": float("nan")},
            ValueError,
            "survival = nan: must be a number in [0, 1]",
        ),
        ({**DROPPED, "survival": True}, TypeError, "survival = True: must be a number in [0, 1]"),
        (
            {"network": "stochastic_depth", "survivors": 3},
            ValueError,
            "survivors = 3: must be an integer in [0, 2]",
        ),
        (
            {"inputs": "digits", "samples": 100},
            ValueError,
            "samples = 100: must be None or 300 for the digits, of which a part would not be "
            "whitened",
        ),
        (
            {"inputs": "digits", "samples": None, "width": 49},
            ValueError,
            "width = 49: must be an integer in [1, 48]",
        ),
    ],
)
def test_a_wrong_argument_is_named_with_what_is_allowed(measure, wrong, kind, message):
    with pytest.raises(kind) as error:
        measure(**{**RUN, **wrong})
    assert str(error.value) == message


@pytest.mark.parametrize(
    "kind",
    [
        {"network": "stochastic_depth"},
        {"network": "stochastic_depth", "survival": 0.5, "survivors": 1},
        {"network": "resnet", "survival": 0.5},
        {"network": "batch_norm", "survivors": 1},
    ],
)
def test_exactly_the_networks_that_drop_layers_say_how(kind):
    with pytest.raises(
        ValueError, match="give exactly one of them with network='stochastic_depth'"
    ):
        fisher.measure_spectrum(**{**RUN, **kind})


def test_only_batch_norm_has_coupled_statistics():
    with pytest.raises(
        ValueError, match=r"^statistics = 'coupled': must be 'fixed' with network='resnet'$"
    ):
        fisher.measure_spectrum(**RUN, statistics="coupled")


@pytest.mark.skipif(torch.cuda.is_available(), reason="there is a CUDA device")
def test_an_absent_device_is_named():
    with pytest.raises(ValueError, match=r"^device = 'cuda': must be 'cpu' or 'auto' here"):
        fisher.measure_spectrum(**RUN, device="cuda")


def test_numpy_integers_are_integers():
    given = {name: np.int64(RUN[name]) for name in ("depth", "width", "samples", "networks")}
    own, numpy_own = (fisher.measure_spectrum(**run).trace for run in (RUN, {**RUN, **given}))
    assert np.array_equal(own.per_network, numpy_own.per_network)


@pytest.mark.parametrize("values", [(1, 2), [1, 2], range(1, 3), np.array([1, 2])])
def test_a_sequence_may_be_of_any_kind(values):
    assert arguments.sequence("epochs", values) == (1, 2)


@pytest.mark.parametrize(
    ("values", "kind"),
    [(3, TypeError), ("12", TypeError), (np.array(3), TypeError), ((), ValueError)],
)
def test_what_is_no_sequence_or_empty_is_named(values, kind):
    with pytest.raises(kind, match=r"^epochs = .*: must be a sequence of at least one value$"):
        arguments.sequence("epochs", values)


def test_what_python_does_not_write_is_shown_by_its_size():
    huge = 10**4500
    with pytest.raises(ValueError, match=r"^rate = 1\.000e\+4500: must be a number in \[0, 1\]$"):
        arguments.real("rate", huge, minimum=0, maximum=1)
    with pytest.raises(TypeError, match=r"^flag = 1\.000e\+4500: must be True or False$"):
        arguments.boolean("flag", huge)
    with pytest.raises(ValueError, match=r"^kind = a list with an integer of more than 4300 digi"):
        arguments.choice("kind", [huge], ("one", "two"))


def test_sequences_of_integers_and_names_are_checked_one_by_one():
    assert arguments.integers("step", np.array([0, 3]), minimum=0) == (0, 3)
    with pytest.raises(ValueError, match=r"^step = 4: must be an integer in \[0, 3\]$"):
        arguments.integers("step", [0, 4], minimum=0, maximum=3)
    assert arguments.choices("kind", ["a"], "ab") == ("a",)
    with pytest.raises(ValueError, match=r"^kind = 'c': must be one of 'a', 'b'$"):
        arguments.choices("kind", ["a", "c"], "ab")


@pytest.mark.parametrize("values", [3, None])
def test_what_is_no_sequence_of_arrays_is_named(values):
    with pytest.raises(TypeError, match=r"^weights = .*: must be a sequence of arrays of real num"):
        arguments.real_arrays("weights", values)


@pytest.mark.parametrize("value", ["x", None, float("nan"), 1])
def test_only_a_truth_value_is_boolean(value):
    assert arguments.boolean("annealed", np.True_) is True
    with pytest.raises(TypeError, match=r"^annealed = .*: must be True or False$"):
        arguments.boolean("annealed", value)


def test_networks_beyond_the_keys_of_a_seed_are_named():
    assert arguments.network_range(2**32 - 2, 2) == range(2**32 - 2, 2**32)
    with pytest.raises(ValueError, match=r"^first_network = 4294967294, networks = 3: first_net"):
        arguments.network_range(2**32 - 2, 3)
    groups = fisher.Ensemble(**RUN | {"first_network": 2**30, "networks": 1})
    message = r"^first_network = 1073741824, networks = 1, draws = 4: .* at most 4294967296 / draws"
    with pytest.raises(ValueError, match=message):
        fisher.measure_expected_spectrum(groups, draws=4)


@pytest.mark.parametrize(
    "measure",
    [
        lambda seed: fisher.measure_spectrum(**RUN | {"seed": seed}),
        lambda seed: fisher.measure_moments(fisher.Ensemble(**RUN | {"seed": seed})),
        lambda seed: generalisation.measure_errors(
            generalisation.Task(dimension=4, samples=2, noise_variance=0.1),
            ridges=[1.0], networks=1, seed=seed,
        ),
        lambda seed: batch_norm.measure_batch_statistics(
            batch_norm.HiddenValues(distribution="gaussian", batch_size=4, batches=2),
            networks=1, seed=seed,
        ),
    ],
)  # fmt: skip
def test_every_measurement_takes_the_same_seeds(measure):
    measure(2**64 - 1)
    with pytest.raises(ValueError, match=f"^seed = {2**64}: {re.escape(A_SEED)}"):
        measure(2**64)
