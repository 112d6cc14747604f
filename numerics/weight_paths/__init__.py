"""Weights across depth: paths of matrices over the layers of a residual network."""

from numerics.weight_paths.start import measure_initial_variation
from numerics.weight_paths.variation import p_variation

__all__ = ["measure_initial_variation", "p_variation"]
