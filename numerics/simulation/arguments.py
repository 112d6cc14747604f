"""Checks of arguments: every error is one line with the name, the value and what is allowed."""

import math
import numbers
from collections.abc import Collection, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

_NETWORKS = 2**32
"""Keys of random numbers that a seed has, and so networks."""


def integer(name: str, value: object, *, minimum: int, maximum: int | None = None) -> int:
    """Return ``value`` as an int in [minimum, maximum]; a bool is not a number here."""
    allowed = f"an integer >= {minimum}"
    if maximum is not None:
        allowed = f"an integer in [{minimum}, {maximum}]"
    if type(value) is not int and (  # each network asks, and an int needs no long look
        isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral)
    ):
        raise TypeError(f"{name} = {value!r}: must be {allowed}")
    result = int(value)
    if result < minimum or (maximum is not None and result > maximum):
        raise ValueError(f"{name} = {value!r}: must be {allowed}")
    return result


def real(name: str, value: object, *, minimum: float, maximum: float) -> float:
    """Return ``value`` as a float in [minimum, maximum]; NaN and bool are not numbers here."""
    allowed = f"a number in [{minimum:g}, {maximum:g}]"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} = {value!r}: must be {allowed}")
    try:
        result = float(value)
    except OverflowError:  # an integer beyond every float
        result = math.inf
    if not minimum <= result <= maximum:
        raise ValueError(f"{name} = {value!r}: must be {allowed}")
    return result


def real_array(name: str, value: object) -> NDArray[np.float64]:
    """Return ``value`` as an array of float64; complex numbers and text are refused."""
    try:
        array = np.asarray(value)
    except ValueError:  # rows of several lengths
        raise ValueError(f"{name} = {value!r}: must be an array of real numbers") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} of {array.dtype}: must be an array of real numbers")
    return array.astype(np.float64)


def boolean(name: str, value: object) -> bool:
    """Return ``value`` if it is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} = {value!r}: must be True or False")
    return bool(value)


def sequence(name: str, values: object) -> tuple[Any, ...]:
    """Return ``values`` as a tuple of at least one; a string is not a sequence here."""
    allowed = "a sequence of at least one value"
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if isinstance(values, (str, bytes)) or not isinstance(values, Sequence):
        raise TypeError(f"{name} = {values!r}: must be {allowed}")
    if not values:
        raise ValueError(f"{name} = {values!r}: must be {allowed}")
    return tuple(values)


def choice(name: str, value: object, allowed: Collection[str]) -> str:
    """Return ``value`` if it is one of the allowed names."""
    if isinstance(value, str) and value in allowed:
        return value
    names = ", ".join(repr(one) for one in allowed)
    raise ValueError(f"{name} = {value!r}: must be one of {names}")


def seed(value: object) -> int:
    """Return a seed, of which every measurement takes the same: an integer in [0, 2**64)."""
    return integer("seed", value, minimum=0, maximum=2**64 - 1)


def network_range(first_network: object, networks: object, draws: int = 1) -> range:
    """Return the indices of the networks of a run; ``draws`` keys are used for each of them."""
    first = integer("first_network", first_network, minimum=0, maximum=_NETWORKS - 1)
    indices = range(first, first + integer("networks", networks, minimum=1))
    if indices.stop * draws > _NETWORKS:
        times = "" if draws == 1 else f", draws = {draws}"
        most = f"{_NETWORKS}" if draws == 1 else f"{_NETWORKS} / draws"
        raise ValueError(
            f"first_network = {first}, networks = {len(indices)}{times}: "
            f"first_network + networks must be at most {most}"
        )
    return indices
