"""Claims on trajectories of optimisation (Chen et al. 2020)."""

from verify.claims.trajectories import orders, quadratic, runs, theorem

CLAIMS = (*theorem.CLAIMS, *runs.CLAIMS, *quadratic.CLAIMS, *orders.CLAIMS)
