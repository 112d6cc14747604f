"""Every measurement runs on the device that it is given, or says why it has nothing to put there.

Without a CUDA device, that is shown in a process that lets whole measurements run on fake tensors
of "cuda:0", which have shapes, types and a device but no values. What autograd, a search or a
bisection decides by values cannot run so: there the pieces between two decisions run, on fake
tensors or, where they take gradients, on "meta" ones.

Neither reaches values and their rounding, the decisions themselves, what a kernel allows of
memory layouts, and running out of memory. The tests marked cuda see those, where there is a device.
"""

import dataclasses
import functools
import importlib
import inspect
import json
import pkgutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import torch

import numerics
from numerics import (
    batch_norm,
    fisher,
    generalisation,
    learning_rate,
    modules,
    order_parameters,
    regularisation,
    trajectories,
    weight_paths,
)
from numerics import residual_scaling as scaling
from numerics.batch_norm import convolutional, finetuning, trends
from numerics.fisher import search
from numerics.fisher.hessian import hessian_distance
from numerics.generalisation import weight_norm
from numerics.learning_rate import descent as gradient_descent
from numerics.learning_rate import divergence
from numerics.measurement import Measurement
from numerics.regularisation.training import descent as regularised
from numerics.residual_scaling import descent
from numerics.simulation.data import ImageSet
from numerics.simulation.device import resolved_device
from numerics.trajectories import comparisons, curves, runs
from numerics.trajectories import training as perceptrons
from numerics.trajectories.models import Architecture

RUN = {"networks": 2, "seed": 1}
SIZES = {**RUN, "depth": 2, "width": 5, "samples": 3}
WHOLE, EXACT = (
    batch_norm.HiddenValues(distribution="gaussian", batch_size=6, batches=4, method=method)
    for method in ("batches", "exact")
)
UNIT = batch_norm.Unit(
    dimension=4, scale=1.0, shift=0.5, input_variance=2.0, weight_norm=1.5, population_mean=0.5
)
LOSS = batch_norm.GeneralisedLinearUnit(
    loss="relu", scale=1.0, shift=0.0, teacher_scale=1.0, teacher_shift=0.5
)
TASK = generalisation.Task(dimension=5, samples=8, noise_variance=0.25)
STUDENT = order_parameters.Student(
    method="bn", activation="erf", learning_rate=0.5, scale=0.5, overlap=0.5, norm=1.0,
    dimension=5, regularisation=0.25,
)  # fmt: skip
STEP = {"learning_rate": 0.5, "scale": 0.75, "norm": 1.5, "dimension": 5}
LEARNING = scaling.Training(
    data="gaussian", samples=4, dimension=3, learning_rates=0.1, loss=0.1, steps=2, batch_size=2
)


def of_networks(measure, *, options=None, **networks):
    """A measurement of an ensemble, on a device."""

    def on(device):
        return measure(fisher.Ensemble(**{**SIZES, **networks}, device=device), **(options or {}))

    return measure, on


def of(measure, *what, **options):
    """A measurement of what each network draws, on a device."""
    return measure, lambda device: measure(*what, **options, device=device)


def scaled_networks(device):
    return scaling.Ensemble(**RUN, tau=0.5, depth=3, width=5, device=device)


def scaled(measure, *what, **options):
    """A measurement of networks with scaled branches, on a device."""
    return measure, lambda device: measure(scaled_networks(device), *what, **options)


def spectrum(**options):
    return of(fisher.measure_spectrum, **{**SIZES, **options})


def students(method):
    training = generalisation.Training(method=method, epochs=(1, 2), batch_size=4)
    return of(generalisation.measure_linear_students, TASK, training, **RUN)


WHOLE_RUNS = {
    "spectrum": spectrum(network="resnet"),
    "spectrum, batch norm": spectrum(network="batch_norm"),
    "spectrum, stochastic depth": spectrum(network="stochastic_depth", survivors=1),
    "spectrum, through the statistics": spectrum(network="batch_norm", statistics="coupled"),
    "spectrum, more samples than units": spectrum(network="resnet", samples=60),
    "mean eigenvalue": of_networks(
        fisher.measure_mean_eigenvalue, network="stochastic_depth", survival=0.5
    ),
    "mean eigenvalue, through the statistics": of_networks(
        fisher.measure_mean_eigenvalue, network="batch_norm", options={"statistics": "coupled"}
    ),
    "both mean eigenvalues": of_networks(fisher.measure_coupling, network="batch_norm"),
    "mean eigenvalue by kind": of(fisher.measure_mean_eigenvalue_by_kind, **SIZES, survival=0.5),
    "evaluated": of_networks(fisher.measure_evaluated, network="stochastic_depth", survival=0.5),
    "evaluated and averaged": of_networks(
        fisher.measure_evaluated_and_averaged, network="stochastic_depth", survival=0.5
    ),
    "signal and gradient": of_networks(
        fisher.measure_signal_gradient, network="resnet", options={"layer": 1}
    ),
    "gradient of the mean output": of_networks(
        fisher.measure_mean_output_gradient, network="batch_norm"
    ),
    "eigenvalues of the trained": of_networks(
        learning_rate.measure_trained_eigenvalues,
        network="resnet",
        options={"rate": 1.0, "steps": 2},
    ),
    "loss by condition": of_networks(
        learning_rate.measure_loss_by_condition, network="resnet", options={"steps": 2}
    ),
    "loss curves": of_networks(
        learning_rate.measure_loss_curves,
        network="stochastic_depth",
        survival=0.5,
        options={"learning_rate": "2/(top + bottom)", "step": [0, 2]},
    ),
    "loss curves, normalised": of_networks(
        learning_rate.measure_loss_curves,
        network="batch_norm",
        options={"learning_rate": "1/top", "step": [0, 2]},
    ),
    "moments": of_networks(fisher.measure_moments, network="batch_norm"),
    "moments, digits": of_networks(
        fisher.measure_moments, network="resnet", inputs="digits", samples=None
    ),
    "expected spectrum": of_networks(
        fisher.measure_expected_spectrum, network="resnet", options={"draws": 2}
    ),
    "one input": of_networks(fisher.measure_single_input, network="resnet", samples=1),
    "one input, projected": of_networks(
        fisher.measure_single_projection, network="stochastic_depth", survival=0.5, samples=1
    ),
    "one input, projected by width": of_networks(
        fisher.measure_projection_by_width,
        network="resnet",
        samples=1,
        options={"factors": (1, 2)},
    ),
    "one input, layers": of_networks(
        fisher.measure_single_moments, network="resnet", samples=1, options={"layer": (0, 2)}
    ),
    "one input, dropped": of_networks(
        fisher.measure_dropped_moments,
        network="stochastic_depth",
        survival=0.5,
        samples=1,
        options={"layer": 1},
    ),
    "few inputs, by survival": of(fisher.measure_share_by_survival, **SIZES, survival=(0.5, 1.0)),
    "few inputs": of_networks(fisher.measure_few_inputs, network="stochastic_depth", survival=0.5),
    "batch statistics": of(batch_norm.measure_batch_statistics, WHOLE, **RUN),
    "batch statistics, exact": of(batch_norm.measure_batch_statistics, EXACT, **RUN),
    "batch expansion": of(
        batch_norm.measure_batch_expansion,
        batch_norm.HiddenValues(
            distribution="three_values", batch_size=8, batches=2, method="exact", skewness=0.5
        ),
        **RUN,
    ),
    "normalisation error": of(batch_norm.measure_normalisation_error, WHOLE, **RUN),
    "linear student with batch norm": of(batch_norm.measure_linear_student, WHOLE, **RUN),
    "loss, independent batch": of(
        batch_norm.measure_loss_excess, WHOLE, LOSS, batch="independent", **RUN
    ),
    "loss, own batch": of(batch_norm.measure_loss_excess, WHOLE, LOSS, batch="own", **RUN),
    "loss, own batch, exact": of(batch_norm.measure_loss_excess, EXACT, LOSS, batch="own", **RUN),
    "population norm": of(batch_norm.measure_weight_norm, UNIT, **RUN),
    "regression": of(generalisation.measure_errors, TASK, ridges=[0.0, 1.0], **RUN),
    "average regression": of(generalisation.measure_average_errors, TASK, ridges=[0.0, 1.0], **RUN),
    "regression in law": of(generalisation.measure_wishart_errors, TASK, ridge=0.5, **RUN),
    "converged students": of(
        generalisation.measure_converged_risk, TASK, batch_size=4, epochs=2, enlarged=2, **RUN
    ),
    "losses over epochs": of(
        generalisation.measure_losses_over_epochs,
        generalisation.Task(dimension=4, samples=32, noise_variance=0.25),
        epochs=(1, 2),
        later=2,
        regularisation=0.1,
        **RUN,
    ),
    "best ridge": of(generalisation.measure_best_ridge, TASK, **RUN),
    "least squares": of(generalisation.measure_least_squares, TASK, **RUN),
    "students, plain": students("sgd"),
    "students, weight norm": students("wn"),
    "students, batch norm": students("bn"),
    "online students of real weights": of(
        order_parameters.measure_online_learning_of_weights, STUDENT, times=(0.5, 1.0), **RUN
    ),
    "effective rate": of(order_parameters.measure_effective_rate, **STEP, **RUN),
    "scaled branches": scaled(scaling.measure_forward),
    "scaled branches, backward": scaled(scaling.measure_backward, readout="output"),
    "separation": scaled(scaling.measure_separation, samples=3, distance=1.0),
    "tangent kernel": scaled(scaling.measure_tangent_kernel, samples=3, distance=1.0),
    "scaled branches, tangent": scaled(scaling.measure_tangent),
    "perturbation": scaled(scaling.measure_perturbation, size=0.5, direction="gaussian"),
    "matrix forward": scaled(scaling.measure_matrix_forward, samples=3),
    "product norms": scaled(scaling.measure_product_norms),
    "scaled branches, mean": scaled(scaling.measure_mean_energy),
    "branch sums": scaled(scaling.measure_branch_sums),
    "sparse gradient": scaled(scaling.measure_sparse_gradient, sparsity=2),
    "scaled branches, extremes": scaled(scaling.measure_extreme_norms),
    "scaled branches, events": scaled(scaling.measure_norm_events, margin=0.5),
    "scaled branches, increments": scaled(scaling.measure_increments),
    "switchable share": scaled(scaling.measure_switchable_share, change=0.5),
    "scaled branches, log norm": scaled(scaling.measure_log_norm, group=2),
    "normalised branches": scaled(scaling.measure_normalised_energy, samples=3),
    "image classes": of(
        weight_paths.measure_classified,
        weight_paths.Classified(
            model="CIFAR10-B12t", depth=3, image_set=ImageSet(), samples=5, dim=2
        ),
        **RUN,
    ),
    "image trends": of(weight_paths.measure_image_trends, ImageSet(), depth=32, samples=3, **RUN),
    "convexity": of(
        weight_paths.measure_convexity,
        weight_paths.Learning(image_set=ImageSet(), samples=3, rate=1.0, steps=2),
        lines=1,
        reach=1.0,
        points=3,
        **RUN,
    ),
    "landscape": of(
        weight_paths.measure_landscape,
        weight_paths.Learning(image_set=ImageSet(), samples=3, rate=1.0, steps=2),
        skips=False,
        reach=1.0,
        side=2,
        place=(0, 3),
        **RUN,
    ),
    "image losses": of(weight_paths.measure_image_losses, ImageSet(), depth=3, samples=3, **RUN),
}
"""A measurement, and the whole of it on a device."""


def network_and_inputs(device):
    """Weights and inputs of a plain network without values."""
    return (
        torch.empty(*shape, dtype=torch.float64, device=device) for shape in [(3, 4, 4), (5, 4)]
    )


def empty(device, shape):
    return torch.empty(*shape, dtype=torch.float64, device=device)


def descend(device):
    weights, inputs = network_and_inputs(device)
    start, top = divergence.displaced(weights, inputs)
    targets = empty(device, (5,))
    return divergence.growth_of_risk(start, inputs, targets, 2 / top, torch.ones_like(top))


def ascend(device):
    weights, inputs = network_and_inputs(device)
    point = inputs.requires_grad_()
    (slope,) = torch.autograd.grad(search.eigenvalue_ratio(weights, point).log(), point)
    return slope.sum()


def near_minimum(device):
    x, y = empty(device, (8, 5)), empty(device, (8,))
    gradient, hessian = weight_norm.derivatives(x, y, 0.5, empty(device, (5,)))
    return gradient.sum() + hessian.sum()


def step(device):
    runs = descent.draw(scaled_networks(device), LEARNING, range(2)).select(np.array([1]))
    batch = runs.batch(np.array([[0, 2]]))
    hidden = descent.forward(batch.weights, batch.starts, 0.5)
    descent.descend(runs, hidden, descent.residuals_of(hidden, batch.readouts, batch.targets), 0.5)
    return runs.weights.sum()


def step_of_normalised(device):
    asked = fisher.Ensemble(network="batch_norm", **SIZES, device=device)
    drawn = fisher.networks.draw(asked, range(2))
    runs = gradient_descent.started(asked, drawn, np.ones((2, 3))).select(np.array([1, 4]))
    program = gradient_descent.Program(asked, runs)
    scales = torch.ones(2, 2, 1, 1, dtype=torch.float64, device=device)
    loss = program.forward(runs, scales)
    program.descend(runs, scales)
    return loss.sum()


def own_network(device):
    """A caller's module, and its numbers on a device."""
    module = torch.nn.Sequential(torch.nn.Linear(3, 4), torch.nn.Tanh(), torch.nn.Linear(4, 2))
    weights = {name: empty(device, one.shape) for name, one in module.named_parameters()}
    extra = {"targets": empty(device, (5, 2))}
    return module, modules.ensemble.Network(weights, {}, empty(device, (5, 3)), extra)


def by_weights(device):
    rows = modules.spectra.jacobian(*own_network(device)).flatten(end_dim=1)
    return sum(modules.spectra.of_rows(rows, samples=5, size=10).values())


def twice_by_weights(device):
    curved = modules.spectra.hessian(*own_network(device), torch.nn.functional.mse_loss)
    return torch.linalg.eigvalsh(curved)[-1]


def by_activations(device):
    found = modules.layers.layer_moments(*own_network(device))
    return sum(one for moments in found.values() for one in moments.values())


def by_matrices(device):
    module, network = own_network(device)
    norms = modules.norms.weight_norms(network, ["0.weight"], modules.norms.chain(module))
    return sum(one.sum() for one in norms.values())


def step_under_regularisers(device):
    like = torch.empty(0, device=device)
    runs = regularised.Runs((2, 3, 1), range(2), 1, (0.0, 0.1, 0.1, 0.1), like)
    values = runs.forward(runs.of_all(np.ones((2, 5, 2), dtype=np.float32)))
    regularised.Adam(runs, 0.1).step(runs.gradients(values, values[-1].clone()))
    return torch.stack(runs.norms()).sum()


def gradient_of(losses, model):
    losses.sum().backward()
    return sum(one.grad.sum() for one in model.parameters())


def step_side_by_side(device):
    architecture = Architecture(model="vgg11", width=1)
    model = architecture.built(2, channels=1, pixels=8, outputs=10).to(device)
    images, labels = empty(device, (3, 2, 1, 8, 8)).float(), empty(device, (3, 2)).long()
    return gradient_of(runs._losses(architecture, model, images, labels), model)


def step_of_convolutions(device):
    sizes = {"channels": 1, "pixels": 8, "width": 1, "outputs": 10}
    model = convolutional.ConvolutionalNetwork(2, **sizes).to(device)
    return gradient_of(model(empty(device, (3, 2, 8, 8)).float()), model)


def step_of_perceptrons(device):
    data = empty(device, (5, 3)), empty(device, (5,))
    order, start = empty(device, (2, 4, 5)).long(), empty(device, (2, 21))
    points, losses = perceptrons._train(
        start, order, *data, optimiser="adam", rate=0.1, width=4, activation="relu"
    )
    return points.sum() + losses.sum()


DESCENT = {"learning_rate": (0.01, 0.1), "steps": 2}
GRID = {"lowest": 0.01, "highest": 0.1, "rates": 2, "steps": 2}
PIECES = {
    "a step of gradient descent": (learning_rate.measure_final_loss, "cuda:0", step_of_normalised),
    "a step at the start's own rate": (
        learning_rate.measure_speed,
        "cuda:0",
        step_of_normalised,
    ),
    "a step within the boundary": (learning_rate.measure_boundary, "cuda:0", step_of_normalised),
    "a step beside the start": (
        learning_rate.measure_boundary_over_start,
        "cuda:0",
        step_of_normalised,
    ),
    **{
        f"a step under regularisers, {measure.__name__}": (
            measure,
            "cuda:0",
            step_under_regularisers,
        )
        for measure in (
            regularisation.measure_toy_course,
            regularisation.measure_toy_orders,
            regularisation.measure_noisy_course,
            regularisation.measure_noisy_orders,
            regularisation.measure_random_labels,
            regularisation.measure_trained_constants,
        )
    },
    "Hessian": (
        fisher.measure_hessian_gap,
        "meta",
        lambda device: hessian_distance(*network_and_inputs(device)),
    ),
    "descent": (learning_rate.measure_divergence_rate, "meta", descend),
    "search": (fisher.measure_extreme_eigenvalues, "meta", ascend),
    "gradients of a module": (modules.measure_fisher, "meta", by_weights),
    "tangent kernel of a module": (modules.measure_tangent_kernel, "meta", by_weights),
    "Hessian of a module": (modules.measure_hessian, "meta", twice_by_weights),
    "layers of a module": (modules.measure_layer_moments, "meta", by_activations),
    "norms of a module": (modules.measure_norms, "meta", by_matrices),
    "slope of a module": (
        modules.measure_jacobian_norm,
        "meta",
        lambda device: modules.norms.jacobian_norm(*own_network(device)),
    ),
    "a step of training": (scaling.measure_training, "cuda:0", step),
    "a step of each kind": (scaling.measure_training_by_kind, "cuda:0", step),
    "a step of perceptrons": (trajectories.measure_trained, "meta", step_of_perceptrons),
    "a step of arms": (comparisons.measure_arms, "meta", step_side_by_side),
    "a step of curves": (curves.measure_curves, "meta", step_side_by_side),
    **{
        f"a step of trends, {measure.__name__}": (measure, "meta", step_of_convolutions)
        for measure in (
            trends.measure_trends,
            trends.measure_dynamics,
            finetuning.measure_finetuning,
        )
    },
    "training to the minimum": (generalisation.measure_weight_norm, "cuda:0", near_minimum),
    "risk of the trained": (generalisation.measure_trained_risk, "cuda:0", near_minimum),
}
"""A measurement that decides by values, where its pieces run, and the pieces between decisions."""


def measurements():
    """Every public measurement of numerics."""
    modules = pkgutil.walk_packages(numerics.__path__, "numerics.")
    named = {
        value
        for module in modules
        for name, value in vars(importlib.import_module(module.name)).items()
        if name.startswith("measure_") and inspect.isfunction(value)
    }
    return sorted(named, key=lambda measure: (measure.__module__, measure.__name__))


@pytest.mark.parametrize("measure", measurements(), ids=lambda measure: measure.__name__)
def test_every_measurement_is_run_here_or_says_that_it_takes_no_device(measure):
    run = {one[0] for one in (*WHOLE_RUNS.values(), *PIECES.values())}
    told = "takes no device: " in " ".join(measure.__doc__.split())
    assert (measure in run) != told
    assert not (told and "device" in inspect.signature(measure).parameters)


@functools.cache
def on_fake_tensors():
    """What became of each run on fake tensors: "ran", or what was raised."""
    script = Path(__file__).with_name("fake_cuda.py")
    ran = subprocess.run([sys.executable, script], capture_output=True, text=True, check=True)
    return json.loads(ran.stdout.splitlines()[-1])


FAKED = [*WHOLE_RUNS, *(name for name, (_, where, _) in PIECES.items() if where == "cuda:0")]


@pytest.mark.parametrize("name", FAKED)
def test_it_runs_on_fake_tensors_of_a_cuda_device(name):
    assert on_fake_tensors()[name] == "ran"


@pytest.mark.parametrize(
    "name", [name for name, (_, where, _) in PIECES.items() if where == "meta"]
)
def test_what_takes_gradients_runs_on_tensors_without_values(name):
    *_, pieces = PIECES[name]
    found = pieces("meta")
    assert found.device.type == "meta"
    assert found.shape == ()


def own_modules(device):
    return modules.Ensemble(
        build=lambda generator: own_network("cpu")[0], inputs=np.eye(2, 3), **RUN, device=device
    )


ON_A_DEVICE = {
    **{name: on for name, (_, on) in WHOLE_RUNS.items()},
    **{
        measure.__name__: of_networks(measure, network="resnet")[1]
        for measure in (
            fisher.measure_hessian_gap,
            learning_rate.measure_divergence_rate,
            fisher.measure_extreme_eigenvalues,
        )
    },
    **{
        measure.__name__: lambda device, measure=measure, options=options: measure(
            own_modules(device), **options
        )
        for measure, options in (
            (modules.measure_fisher, {"likelihood": "categorical"}),
            (modules.measure_tangent_kernel, {}),
            (modules.measure_hessian, {"loss": torch.nn.functional.mse_loss, "targets": np.eye(2)}),
            (modules.measure_layer_moments, {}),
            (modules.measure_norms, {}),
            (modules.measure_jacobian_norm, {}),
        )
    },
    "descent": of_networks(learning_rate.measure_final_loss, network="batch_norm", options=DESCENT)[
        1
    ],
    "boundary": of_networks(
        learning_rate.measure_boundary_over_start,
        network="stochastic_depth",
        survival=0.5,
        options=GRID,
    )[1],
    "weight norm": of(generalisation.measure_weight_norm, TASK, regularisation=0.5, **RUN)[1],
    "training": scaled(scaling.measure_training, LEARNING)[1],
    "training by kind": scaled(scaling.measure_training_by_kind, LEARNING, kinds=[{"tau": 1}])[1],
}


def measured(result):
    """The measurements of a result."""
    if isinstance(result, Measurement):
        return [result]
    fields = (getattr(result, field.name) for field in dataclasses.fields(result))
    return [one for one in fields if isinstance(one, Measurement)]


@pytest.mark.parametrize("on", ON_A_DEVICE.values(), ids=ON_A_DEVICE)
def test_a_measurement_records_where_it_ran(on):
    for one in measured(on("auto")):
        assert one.settings["device"] == resolved_device("auto")


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("on", ON_A_DEVICE.values(), ids=ON_A_DEVICE)
def test_both_devices_measure_the_same(on):
    for one, other in zip(measured(on("cpu")), measured(on("cuda")), strict=True):
        # A search for the extremes and a bisection are as exact as where they stop.
        np.testing.assert_allclose(other.per_network, one.per_network, rtol=1e-6, atol=1e-9)
