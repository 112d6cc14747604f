"""Claims on the dynamics of a student that learns online (Luo et al. 2018, section 3)."""

from verify.claims.order_parameters import dynamics, fixed_points, gaussian_averages, stability

CLAIMS = (
    *gaussian_averages.CLAIMS,
    *dynamics.CLAIMS,
    *fixed_points.CLAIMS,
    *stability.CLAIMS,
)
