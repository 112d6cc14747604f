"""Claims on regularisers, what they bound, and spectra of networks (Furusho 2020)."""

from verify.claims.regularisation import fourier, fourier_plane, norms, proof_steps, regions

CLAIMS = (
    *norms.CLAIMS,
    *fourier.CLAIMS,
    *fourier_plane.CLAIMS,
    *proof_steps.CLAIMS,
    *regions.CLAIMS,
)
from verify.claims.regularisation import lipschitz, norms

CLAIMS = (*norms.CLAIMS, *lipschitz.CLAIMS)
