import numpy as np

from verify.claims import arms
from verify.claims.arms import Agreement, InOrder, Order

NAMES = ("slow", "middle", "fast")
FOUND = {
    "mean loss": np.array([[3.0, 2.0, 1.0], [3.0, 2.0, 1.0], [1.0, 1.0, 2.0]]),
    "least factor": np.array([[1.0, 2.0, 3.0], [3.0, 2.0, 1.0], [5.0, 6.0, 4.0]]),
}


def test_an_order_takes_its_arms_by_their_names():
    order = Order("mean loss", ("fast", "slow"))
    assert order.quantity == "mean loss: fast < slow"
    assert order.row(FOUND, NAMES).tolist() == [[1, 3], [1, 3], [2, 1]]


def test_an_agreement_counts_pairs_of_which_the_faster_has_the_larger_factor():
    assert Agreement("least factor").row(FOUND, NAMES).tolist() == [[0, 3], [3, 0], [0, 2]]
    opposite = Agreement("least factor", reverses=True)
    assert opposite.row(FOUND, NAMES).tolist() == [[3, 0], [0, 3], [2, 0]]
    assert opposite.quantity != Agreement("least factor").quantity


def test_a_measurement_gives_a_row_for_all_that_is_said(monkeypatch):
    monkeypatch.setattr(arms.OfNumerics, "__call__", lambda self, values, **run: FOUND)
    said = (Order("mean loss", NAMES), Agreement("least factor"))
    found = InOrder("numerics.some:function", {name: {} for name in NAMES}, said)({})
    assert {name: row.shape for name, row in found.items()} == {
        said[0].quantity: (3, 3), said[1].quantity: (3, 2),
    }  # fmt: skip
