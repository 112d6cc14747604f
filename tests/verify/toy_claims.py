"""A claim that costs next to nothing, in a file that worker processes can import."""

import os
import signal
import time
from pathlib import Path

import numpy as np

from theory.closed_form import ClosedForm
from theory.parameters import DEPTH
from verify.model import Claim, Judged, Point

PAUSE_SECONDS = 0.01
"""How long a block takes: long enough to be interrupted in."""


def measure(values, *, seed, first_network, networks, device):
    """A number a network, of mean `depth` and relative variance 0.05; keyed as networks are."""
    time.sleep(PAUSE_SECONDS)
    drawn = [
        np.random.default_rng([seed, network]).gamma(20, values["depth"] / 20)
        for network in range(first_network, first_network + networks)
    ]
    return {"level": np.array(drawn)}


def judged(name, expression, expected):
    form = ClosedForm(
        subject="toy", name=name, expr=expression,
        paper="furusho2020", where="no equation", status="derived", parameters=(DEPTH,),
    )  # fmt: skip
    return Judged(
        form=form, quantity="level", expected=expected, relative_variance=lambda values: 0.05
    )


def place(parameters, budget):
    return [Point(parameters=parameters, setting={"width": 4}, margin=0.1)]


TOY = Claim(
    id="furusho2020/toy",
    statement="The level is the depth.",
    judged=(
        judged("right", DEPTH.symbol, "CONFIRMED"),
        judged("wrong", DEPTH.symbol + 1, "REFUTED"),
    ),
    measure=measure,
    grid=lambda budget: [{"depth": depth} for depth in (2, 3, 4, 5)],
    place=place,
    axis="depth",
)

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
