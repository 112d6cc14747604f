"""Real data: images that ship with scikit-learn, and sets of images in a folder of the user's."""

from numerics.simulation.data.images import ImageSet, image_sets
from numerics.simulation.data.standardised import standardised
from numerics.simulation.data.whitened import MAXIMUM_WIDTH, TRAIN_SAMPLES, digits

__all__ = [
    "MAXIMUM_WIDTH",
    "TRAIN_SAMPLES",
    "ImageSet",
    "digits",
    "image_sets",
    "standardised",
]
