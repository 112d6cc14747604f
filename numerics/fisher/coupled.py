"""Fisher information of batch norm with gradients through the batch statistics.

Each output f_n then depends on every sample m of the batch. With g^l[n, m] = df_n / dh^l_m the
gradient of f_n by W^l is G^l_n = sum_m g^l[n, m] (u^l_m)^T, and K_nn' = sum_l <G^l_n, G^l_n'>.
"""

import torch

from numerics.fisher.lanczos import top_eigenvalue_of_gram
from numerics.fisher.networks import Draw, Forward


def coupled_spectrum(drawn: Draw, passed: Forward) -> dict[str, torch.Tensor]:
    """Return ``trace`` and ``top``, the top eigenvalue of F, each of shape (networks,)."""
    grams = [coupled_gram_matrix(drawn, passed, k) for k in range(len(drawn.inputs))]
    return {
        "trace": torch.stack([gram.diagonal().mean() for gram in grams]),
        "top": torch.cat([top_eigenvalue_of_gram(gram[None]) / len(gram) for gram in grams]),
    }


def coupled_gram_matrix(drawn: Draw, passed: Forward, network: int) -> torch.Tensor:
    """Return K, shape (N, N), of one network of a chunk; it takes N^2 D numbers of memory."""
    _, samples, width = drawn.inputs.shape
    # g[n, m, i]; f_n = sum_i h^L_ni.
    errors = torch.eye(samples).to(drawn.inputs)[:, :, None].repeat(1, 1, width)
    gram = torch.zeros_like(errors[..., 0])
    for layer in range(len(passed.signals) - 1, -1, -1):
        signal = passed.signals[layer][network]
        gradients = (errors.mT @ signal).flatten(start_dim=1)
        gram += gradients @ gradients.T
        if layer:
            through = (errors @ drawn.weights[layer, network]) * (signal > 0)
            inverse_std = passed.inverse_std[layer - 1][network]
            errors += _through_batch_norm(through, passed.hidden[layer - 1][network], inverse_std)
    return gram


def _through_batch_norm(
    errors: torch.Tensor, hidden: torch.Tensor, inverse_std: torch.Tensor
) -> torch.Tensor:
    """Return the gradient by h from that by z = (h - mean) / sigma (Ioffe and Szegedy 2015).

    Args:
        errors: df_n / dz_m, shape (N, N, D).
        hidden: h, shape (N, D).
        inverse_std: 1/sigma, shape (1, D).
    """
    normalised = (hidden - hidden.mean(dim=0)) * inverse_std
    along = (errors * normalised).mean(dim=1, keepdim=True) * normalised
    return (errors - errors.mean(dim=1, keepdim=True) - along) * inverse_std
