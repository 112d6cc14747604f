"""The region of a form under an experiment: where the one is claimed and the other can run."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import numpy as np
import sympy

from theory.domains import LARGEST, Integers, OneOf, Reals
from verify.points.axis import Axis
from verify.points.feasible import feasible

if TYPE_CHECKING:
    from theory.domains import Domain
    from verify.model import Claim, Experiment
    from verify.relations import Statement
    from verify.relations.statement import Form

ROUNDING = 1e-7
"""A double root in floats lies so far off the real axis, relatively."""


@dataclass(frozen=True)
class Region:
    """An axis a parameter, and the letters of those that formulas have."""

    axes: Mapping[str, Axis]
    letters: Mapping[str, str]

    def __str__(self) -> str:
        """The region in words, such as "1 <= L <= 50, 0.1 <= p <= 1"."""
        return ", ".join(axis.describe(self.letters, name) for name, axis in self.axes.items())

    @property
    def unbounded(self) -> tuple[str, ...]:
        """The parameters with an end that neither form nor experiment gives."""
        return tuple(name for name, axis in self.axes.items() if axis.unbounded)

    def along(self, other: Region) -> bool:
        """Whether both have the same parameters with the same domains, whatever their poles."""
        return {name: axis.domains for name, axis in self.axes.items()} == {
            name: axis.domains for name, axis in other.axes.items()
        }


def region(statement: Statement, experiment: Experiment | None = None) -> Region:
    """Where a statement can be judged by an experiment: its form's domain and `over` together.

    Besides the form's parameters there are those that `over` alone names; those of the experiment's
    setting are fixed, and none of it.  Where the ends of one name another, that one lies where they
    leave the first a value.  Without an experiment, for what is cheap to evaluate, ends
    that nothing gives lie at 1e9.
    """
    form = statement.form
    domains: dict[str, tuple[Domain, ...]] = {name: (d,) for name, d in form.domain.items()}
    if experiment is None:
        for name, (domain,) in domains.items():
            if not isinstance(domain, OneOf):
                kind = Integers if isinstance(domain, Integers) else Reals
                domains[name] = (domain, kind(-LARGEST, LARGEST))
    else:
        for name, domain in experiment.over.items():
            domains[name] = (*(one for one in domains.get(name, ()) if one != domain), domain)
        domains = {name: d for name, d in domains.items() if name not in experiment.setting}
    split = poles(form)
    axes = {name: Axis(listed, split.get(name, ())) for name, listed in domains.items()}
    return Region(feasible(axes), {one.name: one.letter for one in form.parameters})


def regions(claim: Claim, experiment: Experiment) -> list[Region]:
    """The regions of a claim's statements under one experiment, each once.

    A run takes every parameter that the experiment is judged by, so that a form is drawn over those
    of the others as well.  Forms of the same parameters and domains share their region, split at
    the poles of each.
    """
    own = [region(one, experiment) for one in claim.says if judged_by(one, experiment)]
    every: dict[str, Axis] = {}
    letters: dict[str, str] = {}
    for one in own:
        every = {**one.axes, **every}
        letters = {**one.letters, **letters}
    found: list[Region] = []
    for one in own:
        whole = Region(feasible({**every, **one.axes}), letters)
        alike = next((k for k, other in enumerate(found) if other.along(whole)), None)
        if alike is None:
            found.append(whole)
        else:
            found[alike] = _split_as_well(found[alike], whole)
    return found


def judged_by(statement: Statement, experiment: Experiment) -> bool:
    """Whether a statement is judged by an experiment of its claim."""
    return not statement.by or experiment.label in (one.label for one in statement.by)


def _split_as_well(one: Region, other: Region) -> Region:
    axes = {
        name: Axis(axis.domains, tuple(sorted({*axis.poles, *other.axes[name].poles})))
        for name, axis in one.axes.items()
    }
    return Region(axes, one.letters)


@cache
def poles(form: Form) -> dict[str, tuple[float, ...]]:
    """Where a form goes to infinity or passes to another formula, by parameter.

    Found in its expression: values of one parameter by which it divides by zero, and those that
    tell its cases apart.  A form without an expression shows none.
    """
    expression = getattr(form, "expr", None)
    if not isinstance(expression, sympy.Expr):
        return {}
    powers = [one.base for one in expression.atoms(sympy.Pow) if one.exp.is_negative]
    cases = [
        one.lhs - one.rhs
        for piecewise in expression.atoms(sympy.Piecewise)
        for _, condition in piecewise.args
        for one in condition.atoms(sympy.core.relational.Relational)
    ]
    found = {}
    for parameter in form.parameters:
        symbol = parameter.symbol
        alone = [one for one in (*powers, *cases) if one.free_symbols == {symbol}]
        if isinstance(parameter.domain, OneOf):
            continue
        low, high = parameter.domain.endpoints()
        every = {root for one in alone for root in _roots(one, symbol)}
        roots = sorted(root for root in every if low <= root <= high)
        if roots:
            found[parameter.name] = tuple(roots)
    return found


def _roots(expression: sympy.Expr, symbol: sympy.Symbol) -> list[float]:
    """The real roots of a polynomial, or of its absolute value; of anything else none.

    In floats where sympy cannot sort them, as it cannot with some irrational coefficients.
    """
    x = sympy.Dummy("x", real=True)  # knowing nothing else, so that no root is ruled out
    plain = expression.replace(sympy.Abs, lambda inner: inner).subs(symbol, x)
    if not plain.is_polynomial(x):
        return []
    polynomial = sympy.Poly(plain, x)
    try:
        return [float(root) for root in sympy.real_roots(polynomial)]
    except NotImplementedError:
        roots = np.roots([float(each) for each in polynomial.all_coeffs()])
        return [float(root.real) for root in roots if abs(root.imag) <= ROUNDING * abs(root)]
