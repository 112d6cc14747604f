"""How the variation of weights that are trained on images goes with depth, start and rate."""

from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray

from numerics.measurement import Measurement, measurements
from numerics.simulation.data import ImageSet
from numerics.simulation.device import resolved_device
from numerics.weight_paths.images.classified import Classified, measure_classified

APART = 4
"""Depths of a trend are this factor apart."""

_LARGEST = 1e300  # in place of an infinity: weights that overflowed


@dataclass(frozen=True, kw_only=True)
class ImageTrends:
    """Rows to be ranked, one a network, shape (networks, 2 or 3).

    Classes are those of Table 4.1, c of constant and t of truncated starts. A network has the same
    embeddings in all of a row.

    Attributes:
        B11c_from_the_deepest: the 1-variation of its scaled weights at L, L/4 and L/16 layers.
        B31c_to_the_deepest: the same at L/16, L/4 and L.
        C11c_to_the_deepest: the same.
        C21c_to_the_deepest: the same.
        B21c_to_the_deepest: the same at L/16 and L, between which training begins to converge.
        B32c_to_the_deepest: the same at L/4 and L; of fewer layers it falls.
        B22_constant_then_truncated: the 1-variation of both starts at L.
        C22_constant_then_truncated: the same.
    """

    B11c_from_the_deepest: Measurement
    B31c_to_the_deepest: Measurement
    C11c_to_the_deepest: Measurement
    C21c_to_the_deepest: Measurement
    B21c_to_the_deepest: Measurement
    B32c_to_the_deepest: Measurement
    B22_constant_then_truncated: Measurement
    C22_constant_then_truncated: Measurement


@dataclass(frozen=True, kw_only=True)
class ImageLosses:
    """Losses before the last step to be ranked, a row a network, shape (networks, 2).

    Attributes:
        B33c_then_B31c: at alpha = 0.5, of the rates L^(alpha - beta) and L^beta.
        B21c_then_B22c: at alpha = 0.75, of the rates 20 L^beta and L^(alpha - beta).
    """

    B33c_then_B31c: Measurement
    B21c_then_B22c: Measurement


def measure_image_trends(
    image_set: ImageSet,
    *,
    depth: int,
    samples: int | None,
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> ImageTrends:
    """Train networks of several classes and depths on the same images.

    Args:
        image_set: what is told apart.
        depth: L >= 32, of the deepest.
        samples: N >= 1, the first so many images to train on; None for a quarter of them.
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    depths = (depth // APART**2, depth // APART, depth)
    device = resolved_device(device)
    train = partial(
        measure_classified, networks=networks, seed=seed, first_network=first_network, device=device
    )

    def varied(*places: tuple[str, int]) -> NDArray[np.float64]:
        columns = [
            train(_class(name, layers, image_set, samples)).variation.per_network
            for name, layers in places
        ]
        return np.minimum(np.column_stack(columns), _LARGEST)

    def along(name: str) -> NDArray[np.float64]:
        return varied(*((name, layers) for layers in depths))

    rows = {
        "B11c_from_the_deepest": along("B11c")[:, ::-1],
        "B31c_to_the_deepest": along("B31c"),
        "C11c_to_the_deepest": along("C11c"),
        "C21c_to_the_deepest": along("C21c"),
        "B21c_to_the_deepest": varied(("B21c", depths[0]), ("B21c", depth)),
        "B32c_to_the_deepest": varied(("B32c", depths[1]), ("B32c", depth)),
        "B22_constant_then_truncated": varied(("B22c", depth), ("B22t", depth)),
        "C22_constant_then_truncated": varied(("C22c", depth), ("C22t", depth)),
    }
    settings = {
        **vars(image_set), "depth": depth, "samples": samples, "networks": networks, "seed": seed,
        "first_network": first_network, "device": device,
    }  # fmt: skip
    found = measurements(tuple(name.replace("_", " ") for name in rows), rows.values(), settings)
    return ImageTrends(**dict(zip(rows, found, strict=True)))


def measure_image_losses(
    image_set: ImageSet,
    *,
    depth: int,
    samples: int | None,
    networks: int,
    seed: int,
    first_network: int = 0,
    device: str = "auto",
) -> ImageLosses:
    """Train networks at two learning rates on the same images; see ``measure_image_trends``."""
    device = resolved_device(device)
    names = ("B33c", "B31c", "B21c", "B22c")
    losses = [
        measure_classified(
            _class(name, depth, image_set, samples),
            networks=networks, seed=seed, first_network=first_network, device=device,
        ).loss.per_network
        for name in names
    ]  # fmt: skip
    table = np.nan_to_num(np.column_stack(losses), nan=_LARGEST, posinf=_LARGEST)
    settings = {
        **vars(image_set), "depth": depth, "samples": samples, "networks": networks, "seed": seed,
        "first_network": first_network, "device": device,
    }  # fmt: skip
    rows = (table[:, :2], table[:, 2:])
    slow, fast = measurements(
        ("losses of B33c and B31c", "losses of B21c and B22c"), rows, settings
    )
    return ImageLosses(B33c_then_B31c=slow, B21c_then_B22c=fast)


def _class(name: str, layers: int, image_set: ImageSet, samples: int | None) -> Classified:
    return Classified(model=f"CIFAR10-{name}", depth=layers, image_set=image_set, samples=samples)
