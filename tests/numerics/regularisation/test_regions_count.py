"""Counts of linear regions against counting kinks on a fine grid."""

import numpy as np
import pytest

from numerics.regularisation import (
    measure_folded_regions,
    measure_regions_at_start,
    regions_count,
)


@pytest.mark.parametrize("biases", regions_count.BIASES)
def test_as_many_regions_are_counted_as_a_grid_shows(biases, monkeypatch):
    seen = []
    pieces_of = regions_count.linear_pieces

    def keeping(weights, shifts):
        seen.append((weights, shifts))
        return pieces_of(weights, shifts)

    monkeypatch.setattr(regions_count, "linear_pieces", keeping)
    found = measure_regions_at_start(hidden=2, width=3, biases=biases, networks=12, seed=3)
    weights, shifts = seen[0]
    # even in angle: kinks may lie far out
    x = np.tan(np.linspace(-np.pi / 2, np.pi / 2, 400_001)[1:-1])
    for network, regions in enumerate(found.per_network):
        h = x[None]
        for layer, (weight, shift) in enumerate(zip(weights, shifts, strict=True)):
            h = np.maximum(h, 0) if layer else h
            h = weight[network] @ h + shift[network][:, None]
        slopes = np.diff(h[0]) / np.diff(x)
        scale = np.abs(slopes).max()
        bends = np.abs(np.diff(slopes)) > 1e-6 * scale
        # a kink within a cell bends twice side by side
        assert regions == 1 + (np.diff(bends.astype(int), prepend=0) == 1).sum()


@pytest.mark.parametrize("hidden", [1, 2, 7])
def test_each_fold_doubles_the_regions_whatever_the_scales(hidden):
    found = measure_folded_regions(hidden=hidden, networks=9, seed=0)
    assert set(found.per_network) == {2**hidden}


def test_networks_without_biases_have_two_regions_or_are_constant():
    found = measure_regions_at_start(hidden=4, width=2, biases="none", networks=200, seed=0)
    assert set(found.per_network) == {1, 2}


@pytest.mark.parametrize(
    ("hidden", "width", "ratio"), [(4, 2, 1.96), (6, 2, 2.28), (6, 3, 2.25), (6, 16, 0.99)]
)
def test_biases_of_every_layer_make_more_regions_in_narrow_networks(hidden, width, ratio):
    every, first = (
        measure_regions_at_start(hidden=hidden, width=width, biases=biases, networks=400, seed=5)
        for biases in ("every layer", "first layer")
    )
    found = every.per_network.mean() / first.per_network.mean()
    assert found == pytest.approx(ratio, rel=0.12)


@pytest.mark.parametrize(
    ("measure", "sizes"),
    [
        (measure_regions_at_start, {"hidden": 3, "width": 4, "biases": "every layer"}),
        (measure_folded_regions, {"hidden": 3}),
    ],
)
def test_a_network_depends_on_its_index_alone(measure, sizes, monkeypatch):
    whole = measure(**sizes, networks=6, seed=1).per_network
    monkeypatch.setattr(regions_count, "_TOGETHER", 2)
    part = measure(**sizes, networks=3, seed=1, first_network=2).per_network
    assert part.tolist() == whole[2:5].tolist()


def test_unknown_biases_are_refused():
    with pytest.raises(ValueError, match=r"biases = 'some': must be one of 'none', 'first layer'"):
        measure_regions_at_start(hidden=1, width=2, biases="some", networks=1, seed=0)
