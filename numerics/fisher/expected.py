"""Top eigenvalue of the Fisher information averaged over networks.

It is another quantity than the average of the top eigenvalues, and never greater: the top
eigenvalue is convex in the matrix.
"""

from dataclasses import dataclass

import torch

from numerics.fisher.networks import Ensemble, Residual, backward, draw, forward
from numerics.fisher.tangent_kernel import fisher_top_eigenvalue
from numerics.measurement import Measurement
from numerics.simulation import arguments
from numerics.simulation.batched import in_chunks


@dataclass(frozen=True, kw_only=True)
class ExpectedSpectrum:
    """Statistics of F averaged over the networks of a group, one value a group.

    Attributes:
        top_eigenvalue: of the averaged F; it exceeds that of the expectation on average.
        projected: v^T F v of the averaged F, for the fixed unit vector v whose block of layer
            l = 1..L is sqrt(2^(l-1) / (2^L - 1)) (1/D) ones(D, D) and whose block of layer 0 is
            zero. Its expectation is at most the top eigenvalue of the expected F.
    """

    top_eigenvalue: Measurement
    projected: Measurement


def measure_expected_spectrum(
    *,
    network: str,
    depth: int,
    width: int,
    samples: int | None = None,
    draws: int,
    networks: int,
    seed: int,
    first_network: int = 0,
    inputs: str = "gaussian",
    survival: float | None = None,
    survivors: int | None = None,
    dtype: str = "float64",
    device: str = "auto",
) -> ExpectedSpectrum:
    """Measure the top eigenvalue of the average of F over ``draws`` networks, for many groups.

    Batch statistics are held fixed in the backward pass.

    Args:
        network: "resnet", "batch_norm" or "stochastic_depth".
        depth: L >= 1.
        width: D >= 1.
        samples: N >= 1 (>= 2 with batch norm); None or 300 for the digits.
        draws: networks averaged in one group, >= 1; group g has the networks
            g draws .. (g + 1) draws - 1 of the seed.
        networks: number of groups >= 1.
        seed: integer >= 0.
        first_network: index of the first group.
        inputs: "gaussian" or "digits".
        survival: probability in [0, 1] that a layer survives, for stochastic depth.
        survivors: number 0..L of surviving layers instead, drawn uniformly.
        dtype: "float64" or "float32".
        device: "auto", "cpu" or "cuda".

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    arguments.integer("draws", draws, minimum=1)
    block = arguments.network_range(first_network, networks)
    law = Residual(
        network=network, depth=depth, width=width, survival=survival, survivors=survivors
    )
    ensemble = Ensemble(
        law=law, samples=samples, seed=seed, inputs=inputs, dtype=dtype, device=device
    )
    values = in_chunks(lambda part: _group(ensemble, part, draws), block, 1)
    own = {"draws": draws, "networks": networks, "first_network": first_network}
    settings = {**ensemble.settings, **own}
    return ExpectedSpectrum(
        top_eigenvalue=Measurement(
            quantity="top eigenvalue of the averaged F",
            per_network=values["top"],
            settings=settings,
        ),
        projected=Measurement(
            quantity="v^T F v of the averaged F",
            per_network=values["projected"],
            settings=settings,
        ),
    )


def _group(ensemble: Ensemble, block: range, draws: int) -> dict[str, torch.Tensor]:
    """The samples of all networks of a group, stacked, are the samples of the averaged F."""
    (group,) = block
    drawn = draw(ensemble, range(group * draws, (group + 1) * draws))
    passed = forward(ensemble, drawn)
    errors = backward(ensemble, drawn, passed)
    signals, errors = _stacked(passed.signals), _stacked(errors)
    return {
        "top": fisher_top_eigenvalue(signals, errors),
        "projected": projected(signals, errors),
    }


def _stacked(layers: torch.Tensor) -> torch.Tensor:
    """Return (L + 1, networks, N, D) as (L + 1, 1, networks N, D), samples side by side."""
    return layers.permute(0, 3, 1, 2).flatten(start_dim=2).mT[:, None]


def projected(signals: torch.Tensor, errors: torch.Tensor) -> torch.Tensor:
    """Return the mean over samples of (v . grad f)^2, v as in ``ExpectedSpectrum``.

    ones . (delta u^T) = (sum delta) (sum u); v has no part in layer 0.

    Args:
        signals: u^0..u^L, shape (L + 1, networks, N, D); u^0 is not looked at.
        errors: delta^0..delta^L, of the same shape.

    Returns:
        Tensor of shape (networks,).
    """
    depth, width = len(signals) - 1, signals[0].shape[-1]
    along = torch.zeros_like(signals[0][..., 0])
    for layer in range(1, depth + 1):
        # 2^(l-1) / (2^L - 1), in a form that does not overflow.
        weight = 2.0 ** (layer - 1 - depth) / (1 - 2.0**-depth)
        along += weight**0.5 / width * signals[layer].sum(dim=2) * errors[layer].sum(dim=2)
    return along.square().mean(dim=1)
