"""Checks of arguments: every error is one line with the name, the value and what is allowed."""

import math
import numbers
from collections.abc import Collection, Iterable, Sequence
from decimal import Decimal
from typing import Any, TypeVar

import numpy as np
from numpy.typing import NDArray

_NETWORKS = 2**32
"""Keys of random numbers that a seed has, and so networks."""

_LARGEST = 2**63 - 1
"""What an integer is at most where nothing else bounds it: sizes of arrays have 64 bits."""

Kind = TypeVar("Kind")


def shown(value: object) -> str:
    """Return a value as messages show it; Python writes no integer of more than 4300 digits."""
    try:
        return repr(value)
    except ValueError:
        if isinstance(value, numbers.Integral):
            return f"{Decimal(int(value)):.3e}"
        return f"a {type(value).__name__} with an integer of more than 4300 digits"


def integer(name: str, value: object, *, minimum: int, maximum: int | None = None) -> int:
    """Return ``value`` as an int in [minimum, maximum]; a bool is not a number here."""
    allowed = f"an integer >= {minimum}"
    if maximum is not None:
        allowed = f"an integer in [{minimum}, {maximum}]"
    if type(value) is not int and (  # each network asks, and an int needs no long look
        isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral)
    ):
        raise TypeError(f"{name} = {shown(value)}: must be {allowed}")
    result = int(value)
    if maximum is None and result > _LARGEST:
        return integer(name, result, minimum=minimum, maximum=_LARGEST)
    if result < minimum or (maximum is not None and result > maximum):
        raise ValueError(f"{name} = {shown(value)}: must be {allowed}")
    return result


def real(name: str, value: object, *, minimum: float, maximum: float) -> float:
    """Return ``value`` as a float in [minimum, maximum]; NaN and bool are not numbers here."""
    allowed = f"a number in [{minimum:g}, {maximum:g}]"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Real):
        raise TypeError(f"{name} = {shown(value)}: must be {allowed}")
    try:
        result = float(value)
    except OverflowError:  # an integer beyond every float
        result = math.inf
    if not minimum <= result <= maximum:
        raise ValueError(f"{name} = {shown(value)}: must be {allowed}")
    return result


def real_array(name: str, value: object) -> NDArray[np.float64]:
    """Return ``value`` as an array of float64; complex numbers and text are refused."""
    try:
        array = np.asarray(value)
    except ValueError:  # rows of several lengths
        raise ValueError(f"{name} = {shown(value)}: must be an array of real numbers") from None
    if array.dtype.kind not in "biuf":
        raise TypeError(f"{name} of {array.dtype}: must be an array of real numbers")
    return array.astype(np.float64)


def real_arrays(name: str, values: object) -> list[NDArray[np.float64]]:
    """Return the arrays of a sequence, each as ``real_array`` does."""
    if not isinstance(values, Iterable):
        raise TypeError(f"{name} = {shown(values)}: must be a sequence of arrays of real numbers")
    return [real_array(f"{name}[{place}]", one) for place, one in enumerate(values)]


def boolean(name: str, value: object) -> bool:
    """Return ``value`` if it is True or False."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"{name} = {shown(value)}: must be True or False")
    return bool(value)


def sequence(name: str, values: object) -> tuple[Any, ...]:
    """Return ``values`` as a tuple of at least one; a string is not a sequence here."""
    allowed = "a sequence of at least one value"
    if isinstance(values, np.ndarray):
        values = values.tolist()
    if isinstance(values, (str, bytes)) or not isinstance(values, Sequence):
        raise TypeError(f"{name} = {shown(values)}: must be {allowed}")
    if not values:
        raise ValueError(f"{name} = {shown(values)}: must be {allowed}")
    return tuple(values)


def integers(
    name: str, values: object, *, minimum: int, maximum: int | None = None
) -> tuple[int, ...]:
    """Return a sequence of integers in [minimum, maximum], one at least."""
    each = sequence(name, values)
    return tuple(integer(name, one, minimum=minimum, maximum=maximum) for one in each)


def choices(name: str, values: object, allowed: Collection[str]) -> tuple[str, ...]:
    """Return a sequence of the allowed names, one at least."""
    return tuple(choice(name, one, allowed) for one in sequence(name, values))


def require_one_length(**sequences: Sequence[object]) -> None:
    """Refuse sequences of several lengths, of which each has a value for each place."""
    if len({len(one) for one in sequences.values()}) > 1:
        said = ", ".join(f"{name} of {len(one)}" for name, one in sequences.items())
        raise ValueError(f"{said}: must be as long as one another, a value for each place")


def instance(name: str, value: object, kind: type[Kind]) -> Kind:
    """Return ``value`` if it is of that class."""
    if not isinstance(value, kind):
        raise TypeError(f"{name} = {shown(value)}: must be of class {kind.__name__}")
    return value


def choice(name: str, value: object, allowed: Collection[str]) -> str:
    """Return ``value`` if it is one of the allowed names."""
    if isinstance(value, str) and value in allowed:
        return value
    names = ", ".join(repr(one) for one in allowed)
    raise ValueError(f"{name} = {shown(value)}: must be one of {names}")


def seed(value: object) -> int:
    """Return a seed, of which every measurement takes the same: an integer in [0, 2**64)."""
    return integer("seed", value, minimum=0, maximum=2**64 - 1)


def network_range(first_network: object, networks: object, draws: int = 1) -> range:
    """Return the indices of the networks of a run; ``draws`` keys are used for each of them."""
    first = integer("first_network", first_network, minimum=0, maximum=_NETWORKS - 1)
    count = integer("networks", networks, minimum=1, maximum=_NETWORKS)
    indices = range(first, first + count)
    if indices.stop * draws > _NETWORKS:
        times = "" if draws == 1 else f", draws = {draws}"
        most = f"{_NETWORKS}" if draws == 1 else f"{_NETWORKS} / draws"
        raise ValueError(
            f"first_network = {first}, networks = {count}{times}: "
            f"first_network + networks must be at most {most}"
        )
    return indices
