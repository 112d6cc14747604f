"""Fourier transforms of networks of rectified linear units (Furusho 2020, section 3.1).

A network of one input is piecewise linear, and its second derivative is a sum of point masses, the
jumps c_j of its slope at t_j. As a distribution its transform at k != 0 is therefore
-sum_j c_j exp(-i k t_j)/k^2, whatever its slopes at the ends.
"""

from __future__ import annotations

from functools import partial

from sympy import Integer, Min, pi

from theory.closed_form import ClosedForm
from theory.domains import Integers, Reals
from theory.parameters import Parameter
from theory.reading import Reading

DIMENSION = Parameter("dims", "D", Integers(1, 1000), "inputs D of a network", (1, 8))
REGIONS = Parameter("regions", "K", Integers(2, 10**6), "linear regions K", (2, 64))
PERIODS = Parameter(
    "periods", "n", Integers(1, 10**6), "periods n of a wave in the window", (1, 64)
)
WINDOW = Parameter("length", "T", Reals(1e-6, 1e6), "length T of the window", (0.5, 2.0))
MATRICES = Parameter("layers", "L", Integers(2, 10**6), "matrices L of weights", (2, 8))

D, K, n, T, L = (
    one.symbol for one in (DIMENSION, REGIONS, PERIODS, WINDOW, MATRICES)
)  # fmt: skip

_form = partial(ClosedForm, subject="regularisation", paper="furusho2020", lies_in=Reals(0))

# The pair -------------------------------------------------------------------------------------

_pair = partial(_form, parameters=(DIMENSION,))

inversion_constant_printed = _pair(
    name="inversion_constant_printed",
    expr=(2 * pi) ** (-D / 2),
    where="eq 21",
    status="printed",
    superseded_by="inversion_constant",
    reading=Reading(
        says="f(x) = (2 pi)^(-D/2) times the integral of F(k) exp(i <k, x>), where F(k) is the "
        "integral of f(x) exp(-i <k, x>)",
        shows="what the integral over k is multiplied by",
        kind="lost factor or term",
        consequence="the line: the two give (2 pi)^(D/2) f. Theorem 3 speaks of F up to constants",
        cause="the constant of the unitary pair, of which the transform has a half as well",
        true_if="F has (2 pi)^(-D/2) before it, too",
    ),
)

inversion_constant = _pair(
    name="inversion_constant",
    expr=(2 * pi) ** (-D),
    where="eq 21 corrected",
    status="corrected",
    derivation="Both ways over a Gaussian: exp(-|x|²/2) has the transform (2π)^(D/2) exp(-|k|²/2).",
)

# Theorem 3, one input -------------------------------------------------------------------------

spectrum_bound_printed = _form(
    name="spectrum_bound_printed",
    expr=2 * K,
    parameters=(REGIONS,),
    where="Theorem 3, eq 22, D = 1",
    status="printed",
    improved_by="spectrum_bound",
    derivation=(
        "k² |F(k)| over Lip(f), with 2 for the constant that O(Lip(f) K) leaves open; no less does "
        "for all K."
    ),
)

spectrum_bound = _form(
    name="spectrum_bound",
    expr=2 * (K - 1),
    parameters=(REGIONS,),
    where="Theorem 3, eq 22, D = 1, sharpened",
    status="corrected",
    derivation=(
        "K regions have K - 1 kinks, each a jump of 2 Lip(f) at most; slopes of ±Lip(f) in turn, "
        "kinks evenly apart, attain it where each is half a wave from the next."
    ),
)

windowed_spectrum_bound_printed = _form(
    name="windowed_spectrum_bound_printed",
    expr=2 * K / (2 * pi * n / T) ** 2,
    parameters=(REGIONS, PERIODS, WINDOW),
    where="Theorem 3, eq 22, D = 1, over a window",
    status="printed",
    superseded_by="windowed_spectrum_bound",
    reading=Reading(
        says="Fourier coefficients are at most k^-2 O(Lip(f) K), and are computed by a fast Fourier"
        " transform of f over [0, 1] (Fig 10; Fig 12 along a latent path over [-2, 2])",
        shows="the bound over Lip(f) at k = 2 pi n/T, with the constant 2 that holds on the whole "
        "line",
        kind="matter of reading",
        consequence="what the figures show is not what the theorem bounds: over a window "
        "whose ends differ coefficients fall like 1/k, linear functions' too, of which K is 1",
        convention="the coefficient is the integral over the window of length T",
        cause="f, continued with the period T, jumps where f(0) and f(T) differ; of another "
        "constant C the bound fails from n > C K/(2 pi) on",
        true_if="f(0) = f(T), or the integral is over the whole line, as a distribution",
    ),
)

windowed_spectrum_bound = _form(
    name="windowed_spectrum_bound",
    expr=T**2 / (2 * pi * n),
    parameters=(REGIONS, PERIODS, WINDOW),
    where="Theorem 3 over a window",
    status="corrected",
    derivation=(
        "By parts with G(x) = (exp(-i k x) - 1)/(-i k), 0 at both ends, F is -∫ f' G. Its modulus "
        "is the greatest over θ of Re(exp(iθ) F), at most Lip(f) ∫ |cos(u) - cos(θ)|/k, which is "
        "Lip(f) T/k at most. Linear functions attain it. Neither kinks nor biases enter."
    ),
)

_exponent = partial(ClosedForm, subject="regularisation", paper="furusho2020", parameters=())

power_exponent = _exponent(
    name="power_exponent",
    expr=Integer(-4),
    where="Theorem 3, D = 1, on the whole line",
    status="printed",
    derivation="Of k^-2 (eq 22), squared: the mean of |F|² over places of kinks is Σ c_j²/k⁴.",
)

windowed_power_exponent_printed = _exponent(
    name="windowed_power_exponent_printed",
    expr=Integer(-4),
    where="Theorem 3, D = 1, as in Fig. 10",
    status="printed",
    superseded_by="windowed_power_exponent",
    reading=Reading(
        says="the Fourier coefficient shrinks polynomially, like k^-2 of one input",
        shows="the exponent of |F|^2, which the figures take over [0, 1]",
        kind="matter of reading",
        consequence="the decay that Fig. 10 shows at the start, which is that of its ends; once "
        "a target is learnt whose ends meet, kinks may be what is left",
        cause="f(0) and f(1) differ, which leaves (f(1) - f(0))/k",
        true_if="the transform is that of the whole line, or f(0) = f(1)",
    ),
)

windowed_power_exponent = _exponent(
    name="windowed_power_exponent",
    expr=Integer(-2),
    where="Theorem 3, D = 1, over a window",
    status="corrected",
    derivation="At k = 2πn/T the transform is i (f(T) - f(0))/k and terms of 1/k².",
)

# Path norm ------------------------------------------------------------------------------------

path_norm_slopes_bound = _form(
    name="path_norm_slopes_bound",
    expr=Integer(2),
    parameters=(),
    where="Theorem 3 with the path norm, slopes",
    status="derived",
    derivation=(
        "N(f) = TV(f') + |f'(-∞)| + |f'(∞)| is the variation of f' with 0 beyond both ends, a "
        "seminorm that knows no constants, so no biases. It does not grow under max(0, u): where u "
        "is negative f' waits at 0, through which u' passes as well, from a slope <= 0 to one >= "
        "0. A first unit w x + b has 2 |w|; sums over paths follow, N(f) <= 2 ψ_P1, for scalar "
        "input, any depth and any biases. As |f'| <= N(f)/2, Theorem 5 follows too."
    ),
)

path_norm_kinks_bound = _form(
    name="path_norm_kinks_bound",
    expr=Min(L - 1, 2),
    parameters=(MATRICES,),
    where="Theorem 3 with the path norm, kinks",
    status="derived",
    derivation=(
        "TV(f') <= N(f) <= 2 ψ_P1, attained by max(0, 1 - max(0, x)). Two layers have the kinks of "
        "their units alone, of |v_j w_j| each, which add up to ψ_P1."
    ),
)

path_norm_spectrum_bound = _form(
    name="path_norm_spectrum_bound",
    expr=Min(L - 1, 2),
    parameters=(MATRICES,),
    where="Theorem 3 with the path norm",
    status="derived",
    derivation=(
        "k² |F(k)| <= TV(f'), whatever the number of regions and the Lipschitz constant. max(0, 1 "
        "- max(0, x)) attains it at k = π, max(0, x) of two layers at any k."
    ),
)
