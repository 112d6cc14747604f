import copy

import numpy as np
import pytest
import torch

from numerics import modules

INPUTS = torch.linspace(-1, 2, 24).view(6, 4).sin()
RUN = {"inputs": INPUTS, "networks": 3, "seed": 5, "device": "cpu"}


def perceptron(generator):
    return torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.Tanh(), torch.nn.Linear(3, 1))


def traces(build=perceptron, **options):
    found = modules.measure_fisher(modules.Ensemble(build=build, **{**RUN, **options}))
    return found.trace.per_network


def test_a_network_depends_on_its_key_alone():
    whole = traces(networks=40, first_network=20)
    # 40 networks from 20 on lie in two groups.
    assert len(set(whole)) == 40
    parts = [traces(networks=n, first_network=k) for k, n in ((20, 7), (27, 1), (28, 32))]
    assert np.array_equal(np.concatenate(parts), whole)
    assert not set(traces(networks=40, first_network=20, seed=6)) & set(whole)


def test_no_network_is_built_that_was_not_asked_for():
    built = []

    def build(generator):
        built.append(generator.initial_seed())
        return perceptron(generator)

    first = traces(build, networks=1)
    assert len(built) == 4  # the network, once more for each check of it
    assert len(set(built)) == 1
    assert np.array_equal(traces(networks=64)[:1], first)


def test_inputs_and_weights_may_be_drawn_from_the_generator():
    def build(generator):
        module = perceptron(generator)
        for weight in module.parameters():
            torch.nn.init.normal_(weight, generator=generator)
        return module

    def inputs(generator):
        return torch.randn(6, 4, generator=generator)

    whole = traces(build, inputs=inputs, networks=4)
    assert len(set(whole)) == 4
    assert np.array_equal(traces(build, inputs=inputs, networks=2, first_network=2), whole[2:])


def test_the_callers_module_and_generator_are_left_alone():
    module = torch.nn.Sequential(
        torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3), torch.nn.Dropout(0.5), torch.nn.Linear(3, 1)
    )
    module[2].eval()
    before = {name: one.clone() for name, one in module.state_dict().items()}
    modes = [one.training for one in module.modules()]
    places = [one.data_ptr() for one in module.parameters()]
    state = torch.random.get_rng_state()
    ensemble = modules.Ensemble(build=lambda generator: module, **RUN)
    for measure in (
        modules.measure_fisher,
        modules.measure_tangent_kernel,
        modules.measure_layer_moments,
        modules.measure_norms,
        modules.measure_jacobian_norm,
    ):
        measure(ensemble)
    assert all(torch.equal(one, before[name]) for name, one in module.state_dict().items())
    assert [one.training for one in module.modules()] == modes
    assert [one.data_ptr() for one in module.parameters()] == places
    assert all(one.grad is None for one in module.parameters())
    assert not any(one._forward_hooks for one in module.modules())
    assert torch.equal(torch.random.get_rng_state(), state)


def test_one_module_that_is_drawn_anew_is_each_network():
    module = perceptron(None)

    def redrawn(generator):
        for weight in module.parameters():
            torch.nn.init.normal_(weight, generator=generator)
        return module

    def fresh(generator):
        found = perceptron(generator)
        for weight in found.parameters():
            torch.nn.init.normal_(weight, generator=generator)
        return found

    assert len(set(traces(redrawn))) == 3
    assert np.array_equal(traces(redrawn), traces(fresh))


def test_batch_statistics_are_as_the_mode_has_them():
    def build(generator):
        module = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3, eps=1e-12))
        module[1].running_var.fill_(4.0)
        return module

    def evaluated(generator):
        return build(generator).eval()

    def plain(generator):
        module = build(generator)
        with torch.no_grad():
            for one in module[0].parameters():
                one /= 2
        return module[0]

    training, evaluating = (
        modules.measure_layer_moments(modules.Ensemble(build=one, **RUN))
        for one in (build, evaluated)
    )
    np.testing.assert_allclose(training.second_moment.per_network[:, 1], 1)
    np.testing.assert_allclose(
        evaluating.second_moment.per_network[:, 1],
        evaluating.second_moment.per_network[:, 0] / 4,
    )
    halved = modules.measure_jacobian_norm(modules.Ensemble(build=plain, **RUN))
    found = modules.measure_jacobian_norm(modules.Ensemble(build=evaluated, **RUN))
    np.testing.assert_allclose(found.per_network, halved.per_network)


def test_weights_that_are_tied_are_one():
    def tied(generator):
        module = torch.nn.Sequential(torch.nn.Linear(4, 4), torch.nn.Tanh(), torch.nn.Linear(4, 4))
        module[2].weight = module[0].weight
        return module

    found = modules.measure_fisher(modules.Ensemble(build=tied, **RUN))
    np.testing.assert_allclose(
        found.trace.per_network / found.mean_eigenvalue.per_network, 4 * 4 + 2 * 4
    )


def test_both_precisions_see_the_same_networks():
    np.testing.assert_allclose(traces(dtype="float32"), traces(), rtol=1e-5)


def test_integers_stay_what_they_are():
    def build(generator):
        return torch.nn.Sequential(
            torch.nn.Embedding(5, 3), torch.nn.Flatten(), torch.nn.Linear(6, 1)
        )

    assert np.all(traces(build, inputs=np.array([[0, 4], [1, 2]])) > 0)


UNKEYED = np.random.default_rng(0)


def unkeyed(generator):
    module = perceptron(generator)
    with torch.no_grad():
        module[0].bias.fill_(float(UNKEYED.normal()))
    return module


def of_a_width_by_chance(generator):
    width = 2 + int(torch.randint(8, (), generator=generator))
    return torch.nn.Sequential(torch.nn.Linear(4, width), torch.nn.Linear(width, 1))


class Twofold(torch.nn.Linear):
    def forward(self, inputs):
        return super().forward(inputs), inputs


class Sliced(torch.nn.Module):
    def __init__(self):
        super().__init__()
        self.weights = torch.nn.ParameterList([torch.ones(4, 4), torch.ones(4)])

    def forward(self, inputs):
        hidden = inputs @ self.weights[0]
        for weight in self.weights[1:]:
            hidden = hidden @ weight
        return hidden


class Branching(torch.nn.Linear):
    def forward(self, inputs):
        found = super().forward(inputs)
        return found if found.sum() > 0 else -found


class Summed(torch.nn.Linear):
    def forward(self, inputs):
        return super().forward(inputs).sum()


@pytest.mark.parametrize(
    ("options", "error"),
    [
        ({"build": torch.nn.Linear(4, 1)}, "build = Linear: must be a function of a torch.Gener"),
        ({"build": lambda generator: 3}, "build returned an int: must return a torch.nn.Module"),
        ({"build": lambda generator: torch.nn.ReLU()}, "build returned a module without paramet"),
        ({"build": unkeyed}, "0.bias: differs between two calls with one generator"),
        ({"build": of_a_width_by_chance, "networks": 9}, "0.weight: has another shape in another"),
        ({"build": lambda generator: Twofold(4, 1)}, "the module returned a tuple: must return a"),
        (
            {"build": lambda generator: Summed(4, 1)},
            r"the module returned shape \(\) for 6 samples: its first axis must run over",
        ),
        (
            {"build": lambda generator: torch.nn.Sequential(perceptron(None), torch.nn.Dropout())},
            "the module draws random numbers as it runs",
        ),
        (
            {"build": lambda generator: Sliced()},
            "weights.1: torch.func.functional_call loses gradients by it; the module must use ",
        ),
        (
            {"build": lambda generator: Branching(4, 1)},
            "the module cannot be run as many at once by torch.func.vmap: vmap: It looks like",
        ),
        ({"inputs": torch.ones(0, 4)}, r"inputs of shape \(0, 4\): must be a tensor or an array"),
        ({"inputs": lambda generator: None}, "inputs = NoneType: must be a tensor or an array of"),
        ({"networks": 0}, r"networks = 0: must be an integer in \[1, 4294967296\]"),
        ({"seed": -1}, "seed = -1: must be an integer in"),
        ({"dtype": "float16"}, "dtype = 'float16': must be one of"),
        ({"device": "tpu"}, "device = 'tpu': must be one of"),
    ],
)  # fmt: skip
def test_what_is_not_allowed_is_named(options, error):
    with pytest.raises((TypeError, ValueError), match=error):
        traces(**options)


def test_inputs_that_change_later_are_not_what_is_measured():
    inputs = INPUTS.clone()
    ensemble = modules.Ensemble(build=perceptron, **{**RUN, "inputs": inputs})
    before = modules.measure_fisher(ensemble)
    kept = copy.deepcopy(before.trace.per_network)
    inputs.zero_()
    assert np.array_equal(modules.measure_fisher(ensemble).trace.per_network, kept)
