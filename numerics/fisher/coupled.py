"""Fisher information of batch norm with gradients through the batch statistics.

Each output f_n then depends on every sample m of the batch. With g^l[n, m] = df_n / dh^l_m the
gradient of f_n by W^l is G^l_n = sum_m g^l[n, m] (u^l_m)^T, and K_nn' = sum_l <G^l_n, G^l_n'>.

The trace has the mean over networks of ||grad sum_n a_n . h^L_n||^2 / N, with independent random
signs a_n in R^D: one gradient instead of N. Over the signs it is sum_{n, i} ||grad h^L_ni||^2 / N,
where the trace has sum_n <grad h^L_ni, grad h^L_nj> / N with i != j as well. For the gradient by
W^l these vanish on average over W^L, .., W^(l+1): h^L_ni = h^(L-1)_ni + W^L_i . u^L_n, the rows of
W^L are independent with mean zero, and u^L knows W^0..W^(L-1) only, so that the mean of the product
is that of grad h^(L-1)_ni and grad h^(L-1)_nj; and h^l_ni, h^l_nj are functions of two rows of W^l.
"""

import torch

from numerics.fisher.lanczos import top_eigenvalue_of_gram
from numerics.fisher.networks import Draw, Ensemble, Forward
from numerics.fisher.tangent_kernel import squared_norms
from numerics.simulation.batched import multiply


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


def coupled_trace(ensemble: Ensemble, drawn: Draw, passed: Forward) -> torch.Tensor:
    """Return ||grad sum_n a_n . h^L_n||^2 / N, a_n the readouts, of each network: (networks,)."""
    networks, samples, width = drawn.inputs.shape
    errors, through = ensemble.signals(2, networks)
    errors[:] = drawn.readout
    gradient = ensemble.matrices(networks, width, width)
    total = torch.zeros_like(gradient[:, 0, 0])
    for layer in range(ensemble.depth, -1, -1):
        signal = passed.signals[layer]
        multiply(errors.mT, signal, out=gradient)
        total += squared_norms(gradient).sum(dim=1)
        if layer:
            multiply(errors, drawn.weights[layer], out=through)
            through.mul_(signal > 0)
            errors += _through_batch_norm(
                through, passed.hidden[layer - 1], passed.inverse_std[layer - 1]
            )
    return total / samples


def _through_batch_norm(
    errors: torch.Tensor, hidden: torch.Tensor, inverse_std: torch.Tensor
) -> torch.Tensor:
    """Return the gradient by h from that by z = (h - mean) / sigma (Ioffe and Szegedy 2015).

    Args:
        errors: the gradient by z, shape (.., N, D).
        hidden: h, shape (.., N, D).
        inverse_std: 1/sigma, shape (.., 1, D).
    """
    normalised = (hidden - hidden.mean(dim=-2, keepdim=True)) * inverse_std
    along = (errors * normalised).mean(dim=-2, keepdim=True) * normalised
    return (errors - errors.mean(dim=-2, keepdim=True) - along) * inverse_std
