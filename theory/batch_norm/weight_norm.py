"""Batch normalisation by population statistics as weight normalisation."""

from __future__ import annotations

from functools import partial

from sympy import sqrt

from theory.batch_norm.parameters import INPUT_VARIANCE, POPULATION_MEAN, SCALE, SHIFT, WEIGHT_NORM
from theory.closed_form import ClosedForm
from theory.reading import Reading

_form = partial(ClosedForm, subject="batch_norm", paper="luo2018")

scale, shift = SCALE.symbol, SHIFT.symbol

a, w, mu_P = INPUT_VARIANCE.symbol, WEIGHT_NORM.symbol, POPULATION_MEAN.symbol

_READ = partial(
    Reading,
    kind="lost factor or term",
    consequence="nothing beyond the line",
    convention="a is the variance of each coordinate of x, a diagonal element of its covariance "
    "matrix; v and b are the gain and the bias of weight normalisation",
    true_if="a = 1, or a is read as the standard deviation of each coordinate",
)

_weight_norm = partial(
    _form,
    where="eq 5",
    assumptions=("inputs of covariance a times the identity",),
)

_GAIN = (SCALE, INPUT_VARIANCE)
_BIAS = (SCALE, INPUT_VARIANCE, WEIGHT_NORM, POPULATION_MEAN, SHIFT)

weight_norm_gain_printed = _weight_norm(
    name="weight_norm_gain_printed",
    expr=scale / a,
    parameters=_GAIN,
    status="printed",
    superseded_by="weight_norm_gain",
    reading=_READ(
        says="v = gamma/a, for x of a diagonal covariance matrix with the elements a",
        cause="sigma_P = sqrt(a) |w|, so that a root is lost; sections 3 and 4 have it right, with "
        "the gain sqrt(N) gamma for inputs of variance a = 1/N (x of N(0, 1/N) in section 4)",
    ),
)

weight_norm_gain = _weight_norm(
    name="weight_norm_gain",
    expr=scale / sqrt(a),
    parameters=_GAIN,
    where="eq 5 corrected",
    status="corrected",
    derivation=(
        "w.x has the standard deviation sqrt(a) ||w||. Section 4 agrees: with a = 1/N it uses the "
        "gain sqrt(N) gamma."
    ),
)

weight_norm_bias_printed = _weight_norm(
    name="weight_norm_bias_printed",
    expr=-scale * mu_P / (a * w) + shift,
    parameters=_BIAS,
    status="printed",
    superseded_by="weight_norm_bias",
    reading=_READ(
        says="b = -gamma mu_P/(a |w|) + beta, for x of a diagonal covariance matrix with the "
        "elements a",
        cause="sigma_P = sqrt(a) |w|, so that a root is lost, as in the gain beside it",
    ),
)

weight_norm_bias = _weight_norm(
    name="weight_norm_bias",
    expr=-scale * mu_P / (sqrt(a) * w) + shift,
    parameters=_BIAS,
    where="eq 5 corrected",
    status="corrected",
    derivation="gamma mu_P/sigma_P with sigma_P = sqrt(a) ||w||.",
)
