"""A form inside torch.func and torch.compile is the form outside them.

Forms without parameters are left out: they take no tensor to be batched, differentiated or traced.
"""

import dataclasses
from collections.abc import Callable

import pytest
import torch
from torch.func import grad, hessian, jacfwd, jacrev, jvp, vmap

import theory
from theory.closed_form import ClosedForm
from theory.domains import DomainError, Integers
from theory.lowering import tensors as lowered_tensors

FORMS = [form for form in theory.catalogue() if isinstance(form, ClosedForm) and form.parameters]
# Torch's own forward mode calls what torch deprecates.
pytestmark = pytest.mark.filterwarnings("ignore:.torch.jit.script. is deprecated")
with_parameters = pytest.mark.parametrize("form", FORMS, ids=lambda form: form.id)


def function(form: ClosedForm) -> tuple[Callable, list[torch.Tensor]]:
    """The form as a function of tensors, and tensors in the lower half of its typical ranges."""
    point: dict = {}
    for item in sorted(form.parameters, key=lambda item: len(item.domain.depends_on)):
        low, high = item.typical
        share = 0.5 if item.domain.contains((low + high) / 2, point) else 0.25
        value = low + share * (high - low)
        point[item.name] = round(value) if isinstance(item.domain, Integers) else value
    names = [item.name for item in form.parameters]
    tensors = [torch.tensor(float(point[name]), dtype=torch.float64) for name in names]
    return lambda *values: form.value(**dict(zip(names, values, strict=True))), tensors


def gradient(call: Callable, tensors: list[torch.Tensor]) -> list[torch.Tensor]:
    """By autograd and outside of every transform."""
    leaves = [tensor.clone().requires_grad_() for tensor in tensors]
    value = call(*leaves)
    if not value.requires_grad:
        return [torch.zeros_like(leaf) for leaf in leaves]
    found = torch.autograd.grad(value, leaves, allow_unused=True)
    return [torch.zeros_like(x) if g is None else g for x, g in zip(leaves, found, strict=True)]


def assert_same(found, expected):
    torch.testing.assert_close(list(found), list(expected), rtol=1e-10, atol=1e-300)


@with_parameters
def test_a_batch_by_vmap_has_the_values_and_gradients_of_its_members(form):
    call, tensors = function(form)
    batch = [tensor.repeat(3) for tensor in tensors]
    places = tuple(range(len(tensors)))
    assert_same([vmap(call)(*batch)], [call(*tensors).repeat(3)])
    expected = [slope.repeat(3) for slope in gradient(call, tensors)]
    assert_same(vmap(grad(call, places))(*batch), expected)


@with_parameters
def test_first_derivatives_by_torch_func_are_those_of_autograd(form):
    call, tensors = function(form)
    places = tuple(range(len(tensors)))
    expected = gradient(call, tensors)
    for transform in (grad, jacrev, jacfwd):
        assert_same(transform(call, places)(*tensors), expected)
    for place, slope in enumerate(expected):
        along = tuple(torch.tensor(float(other == place)).double() for other in places)
        assert_same([jvp(call, tuple(tensors), along)[1]], [slope])


@with_parameters
def test_its_hessian_is_that_of_twice_autograd(form):
    call, tensors = function(form)
    places = tuple(range(len(tensors)))
    found = torch.stack([torch.stack(row) for row in hessian(call, places)(*tensors)])
    leaves = [tensor.clone().requires_grad_() for tensor in tensors]
    rows = []
    value = call(*leaves)
    slopes = [None] * len(leaves)
    if value.requires_grad:
        slopes = torch.autograd.grad(value, leaves, create_graph=True, allow_unused=True)
    for slope in slopes:
        row = [None] * len(leaves)
        if slope is not None and slope.requires_grad:
            row = torch.autograd.grad(slope, leaves, retain_graph=True, allow_unused=True)
        rows.append(torch.stack([torch.zeros(()).double() if x is None else x for x in row]))
    expected = torch.stack(rows)
    assert torch.isfinite(found).all()
    scale = float(expected.abs().max())
    torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-13 * scale)


@with_parameters
def test_compiled_it_has_its_plain_value_and_gradient_from_the_first_call_on(form):
    call, tensors = function(form)
    torch._dynamo.reset()
    expected = [call(*tensors)], gradient(call, tensors)
    uncalled, _ = function(dataclasses.replace(form))
    # The first call lowers the formula, inside torch.compile.
    compiled = torch.compile(uncalled, backend="aot_eager")
    value: list[torch.Tensor] = []

    def kept(*leaves: torch.Tensor) -> torch.Tensor:
        value.append(compiled(*leaves))
        return value[0]

    assert_same(gradient(kept, tensors), expected[1])
    assert_same([value[0].detach()], expected[0])


MEAN = theory.find("fisher.mean_eigenvalue_stochastic_depth")
MOMENT = theory.find("fisher.backward_moment_resnet")


def test_compiled_before_torch_was_looked_for_it_has_its_plain_value_at_every_call(monkeypatch):
    monkeypatch.setattr(lowered_tensors, "_torch", None)
    torch._dynamo.reset()
    compiled = torch.compile(lambda p: MEAN(depth=3, survival=p), backend="aot_eager")
    for survival in (0.5, 0.6, 0.7):
        found = compiled(torch.tensor(survival, dtype=torch.float64))
        assert found.item() == pytest.approx(MEAN(depth=3, survival=survival), rel=1e-14)


@pytest.mark.parametrize("transform", [grad, jacrev, jacfwd, hessian])
def test_a_value_outside_the_domain_is_refused_inside_a_derivative(transform):
    with pytest.raises(DomainError, match="survival holds a value that is not a real number in"):
        transform(lambda p: MEAN(depth=3, survival=p))(torch.tensor(1.5))
    with pytest.raises(DomainError, match="depth holds a value that is not an integer >= 1"):
        transform(lambda p: MEAN(depth=2.5, survival=p))(torch.tensor(0.5))


def test_a_value_outside_the_domain_is_refused_inside_a_batch():
    depth, survival = torch.tensor([3.0, 4.5]), torch.tensor([0.5, 0.2])
    one = vmap(lambda depth, survival: MEAN(depth=depth, survival=survival), (None, 0))
    with pytest.raises(DomainError, match="depth holds a value that is not an integer >= 1"):
        vmap(one, (0, None))(depth, survival)
    assert vmap(one, (0, None))(depth.ceil(), survival).shape == (2, 2)


def test_inside_a_batch_an_end_is_that_of_the_same_member():
    moments = vmap(lambda depth, layer: MOMENT(depth=depth, layer=layer))
    assert moments(torch.tensor([3, 7]), torch.tensor([1, 5])).tolist() == [4, 4]
    with pytest.raises(DomainError, match=r"layer holds a value .* an integer in \[0, depth\]"):
        moments(torch.tensor([7, 3]), torch.tensor([1, 5]))


@pytest.mark.parametrize("quantity", ["value", "log"])
def test_the_gradient_in_a_parameter_that_the_formula_does_not_use_is_zero(quantity):
    layer = torch.tensor([1.0, 2.0], requires_grad=True)
    rate = theory.find("fisher.activation_rate")
    getattr(rate, quantity)(layer=layer).sum().backward()
    assert layer.grad.tolist() == [0.0, 0.0]


def test_a_recursion_says_that_its_gradient_in_its_length_is_zero():
    share = theory.find("fisher.top_eigenvalue_share")
    depth = torch.tensor([3.0], requires_grad=True)
    share(depth=depth).sum().backward()
    assert depth.grad.tolist() == [0.0]
    assert "as a gradient in L torch is given 0" in share.derivation
    assert "in the length of a recursion" in " ".join(ClosedForm.__doc__.split())
