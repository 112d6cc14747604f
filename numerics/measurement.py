"""What a measurement returns: the value on every network, and what was run."""

from __future__ import annotations

import html
import reprlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from matplotlib.axes import Axes

_SHOWN = 20  # columns of which a table in a notebook tells


@dataclass(frozen=True, kw_only=True, eq=False, repr=False)
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

    def __repr__(self) -> str:
        """Quantity, mean and standard error of the first columns, and how many networks."""
        return f"<{self.quantity}: {self._means(4)}; networks: {self.networks}>"

    def _means(self, shown: int) -> str:
        estimates, errors = self.estimate.reshape(-1), self.standard_error.reshape(-1)
        pairs = zip(estimates[:shown], errors[:shown], strict=True)
        means = [f"{estimate:.4g} ± {error:.2g}" for estimate, error in pairs]
        if len(estimates) > shown:
            means.append(f"and {len(estimates) - shown} more")
        return ", ".join(means)

    def _repr_html_(self) -> str:
        """Quantity, mean and standard error of each column, and what was run; all escaped."""
        rows = {"mean": self._means(_SHOWN), "networks": str(self.networks)}
        rows |= {name: reprlib.repr(value) for name, value in self.settings.items()}
        cells = "".join(
            f"<tr><th>{html.escape(name)}</th><td>{html.escape(text)}</td></tr>"
            for name, text in rows.items()
        )
        return f"<div><strong>{html.escape(self.quantity)}</strong><table>{cells}</table></div>"

    def plot(self, axes: Axes | None = None, /) -> Axes:
        """Draw the networks as a histogram, or the means of several columns with standard errors.

        On a new figure of matplotlib, or on `axes`, which are returned. Raises ImportError where
        matplotlib is not installed, and ValueError for more than one axis beside the networks.
        """
        if self.per_network.ndim > 2:
            raise ValueError(
                f"per_network of shape {self.per_network.shape}: must have one axis beside the "
                "networks at most to be drawn"
            )
        axes = axes or _new_axes()
        quantity = self.quantity.replace("$", r"\$")
        if self.per_network.ndim == 1:
            axes.hist(self.per_network[np.isfinite(self.per_network)], bins="auto", color="0.8")
            axes.axvline(float(self.estimate), color="black", label="mean")
            axes.set(xlabel=quantity, ylabel="networks")
            axes.legend()
        else:
            errors = np.where(np.isfinite(self.standard_error), self.standard_error, 0)
            places = np.arange(len(errors))
            axes.errorbar(places, self.estimate, yerr=errors, fmt=".-", color="black", capsize=2)
            axes.set(xlabel="column", ylabel=quantity)
        return axes


def _new_axes() -> Axes:
    try:
        from matplotlib import pyplot
    except ImportError:
        raise ImportError("plot needs matplotlib: pip install 'touchstone[report]'") from None
    return pyplot.subplots()[1]


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
