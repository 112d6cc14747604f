"""The mean eigenvalue from sign readouts, tilted dropping and one gradient: its mean, its variance.

What makes the means equal is that the rows of each matrix are independent with mean zero. Rows
that are flipped by fair signs are, and finitely many: their means are sums, equal to rounding.
"""

from itertools import product

import numpy as np
import pytest
import torch

from numerics import fisher
from numerics.fisher.coupled import coupled_spectrum, coupled_trace
from numerics.fisher.networks import Draw, backward, draw, forward
from numerics.fisher.tangent_kernel import squared_norms
from numerics.simulation import keyed

# Under this seed both layers of network 0 survive.
SIZES = {"depth": 2, "width": 2, "samples": 3, "seed": 18}
CLOSE = {"rtol": 1e-12, "atol": 0}


def signs(count):
    """Every vector of that many signs, a row each."""
    return torch.tensor([*product((-1.0, 1.0), repeat=count)], dtype=torch.float64)


def flipped(drawn, readouts):
    """All networks whose rows of W^1..W^L are flipped, with each of the readouts."""
    depth, _, width, _ = drawn.weights[1:].shape
    flips = signs(depth * width).view(-1, depth, 1, width, 1)
    above = (flips * drawn.weights[1:].transpose(0, 1)[:, :, None]).flatten(1, 2).transpose(0, 1)
    first = drawn.weights[:1].expand(1, len(flips), width, width)
    weights = torch.cat([first, above]).repeat(1, len(readouts), 1, 1)
    return Draw(
        drawn.inputs.expand(weights.shape[1], -1, -1),
        weights.contiguous(),
        drawn.survival.expand(-1, weights.shape[1], 1, 1),
        readouts.repeat_interleave(len(flips), dim=0).clone(),
    )


def of_both_readouts(kind, ensemble):
    """The flipped networks of one draw with ones, and with every set of signs."""
    one = ensemble(**kind, **SIZES)
    drawn = draw(one, range(1))
    shape = SIZES["samples"], SIZES["width"]
    every = signs(SIZES["samples"] * SIZES["width"]).view(-1, *shape)
    return one, [flipped(drawn, readouts) for readouts in (torch.ones_like(every[:1]), every)]


def test_sign_readouts_keep_the_means_of_error_signals_and_products(kind, ensemble):
    one, both = of_both_readouts(kind, ensemble)
    means, spreads = [], []
    for networks in both:
        passed = forward(one, networks)
        errors = squared_norms(backward(one, networks, passed))
        products = squared_norms(passed.signals) * errors
        layers = torch.cat([errors, products]).mean(dim=2)
        means.append(layers.mean(dim=1))
        spreads.append(layers[: SIZES["depth"]].std(dim=1).sum())
    torch.testing.assert_close(means[1], means[0], **CLOSE)
    # They are means of values that do depend on rows and readouts.
    assert min(spreads) > 0.1


def test_one_gradient_keeps_the_mean_of_the_coupled_trace(ensemble):
    one, (ones, every) = of_both_readouts({"network": "batch_norm"}, ensemble)
    exact = coupled_spectrum(ones, forward(one, ones))["trace"]
    found = coupled_trace(one, every, forward(one, every))
    torch.testing.assert_close(found.mean(), exact.mean(), **CLOSE)
    # The mean is over both: for given rows that over the signs is another.
    for_given_rows = found.view(-1, len(exact)).mean(dim=0)
    assert (for_given_rows / exact - 1).abs().max() > 0.01


@pytest.mark.parametrize("survival", [0.0, 0.1, 0.5, 1.0])
@pytest.mark.parametrize("above", [0, 1, 3])
def test_every_pattern_of_survivors_has_its_ratio_of_probabilities(ensemble, survival, above):
    sizes = {"width": 1, "samples": 1, "seed": 0, "depth": 3}
    one = ensemble(network="stochastic_depth", **sizes, survival=survival)
    masks, ratios = one.draw_survival(generators(4000), tilted_above=above)
    tilted = 2 * survival / (1 + survival)
    total = 0.0
    for pattern in product((0.0, 1.0), repeat=3):
        chance, drawn_with = (
            np.prod([p if alive else 1 - p for p, alive in zip(chances, pattern, strict=True)])
            for chances in ([survival] * 3, [survival] * above + [tilted] * (3 - above))
        )
        found = (masks == torch.tensor(pattern)).all(dim=1)
        # Binomial, within six deviations.
        deviation = (drawn_with * (1 - drawn_with) / 4000) ** 0.5
        assert abs(found.double().mean() - drawn_with) <= 6 * deviation
        if found.any():
            np.testing.assert_allclose(ratios[found] * drawn_with, chance, **CLOSE)
            total += chance
    assert total == pytest.approx(1, rel=1e-12)


def generators(count):
    return [keyed.generator(seed=0, network=k) for k in range(count)]


@pytest.mark.parametrize("statistics", ["fixed", "coupled"])
def test_the_value_of_a_network_is_what_autograd_finds(kind, statistics, ensemble, outputs):
    if statistics == "coupled" and kind["network"] != "batch_norm":
        pytest.skip("only batch norm has statistics")
    sizes = {**kind, **SIZES, "depth": 3, "width": 4}
    one = ensemble(**sizes)
    measured = fisher.measure_mean_eigenvalue(ensemble(**sizes, networks=3), statistics=statistics)
    drawn = draw(one, range(3), signs=True, tilted=True)
    for k, found in enumerate(measured.per_network):
        weights = [w.clone().requires_grad_() for w in drawn.weights[:, k]]
        values = outputs(
            kind["network"], weights, drawn.inputs[k], drawn.survival[:, k].flatten(),
            hold_statistics=statistics == "fixed", readout=drawn.readout[k],
        )  # fmt: skip
        values = values.sum()[None] if statistics == "coupled" else values
        squares = sum(
            float(part.square().sum())
            for value in values
            for part in torch.autograd.grad(value, weights, retain_graph=True)
        )
        expected = float(drawn.ratio[k]) * squares / SIZES["samples"] / one.parameters
        assert found == pytest.approx(expected, rel=1e-10)


def test_both_statistics_of_one_pass_are_those_of_either(ensemble):
    networks = ensemble(network="batch_norm", **{**SIZES, "depth": 3, "width": 4}, networks=3)
    both = fisher.measure_coupling(networks)
    for statistics in ("coupled", "fixed"):
        alone = fisher.measure_mean_eigenvalue(networks, statistics=statistics)
        found = getattr(both, statistics)
        np.testing.assert_array_equal(found.per_network, alone.per_network)
        assert found.settings == alone.settings
    share = both.share.per_network
    np.testing.assert_array_equal(share, both.coupled.per_network / both.fixed.per_network)


def test_signs_are_drawn_after_all_else(kind, ensemble):
    one = ensemble(**kind, **SIZES)
    plain, light = draw(one, range(4)), draw(one, range(4), signs=True)
    for name in ("inputs", "weights", "survival"):
        assert torch.equal(getattr(plain, name), getattr(light, name))
    assert plain.readout == 1
    assert set(light.readout.flatten().tolist()) == {-1, 1}


@pytest.mark.parametrize(
    ("sizes", "statistics", "gain"),
    [
        ({"network": "resnet", "depth": 4, "width": 32, "samples": 32}, "fixed", 2.5),
        ({"network": "batch_norm", "depth": 3, "width": 32, "samples": 32}, "fixed", 4),
        ({"network": "batch_norm", "depth": 3, "width": 32, "samples": 32}, "coupled", 2.5),
        (
            {
                "network": "stochastic_depth",
                "survival": 0.1,
                "depth": 20,
                "width": 20,
                "samples": 20,
            },
            "fixed",
            10,
        ),
    ],
)
def test_the_mean_is_that_of_the_spectrum_and_the_variance_is_smaller(sizes, statistics, gain):
    run = {**sizes, "networks": 500}
    ours = fisher.measure_mean_eigenvalue(fisher.Ensemble(**run, seed=1), statistics=statistics)
    theirs = fisher.measure_spectrum(**run, seed=2, statistics=statistics, top=False)
    theirs = theirs.mean_eigenvalue
    error = np.hypot(ours.standard_error, theirs.standard_error)
    assert abs(ours.estimate - theirs.estimate) <= 6 * error
    assert theirs.per_network.var() > gain * ours.per_network.var()


def test_only_batch_norm_has_statistics_to_couple():
    networks = fisher.Ensemble(network="resnet", **SIZES, networks=2)
    with pytest.raises(ValueError, match=r"^statistics = 'coupled': must be 'fixed' with network="):
        fisher.measure_mean_eigenvalue(networks, statistics="coupled")
    with pytest.raises(ValueError, match=r"^statistics = 'coupled': must be 'fixed' with network="):
        fisher.measure_coupling(networks)
