"""Share rho_L of the top eigenvalue in the trace of the FIM of a wide ResNet.

Arc-cosine recursion of the tangent kernel at orthogonal inputs. With theta_l the angle between
two inputs after l blocks, theta_0 = pi/2, kappa0 = 1 - theta/pi,
kappa1 = (sin theta + (pi - theta) cos theta)/pi:

    cos theta_l = (cos theta_(l-1) + kappa1(theta_(l-1))) / 2
    t_l = t_(l-1) (1 + kappa0(theta_(l-1))) / 2 + kappa1(theta_(l-1)) / 4,   t_0 = 0
    rho_l = t_l / (1 + l/4)

where t_l is the kernel between two inputs over 2^l, so that no depth overflows. The state kept is
e = 1 - cos theta, which falls like 1/l^2 and would drown in the rounding of cos theta.
"""

from __future__ import annotations

import math
from functools import cache
from typing import Any

import mpmath
import numpy as np
import sympy

from theory.lowering.arc_cosine import sine_minus_chord
from theory.lowering.gradients import with_slopes
from theory.lowering.kernel import Kernel


@cache
def _table(size: int) -> np.ndarray:
    shares = np.zeros(size)
    one_minus_cosine, between_inputs = 1.0, 0.0
    for layer in range(1, size):
        theta = 2 * math.asin(math.sqrt(one_minus_cosine / 2))
        lost = sine_minus_chord(theta) / math.pi
        kappa1 = 1 - one_minus_cosine + lost
        between_inputs = between_inputs * (1 - theta / (2 * math.pi)) + kappa1 / 4
        one_minus_cosine -= lost / 2
        shares[layer] = between_inputs / (1 + layer / 4)
    shares.setflags(write=False)
    return shares


def table(depth: int) -> np.ndarray:
    """Return a read-only float64 array whose entries 0, 1, ..., depth (and more) are rho_l."""
    return _table(1 << max(6, depth.bit_length()))


def table_mpf(depth: int) -> list[Any]:
    """Return [rho_0, ..., rho_depth] as mpmath numbers at the current precision."""
    # theta ~ 6 pi/l: its cosine loses log2(l) digits twice, sin - theta cos three times.
    with mpmath.extraprec(20 + 6 * depth.bit_length()):
        shares = [mpmath.mpf(0)]
        cosine, between_inputs = mpmath.mpf(0), mpmath.mpf(0)
        for layer in range(1, depth + 1):
            theta = mpmath.acos(cosine)
            kappa1 = (mpmath.sin(theta) + (mpmath.pi - theta) * cosine) / mpmath.pi
            between_inputs = between_inputs * (1 - theta / (2 * mpmath.pi)) + kappa1 / 4
            cosine = (cosine + kappa1) / 2
            shares.append(between_inputs / (1 + mpmath.mpf(layer) / 4))
    return [+share for share in shares]


def _bernstein(coefficients: Any, position: Any) -> Any:
    """Return sum_k binom(n, k) position^k (1 - position)^(n-k) coefficients[k] by de Casteljau.

    Only convex combinations occur: no cancellation, no overflow, and gradients at 0 and 1.
    """
    position = position[..., None]
    values = coefficients
    for _ in range(len(coefficients) - 1):
        values = (1 - position) * values[..., :-1] + position * values[..., 1:]
    return values[..., 0]


def _slopes_of_mean(order: int, shares: Any, position: Any) -> Any:
    """Return the derivative of that order of the mean over one depth's shares."""
    size = len(shares) - 1
    if order > size:
        return position * 0
    differences = shares
    for _ in range(order):
        differences = differences[1:] - differences[:-1]
    return math.perm(size, order) * _bernstein(differences, position)


def binomial_mean(depth: Any, survival: Any, library: Any, order: int = 0) -> Any:
    """Return E rho_K for K ~ Bin(depth, survival), elementwise over arrays or tensors.

    `library` is numpy or torch, and both arguments are its arrays. Of an `order` above 0 it is
    that derivative by survival. Cost: depth^2 an element.
    """
    mean = library.zeros_like(survival)
    for value in library.unique(depth):
        shares = library.asarray(table(int(value))[: int(value) + 1].copy(), device=mean.device)
        mean = library.where(depth == value, _slopes_of_mean(order, shares, survival), mean)
    return mean


def binomial_mean_mpf(depth: int, survival: Any) -> Any:
    """Return E rho_K for K ~ Bin(depth, survival) at the current precision of mpmath."""
    return mpmath.fsum(
        mpmath.binomial(depth, k) * survival**k * (1 - survival) ** (depth - k) * share
        for k, share in enumerate(table_mpf(depth))
    )


def _share_of_tensor(depth: Any, torch: Any) -> Any:
    index = depth.long()
    shares = table(int(index.max()) if index.numel() else 0)
    return torch.asarray(shares.copy(), device=depth.device)[index]


def _no_slope(depth: Any, torch: Any) -> tuple[Any]:
    return (torch.zeros_like(depth),)


class top_eigenvalue_share(Kernel):
    """rho_L."""

    nargs = 1

    @classmethod
    def eval(cls, depth: sympy.Expr) -> sympy.Expr | None:
        """Evaluate rho_0 = 0 and leave every other share as it stands."""
        return sympy.S.Zero if depth.is_zero else None

    def _eval_evalf(self, precision: int) -> sympy.Expr | None:
        if not self.args[0].is_Integer:
            return None
        with mpmath.workprec(precision):
            share = table_mpf(int(self.args[0]))[-1]
        return sympy.Float._new(share._mpf_, precision)

    def _latex(self, printer: Any) -> str:
        return rf"\rho_{{{printer._print(self.args[0])}}}"

    @staticmethod
    def of_number(depth: float) -> float:
        """Return the share at one whole number of layers."""
        return float(table(int(depth))[int(depth)])

    @staticmethod
    def of_array(depth: Any) -> Any:
        """Return the shares at an array of whole numbers."""
        return table(int(np.max(depth, initial=0)))[depth.astype(np.int64)]

    @staticmethod
    def of_tensor(depth: Any, torch: Any) -> Any:
        """Return the shares at a tensor of whole numbers; they have no derivative."""
        return with_slopes(_share_of_tensor, _no_slope, torch)(depth)

    @staticmethod
    def of_mpf(depth: Any) -> Any:
        """Return the share at the current precision; ValueError between whole layers."""
        if not (mpmath.isint(depth) and depth >= 0):
            raise ValueError(f"depth = {depth}: the recursion runs over whole layers")
        return table_mpf(int(depth))[-1]


@cache
def _mean_of_tensors(order: int, torch: Any) -> Any:
    def value(depth: Any, survival: Any, torch: Any) -> Any:
        return binomial_mean(depth, survival, torch, order)

    def slopes(depth: Any, survival: Any, torch: Any) -> tuple[Any, Any]:
        return torch.zeros_like(depth), _mean_of_tensors(order + 1, torch)(depth, survival)

    return with_slopes(value, slopes, torch)


class mean_top_eigenvalue_share(Kernel):
    """E rho_K for K ~ Bin(L, p)."""

    nargs = 2

    @staticmethod
    def of_number(depth: float, survival: float) -> float:
        """Return the mean at floats."""
        return float(binomial_mean(np.asarray(depth), np.asarray(survival), np))

    @staticmethod
    def of_array(depth: Any, survival: Any) -> Any:
        """Return the means at arrays."""
        depth, survival = np.broadcast_arrays(depth, np.asarray(survival, dtype=float))
        means = np.empty(depth.shape)
        for value in np.unique(depth):
            here = depth == value  # an element costs the square of its own depth alone
            means[here] = binomial_mean(depth[here], survival[here], np)
        return means

    @staticmethod
    def of_tensor(depth: Any, survival: Any, torch: Any) -> Any:
        """Return the means at tensors, with exact gradients in the survival."""
        return _mean_of_tensors(0, torch)(depth, survival)

    @staticmethod
    def of_mpf(depth: Any, survival: Any) -> Any:
        """Return the mean at the current precision."""
        return binomial_mean_mpf(int(depth), survival)
