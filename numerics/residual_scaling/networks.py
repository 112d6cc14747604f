"""Ensembles of residual networks whose branches are scaled by tau (Zhang et al. 2022, section 2).

For an input x with ||x|| = 1 and widths m,

    h_0 = relu(A x),
    h_l = relu(h_{l-1} + tau W_l h_{l-1})    (l = 1..L-1),
    h_L = relu(W_L h_{L-1}),

with entries of A and W_L distributed N(0, 2/m), those of W_1..W_(L-1) N(0, 1/m), and y = B h_L with
entries of B distributed N(0, 1/d). E ||h_0||^2 = 1. Proofs replace h_0 by a unit vector, on which
the law of what follows depends: "normalised" is relu(A x) / ||relu(A x)|| (0 where no unit is
active), "dense" is (1, .., 1)/sqrt(m), "one_hot" is (1, 0, .., 0).
"""

from collections.abc import Sequence
from dataclasses import dataclass

import torch

from numerics.simulation import arguments
from numerics.simulation.device import resolved_device

STARTS = ("own", "normalised", "dense", "one_hot")
LARGEST = 1e6  # tau


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """Independent networks with scaled branches; network k depends on (seed, k) only.

    Attributes:
        tau: scale of the residual branches, in [0, 1e6].
        depth: L >= 1; L - 1 layers are residual.
        width: m >= 1.
        start: h_0: "own" (relu(A x)), "normalised", "dense" or "one_hot".
        networks: number of independent networks >= 1.
        seed: integer in [0, 2**64).
        first_network: index of the first network; ranges measured apart join without seam.
        device: "auto" (CUDA where there is one), "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    tau: float
    depth: int
    width: int
    start: str = "own"
    networks: int
    seed: int
    first_network: int = 0
    device: str = "auto"

    def __post_init__(self) -> None:
        arguments.network_range(self.first_network, self.networks)
        object.__setattr__(self, "tau", arguments.real("tau", self.tau, minimum=0, maximum=LARGEST))
        arguments.integer("depth", self.depth, minimum=1)
        arguments.integer("width", self.width, minimum=1)
        arguments.choice("start", self.start, STARTS)
        arguments.seed(self.seed)
        object.__setattr__(self, "device", resolved_device(self.device))

    @property
    def block(self) -> range:
        """The indices of the networks."""
        return range(self.first_network, self.first_network + self.networks)

    @property
    def starts_given(self) -> bool:
        """Whether h_0 is a given vector."""
        return self.start in ("dense", "one_hot")

    def given_start(self) -> torch.Tensor:
        """Return the given h_0, shape (m,)."""
        start = torch.zeros(self.width, dtype=torch.float64, device=self.device)
        if self.start == "one_hot":
            start[0] = 1
        else:
            start += self.width**-0.5
        return start

    def layers(
        self, layer: int | Sequence[int] | None, *, first: int = 0, last: int | None = None
    ) -> list[int]:
        """Return the layers that are asked for: one, several, or by default first..last.

        Raises:
            TypeError, ValueError: a layer is no integer in [first, last]; last is L by default.
        """
        last = self.depth if last is None else last
        if layer is None:
            return [*range(first, last + 1)]
        several = (layer,) if isinstance(layer, int) else arguments.sequence("layer", layer)
        return [arguments.integer("layer", one, minimum=first, maximum=last) for one in several]
