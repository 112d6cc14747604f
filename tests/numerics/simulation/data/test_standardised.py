import numpy as np
import pytest

from numerics.simulation.data import ImageSet, image_sets, standardised


def test_each_colour_of_the_training_images_has_mean_0_and_deviation_1(tmp_path, write_cifar10):
    written = write_cifar10(tmp_path)
    (held,) = image_sets(tmp_path)
    images, classes = standardised(held)
    assert images.shape == (len(classes), 3, 32, 32)
    np.testing.assert_allclose(images.mean(axis=(0, 2, 3)), 0, atol=1e-5)
    np.testing.assert_allclose(images.std(axis=(0, 2, 3)), 1, rtol=1e-5)
    tested, _ = standardised(held, "test")
    mean, deviation = (
        one(written["train"] / 255, axis=(0, 2, 3)).reshape(3, 1, 1) for one in (np.mean, np.std)
    )
    expected = (written["test"] / 255 - mean) / deviation
    np.testing.assert_allclose(tested, expected, atol=1e-5)


def test_a_part_holds_so_many_images():
    every, _ = standardised(ImageSet())
    assert len(every) == ImageSet().count() == 1497
    assert ImageSet().count(part="test") == 300
    with pytest.raises(ValueError, match="part = 'all': must be one of"):
        ImageSet().count(part="all")
