"""Checks of arguments: every error is one line with the name, the value and what is allowed."""

import numbers
from collections.abc import Collection

import numpy as np


def integer(name: str, value: object, *, minimum: int, maximum: int | None = None) -> int:
    """Return ``value`` as an int in [minimum, maximum]; a bool is not a number here."""
    allowed = f"an integer >= {minimum}"
    if maximum is not None:
        allowed = f"an integer in [{minimum}, {maximum}]"
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, numbers.Integral):
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
    result = float(value)
    if not minimum <= result <= maximum:
        raise ValueError(f"{name} = {value!r}: must be {allowed}")
    return result


def choice(name: str, value: object, allowed: Collection[str]) -> str:
    """Return ``value`` if it is one of the allowed names."""
    if isinstance(value, str) and value in allowed:
        return value
    names = ", ".join(repr(one) for one in allowed)
    raise ValueError(f"{name} = {value!r}: must be one of {names}")


def network_range(first_network: object, networks: object) -> range:
    """Return the indices of the networks of a run."""
    first = integer("first_network", first_network, minimum=0)
    return range(first, first + integer("networks", networks, minimum=1))
