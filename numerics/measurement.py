"""What a measurement returns: the value on every network, and what was run."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, kw_only=True, eq=False)
class Measurement:
    """One quantity measured on independent networks.

    Attributes:
        quantity: what was measured, in words.
        per_network: float64 array, read-only; the leading axis runs over networks and the others,
            if any, over layers.
        settings: the arguments of the run.
    """

    quantity: str
    per_network: np.ndarray
    settings: Mapping[str, object]

    def __post_init__(self) -> None:
        values = np.array(self.per_network, dtype=np.float64)
        if values.ndim == 0 or not len(values):
            raise ValueError(f"per_network of shape {values.shape}: must hold at least one network")
        values.flags.writeable = False
        object.__setattr__(self, "per_network", values)
        object.__setattr__(self, "settings", dict(self.settings))

    @property
    def networks(self) -> int:
        """Number of independent networks."""
        return len(self.per_network)

    @property
    def estimate(self) -> np.ndarray:
        """Mean over the networks; a scalar, or an array over the remaining axes."""
        return self.per_network.mean(axis=0)

    @property
    def standard_error(self) -> np.ndarray:
        """Standard error of ``estimate``, from the unbiased variance; infinite for one network."""
        if self.networks < 2:
            return np.full_like(self.estimate, np.inf)
        return self.per_network.std(axis=0, ddof=1) / np.sqrt(self.networks)


def measurements(
    quantities: Sequence[str], values: Iterable[np.ndarray], settings: Mapping[str, object]
) -> Iterator[Measurement]:
    """Yield a measurement of each of several quantities of the same networks.

    Args:
        quantities: what was measured, in words.
        values: of each, of shape (networks, ...).
        settings: the arguments of the run.
    """
    for quantity, per_network in zip(quantities, values, strict=True):
        yield Measurement(quantity=quantity, per_network=per_network, settings=settings)
