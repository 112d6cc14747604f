"""Claims on weights across depth (Susanna 2024)."""

from verify.claims.weight_paths import (
    assumptions,
    bounds,
    branches,
    gradients,
    images,
    landscapes,
    limits,
    losses,
    proofs,
    remarks,
    setting,
    start,
    tables,
    training,
)

CLAIMS = (
    *setting.CLAIMS,
    *start.CLAIMS,
    *bounds.CLAIMS,
    *proofs.CLAIMS,
    *losses.CLAIMS,
    *remarks.CLAIMS,
    *gradients.CLAIMS,
    *branches.CLAIMS,
    *limits.CLAIMS,
    *training.CLAIMS,
    *assumptions.CLAIMS,
    *tables.CLAIMS,
    *images.CLAIMS,
    *landscapes.CLAIMS,
)
