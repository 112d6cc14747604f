"""Toys that cost next to nothing, in a file that worker processes can import.

The level of a toy is its depth in the mean.
"""

import os
import signal
import time
from dataclasses import fields, replace
from pathlib import Path

import numpy as np
import sympy
from scipy.special import gammaincinv

from theory.closed_form import ClosedForm
from theory.parameters import DEPTH
from verify.engine.trial import Trial
from verify.evidence.accounting import ALPHA
from verify.model import Claim, Experiment, Point
from verify.relations import (
    Agree,
    AlwaysAtLeast,
    AlwaysAtMost,
    AtLeast,
    AtMost,
    Equal,
    Exactly,
    PowerLaw,
    Ranking,
    Ratio,
    RatioAtLeast,
    SignedEqual,
)
from verify.relations.bounds import BoundTarget
from verify.relations.exponents import PowerTarget
from verify.relations.identities import IdentityTarget
from verify.relations.means.non_negative import MeanTarget
from verify.relations.means.signed import RatioTarget, SignedTarget
from verify.relations.orders import OrderTarget
from verify.relations.quantiles import QuantileTarget
from verify.relations.symbols import AgreementTarget

L = DEPTH.symbol
VARIANCE = 0.05
"""The relative variance of a level."""

PAUSE_SECONDS = 0.01
"""How long a block of the claim for kills takes: long enough to be interrupted in."""


def form(expression=L, name="level", parameters=(DEPTH,), **terms):
    return ClosedForm(
        subject="toy", name=name, expr=sympy.sympify(expression), parameters=parameters,
        paper="furusho2020", where="no equation", status="derived", **terms,
    )  # fmt: skip


RELATIONS = {
    "equal": (Equal, MeanTarget, {}),
    "at most": (AtMost, MeanTarget, {"side": "upper"}),
    "at least": (AtLeast, MeanTarget, {"side": "lower"}),
    "signed": (SignedEqual, SignedTarget, {}),
    "ratio": (Ratio, RatioTarget, {}),
    "ratio at least": (RatioAtLeast, RatioTarget, {"side": "lower"}),
    "exact": (Exactly, IdentityTarget, {"exceptions": 0.02}),
    "always at most": (AlwaysAtMost, BoundTarget, {"side": "upper"}),
    "always at least": (AlwaysAtLeast, BoundTarget, {"side": "lower"}),
    "order": (Ranking, OrderTarget, {}),
    "exponent": (PowerLaw, PowerTarget, {}),
    "symbolic": (Agree, AgreementTarget, {}),
}
"""Statements, and the targets that they make, by what they say."""


def judged(
    expression=L, name="level", relation="equal", *, quantity="level",
    parameters=(DEPTH,), superseded_by=None, stable=None, **terms,
):  # fmt: skip
    """A statement about the level."""
    stated = form(expression, name, parameters, superseded_by=superseded_by, stable=stable)
    statement, *_ = RELATIONS[relation]
    known = {"relative_variance": lambda values: VARIANCE}
    usual = known if issubclass(statement, Equal) else {}
    return statement(quantity, stated, **{**usual, **terms})


def measure(values, *, seed, first_network, networks, device, truth=lambda depth: depth):
    """A level a network, gamma of mean `truth(depth)`, and its double.

    Network k has the k-th number of the seed's stream, and a thousand take no time.
    """
    shape, mean = 1 / VARIANCE, truth(values["depth"])
    stream = np.random.PCG64(seed).advance(first_network)
    drawn = mean / shape * gammaincinv(shape, np.random.Generator(stream).random(networks))
    return {"level": drawn, "double": 2 * drawn}


def repeated(values, *, seed, first_network, networks, device):
    """Every block holds the same networks."""
    shape, mean = 1 / VARIANCE, values["depth"]
    return {"level": np.random.default_rng(seed).gamma(shape, mean / shape, networks)}


def slowly(values, **run):
    time.sleep(PAUSE_SECONDS)
    return measure(values, **run)


EXPERIMENT = Experiment("toy", measure, setting={"width": 4})


def point(parameters, setting=None, margin=0.1, experiment=EXPERIMENT):
    return Point(experiment, parameters, setting or {}, margin)


def claim(*forms, depths=(2, 3), margin=0.1, rows=None, by=None, **terms):
    """A claim by the toy experiment; `measure`, `sizes`, `setting` and `reads` change that."""
    names = [field.name for field in fields(Experiment) if field.name in terms]
    experiment = replace(EXPERIMENT, **{name: terms.pop(name) for name in names})
    usual = {
        "id": "furusho2020/toy", "statement": "The level is the depth.", "says": forms,
        "by": by or experiment, "within": margin,
        "examples": [{"depth": depth} for depth in depths] if rows is None else rows,
    }  # fmt: skip
    return Claim(**{**usual, **terms})


def target(relation="equal", value=3.0, **terms):
    """What a statement says at a point."""
    _, kind, side = RELATIONS[relation]
    if terms.get("but_for") == 0:
        del terms["but_for"]
    elif "but_for" in terms:
        kind = QuantileTarget
    usual = {"epsilon": 0.1, "finite_size": 0.0, "alpha": 1e-6, **side}
    known = {field.name for field in fields(kind)} | (terms.keys() - {"relative_variance"})
    given = {name: term for name, term in terms.items() if name in known}
    return kind(value=value, **{**usual, **given})


def trial(form, x, *, verdict="CONFIRMED", depth=2, alpha=ALPHA, margin=0.1):
    """A trial of a statement that was decided by these draws, or without any."""
    place = point({"depth": depth}, margin=margin)
    claimed = replace(form.target(place, 1.0), alpha=alpha)
    blocks = [] if x is None else [claimed.weigh(np.asarray(x, dtype=float))]
    return Trial(
        row=1, mark="", statement=form, point=place, position=1, target=claimed, verdict=verdict,
        blocks=blocks, costs=[0.0] * len(blocks),
    )  # fmt: skip


TOY = claim(
    judged(name="right"), judged(L + 1, "wrong", holds=False),
    depths=(2, 3, 4, 5), measure=slowly,
)  # fmt: skip

CLAIMS = [TOY]


def identity(value):
    time.sleep(PAUSE_SECONDS)
    return value, os.getpid()


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def die_at_first(mark: str):
    """Kill the process that is the first to come here."""
    try:
        Path(mark).touch(exist_ok=False)
    except FileExistsError:
        return "alive"
    return die()


class Unportable(Exception):
    """An error that cannot be made again from its arguments."""

    def __init__(self, one, other):
        super().__init__(f"{one} and {other}")


def fail(kind):
    raise {"usual": ZeroDivisionError("by nought"), "unportable": Unportable(1, 2)}[kind]
