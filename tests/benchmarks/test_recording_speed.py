"""What recording a trajectory costs beside the training step that it records.

The recording is timed by itself, of an optimiser without gradients, whose steps do nothing: of a
difference of two training times little would be left but noise. The points written must be those
of the model. Judging the run afterwards is timed too, as it is done once.
"""

import pytest
import torch
from torch import nn

from numerics.trajectories import record

STEPS, BATCH = 10, 128
TITLE = f"recording a trajectory, batches of {BATCH}, one thread: milliseconds a step"


def convolutional():
    """Three convolutions and a linear layer on images of 32 x 32: 94,000 weights."""
    return nn.Sequential(
        nn.Conv2d(3, 32, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(32, 64, 3, padding=1), nn.ReLU(), nn.MaxPool2d(2),
        nn.Conv2d(64, 128, 3, padding=1), nn.ReLU(), nn.AdaptiveAvgPool2d(1),
        nn.Flatten(), nn.Linear(128, 10),
    )  # fmt: skip


def perceptron():
    """Two hidden layers on 3072 inputs: 0.86 million weights."""
    return nn.Sequential(
        nn.Flatten(), nn.Linear(3072, 256), nn.ReLU(), nn.Linear(256, 256), nn.ReLU(),
        nn.Linear(256, 10),
    )  # fmt: skip


def contenders(network):
    """A training step, a recorded step without gradients, and what was recorded."""
    torch.manual_seed(1)
    model, still = network(), network()
    inputs, labels = torch.randn(BATCH, 3, 32, 32), torch.randint(0, 10, (BATCH,))
    optimiser = torch.optim.SGD(model.parameters(), lr=0.01)
    idle = torch.optim.SGD(still.parameters(), lr=0.01)

    def train():
        loss = nn.functional.cross_entropy(model(inputs), labels)
        optimiser.zero_grad()
        loss.backward()
        optimiser.step()

    with record(still, idle) as run:
        for _ in range(STEPS):
            run.loss(torch.tensor(1.0))
            idle.step()

    def recorded():
        with record(still, idle) as again:
            for _ in range(STEPS):
                again.loss(torch.tensor(1.0))
                idle.step()

    weights = nn.utils.parameters_to_vector(still.parameters()).detach()
    return train, recorded, run, weights


@pytest.mark.parametrize(("network", "goal"), [(convolutional, 0.05), (perceptron, None)])
def test_recording_costs_little_beside_training(network, goal, best_times, report):
    train, recorded, run, weights = contenders(network)
    assert torch.equal(torch.from_numpy(run.points[STEPS].copy()), weights)
    step, recording, judging = best_times(train, recorded, run.regularity)
    ratio = recording / STEPS / step
    report(
        TITLE,
        network=network.__name__,
        weights=f"{len(weights):,}",
        training=f"{step * 1e3:.2f}",
        recording=f"{recording / STEPS * 1e3:.3f}",
        ratio=f"{ratio:.4f}",
        judging=f"{judging / STEPS * 1e3:.2f}",
    )
    assert goal is None or ratio < goal
