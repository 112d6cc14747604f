"""Random numbers keyed by (seed, network): network k of a run depends on nothing else."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.random.bit_generator import ISeedSequence

from numerics.simulation import arguments

if TYPE_CHECKING:
    import torch

_WORD = 0xFFFFFFFF
_LONG_WORD = 2**64 - 1


def stream(*, seed: int, network: int) -> int:
    """Return the 32-bit key of one network's random numbers.

    torch's CPU generator (mt19937) uses the low 32 bits of its seed only. For a fixed seed the
    map is a bijection of ``network`` on 32 bits, so no two of the first 2**32 networks of a run
    share a stream.

    Args:
        seed: integer in [0, 2**64).
        network: index of the network, 0 <= network < 2**32.

    Returns:
        An integer in [0, 2**32).
    """
    seed = arguments.seed(seed)
    network = arguments.integer("network", network, minimum=0, maximum=_WORD)
    digits = seed.to_bytes(seed.bit_length() // 8 + 1, "little")
    key = hashlib.blake2b(digits, digest_size=8).digest()
    before, after = int.from_bytes(key[:4], "little"), int.from_bytes(key[4:], "little")
    return _mix(network ^ before) ^ after


def _mix(word: int) -> int:
    """Finaliser of MurmurHash3 (Appleby): xorshifts and odd factors, a bijection on 32 bits."""
    word = (word ^ (word >> 16)) * 0x85EBCA6B & _WORD
    word = (word ^ (word >> 13)) * 0xC2B2AE35 & _WORD
    return word ^ (word >> 16)


def generator(*, seed: int, network: int) -> torch.Generator:
    """Return the fresh CPU generator of one network."""
    import torch  # seconds, and a simulation in numpy alone does without

    return torch.Generator().manual_seed(stream(seed=seed, network=network))


def numpy_generator(*, seed: int, network: int) -> np.random.Generator:
    """Return numpy's fresh generator of one network.

    Args:
        seed: integer in [0, 2**64).
        network: index of the network, in [0, 2**64).

    Returns:
        A generator on Philox (Salmon et al. 2011), whose streams are independent for distinct
        keys, here (seed, network).
    """
    key = [
        arguments.seed(seed),
        arguments.integer("network", network, minimum=0, maximum=_LONG_WORD),
    ]
    # Of its type numpy's stubs know nothing.
    return np.random.Generator(np.random.Philox(_Key(key)))  # type: ignore[arg-type]


class _Key(ISeedSequence):
    """A key of Philox as the seed that it is made of.

    Given as its `key`, Philox would ask the system for a seed first, and take twice as long.
    """

    def __init__(self, key: list[int]) -> None:
        self._key = key

    def generate_state(self, n_words: int, dtype: Any = np.uint64) -> np.ndarray:
        return np.array(self._key, dtype=np.uint64)


def standard_normals(generators: list[torch.Generator], count: int) -> torch.Tensor:
    """Return the next ``count`` standard normals of each generator.

    They are drawn on the CPU in float32 whatever the run computes in: float32 is six times
    faster than float64, its law is exact to 1e-6, and runs of either precision on either device
    see the same networks.

    Returns:
        float32 tensor of shape (len(generators), count).
    """
    import torch

    values = torch.empty(len(generators), count)
    for row, source in zip(values, generators, strict=True):
        row.normal_(generator=source)
    return values


def random_signs(generators: list[torch.Generator], count: int) -> torch.Tensor:
    """Draw the next ``count`` independent signs, -1 or 1, of each generator, on the CPU.

    Returns:
        float32 tensor of shape (len(generators), count).
    """
    import torch

    values = torch.empty(len(generators), count)
    for row, source in zip(values, generators, strict=True):
        row.random_(0, 2, generator=source)
    return values.mul_(2).sub_(1)
