"""Gradient descent of many runs in one tensor program against a plain PyTorch loop over runs.

Both must find the same losses before any is timed.
"""

import numpy as np
import pytest
import torch

from numerics.fisher import Ensemble
from numerics.fisher.networks import draw
from numerics.learning_rate.descent import losses_of_descent

RATES = np.geomspace(1e-9, 0.03, 8)  # of which half diverge
STEPS = 50
TITLE = "gradient descent, D = 50, N = 200, float32: milliseconds a run of 50 steps, one thread"


def networks(depth):
    return Ensemble(
        network="resnet", depth=depth, width=50, samples=200, networks=1, seed=3,
        dtype="float32", device="cpu",
    )  # fmt: skip


def together(asked):
    return losses_of_descent(asked, RATES[None], steps=STEPS)[0]


def one_by_one(asked):
    with torch.inference_mode(False), torch.enable_grad():
        return np.array([_loop(asked, rate) for rate in RATES])


def _loop(asked, rate):
    drawn = draw(asked, range(1))
    inputs = drawn.inputs[0].clone()
    targets = (inputs[:, 0] > 0).to(inputs)
    weights = [one.clone().requires_grad_() for one in drawn.weights[:, 0]]
    optimiser = torch.optim.SGD(weights, lr=rate)
    losses = []
    for _ in range(STEPS + 1):
        hidden = inputs @ weights[0].T
        for weight in weights[1:]:
            hidden = hidden + hidden.relu() @ weight.T
        loss = (hidden.sum(dim=1) - targets).square().mean() / 2
        losses.append(loss.item())
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()
    return losses


def test_the_contenders_find_the_same_losses():
    own, other = (losses(networks(3))[:4] for losses in (together, one_by_one))
    np.testing.assert_allclose(own, other, rtol=1e-3)


@pytest.mark.parametrize("depth", [5, 20])
def test_many_runs_together_are_faster_than_a_loop(depth, best_times, report):
    own, other = best_times(lambda: together(networks(depth)), lambda: one_by_one(networks(depth)))
    report(
        TITLE,
        depth=f"{depth}",
        together=f"{own / len(RATES) * 1e3:.1f}",
        loop=f"{other / len(RATES) * 1e3:.1f}",
        ratio=f"{other / own:.1f}",
    )
    assert other > 1.6 * own
