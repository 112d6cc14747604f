"""Top eigenvalue of the Fisher information averaged over networks.

It is another quantity than the average of the top eigenvalues, and never greater: the top
eigenvalue is convex in the matrix.
"""

from dataclasses import dataclass

import torch

from numerics.fisher.networks import Ensemble, backward, draw, forward
from numerics.fisher.tangent_kernel import fisher_top_eigenvalue
from numerics.measurement import Measurement
from numerics.simulation import arguments
from numerics.simulation.batched import in_chunks

_CHUNK_NUMBERS = 2**18  # held for one chunk


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


def measure_expected_spectrum(ensemble: Ensemble, *, draws: int) -> ExpectedSpectrum:
    """Measure the top eigenvalue of the average of F over ``draws`` networks, for many groups.

    Batch statistics are held fixed in the backward pass.

    Args:
        ensemble: the networks; its numbers of networks count groups here, and group g has the
            networks g draws .. (g + 1) draws - 1 of the seed.
        draws: networks averaged in one group, >= 1.

    Raises:
        TypeError, ValueError: draws is not an integer >= 1, or too large for so many groups.
    """
    arguments.integer("draws", draws, minimum=1)
    arguments.network_range(ensemble.first_network, ensemble.networks, draws)
    held = draws * (4 * (ensemble.depth + 1) * ensemble.size * ensemble.width + ensemble.parameters)
    chunk = max(1, _CHUNK_NUMBERS // held)
    values = in_chunks(lambda part: _groups(ensemble, part, draws), ensemble.block, chunk)
    settings = {**vars(ensemble), "draws": draws}
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


def _groups(ensemble: Ensemble, block: range, draws: int) -> dict[str, torch.Tensor]:
    """The samples of all networks of a group, stacked, are the samples of the averaged F."""
    drawn = draw(ensemble, range(block.start * draws, block.stop * draws))
    passed = forward(ensemble, drawn)
    errors = backward(ensemble, drawn, passed)
    signals, errors = (_stacked(ensemble, one, draws) for one in (passed.signals, errors))
    return {
        "top": fisher_top_eigenvalue(signals, errors),
        "projected": projected(signals, errors),
    }


def _stacked(ensemble: Ensemble, layers: torch.Tensor, draws: int) -> torch.Tensor:
    """Return (L + 1, networks, N, D) as (L + 1, groups, draws N, D), samples side by side."""
    depth, networks, samples, width = layers.shape
    stacked = ensemble.matrices(depth, networks // draws, width, draws * samples)
    by_group = layers.unflatten(1, (-1, draws)).permute(0, 1, 4, 2, 3)
    for network in range(draws):
        first = network * samples
        stacked[..., first : first + samples] = by_group[:, :, :, network]
    return stacked.mT


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
