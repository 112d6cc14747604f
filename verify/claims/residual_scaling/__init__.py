"""Claims on scaling the residual branch by tau (Zhang et al. 2022)."""

from verify.claims.residual_scaling import (
    activations,
    backward,
    converse,
    energy,
    norms,
    perturbation,
    probability,
    tails,
    training,
)

CLAIMS = (
    *energy.CLAIMS,
    *backward.CLAIMS,
    *perturbation.CLAIMS,
    *activations.CLAIMS,
    *converse.CLAIMS,
    *tails.CLAIMS,
    *probability.CLAIMS,
    *norms.CLAIMS,
    *training.CLAIMS,
)
