import numpy as np
from scipy.linalg import eigvalsh_tridiagonal

from verify import Integers, OneOf, claim

SPREAD = {"relative_variance": lambda at: 4 / at["n"]}
SHIFT = {"remainder": lambda at: (2 / at["n"] ** 0.66, 0)}  # below the edge alone
DOMAINS = {"n": OneOf(16000), "p": Integers(1600, "n")}


@claim("mp1967/edge", "(1 + sqrt(p/n))**2", within=0.01, **DOMAINS, **SPREAD, **SHIFT)
def edge(generator, n, p):
    """Of p x n normal numbers X the largest eigenvalue of X X^T/n tends to the edge of the law."""
    a, b = generator.chisquare(n - np.arange(p)), generator.chisquare(p - np.arange(1, p))
    of = a + np.append(0, b), np.sqrt(a[:-1] * b)  # its tridiagonal form
    return eigvalsh_tridiagonal(*of, select="i", select_range=(p - 1, p - 1))[0] / n
