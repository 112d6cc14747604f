"""Hypothesis strategies over the points of a claim, built from the domains of its forms.

from hypothesis import given
import verify
from verify import strategies

@given(parameters=strategies.parameters("furusho2020/mean-eig-resnet"))
def test_theorem_6(parameters):
    assert verify.check("furusho2020/mean-eig-resnet", **parameters).as_expected
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from theory.domains import Integers
from verify.claims import find

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from theory.parameters import Parameter
    from verify.claim import Claim


def parameters(claim: str | Claim) -> SearchStrategy[dict[str, Any]]:
    """Parameter points that a claim speaks of: inside the domains of its forms.

    Draws stay in the typical range, edges included, and shrink towards its low end.  No seed is
    ever drawn: the noise at a point follows from the point alone.
    """
    chosen = find(claim) if isinstance(claim, str) else claim
    wanted = chosen.grid_parameters()
    known: dict[str, Parameter] = {}
    for judged in chosen.judged:
        for parameter in judged.form.parameters:
            if parameter.name in wanted:
                known.setdefault(parameter.name, parameter)
    draw = st.fixed_dictionaries({name: _values(known[name]) for name in wanted})
    return draw.filter(chosen.speaks_of)


def _values(parameter: Parameter) -> SearchStrategy[Any]:
    low, high = parameter.typical
    if isinstance(parameter.domain, Integers):
        return st.one_of(st.sampled_from([int(low), int(high)]), st.integers(int(low), int(high)))
    return st.one_of(st.sampled_from([low, high]), st.floats(low, high))
