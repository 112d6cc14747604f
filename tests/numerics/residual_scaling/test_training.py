import numpy as np
import pytest
import torch

from numerics import residual_scaling
from numerics.residual_scaling.descent import draw
from numerics.simulation import keyed

NAMES = ("steps", "reached", "diverged", "dead", "final_loss", "fewest_steps")
RATES = (0.2, 0.05)


def training(**changes):
    given = {
        "data": "gaussian", "samples": 6, "dimension": 3, "learning_rates": RATES, "loss": 0.0,
        "steps": 4, "dtype": "float64",
    }  # fmt: skip
    return residual_scaling.Training(**{**given, **changes})


def descent_by_autograd(drawn, task, network, rate):
    """The loss before each step, written after the paper, of a network whose draws are given."""
    runs = draw(drawn, task, range(network, network + 1))
    weights = [one[0].clone().requires_grad_() for one in runs.weights]
    source = keyed.numpy_generator(seed=drawn.seed, network=network)
    losses = []

    def loss_of(inputs):
        hidden = runs.starts[0][inputs]
        for layer, weight in enumerate(weights, start=1):
            image = hidden @ weight.T
            if task.skips and layer < drawn.depth:
                image = hidden + drawn.tau * image
            hidden = torch.relu(image)
        gap = hidden @ runs.readouts[0].T - runs.targets[0][inputs]
        return gap.square().sum(dim=1).mean() / 2

    for _ in range(task.steps + 1):
        losses.append(float(loss_of(np.arange(task.samples)).detach()))
        inputs = np.arange(task.samples)
        if task.batch_size is not None:
            inputs = source.choice(task.samples, task.batch_size, False)
        gradients = torch.autograd.grad(loss_of(inputs), weights)
        for weight, gradient in zip(weights, gradients, strict=True):
            weight.data -= rate * gradient
    return losses


@pytest.mark.parametrize("skips", [True, False])
@pytest.mark.parametrize("batch_size", [None, 1])
def test_descent_is_that_of_autograd(skips, batch_size, ensemble):
    drawn = ensemble(tau=0.6, depth=3, width=8, networks=3)
    task = training(skips=skips, batch_size=batch_size)
    expected = np.array(
        [[descent_by_autograd(drawn, task, k, rate) for rate in RATES] for k in range(3)]
    )
    for steps in range(task.steps + 1):
        shorter = training(skips=skips, batch_size=batch_size, steps=steps)
        found = residual_scaling.measure_training(drawn, shorter)
        np.testing.assert_allclose(found.final_loss.per_network, expected[..., steps], rtol=1e-11)
    assert np.all(expected[..., 0] > expected[..., -1])
    assert not found.diverged.per_network.any()


def test_draws_have_the_laws_of_the_paper(ensemble):
    drawn = ensemble(depth=3, width=60, networks=30)
    task = training(samples=40, dimension=20, learning_rates=0.1)
    runs = draw(drawn, task, range(30))
    for skips, variances in ((True, (1, 1, 2)), (False, (2, 2, 2))):
        weights = draw(drawn, training(samples=1, skips=skips), range(30)).weights
        found = weights.square().mean(dim=(1, 2, 3)) * 60
        # The mean of 108,000 squares and more has a relative deviation of at most 0.0044.
        np.testing.assert_allclose(found, variances, rtol=5 * 0.0044)
    np.testing.assert_allclose(runs.readouts.square().mean(), 1 / 2, rtol=5 * (2 / 3600) ** 0.5)
    np.testing.assert_allclose(runs.targets.square().mean(), 1 / 2, rtol=5 * (2 / 2400) ** 0.5)
    # E ||h_0||^2 = 1 of unit inputs, with a variance of 5/m; inputs of one network hang together.
    energy = runs.starts.square().sum(dim=2).mean(dim=1)
    assert abs(energy.mean() - 1) <= 5 * (5 / 60 / 30) ** 0.5


def test_digits_have_their_classes_as_targets(ensemble):
    pytest.importorskip("sklearn")
    from numerics.simulation import data

    drawn = ensemble(depth=1, width=400, networks=1)
    task = training(data="digits", samples=20, dimension=10, learning_rates=0.1)
    runs = draw(drawn, task, range(1))
    images, labels = data.digits(width=10)
    np.testing.assert_array_equal(runs.targets[0, :, 1], labels[:20])
    np.testing.assert_array_equal(runs.targets[0].sum(dim=1), 1)
    assert 0 < labels[:20].sum() < 20
    # Of many units, ||h_0(x)||^2 is 1 and the angle of two inputs decides on their product.
    products = (runs.starts[0] @ runs.starts[0].T).numpy()
    unit = images[:20] / np.linalg.norm(images[:20], axis=1, keepdims=True)
    theta = np.arccos(np.clip(unit @ unit.T, -1, 1))
    exact = (np.sin(theta) + (np.pi - theta) * np.cos(theta)) / np.pi
    assert np.abs(products - exact).max() < 6 * (5 / 400) ** 0.5
    assert np.corrcoef(products.ravel(), exact.ravel())[0, 1] > 0.9


def test_steps_are_counted_to_the_first_small_loss(ensemble):
    drawn = ensemble(tau=0.5, depth=4, width=20, networks=3)
    losses = np.stack(
        [
            residual_scaling.measure_training(drawn, training(steps=k)).final_loss.per_network
            for k in range(5)
        ]
    )
    epsilon = float(np.sort(losses[3].ravel())[2])  # a loss that is met exactly is small
    found = residual_scaling.measure_training(drawn, training(loss=epsilon))
    small = losses <= epsilon
    assert small.any(axis=0).any()
    assert not small.any(axis=0).all()
    expected = np.where(small.any(axis=0), small.argmax(axis=0), 5)
    np.testing.assert_array_equal(found.steps.per_network, expected)
    np.testing.assert_array_equal(found.reached.per_network, small.any(axis=0))
    last = np.take_along_axis(losses, np.minimum(expected, 4)[None], axis=0)[0]
    np.testing.assert_allclose(found.final_loss.per_network, last, rtol=1e-12)
    np.testing.assert_array_equal(found.fewest_steps.per_network, expected.min(axis=1))


def test_with_batches_the_loss_of_all_is_looked_at_once_an_epoch(ensemble):
    drawn = ensemble(tau=0.5, depth=2, width=20, networks=4)
    task = training(batch_size=4, steps=9, loss=0.3)
    found = residual_scaling.measure_training(drawn, task).steps.per_network
    assert set(found.ravel()) <= {0, 2, 4, 6, 8, 9, 10}
    assert len(set(found.ravel())) > 2


def test_too_great_a_rate_diverges_and_says_so(ensemble):
    drawn = ensemble(tau=1.0, depth=8, width=20, networks=4)
    task = training(learning_rates=(1e-3, 1e3), steps=20, loss=0.01, dtype="float32")
    found = residual_scaling.measure_training(drawn, task)
    np.testing.assert_array_equal(found.diverged.per_network, [[0, 1]] * 4)
    np.testing.assert_array_equal(found.reached.per_network, 0)
    np.testing.assert_array_equal(found.steps.per_network, 21)
    assert np.all(found.final_loss.per_network[:, 1] > 1e8)
    assert np.all(np.isfinite(found.final_loss.per_network[:, 0]))
    # Beyond 1e8 times its start a loss is lost that no float overflows.
    start, once = (
        residual_scaling.measure_training(drawn, training(learning_rates=1e3, steps=steps))
        for steps in (0, 1)
    )
    ratio = once.final_loss.per_network / start.final_loss.per_network
    assert np.all(np.isfinite(ratio))
    np.testing.assert_array_equal(once.diverged.per_network, ratio > 1e8)
    assert once.diverged.per_network.any()
    # So great that the start overflows already.
    deep = ensemble(tau=1e3, depth=30, width=20, networks=2)
    found = residual_scaling.measure_training(deep, training(learning_rates=0.1, dtype="float32"))
    np.testing.assert_array_equal(found.diverged.per_network, 1)
    np.testing.assert_array_equal(found.final_loss.per_network, np.inf)


def test_networks_without_an_active_unit_are_told(ensemble):
    drawn = ensemble(depth=1, width=1, networks=60)
    task = training(samples=1, dimension=1, learning_rates=0.1, steps=3)
    found = residual_scaling.measure_training(drawn, task)
    dead = found.dead.per_network == 1
    assert 0.5 < dead.mean() < 0.95  # 3/4 of the starts
    targets = draw(drawn, task, range(60)).targets
    np.testing.assert_allclose(
        found.final_loss.per_network[dead], targets.square().sum(dim=(1, 2))[dead] / 2, rtol=1e-12
    )
    np.testing.assert_array_equal(found.steps.per_network[dead], 4)


@pytest.mark.parametrize("batch_size", [None, 2])
def test_run_k_depends_on_seed_and_k_and_its_own_rate_alone(batch_size, ensemble):
    # One rate diverges and leaves the others; a small loss lets runs stop at different steps.
    changes = {
        "learning_rates": (0.2, 300.0, 0.05), "batch_size": batch_size, "steps": 12, "loss": 0.3,
        "dtype": "float32", "samples": 5,
    }  # fmt: skip
    sizes = {"tau": 0.5, "depth": 4, "width": 21}
    whole = residual_scaling.measure_training(ensemble(**sizes), training(**changes))
    assert len(set(whole.steps.per_network.ravel())) > 3
    for first, networks, chunk in ((0, 5, 2), (3, 2, None), (4, 1, 1)):
        drawn = ensemble(**sizes, first_network=first, networks=networks)
        part = residual_scaling.measure_training(drawn, training(**changes), chunk=chunk)
        for name in NAMES:
            np.testing.assert_array_equal(
                getattr(part, name).per_network,
                getattr(whole, name).per_network[first : first + networks],
            )
    for column, rate in enumerate(changes["learning_rates"]):
        alone = residual_scaling.measure_training(
            ensemble(**sizes), training(**{**changes, "learning_rates": rate})
        )
        for name in NAMES[:-1]:
            expected = getattr(whole, name).per_network[:, column]
            np.testing.assert_array_equal(getattr(alone, name).per_network, expected)


def test_kinds_are_trained_as_each_by_itself(ensemble):
    drawn = ensemble(tau=0.5, depth=4, width=20)
    task = training(steps=20, loss=0.3)
    kinds = ({"tau": 0.1}, {"skips": False, "depth": 2}, {"learning_rates": 0.0})
    found = residual_scaling.measure_training_by_kind(drawn, task, kinds=kinds)
    alone = [
        residual_scaling.measure_training(ensemble(**{**vars(drawn), "tau": 0.1}), task),
        residual_scaling.measure_training(
            ensemble(**{**vars(drawn), "depth": 2}), training(steps=20, loss=0.3, skips=False)
        ),
    ]
    for column, one in enumerate(alone):
        steps, losses = one.steps.per_network, one.final_loss.per_network
        np.testing.assert_array_equal(found.fewest_steps.per_network[:, column], steps.min(axis=1))
        np.testing.assert_array_equal(found.least_loss.per_network[:, column], losses.min(axis=1))
    # Without a step there is the loss of the start.
    start = residual_scaling.measure_training(drawn, training(steps=0, learning_rates=0.0))
    np.testing.assert_allclose(
        found.least_loss.per_network[:, 2], start.final_loss.per_network, rtol=1e-12
    )
    with pytest.raises(ValueError, match=r"^tau = -1: must be a number in "):
        residual_scaling.measure_training_by_kind(drawn, task, kinds=[{"tau": -1}])
    with pytest.raises(ValueError, match=r"^kinds = .*: must be a sequence of at least one value"):
        residual_scaling.measure_training_by_kind(drawn, task, kinds=())


def test_single_precision_sees_the_same_networks(ensemble):
    drawn = ensemble(tau=0.5, depth=4, width=20)
    one, other = (
        residual_scaling.measure_training(drawn, training(dtype=dtype)).final_loss.per_network
        for dtype in ("float32", "float64")
    )
    np.testing.assert_allclose(one, other, rtol=1e-4)
    assert not np.array_equal(one, other)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [
        ({"data": "images"}, "data = 'images'"),
        ({"samples": 0}, "samples = 0"),
        ({"data": "digits", "samples": 301}, "samples = 301"),
        ({"dimension": 0}, "dimension = 0"),
        ({"data": "digits", "dimension": 49}, "dimension = 49"),
        ({"learning_rates": -1.0}, "learning_rates = -1.0"),
        ({"learning_rates": (0.1, float("inf"))}, "learning_rates = inf"),
        ({"learning_rates": ()}, r"learning_rates = \(\)"),
        ({"loss": -0.1}, "loss = -0.1"),
        ({"steps": -1}, "steps = -1"),
        ({"batch_size": 7}, "batch_size = 7"),
        ({"batch_size": 0}, "batch_size = 0"),
        ({"dtype": "float16"}, "dtype = 'float16'"),
    ],
)
def test_a_wrong_argument_is_named(changes, complaint):
    with pytest.raises(ValueError, match=f"^{complaint}: must be "):
        training(**changes)


def test_the_start_is_the_networks_own(ensemble):
    with pytest.raises(ValueError, match=r"^start = 'dense': must be one of 'own'"):
        residual_scaling.measure_training(ensemble(start="dense"), training())
