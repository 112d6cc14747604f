"""Claims on the Fisher information of ResNets with batch norm (Theorem 7, Lemma 3)."""

from __future__ import annotations

from typing import Any

from theory import fisher as forms
from verify.claims.fisher import measurements
from verify.claims.fisher.assumptions import ASSUMPTIONS_MET
from verify.claims.fisher.terms import (
    BATCH_NORM,
    DIGITS_NOTE,
    EXTRAPOLATED,
    GAUSSIAN,
    at_first_block,
    depths,
    first_block,
    on_digits,
    over_width_and_samples,
    squared_over_width_and_samples,
    variance_over_square,
    variance_over_width,
)
from verify.claims.terms import Law, Parameters, grid, placed, sharp
from verify.evidence.accounting import Budget
from verify.model import Claim, Point, Value
from verify.relations import Equal

BATCH_BY_DEPTH = over_width_and_samples(lambda v: v["depth"] + 1)
BATCH_ABOVE = over_width_and_samples(lambda v: v["depth"] - v["layer"] + 1)
BATCH_ONCE = over_width_and_samples(lambda v: 1)
COUPLED = over_width_and_samples(lambda v: (v["depth"] + 1) / 2)
COUPLED_EXTRAPOLATED = squared_over_width_and_samples(lambda v: 2 * (v["depth"] + 1))

OF_FIRST_BLOCK = variance_over_square(60)
"""A bound on the relative variance of every mean over one block, extrapolated."""


def _terms(remainder: Law, variance: Law) -> dict[str, Any]:
    """Remainder and variance of sampled networks, and those of one block averaged exactly."""
    return {
        "finite_size": at_first_block(EXTRAPOLATED, remainder),
        "relative_variance": at_first_block(OF_FIRST_BLOCK, variance),
    }


batch_products = _terms(BATCH_BY_DEPTH, variance_over_width(lambda v: v["depth"] + 1))


def batch(parameters: Parameters, budget: Budget, size: int) -> list[Point]:
    """Batch norm on Gaussian inputs at D = N = size, on the digits, and one block exactly."""
    sizes = {"inputs": GAUSSIAN, "width": size, "samples": size}
    return [
        placed(parameters, budget, 0.04, network=BATCH_NORM, **sizes),
        on_digits(parameters, 0.04, network=BATCH_NORM),
        *(first_block(parameters, budget) if parameters["depth"] == 1 else []),
    ]


def _place_moments_batch_norm(parameters: Parameters, budget: Budget) -> list[Point]:
    return batch(parameters, budget, 60 * (parameters["depth"] + 1))


variance_terms = _terms(BATCH_ONCE, variance_over_width(lambda v: 1))
backward_terms = _terms(BATCH_ABOVE, variance_over_width(lambda v: v["depth"] - v["layer"] + 1))

moments_batch_norm = Claim(
    id="furusho2020/moments-bn",
    statement="With batch norm the paper prints E[u_l²] = 1/2 (forward), Var h_l = l + 1 "
    "(variance) and E[δ_l²] = (L+1)/(l+1) (backward).",
    says=(
        Equal("forward", forms.forward_moment_bn, **variance_terms),
        Equal("variance", forms.variance_bn_printed, **variance_terms),
        Equal("variance", forms.variance_bn, **variance_terms),
        Equal("backward", forms.backward_moment_bn_printed, **backward_terms),
        Equal("backward", forms.backward_moment_bn, **backward_terms),
    ),
    measure=measurements.measure_moments,
    grid=grid(
        ["layer", "depth"],
        [(0, 1), (1, 1), (0, 2), (1, 2), (2, 2), (1, 4), (4, 4)],
        [(0, 3), (2, 3), (0, 5), (5, 5)],
    ),
    place=_place_moments_batch_norm,
    axis="layer",
    notes=(
        "Batch norm divides by the variance over inputs at fixed weights. Rectified features have "
        "a mean over inputs that does not vary, so each block adds 1 - 1/pi and not 1.",
        "Batch statistics are held constant in the backward pass here.",
        DIGITS_NOTE,
    ),
    met=ASSUMPTIONS_MET,
)


def _place_mean_batch_norm(parameters: Parameters, budget: Budget) -> list[Point]:
    return batch(parameters, budget, 80 * (parameters["depth"] + 1))


mean_eigenvalue_batch_norm = Claim(
    id="furusho2020/mean-eig-bn",
    statement="The paper prints (H_{L+1}+1)/2 for the mean eigenvalue with batch norm, hence "
    "logarithmic growth; it grows like L^0.467.",
    says=(
        Equal("mean eigenvalue", forms.mean_eigenvalue_bn_printed, **batch_products),
        Equal("mean eigenvalue", forms.mean_eigenvalue_bn, **batch_products),
    ),
    measure=measurements.measure_mean_eigenvalue,
    grid=depths((1, 2, 3, 4), (5, 6)),
    place=_place_mean_batch_norm,
    axis="depth",
    notes=(
        "Batch statistics are held constant in the backward pass here; mean-eig-bn-coupled lets "
        "gradients flow through them.",
        DIGITS_NOTE,
    ),
    met=ASSUMPTIONS_MET,
)


BOTH: dict[str, Value] = {"measured": "mean and share"}
"""What a point judges; the share alone can be judged more sharply than the mean."""


def _place_coupled(parameters: Parameters, budget: Budget) -> list[Point]:
    square: dict[str, Value] = {
        "network": BATCH_NORM,
        "inputs": GAUSSIAN,
        "width": 60,
        "samples": 60,
    }
    points = [placed(parameters, budget, 0.05, **square, **BOTH)]
    if parameters["depth"] == 1:
        points += first_block(parameters, budget, **BOTH)
    if parameters["depth"] == 2:
        # Where the share of one depth differs most from that of the next.
        points += sharp(parameters, budget, {**square, "measured": "share"}, margin=0.007)
    return points


mean_eigenvalue_coupled = Claim(
    id="furusho2020/mean-eig-bn-coupled",
    statement="With gradients through the batch statistics the rectified features enter without "
    "their mean on every path that meets a batch norm.",
    says=(
        Equal(
            "mean eigenvalue",
            forms.mean_eigenvalue_bn_coupled,
            only=BOTH,
            **_terms(COUPLED, variance_over_width(lambda v: 0.6 * (v["depth"] + 1))),
        ),
        Equal(
            "share",
            forms.coupled_share_bn,
            **_terms(COUPLED_EXTRAPOLATED, variance_over_width(lambda v: 0.3)),
        ),
    ),
    measure=measurements.measure_coupled,
    grid=depths((1, 2, 3, 5, 8), (4,)),
    place=_place_coupled,
    axis="depth",
    notes=(
        "The mean itself, within its remainder, cannot tell the two apart at these widths. "
        "The share, coupled over held fixed on the same networks, separates the conjecture from "
        "the form without coupling, for which it is 1: the fluctuations of the networks cancel.",
        "At one size the share lies below its limit in proportion to 1/D + 1/N (by 4.6 % at depth "
        "4 and D = N = 60), so it is extrapolated from two sizes, 2 share(D, N) - share(D/2, N/2).",
    ),
    met=ASSUMPTIONS_MET,
)

CLAIMS = (moments_batch_norm, mean_eigenvalue_batch_norm, mean_eigenvalue_coupled)
