"""Norms of a module's weights, and bounds on its Lipschitz constant from below and above."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import torch

from numerics.measurement import Measurement
from numerics.modules.ensemble import (
    Ensemble,
    Network,
    Sizes,
    Tensors,
    drawn,
    outputs,
    over_networks,
    spectral_norm,
)


@dataclass(frozen=True, kw_only=True)
class Norms:
    """Norms of weight matrices, one row a network and a column for each of ``matrices``.

    Attributes:
        matrices: names of the parameters of two axes or more; of a convolution's the matrix is that
            of shape (channels out, all else), whose spectral norm is not the convolution's.
        frobenius: the Frobenius norms.
        spectral: the spectral norms.
        lipschitz_bound: the product of the layers' Lipschitz constants in Euclidean norms, one
            number a network; None for a module that is no chain of layers which are known here.
    """

    matrices: tuple[str, ...]
    frobenius: Measurement
    spectral: Measurement
    lipschitz_bound: Measurement | None


def measure_norms(ensemble: Ensemble) -> Norms:
    """Measure norms of all weight matrices, and the Lipschitz bound that they give.

    A bound is known of `torch.nn.Sequential` (one inside another, too) of linear layers and of
    functions of one number or shapes: ``CONTRACTIONS``, in evaluation mode Dropout, too.

    Args:
        ensemble: the modules.

    Raises:
        TypeError, ValueError: what the ensemble's functions return is not what is allowed, or no
            parameter is a matrix.
    """
    module, first = drawn(ensemble, ensemble.first_network, {})
    matrices = tuple(name for name, one in first.weights.items() if one.dim() >= 2)
    if not matrices:
        raise ValueError("build returned a module none of whose parameters is a matrix")
    layers = chain(module)

    def evaluate(module: torch.nn.Module, network: Network) -> Tensors:
        return weight_norms(network, matrices, layers)

    def numbers(sizes: Sizes) -> int:
        return 2 * sizes.weights

    values = over_networks(ensemble, evaluate, numbers=numbers)
    settings = {**vars(ensemble), "matrices": matrices}
    bound = None
    if layers is not None:
        bound = Measurement(
            quantity="product of the layers' Lipschitz constants",
            per_network=values["bound"],
            settings=settings,
        )
    return Norms(
        matrices=matrices,
        frobenius=Measurement(
            quantity="Frobenius norm", per_network=values["frobenius"], settings=settings
        ),
        spectral=Measurement(
            quantity="spectral norm", per_network=values["spectral"], settings=settings
        ),
        lipschitz_bound=bound,
    )


def measure_jacobian_norm(ensemble: Ensemble) -> Measurement:
    """Measure the greatest spectral norm over the samples of the Jacobian of outputs by inputs.

    It is a lower bound on the Lipschitz constant, in Euclidean norms, of a module that treats
    samples apart. Where batch norm makes each output depend on all samples, it is the norm of the
    Jacobian of all outputs by all inputs.

    Args:
        ensemble: the modules, on real inputs.

    Raises:
        TypeError, ValueError: what the ensemble's functions return is not what is allowed, or
            inputs are no real numbers.
    """

    def evaluate(module: torch.nn.Module, network: Network) -> Tensors:
        return {"norm": jacobian_norm(module, network)}

    def numbers(sizes: Sizes) -> int:
        return 2 * sizes.samples * sizes.outputs * sizes.inputs

    return Measurement(
        quantity="greatest spectral norm of the Jacobian by an input",
        per_network=over_networks(ensemble, evaluate, numbers=numbers)["norm"],
        settings=vars(ensemble),
    )


def weight_norms(
    network: Network, matrices: Sequence[str], layers: Sequence[str] | None
) -> Tensors:
    """Return norms of matrices, and the product of those of a chain's layers unless it is None."""
    flattened = [network.weights[name].flatten(start_dim=1) for name in matrices]
    norms = {
        "frobenius": torch.stack([one.norm() for one in flattened]),
        "spectral": torch.stack([spectral_norm(one) for one in flattened]),
    }
    if layers is not None:
        state = {**network.weights, **network.held}
        norms["bound"] = torch.stack([spectral_norm(state[name]) for name in layers]).prod()
    return norms


def jacobian_norm(module: torch.nn.Module, network: Network) -> torch.Tensor:
    """Return the spectral norm of all outputs' Jacobian by all inputs, shape ().

    Where samples are treated apart it is block diagonal, and its norm the greatest of a block.
    """

    def of_inputs(inputs: torch.Tensor) -> torch.Tensor:
        return outputs(module, {**network.weights, **network.held}, inputs).flatten()

    if not network.inputs.is_floating_point():
        raise ValueError(f"inputs of {network.inputs.dtype}: must be real to differentiate by")
    return spectral_norm(torch.func.jacrev(of_inputs)(network.inputs).flatten(start_dim=1))


def chain(module: torch.nn.Module) -> list[str] | None:
    """Return the names of a chain's weight matrices, in order; None for any other module.

    All else in the chain must have the Lipschitz constant 1 or less.
    """
    names = {id(one): name for name, one in module.named_parameters()}
    found: list[str] = []
    pending = [module]
    while pending:
        layer = pending.pop()
        if layer._forward_hooks or layer._forward_pre_hooks:
            return None
        # Of the very type: another may override what it does.
        if type(layer) is torch.nn.Sequential:
            pending += reversed(layer)
        elif type(layer) is torch.nn.Linear:
            found.append(names[id(layer.weight)])
        elif not CONTRACTIONS.get(type(layer), _never)(layer):
            return None
    return found


def _never(layer: torch.nn.Module) -> bool:
    return False


def _always(layer: torch.nn.Module) -> bool:
    return True


CONTRACTIONS: Mapping[type[torch.nn.Module], Callable[..., bool]] = {
    **dict.fromkeys(
        (
            torch.nn.Flatten, torch.nn.Unflatten, torch.nn.Identity, torch.nn.ReLU, torch.nn.ReLU6,
            torch.nn.Hardtanh, torch.nn.Hardsigmoid, torch.nn.Tanh, torch.nn.Sigmoid,
            torch.nn.LogSigmoid, torch.nn.Softplus, torch.nn.Softsign, torch.nn.Softshrink,
            torch.nn.Softmax,
        ),
        _always,
    ),
    torch.nn.LeakyReLU: lambda layer: abs(layer.negative_slope) <= 1,
    torch.nn.ELU: lambda layer: 0 <= layer.alpha <= 1,
    torch.nn.Dropout: lambda layer: not layer.training,
}  # fmt: skip
"""Layers of Lipschitz constant at most 1, and when they are."""
