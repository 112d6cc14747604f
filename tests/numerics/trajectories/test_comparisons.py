import numpy as np
import pytest
import torch
from torch.nn import functional

from numerics.simulation import keyed
from numerics.trajectories import regularity
from numerics.trajectories.comparisons import factors, measure_arms, shuffled, walk
from numerics.trajectories.models import Architecture, flattened, start
from numerics.trajectories.runs import Training, _shown, train

OPTIMISERS = ({"optimiser": "sgd"}, {"optimiser": "momentum"}, {"optimiser": "adam"})


def training(**changes):
    given = {
        "samples": 24, "batch_size": 8, "steps": 5, "learning_rate": 0.1, "loss": 2.0,
        "networks": 2, "seed": 4, "device": "cpu",
    }  # fmt: skip
    return Training(**{**given, **changes})


def measured(model="alexnet", arms=({},), **changes):
    return measure_arms(training(**changes), model=model, width=2, arms=arms)


def factors_by_definition(points, losses, rate):
    """gamma_k of inequality (2) over the squared distance."""
    found = regularity(points=points, gaps=losses, learning_rate=rate)
    return found.per_step / found.distance**2


def test_factors_are_those_of_the_definition():
    source = np.random.default_rng(1)
    points, losses = source.normal(size=(3, 7, 11)), source.uniform(0.5, 2, size=(3, 6))
    steps = np.diff(points, axis=1)
    found = factors(steps @ steps.transpose(0, 2, 1), losses, 0.3)
    expected = [factors_by_definition(*one, 0.3) for one in zip(points, losses, strict=True)]
    np.testing.assert_allclose(found, expected, rtol=1e-10)


@pytest.mark.parametrize("arm", OPTIMISERS)
def test_what_is_told_of_a_run_is_that_of_its_points(arm):
    found = measured(arms=(arm,))
    run = train(Architecture(model="alexnet", width=2), training(**arm), range(8))
    for network in range(2):
        points, losses = run.points[network].astype(float), run.losses[network]
        expected = factors_by_definition(points, losses, 0.1)
        assert found.least_factor.per_network[network, 0] == pytest.approx(expected.min())
        assert found.median_factor.per_network[network, 0] == pytest.approx(np.median(expected))
        assert found.mean_loss.per_network[network, 0] == pytest.approx(losses.mean())


def test_weighted_by_losses_the_mean_factor_is_the_same_on_any_path():
    found = measured(arms=OPTIMISERS)
    for whose in ("weighted_factor", "shuffled_weighted_factor", "walk_weighted_factor"):
        np.testing.assert_allclose(getattr(found, whose).per_network, 1, rtol=1e-9)


def test_training_is_descent_on_the_batches_that_are_shown():
    # Without batch norm, which makes much of rounding where a unit hardly varies.
    asked, network_of = training(steps=4), Architecture(model="resnet18", batch_norm="none")
    run = train(network_of, asked, range(2))
    images, labels = map(torch.tensor, asked.data)
    for network in range(2):
        model = network_of.built(1, channels=1, pixels=8, outputs=10)
        start(model, [keyed.generator(seed=4, network=network)])
        parameters = list(model.parameters())
        for step, batch in enumerate(_shown(asked, network)[:4]):
            loss = functional.cross_entropy(model(images[batch])[:, 0], labels[batch])
            assert run.losses[network, step] == pytest.approx(float(loss.detach()), rel=1e-5)
            gradients = torch.autograd.grad(loss, parameters)
            with torch.no_grad():
                for parameter, gradient in zip(parameters, gradients, strict=True):
                    parameter -= 0.1 * gradient
        end = flattened([one.detach() for one in parameters], 1)[0]
        np.testing.assert_allclose(run.points[network, -1], end, atol=1e-5)


def test_an_epoch_shows_every_sample_once():
    shown = _shown(training(steps=6), 3)
    assert shown.shape == (6, 8)
    assert set(shown[:3].flat) == set(shown[3:].flat)
    assert len(set(shown[:3].flat)) == 24


@pytest.mark.parametrize("model", ["vgg11", "unet"])
def test_a_network_hangs_on_its_number_alone(model):
    whole, part = measured(model, networks=5), measured(model, first_network=3, networks=2)
    for name, one in vars(whole).items():
        np.testing.assert_array_equal(one.per_network[3:], vars(part)[name].per_network)


def test_arms_share_their_start_and_their_batches():
    found = measured(arms=({}, {"optimiser": "adam"}, {}), steps=2, loss=0.0)
    np.testing.assert_array_equal(
        found.final_loss.per_network[:, 0], found.final_loss.per_network[:, 2]
    )
    assert (found.final_loss.per_network[:, 0] != found.final_loss.per_network[:, 1]).all()
    assert (found.steps_to_loss.per_network == 3).all()


def test_steps_in_another_order_have_the_same_products():
    products = np.arange(16.0).reshape(4, 4)
    found = shuffled(products + products.T, np.random.default_rng(3))
    assert found.sum() == (products + products.T).sum()
    assert sorted(np.diagonal(found)) == sorted(2 * np.diagonal(products))


def test_a_walk_has_steps_as_long_in_independent_directions():
    source, lengths = np.random.default_rng(5), np.array([1.0, 2.0, 3.0, 0.5])
    drawn = np.stack([walk(np.diag(lengths**2), 10, source) for _ in range(4000)])
    np.testing.assert_allclose(np.diagonal(drawn, axis1=1, axis2=2), [lengths**2] * 4000)
    cosines = drawn[:, *np.triu_indices(4, 1)] / np.outer(lengths, lengths)[np.triu_indices(4, 1)]
    assert np.abs(cosines.mean(axis=0)).max() < 0.03
    np.testing.assert_allclose((cosines**2).mean(axis=0), 1 / 10, rtol=0.12)


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"samples": 1}, "samples = 1: must be an integer in"),
        ({"batch_size": 25}, "batch_size = 25: must be an integer in"),
        ({"steps": 1}, "steps = 1: must be an integer >= 2"),
        ({"optimiser": "lamb"}, "optimiser = 'lamb': must be one of 'sgd'"),
        ({"learning_rate": -1.0}, "learning_rate = -1.0: must be a number in"),
        ({"loss": -1.0}, "loss = -1.0: must be a number in"),
    ],
)
def test_what_cannot_be_trained_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        training(**changed)
