import numpy as np

from numerics import fisher
from numerics.fisher import hessian

SIZES = {"network": "resnet", "depth": 2, "width": 3, "samples": 4, "networks": 3, "seed": 1}


def test_the_hessian_decomposes_as_equation_20_says():
    gap = fisher.measure_hessian_gap(fisher.Ensemble(**SIZES))
    assert np.all(gap.per_network < 1e-13)


def test_the_hessian_gap_sees_a_wrong_sign(monkeypatch):
    honest = hessian.torch.func.grad

    def turned(function):
        sign = -1 if function.__name__ == "of_held_residuals" else 1
        return lambda flat: sign * honest(function)(flat)

    monkeypatch.setattr(hessian.torch.func, "grad", turned)
    gap = fisher.measure_hessian_gap(fisher.Ensemble(**SIZES))
    assert np.all(gap.per_network > 0.01)
