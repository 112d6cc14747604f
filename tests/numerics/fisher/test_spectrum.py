import numpy as np
import pytest
import torch

from numerics import fisher
from numerics.fisher import lanczos, networks, tangent_kernel
from numerics.fisher.networks import backward, draw, forward
from numerics.fisher.tangent_kernel import fisher_top_eigenvalue, fisher_trace, gram_matrix
from numerics.measurement import Measurement

SIZES = {"depth": 4, "width": 3, "samples": 6, "seed": 11}
NETWORKS = 5


def passes(ensemble, networks=NETWORKS):
    drawn = draw(ensemble, range(networks))
    passed = forward(ensemble, drawn)
    return drawn, passed, backward(ensemble, drawn, passed)


def test_trace_and_top_eigenvalue_are_those_of_the_dense_matrix(kind, jacobians):
    spectrum = fisher.measure_spectrum(**kind, **SIZES, networks=NETWORKS)
    for k, gradients in enumerate(jacobians(NETWORKS, **kind, **SIZES)):
        eigenvalues = np.linalg.eigvalsh(gradients.T @ gradients / SIZES["samples"])
        assert len(eigenvalues) == 5 * 3**2
        close = {"rel": 1e-10, "abs": 0}
        trace, top = eigenvalues.sum(), eigenvalues[-1]
        assert spectrum.trace.per_network[k] == pytest.approx(trace, **close)
        assert spectrum.mean_eigenvalue.per_network[k] == pytest.approx(trace / 45, **close)
        assert spectrum.top_eigenvalue.per_network[k] == pytest.approx(top, **close)
        assert spectrum.top_share.per_network[k] == pytest.approx(top / trace, **close)


def test_coupled_statistics_differentiate_through_batch_norm(jacobians):
    sizes = {"network": "batch_norm", **SIZES}
    spectrum = fisher.measure_spectrum(**sizes, networks=NETWORKS, statistics="coupled")
    for k, gradients in enumerate(jacobians(NETWORKS, coupled=True, **sizes)):
        matrix = gradients.T @ gradients / SIZES["samples"]
        top = np.linalg.eigvalsh(matrix)[-1]
        assert spectrum.trace.per_network[k] == pytest.approx(np.trace(matrix), rel=1e-10)
        assert spectrum.top_eigenvalue.per_network[k] == pytest.approx(top, rel=1e-10)


def test_fixed_and_coupled_statistics_are_two_quantities():
    run = {"network": "batch_norm", **SIZES, "networks": 1}
    fixed, coupled = (
        fisher.measure_spectrum(**run, statistics=one).trace.estimate
        for one in ("fixed", "coupled")
    )
    assert abs(fixed / coupled - 1) > 0.01


def test_the_gram_matrix_is_that_of_the_gradients(kind, jacobians, ensemble):
    _, passed, errors = passes(ensemble(**kind, **SIZES))
    gram = gram_matrix(passed.signals, errors).numpy()
    for k, gradients in enumerate(jacobians(NETWORKS, **kind, **SIZES)):
        reference = gradients @ gradients.T
        np.testing.assert_allclose(gram[k], reference, rtol=0, atol=1e-12 * reference.max())


@pytest.mark.parametrize("samples", [39, 41])
def test_both_routes_to_the_top_eigenvalue_are_right(kind, jacobians, samples):
    # Width 5: up to 40 samples K is formed, beyond them it is not.
    sizes = {**SIZES, "depth": 2, "width": 5, "samples": samples}
    spectrum = fisher.measure_spectrum(**kind, **sizes, networks=2)
    for k, gradients in enumerate(jacobians(2, **kind, **sizes)):
        top = np.linalg.eigvalsh(gradients @ gradients.T / samples)[-1]
        assert spectrum.top_eigenvalue.per_network[k] == pytest.approx(top, rel=1e-10)


def test_the_top_eigenvalue_is_right_on_many_networks_and_clustered_spectra(ensemble):
    # No survivors leave K = D X X^T, whose top eigenvalues crowd.
    for survivors in (0, 1):
        deep = ensemble(
            network="stochastic_depth", depth=2, width=20, samples=60, seed=0, survivors=survivors
        )
        _, passed, errors = passes(deep, networks=100)
        gram = gram_matrix(passed.signals, errors).numpy()
        dense = torch.from_numpy(np.linalg.eigvalsh(gram)[:, -1]) / 60
        torch.testing.assert_close(
            fisher_top_eigenvalue(passed.signals, errors), dense, rtol=1e-10, atol=0
        )


def test_the_trace_does_not_depend_on_whether_the_top_is_asked_for(kind):
    run = {**kind, **SIZES, "networks": 3}
    alone = fisher.measure_spectrum(**run, top=False)
    assert alone.top_eigenvalue is None
    assert alone.top_share is None
    both = fisher.measure_spectrum(**run)
    assert np.array_equal(alone.trace.per_network, both.trace.per_network)


@pytest.mark.parametrize("samples", [6, 90])
def test_tensors_of_another_device_give_what_arrays_give_on_a_cpu(kind, samples, monkeypatch):
    # 90 samples: K is formed at width 12, in three blocks, and not at width 3.
    run = {**kind, **SIZES, "samples": samples, "networks": 3, "device": "cpu"}
    for width in (3, 12):
        found = fisher.measure_spectrum(**{**run, "width": width})
        with monkeypatch.context() as patch:
            for module in (networks, tangent_kernel, lanczos):
                patch.setattr(module, "array", lambda tensor: tensor)
                patch.setattr(module, "multiply", torch_product)
            other = fisher.measure_spectrum(**{**run, "width": width})
        for name in ("trace", "top_eigenvalue"):
            one, two = (getattr(spectrum, name).per_network for spectrum in (found, other))
            np.testing.assert_allclose(two, one, rtol=1e-12)


def torch_product(left, right, *, out):
    torch.matmul(left, right, out=out)


def test_repeating_every_sample_leaves_the_spectrum_alone(kind, ensemble):
    signals, errors = doubled_and_single(kind, ensemble, lambda x: torch.cat([x, x], dim=1))
    for statistic in (fisher_trace, fisher_top_eigenvalue):
        torch.testing.assert_close(statistic(*signals), statistic(*errors), rtol=1e-12, atol=0)


def test_the_order_of_the_samples_does_not_matter(kind, ensemble):
    signals, errors = doubled_and_single(kind, ensemble, lambda x: x.flip(1))
    for statistic in (fisher_trace, fisher_top_eigenvalue):
        torch.testing.assert_close(statistic(*signals), statistic(*errors), rtol=1e-12, atol=0)


def doubled_and_single(kind, ensemble, change):
    """Signals and errors of the same weights on changed inputs, then on their own."""
    plain = ensemble(**kind, **SIZES)
    drawn = draw(plain, range(NETWORKS))
    inputs = change(drawn.inputs)
    changed = ensemble(**kind, **{**SIZES, "samples": inputs.shape[1]})
    results = []
    for one, given in ((changed, inputs), (plain, drawn.inputs)):
        moved = type(drawn)(given, drawn.weights, drawn.survival)
        passed = forward(one, moved)
        results.append((passed.signals, backward(one, moved, passed)))
    return results


def test_scaling_the_first_weights_scales_all_gradients_but_its_own(ensemble):
    # f is homogeneous in W^0, of degree 1, so grad by W^1.. scales and grad by W^0 does not.
    plain = ensemble(network="resnet", **SIZES)
    drawn, passed, errors = passes(plain)
    drawn.weights[0] *= 4
    scaled = forward(plain, drawn)
    scaled_errors = backward(plain, drawn, scaled)
    own, scaled_own = (
        fisher_trace(one.signals[:1], two[:1])
        for one, two in ((passed, errors), (scaled, scaled_errors))
    )
    whole, scaled_whole = (
        fisher_trace(one.signals, two) for one, two in ((passed, errors), (scaled, scaled_errors))
    )
    torch.testing.assert_close(scaled_own, own, rtol=1e-13, atol=0)
    torch.testing.assert_close(scaled_whole - own, 16 * (whole - own), rtol=1e-12, atol=0)


def test_the_trace_is_the_sum_of_eigenvalues_none_of_them_negative(kind, ensemble):
    _, passed, errors = passes(ensemble(**kind, **SIZES))
    eigenvalues = torch.linalg.eigvalsh(gram_matrix(passed.signals, errors)) / SIZES["samples"]
    trace = fisher_trace(passed.signals, errors)
    torch.testing.assert_close(eigenvalues.sum(dim=1), trace, rtol=1e-12, atol=0)
    assert torch.all(eigenvalues[:, 0] > -1e-12 * trace)


def test_the_gram_matrix_of_stacked_networks_has_the_single_ones_on_its_diagonal(kind, ensemble):
    _, passed, errors = passes(ensemble(**kind, **SIZES), networks=2)
    single = gram_matrix(passed.signals, errors)
    stacked = gram_matrix(
        *(layers.flatten(start_dim=1, end_dim=2)[:, None] for layers in (passed.signals, errors))
    )[0]
    rows = SIZES["samples"]
    torch.testing.assert_close(stacked[:rows, :rows], single[0], rtol=1e-13, atol=0)
    torch.testing.assert_close(stacked[rows:, rows:], single[1], rtol=1e-13, atol=0)


def test_float32_sees_the_same_networks(kind):
    run = {**kind, **SIZES, "networks": NETWORKS}
    double = fisher.measure_spectrum(**run)
    single = fisher.measure_spectrum(**run, dtype="float32")
    for name in ("trace", "top_eigenvalue"):
        exact, rounded = (getattr(one, name).per_network for one in (double, single))
        np.testing.assert_allclose(rounded, exact, rtol=1e-5)


def test_without_surviving_layers_only_the_first_is_learnt(ensemble):
    # f = 1 . W^0 x: the gradient is 1 x^T and F = D x x^T, averaged.
    sizes = {"network": "stochastic_depth", **SIZES, "survivors": 0}
    spectrum = fisher.measure_spectrum(**sizes, networks=3)
    inputs = draw(ensemble(**sizes), range(3)).inputs
    trace = SIZES["width"] * inputs.square().sum(dim=2).mean(dim=1)
    np.testing.assert_allclose(spectrum.trace.per_network, trace, rtol=1e-13)


@pytest.mark.parametrize(
    ("one", "other"),
    [({"survival": 1.0}, {"survivors": 4}), ({"survival": 0.0}, {"survivors": 0})],
)
def test_certain_survival_and_certain_loss_are_fixed_numbers_of_survivors(one, other):
    run = {"network": "stochastic_depth", **SIZES, "networks": 3}
    left, right = (fisher.measure_spectrum(**run, **choice).trace for choice in (one, other))
    assert np.array_equal(left.per_network, right.per_network)


def test_full_survival_is_the_plain_network():
    run = {**SIZES, "networks": 3}
    full = fisher.measure_spectrum(network="stochastic_depth", survivors=4, **run)
    plain = fisher.measure_spectrum(network="resnet", **run)
    assert np.array_equal(full.trace.per_network, plain.trace.per_network)


def test_the_digits_serve_every_network_alike():
    pytest.importorskip("sklearn")
    run = {"network": "stochastic_depth", "depth": 2, "width": 10, "networks": 3, "seed": 0}
    spectrum = fisher.measure_spectrum(**run, survivors=0, inputs="digits")
    # F = D C with C the identity covariance: trace D^2, and all top eigenvalues are D.
    np.testing.assert_allclose(spectrum.trace.per_network, 100, rtol=1e-12)
    np.testing.assert_allclose(spectrum.top_eigenvalue.per_network, 10, rtol=1e-10)
    assert spectrum.trace.settings["samples"] == 300


def test_a_measurement_says_what_was_run():
    spectrum = fisher.measure_spectrum(network="resnet", **SIZES, networks=2, first_network=3)
    assert isinstance(spectrum.trace, Measurement)
    assert spectrum.trace.settings == {
        "network": "resnet",
        **SIZES,
        "survival": None,
        "survivors": None,
        "inputs": "gaussian",
        "dtype": "float64",
        "device": "cuda" if torch.cuda.is_available() else "cpu",
        "networks": 2,
        "first_network": 3,
        "statistics": "fixed",
    }


def test_kinds_of_networks_are_compared_on_the_same_weights_and_inputs():
    run = {"depth": 2, "width": 5, "samples": 4, "networks": 3, "seed": 1, "device": "cpu"}
    drawn = fisher.measure_mean_eigenvalue_by_kind(**run, survival=0.5)
    kinds = {"batch_norm": None, "stochastic_depth": 0.5, "resnet": None}
    for column, (kind, survival) in zip(drawn.per_network.T, kinds.items(), strict=True):
        alone = fisher.measure_spectrum(network=kind, survival=survival, **run)
        np.testing.assert_array_equal(column, alone.mean_eigenvalue.per_network)
    whole = fisher.measure_mean_eigenvalue_by_kind(**run, survival=1.0).per_network
    np.testing.assert_array_equal(whole[:, 1], whole[:, 2])
