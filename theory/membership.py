"""Whether the values given to a form lie in their domains, for each kind of number.

A million values are checked in a small part of the time that a formula takes: by their least and
greatest, which are NaN as soon as one of them is, and integers block by block in the cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from theory import lowering
from theory.domains import Domain, DomainError, Integers
from theory.lowering import Backend, arrays, symbols, tensors
from theory.text import shown

_BLOCK = 1 << 15


def require(
    form: str, domains: tuple[tuple[str, Domain], ...], backend: Backend, values: Mapping[str, Any]
) -> None:
    """Raise DomainError naming the first parameter whose value lies outside its domain."""
    if backend is tensors and tensors.are_transformed(values.values()):
        _require_transformed(form, domains, values)
        return
    if backend is arrays or backend is tensors:
        found = {name: _as_array(form, name, x) for name, x in values.items()}
        _require_one_shape(form, found)
        _require_arrays(form, domains, found)
        return
    if backend is symbols:
        _require_symbols(form, domains, values)
        values = {name: x for name, x in values.items() if lowering.is_number(x)}
    for name, domain in domains:
        if name not in values:
            continue
        try:
            inside = domain.contains(values[name], values)
        except TypeError as error:  # sympy cannot compare them
            raise TypeError(
                f"{form}: {name} = {values[name]} cannot be compared; is it {domain.describe()}? "
                "simplify it or give a float"
            ) from error
        if not inside:
            raise _outside(form, name, domain, values[name], values)


def _require_symbols(
    form: str, domains: tuple[tuple[str, Domain], ...], values: Mapping[str, Any]
) -> None:
    for name, domain in domains:
        value = values[name]
        if not lowering.is_number(value) and domain.excludes(value, values):
            error = _outside(form, name, domain, value, values)
            raise DomainError(f"{error}, by the assumptions of its symbols")


def _require_arrays(
    form: str, domains: tuple[tuple[str, Domain], ...], values: Mapping[str, np.ndarray]
) -> None:
    for name, domain in domains:
        value = values[name]
        if value.dtype.kind not in "iuf":
            kind = value.dtype.name
            raise TypeError(f"{form}: {name} holds {kind} values; give real numbers")
        if _all_inside(domain, value, values):
            continue
        inside = domain.contains_each(value, values)
        if not np.all(inside):
            offender = np.broadcast_to(value, np.shape(inside))[~inside].flat[0]
            raise _outside(form, name, domain, offender, values)


def _require_transformed(
    form: str, domains: tuple[tuple[str, Domain], ...], values: Mapping[str, Any]
) -> None:
    """Check tensors inside torch.func, which compares batches but shows only the outcome."""
    for name, domain in domains:
        value, torch = values[name], tensors.torch()
        if not isinstance(value, torch.Tensor):
            value = torch.as_tensor(_as_array(form, name, value))
        if value.dtype == torch.bool or value.is_complex():
            raise TypeError(f"{form}: {name} holds {value.dtype} values; give real numbers")
        if not tensors.unwrapped(domain.contains_each(value, values, torch)).all():
            raise DomainError(f"{form}: {name} holds a value that is not {domain.describe()}")


def _require_one_shape(form: str, values: Mapping[str, np.ndarray]) -> None:
    try:
        np.broadcast_shapes(*(value.shape for value in values.values()))
    except ValueError:
        shapes = ", ".join(f"{name} has {x.shape}" for name, x in values.items() if x.shape)
        raise ValueError(f"{form}: the shapes do not broadcast: {shapes}") from None


def _all_inside(domain: Domain, values: np.ndarray, others: Mapping[str, np.ndarray]) -> bool:
    """Tell whether all values are members, as far as that can be told without asking each."""
    if not values.size or any(others[end].size > 1 for end in domain.depends_on):
        return False
    if not (domain.contains(values.min(), others) and domain.contains(values.max(), others)):
        return False
    return not isinstance(domain, Integers) or values.dtype.kind != "f" or _integral(values)


def _integral(values: np.ndarray) -> bool:
    flat = values.reshape(-1)
    whole = np.empty(min(_BLOCK, flat.size), dtype=flat.dtype)
    for start in range(0, flat.size, _BLOCK):
        block = flat[start : start + _BLOCK]
        if not np.array_equal(np.floor(block, out=whole[: block.size]), block):
            return False
    return True


def _outside(
    form: str, name: str, domain: Domain, value: Any, values: Mapping[str, Any]
) -> DomainError:
    ends = "".join(f", {end} = {shown(values[end])}" for end in domain.depends_on if end in values)
    return DomainError(f"{form}: {name} = {shown(value)} is not {domain.describe()}{ends}")


def _as_array(form: str, name: str, value: Any) -> np.ndarray:
    if hasattr(value, "detach"):
        tensor = value.detach().cpu()
        return np.asarray(tensor.double() if tensor.is_floating_point() else tensor)
    if isinstance(value, np.ndarray | np.generic | bool):
        return np.asarray(value)
    try:
        return np.asarray(float(value))
    except TypeError:
        raise DomainError(f"{form}: {name} = {value} is not a real number") from None
    except OverflowError:
        raise DomainError(
            f"{form}: {name} is beyond every float; beside arrays and tensors it must be within"
        ) from None
