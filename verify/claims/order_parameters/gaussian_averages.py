"""Claims on the Gaussian averages I1, I2, I3 (Luo et al. 2018, Appendix 2)."""

from __future__ import annotations

from theory import order_parameters as forms
from verify.claims.order_parameters.experiments import measured, one_step
from verify.model import Claim
from verify.relations import SignedEqual

relu, erf = (
    one_step(measured("gaussian_averages")).given(activation=name) for name in ("relu", "erf")
)

gaussian_averages = Claim(
    "luo2018/i1-i2-i3",
    "The averages I1, I2 and I3 over Gaussian preactivations of student and teacher have the "
    "closed forms of the Appendix.",
    says=(
        SignedEqual("i1", forms.i1_relu, by=(relu,)),
        *SignedEqual.each("i2", forms.i2_relu_printed, forms.i2_relu, by=(relu,)),
        SignedEqual("i3", forms.i3_relu, by=(relu,)),
        SignedEqual("i1", forms.i1_erf, by=(erf,)),
        *SignedEqual.each("i2", forms.i2_erf_printed, forms.i2_erf, by=(erf,)),
        SignedEqual("i3", forms.i3_erf, by=(erf,)),
    ),
    by=(relu, erf),
    axis="R",
    notes=(
        "The printed I2 of ReLU has π R where π belongs, and is right at R = 1 alone; that of erf "
        "has lost terms, and a factor π.",
    ),
)

CLAIMS = (gaussian_averages,)
