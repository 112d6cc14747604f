"""Slow, independent references: one network at a time, gradients by autograd, dense matrices."""

import pytest
import torch

from numerics.fisher.networks import Ensemble, draw

# One of each architecture, with the arguments that it needs.
KINDS = [
    {"network": "resnet"},
    {"network": "batch_norm"},
    {"network": "stochastic_depth", "survival": 0.5},
    {"network": "stochastic_depth", "survivors": 2},
]


@pytest.fixture(params=KINDS, ids=lambda kind: "-".join(str(value) for value in kind.values()))
def kind(request):
    return request.param


@pytest.fixture(autouse=True, scope="session")
def one_thread():
    """At these sizes threads cost more than they save."""
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)


@pytest.fixture
def ensemble():
    return _ensemble


@pytest.fixture
def outputs():
    return _outputs


@pytest.fixture
def jacobians():
    """Gradients of each output by all weights, an array (N, P) for each of the first networks."""

    def of_networks(networks, *, coupled=False, **sizes):
        drawn = draw(_ensemble(**sizes), range(networks))
        return [_jacobian(sizes["network"], drawn, k, coupled) for k in range(networks)]

    return of_networks


def _ensemble(**given):
    return Ensemble(**{"networks": 1, "device": "cpu", **given})


def _outputs(network, weights, inputs, survival, *, hold_statistics, readout=1.0):
    """f(x_n) = a_n . h^L_n for all samples, written after eqs 12-14 of Furusho (2020)."""
    hidden = inputs @ weights[0].T
    for weight, keep in zip(weights[1:], survival, strict=True):
        if network == "batch_norm":
            mean, deviation = hidden.mean(dim=0), hidden.std(dim=0, correction=0)
            if hold_statistics:
                mean, deviation = mean.detach(), deviation.detach()
            signal = torch.relu((hidden - mean) / deviation)
        else:
            signal = keep * torch.relu(hidden)
        hidden = hidden + signal @ weight.T
    return (hidden * readout).sum(dim=1)


def _jacobian(network, drawn, k, coupled):
    weights = [one.clone().requires_grad_() for one in drawn.weights[:, k]]
    survival = drawn.survival[:, k].flatten()
    values = _outputs(network, weights, drawn.inputs[k], survival, hold_statistics=not coupled)
    rows = [torch.autograd.grad(value, weights, retain_graph=True) for value in values]
    return torch.stack([torch.cat([one.flatten() for one in row]) for row in rows]).numpy()
