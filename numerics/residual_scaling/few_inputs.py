"""Both passes at a few inputs, exact in law at O(N^2 m) a layer: no weight matrix is drawn.

Let U be the N x m layer h_(l-1) of N <= m inputs, a row each, and U = R Q with Q of orthonormal
rows. With W of independent N(0, 1/m) entries

    Z = Q W^T          has independent N(0, 1/m) entries, N x m,
    U W^T            = R Z,
    C W              = (C Z^T) Q + (C W) (I - Q^T Q),

for gradients C, N x m, where the second term is independent of Z: with C = S T, T of orthonormal
rows, T W has independent N(0, 1/m) entries. (``numerics.residual_scaling.backward`` is N = 1.)

The inputs are unit vectors, each at the same distance of all others. Only their inner products
matter, as the law of A is invariant under rotations.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from numerics.fisher.tangent_kernel import squared_norms
from numerics.measurement import Measurement
from numerics.residual_scaling.columns import measured_at_layers
from numerics.residual_scaling.layers import layers_of_normals
from numerics.residual_scaling.networks import Ensemble
from numerics.simulation import arguments, keyed
from numerics.simulation.batched import in_chunks
from numerics.simulation.products import aligned_copy, product

_CHUNK_NUMBERS = 2**19  # of one layer of a chunk, or of all that the backward pass needs


@dataclass(frozen=True, kw_only=True)
class Separation:
    """Distances between the inputs' layers: columns for layers, or one value if one was asked.

    Attributes:
        least_distance: the least ||h_(i,l) - h_(j,l)|| over pairs of inputs.
        mean_squared_distance: the mean of its square.
        mean_cosine: the mean cosine between h_(i,l) and h_(j,l); NaN where one of them is 0.
    """

    least_distance: Measurement
    mean_squared_distance: Measurement
    mean_cosine: Measurement


_QUANTITIES = {
    "least_distance": "least ||h_i - h_j||",
    "mean_squared_distance": "mean ||h_i - h_j||^2",
    "mean_cosine": "mean cosine between h_i and h_j",
}


def measure_separation(
    ensemble: Ensemble,
    *,
    samples: int,
    distance: float,
    layer: int | Sequence[int] | None = None,
    chunk: int | None = None,
) -> Separation:
    """Measure how far apart the layers of different inputs are, in law.

    Args:
        ensemble: networks with their own start.
        samples: N = 2..m.
        distance: delta = ||x_i - x_j|| of every pair, from 1e-6 to the sqrt(2 N / (N - 1)) of a
            regular simplex; sqrt(2) of orthogonal inputs.
        layer: one of 0..L, for a number a network, or several, for a column each; all by default.
        chunk: networks simulated at once; changes no result.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    inputs = _inputs(ensemble, samples, distance, minimum=2)

    def layers(block: range) -> Iterator[_Layer]:
        generators = [keyed.generator(seed=ensemble.seed, network=k) for k in block]
        return _pass_forward(ensemble, generators, inputs)

    found = measured_at_layers(
        ensemble,
        _QUANTITIES,
        layers,
        _distances,
        layer=layer,
        chunk=_chunk_size(chunk, samples * ensemble.width),
        samples=samples,
        distance=distance,
    )
    return Separation(**found)


@dataclass(frozen=True, kw_only=True)
class TangentKernel:
    """Eigenvalues of the N x N tangent kernel of one output at initialisation, one a network.

    The output is v . h_L with entries of v distributed N(0, 1), and the kernel sums the products of
    gradients by W_1..W_L. That of y = B h_L has 1/d times its law.

    Attributes:
        trace: the sum of all eigenvalues.
        top_eigenvalue: the greatest.
        least_eigenvalue: the least.
        last_layer_trace: the trace of W_L's part.
        last_layer_least_eigenvalue: the least eigenvalue of W_L's part.
    """

    trace: Measurement
    top_eigenvalue: Measurement
    least_eigenvalue: Measurement
    last_layer_trace: Measurement
    last_layer_least_eigenvalue: Measurement


def measure_tangent_kernel(
    ensemble: Ensemble, *, samples: int, distance: float, chunk: int | None = None
) -> TangentKernel:
    """Measure the tangent kernel at initialisation, in law; gradients by A and B are left out.

    Args:
        ensemble: networks with their own start.
        samples: N = 1..m; memory is O(L N m) a network.
        distance: as in ``measure_separation``.
        chunk: networks simulated at once; changes no result.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    inputs = _inputs(ensemble, samples, distance, minimum=1)
    size = _chunk_size(chunk, 2 * (ensemble.depth + 1) * samples * ensemble.width)
    values = in_chunks(lambda part: _kernels(ensemble, part, inputs), ensemble.block, size)
    settings = {**vars(ensemble), "samples": samples, "distance": distance}
    return TangentKernel(
        **{
            name: Measurement(
                quantity=f"{name.replace('_', ' ')} of the tangent kernel",
                per_network=value,
                settings=settings,
            )
            for name, value in values.items()
        }
    )


def _inputs(ensemble: Ensemble, samples: int, distance: float, *, minimum: int) -> torch.Tensor:
    arguments.choice("start", ensemble.start, ("own",))
    arguments.integer("samples", samples, minimum=minimum, maximum=ensemble.width)
    return roots_of_inputs(ensemble, samples, distance)


def roots_of_inputs(ensemble: Ensemble, samples: int, distance: float) -> torch.Tensor:
    """Return the symmetric root of the inputs' inner products, whose rows are such inputs.

    Args:
        ensemble: the networks, for their device.
        samples: N >= 1.
        distance: delta = ||x_i - x_j|| of every pair.

    Returns:
        float64 tensor of shape (N, N).
    """
    greatest = (2 * samples / max(samples - 1, 1)) ** 0.5
    distance = arguments.real("distance", distance, minimum=1e-6, maximum=greatest)
    apart = distance / 2**0.5
    along = max(samples - (samples - 1) * apart**2, 0) ** 0.5
    root = torch.full((samples, samples), (along - apart) / samples, dtype=torch.float64)
    root.diagonal().add_(apart)
    return root.to(ensemble.device)


def _chunk_size(chunk: int | None, numbers: int) -> int:
    if chunk is None:
        return max(1, _CHUNK_NUMBERS // numbers)
    return arguments.integer("chunk", chunk, minimum=1)


@dataclass(frozen=True)
class _Layer:
    """One layer of a chunk at N inputs.

    Attributes:
        index: l.
        hidden: h_l over a common scale of its inputs, shape (networks, N, m).
        log_scale: log of the scale, shape (networks,); -inf where all of h_l is 0.
        images: Z of W_l, of the shape of ``hidden``; of layer 0 that of A.
    """

    index: int
    hidden: torch.Tensor
    log_scale: torch.Tensor
    images: torch.Tensor


def _pass_forward(
    ensemble: Ensemble, generators: list[torch.Generator], inputs: torch.Tensor
) -> Iterator[_Layer]:
    """Yield the layers 0..L of some networks."""
    samples, width = len(inputs), ensemble.width
    normals = layers_of_normals(generators, ensemble.depth + 1, samples * width)
    below = torch.empty(0)
    log_scale = torch.zeros(len(generators), dtype=torch.float64, device=inputs.device)
    for index in range(ensemble.depth + 1):
        images = aligned_copy(next(normals).view(-1, samples, width).to(inputs) * width**-0.5)
        lower = _lower(below) if index else aligned_copy(inputs.expand(len(generators), -1, -1))
        hidden = product(lower, images)
        if 0 < index < ensemble.depth:
            torch.add(below, hidden, alpha=ensemble.tau, out=hidden)
        else:
            hidden *= 2**0.5
        hidden.relu_()
        scale = _norms(hidden)
        log_scale = log_scale + scale.log()
        hidden /= torch.where(scale > 0, scale, 1)[:, None, None]
        yield _Layer(index, hidden, log_scale, images)
        below = hidden


def _distances(layer: _Layer) -> tuple[torch.Tensor, ...]:
    """Return the least distance, the mean squared distance and the mean cosine: (networks,)."""
    lower = _lower(layer.hidden)
    samples = lower.shape[1]
    first, second = torch.triu_indices(samples, samples, 1, device=lower.device)
    one, other = lower.index_select(1, first), lower.index_select(1, second)
    apart = squared_norms(one - other).sqrt()
    norms = (squared_norms(one) * squared_norms(other)).sqrt()
    cosines = (one * other).sum(dim=2) / norms
    scale = layer.log_scale.exp()
    return (
        apart.amin(dim=1) * scale,
        apart.square().mean(dim=1) * scale.square(),
        cosines.mean(dim=1),
    )


def _kernels(ensemble: Ensemble, block: range, inputs: torch.Tensor) -> dict[str, torch.Tensor]:
    generators = [keyed.generator(seed=ensemble.seed, network=k) for k in block]
    layers = [*_pass_forward(ensemble, generators, inputs)]
    samples, width = len(inputs), ensemble.width
    readout = keyed.standard_normals(generators, width).to(inputs)
    normals = layers_of_normals(generators, ensemble.depth, samples * width)
    errors = aligned_copy(readout[:, None].expand(-1, samples, -1))
    log_scale = torch.zeros_like(layers[0].log_scale)
    logs, parts = [], []
    while len(layers) > 1:
        layer, below = layers.pop(), layers[-1]
        last = layer.index == ensemble.depth
        errors *= layer.hidden > 0
        gradients = product(errors, errors.mT) * product(below.hidden, below.hidden.mT)
        parts.append(gradients * (1.0 if last else ensemble.tau**2))
        logs.append(2 * (log_scale + below.log_scale))
        noise = aligned_copy(next(normals).view(-1, samples, width).to(inputs) * width**-0.5)
        through = _transposed_products(below.hidden, layer.images, errors, noise)
        if last:
            errors = through.mul_(2**0.5)
        else:
            errors.add_(through, alpha=ensemble.tau)
        scale = _norms(errors)
        log_scale = log_scale + scale.log()
        errors /= torch.where(scale > 0, scale, 1)[:, None, None]
    return _eigenvalues(logs, parts)


def _transposed_products(
    below: torch.Tensor, images: torch.Tensor, errors: torch.Tensor, noise: torch.Tensor
) -> torch.Tensor:
    """Return C W given U and Z, of noise with N(0, 1/m) entries: all of shape (networks, N, m)."""
    rows = aligned_copy(torch.linalg.qr(_padded(below).mT).Q.mT[..., : below.shape[2]])
    fresh = product(_lower(errors), noise)
    known = product(errors, images.mT).sub_(product(fresh, rows.mT))
    return product(known, rows).add_(fresh)


def _eigenvalues(logs: list[torch.Tensor], parts: list[torch.Tensor]) -> dict[str, torch.Tensor]:
    """Return what is told of the kernel sum_l exp(logs_l) parts_l, the last layer's part first.

    Args:
        logs: shape (networks,) each.
        parts: shape (networks, N, N) each.
    """
    greatest = torch.stack(logs).amax(dim=0)
    unit = torch.where(torch.isfinite(greatest), greatest, 0)
    kernel = torch.zeros_like(parts[0])
    for log, part in zip(logs, parts, strict=True):
        kernel += (log - unit).exp()[:, None, None] * part
    # One by one, as LAPACK's last bits depend on where a matrix begins in memory.
    eigenvalues, last = (
        torch.stack([torch.linalg.eigvalsh(one) for one in matrices])
        for matrices in (kernel, parts[0])
    )
    scale, last_scale = unit.exp(), logs[0].exp()
    return {
        "trace": kernel.diagonal(dim1=1, dim2=2).sum(dim=1) * scale,
        "top_eigenvalue": eigenvalues[:, -1] * scale,
        "least_eigenvalue": eigenvalues[:, 0] * scale,
        "last_layer_trace": parts[0].diagonal(dim1=1, dim2=2).sum(dim=1) * last_scale,
        "last_layer_least_eigenvalue": last[:, 0] * last_scale,
    }


def _lower(matrices: torch.Tensor) -> torch.Tensor:
    """Return R with each matrix = R Q, R lower triangular and Q of orthonormal rows."""
    return aligned_copy(torch.linalg.qr(_padded(matrices).mT, mode="r").R.mT)


def _padded(matrices: torch.Tensor) -> torch.Tensor:
    """Return the matrices with columns of zeros, which change neither R nor what else Q has.

    torch lays them out one after another for LAPACK, whose last bits depend on where in a cache
    line each begins: of a multiple of 8 columns all begin alike.
    """
    return torch.nn.functional.pad(matrices, (0, -matrices.shape[2] % 8))


def _norms(matrices: torch.Tensor) -> torch.Tensor:
    return squared_norms(matrices.flatten(start_dim=1)).sqrt()
