import subprocess
import sys

import numpy as np
import pytest

from numerics.simulation import data

pytest.importorskip("sklearn")


@pytest.mark.parametrize("width", [1, 10, 48])
def test_training_digits_have_mean_zero_and_identity_covariance(width):
    inputs, _ = data.digits(width=width)
    assert inputs.shape == (300, width)
    np.testing.assert_allclose(inputs.mean(axis=0), 0, atol=1e-12)
    np.testing.assert_allclose(inputs.T @ inputs / 300, np.eye(width), atol=1e-12)


def test_both_classes_are_in_both_parts():
    for part, images in (("train", 300), ("test", 60)):
        inputs, labels = data.digits(width=20, part=part)
        assert inputs.shape == (images, 20)
        assert labels.shape == (images,)
        assert np.unique(labels).tolist() == [0, 1]
        assert 0.4 < labels.mean() < 0.6


def test_test_digits_are_whitened_as_the_training_digits_are():
    # A label is nearly a linear function of the whitened pixels, fitted on one part, true on both.
    inputs, labels = data.digits(width=20)
    weights = inputs.T @ (labels - labels.mean()) / len(inputs)
    unseen, answers = data.digits(width=20, part="test")
    assert np.mean((unseen @ weights > 0) == (answers == 1)) > 0.95


def test_the_leading_components_do_not_depend_on_the_width():
    narrow, _ = data.digits(width=5)
    wide, _ = data.digits(width=30)
    assert np.array_equal(narrow, wide[:, :5])


def test_components_behind_the_drop_of_the_spectrum_are_refused():
    with pytest.raises(ValueError, match=r"^width = 49: must be an integer in \[1, 48\]$"):
        data.digits(width=49)


def test_an_unknown_part_is_refused():
    with pytest.raises(ValueError, match=r"^part = 'all': must be one of 'train', 'test'$"):
        data.digits(width=5, part="all")


def test_the_data_cannot_be_written_to():
    inputs, labels = data.digits(width=5)
    assert not inputs.flags.writeable
    assert not labels.flags.writeable


def test_without_scikit_learn_the_error_names_the_extra():
    text = """
import sys
sys.modules["sklearn"] = None
from numerics.simulation import data
data.digits(width=5)
"""
    ran = subprocess.run([sys.executable, "-c", text], capture_output=True, text=True, check=False)
    assert ran.returncode == 1
    last = ran.stderr.splitlines()[-1]
    assert last.startswith("ModuleNotFoundError: ")
    assert "pip install 'touchstone[digits]'" in last
