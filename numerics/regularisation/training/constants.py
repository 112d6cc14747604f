"""Lipschitz constants of the networks of the toy example, exactly, and their bounds, as trained."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from numerics.measurement import Measurement, measurements
from numerics.regularisation.lipschitz import lipschitz_constant
from numerics.regularisation.norms import (
    entrywise_product,
    frobenius_product,
    path_sums,
    spectral_product,
)
from numerics.regularisation.training.descent import REGULARISERS, Runs
from numerics.regularisation.training.toy import Toy, trained_runs
from numerics.simulation import arguments
from numerics.simulation.batched import in_chunks
from numerics.simulation.device import DTYPES, resolved_device

Numbers = NDArray[np.float64]

_LOOSEST = 1e30  # a bound of a network that is constant
_TOGETHER = 32  # networks; regions are found one network after the other


@dataclass(frozen=True, kw_only=True)
class TrainedConstants:
    """Rows to be ranked, one a network, shape (networks, 2 or more).

    A constant is the greatest |f'| over all inputs. A bound's looseness is the bound over it.

    Attributes:
        constant_at_the_start_and_in_the_end: without a regulariser.
        constant_under_weight_decay_and_none: in the end; and the next two likewise.
        bounds_in_the_end: without a regulariser, the constant, then the product of spectral norms,
            the path norm and the products of norms of Frobenius and of sums of absolute entries.
        bounds_under_path: in the end, the constant, the path norm, the product of spectral norms.
        spectral_looseness_in_the_end_and_at_the_start: without a regulariser; and the next
            likewise of the path norm.
        spectral_looseness_under_L1_and_none: in the end; and the next likewise of the path norm,
            under path regularisation.
    """

    constant_at_the_start_and_in_the_end: Measurement
    constant_under_weight_decay_and_none: Measurement
    constant_under_L1_and_none: Measurement
    constant_under_path_and_none: Measurement
    bounds_in_the_end: Measurement
    bounds_under_path: Measurement
    spectral_looseness_in_the_end_and_at_the_start: Measurement
    path_looseness_in_the_end_and_at_the_start: Measurement
    spectral_looseness_under_L1_and_none: Measurement
    path_looseness_under_path_and_none: Measurement


def measure_trained_constants(
    toy: Toy, *, networks: int, seed: int, first_network: int = 0, device: str = "auto"
) -> TrainedConstants:
    """Train networks under every regulariser, and find their Lipschitz constants and bounds.

    Args:
        toy: what is trained, and how.
        networks: number of networks >= 1.
        seed: integer in [0, 2**64); network k depends on (seed, k) alone.
        first_network: index of the first network.
        device: of the training, "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.instance("toy", toy, Toy)
    found = constants_and_bounds(
        toy, networks=networks, seed=seed, first_network=first_network, device=device
    )
    constants, spectral, frobenius, entrywise, paths = np.moveaxis(found, -1, 0)
    with np.errstate(divide="ignore", invalid="ignore"):
        loose = np.nan_to_num(found[..., 1:] / constants[..., None], nan=_LOOSEST, posinf=_LOOSEST)
    none, decay, sparse, path = range(len(REGULARISERS))
    last = constants[:, 1]
    rows = {
        "constant_at_the_start_and_in_the_end": constants[:, :, none],
        "constant_under_weight_decay_and_none": last[:, [decay, none]],
        "constant_under_L1_and_none": last[:, [sparse, none]],
        "constant_under_path_and_none": last[:, [path, none]],
        "bounds_in_the_end": np.column_stack(
            [one[:, 1, none] for one in (constants, spectral, paths, frobenius, entrywise)]
        ),
        "bounds_under_path": np.column_stack(
            [one[:, 1, path] for one in (constants, paths, spectral)]
        ),
        "spectral_looseness_in_the_end_and_at_the_start": loose[:, ::-1, none, 0],
        "path_looseness_in_the_end_and_at_the_start": loose[:, ::-1, none, 3],
        "spectral_looseness_under_L1_and_none": loose[:, 1, [sparse, none], 0],
        "path_looseness_under_path_and_none": loose[:, 1, [path, none], 3],
    }
    settings = {**vars(toy), "seed": seed, "first_network": first_network}
    names = [name.replace("_", " ") for name in rows]
    found_rows = measurements(names, rows.values(), settings)
    return TrainedConstants(**dict(zip(rows, found_rows, strict=True)))


def constants_and_bounds(
    toy: Toy, *, networks: int, seed: int, first_network: int = 0, device: str = "auto"
) -> Numbers:
    """Return (networks, start and end, regularisers, constant and bounds).

    Bounds are products of spectral norms, of norms of Frobenius and of sums of absolute entries,
    and the path norm.
    """
    block = arguments.network_range(first_network, networks)
    like = torch.empty(0, dtype=DTYPES[toy.dtype], device=resolved_device(device))

    def part(some: range) -> dict[str, torch.Tensor]:
        ends: list[torch.Tensor] = []
        for runs, _ in trained_runs(toy, [0, toy.updates], seed, some, like):
            found = torch.from_numpy(_of_runs(runs, alike=not ends))
            ends.append(runs.by_network(found))
        return {"found": torch.stack(ends, dim=1)}

    return in_chunks(part, block, _TOGETHER)["found"]


def _of_runs(runs: Runs, *, alike: bool) -> Numbers:
    """Return the constant and its bounds of each run; of networks that are alike, of one."""
    copies = len(runs.coefficients) if alike else 1
    count = len(runs.weights[0]) // copies
    weights = [one[:count].double().cpu().numpy() for one in runs.weights]
    biases = [one[:count, 0].double().cpu().numpy() for one in runs.biases]
    constants = [
        lipschitz_constant(weights=one[: len(weights)], biases=one[len(weights) :])
        for one in zip(*weights, *biases, strict=True)
    ]
    bounds = [
        of(weights) for of in (spectral_product, frobenius_product, entrywise_product, path_sums)
    ]
    return np.tile(np.column_stack([constants, *bounds]), (copies, 1))
