"""Measurements of layers from what a pass over the layers yields."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, Protocol, TypeVar

import torch

from numerics.measurement import Measurement
from numerics.residual_scaling.networks import Ensemble
from numerics.simulation.batched import in_chunks


class _Indexed(Protocol):
    @property
    def index(self) -> int: ...


_Layer = TypeVar("_Layer", bound=_Indexed)


def measured_at_layers(
    ensemble: Ensemble,
    quantities: Mapping[str, str],
    layers: Callable[[range], Iterator[_Layer]],
    told: Callable[[_Layer], Sequence[torch.Tensor]],
    *,
    layer: int | Sequence[int] | None,
    last: int | None = None,
    chunk: int,
    **settings: Any,
) -> dict[str, Measurement]:
    """Return measurements of the layers that are asked for, and keep nothing of the others.

    Args:
        ensemble: the networks.
        quantities: what is measured, in words, by its name.
        layers: yields the layers of some networks, each with its index.
        told: maps a layer to the quantities there, of shape (networks,).
        layer: one of 0..last, for a number a network, or several, for a column each; None for all.
        last: the greatest layer, L by default.
        chunk: networks at a time.
        **settings: what was run, beside the ensemble and the layer.
    """
    wanted = ensemble.layers(layer, last=last)

    def columns(block: range) -> dict[str, torch.Tensor]:
        found = {one.index: told(one) for one in layers(block) if one.index in wanted}
        by_name = zip(*(found[index] for index in wanted), strict=True)
        return {
            name: torch.stack([one.double() for one in column], dim=1)
            for name, column in zip(quantities, by_name, strict=True)
        }

    joined = in_chunks(columns, ensemble.block, chunk)
    return {
        name: Measurement(
            quantity=quantity,
            per_network=joined[name][:, 0] if isinstance(layer, int) else joined[name],
            settings={**vars(ensemble), **settings, "layer": layer},
        )
        for name, quantity in quantities.items()
    }
