"""Claims on Fourier transforms of networks of several inputs (Furusho 2020, eq 22)."""

from __future__ import annotations

from theory import regularisation as forms
from theory.domains import Integers, OneOf
from verify.claims.terms import Parameters
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import Exactly, PowerLaw

DECADES = (4, 5, 6)
"""Decades of k of a row."""

_SIZES = [10.0**decade for decade in DECADES]


def beside_the_crease(values: Parameters) -> float:
    """What ten other edges add to a crease at 10^8 radians, 2/10^8 each of a few times its weight.

    Their weights are bounded by angles of the parallelograms from 0.4 on.
    """
    return 1e-6


def of_corners(values: Parameters) -> float:
    """Relative variance of |sum_v A_v exp(i k s_v)|^2/u^6 of five corners and u on [1, 1.1].

    The greatest over the mean, less one: 5 sum |A_v|^2 over E u^-6 = 2 (1 - 1.1^-5) times that.
    """
    return 5 / (2 * (1 - 1.1**-5)) - 1


def between_corners(values: Parameters) -> float:
    """What pairs of corners leave of the mean at the least k.

    Each of their waves has 2/(0.1 k d) at most, by parts, d >= cos(pi/8) - sin(pi/8) > 0.54, and
    pairs weigh four times what corners do by themselves, whose mean has E u^-6 > 0.75.
    """
    return 4 * 2 / (0.1 * min(_SIZES) * 0.54) / 0.75


support = Experiment(
    "tents and pyramids",
    OfNumerics("numerics.regularisation:measure_doubled_support", quantities=("growth",)),
    over={"dims": Integers(1, 2)},
)
pyramid = Experiment(
    "a pyramid",
    OfNumerics("numerics.regularisation:measure_plane_powers", fixed={"decades": DECADES}),
    over={"dims": OneOf(2)},
)

fourier_support = Claim(
    "furusho2020/fourier-support",
    "Of two inputs and more no constant serves Theorem 3 for all networks: transforms across a "
    "crease grow with its length, which neither the Lipschitz constant nor the number of regions "
    "knows of.",
    says=Exactly.each(
        "growth",
        forms.doubled_support_printed,
        forms.doubled_support,
        remainder=beside_the_crease,
    ),
    where="Theorem 3, eq 22",
    by=support,
    axis="dims",
    notes=("Networks have no transform but as distributions unless their support is bounded.",),
)

fourier_directions = Claim(
    "furusho2020/fourier-directions",
    "Networks of two inputs have transforms that fall like |k|^-3 along most directions, and like "
    "|k|^-2 across creases, the two terms of eq 22.",
    says=(
        PowerLaw(
            "generic",
            forms.generic_power_exponent,
            sizes=lambda values: _SIZES,
            scale=lambda values: [128 / size**6 for size in _SIZES],
            relative_variance=of_corners,
            remainder=between_corners,
        ),
        PowerLaw(
            "across",
            forms.across_power_exponent,
            sizes=lambda values: _SIZES,
            scale=lambda values: [16 / size**4 for size in _SIZES],
            relative_variance=lambda values: 1.1**8 - 1,
            remainder=between_corners,
        ),
    ),
    where="Theorem 3, eq 22",
    by=pyramid,
    axis="dims",
    notes=(
        "Eq 22 adds up all terms for every k, so that from |k| = 1 on its first, |k|^-2, is the "
        "bound whatever the direction and the others say nothing. Theorem 1 of ref 36 has the term "
        "|k|^-(d+1) for those k alone that lie across a face of D - d dimensions, which eq 22 has "
        "lost: generic directions have the last alone.",
        "Of |F|² of max(0, 1 - |x_1| - |x_2|), half way between the normals of a crease and of an "
        "edge, and across a crease.",
    ),
)

CLAIMS = (fourier_support, fourier_directions)
