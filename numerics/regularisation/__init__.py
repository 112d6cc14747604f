"""Regularisers of perceptrons: norms of weights and what they bound, and spectra of networks."""

from numerics.regularisation.norms import (
    NormProducts,
    PathNorms,
    PathSums,
    Start,
    StartBounds,
    measure_norm_products,
    measure_path_norms,
    measure_path_sums,
    measure_start_bounds,
    measure_wide_constant,
    path_norm,
)

__all__ = [
    "NormProducts",
    "PathNorms",
    "PathSums",
    "Start",
    "StartBounds",
    "measure_norm_products",
    "measure_path_norms",
    "measure_path_sums",
    "measure_start_bounds",
    "measure_wide_constant",
    "path_norm",
]
