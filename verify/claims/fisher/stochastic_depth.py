"""Claims on the Fisher information of ResNets with stochastic depth (Theorem 8, Lemma 4)."""

from __future__ import annotations

from dataclasses import replace

from theory import fisher as forms
from theory.domains import Integers, Reals
from verify.claims.fisher import experiments as networks
from verify.claims.fisher.experiments import STOCHASTIC_DEPTH
from verify.model import Claim
from verify.relations import Equal

SOME_SURVIVE = {"survival": Reals(0, 1, low_open=True)}
"""Where nothing survives the forward signals are 0, and no relative error is defined."""

dropped = networks.one_input.given(network=STOCHASTIC_DEPTH)

moments_stochastic_depth = Claim(
    "furusho2020/moments-sd",
    "The paper prints E[u_l²] = p 2^(l−2) (forward) and E[δ_l²] = 2^(pL−l) (backward) for "
    "stochastic depth; with every block dropped by itself they are p (1 + p)^(l−1)/2 and "
    "(1 + p)^(L−l).",
    says=(
        *Equal.each(
            "backward",
            forms.backward_moment_stochastic_depth_printed,
            forms.backward_moment_stochastic_depth,
        ),
        *Equal.each(
            "forward",
            forms.forward_moment_stochastic_depth_printed,
            forms.forward_moment_stochastic_depth,
        ),
    ),
    by=replace(
        dropped,
        measure=networks.measured("dropped_moments", **networks.ONE),
        over={"depth": Integers(1, 12), **networks.LAYERS, **SOME_SURVIVE},
    ),
    examples=({"layer": 1, "depth": 10, "survival": 0.5},),  # as for Theorem 8
    axis="layer",
    notes=(
        networks.ONE_INPUT_NOTE,
        "Forward signals are read off the plain network: h after k survivors has the law of its "
        "h^k, and K ~ Bin(l - 1, p) is averaged over exactly.",
    ),
)

mean_eigenvalue_stochastic_depth = Claim(
    "furusho2020/mean-eig-sd",
    "The paper prints (pL+4)/(4L+4) 2^(pL) for the mean eigenvalue, for simplicity under the "
    "supposition that a share 1 − p of the blocks is dropped, where it is right "
    "(mean-eig-sd-fixed), and says that extremely deep networks satisfy this by the law of large "
    "numbers; where every block is dropped by itself, it has another exponent at every depth.",
    says=Equal.each(
        "mean eigenvalue",
        forms.mean_eigenvalue_stochastic_depth_printed,
        forms.mean_eigenvalue_stochastic_depth,
    ),
    by=(
        dropped,
        networks.mean_on_digits.given(network=STOCHASTIC_DEPTH, survival=0.5),
    ),
    # In the regime that Theorem 8 is about: a deep network, an integer pL.
    examples=({"depth": 10, "survival": 0.5},),
    notes=(networks.ONE_INPUT_NOTE, networks.DIGITS_NOTE),
)

mean_eigenvalue_fixed_survivors = Claim(
    "furusho2020/mean-eig-sd-fixed",
    "With exactly K = pL surviving blocks Theorem 8 is right: the mean eigenvalue is "
    "(K+4)/(4L+4) 2^K.",
    says=Equal("mean eigenvalue", forms.mean_eigenvalue_fixed_survivors),
    by=dropped,
    notes=(networks.ONE_INPUT_NOTE,),
)

CLAIMS = (
    moments_stochastic_depth,
    mean_eigenvalue_stochastic_depth,
    mean_eigenvalue_fixed_survivors,
)
