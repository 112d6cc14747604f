"""Toys whose level is the depth up to one from which on it is half as much again."""

from concurrent.futures import Executor

import toy_claims
from theory.parameters import DEPTH

WRONG_FROM = 4
"""The depth from which on the level is wrong."""


def measure(values, **run):
    wrong = 1.5 if values["depth"] >= WRONG_FROM else 1.0
    return toy_claims.measure(values, **run, truth=lambda depth: wrong * depth)


def toy(expression=DEPTH.symbol, parameters=(DEPTH,), remainder=lambda values: 0.0, **terms):
    judged = toy_claims.judged(expression, parameters=parameters, remainder=remainder)
    usual = {"measure": measure, "depths": (9,)}
    return toy_claims.claim(judged, **{**usual, **terms})


class Idle(Executor):
    """Refuses to draw."""

    def submit(self, work):
        raise AssertionError("measured again")


def only(verdict):
    (judgement,) = verdict.judgements
    return judgement
