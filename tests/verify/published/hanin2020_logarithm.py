import numpy as np

from verify import Integers, OneOf, claim

WIDE = {"width": OneOf(1000), "remainder": lambda at: 4 / at["width"], "within": 0.02}


@claim("hanin2020/log", "5*depth/width", of="variance", depth=Integers(1, 4), **WIDE)
def logarithm(generator, depth, width):
    """The variance of log |J u|^2 of a chain of ReLUs is 5 L/D, J its Jacobian, in wide layers."""
    g = np.maximum(generator.normal(size=(depth, width)), 0)  # of a layer, given the last
    return np.log(2 / width * (g**2).sum(axis=1)).sum()
