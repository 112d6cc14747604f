"""The general path and the hand-batched one are each other's test."""

import numpy as np
import pytest
import torch
from torch.nn.functional import cross_entropy, mse_loss

from numerics import fisher, modules
from numerics.simulation import keyed

DEPTH, WIDTH, SAMPLES, NETWORKS = 3, 3, 5, 4
RUN = {"networks": NETWORKS, "seed": 11, "device": "cpu"}
SIZES = {"depth": DEPTH, "width": WIDTH, "samples": SAMPLES}


class HeldBatchNorm(torch.nn.Module):
    """Batch norm whose statistics let no gradient through."""

    def forward(self, hidden):
        mean, deviation = hidden.mean(dim=0), hidden.std(dim=0, correction=0)
        return (hidden - mean.detach()) / deviation.detach()


class Residual(torch.nn.Module):
    """The networks of Furusho (2020), eqs 12-14, as a person would write them."""

    def __init__(self, weights, norm, survival):
        super().__init__()
        self.weights = torch.nn.ParameterList([*weights])
        self.norm = norm
        self.register_buffer("survival", survival)

    def forward(self, inputs):
        hidden = inputs @ self.weights[0].T
        for block, weight in enumerate([*self.weights][1:]):
            signal = self.survival[block] * torch.relu(self.norm(hidden))
            hidden = hidden + signal @ weight.T
        return hidden.sum(dim=1)


def residual(norm, survival=None):
    def build(generator):
        normals = keyed.standard_normals([generator], (DEPTH + 1) * WIDTH**2).double()
        weights = normals.view(DEPTH + 1, WIDTH, WIDTH)
        weights[0] *= (1 / WIDTH) ** 0.5
        weights[1:] *= (2 / WIDTH) ** 0.5
        survive = torch.ones(DEPTH)
        if survival is not None:
            uniform = torch.rand(DEPTH, generator=generator, dtype=torch.float64)
            survive = (uniform < survival).double()
        return Residual(weights, norm, survive)

    return modules.Ensemble(
        build=build,
        inputs=lambda generator: keyed.standard_normals([generator], SAMPLES * WIDTH).view(
            -1, WIDTH
        ),
        **RUN,
    )


@pytest.mark.parametrize(
    ("norm", "survival", "same"),
    [
        (torch.nn.Identity(), None, {"network": "resnet"}),
        (torch.nn.Identity(), 0.5, {"network": "stochastic_depth", "survival": 0.5}),
        (HeldBatchNorm(), None, {"network": "batch_norm"}),
        (
            torch.nn.BatchNorm1d(WIDTH, eps=1e-12, affine=False),
            None,
            {"network": "batch_norm", "statistics": "coupled"},
        ),
    ],
    ids=["resnet", "stochastic depth", "batch norm, held", "batch norm, coupled"],
)
def test_the_hand_batched_path_measures_the_same(norm, survival, same):
    general = modules.measure_fisher(residual(norm, survival))
    by_hand = fisher.measure_spectrum(**same, **SIZES, **RUN)
    for name in ("trace", "mean_eigenvalue", "top_eigenvalue"):
        one, other = (getattr(spectrum, name).per_network for spectrum in (general, by_hand))
        np.testing.assert_allclose(one, other, rtol=1e-10)


def test_the_tangent_kernel_is_the_fisher_information_but_for_its_scale():
    ensemble = residual(torch.nn.Identity())
    kernel, information = modules.measure_tangent_kernel(ensemble), modules.measure_fisher(ensemble)
    for name, scale in (
        ("trace", SAMPLES),
        ("top_eigenvalue", SAMPLES),
        ("mean_eigenvalue", (DEPTH + 1) * WIDTH**2),
    ):
        one, other = (getattr(found, name).per_network for found in (kernel, information))
        np.testing.assert_allclose(one, scale * other, rtol=1e-12)


def linear(outputs, **options):
    return modules.Ensemble(
        build=lambda generator: torch.nn.Linear(4, outputs, **options),
        inputs=torch.linspace(-1, 2, 24).view(6, 4).sin(),
        networks=3,
        seed=5,
        device="cpu",
    )


def test_the_hessian_of_least_squares_is_that_of_the_inputs():
    found = modules.measure_hessian(linear(1, bias=False), loss=mse_loss, targets=torch.ones(6, 1))
    inputs = np.sin(np.linspace(-1, 2, 24, dtype=np.float32)).reshape(6, 4).astype(float)
    eigenvalues = np.linalg.eigvalsh(2 * inputs.T @ inputs / 6)
    np.testing.assert_allclose(found.top_eigenvalue.per_network, eigenvalues[-1], rtol=1e-6)
    np.testing.assert_allclose(found.trace.per_network, eigenvalues.sum(), rtol=1e-6)
    np.testing.assert_allclose(found.mean_eigenvalue.per_network, eigenvalues.mean(), rtol=1e-6)


def test_of_logits_linear_in_the_weights_the_hessian_is_the_fisher_information():
    labels = torch.tensor([0, 2, 1, 1, 0, 2])
    hessian = modules.measure_hessian(linear(3), loss=cross_entropy, targets=labels)
    information = modules.measure_fisher(linear(3), likelihood="categorical")
    for name in ("trace", "mean_eigenvalue", "top_eigenvalue"):
        one, other = (getattr(found, name).per_network for found in (hessian, information))
        np.testing.assert_allclose(one, other, rtol=1e-12)
    gaussian = modules.measure_fisher(linear(3))
    assert np.all(gaussian.trace.per_network > information.trace.per_network * 2)


def test_the_hessian_of_a_deep_module_is_that_of_autograd():
    def build(generator):
        return torch.nn.Sequential(
            torch.nn.Linear(2, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1), torch.nn.Flatten(0)
        ).double()

    inputs = torch.tensor([[0.5, -1.0], [2.0, 0.25], [-0.5, 1.5]], dtype=torch.float64)
    kept = []
    ensemble = modules.Ensemble(
        build=lambda generator: kept.append(build(generator)) or kept[-1],
        inputs=inputs,
        networks=1,
        seed=3,
        device="cpu",
    )
    targets = torch.tensor([1.0, -1.0, 0.5])
    found = modules.measure_hessian(ensemble, loss=mse_loss, targets=targets)

    def of_weights(*weights):
        named = dict(zip(dict(kept[0].named_parameters()), weights, strict=True))
        return mse_loss(torch.func.functional_call(kept[0], named, (inputs,)), targets.double())

    weights = tuple(one.detach() for one in kept[0].parameters())
    blocks = torch.autograd.functional.hessian(of_weights, weights)
    rows = [
        torch.cat([part.reshape(one.numel(), -1) for part in row], dim=1)
        for one, row in zip(weights, blocks, strict=True)
    ]
    eigenvalues = np.linalg.eigvalsh(torch.cat(rows).numpy())
    assert found.top_eigenvalue.estimate == pytest.approx(eigenvalues[-1], rel=1e-10)
    assert found.trace.estimate == pytest.approx(eigenvalues.sum(), rel=1e-10)


def test_a_weight_that_requires_no_gradient_is_held():
    def build(generator):
        layer = torch.nn.Linear(4, 2)
        layer.bias.requires_grad_(False)
        return layer

    held = modules.Ensemble(build=build, inputs=torch.ones(3, 4), networks=1, seed=5, device="cpu")
    found = modules.measure_fisher(held)
    # Of each sample and output the gradient is its input, of squared norm 4; P = 8.
    assert found.trace.estimate == pytest.approx(8)
    assert found.mean_eigenvalue.estimate == pytest.approx(1)


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"loss": 3, "targets": torch.ones(6, 1)}, "loss = 3: must be a function"),
        (
            {"loss": lambda found, targets: found - targets, "targets": torch.ones(6, 1)},
            r"loss returned shape \(6, 1\): must return a tensor of shape \(\)",
        ),
        ({"loss": mse_loss, "targets": 1.0}, r"targets of shape \(\): must be a tensor"),
    ],
)
def test_what_is_not_allowed_is_named(options, error):
    with pytest.raises((TypeError, ValueError), match=error):
        modules.measure_hessian(linear(1), **options)
    with pytest.raises(ValueError, match="likelihood = 'poisson': must be one of 'gaussian', "):
        modules.measure_fisher(linear(1), likelihood="poisson")


def test_logits_are_of_two_categories_or_more():
    with pytest.raises(
        ValueError, match=r"returned shape \(6, 1\): must be \(samples, categories\)"
    ):
        modules.measure_fisher(linear(1), likelihood="categorical")


def test_what_overflows_is_told_as_it_is():
    def build(generator):
        module = torch.nn.Linear(4, 1).double()
        torch.nn.init.constant_(module.weight, 1e300)
        return torch.nn.Sequential(module, torch.nn.Softplus(), Square())

    class Square(torch.nn.Module):
        def forward(self, inputs):
            return inputs**2

    ensemble = modules.Ensemble(build=build, inputs=torch.eye(4), networks=2, seed=0, device="cpu")
    found = modules.measure_fisher(ensemble)
    assert np.all(np.isinf(found.trace.per_network))
    assert not np.any(np.isfinite(found.top_eigenvalue.per_network))


def test_convolutions_and_their_batch_norms_are_modules_too():
    def build(generator):
        return torch.nn.Sequential(
            torch.nn.Conv2d(1, 2, 3), torch.nn.BatchNorm2d(2), torch.nn.ReLU(),
            torch.nn.AdaptiveAvgPool2d(1), torch.nn.Flatten(), torch.nn.Linear(2, 3),
        )  # fmt: skip

    ensemble = modules.Ensemble(
        build=build,
        inputs=lambda generator: torch.randn(4, 1, 5, 5, generator=generator),
        networks=2,
        seed=0,
        device="cpu",
    )
    kernel = modules.measure_tangent_kernel(ensemble)
    for k in range(2):
        module, network = modules.ensemble.drawn(ensemble, k, {})
        values = module.double()(network.inputs).flatten()
        weights = [*module.parameters()]
        rows = [torch.autograd.grad(one, weights, retain_graph=True) for one in values]
        matrix = torch.stack([torch.cat([part.flatten() for part in row]) for row in rows])
        eigenvalues = torch.linalg.eigvalsh(matrix @ matrix.T)
        assert kernel.trace.per_network[k] == pytest.approx(float(eigenvalues.sum()))
        assert kernel.top_eigenvalue.per_network[k] == pytest.approx(float(eigenvalues[-1]))
