"""Claims on the Gaussian averages I1, I2, I3 (Luo et al. 2018, Appendix 2)."""

from __future__ import annotations

from theory import order_parameters as forms
from theory.domains import Reals
from verify.claims.order_parameters.experiments import equal, measured, one_step
from verify.model import Claim
from verify.relations import Equal

# I1 and I3 pass 0; I2, the mean of a square, does not.
OVER = {"Q": Reals(0, 4, low_open=True)}
# Next to R = -1 student and teacher are hardly ever active together, and I2 is made of that alone.
OVER_OF_RELU = {**OVER, "R": Reals(-0.99, 1)}
relu, erf = (
    one_step(measured("gaussian_averages"), over=over).given(activation=name)
    for name, over in (("relu", OVER_OF_RELU), ("erf", OVER))
)

gaussian_averages = Claim(
    "luo2018/i1-i2-i3",
    "The averages I1, I2 and I3 over Gaussian preactivations of student and teacher have the "
    "closed forms of the Appendix.",
    says=(
        *equal("i1", forms.i1_relu, by=relu),
        *equal("i2", forms.i2_relu_printed, forms.i2_relu, by=relu, least=0),
        *equal("i3", forms.i3_relu, by=relu),
        *equal("i1", forms.i1_erf, by=erf),
        *equal("i2", forms.i2_erf_printed, forms.i2_erf, by=erf, least=0),
        *equal("i3", forms.i3_erf, by=erf),
        Equal("slopes", forms.slope_product_erf, by=(erf,)),
    ),
    by=(relu, erf),
    axis="R",
    notes=(
        "The printed I2 of ReLU has π R where π belongs, and is right at R = 1 alone; that of erf "
        "has lost terms, and a factor π.",
        "The Fourier identity of the proof is judged where it gives the root of I1: as the mean of "
        "g'(s) g'(t), g' that of erf(x/√2), which is its own transform.",
    ),
)

CLAIMS = (gaussian_averages,)
