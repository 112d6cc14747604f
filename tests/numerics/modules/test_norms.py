import numpy as np
import pytest
import torch

from numerics import modules
from numerics.regularisation import lipschitz_constant

RUN = {"networks": 3, "seed": 11, "device": "cpu"}


def inputs(generator):
    return torch.randn(400, 2, generator=generator)


def perceptron(generator):
    return torch.nn.Sequential(
        torch.nn.Linear(2, 4),
        torch.nn.ReLU(),
        torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.ReLU()),
        torch.nn.Linear(3, 1),
    )


def ensemble(build=perceptron, **options):
    return modules.Ensemble(build=build, **{"inputs": inputs, **RUN, **options})


def test_the_exact_lipschitz_constant_lies_between_the_bounds():
    norms, below = modules.measure_norms(ensemble()), modules.measure_jacobian_norm(ensemble())
    for k in range(3):
        module, _ = modules.ensemble.drawn(ensemble(), k, {})
        layers = [module[0], module[2][0], module[3]]
        weights = [layer.weight.detach().double().numpy() for layer in layers]
        exact = lipschitz_constant(
            weights=weights, biases=[layer.bias.detach().double().numpy() for layer in layers]
        )
        spectral = [np.linalg.norm(one, 2) for one in weights]
        np.testing.assert_allclose(norms.spectral.per_network[k], spectral)
        np.testing.assert_allclose(
            norms.frobenius.per_network[k], [np.linalg.norm(one) for one in weights]
        )
        assert norms.lipschitz_bound.per_network[k] == pytest.approx(np.prod(spectral))
        assert below.per_network[k] <= exact * (1 + 1e-12)
        assert below.per_network[k] >= exact * 0.9  # of 400 inputs one lies near the steepest
        assert exact <= norms.lipschitz_bound.per_network[k]
    assert norms.matrices == ("0.weight", "2.0.weight", "3.weight")


@pytest.mark.parametrize(
    "between",
    [
        torch.nn.Tanh(), torch.nn.Sigmoid(), torch.nn.Softplus(beta=3), torch.nn.ELU(),
        torch.nn.LeakyReLU(0.1), torch.nn.Softsign(), torch.nn.LogSigmoid(), torch.nn.Hardtanh(),
        torch.nn.Softmax(dim=1), torch.nn.Softshrink(), torch.nn.Hardsigmoid(), torch.nn.ReLU6(),
    ],
    ids=str,
)  # fmt: skip
def test_a_contraction_is_one(between):
    points = torch.linspace(-5, 5, 301, dtype=torch.float64)[:, None] * torch.tensor([1.0, -0.5])
    slopes = torch.stack([torch.func.jacrev(between)(one[None])[0, :, 0] for one in points])
    assert torch.linalg.matrix_norm(slopes, ord=2).max() <= 1 + 1e-12
    assert modules.norms.chain(torch.nn.Sequential(torch.nn.Linear(2, 2), between)) is not None


@pytest.mark.parametrize(
    "layer",
    [torch.nn.GELU(), torch.nn.LeakyReLU(2), torch.nn.ELU(1.5), torch.nn.BatchNorm1d(4)],
    ids=str,
)
def test_no_bound_is_given_of_what_is_not_known(layer):
    def build(generator):
        return torch.nn.Sequential(torch.nn.Linear(2, 4), layer, torch.nn.Linear(4, 1))

    assert modules.measure_norms(ensemble(build)).lipschitz_bound is None


def test_a_subclass_or_a_hook_may_do_anything():
    class Doubled(torch.nn.ReLU):
        def forward(self, inputs):
            return 2 * super().forward(inputs)

    hooked = torch.nn.ReLU()
    hooked.register_forward_hook(lambda layer, inputs, output: 2 * output)
    assert modules.norms.chain(Doubled()) is None
    assert modules.norms.chain(hooked) is None


def test_a_layer_that_is_used_twice_counts_twice():
    layer = torch.nn.Linear(2, 2)
    found = modules.measure_norms(ensemble(lambda generator: torch.nn.Sequential(layer, layer)))
    assert found.matrices == ("0.weight",)
    np.testing.assert_allclose(
        found.lipschitz_bound.per_network, found.spectral.per_network[:, 0] ** 2
    )


def test_what_has_no_norm_is_named():
    class Scale(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.scale = torch.nn.Parameter(torch.ones(2))

        def forward(self, inputs):
            return self.scale * inputs

    with pytest.raises(ValueError, match="none of whose parameters is a matrix"):
        modules.measure_norms(ensemble(lambda generator: Scale()))
    tokens = torch.zeros(3, 2, dtype=torch.int64)
    with pytest.raises(ValueError, match=r"inputs of torch.int64: must be real"):
        modules.measure_jacobian_norm(
            ensemble(lambda generator: torch.nn.Embedding(4, 2), inputs=tokens)
        )
