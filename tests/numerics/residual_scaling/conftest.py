"""Networks with weight matrices, written after the paper, and comparisons of samples."""

import numpy as np
import pytest
import torch

from numerics import residual_scaling


@pytest.fixture
def ensemble():
    def made(**changes):
        sizes = {"tau": 0.5, "depth": 3, "width": 4, "networks": 5, "seed": 1, "device": "cpu"}
        return residual_scaling.Ensemble(**{**sizes, **changes})

    return made


@pytest.fixture
def real_networks():
    """Layers and weights of the networks of an ensemble, of random numbers of their own.

    Returns h_0..h_L, shape (networks, N, m) each, and W_1..W_L, (networks, m, m), with gradients.
    """

    def drawn(ensemble, inputs=((1.0,),), *, networks, seed=7):
        rng = np.random.default_rng(seed)
        m, x = ensemble.width, torch.tensor(inputs, dtype=torch.float64)

        def normal(variance, columns=m):
            values = rng.standard_normal((networks, m, columns)) * variance**0.5
            return torch.tensor(values, requires_grad=True)

        if ensemble.start in ("own", "normalised"):
            hidden = torch.relu(torch.einsum("si,kmi->ksm", x, normal(2 / m, x.shape[1])))
            if ensemble.start == "normalised":
                hidden = hidden / hidden.norm(dim=2, keepdim=True).clamp(min=1e-300)
        else:
            hidden = torch.zeros(networks, 1, m, dtype=torch.float64)
            hidden[:, 0, 0] = 1
            if ensemble.start == "dense":
                hidden[:] = m**-0.5
            hidden.requires_grad_()
        layers = [hidden]
        weights = [*(normal(1 / m) for _ in range(ensemble.depth - 1)), normal(2 / m)]
        for weight in weights:
            image = torch.einsum("kij,ksj->ksi", weight, layers[-1])
            last = weight is weights[-1]
            layers.append(torch.relu(image if last else layers[-1] + ensemble.tau * image))
        return layers, weights

    return drawn


@pytest.fixture
def assert_same_means():
    """Two samples have the same means but for five standard errors, entry by entry.

    Where a quantity is the same number on every network, there is no error but rounding.
    """

    def compare(ours, theirs):
        ours, theirs = np.asarray(ours, dtype=float), np.asarray(theirs, dtype=float)
        assert ours.shape[1:] == theirs.shape[1:]
        error = np.sqrt(ours.var(axis=0) / len(ours) + theirs.var(axis=0) / len(theirs))
        assert np.all(np.abs(ours.mean(axis=0) - theirs.mean(axis=0)) <= 5 * error + 1e-12)

    return compare


@pytest.fixture
def assert_mean():
    """A sample has a known mean but for five standard errors."""

    def compare(measured, exact):
        gap = np.abs(measured.estimate - np.asarray(exact))
        assert np.all(gap <= 5 * measured.standard_error + 1e-12)

    return compare
