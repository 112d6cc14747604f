"""The regularity of stored points: right to nine digits, of any kind of sequence, or refused."""

import math

import mpmath
import numpy as np
import pytest
import torch

from numerics.trajectories import Regularity, regularity


@pytest.fixture(scope="module")
def trained():
    """Points of a small network in float32, losses and learning rates that change."""
    torch.manual_seed(3)
    network = torch.nn.Sequential(torch.nn.Linear(5, 8), torch.nn.Tanh(), torch.nn.Linear(8, 1))
    inputs, labels = torch.randn(40, 5), torch.randn(40, 1)
    optimiser = torch.optim.SGD(network.parameters(), lr=0.1, momentum=0.5)
    schedule = torch.optim.lr_scheduler.ExponentialLR(optimiser, 0.98)
    points, gaps, rates = [flat(network)], [], []
    for _ in range(30):
        loss = ((network(inputs) - labels) ** 2).mean()
        optimiser.zero_grad()
        loss.backward()
        gaps.append(loss.item())
        rates.append(optimiser.param_groups[0]["lr"])
        optimiser.step()
        schedule.step()
        points.append(flat(network))
    return torch.stack(points), gaps, rates


def flat(network):
    return torch.cat([one.detach().reshape(-1) for one in network.parameters()])


def exactly(points, gaps, rates):
    """(2) as it is printed, in 50 digits, and theta_T - theta_0."""
    with mpmath.workdps(50):
        exact = [[mpmath.mpf(float(x)) for x in point] for point in points]
        last, found = exact[-1], []
        for k, (gap, rate) in enumerate(zip(gaps, rates, strict=True)):
            eta = mpmath.mpf(rate)
            update = [(p - q) / eta for p, q in zip(exact[k], exact[k + 1], strict=True)]
            ahead = mpmath.fsum((p - e) * u for p, e, u in zip(exact[k], last, update, strict=True))
            found.append((ahead - eta / 2 * mpmath.fsum(u * u for u in update)) / mpmath.mpf(gap))
        squares = [(p - e) ** 2 for p, e in zip(exact[0], last, strict=True)]
        return np.array(found, dtype=float), float(mpmath.sqrt(mpmath.fsum(squares)))


def test_every_step_is_right_to_nine_digits(trained):
    points, gaps, rates = trained
    found = regularity(points=points, gaps=gaps, learning_rate=rates)
    expected, distance = exactly(points.numpy(), gaps, rates)
    np.testing.assert_allclose(found.per_step, expected, rtol=1e-9)
    assert found.parameter == found.per_step.min() == pytest.approx(expected.min(), rel=1e-9)
    assert found.distance == pytest.approx(distance, rel=1e-12)
    assert found.parameter < found.mean_parameter


def test_with_the_mean_gamma_the_theorem_is_an_identity(trained):
    points, gaps, rates = trained
    found = regularity(points=points, gaps=gaps, learning_rate=rates)
    right = found.distance**2 / (2 * sum(rates) * found.mean_parameter)
    assert found.average_gap == pytest.approx(right, rel=1e-12)
    weighted = np.average(found.per_step, weights=np.array(gaps) * rates)
    assert found.mean_parameter == pytest.approx(weighted, rel=1e-12)
    if found.parameter > 0:
        assert found.average_gap <= found.bound
    else:
        assert math.isnan(found.bound)


@pytest.mark.parametrize(
    "made",
    [
        lambda p: p.numpy(),
        lambda p: list(p),
        lambda p: iter(p),
        lambda p: (one.reshape(-1, 1) for one in p.numpy()),
    ],
    ids=["array", "list of tensors", "iterator", "generator"],
)
def test_points_may_be_any_sequence_or_iterator(trained, made):
    points, gaps, rates = trained
    one = regularity(points=points, gaps=gaps, learning_rate=rates)
    other = regularity(points=made(points), gaps=torch.tensor(gaps), learning_rate=rates)
    np.testing.assert_allclose(other.per_step, one.per_step, rtol=1e-6)


def test_numbers_may_be_held_in_tensors_with_gradients(trained):
    points, gaps, rates = trained
    one = regularity(points=points, gaps=gaps, learning_rate=rates)
    for made in (
        lambda values: torch.tensor(values, dtype=torch.float64, requires_grad=True),
        lambda values: [torch.tensor(x, dtype=torch.float64, requires_grad=True) for x in values],
    ):
        other = regularity(
            points=points.requires_grad_(), gaps=made(gaps), learning_rate=made(rates)
        )
        np.testing.assert_array_equal(other.per_step, one.per_step)


def test_steps_that_are_none_and_steps_at_the_end_are_no_matter_of_units():
    found = regularity(points=[[2.0], [2.0], [0.0], [0.0]], gaps=[1, 1, 1], learning_rate=1)
    assert found.per_step.tolist() == [0, 2, 0]
    found = regularity(points=[[1.0], [-1.0], [1e-200]], gaps=[1, 1e-320], learning_rate=1)
    assert found.per_step.tolist() == [0, math.inf]
    assert found.distance == 1


def test_points_of_any_unit_have_one_gamma():
    points = np.array([[3.0, 1.0], [1.0, 0.5], [0.0, 0.0]])
    one = regularity(points=points, gaps=[2.0, 1.0], learning_rate=0.5)
    for unit in (2.0**-470, 2.0**470):
        other = regularity(points=unit * points, gaps=unit**2 * np.array([2, 1]), learning_rate=0.5)
        np.testing.assert_allclose(other.per_step, one.per_step, rtol=1e-14)
        assert other.distance == pytest.approx(unit * one.distance, rel=1e-14)


def test_the_result_is_frozen(trained):
    points, gaps, rates = trained
    found = regularity(points=points, gaps=gaps, learning_rate=rates)
    assert isinstance(found, Regularity)
    with pytest.raises(AttributeError):
        found.distance = 0.0
    with pytest.raises(ValueError, match="read-only"):
        found.per_step[0] = 0


def test_rates_of_their_own_are_one_rate_in_other_units():
    random = np.random.default_rng(2)
    rates, gaps = np.array([0.1, 0.1, 2.0]), random.random(6)
    updates = random.normal(size=(6, 3))
    points = np.concatenate([np.zeros((1, 3)), -(rates * updates).cumsum(axis=0)])
    found = regularity(points=points / np.sqrt(rates), gaps=gaps, learning_rate=1.0)
    ahead = ((points[:-1] - points[-1]) * updates).sum(axis=1)
    expected = ahead - (rates * updates**2).sum(axis=1) / 2
    np.testing.assert_allclose(found.coherence, expected, rtol=1e-12)
    distance = np.sqrt(((points[0] - points[-1]) ** 2 / rates).sum())
    assert found.distance == pytest.approx(distance)


def test_a_gap_of_0_asks_nothing_or_too_much():
    found = regularity(points=[[1.0], [0.5], [2.0], [0.0]], gaps=[1, 0, 0], learning_rate=1)
    assert found.per_step.tolist()[1:] == [-math.inf, math.inf]
    assert found.parameter == -math.inf


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"gaps": [1.0, -0.1]}, r"gaps\[1\] = -0.1: must be finite and >= 0; below 0"),
        ({"gaps": [1.0, math.nan]}, r"gaps\[1\] = nan"),
        ({"gaps": []}, "must be at least one number"),
        ({"gaps": [1.0]}, "points: 3 of them, with 1 gaps: must be one more"),
        ({"gaps": [[1.0, 1.0]]}, r"gaps of shape \(1, 2\)"),
        ({"learning_rate": 0}, "learning_rate = 0: must be positive"),
        ({"learning_rate": [[0.1, 0.2]] * 2}, "has one rate for all parameters; divide"),
        ({"learning_rate": [0.1, -0.1]}, r"learning_rate\[1\] = -0.1: each must be positive"),
        ({"learning_rate": "0.1"}, "learning_rate: of <U3: must be one real number"),
        ({"learning_rate": {0.1, 0.2}}, "learning_rate: must be one real number"),
        ({"gaps": {1.0: 0, 2.0: 0}}, "gaps: must be a sequence of real numbers"),
        ({"gaps": b"ab"}, "gaps: of .S2: must be a sequence of real numbers"),
        ({"points": {0: [0.0], 1: [1.0], 2: [2.0]}}, "points = {0: .*must be an array"),
        ({"points": {0.0, 1.0, 2.0}}, "points = {0.0, 1.0, 2.0}: must be an array"),
        ({"points": b"abc"}, "points = b'abc': must be an array"),
        ({"points": ["1", "0", "2"]}, r"points\[2\]: of <U1: must be an array of real"),
        ({"points": [[0.0], [1.0], [1j]]}, r"points\[2\]: of complex128: must be an array of real"),
        ({"points": [[0.0], [1e-200], [2e-200]]}, r"points\[0\]: the step .* in another unit"),
        ({"points": [[1e308], [-1e308], [1e308]]}, r"points\[0\]: the step .* is inf, which"),
        ({"points": [[1e308], [-1e308], [-1e308]]}, r"points\[0\]: the step .* is inf, which"),
        ({"points": [[1e200], [1e199], [0.0]]}, r"points\[0\]: the step .* in another unit"),
        ({"learning_rate": 1e-300}, r"points\[0\]: the step .* is 1.5e\+300, which"),
        ({"points": [[0.0], [1.0], [math.inf]]}, r"points\[2\]: must be finite"),
        ({"points": [[0.0, 1.0], [1.0, 1.0], [1.0]]}, "must have as many"),
        ({"points": 3}, "points = 3: must be an array or an iterable"),
        ({"points": [["a"], [1.0], [1.0]]}, r"points\[0\]: of <U1: must be an array of real"),
    ],
)
def test_bad_input_is_told_in_one_line(changed, complaint):
    good = {"points": [[0.0], [1.0], [2.0]], "gaps": [1.0, 1.0], "learning_rate": 0.1}
    with pytest.raises((TypeError, ValueError), match=complaint) as caught:
        regularity(**{**good, **changed})
    assert "\n" not in str(caught.value)
