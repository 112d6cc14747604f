"""Ensembles of a caller's own modules: how each is made of its key, and how many are run at once.

Network k is made by the caller's function of the generator of (seed, k). While the function runs,
torch's own generator is keyed too, as `torch.nn.Linear` and its like take no other; it is put back
afterwards. What is measured is a copy: the caller's module, its mode and its buffers stay as they
are.

Batch statistics are as the module has them. In training mode a batch norm normalises by the batch,
and gradients flow through mean and deviation, so that each output depends on all samples; in
evaluation mode it takes its running statistics, which are held.
"""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.nn.modules.batchnorm import _NormBase

from numerics.simulation import arguments, keyed
from numerics.simulation.batched import one_thread
from numerics.simulation.device import DTYPES, resolved_device

Tensors = dict[str, torch.Tensor]
Maker = Callable[[torch.Generator], Any]

_MEMORY = 2**27  # bytes of derivatives of one group
_LARGEST_GROUP = 32  # networks; a call of torch takes as long for one small network


@dataclass(frozen=True, kw_only=True)
class Ensemble:
    """Independent modules of one structure, each with its inputs; network k depends on (seed, k).

    Attributes:
        build: a function of a `torch.Generator` that returns a `torch.nn.Module` on the CPU, whose
            weights are drawn from it, or from torch's own generator, alone.
        inputs: a tensor or an array (samples, ...) that all networks see, or a function of the
            network's generator that returns one; it is called before ``build``.
        networks: number of independent networks >= 1.
        seed: integer in [0, 2**64).
        first_network: index of the first network; ranges measured apart join without seam.
        dtype: "float64" or "float32", to which weights, buffers and inputs are cast.
        device: "auto" (CUDA where there is one), "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an attribute is not what is allowed here; the message names it.
    """

    build: Maker
    inputs: Any
    networks: int
    seed: int
    first_network: int = 0
    dtype: str = "float64"
    device: str = "auto"

    def __post_init__(self) -> None:
        if isinstance(self.build, torch.nn.Module) or not callable(self.build):
            raise TypeError(
                f"build = {type(self.build).__name__}: must be a function of a torch.Generator "
                "that returns a torch.nn.Module"
            )
        arguments.network_range(self.first_network, self.networks)
        arguments.seed(self.seed)
        arguments.choice("dtype", self.dtype, DTYPES)
        object.__setattr__(self, "device", resolved_device(self.device))
        if not callable(self.inputs):
            object.__setattr__(self, "inputs", samples("inputs", self.inputs).clone())

    @property
    def block(self) -> range:
        """The indices of the networks."""
        return range(self.first_network, self.first_network + self.networks)


def samples(name: str, value: object) -> torch.Tensor:
    """Return a tensor of at least one sample along its first axis."""
    allowed = "a tensor or an array of shape (samples, ...), at least one"
    try:
        tensor = torch.as_tensor(value)
    except (TypeError, ValueError, RuntimeError):
        raise TypeError(f"{name} = {type(value).__name__}: must be {allowed}") from None
    if tensor.dim() == 0 or len(tensor) == 0:
        raise ValueError(f"{name} of shape {tuple(tensor.shape)}: must be {allowed}")
    return tensor.detach()


@dataclass(frozen=True)
class Network:
    """One network, or a group of them stacked along a first axis.

    Attributes:
        weights: the parameters that require gradients, by name.
        held: other parameters, and buffers.
        inputs: shape (samples, ...).
        extra: what a measurement draws beside them, by name.
    """

    weights: Tensors
    held: Tensors
    inputs: torch.Tensor
    extra: Tensors


def drawn(ensemble: Ensemble, k: int, extra: Mapping[str, Any]) -> tuple[torch.nn.Module, Network]:
    """Return a copy of network k's module, and its numbers.

    Args:
        ensemble: the networks.
        k: index of the network.
        extra: tensors (samples, ...), or functions of the generator, called after ``build``.
    """
    generator = keyed.generator(seed=ensemble.seed, network=k)

    def made(name: str, source: Any) -> torch.Tensor:
        tensor = samples(name, source(generator) if callable(source) else source)
        return placed(tensor, ensemble)

    with _keyed_by(ensemble.seed, k):
        inputs = made("inputs", ensemble.inputs)
        module = ensemble.build(generator)
        if not isinstance(module, torch.nn.Module):
            raise TypeError(f"build returned {_an(module)}: must return a torch.nn.Module")
        beside = {name: made(name, source) for name, source in extra.items()}
    module = copy.deepcopy(module)
    _forget_running_statistics(module)
    weights: Tensors = {}
    held = {name: placed(one, ensemble) for name, one in module.named_buffers()}
    for name, one in module.named_parameters():
        (weights if one.requires_grad else held)[name] = placed(one, ensemble)
    if not weights:
        raise ValueError("build returned a module without parameters that require gradients")
    return module, Network(weights, held, inputs, beside)


def placed(tensor: torch.Tensor, ensemble: Ensemble) -> torch.Tensor:
    """Return a detached copy on the ensemble's device, of its precision if it is real."""
    dtype = DTYPES[ensemble.dtype] if tensor.is_floating_point() else tensor.dtype
    return tensor.detach().to(device=ensemble.device, dtype=dtype, copy=True)


@contextmanager
def _keyed_by(seed: int, network: int) -> Iterator[None]:
    """Let torch's own generator on the CPU depend on (seed, network), and put it back."""
    # Of another seed: the streams of two generators of one key would be the same numbers.
    own = keyed.stream(seed=seed ^ (2**64 - 1), network=network)
    with torch.random.fork_rng(devices=[]):
        torch.default_generator.manual_seed(own)
        yield


@contextmanager
def _plain_attention() -> Iterator[None]:
    """Let attention run as products and a softmax: fused kernels have no rule for many at once.

    In evaluation mode one would also skip the layers that an encoder is made of.
    """
    fused = torch.backends.mha.get_fastpath_enabled()
    torch.backends.mha.set_fastpath_enabled(False)
    try:
        with sdpa_kernel(SDPBackend.MATH):
            yield
    finally:
        torch.backends.mha.set_fastpath_enabled(fused)


def _forget_running_statistics(module: torch.nn.Module) -> None:
    """Let norms in training mode update nothing; what they return does not depend on it."""
    for one in module.modules():
        if isinstance(one, _NormBase) and one.training:
            one.track_running_stats = False
            one.running_mean = one.running_var = one.num_batches_tracked = None


@dataclass(frozen=True)
class Sizes:
    """Of one network: samples, outputs of a sample, weights, and numbers of the inputs in all."""

    samples: int
    outputs: int
    weights: int
    inputs: int


def returned(module: torch.nn.Module, state: Tensors, inputs: torch.Tensor) -> torch.Tensor:
    """Return the module's outputs, shape (samples, ...).

    Args:
        module: whose own numbers are not used.
        state: weights and buffers by name.
        inputs: shape (samples, ...).
    """
    found = torch.func.functional_call(module, state, (inputs,))
    if not isinstance(found, torch.Tensor):
        raise TypeError(f"the module returned {_an(found)}: must return a tensor")
    if found.dim() == 0 or len(found) != len(inputs):
        raise ValueError(
            f"the module returned shape {tuple(found.shape)} for {len(inputs)} samples: "
            "its first axis must run over the samples"
        )
    return found


def outputs(module: torch.nn.Module, state: Tensors, inputs: torch.Tensor) -> torch.Tensor:
    """Return them as a matrix (samples, outputs of a sample)."""
    return returned(module, state, inputs).reshape(len(inputs), -1)


def flat(tensors: Tensors) -> torch.Tensor:
    """Return all numbers as one vector."""
    return torch.cat([one.flatten() for one in tensors.values()])


def unflattened(vector: torch.Tensor, like: Tensors) -> Tensors:
    """Return the parts of a vector under the names and in the shapes of tensors."""
    parts = vector.split([one.numel() for one in like.values()])
    return {name: part.view_as(one) for (name, one), part in zip(like.items(), parts, strict=True)}


def top_eigenvalue(matrix: torch.Tensor) -> torch.Tensor:
    """Return the greatest eigenvalue of a symmetric matrix, what overflowed where it did."""
    finite = matrix.isfinite().all()
    return torch.linalg.eigvalsh(matrix.where(finite, 0))[-1].where(finite, matrix.abs().sum())


def spectral_norm(matrix: torch.Tensor) -> torch.Tensor:
    """Return the greatest singular value of a matrix, what overflowed where it did."""
    finite = matrix.isfinite().all()
    return torch.linalg.svdvals(matrix.where(finite, 0))[0].where(finite, matrix.abs().sum())


def over_networks(
    ensemble: Ensemble,
    evaluate: Callable[[torch.nn.Module, Network], Tensors],
    *,
    numbers: Callable[[Sizes], int],
    extra: Mapping[str, Any] | None = None,
) -> dict[str, np.ndarray]:
    """Evaluate every network of an ensemble under `torch.func.vmap` and join the results.

    Networks k are worked out in whole groups of equal k // G, where G depends on the shapes alone,
    so that no bit of a network depends on which others are asked for.

    Args:
        ensemble: the networks.
        evaluate: maps a module and the numbers of one network to named tensors.
        numbers: how many numbers one network of given sizes holds, from which G is chosen.
        extra: what is drawn beside the networks, as in ``drawn``.

    Raises:
        TypeError, ValueError: what the caller's functions return is not what is allowed.
    """
    block, beside = ensemble.block, dict(extra or {})
    with one_thread(), _plain_attention():
        module, first = drawn(ensemble, block.start, beside)
        _check_keyed(first, drawn(ensemble, block.start, beside)[1])
        size = _group(ensemble, module, first, numbers)
        joined: dict[str, list[np.ndarray]] = {}
        for group in range(block.start // size, (block.stop - 1) // size + 1):
            members = range(group * size, (group + 1) * size)
            # The first stands in for those not asked for; no network changes another's numbers.
            networks = [drawn(ensemble, k, beside)[1] if k in block else first for k in members]
            stacked = _stacked(networks, first)
            values = _evaluated(module, evaluate, stacked)
            if not joined:
                # Of a module that stands twice in another functional_call spoils its copy.
                spare, _ = drawn(ensemble, block.start, beside)
                _check_gradients(spare.to(ensemble.device, DTYPES[ensemble.dtype]), first)
            for name, value in values.items():
                joined.setdefault(name, []).append(value.double().cpu().numpy())
    skipped = block.start % size
    return {
        name: np.concatenate(parts)[skipped : skipped + len(block)]
        for name, parts in joined.items()
    }


def _group(
    ensemble: Ensemble,
    module: torch.nn.Module,
    first: Network,
    numbers: Callable[[Sizes], int],
) -> int:
    """Return how many networks are worked out at once: a power of 2."""
    with torch.random.fork_rng(devices=[]), torch.no_grad():
        shape = outputs(module, {**first.weights, **first.held}, first.inputs).shape
    weights = sum(one.numel() for one in first.weights.values())
    sizes = Sizes(shape[0], shape[1], weights=weights, inputs=first.inputs.numel())
    held = (numbers(sizes) + weights) * DTYPES[ensemble.dtype].itemsize
    return 2 ** int(math.log2(min(_LARGEST_GROUP, max(1, _MEMORY // held))))


def _evaluated(
    module: torch.nn.Module,
    evaluate: Callable[[torch.nn.Module, Network], Tensors],
    stacked: Network,
) -> Tensors:
    def of_one(weights: Tensors, held: Tensors, inputs: torch.Tensor, extra: Tensors) -> Tensors:
        return evaluate(module, Network(weights, held, inputs, extra))

    try:
        return torch.func.vmap(of_one)(stacked.weights, stacked.held, stacked.inputs, stacked.extra)
    except RuntimeError as error:
        if "random operation" in str(error):
            raise ValueError(
                "the module draws random numbers as it runs (dropout in training mode?): "
                "it must be a function of weights and inputs; eval() makes it one"
            ) from None
        if "vmap" in str(error) or "Batching rule" in str(error):
            why = str(error).strip().splitlines()[0]
            raise ValueError(
                f"the module cannot be run as many at once by torch.func.vmap: {why}"
            ) from error
        raise


def _check_keyed(one: Network, other: Network) -> None:
    """Raise ValueError unless two networks of one key are the same."""
    pairs = zip(_tensors(one).items(), _tensors(other).values(), strict=True)
    for name, first, second in ((name, first, second) for (name, first), second in pairs):
        if first.shape != second.shape or not torch.equal(first, second):
            raise ValueError(
                f"{name}: differs between two calls with one generator; it must be drawn from "
                "that generator, or from torch's own on the CPU, alone"
            )


def _check_gradients(module: torch.nn.Module, network: Network) -> None:
    """Raise ValueError unless gradients are those of a pass that swaps no weight for another."""
    own = {name: one for name, one in module.named_parameters() if one.requires_grad}

    def mixed(found: torch.Tensor) -> torch.Tensor:
        return (found * torch.arange(1, found.numel() + 1).to(found).cos().view_as(found)).sum()

    def of_weights(weights: Tensors) -> torch.Tensor:
        return mixed(outputs(module, {**weights, **network.held}, network.inputs))

    with torch.enable_grad():
        value = mixed(module(network.inputs).reshape(len(network.inputs), -1))
        gradients = torch.autograd.grad(value, [*own.values()], materialize_grads=True)
    swapped = torch.func.grad(of_weights)(network.weights)
    scale = max(float(one.nan_to_num(0, 0, 0).abs().max()) for one in gradients)
    for name, gradient in zip(own, gradients, strict=True):
        close = torch.isclose(swapped[name], gradient, rtol=1e-3, atol=1e-3 * scale, equal_nan=True)
        if not close.all():
            raise ValueError(
                f"{name}: torch.func.functional_call loses gradients by it; the module must use "
                "its parameters themselves (a slice of a ParameterList makes new ones)"
            )


def _stacked(networks: list[Network], first: Network) -> Network:
    shapes = {name: one.shape for name, one in _tensors(first).items()}
    for network in networks:
        found = {name: one.shape for name, one in _tensors(network).items()}
        if found != shapes:
            names = [name for name in {**shapes, **found} if shapes.get(name) != found.get(name)]
            raise ValueError(
                f"{names[0]}: has another shape in another network; all must be of one structure"
            )

    def stack(part: str) -> Tensors:
        return {
            name: torch.stack([getattr(one, part)[name] for one in networks])
            for name in getattr(first, part)
        }

    inputs = torch.stack([one.inputs for one in networks])
    return Network(stack("weights"), stack("held"), inputs, stack("extra"))


def _tensors(network: Network) -> Tensors:
    return {**network.weights, **network.held, "inputs": network.inputs, **network.extra}


def _an(value: object) -> str:
    """The name of a value's type with its article."""
    name = type(value).__name__
    return f"{'an' if name[0] in 'aeiouAEIOU' else 'a'} {name}"
