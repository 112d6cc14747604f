"""Images along the one latent variable of a small variational autoencoder (Furusho 2020, Fig 13).

Encoder and decoder have one hidden layer of tanh; the decoder gives each pixel by a logistic unit.
They are trained by Adam on the mean evidence bound (Kingma and Welling 2014), of all images in each
update, from a seed of their own: the path is one for all networks that are looked at along it.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache

import numpy as np
import torch
from numpy.typing import NDArray

from numerics.measurement import Measurement
from numerics.regularisation.training.zeros_and_ones import zeros_and_ones
from numerics.simulation import arguments
from numerics.simulation.batched import one_thread
from numerics.simulation.data import ImageSet

POINTS, FARTHEST = 100, 2.0
"""Images of a path, whose latent variable goes from -2 to 2 (Fig 13)."""

_HIDDEN, _UPDATES, _RATE = 32, 800, 0.01


def measure_latent_path(
    image_set: ImageSet,
    *,
    step: Sequence[int],
    pixel: Sequence[int],
    networks: int,
    samples: int = 180,
) -> Measurement:
    """Look at pixels along the latent path, the same for every network, (networks, columns).

    It takes no device: one path is learnt for all networks.

    Args:
        image_set: of whose zeros and ones the first are learnt.
        step: number of the image of each place, 0 <= step < 100, from z = -2 to 2.
        pixel: of each place, row by row, from 0 on.
        networks: number of networks >= 1.
        samples: N >= 2 images to learn from.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    count = len(arguments.network_range(0, networks))
    arguments.integer("samples", samples, minimum=2)
    path = latent_path(arguments.instance("image_set", image_set, ImageSet), samples)
    steps = arguments.integers("step", step, minimum=0, maximum=POINTS - 1)
    pixels = arguments.integers("pixel", pixel, minimum=0, maximum=path.shape[1] - 1)
    arguments.require_one_length(step=steps, pixel=pixels)
    seen = np.tile(path[steps, pixels], (count, 1))
    settings = {"image_set": image_set, "samples": samples}
    return Measurement(quantity="value of a pixel", per_network=seen, settings=settings)


@lru_cache(maxsize=4)
def latent_path(image_set: ImageSet, samples: int) -> NDArray[np.float64]:
    """Return images at equal steps of the latent variable, shape (100, pixels), in [0, 1].

    Args:
        image_set: of whose zeros and ones the first are learnt.
        samples: how many.

    Raises:
        ValueError: the set has fewer zeros and ones than twice the samples.
    """
    (images, _), _ = zeros_and_ones(image_set, samples)
    pixels = torch.from_numpy(images)
    source = torch.Generator().manual_seed(0)
    count = images.shape[1]
    encoder, decoder = (
        [_layer(_HIDDEN, below, source), _layer(above, _HIDDEN, source)]
        for below, above in ((count, 2), (1, count))
    )
    parameters = [one for layer in (*encoder, *decoder) for one in layer]
    optimiser = torch.optim.Adam(parameters, lr=_RATE)
    with one_thread(), torch.inference_mode(False), torch.enable_grad():
        for _ in range(_UPDATES):
            mean, log_variance = _through(encoder, pixels).split(1, dim=1)
            noise = torch.randn(mean.shape, generator=source, dtype=mean.dtype)
            said = _through(decoder, mean + noise * (log_variance / 2).exp())
            misfit = torch.nn.functional.binary_cross_entropy_with_logits
            loss = misfit(said, pixels, reduction="sum")
            loss = loss + (mean**2 + log_variance.exp() - 1 - log_variance).sum() / 2
            optimiser.zero_grad()
            (loss / samples).backward()
            optimiser.step()
        latent = torch.linspace(-FARTHEST, FARTHEST, POINTS, dtype=mean.dtype)
        return _through(decoder, latent[:, None]).sigmoid().detach().numpy()


def _layer(above: int, below: int, source: torch.Generator) -> list[torch.Tensor]:
    drawn = torch.randn(above, below, generator=source, dtype=torch.float64) * below**-0.5
    return [drawn.requires_grad_(), torch.zeros(above, dtype=torch.float64, requires_grad=True)]


def _through(layers: list[list[torch.Tensor]], values: torch.Tensor) -> torch.Tensor:
    (first, shift), (second, offset) = layers
    return torch.tanh(values @ first.T + shift) @ second.T + offset
