"""Claims on Fourier transforms of rectified networks (Furusho 2020, section 3.1)."""

from __future__ import annotations

import math

from theory import regularisation as forms
from theory.domains import Integers, Reals
from verify.claims.terms import Parameters, rounding
from verify.model import Claim, Experiment, OfNumerics
from verify.relations import AlwaysAtMost, Exactly, PowerLaw

fourier_pair = Claim(
    "furusho2020/fourier-pair",
    "Of the transform of eq 21 the inverse has (2π)^-D before it. With its (2π)^(-D/2) the two give"
    " (2π)^(D/2) f.",
    says=Exactly.each("constant", forms.inversion_constant_printed, forms.inversion_constant),
    where="eq 21",
    by=Experiment(
        "products of tents",
        OfNumerics("numerics.regularisation:measure_inversion_constant", quantities=("constant",)),
        over={"dims": Integers(1, 4)},
    ),
    axis="dims",
    notes=(
        "A network that is not 0 has no integral over the whole space, unless its output is 0 "
        "outside a bounded set: eq 21 is then meant of distributions, or of a window. Without "
        "biases (eq 4) no network but 0 is of bounded support, as f(c x) = c f(x) for c > 0.",
        "Eq 4 has no biases, so that a network of one input is linear on [0, 1] whatever its depth:"
        " the one of section 3.3.1, which learns sines there, must have had biases, which none "
        "of the paper's norms holds; A.1 alone speaks of affine maps.",
    ),
)

pieces = Experiment(
    "searched networks of some regions",
    OfNumerics("numerics.regularisation:measure_piece_spectra"),
    over={
        "regions": Integers(2, 12),
        "periods": Integers(1, 64),
        "length": Reals(0.1, 10),
    },
)

fourier_decay = Claim(
    "furusho2020/fourier-decay",
    "Theorem 3 holds of one input on the whole line, with 2 Lip(f) (K - 1)/k². Over a window, as "
    "all figures have it, transforms at its own frequencies are as large as Lip(f) T/k, of straight"
    " lines too.",
    says=(
        AlwaysAtMost("line", forms.spectrum_bound_printed, remainder=rounding),
        AlwaysAtMost("line", forms.spectrum_bound, remainder=rounding),
        AlwaysAtMost("window", forms.windowed_spectrum_bound_printed, remainder=rounding),
        AlwaysAtMost("window", forms.windowed_spectrum_bound, remainder=rounding),
    ),
    where="Theorem 3, eq 22",
    by=pieces,
    axis="periods",
    notes=(
        "A draw is the greatest that one search of 48 networks meets, which climbs from random "
        "kinks and slopes; every other one tries the sharpest that are known as well.",
        "Eq 22 bounds F, a complex number, where it means |F|. Of one input its sum has one term, "
        "k^-2; of D it is k^-2 again, its first, which decays the slowest, whatever D.",
        "At other frequencies than its own, 2πn/T, a window's transform has a term of f(0)/k, on "
        "which no Lipschitz constant has a hold. A grid of a fast transform that holds both ends "
        "of [0, 1], as 200 inputs at equal intervals may, has a period of 200/199 and not 1: its "
        "frequencies are not those of eq 25.",
    ),
)

PERIODS = (8, 64, 512)
"""Periods of the frequencies of a row."""


def _frequencies(values: Parameters) -> list[float]:
    return [2 * math.pi * periods / values["length"] for periods in PERIODS]


def on_the_line(values: Parameters) -> float:
    """Relative variance of |sum_j c_j exp(i k t_j)|^2 of D signs and phases, 1 - 1/D."""
    return 1.0


def over_the_window(values: Parameters) -> float:
    """Relative variance of |sum_j c_j a_j|^2, independent signs c_j and complex a_j of any law.

    It is E|a|^4/(D E^2|a|^2) + 3 (1 - 1/D) - 1 at most. a is i (T - t)/k + (1 - exp(-i k t))/k^2
    for t uniform on [0, T]: 9/5 for its ratio of moments, were it the first alone, and 2 by
    |a| <= T/k + 2/k^2 against E|a|^2 >= T^2/(3 k^2) in the rest.
    """
    return 2.1


def behind_the_ends(values: Parameters) -> float:
    """What E|F|^2 lies above T^2/(3 k^2) D over the window, 12/(k T)^2, at the least frequency."""
    return 12 / (2 * math.pi * min(PERIODS)) ** 2


power = Experiment(
    "random kinks in a window",
    OfNumerics("numerics.regularisation:measure_spectral_powers", fixed={"periods": PERIODS}),
    over={"units": Integers(2, 24), "length": Reals(0.1, 10)},
)

fourier_exponent = Claim(
    "furusho2020/fourier-exponent",
    "Transforms of networks of one input fall like k^-2 on the whole line, as Theorem 3 has it, and"
    " like 1/k over a window whose ends differ.",
    says=(
        PowerLaw(
            "line",
            forms.power_exponent,
            sizes=lambda values: PERIODS,
            scale=lambda values: [values["units"] / k**4 for k in _frequencies(values)],
            relative_variance=on_the_line,
        ),
        *PowerLaw.each(
            "window",
            forms.windowed_power_exponent_printed,
            forms.windowed_power_exponent,
            sizes=lambda values: PERIODS,
            scale=lambda values: [
                values["units"] * (values["length"] / k) ** 2 / 3 for k in _frequencies(values)
            ],
            relative_variance=over_the_window,
            remainder=behind_the_ends,
        ),
    ),
    where="Theorem 3, Fig 10",
    by=power,
    axis="units",
    notes=(
        "Of |F|² at the window's own frequencies, over networks of one hidden layer. Networks of "
        "Fig 10 that have learnt its target, whose ends meet, may have little left of their own.",
    ),
)

path_norm_spectrum = Claim(
    "furusho2020/path-norm-spectrum",
    "Of scalar input the path norm alone bounds kinks and slopes, TV(f') + |f'(-∞)| + |f'(∞)| <= 2 "
    "ψ_P1, so |F(k)| <= 2 ψ_P1/k², whatever the biases, the number of regions and the Lipschitz "
    "constant.",
    says=(
        AlwaysAtMost("slopes", forms.path_norm_slopes_bound, remainder=rounding),
        AlwaysAtMost("kinks", forms.path_norm_kinks_bound, remainder=rounding),
        AlwaysAtMost("spectrum", forms.path_norm_spectrum_bound, remainder=rounding),
    ),
    where="Theorem 3 with the path norm",
    by=Experiment(
        "searched networks",
        OfNumerics("numerics.regularisation:measure_path_norm_spectra"),
        over={"layers": Integers(2, 6), "width": Integers(1, 4)},
    ),
    axis="layers",
    notes=(
        "A draw is the greatest that one search of 48 networks meets, which climbs from random "
        "weights, biases and frequencies; every other one tries max(0, 1 - max(0, x)) as well, "
        "which attains all three bounds (max(0, x) of two layers).",
        "Remark 1 has Theorems 3 to 5 say that regularisers keep high frequencies small. Theorem 3 "
        "has the number of regions K as well, of which no regulariser is shown to have a hold. On "
        "the whole line the path norm does without it by this bound; over a window all three do, "
        "as |F(2πn/T)| <= Lip(f) T/k (fourier-decay). Nor does Theorem 3, a bound by Lip(f) K, "
        "imply that high frequencies need a large Lipschitz constant, as section 3.1 has it.",
        "Over a window of length T the path norm bounds |F(2πn/T)| by ψ_P1 T/k, by Theorem 5.",
    ),
)

CLAIMS = (fourier_pair, fourier_decay, fourier_exponent, path_norm_spectrum)
