"""What an author of claims writes, and the points at which claims are judged."""

from verify.model.claim import Claim, Grid, Judged, Place, at_every_budget, within
from verify.model.measure import QUANTITY, Measure
from verify.model.point import Point, Value, canonical, named, noise_seed

__all__ = [
    "QUANTITY",
    "Claim",
    "Grid",
    "Judged",
    "Measure",
    "Place",
    "Point",
    "Value",
    "at_every_budget",
    "canonical",
    "named",
    "noise_seed",
    "within",
]
