"""G(alpha, zeta) = tr (S + zeta)^-1 / N, S = X^T X, X of P = alpha N rows x ~ N(0, I/N), N -> oo.

It is the positive root of zeta G^2 - b G - 1 = 0, b = 1 - alpha - zeta (Marchenko and Pastur 1967):
(b + D) / (2 zeta) or 2 / (D - b), D = sqrt(b^2 + 4 zeta). That without a difference is taken. Near
alpha = 1 the 1 - alpha in b is exact, and so comes first.
"""

from __future__ import annotations

import math
from typing import Any

import mpmath
import numpy as np


def of_number(load: float, ridge: float) -> float:
    """Return the value at one pair of floats."""
    b = (1 - load) - ridge
    root = math.hypot(b, 2 * math.sqrt(ridge))
    return (b + root) / (2 * ridge) if b >= 0 else 2 / (root - b)


def of_array(load: Any, ridge: Any) -> Any:
    """Return the values at arrays of floats, which broadcast."""
    b = (1 - load) - ridge
    root = np.hypot(b, 2 * np.sqrt(ridge))
    return np.where(b >= 0, (np.maximum(b, 0) + root) / (2 * ridge), 2 / (root - np.minimum(b, 0)))


def of_tensor(load: Any, ridge: Any, torch: Any) -> Any:
    """Return the values at tensors; clamping keeps the unused branch's gradient finite."""
    b = (1 - load) - ridge
    root = torch.hypot(b, 2 * torch.as_tensor(ridge, dtype=b.dtype, device=b.device).sqrt())
    return torch.where(b >= 0, (b.clamp(min=0) + root) / (2 * ridge), 2 / (root - b.clamp(max=0)))


def of_mpf(load: Any, ridge: Any) -> Any:
    """Return the value at mpmath numbers, right to the current precision."""
    b = (1 - load) - ridge
    root = mpmath.hypot(b, 2 * mpmath.sqrt(ridge))
    return (b + root) / (2 * ridge) if b >= 0 else 2 / (root - b)
