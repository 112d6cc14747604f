"""Claims on trajectories of optimisation (Chen et al. 2020)."""

from verify.claims.trajectories import quadratic, theorem

CLAIMS = (*theorem.CLAIMS, *quadratic.CLAIMS)
