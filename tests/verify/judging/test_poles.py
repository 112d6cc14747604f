"""A form without a value somewhere in its domain: the point is named, and the others are judged."""

import numpy as np
import pytest
import sympy

import toy_claims
import verify
from theory.domains import Integers
from toy_claims import L, judged
from verify.points.compared import Signed

POLE = 4
NOWHERE = {
    "of an odd order": L + 1 / (L - POLE),
    "of an even order": L + 1 / (L - POLE) ** 2,
    "no polynomial's": L + 1 / (2**L - 2**POLE),
    "of a logarithm": L + sympy.log(abs(L - POLE)),
}


@pytest.mark.parametrize("kind", NOWHERE)
@pytest.mark.parametrize("relation", ["equal", "signed", "at most", "always at most"])
def test_the_point_is_named_and_the_others_are_judged(kind, relation, caplog):
    by = toy_claims.Experiment("toy", toy_claims.measure, over={"depth": Integers(1, 6)})
    pole = judged(NOWHERE[kind], "pole", relation)
    claim = toy_claims.claim(judged(), pole, depths=(2, 3, POLE), by=by)
    verdict = verify.check(claim, examples=0)
    assert verdict["level"].verdict == "CONFIRMED"
    met = {trial.point.parameters["depth"] for trial in verdict["pole"].trials}
    assert met >= {2, 3}
    assert POLE not in met
    (said,) = caplog.messages
    assert said.startswith("furusho2020/toy pole: not judged at 1 of")
    assert "at depth=4, " in said


def test_what_no_form_says_is_a_number_that_no_comparison_breaks():
    form = judged(NOWHERE["of an odd order"]).form
    depths = np.arange(1.0, 9.0)
    found = Signed.of(form, {"depth": depths})
    assert np.flatnonzero(np.isnan(found.sign)).tolist() == [POLE - 1]
    rest = np.delete(depths, POLE - 1)
    assert np.allclose(np.delete(found.log, POLE - 1), np.log(abs(rest + 1 / (rest - POLE))))
    assert np.delete(found.sign, POLE - 1).all()
