"""What the worst perturbations change, and how large gradients are (Lemma 4, Theorems 6 to 8).

To first order a perturbation |W'_l| <= tau omega that does not depend on W_l, W_{l+1}, .. changes
what the ReLU of layer l gets by (1 + tau W_l) h'_{l-1} + tau W'_l h_{l-1}: in root mean square h'_l
is at most sqrt(1 + tau^2) times h'_{l-1}, and tau^2 omega times h_{l-1}. In the limit of depth,
where |h_l|^2 grows by 1 + tau^2 too, it is so at most tau^2 omega l times h_l. The radial one,
tau omega u u^T, u = h_{l-1}/|h_{l-1}|, attains that: with x a coordinate of the layer, v its
change over tau^2 omega L, q = E x^2, c = E x v and y = E v^2, in the time t = l/L,

    dq/dt = kappa^2 q,    dc/dt = kappa^2 c + q,    dy/dt = kappa^2 y + 2 c less what is lost,

where v is set to 0 as x hits 0, which leaves x v as it is. So c = t q, and c^2 <= q y leaves
y = t^2 q with nothing lost: the change is a multiple of the layer itself.
"""

from __future__ import annotations

from functools import partial

import sympy

from theory.closed_form import ClosedForm
from theory.domains import Reals
from theory.lowering.elementary import exponential, log1p
from theory.residual_scaling.parameters import (
    DEPTH_OF_CORRECTION,
    FRACTION,
    KAPPA,
    LAYER,
    RESIDUALS,
    SEPARATION,
    TAU,
    WIDE,
)

_derived = partial(
    ClosedForm,
    subject="residual_scaling",
    paper="zhang2022",
    status="derived",
    assumptions=WIDE,
    lies_in=Reals(0),
)

kappa, t, tau, D = KAPPA.symbol, FRACTION.symbol, TAU.symbol, RESIDUALS.symbol
layer = LAYER.symbol

greatest_change_depth_limit = _derived(
    name="greatest_change_depth_limit",
    expr=kappa**2 * t,
    parameters=(KAPPA, FRACTION),
    where="Lemma 4, tau = kappa/sqrt(L), at infinite width and depth",
    grows=(DEPTH_OF_CORRECTION,),
    remainder=1 / sympy.sqrt(DEPTH_OF_CORRECTION.symbol),
    derivation=(
        "|h'_l|/(omega |h_l|) at l = t L for radial perturbations of norm tau omega, omega -> 0: "
        "tau^2 L omega of Lemma 4 is attained, with the constant 1. No perturbation of that norm "
        "that does not look at the weights of its layer and later ones has more in mean square."
    ),
)

change_energy_bound = _derived(
    name="change_energy_bound",
    expr=(tau**2 * layer) ** 2 * (1 + tau**2) ** (layer - 1),
    stable=(tau**2 * layer) ** 2 * exponential((layer - 1) * log1p(tau**2)),
    parameters=(TAU, LAYER),
    where="Lemma 4",
    assumptions=(),
    derivation=(
        "E|h'_l|^2/(omega^2 E|h_0|^2), omega -> 0, at every width: the root of E|h'_l|^2 is at "
        "most sqrt(1 + tau^2) times that of E|h'_{l-1}|^2, and tau^2 omega (1 + tau^2)^((l-1)/2)."
    ),
)

gradient_energy_bound = _derived(
    name="gradient_energy_bound",
    expr=tau**2 * (1 + tau**2) ** (D - 1),
    stable=tau**2 * exponential((D - 1) * log1p(tau**2)),
    parameters=(TAU, RESIDUALS),
    where="Theorem 6",
    derivation=(
        "E|d(v.h_D)/dW_l|^2/E|h_0|^2 <= tau^2 E|b_l|^2 E|h_{l-1}|^2, |v| = 1, where a layer "
        "multiplies either energy by at most 1 + tau^2. At tau = kappa/sqrt(L) it is below "
        "tau^2 exp(kappa^2) at every depth and layer, as Theorem 6 says up to constants."
    ),
)

least_gradient_bound = _derived(
    name="least_gradient_bound",
    expr=sympy.Rational(49, 100) * SEPARATION.symbol / sympy.pi,
    parameters=(SEPARATION,),
    where="Theorem 7",
    assumptions=(*WIDE, "every two inputs at the same distance"),
    derivation=(
        "The least of |dF/dW_L|^2/m over errors v_i of sum |v_i|^2 = 1 and one output. As delta -> "
        "0 it is sqrt(T E) delta/(2 pi), T and E the energies of tangents and layers: 0.985 of "
        "delta/(2 pi) at least, at infinite depth and kappa = 0.14. As tau -> 0 it is (1 - (1 - "
        "a/pi) cos a)/2, a the angle of the starts, above delta/(2 pi). That 0.98 of it is a bound "
        "at every kappa <= 1 is a conjecture. Theorem 7 has Omega(delta/n), for inputs that lie as "
        "they like."
    ),
)

kernel_trace_bound = _derived(
    name="kernel_trace_bound",
    expr=(1 + tau**2) ** (D - 1) * ((1 + tau**2) / 2 + D * tau**2),
    stable=exponential((D - 1) * log1p(tau**2)) * ((1 + tau**2) / 2 + D * tau**2),
    parameters=(TAU, RESIDUALS),
    where="Theorem 8",
    assumptions=(),
    derivation=(
        "E sum_l |dy/dW_l|^2 d/(m E|h_0|^2) of an output y, at every width: 1/2 (1 + tau^2)^D of "
        "W_L, and tau^2 (1 + tau^2)^(D-1) at most of each residual layer. A small step W' adds "
        "|sum_l dy/dW_l W'_l|^2/2 to the loss, at most (m/d) |W'|^2/2 times this: Theorem 8's last "
        "term, below exp(kappa^2) (1/2 + kappa^2) at every depth."
    ),
)
