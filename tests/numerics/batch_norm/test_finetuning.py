import numpy as np
import pytest
import torch

from numerics.batch_norm.finetuning import frozen, measure_finetuning
from numerics.batch_norm.training import Normalisation, batches, descend, drawn, started


def network(**changes):
    given = {
        "width": 1, "samples": 32, "batch_size": 8, "updates": 6, "learning_rate": 0.05,
        "networks": 2, "seed": 3, "device": "cpu",
    }  # fmt: skip
    return Normalisation(**{**given, **changes})


def trained():
    block = range(8)
    data = drawn(network(), block)
    model = started(network(), data, block)
    descend(network(), model, batches(network(), data, block, updates=6))
    return model, data


def test_without_batch_norm_the_function_is_the_same_on_any_images():
    model, data = trained()
    assert all(layer.linear.bias.abs().max() > 1e-4 for layer in model.layers)  # of shifts
    plain = frozen(model, data)
    expected = model.evaluated(data.images, data.tested)
    for images, scores in zip((data.images, data.tested), expected, strict=True):
        torch.testing.assert_close(plain(images).detach(), scores, rtol=1e-4, atol=1e-4)
    assert {layer.kind for layer in model.layers} == {"bn"}


def test_at_no_rate_nothing_moves():
    found = measure_finetuning(network(), finetuned=3, finetuning_rate=0.0)
    for one in vars(found).values():
        before, kept, without = one.per_network.T
        np.testing.assert_array_equal(before, kept)
        np.testing.assert_allclose(before, without, rtol=1e-4)


def test_frozen_networks_descend_on_the_same_batches_without_momentum():
    found = measure_finetuning(network(), finetuned=1, finetuning_rate=0.05)
    model, data = trained()
    plain = frozen(model, data)
    *_, (images, labels) = batches(network(), data, range(8), updates=7)
    scores = plain(images)[:, 1]
    torch.nn.functional.cross_entropy(scores, labels[:, 1]).backward()
    weight = plain.layers[0].linear.weight
    norms = (weight.detach() - 0.05 * weight.grad)[1].flatten().norm()
    assert found.kernel_norm_1.per_network[1, 2] == pytest.approx(float(norms), rel=1e-4)


def test_a_network_hangs_on_its_number_alone():
    whole, part = (
        measure_finetuning(network(**which), finetuned=2, finetuning_rate=0.05)
        for which in ({"networks": 5}, {"first_network": 3})
    )
    for name, one in vars(whole).items():
        np.testing.assert_array_equal(one.per_network[3:], vars(part)[name].per_network)


def test_other_kinds_have_nothing_to_freeze():
    with pytest.raises(ValueError, match="kind = 'wn': must be 'bn', in all layers"):
        measure_finetuning(network(kind="wn"), finetuned=2, finetuning_rate=0.05)
