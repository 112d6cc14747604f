"""Claims on the learning rates of gradient descent (Furusho 2020, sections 2.4 and 4.3)."""

from verify.claims.learning_rate import boundary, bounds, depth, eigenvalues, order, quadratic

CLAIMS = (
    *quadratic.CLAIMS,
    *bounds.CLAIMS,
    *boundary.CLAIMS,
    *depth.CLAIMS,
    *order.CLAIMS,
    *eigenvalues.CLAIMS,
)
