"""Ensembles of random residual networks: their draws and their forward and backward passes.

The networks are those of Furusho (2020), eqs 12-14 and 26. For an input x in R^D,

    h^0 = W^0 x,    h^l = W^l u^l + h^{l-1}  (l = 1..L),    f(x) = sum_i h^L_i,

with D x D weights W^0 ~ N(0, 1/D) and W^l ~ N(0, 2/D), and the forward signal u^l

    resnet            relu(h^{l-1})
    batch_norm        relu(BN(h^{l-1})), BN = (h - mean) / biased standard deviation, per unit,
                      over the N samples of the batch
    stochastic_depth  beta^l relu(h^{l-1}), beta^l in {0, 1}, one for each layer and network

u^0 stands for x. The error signal is delta^l = df/dh^l; batch statistics are held constant.

Means over networks are found from two other laws, under which they are the same and vary less.

Sign readouts. With independent random signs a_n in R^D in place of the ones, f_n = a_n . h^L_n, the
means of ||delta^l_n||^2 and of ||u^l_n||^2 ||delta^l_n||^2 stay as they are, at every width. With
J = dh^L_n / dh^l_n the two readouts differ by sum_{i != j} (J J^T)_ij on average over the signs.
J = (I + W^L G^L) J', where the gates G^L (with 1/sigma), J' and u^l depend on W^0..W^(L-1) only and
the rows of W^L are independent with mean zero: the mean of (J J^T)_ij over W^L is (J' J'^T)_ij.
So down to the block above l, where J' = I.

Tilted dropping. Survivors drawn with probability q = 2p/(1+p) in place of p, and every quantity
multiplied by the ratio of the two probabilities of what was drawn: (p/q)^K ((1-p)/(1-q))^(L-K) =
(1+p)^L 2^-K for K survivors. Squared signals double with each survivor, which this makes up for.
"""

import math
from dataclasses import dataclass

import torch

from numerics.simulation import arguments, data, keyed
from numerics.simulation.batched import aligned, array, chunk_size, multiply
from numerics.simulation.device import DTYPES, resolved_device

NETWORKS = ("resnet", "batch_norm", "stochastic_depth")
_INPUTS = ("gaussian", "digits")


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """Independent networks of one kind, each with its inputs; network k depends on (seed, k) only.

    Attributes:
        network: "resnet", "batch_norm" or "stochastic_depth".
        depth: L >= 1.
        width: D >= 1.
        samples: N >= 1 (2 for batch_norm); None or 300 for the digits, which are all of them.
        networks: number of independent networks >= 1.
        seed: integer in [0, 2**64).
        first_network: index of the first network; ranges measured apart join without seam.
        inputs: "gaussian" (a fresh standard normal sample for each network) or "digits" (the 300
            training images of ``data.digits``, the same for every network).
        survival: probability in [0, 1] that a layer survives (stochastic depth only).
        survivors: number 0..L of surviving layers, a uniformly random set (stochastic depth only;
            one of the two is given).
        dtype: "float64" or "float32"; both see the same networks.
        device: "auto" (CUDA where there is one), "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    network: str
    depth: int
    width: int
    samples: int | None = None
    networks: int
    seed: int
    first_network: int = 0
    inputs: str = "gaussian"
    survival: float | None = None
    survivors: int | None = None
    dtype: str = "float64"
    device: str = "auto"

    def __post_init__(self) -> None:
        arguments.network_range(self.first_network, self.networks)
        arguments.choice("network", self.network, NETWORKS)
        arguments.integer("depth", self.depth, minimum=1)
        arguments.integer("width", self.width, minimum=1)
        self._check_survival()
        arguments.seed(self.seed)
        arguments.choice("inputs", self.inputs, _INPUTS)
        arguments.choice("dtype", self.dtype, DTYPES)
        object.__setattr__(self, "device", resolved_device(self.device))
        if self.inputs == "digits":
            arguments.integer("width", self.width, minimum=1, maximum=data.MAXIMUM_WIDTH)
            if self.samples not in (None, data.TRAIN_SAMPLES):
                raise ValueError(
                    f"samples = {self.samples!r}: must be None or {data.TRAIN_SAMPLES} for the "
                    "digits, of which a part would not be whitened"
                )
            object.__setattr__(self, "samples", data.TRAIN_SAMPLES)
        minimum = 2 if self.network == "batch_norm" else 1
        arguments.integer("samples", self.samples, minimum=minimum)

    def _check_survival(self) -> None:
        given = (self.survival is not None) + (self.survivors is not None)
        if given != (self.network == "stochastic_depth"):
            raise ValueError(
                f"survival = {self.survival!r}, survivors = {self.survivors!r}: give exactly one "
                "of them with network='stochastic_depth', and neither with another network"
            )
        if self.survival is not None:
            arguments.real("survival", self.survival, minimum=0, maximum=1)
        if self.survivors is not None:
            arguments.integer("survivors", self.survivors, minimum=0, maximum=self.depth)

    @property
    def block(self) -> range:
        """The indices of the networks."""
        return range(self.first_network, self.first_network + self.networks)

    @property
    def parameters(self) -> int:
        """P = (L + 1) D^2."""
        return (self.depth + 1) * self.width**2

    @property
    def size(self) -> int:
        """N, the number of samples."""
        assert self.samples is not None
        return self.samples

    def draw_survival(
        self, generators: list[torch.Generator], *, tilted_above: int | None = None
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Return the beta^l and the ratio of the law to that drawn from, (1+p)^(L-l) 2^-K.

        Args:
            generators: of the networks.
            tilted_above: the layers above this l, K of which survive, are drawn tilted where they
                survive by chance; None or L for no layer.

        Returns:
            float64 tensors of shapes (networks, L) and (networks,); ones but for stochastic depth.
        """
        ratio = torch.ones(len(generators), dtype=torch.float64)
        if self.survival is not None:
            first = self.depth if tilted_above is None else tilted_above
            chances = torch.full((self.depth,), float(self.survival), dtype=torch.float64)
            chances[first:] = 2 * self.survival / (1 + self.survival)
            survive = (self._uniform(generators) < chances).double()
            doublings = (self.depth - first) * math.log2(1 + self.survival)
            return survive, torch.exp2(doublings - survive[:, first:].sum(dim=1))
        if self.survivors is not None:
            ranks = self._uniform(generators).argsort(dim=1).argsort(dim=1)
            return (ranks < self.survivors).double(), ratio
        return torch.ones(len(generators), self.depth, dtype=torch.float64), ratio

    def _uniform(self, generators: list[torch.Generator]) -> torch.Tensor:
        return torch.stack(
            [torch.rand(self.depth, generator=source, dtype=torch.float64) for source in generators]
        )

    def matrices(self, *shape: int) -> torch.Tensor:
        """Return uninitialised matrices of this ensemble's precision and device."""
        return aligned(*shape, dtype=DTYPES[self.dtype], device=torch.device(self.device))

    def signals(self, *shape: int) -> torch.Tensor:
        """Return uninitialised signals, shape (*shape, N, D), whose samples are next to each other.

        Products with weights, and of signals with signals, are fastest in this order.
        """
        return self.matrices(*shape, self.width, self.size).mT

    def chunk(self, chunk: int | None, *, extra: int = 0) -> int:
        """Return the number of networks to simulate at once: what was asked for, or the default.

        Args:
            chunk: None, or an integer >= 1.
            extra: numbers held for each network beside its weights and signals.
        """
        if chunk is not None:
            return arguments.integer("chunk", chunk, minimum=1)
        signals = 4 * (self.depth + 1) * self.size * self.width
        held = (signals + self.parameters + extra) * DTYPES[self.dtype].itemsize
        return chunk_size(bytes_per_network=held, device=torch.device(self.device))


@dataclass(frozen=True)
class Draw:
    """The networks of one chunk.

    Attributes:
        inputs: shape (networks, N, D).
        weights: W^0..W^L, shape (L + 1, networks, D, D); h = W u.
        survival: the beta^l, shape (L, networks, 1, 1); ones but for stochastic depth.
        readout: the a_n of f_n = a_n . h^L_n, shape (networks, N, D) or 1.
        ratio: what quantities are multiplied by under tilted dropping, shape (networks,) or 1.
    """

    inputs: torch.Tensor
    weights: torch.Tensor
    survival: torch.Tensor
    readout: torch.Tensor | float = 1.0
    ratio: torch.Tensor | float = 1.0


@dataclass(frozen=True)
class Forward:
    """The forward pass of one chunk.

    Attributes:
        hidden: h^0..h^L, shape (L + 1, networks, N, D).
        signals: u^0..u^L, with u^0 = x, of the same shape.
        inverse_std: for each of the layers 1..L 1/sigma of batch norm, shape (networks, 1, D);
            empty for the other networks.
    """

    hidden: torch.Tensor
    signals: torch.Tensor
    inverse_std: list[torch.Tensor]


def draw(ensemble: Ensemble, networks: range, *, signs: bool = False, tilted: bool = False) -> Draw:
    """Draw the given networks: inputs if random, weights, survival, signs, in this order.

    Args:
        ensemble: the networks.
        networks: their indices.
        signs: whether readouts are random signs, not ones.
        tilted: whether dropping is tilted in every layer.
    """
    rows, width = ensemble.size, ensemble.width
    generators = [keyed.generator(seed=ensemble.seed, network=k) for k in networks]
    if ensemble.inputs == "gaussian":
        inputs = ensemble.signals(len(networks))
        inputs.copy_(keyed.standard_normals(generators, rows * width).view(inputs.shape))
    else:
        images, _ = data.digits(width=width)
        inputs = ensemble.signals(1)
        inputs.copy_(torch.tensor(images))
        inputs = inputs.expand(len(networks), -1, -1)
    weights = ensemble.matrices(ensemble.depth + 1, len(networks), width, width)
    normals = keyed.standard_normals(generators, ensemble.parameters)
    weights.copy_(normals.view(len(networks), -1, width, width).transpose(0, 1))
    weights[0] *= (1 / width) ** 0.5
    weights[1:] *= (2 / width) ** 0.5
    survival, ratio = ensemble.draw_survival(generators, tilted_above=0 if tilted else None)
    readout: torch.Tensor | float = 1.0
    if signs:
        drawn = keyed.random_signs(generators, rows * width)
        readout = ensemble.signals(len(networks)).copy_(drawn.view(-1, rows, width))
    survival = survival.T[..., None, None].to(weights)
    return Draw(inputs, weights, survival, readout, ratio.to(weights))


def forward(ensemble: Ensemble, drawn: Draw) -> Forward:
    """Run the drawn networks on their inputs."""
    shape = ensemble.depth + 1, len(drawn.inputs)
    hidden, signals = ensemble.signals(*shape), ensemble.signals(*shape)
    inverse_std: list[torch.Tensor] = []
    signals[0] = drawn.inputs
    sources, weights, products = map(array, (signals, drawn.weights, hidden))
    multiply(sources[0], weights[0].mT, out=products[0])
    before = hidden[0]
    for layer, (after, signal) in enumerate(zip(hidden[1:], signals[1:], strict=True), start=1):
        if ensemble.network == "batch_norm":
            torch.sub(before, before.mean(dim=1, keepdim=True), out=signal)
            inverse_std.append(signal.square().mean(dim=1, keepdim=True).rsqrt())
            signal.mul_(inverse_std[-1]).relu_()
        else:
            torch.clamp(before, min=0, out=signal)
        if ensemble.network == "stochastic_depth":
            signal.mul_(drawn.survival[layer - 1])
        multiply(sources[layer], weights[layer].mT, out=products[layer])
        before = after.add_(before)
    return Forward(hidden, signals, inverse_std)


def backward(ensemble: Ensemble, drawn: Draw, passed: Forward) -> torch.Tensor:
    """Return the error signals delta^0..delta^L, shape (L + 1, networks, N, D)."""
    errors = ensemble.signals(*passed.hidden.shape[:2])
    errors[-1] = drawn.readout
    gate, through = ensemble.signals(2, len(drawn.inputs))
    sources, weights, product = map(array, (errors, drawn.weights, through))
    after, layers = errors[-1], [*zip(errors[:-1], passed.signals[1:], strict=True)]
    for layer in range(ensemble.depth, 0, -1):
        error, signal = layers[layer - 1]
        multiply(sources[layer], weights[layer], out=product)
        if passed.inverse_std:
            through.mul_(passed.inverse_std[layer - 1])
        # The derivative of the relu: 1 where the layer survives and its unit is active, else 0.
        torch.sign(signal, out=gate)
        after = torch.addcmul(after, through, gate, out=error)
    return errors
