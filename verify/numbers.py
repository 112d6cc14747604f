"""Numbers written for people."""

from __future__ import annotations

import math

_SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def number(value: float | str | None, digits: int = 4) -> str:
    """Return a number to some significant digits, for people: 1.417, 20 000, 3.2 × 10⁻⁵.

    Digits before the point are kept up to 10^6 (of integers, 10^9); what is not a number stays
    as it is, and None becomes a dash.
    """
    if value is None:
        return "–"
    if isinstance(value, bool) or not isinstance(value, int | float):
        return str(value)
    if isinstance(value, int) and abs(value) < 10**9:
        return _grouped(value, 0)
    if not math.isfinite(value):
        return {math.inf: "∞", -math.inf: "−∞"}.get(value, "not a number")
    mantissa, _, exponent = f"{value:.{digits - 1}e}".partition("e")
    if value == 0 or -5 < int(exponent) < 6:
        return _trimmed(_grouped(value, max(0, digits - 1 - int(exponent))))
    power = "10" + str(int(exponent)).translate(_SUPERSCRIPTS)
    mantissa = _trimmed(mantissa.replace("-", "−"))
    return power if mantissa == "1" else f"{mantissa} × {power}"


def _grouped(value: float, decimals: int) -> str:
    # By custom, four digits stand together.
    text = f"{value:,.{decimals}f}" if abs(value) >= 10_000 else f"{value:.{decimals}f}"
    return text.replace(",", "\u202f").replace("-", "−")


def _trimmed(text: str) -> str:
    return text.rstrip("0").rstrip(".") if "." in text else text


def plural(count: int, noun: str) -> str:
    """Return how many there are of something: "1 claim", "35 claims"."""
    return f"{count:,} {noun if count == 1 else f'{noun}s'}"


def percent(value: float | None) -> str:
    """Return a share as a percentage of two significant digits."""
    return "–" if value is None else f"{number(100 * value, 2)} %"


ROUNDING = 1e-9
"""A standard error of less than this share is that of an identity."""


def with_error(value: float, standard_error: float | None, digits: int = 4) -> str:
    """Return a number with its standard error, if that is more than rounding: 1.489 ± 0.0025."""
    found = f"{value:.{digits}g}"
    if standard_error is None or not abs(value) * ROUNDING < standard_error < math.inf:
        return found
    return f"{found} ± {standard_error:.2g}"


def beside_error(value: float | None, standard_error: float | None) -> str:
    """Return a number to the second digit of its standard error, zeros at the end included.

    Without a standard error it is written as any number, and so is 0.
    """
    if not value or standard_error is None:
        return number(value)
    if not 1e-12 < standard_error < 1e6 or not abs(value) < 1e6:
        return number(value)
    return _grouped(value, max(0, 1 - math.floor(math.log10(standard_error))))
