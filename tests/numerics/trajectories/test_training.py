"""Perceptrons trained in bulk, against torch's own gradients and optimisers one by one."""

import numpy as np
import pytest
import torch
from torch import nn

from numerics.simulation.data import digits
from numerics.trajectories import measure_trained, training

WIDTH, STEPS, BATCH = 5, 12, 30
ACTIVATIONS = {"relu": nn.ReLU(), "tanh": nn.Tanh(), "sigmoid": nn.Sigmoid()}
BY_TORCH = {
    "sgd": lambda p: torch.optim.SGD(p, lr=0.05),
    "momentum": lambda p: torch.optim.SGD(p, lr=0.05, momentum=0.5),
    "adam": lambda p: torch.optim.Adam(p, lr=0.05, eps=1e-2),
}


def by_torch(start, order, optimiser, activation):
    """Points and losses of one network, in the order of the flat vector."""
    inputs, labels = (torch.from_numpy(one.copy()) for one in digits(width=48))
    model = nn.Sequential(nn.Linear(48, WIDTH), ACTIVATIONS[activation], nn.Linear(WIDTH, 1))
    model.double()
    first, second = model[0], model[2]
    with torch.no_grad():
        first.weight.copy_(start[: 48 * WIDTH].view(48, WIDTH).T)
        first.bias.copy_(start[48 * WIDTH : 49 * WIDTH])
        second.weight.copy_(start[49 * WIDTH : -1][None])
        second.bias.copy_(start[-1:])
    moved = BY_TORCH[optimiser](model.parameters())
    points, losses = [], []
    for k in range(STEPS + 1):
        parts = (first.weight.T, first.bias, second.weight, second.bias)
        points.append(torch.cat([one.detach().reshape(-1) for one in parts]))
        if k == STEPS:
            return torch.stack(points), torch.tensor(losses, dtype=torch.float64)
        loss = nn.functional.binary_cross_entropy_with_logits(
            model(inputs[order[k]])[:, 0], labels[order[k]]
        )
        moved.zero_grad()
        loss.backward()
        moved.step()
        losses.append(loss.item())
    raise AssertionError


@pytest.mark.parametrize("activation", ACTIVATIONS)
@pytest.mark.parametrize("optimiser", BY_TORCH)
def test_steps_are_those_of_torch(optimiser, activation):
    torch.manual_seed(2)
    start = torch.randn(3, 50 * WIDTH + 1, dtype=torch.float64) / 3
    order = torch.stack([torch.randperm(300)[: STEPS * 25] for _ in range(3)])
    order = order.view(3, STEPS, 25)
    data = [torch.from_numpy(one.copy()) for one in digits(width=48)]
    points, losses = training._train(
        start, order, *data, optimiser=optimiser, rate=0.05, width=WIDTH, activation=activation
    )
    for k in range(3):
        own_points, own_losses = by_torch(start[k], order[k], optimiser, activation)
        torch.testing.assert_close(points[k], own_points, rtol=1e-9, atol=1e-12)
        torch.testing.assert_close(losses[k], own_losses, rtol=1e-9, atol=0)


def test_what_is_judged_is_the_regularity_of_the_points():
    from numerics.trajectories import regularity

    random = np.random.default_rng(4)
    points, losses = random.normal(size=(6, 13, 4)).cumsum(axis=1), random.random((6, 12))
    found = training._judged(torch.from_numpy(points), torch.from_numpy(losses), 0.1, 4)
    for k in range(6):
        one = regularity(points=points[k], gaps=losses[k], learning_rate=0.1)
        assert found["obeyed"][k] == (one.parameter > 0)
        assert found["steps_obeyed"][k] == (one.per_step > 0).mean()
        right = one.distance**2 / (2 * 0.1 * 12 * one.parameter)
        assert float(found["tightness"][k]) == pytest.approx(one.average_gap / right)
        of_epochs = regularity(
            points=points[k, ::4], gaps=losses[k].reshape(3, 4).sum(axis=1), learning_rate=0.1
        )
        assert found["obeyed_by_epochs"][k] == (of_epochs.parameter > 0)


def test_a_network_depends_on_its_number_alone():
    run = {"optimiser": "sgd", "learning_rate": 0.05, "epochs": 2, "width": 4, "seed": 3}
    whole = measure_trained(**run, networks=11, device="cpu")
    part = measure_trained(**run, networks=2, first_network=8, device="cpu")
    np.testing.assert_allclose(
        whole.tightness.per_network[8:10], part.tightness.per_network, rtol=1e-10
    )
    assert len(set(whole.tightness.per_network)) == 11


def test_the_theorem_holds_on_every_run_that_obeys_it():
    found = measure_trained(
        optimiser="momentum", learning_rate=0.05, epochs=3, networks=40, seed=1, device="cpu"
    )
    assert (found.tightness.per_network <= 1).all()
    assert ((found.tightness.per_network > 0) == found.obeyed.per_network).all()


@pytest.mark.parametrize(
    ("changed", "complaint"),
    [
        ({"optimiser": "lion"}, "optimiser = 'lion': must be one of 'sgd', 'momentum', 'adam'"),
        ({"batch_size": 128}, "batch_size = 128: must divide the 300 images"),
        ({"activation": "elu"}, "activation = 'elu'"),
        ({"learning_rate": 0}, "learning_rate = 0"),
    ],
)
def test_bad_input_is_told(changed, complaint):
    run = {"optimiser": "sgd", "learning_rate": 0.1, "epochs": 1, "networks": 1, "seed": 1}
    with pytest.raises(ValueError, match=complaint):
        measure_trained(**{**run, **changed}, device="cpu")
