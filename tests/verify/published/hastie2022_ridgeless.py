import numpy as np

from verify import Integers, claim

DOMAINS = {"n": Integers(20, 60), "p": Integers(120, 240)}


@claim("hastie2022/risk", "1 - n/p + n/(p - n - 1)/4", within=0.01, **DOMAINS)
def ridgeless(generator, n, p):
    """The risk of the least interpolator of n < p samples: a unit signal, noise of variance 1/4."""
    x, signal = generator.normal(size=(n, p)), np.eye(p)[0]
    y = x @ signal + generator.normal(scale=0.5, size=n)
    return ((x.T @ np.linalg.solve(x @ x.T, y) - signal) ** 2).sum()
