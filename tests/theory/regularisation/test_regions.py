"""Numbers of linear regions against sums over layers and averages over active units."""

import math

import numpy as np
import pytest
import sympy

from theory import regularisation as forms

pytestmark = pytest.mark.filterwarnings("ignore::theory.form.RefutedFormWarning")


@pytest.mark.parametrize(("hidden", "width"), [(1, 2), (3, 2), (5, 4), (12, 16)])
def test_the_formula_is_the_sum_over_layers(hidden, width):
    alive, passed = 1 - 2.0**-width, 1 - (width + 1) * 2.0**-width
    layers = range(1, hidden + 1)
    total = sum(width * passed ** (one - 1) * alive ** (hidden - one) for one in layers)
    at = {"hidden": hidden, "width": width}
    assert forms.regions_at_start(**at) == pytest.approx(1 + total, rel=1e-12)
    assert forms.regions_at_start(**at) <= 1 + hidden * width
    assert forms.regions_at_start(hidden=1, width=width) == pytest.approx(1 + width)


def test_a_layer_with_two_active_units_or_more_keeps_the_mean_speed():
    n = sympy.Symbol("n", integer=True, positive=True)

    def chi(degrees, power):
        """E chi^power of so many degrees of freedom."""
        half = degrees / 2
        return (
            sympy.sqrt(2) ** power
            * sympy.gamma(half + sympy.Rational(power, 2))
            / sympy.gamma(half)
        )

    assert sympy.simplify(chi(n - 1, 1) * chi(n, -1)) == 1
    # of one active unit the direction stands still
    random = np.random.default_rng(0)
    h, turned = random.standard_normal((2, 400_000, 3))
    active = h > 0
    h, turned = h * active, turned * active
    square = (h**2).sum(axis=1)
    some = square > 0
    along = (h * turned).sum(axis=1)
    across = (turned**2).sum(axis=1)[some] - along[some] ** 2 / square[some]
    speed = np.sqrt(np.maximum(across, 0) / square[some]).sum() / len(h)
    assert speed == pytest.approx(1 - 4 / 8, rel=0.03)  # q of three units


def test_it_grows_like_the_number_of_units_and_falls_at_a_fixed_width():
    wide = forms.regions_at_start(hidden=20, width=64)
    assert wide == pytest.approx(1 + 20 * 64, rel=1e-12)
    assert forms.regions_at_start(hidden=1000, width=4) == pytest.approx(1, abs=1e-20)
    assert wide < forms.regions_at_start_printed(hidden=20, width=64) / 800


def test_folding_doubles_the_pieces_of_the_tent_and_two_is_all_without_biases():
    x = np.arange(2**14 + 1) / 2**14
    for hidden in (1, 2, 6):
        folded = x
        for _ in range(hidden):
            folded = 2 * folded - 4 * np.maximum(folded - 0.5, 0)
        bends = np.abs(np.diff(np.diff(folded))) > 1e-9
        assert 1 + bends.sum() == forms.folded_regions(hidden=hidden)
    assert forms.regions_without_biases() == 2
    assert math.log2(forms.folded_regions(hidden=30)) == 30
