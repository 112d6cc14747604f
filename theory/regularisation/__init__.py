"""Norms of weights as regularisers, what they bound, and spectra of networks (Furusho 2020)."""

from theory.regularisation.norms import (
    mean_entrywise_product,
    mean_frobenius_product,
    mean_lipschitz_constant,
    mean_path_norm,
    mean_spectral_product_bound,
    mean_square_gradient,
    mean_square_path_norm,
    mean_square_path_norm_of_widths,
)
