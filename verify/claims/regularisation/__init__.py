"""Claims on regularisers, what they bound, and spectra of networks (Furusho 2020)."""

from verify.claims.regularisation import (
    complexity,
    fourier,
    fourier_plane,
    lipschitz,
    norms,
    proof_steps,
    regions,
    training,
)

CLAIMS = (
    *norms.CLAIMS,
    *lipschitz.CLAIMS,
    *complexity.CLAIMS,
    *proof_steps.CLAIMS,
    *fourier.CLAIMS,
    *fourier_plane.CLAIMS,
    *regions.CLAIMS,
    *training.CLAIMS,
)
