import numpy as np
import pytest

from verify.claims.learning_rate import boundary, order

RUN = {"seed": 1, "first_network": 0, "networks": 2, "device": "cpu"}
VALUES = {"depth": 2, "width": 6, "samples": 24, "inputs": "gaussian", "steps": 3}
KINDS = {"resnet": {}, "batch_norm": {}, "stochastic_depth": {"survival": 0.5}}


@pytest.mark.parametrize("measure", [order.measure_losses, order.measure_boundaries])
def test_each_row_holds_two_kinds_of_the_same_network(measure):
    ranked = measure(VALUES, **RUN)
    plain, normalised = ranked[order.RESNET_THEN_BN].T
    other, dropped = ranked[order.RESNET_THEN_SD].T
    np.testing.assert_array_equal(plain, other)
    np.testing.assert_array_equal(ranked[order.BN_THEN_RESNET], np.stack([normalised, plain], 1))
    np.testing.assert_array_equal(ranked[order.SD_THEN_RESNET], np.stack([dropped, plain], 1))
    assert len({*plain, *normalised, *dropped}) > 2


def test_boundaries_that_are_compared_are_on_one_grid():
    line = 2 / (6 * 6**2)
    (rates,) = {
        tuple(order.common_grid({"depth": 2, "width": 6}, kinds, 3).values())
        for kinds in (("resnet", "batch_norm"), ("batch_norm", "resnet"))
    }
    assert rates[0] == pytest.approx(4 * line)
    assert rates[1] / rates[0] == pytest.approx(2 ** ((rates[2] - 1) / 3))
    assert rates[1] >= 2**5.5 * 2 / (17 / 4 * 6**2)
    pair = order.measure_close_boundaries({**VALUES, "steps": 50}, **RUN)
    assert pair.keys() == {order.RESNET_THEN_BN, order.BN_THEN_RESNET}
    found = pair[order.BN_THEN_RESNET]
    places = 3 * np.log2(found / rates[0])
    np.testing.assert_allclose(places, places.round(), atol=1e-6)


def test_losses_are_those_at_the_inverse_of_the_printed_bound():
    found = order.measure_losses(VALUES, **RUN)[order.RESNET_THEN_BN]
    # (L + 1) D^2 m: 6 D^2, and (H_3 + 1)/2 = 17/12 of 3 D^2
    for column, network, bound in ((0, "resnet", 6), (1, "batch_norm", 17 / 4)):
        values = {**VALUES, "network": network, "learning_rate": 1 / (bound * 6**2)}
        alone = boundary.LOSSES(values, **RUN)["final loss"]
        np.testing.assert_allclose(found[:, column], alone, rtol=1e-6)


def test_relative_losses_are_shares_of_the_start():
    shares = order.measure_relative_losses(VALUES, **RUN)[order.KEPT + order.RESNET_THEN_SD]
    last = order.measure_losses(VALUES, **RUN)[order.RESNET_THEN_SD]
    first = order.measure_losses({**VALUES, "steps": 0}, **RUN)[order.RESNET_THEN_SD]
    np.testing.assert_allclose(shares, last / first)


def test_a_grid_steps_by_the_square_root_of_2_above_the_printed_line():
    printed = order.PRINTED["resnet"]
    grid = boundary.on_grid(printed, {"depth": 2, "width": 10}, 0.06)
    line = 2 / (6 * 10**2)
    assert grid["lowest"] == pytest.approx(4 * line)
    assert grid["highest"] / grid["lowest"] == pytest.approx(2 ** ((grid["rates"] - 1) / 2))
    assert grid["samples"] == 40


@pytest.mark.parametrize("rate", ["1/top", "2/(top + bottom)"])
def test_speeds_are_shares_at_the_own_rate_of_each_start(rate):
    speeds = order.measure_speeds({**VALUES, "learning_rate": rate}, **RUN)
    found = speeds[order.FASTEST_FIRST]
    np.testing.assert_array_equal(speeds[order.SD_THEN_RESNET], found[:, [2, 1]])
    for column, network in enumerate(("batch_norm", "resnet", "stochastic_depth")):
        kind = {**VALUES, "network": network, **KINDS[network]}
        alone = order.SPEED({**kind, "learning_rate": rate}, **RUN)["kept"]
        np.testing.assert_array_equal(found[:, column], alone)
