import mpmath
import numpy as np
import pytest
from scipy.integrate import quad
from scipy.stats import norm

from theory import fisher, learning_rate

A = 1 - 1 / np.pi
"""What a block adds to the variance over inputs that batch normalisation divides by."""

TRACES_OF_TWO_BLOCKS = [
    # E delta_0^2 + (E u_1^2) (E delta_1^2) + (E u_2^2) (E delta_2^2), of which the last delta is 1
    ("resnet", {}, 4 + 1 / 2 * 2 + 1),
    ("bn", {}, 2 * (1 + 1 / (1 + A)) + 1 / 2 * (1 + 1 / (1 + A)) + 1 / 2),
    ("bn_printed", {}, 3 + 1 / 2 * (3 / 2) + 1 / 2),
    # of 0, 1, 1 and 2 survivors: 1, 2 + 1/2 and 6
    ("stochastic_depth", {"survival": 0.5}, (1 + 2 * (2 + 1 / 2) + 6) / 4),
    ("stochastic_depth_printed", {"survival": 0.5}, 2 + 1 / 2),
]


@pytest.mark.parametrize(("network", "dropping", "trace"), TRACES_OF_TWO_BLOCKS)
def test_the_rates_of_the_figures_come_from_the_trace(network, dropping, trace):
    point = {"depth": 2, "width": 50, **dropping}
    largest = getattr(learning_rate, f"largest_learning_rate_{network}").value(**point)
    optimal = getattr(learning_rate, f"optimal_learning_rate_{network}").value(**point)
    assert largest == pytest.approx(2 / (50**2 * trace), rel=1e-13)
    assert optimal == pytest.approx(1 / (50**2 * trace), rel=1e-13)


def between_inputs_of_two_blocks():
    """Top eigenvalue over D^2 at orthogonal inputs, from what two of them share of each block."""
    of_one = 1 / (2 * np.pi)  # (E relu)^2, whatever unit variance was made by
    angle = np.arccos(2 * of_one / 2)  # of the two h^1, of variance 2
    gates = 1 - angle / np.pi
    of_two = 2 * (np.sin(angle) + (np.pi - angle) * np.cos(angle)) / (2 * np.pi)
    return {
        "resnet": of_one * (1 + gates) + of_two,
        "bn": of_one * (1 + 1 / 2 / (1 + A)) + of_one,
    }


@pytest.mark.parametrize("network", ["resnet", "bn"])
def test_the_sharp_boundary_is_set_by_what_inputs_share(network):
    sharp = getattr(learning_rate, f"largest_learning_rate_sharp_{network}")
    assert sharp(depth=1, width=50) == pytest.approx(2 / (50**2 / (2 * np.pi)), rel=1e-13)
    top = between_inputs_of_two_blocks()[network]
    assert sharp(depth=2, width=50) == pytest.approx(2 / (50**2 * top), rel=1e-13)


def test_with_the_statistics_held_the_top_eigenvalue_grows_with_the_depth_alone():
    # Of L + 1 blocks: the sum S over those of L is passed on by one more, which adds 1.
    shared, depth = 1.0, 10**4
    for blocks in range(1, depth):
        shared = shared * (1 + 1 / (2 * (1 + blocks * A))) + 1
    largest = learning_rate.largest_learning_rate_sharp_bn
    assert largest(depth=depth, width=1) == pytest.approx(4 * np.pi / shared, rel=1e-10)
    # S = c L solves c (L + 1) = c L (1 + 1/(2 a L)) + 1.
    deep = mpmath.mpf(10) ** 40
    found = 4 * mpmath.pi / largest.value(depth=deep, width=1) / deep
    assert float(found) == pytest.approx(1 / (1 - 1 / (2 * A)), rel=1e-9)
    trace = deep * fisher.mean_eigenvalue_bn.value(depth=deep)
    assert trace > 1000 * deep * mpmath.log(deep)


@pytest.mark.parametrize("depth", [1, 2, 7])
def test_with_coupled_gradients_each_block_gives_the_squared_mean_of_a_rectified_normal(depth):
    of_one = quad(lambda z: z * norm.pdf(z), 0, np.inf)[0] ** 2
    limit = learning_rate.largest_learning_rate_sharp_bn_coupled(depth=depth, width=50)
    assert limit == pytest.approx(2 / (50**2 * depth * of_one), rel=1e-9)


def test_with_one_block_no_gradient_flows_through_statistics_into_the_top():
    fixed = learning_rate.largest_learning_rate_sharp_bn(depth=1, width=50)
    coupled = learning_rate.largest_learning_rate_sharp_bn_coupled(depth=1, width=50)
    assert coupled == pytest.approx(fixed, rel=1e-13)
