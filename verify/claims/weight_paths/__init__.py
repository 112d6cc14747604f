"""Claims on weights across depth (Susanna 2024)."""

from verify.claims.weight_paths import (
    bounds,
    limits,
    losses,
    remarks,
    start,
    tables,
    training,
)

CLAIMS = (
    *start.CLAIMS,
    *bounds.CLAIMS,
    *losses.CLAIMS,
    *remarks.CLAIMS,
    *limits.CLAIMS,
    *training.CLAIMS,
    *tables.CLAIMS,
)
