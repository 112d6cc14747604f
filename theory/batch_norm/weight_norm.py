"""Batch normalisation by population statistics as weight normalisation."""

from __future__ import annotations

from functools import partial

from sympy import sqrt

from theory.batch_norm.parameters import INPUT_VARIANCE, POPULATION_MEAN, SCALE, SHIFT, WEIGHT_NORM
from theory.closed_form import ClosedForm

_form = partial(ClosedForm, subject="batch_norm", paper="luo2018")

scale, shift = SCALE.symbol, SHIFT.symbol

a, w, mu_P = INPUT_VARIANCE.symbol, WEIGHT_NORM.symbol, POPULATION_MEAN.symbol

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
)

weight_norm_gain = _weight_norm(
    name="weight_norm_gain",
    expr=scale / sqrt(a),
    parameters=_GAIN,
    where="eq 5 corrected",
    status="corrected",
    derivation=(
        "w.x has the standard deviation sqrt(a) ||w||. Section 3 agrees: with a = 1/N it uses the "
        "gain sqrt(N) gamma."
    ),
)

weight_norm_bias_printed = _weight_norm(
    name="weight_norm_bias_printed",
    expr=-scale * mu_P / (a * w) + shift,
    parameters=_BIAS,
    status="printed",
    superseded_by="weight_norm_bias",
)

weight_norm_bias = _weight_norm(
    name="weight_norm_bias",
    expr=-scale * mu_P / (sqrt(a) * w) + shift,
    parameters=_BIAS,
    where="eq 5 corrected",
    status="corrected",
    derivation="gamma mu_P/sigma_P with sigma_P = sqrt(a) ||w||.",
)
