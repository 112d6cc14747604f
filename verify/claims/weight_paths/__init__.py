"""Claims on weights across depth (Susanna 2024)."""

from verify.claims.weight_paths import bounds, losses, start

CLAIMS = (*start.CLAIMS, *bounds.CLAIMS, *losses.CLAIMS)
