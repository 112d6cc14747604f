import pytest
import torch
from torch import nn

from numerics.trajectories.models import MODELS, Architecture, flattened, start
from numerics.trajectories.models.layers import BatchNorm, Convolution

IMAGE = {"channels": 1, "pixels": 8, "outputs": 10}


def sources(*seeds):
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def switched():
    for model in MODELS:
        for batch_norm in ("all", "first", "none"):
            for skips in (None, 1) if model[0] in "ru" else (None,):
                yield Architecture(model=model, width=2, batch_norm=batch_norm, skips=skips)


@pytest.mark.parametrize("architecture", list(switched()), ids=str)
def test_networks_side_by_side_are_those_alone(architecture):
    images = torch.randn(4, 3, 8, 8, generator=torch.Generator().manual_seed(9)).double()
    together = architecture.built(3, **IMAGE)
    start(together, sources(1, 2, 3))
    found = together.double()(images)
    for network in range(3):
        alone = architecture.built(1, **IMAGE)
        start(alone, sources(network + 1))
        rows = flattened(list(together.parameters()), 3)
        torch.testing.assert_close(
            rows[network], flattened(list(alone.parameters()), 1)[0].double()
        )
        torch.testing.assert_close(
            found[:, network], alone.double()(images[:, network, None])[:, 0]
        )


def count(architecture, kind):
    return sum(isinstance(one, kind) for one in architecture.built(1, **IMAGE).modules())


def shortcuts(architecture):
    units = [one for one in architecture.built(1, **IMAGE).modules() if hasattr(one, "shortcut")]
    return len(units), sum(one.shortcut is not None for one in units)


@pytest.mark.parametrize(
    ("model", "layers"),
    [("alexnet", 5), ("vgg11", 9), ("vgg16", 14), ("resnet18", 21), ("resnet34", 37), ("unet", 15)],
)
def test_networks_have_the_layers_of_their_names(model, layers):
    # Those that are called ResNet have three convolutions on shortcuts besides.
    assert count(Architecture(model=model), Convolution) == layers


@pytest.mark.parametrize(
    ("model", "every", "first"),
    [("vgg11", 8, 5), ("vgg16", 13, 5), ("resnet18", 17, 5), ("resnet34", 33, 5), ("unet", 14, 7)],
)
def test_batch_norm_follows_all_layers_the_first_of_each_block_or_none(model, every, first):
    counted = {
        kept: count(Architecture(model=model, batch_norm=kept), BatchNorm)
        for kept in ("all", "first", "none")
    }
    assert counted == {"all": every, "first": first, "none": 0}


def test_skips_are_kept_in_each_block():
    assert shortcuts(Architecture(model="resnet18")) == (8, 8)
    assert shortcuts(Architecture(model="resnet18", skips=1)) == (8, 4)
    assert shortcuts(Architecture(model="resnet34", skips=2)) == (16, 8)
    assert shortcuts(Architecture(model="resnet34", skips=0)) == (16, 0)


@pytest.mark.parametrize(("skips", "reach"), [(0, False), (1, True), (None, True)])
def test_the_last_skip_of_a_unet_passes_the_image_on(skips, reach):
    kind = Architecture(model="unet", skips=skips, batch_norm="none", activation="tanh")
    model = kind.built(1, **IMAGE)
    start(model, sources(1))
    with torch.no_grad():  # what comes from below is cut
        for parameter in model.down[1:].parameters():
            parameter.zero_()
    first, second = (model(torch.full((1, 1, 8, 8), value)) for value in (0.0, 1.0))
    assert (not torch.equal(first, second)) == reach


@pytest.mark.parametrize("model", MODELS)
def test_images_of_28_pixels_are_taken(model):
    kind = Architecture(model=model, width=1)
    network = kind.built(2, channels=1, pixels=28, outputs=10)
    start(network, sources(1, 2))
    outputs = 28 * 28 if kind.draws else 10
    assert network(torch.ones(3, 2, 28, 28)).shape == (3, 2, outputs)


def test_batch_norm_is_that_of_torch():
    features = torch.randn(6, 4, 3, 3, generator=torch.Generator().manual_seed(1))
    torch.testing.assert_close(BatchNorm(2, 2)(features), nn.BatchNorm2d(4)(features))


def test_a_start_is_drawn_as_torch_draws_it():
    layer = Convolution(1, 50, 400, kernel=3)
    start(layer, sources(3))
    bound = 450**-0.5
    assert layer.weight.abs().max() <= bound
    torch.testing.assert_close(
        float(layer.weight.detach().std()), bound / 3**0.5, rtol=0.01, atol=0.0
    )


@pytest.mark.parametrize(
    ("changed", "message"),
    [
        ({"model": "lenet"}, "model = 'lenet': must be one of 'alexnet'"),
        ({"model": "unet", "width": 0}, "width = 0: must be an integer >= 1"),
        ({"model": "unet", "activation": "elu"}, "activation = 'elu': must be one of 'relu'"),
        ({"model": "unet", "batch_norm": "some"}, "batch_norm = 'some': must be one of 'all'"),
        ({"model": "unet", "skips": -1}, "skips = -1: must be an integer >= 0"),
    ],
)
def test_what_there_is_not_is_refused(changed, message):
    with pytest.raises(ValueError, match=message):
        Architecture(**changed)
