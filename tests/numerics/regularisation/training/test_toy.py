"""The toy example of sines with noise."""

import numpy as np
import pytest

from numerics.regularisation import (
    Toy,
    measure_toy_course,
    measure_toy_orders,
    measure_toy_targets,
)
from numerics.regularisation.training.descent import REGULARISERS
from numerics.regularisation.training.toy import NOISE, NOISE_SIZE, TARGET, _targets
from numerics.simulation import keyed

TINY = Toy(width=6, samples=60, updates=12, learning_rate=0.01)


def course(toy, *, at=0, frequency=3, **run):
    places = {"update": [at] * 4, "frequency": [frequency] * 4, "regulariser": REGULARISERS}
    return measure_toy_course(toy, **places, **{"networks": 3, "seed": 2, **run})


def spectrum(toy, seed=0):
    outputs = _targets(toy, np.random.default_rng(seed))
    return np.abs(np.fft.rfft(outputs)) * 2 / toy.samples


def test_targets_hold_their_frequencies_alone_on_a_grid_that_is_open():
    found = spectrum(Toy())
    assert found[list(TARGET)] == pytest.approx(1)
    assert found[list(NOISE)] == pytest.approx(NOISE_SIZE)
    assert np.delete(found, [*TARGET, *NOISE]).max() < 1e-12


def all_targets(toy, **run):
    places = {"sample": range(toy.samples), "frequency": [0] * toy.samples}
    return measure_toy_targets(toy, **places, **{"networks": 3, "seed": 2, **run})


@pytest.mark.parametrize("grid", ["open", "closed"])
def test_targets_are_sines_of_eq_25_of_phases_of_their_own(grid):
    found = all_targets(Toy(grid=grid))
    angles = (
        2 * np.pi * np.outer(np.linspace(0, 1, 200, endpoint=grid == "closed"), [*TARGET, *NOISE])
    )
    waves = np.hstack([np.sin(angles), np.cos(angles)])
    fits = [
        np.linalg.lstsq(waves, one.per_network.T, rcond=None)[0]
        for one in (found.target, found.noisy_target)
    ]
    for one, fit in zip((found.target, found.noisy_target), fits, strict=True):
        np.testing.assert_allclose(waves @ fit, one.per_network.T, atol=1e-12)
    clean, noisy = (np.hypot(fit[:6], fit[6:]) for fit in fits)
    np.testing.assert_allclose(clean.T, [[1, 1, 1, 0, 0, 0]] * 3, atol=1e-12)
    np.testing.assert_allclose(noisy.T, [[1, 1, 1, 0.4, 0.4, 0.4]] * 3, atol=1e-12)
    phases = np.arctan2(fits[1][6:], fits[1][:6])
    assert (np.diff(np.sort(phases.ravel())) > 0).all()
    np.testing.assert_allclose(fits[0][:3], fits[1][:3], atol=1e-12)


def test_coefficients_of_targets_are_sums_over_the_grid():
    toy, frequencies = Toy(samples=60), range(31)
    run = {"networks": 2, "seed": 5}
    found = measure_toy_targets(toy, sample=[0] * 31, frequency=frequencies, **run)
    values = all_targets(toy, **run)
    waves = np.exp(-2j * np.pi * np.outer(frequencies, np.arange(60)) / 60)
    for one, other in (
        (found.target_coefficient, values.target),
        (found.noisy_coefficient, values.noisy_target),
    ):
        expected = np.abs(waves @ other.per_network.T).T / 30
        np.testing.assert_allclose(one.per_network, expected, atol=1e-12)


def test_the_targets_that_are_shown_are_those_that_networks_learn():
    shown = all_targets(TINY, networks=2, first_network=3).noisy_target.per_network
    learnt = [_targets(TINY, keyed.numpy_generator(seed=2, network=k)) for k in (3, 4)]
    np.testing.assert_array_equal(shown, learnt)


def test_a_grid_that_holds_both_ends_leaks():
    toy, periods = Toy(grid="closed"), np.array([*TARGET, *NOISE])
    waves = np.exp(2j * np.pi * np.outer(periods, toy.inputs))
    sizes = np.where(periods < min(NOISE), 1, NOISE_SIZE)[:, None] / 1j / toy.samples
    # A sine of phase p adds ahead exp(ip) - behind exp(-ip) to a coefficient.
    ahead, behind = (sizes * np.fft.fft(one)[:, :101] for one in (waves, waves.conj()))
    # Its greatest part along exp(it), over p: coefficients add up where phases agree on a t.
    turn = np.exp(1j * np.linspace(0, np.pi, 361))[:, None, None]
    parts = np.abs(ahead / turn - (behind / turn).conj())
    greatest = parts.sum(axis=1).max(axis=0)
    assert np.delete(greatest[1:], periods - 1).max() == pytest.approx(0.0945, abs=1e-4)
    least = [
        np.abs(np.abs(ahead[place, k]) - np.abs(behind[place, k]))
        - np.delete(parts[..., k], place, axis=1).sum(axis=1).max()
        for place, k in enumerate(periods)
    ]
    off = np.maximum(greatest[list(NOISE)] - NOISE_SIZE, NOISE_SIZE - np.array(least)[3:])
    assert off.max() == pytest.approx(0.0485, abs=1e-4)
    # As the networks' own targets show.
    found = np.array([spectrum(toy, seed) for seed in range(200)])
    assert (found <= greatest * (1 + 1e-4) + 1e-12).all()
    leaks = np.delete(found[:, 1:], periods - 1, axis=1).max(axis=1)
    assert np.median(leaks) == pytest.approx(0.07, abs=0.005)
    worst = np.abs(found[:, list(NOISE)] - NOISE_SIZE).max(axis=1)
    assert np.median(worst) == pytest.approx(0.023, abs=0.005)
    assert worst.max() < 0.0486


def test_a_network_is_the_same_whatever_is_drawn_beside_it():
    together = measure_toy_orders(TINY, networks=5, seed=3)
    for name, found in vars(together).items():
        alone = [
            vars(measure_toy_orders(TINY, networks=1, seed=3, first_network=k))[name].per_network
            for k in range(5)
        ]
        np.testing.assert_array_equal(found.per_network, np.concatenate(alone))


def test_the_course_ends_where_the_orders_are_seen():
    ends = course(TINY, at=TINY.updates)
    orders = measure_toy_orders(TINY, networks=3, seed=2)
    decay, none = orders.norms_under_weight_decay_and_none.per_network.T
    np.testing.assert_array_equal(ends.frobenius_norms.per_network[:, 1], decay)
    np.testing.assert_array_equal(ends.frobenius_norms.per_network[:, 0], none)
    noise = sum(
        course(TINY, at=TINY.updates, frequency=k).coefficient.per_network for k in NOISE
    ) / (3 * NOISE_SIZE)
    np.testing.assert_allclose(noise[:, [3, 0]], orders.noise_under_path_and_none.per_network)


def test_regularisers_share_their_start_and_part_from_then_on():
    start, later = course(TINY).path_norm.per_network, course(TINY, at=12).path_norm.per_network
    assert (start == start[:, :1]).all()
    assert (np.diff(np.sort(later, axis=1), axis=1) > 0).all()


def test_without_biases_at_the_start_networks_are_lines():
    toy = Toy(width=6, samples=60, updates=1, biases="zero")
    low, high = (course(toy, frequency=k).coefficient.per_network for k in (3, 23))
    # of a line of slope a, |F| at k on N points is 2 a/(N 2 sin(pi k/N))
    expected = np.sin(np.pi * 3 / 60) / np.sin(np.pi * 23 / 60)
    np.testing.assert_allclose(high / low, expected, rtol=1e-4)


def test_training_learns_the_lowest_frequency_first():
    toy = Toy(width=24, samples=64, updates=150, learning_rate=0.01)
    learnt = [course(toy, at=150, frequency=k).coefficient.estimate[0] for k in (3, 9)]
    assert learnt[0] > 0.5
    assert learnt[0] > 2 * learnt[1]


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"width": 0}, "width = 0"),
        ({"samples": 52}, "samples = 52"),
        ({"updates": 0}, "updates = 0"),
        ({"learning_rate": -1}, "learning_rate = -1"),
        ({"path": -0.1}, "path = -0.1"),
        ({"biases": "none"}, "biases = 'none'"),
        ({"grid": "half"}, "grid = 'half'"),
        ({"dtype": "float16"}, "dtype = 'float16'"),
    ],
)
def test_what_is_not_allowed_is_named(wrong, message):
    with pytest.raises(ValueError, match=message):
        Toy(**wrong)


def test_places_are_checked():
    with pytest.raises(ValueError, match="update = 13"):
        course(TINY, at=13)
    with pytest.raises(ValueError, match="frequency = 31"):
        course(TINY, frequency=31)
    for wrong in ({"sample": [60], "frequency": [0]}, {"sample": [0], "frequency": [31]}):
        name = next(name for name, one in wrong.items() if one != [0])
        with pytest.raises(ValueError, match=f"{name} = {wrong[name][0]}"):
            measure_toy_targets(TINY, **wrong, networks=1, seed=0)


SEQUENCE = "must be a sequence of at least one value"


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"regulariser": "none"}, f"regulariser = 'none': {SEQUENCE}"),
        ({"regulariser": None}, f"regulariser = None: {SEQUENCE}"),
        ({"update": 1}, f"update = 1: {SEQUENCE}"),
        ({"update": []}, rf"update = \[\]: {SEQUENCE}"),
        ({"frequency": 3}, f"frequency = 3: {SEQUENCE}"),
        ({"frequency": ()}, rf"frequency = \(\): {SEQUENCE}"),
        ({"update": [0, 1]}, "regulariser of 1, update of 2, frequency of 1: must be as long as"),
        ({"frequency": [0, 1]}, "update of 1, frequency of 2: must be as long as one another"),
    ],
)
def test_places_are_sequences_of_one_length(wrong, message):
    places = {"regulariser": ["none"], "update": [0], "frequency": [1]}
    with pytest.raises((TypeError, ValueError), match=message):
        measure_toy_course(TINY, **places | wrong, networks=1, seed=0)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"sample": 5}, f"sample = 5: {SEQUENCE}"),
        ({"sample": [60]}, r"sample = 60: must be an integer in \[0, 59\]"),
        ({"frequency": None}, f"frequency = None: {SEQUENCE}"),
        ({"sample": [0, 1]}, "sample of 2, frequency of 1: must be as long as one another"),
    ],
)
def test_places_of_targets_are_sequences_of_one_length(wrong, message):
    with pytest.raises((TypeError, ValueError), match=message):
        measure_toy_targets(TINY, **{"sample": [0], "frequency": [1]} | wrong, networks=1, seed=0)


def test_what_is_no_toy_is_named():
    with pytest.raises(TypeError, match=r"^toy = 3: must be of class Toy"):
        measure_toy_orders(3, networks=1, seed=0)
