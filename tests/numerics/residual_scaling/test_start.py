import numpy as np
import pytest
from scipy.stats import binom, chi2

from numerics import residual_scaling

RUN = {"networks": 400, "seed": 5, "group": 200}


@pytest.mark.parametrize(("width", "margin"), [(1, 0.2), (5, 0.4)])
def test_starts_have_as_many_units_alive_as_coins_fall_on_heads(width, margin, assert_mean):
    found = residual_scaling.measure_start(width=width, margin=margin, **RUN)
    alive = np.arange(1, width + 1)
    share, squares = (
        binom.pmf(alive, width, 0.5),
        width / 2 * (1 + np.array([margin, -margin])) ** 2,
    )
    dead = 0.5**width
    assert_mean(found.above, share @ chi2.sf(squares[0], alive))
    assert_mean(found.below, dead + share @ chi2.cdf(squares[1], alive))
    assert_mean(found.dead, dead)
    # Of phi(z)^2, z ~ N(0, 2/m), the mean is 1/m, and that of its square 6/m^2.
    assert_mean(found.squared_error, 5 / width)


def test_a_group_is_the_same_in_whatever_block_it_is_drawn():
    run = {"width": 3, "margin": 0.1, "seed": 1, "group": 2}
    whole = residual_scaling.measure_start(networks=9, **run)
    part = residual_scaling.measure_start(networks=2, first_network=6, **run)
    for name in ("above", "below", "dead", "squared_error"):
        found = getattr(whole, name)
        np.testing.assert_array_equal(found.per_network[6:8], getattr(part, name).per_network)
        assert found.settings["margin"] == 0.1


@pytest.mark.parametrize(
    ("changed", "message"),
    [({"width": 0}, "width = 0"), ({"group": 0}, "group = 0"), ({"margin": -1}, "margin = -1")],
)
def test_what_cannot_be_drawn_is_named(changed, message):
    run = {"width": 3, "networks": 1, "seed": 1}
    with pytest.raises(ValueError, match=f"{message}.*: must be"):
        residual_scaling.measure_start(**{**run, **changed})
