"""Claims on the Fisher information of ResNets with batch norm (Theorem 7, Lemma 3)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from theory import fisher as forms
from theory.domains import Integers
from verify.claims.fisher.experiments import (
    BATCH_NORM,
    DIGITS_NOTE,
    first_block,
    on_digits,
    on_gaussian,
)
from verify.model import Claim, Value
from verify.relations import Equal

ONE_BLOCK = {"depth": Integers(1, 1)}


def square(count: int) -> Any:
    """Widths and numbers of samples D = N = count (L + 1)."""

    def sizes(at: Mapping[str, Any], within: float) -> dict[str, Value]:
        size = count * (at["depth"] + 1)
        return {"width": size, "samples": size}

    return sizes


LAYERS: dict[str, Any] = {"reads": ("layer",)}

moments_batch_norm = Claim(
    "furusho2020/moments-bn",
    "With batch norm the paper prints E[u_l²] = 1/2 (forward), Var h_l = l + 1 (variance) and "
    "E[δ_l²] = (L+1)/(l+1) (backward).",
    says=(
        Equal("forward", forms.forward_moment_bn),
        *Equal.each("variance", forms.variance_bn_printed, forms.variance_bn),
        *Equal.each("backward", forms.backward_moment_bn_printed, forms.backward_moment_bn),
    ),
    by=(
        on_gaussian("moments", sizes=square(60), **LAYERS).given(network=BATCH_NORM),
        on_digits("moments", **LAYERS).given(network=BATCH_NORM),
        first_block("moments", over=ONE_BLOCK, **LAYERS),
    ),
    axis="layer",
    notes=(
        "Batch norm divides by the variance over inputs at fixed weights. Rectified features have "
        "a mean over inputs that does not vary, so each block adds 1 - 1/pi and not 1.",
        "Batch statistics are held constant in the backward pass here.",
        DIGITS_NOTE,
    ),
)

mean_eigenvalue_batch_norm = Claim(
    "furusho2020/mean-eig-bn",
    "The paper prints (H_{L+1}+1)/2 for the mean eigenvalue with batch norm, hence logarithmic "
    "growth; it grows like L^0.467.",
    says=Equal.each("mean eigenvalue", forms.mean_eigenvalue_bn_printed, forms.mean_eigenvalue_bn),
    by=(
        on_gaussian("mean_eigenvalue", sizes=square(80)).given(network=BATCH_NORM),
        on_digits("mean_eigenvalue").given(network=BATCH_NORM),
        first_block("mean_eigenvalue", over=ONE_BLOCK),
    ),
    notes=(
        "Batch statistics are held constant in the backward pass here; mean-eig-bn-coupled lets "
        "gradients flow through them.",
        DIGITS_NOTE,
    ),
)

coupled = on_gaussian("coupled", setting={"width": 60, "samples": 60}).given(network=BATCH_NORM)
BOTH, SHARE = "mean and share", "share"
"""What is measured; the share alone can be judged more sharply than the mean."""

whole = coupled.given("Gaussian inputs", measured=BOTH)
share_alone = coupled.given("Gaussian inputs, the share", measured=SHARE)
block = first_block("coupled", over=ONE_BLOCK).given("one block", measured=BOTH)

mean_eigenvalue_coupled = Claim(
    "furusho2020/mean-eig-bn-coupled",
    "With gradients through the batch statistics the rectified features enter without their mean "
    "on every path that meets a batch norm.",
    says=(
        Equal("mean eigenvalue", forms.mean_eigenvalue_bn_coupled, by=(whole, block)),
        Equal("share", forms.coupled_share_bn),
    ),
    by=(whole, block, share_alone),
    notes=(
        "The mean itself, within its remainder, cannot tell the two apart at these widths. "
        "The share, coupled over held fixed on the same networks, separates the conjecture from "
        "the form without coupling, for which it is 1: the fluctuations of the networks cancel.",
        "At one size the share lies below its limit in proportion to 1/D + 1/N (by 4.6 % at depth "
        "4 and D = N = 60), so it is extrapolated from two sizes, 2 share(D, N) - share(D/2, N/2).",
    ),
)

CLAIMS = (moments_batch_norm, mean_eigenvalue_batch_norm, mean_eigenvalue_coupled)
