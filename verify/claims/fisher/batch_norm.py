"""Claims on the Fisher information of ResNets with batch norm (Theorem 7, Lemma 3)."""

from __future__ import annotations

from theory import fisher as forms
from verify.claims.fisher import experiments as networks
from verify.claims.fisher.experiments import BATCH_NORM
from verify.model import Claim
from verify.relations import Equal

moments_batch_norm = Claim(
    "furusho2020/moments-bn",
    "With batch norm the paper prints E[u_l²] = 1/2 (forward), Var h_l = l + 1 (variance) and "
    "E[δ_l²] = (L+1)/(l+1) (backward).",
    says=(
        *Equal.each("backward", forms.backward_moment_bn_printed, forms.backward_moment_bn),
        Equal("forward", forms.forward_moment_bn),
        *Equal.each("variance", forms.variance_bn_printed, forms.variance_bn),
    ),
    by=(
        networks.normalised(
            networks.MOMENTS, {**networks.DEEPER, **networks.LAYERS}, reads=("layer",)
        ),
        networks.moments_on_digits.given(network=BATCH_NORM),
    ),
    axis="layer",
    notes=(
        "Batch norm divides by the variance over inputs at fixed weights. Rectified features have "
        "a mean over inputs that does not vary, so each block adds 1 - 1/pi and not 1.",
        "Batch statistics are held constant in the backward pass here.",
        networks.DIGITS_NOTE,
    ),
)

mean_eigenvalue_batch_norm = Claim(
    "furusho2020/mean-eig-bn",
    "The paper prints (H_{L+1}+1)/2 for the mean eigenvalue with batch norm, hence logarithmic "
    "growth; it grows like L^0.467.",
    says=Equal.each("mean eigenvalue", forms.mean_eigenvalue_bn_printed, forms.mean_eigenvalue_bn),
    by=(
        networks.normalised(networks.MEAN_EIGENVALUE),
        networks.mean_on_digits.given(network=BATCH_NORM),
    ),
    notes=(
        "Batch statistics are held constant in the backward pass here; mean-eig-bn-coupled lets "
        "gradients flow through them.",
        "Section 4.2 takes inputs of unit variance without loss of generality. That holds of the "
        "networks without batch norm, which are homogeneous. With it inputs of variance s² have "
        "signals of variance s² + k (1 - 1/pi) past block k, by the paper's own formula s² + k: "
        "the factors of the backward signal change, and m is of s = 1.",
        networks.DIGITS_NOTE,
    ),
)

mean_eigenvalue_coupled = Claim(
    "furusho2020/mean-eig-bn-coupled",
    "With gradients through the batch statistics the rectified features enter without their mean "
    "on every path that meets a batch norm.",
    says=(
        Equal("coupled", forms.mean_eigenvalue_bn_coupled),
        Equal("share", forms.coupled_share_bn),
    ),
    by=networks.normalised(networks.measured("coupling")),
    notes=(
        "The share is coupled over held fixed on the same networks, whose fluctuations cancel: it "
        "tells the conjecture from a form without coupling, for which it is 1.",
    ),
)

CLAIMS = (moments_batch_norm, mean_eigenvalue_batch_norm, mean_eigenvalue_coupled)
