import numpy as np

from verify import Integers, OneOf, claim

TERMS = {"relative_variance": lambda at: 0.066, "remainder": lambda at: (0, 4 / at["width"])}
DOMAINS = {"depth": Integers(1, 4), "width": OneOf(4000)}


@claim("hanin2020/log", "5*depth/width", of="variance", within=0.01, **DOMAINS, **TERMS)
def logarithm(generator, depth, width):
    """The variance of log |J u|^2 of a chain of ReLUs is 5 L/D, J its Jacobian, in wide layers."""
    active = generator.binomial(width, 0.5, size=depth)  # given a layer, units are normal numbers
    return np.log(2 / width * generator.chisquare(active)).sum()
