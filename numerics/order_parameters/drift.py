"""What one step of online learning does on average, from prepared students.

A draw averages over a lattice of inputs in polar coordinates: a = r cos(phi), b = r sin(phi) with
r^2 = -2 log(1 - u), and (u, phi / 2 pi) on a Fibonacci lattice shifted at random (Cranley and
Patterson 1976). Every point of it has the law of one random input, so the mean over the lattice
is unbiased, with a variance well below that of as many independent inputs. No networks are
simulated, and nothing here takes a device: what moves are the three order parameters.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from numerics.measurement import Measurement
from numerics.order_parameters.students import ACTIVATIONS, Array, Student
from numerics.simulation import arguments, keyed

POINTS = 233
_STRIDES = {233: 144, 987: 610}  # each Fibonacci number, and the one before it
_AT_ONCE = 8  # lattices: of more each array would be mapped and freed by the system


def lattices(sources: Sequence[np.random.Generator], points: int = POINTS) -> tuple[Array, Array]:
    """Return a and b over a randomly shifted lattice a source, shape (sources, points) each."""
    index = np.arange(points)
    places = np.stack([index, _STRIDES[points] * index % points]) / points
    shifts = np.stack([source.random((2, 1)) for source in sources], axis=1)
    u, turn = (places[:, None] + shifts) % 1
    radius, angle = np.sqrt(-2 * np.log1p(-u)), 2 * np.pi * turn
    return radius * np.cos(angle), radius * np.sin(angle)


def lengths(sources: Sequence[np.random.Generator], dimension: int, points: int = POINTS) -> Array:
    """Return the rest of N |x|^2 at each point of each lattice, chi-square of N - 2 degrees."""
    return np.stack([source.chisquare(dimension - 2, points) for source in sources])


def of_each_lattice(
    averages: Callable[[Sequence[np.random.Generator]], Sequence[Array]],
    *,
    seed: int,
    lattices: range,
) -> list[Array]:
    """Return each average by lattice, shape (lattices,), worked out for some lattices at once."""
    parts = [
        averages([keyed.numpy_generator(seed=seed, network=k) for k in lattices[start:][:_AT_ONCE]])
        for start in range(0, len(lattices), _AT_ONCE)
    ]
    return [np.concatenate(columns) for columns in zip(*parts, strict=True)]


@dataclass(frozen=True, kw_only=True)
class GaussianAverages:
    """Averages over one lattice of inputs a network; delta = g'(s) (g(t) - g(s)).

    Attributes:
        i1: mean of delta s.
        i2: mean of delta^2.
        i3: mean of delta t.
        slopes: mean of g'(s) g'(t).
    """

    i1: Measurement
    i2: Measurement
    i3: Measurement
    slopes: Measurement


def measure_gaussian_averages(
    *,
    activation: str,
    scale: float,
    overlap: float,
    networks: int,
    seed: int,
    first_network: int = 0,
) -> GaussianAverages:
    """Measure averages over s ~ N(0, Q^2) and t ~ N(0, 1) of correlation R.

    It takes no device: a lattice has a few hundred pairs of numbers.

    Args:
        activation: "relu", or "erf" for g(x) = erf(x / sqrt(2)).
        scale: Q, in [0, 1e6].
        overlap: R, in [-1, 1].
        networks: number of independent lattices >= 1.
        seed: integer in [0, 2**64); lattice k depends on (seed, k) alone.
        first_network: index of the first lattice.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    settings = dict(locals())
    arguments.choice("activation", activation, ACTIVATIONS)
    arguments.real("scale", scale, minimum=0, maximum=1e6)
    arguments.real("overlap", overlap, minimum=-1, maximum=1)
    g = ACTIVATIONS[activation]
    sine = np.sqrt((1 - overlap) * (1 + overlap))

    def averages(sources: Sequence[np.random.Generator]) -> list[Array]:
        a, b = lattices(sources)
        s, t = scale * a, overlap * a + sine * b
        slope = g.slope(s)
        delta = slope * (g.value(t) - g.value(s))
        products = (delta * s, delta**2, delta * t, slope * g.slope(t))
        return [one.mean(axis=1) for one in products]

    block = arguments.network_range(first_network, networks)
    columns = of_each_lattice(averages, seed=seed, lattices=block)
    names = ("delta s", "delta^2", "delta t", "g'(s) g'(t)")
    i1, i2, i3, slopes = (
        Measurement(quantity=f"mean of {name}", per_network=column, settings=settings)
        for name, column in zip(names, columns, strict=True)
    )
    return GaussianAverages(i1=i1, i2=i2, i3=i3, slopes=slopes)


@dataclass(frozen=True, kw_only=True)
class Drift:
    """N times the change in one step, averaged over one lattice of inputs a network.

    Attributes:
        scale: of gamma; 0 for vanilla SGD.
        overlap: of R.
        norm: of L.
    """

    scale: Measurement
    overlap: Measurement
    norm: Measurement


def measure_drift(student: Student, *, networks: int, seed: int, first_network: int = 0) -> Drift:
    """Measure N times the change of the order parameters in one step from a student's start.

    A network is one lattice of inputs. It takes no device: a lattice is a few hundred steps of
    three numbers. The other arguments are those of ``measure_online_learning``.

    Raises:
        TypeError, ValueError: an argument is not what is allowed here; the message names it.
    """
    start = student.start(POINTS)

    def averages(sources: Sequence[np.random.Generator]) -> list[Array]:
        a, b = lattices(sources)
        end, gained = student.grown(start, a, b, lengths(sources, student.dimension))
        changes = (
            end.scale - start.scale,
            start.deviation - end.deviation,
            gained,
        )
        return [student.dimension * np.broadcast_to(one, a.shape).mean(axis=1) for one in changes]

    block = arguments.network_range(first_network, networks)
    columns = of_each_lattice(averages, seed=seed, lattices=block)
    run = {"networks": networks, "seed": seed, "first_network": first_network}
    settings = {**vars(student), **run}
    of_scale, of_overlap, of_norm = (
        Measurement(quantity=f"drift of {name}", per_network=column, settings=settings)
        for name, column in zip(("gamma", "R", "L"), columns, strict=True)
    )
    return Drift(scale=of_scale, overlap=of_overlap, norm=of_norm)
