"""What an author of claims writes, and the points at which claims are judged."""

from verify.model.claim import Claim
from verify.model.experiment import Checked, Experiment
from verify.model.heat_map import HeatMap
from verify.model.measure import QUANTITY, Measure, OfNumerics, VarianceOf
from verify.model.point import Point, Value, canonical

__all__ = [
    "QUANTITY",
    "Checked",
    "Claim",
    "Experiment",
    "HeatMap",
    "Measure",
    "OfNumerics",
    "Point",
    "Value",
    "VarianceOf",
    "canonical",
]
