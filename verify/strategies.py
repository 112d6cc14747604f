"""Hypothesis strategies over closed forms and over the points of a claim.

from hypothesis import given
import verify
from theory import fisher
from verify import strategies

@strategies.SETTINGS
@given(arguments=strategies.arguments(fisher.mean_eigenvalue_resnet))
def test_the_mean_eigenvalue_is_at_least_one(arguments):
    assert fisher.mean_eigenvalue_resnet.log(**arguments) >= 0

@settings(strategies.SETTINGS, max_examples=5)
@given(parameters=strategies.parameters("furusho2020/mean-eig-resnet"))
def test_theorem_6(parameters):
    assert verify.check("furusho2020/mean-eig-resnet", **parameters)
"""

from __future__ import annotations

from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Any

from hypothesis import strategies as st

from verify.claims import find
from verify.points.drawn import SETTINGS, points_of

__all__ = ["SETTINGS", "arguments", "parameters"]

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy

    from theory.closed_form import ClosedForm
    from verify.model import Claim


def arguments(form: ClosedForm) -> SearchStrategy[dict[str, Any]]:
    """Arguments of a closed form over its whole domain, its ends included.

    Every decade of a wide range is drawn as often, 3 as often as 3,000,000; a range whose end is
    another parameter (survivors, at most the depth) follows that one's draw.
    """
    return _arguments(form)


@st.composite
def _arguments(draw: Any, form: ClosedForm) -> dict[str, Any]:
    depends = {name: domain.depends_on for name, domain in form.domain.items()}
    drawn: dict[str, Any] = {}
    for name in TopologicalSorter(depends).static_order():
        if name in form.domain:
            drawn[name] = draw(form.domain[name].members(drawn))
    return {name: drawn[name] for name in form.domain}


def parameters(claim: str | Claim) -> SearchStrategy[dict[str, Any]]:
    """Parameter points at which a claim, or the claim of that id, can be checked.

    Inside the domains of its forms and where its experiments can run, ends included; they shrink
    towards the low ends.  No seed is ever drawn: the noise at a point follows from the point alone.
    """
    return points_of(find(claim) if isinstance(claim, str) else claim)
