"""Gradients in the weights at infinite width, from the energies that pass forward and backward.

d(v.h_D)/dW_l = tau (D_l b_l) h_{l-1}^T. As m -> oo both norms are their means, and those of D_l b_l
are (1 + tau^2)^-1 of b_{l-1}. For an output u.y, y = B h_L, of |u| = 1 the vector at the last
residual layer has the squared norm m/d, which multiplies all of them.
"""

from __future__ import annotations

from functools import partial

import sympy

from theory.closed_form import ClosedForm
from theory.computed import Computed, computed
from theory.residual_scaling.depth_limit import backward_depth_limit, depth_limit_energy
from theory.residual_scaling.infinite_width import wide_backward_energy, wide_energy
from theory.residual_scaling.parameters import (
    DEPTH_OF_CORRECTION,
    FRACTION,
    KAPPA_OF_DEPTH,
    RESIDUALS,
    TAU,
    WEIGHTS_OF_RESIDUALS,
    WIDE,
)

_gradient = partial(
    computed,
    subject="residual_scaling",
    paper="zhang2022",
    status="derived",
    assumptions=WIDE,
    where="BP of Appendix D, Theorem 6",
)


@_gradient(
    symbol=sympy.Function("G")(WEIGHTS_OF_RESIDUALS.symbol),
    parameters=(TAU, RESIDUALS, WEIGHTS_OF_RESIDUALS),
    of=(wide_backward_energy, wide_energy),
    kinds=("number", "numpy", "mpmath"),
)
def wide_gradient_energy(
    backward: Computed, forward: Computed, tau: float, residuals: int, layer: int
) -> float:
    """The mean squared norm of the gradient of v.h in the weights of layer l, over the start's.

    tau^2 E|D_l b_l|^2 E|h_{l-1}|^2, v a random unit vector at the last residual layer D.
    """
    passed = backward.value(tau=tau, residuals=residuals, layer=layer - 1) / (1 + tau**2)
    return tau**2 * passed * forward.value(tau=tau, layer=layer - 1)


@_gradient(
    symbol=sympy.Function("G")(FRACTION.symbol),
    parameters=(KAPPA_OF_DEPTH, FRACTION),
    of=(backward_depth_limit, depth_limit_energy),
    grows=(DEPTH_OF_CORRECTION,),
    remainder=1 / sympy.sqrt(DEPTH_OF_CORRECTION.symbol),
)
def gradient_depth_limit(
    backward: Computed, forward: ClosedForm, kappa: float, fraction: float
) -> float:
    """The limit over depth of L times the mean squared norm of the gradient in a layer's weights.

    kappa^2 B(t) exp(kappa^2 t), B the limit of the backward energy: it rises with t, where forward
    and backward energies would cancel if the one were the other run backwards.
    """
    passed = backward.value(kappa=kappa, fraction=fraction)
    return kappa**2 * passed * forward.value(kappa=kappa, fraction=fraction)
