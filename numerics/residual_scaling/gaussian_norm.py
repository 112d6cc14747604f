"""The spectral norm of a Gaussian matrix, in law.

The singular values of an N x n matrix of standard normals, N >= n, are those of a bidiagonal one of
independent entries (Silverstein 1985; Dumitriu and Edelman 2002): chi_N, chi_(N-1), .. on the
diagonal and chi_(n-1), .., chi_1 beside it.
"""

import numpy as np
from scipy.linalg import eigvalsh_tridiagonal

from numerics.measurement import Measurement
from numerics.simulation import arguments, keyed


def measure_gaussian_norm(
    *, rows: int, columns: int, networks: int, seed: int, first_network: int = 0
) -> Measurement:
    """Measure the greatest singular value of matrices of standard normals, at O(n) numbers each.

    It takes no device: a matrix is a vector of numbers, and its norm a few sweeps over it.

    Args:
        rows: N >= 1.
        columns: n >= 1.
        networks: number of independent matrices >= 1.
        seed: integer in [0, 2**64); matrix k depends on (seed, k) alone.
        first_network: index of the first matrix.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    n, m = sorted(
        (
            arguments.integer("rows", rows, minimum=1),
            arguments.integer("columns", columns, minimum=1),
        )
    )
    freedom = np.concatenate([np.arange(m, m - n, -1), np.arange(n - 1, 0, -1)])
    values = [
        _greatest(keyed.numpy_generator(seed=seed, network=network).chisquare(freedom), n)
        for network in arguments.network_range(first_network, networks)
    ]
    return Measurement(
        quantity="greatest singular value of a Gaussian matrix",
        per_network=np.array(values),
        settings={
            "rows": rows, "columns": columns, "networks": networks, "seed": seed,
            "first_network": first_network,
        },
    )  # fmt: skip


def _greatest(squares: np.ndarray, n: int) -> float:
    """Return the norm of B from the squares of its diagonal and of what stands beside it."""
    diagonal, beside = squares[:n], squares[n:]
    # B^T B, of which the greatest eigenvalue alone is found.
    main = diagonal + np.concatenate([[0.0], beside])
    off = np.sqrt(diagonal[:-1] * beside)
    top = eigvalsh_tridiagonal(main, off, select="i", select_range=(n - 1, n - 1))
    return float(np.sqrt(top[0]))
