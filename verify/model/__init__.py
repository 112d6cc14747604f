"""What an author of claims writes, and the points at which claims are judged."""

from verify.model.claim import Claim, Grid, Place, at_every_budget, within
from verify.model.measure import QUANTITY, Measure
from verify.model.point import Point, Value, canonical, noise_seed

__all__ = [
    "QUANTITY",
    "Claim",
    "Grid",
    "Measure",
    "Place",
    "Point",
    "Value",
    "at_every_budget",
    "canonical",
    "noise_seed",
    "within",
]
