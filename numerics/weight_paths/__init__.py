"""Weights across depth: paths of matrices over the layers of a residual network."""

from numerics.weight_paths.variation import p_variation

__all__ = ["p_variation"]
