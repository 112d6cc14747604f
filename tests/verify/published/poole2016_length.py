import numpy as np
from scipy.optimize import brentq

from verify import Reals, claim


def q_star(gain, z=np.polynomial.hermite_e.hermegauss(80)):  # noqa: B008
    """The fixed point of the map of lengths."""
    return brentq(lambda q: gain**2 * np.average(np.tanh(q**0.5 * z[0]) ** 2, 0, z[1]) - q, 0.1, 9)


@claim("poole2016/length", q_star, computed=True, gain=Reals(1.5, 3), within=0.01)
def length(generator, gain, width=2000, q=1.0):
    """The length |h|^2/N of a tanh network without biases tends to the fixed point q*."""
    for _ in range(20):  # units are independent normal numbers, given the layer before
        q = gain**2 * np.mean(np.tanh(q**0.5 * generator.normal(size=width)) ** 2)
    return q
