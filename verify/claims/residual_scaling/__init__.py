"""Claims on scaling the residual branch by tau (Zhang et al. 2022)."""

from verify.claims.residual_scaling import norms, probability, tails

CLAIMS = (*tails.CLAIMS, *probability.CLAIMS, *norms.CLAIMS)
