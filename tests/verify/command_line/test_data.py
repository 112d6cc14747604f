"""Claims that are judged on the images of a folder that --data names."""

import json
import re

import pytest

import verify
from verify.command_line.options import selected
from verify.errors import UsageError
from verify.judging.failure import command
from verify.model.image_sets import in_folder, on_images

pytestmark = pytest.mark.usefixtures("own_catalogue")

CLAIMS = '''
from theory.domains import Integers
from theory.papers import Paper
from theory.closed_form import ClosedForm
from theory.parameters import Parameter
from numerics.simulation.data import ImageSet
from numerics.simulation.keyed import numpy_generator
from verify import Claim, Equal, Experiment
import numpy as np

FACTOR = Parameter("factor", "c", Integers(1, 3), "factor of pixels", (1, 3))


def measure(values, *, seed, first_network, networks, device):
    """Pixels times a factor, of one image after another in random order."""
    names = {name: values[name] for name in ("images", "digest", "folder") if name in values}
    pixels, _ = ImageSet(**names).load()
    means = pixels.mean(axis=(1, 2, 3), dtype=np.float64)
    drawn = [
        numpy_generator(seed=seed, network=k).choice(means)
        for k in range(first_network, first_network + networks)
    ]
    return {"brightness": values["factor"] * np.array(drawn)}


half = ClosedForm(
    name="half", expr=FACTOR.symbol / 2, parameters=(FACTOR,), where="a note",
    paper=Paper("notes2026", ("A. Reader",), "Notes", 2026, "notes"),
    status="derived", subject="pixels",
)
shuffled = Experiment("shuffled", measure, over={"factor": FACTOR.domain},
                      setting={"images": "digits"})
CLAIMS = (
    Claim("notes2026/brightness", "A pixel is half as bright as one can be.",
          says=Equal("brightness", half, by=(shuffled,), remainder=lambda values: 0.02),
          by=shuffled,
          examples=[{"factor": 2}], within=0.1),
)
'''

WORDS = ("notes2026/brightness", "--claims", "pixels.py", "--workers", "1")


@pytest.fixture
def folder(tmp_path, write_cifar10):
    (tmp_path / "pixels.py").write_text(CLAIMS)
    (tmp_path / "images").mkdir()
    write_cifar10(tmp_path / "images")
    return tmp_path / "images"


def test_digits_are_the_default_and_refute_what_random_pixels_confirm(folder, touchstone):
    # Digits are dark: a mean of 0.305.
    status, out, _ = touchstone("check", *WORDS)
    assert status == 1
    assert out.startswith("REFUTED")
    assert "  on the digits  " in out
    status, out, _ = touchstone("check", *WORDS, "--data", folder)
    digest = in_folder(folder)[0].digest
    assert status == 0
    assert out.startswith("CONFIRMED")
    assert f"  on CIFAR-10 ({digest})  " in out


def test_what_other_images_gave_is_not_mixed_up_in_the_ledger(folder, touchstone, write_cifar10):
    def trials():
        return json.loads(touchstone("ledger", "info", "--json")[1])["trials"]

    counts = []
    for seed in (0, 1, 0):
        write_cifar10(folder, seed=seed)
        from numerics.simulation.data import images

        images._read.cache_clear()  # as another command would begin
        assert touchstone("check", *WORDS, "--data", folder)[0] == 0
        counts.append(trials())
    assert counts[1] == 2 * counts[0]


def test_the_same_images_in_another_folder_are_those_of_before(folder, touchstone):
    assert touchstone("check", *WORDS, "--data", folder)[0] == 0
    before = touchstone("ledger", "info", "--json")[1]
    moved = folder.rename(folder.parent / "moved")
    assert touchstone("check", *WORDS, "--data", moved)[0] == 0
    assert touchstone("ledger", "info", "--json")[1] == before


def test_the_object_of_json_and_the_sentence_name_the_images(folder, touchstone):
    (digest,) = (held.digest for held in in_folder(folder))
    _, out, _ = touchstone("check", *WORDS, "--data", folder, "--json")
    assert json.loads(out)["data"] == f"CIFAR-10 ({digest})"
    found = verify.check("notes2026/brightness", data=folder, factor=2)
    assert found["half"].sentence.endswith(f" Judged on CIFAR-10 ({digest}).")


ARMS = """
from verify import Claim
from verify.claims.arms import Order, judged

says, by = judged(
    "numerics.trajectories.comparisons:measure_arms",
    {("AlexNet",): (Order("mean loss", ("faster", "slower")),)},
    {"faster": {}, "slower": {"learning_rate": 0.001}},
    {"AlexNet": {"images": "digits", "model": "alexnet", "width": 1, "samples": 16,
                 "batch_size": 16, "steps": 3, "learning_rate": 0.05, "loss": 1.0}},
)
CLAIMS = (Claim("notes2026/arms", "The larger rate is faster.", says=says, by=by, within=0.45),)
"""


def test_networks_are_trained_on_the_images_of_the_folder(folder, touchstone):
    (folder.parent / "arms.py").write_text(ARMS)
    words = ("notes2026/arms", "--claims", "arms.py", "--workers", "1")
    status, out, _ = touchstone("check", *words, "--data", folder)
    assert status == 0
    assert f"  on CIFAR-10 ({in_folder(folder)[0].digest})  " in out


def test_both_sets_of_a_folder_are_judged(folder, write_mnist):
    write_mnist(folder)
    verify.claims.load(folder.parent / "pixels.py")
    found = verify.check("notes2026/brightness", data=folder, factor=2)
    labels = [trial.point.experiment.label for trial in found["half"].trials]
    assert labels == ["shuffled: mnist", "shuffled: cifar10"]


def test_a_counterexample_comes_with_the_folder_that_it_needs(folder):
    verify.claims.load(folder.parent / "pixels.py")
    (claim,) = (
        on_images(one, in_folder(folder)) for one in selected(["notes2026/brightness"], None, None)
    )
    digits = verify.check("notes2026/brightness", factor=2)["half"].counterexample
    assert "--data" not in command(claim, digits, "quick")
    there = type(digits)(**{**vars(digits), "setting": {"images": "cifar10", "digest": "12"}})
    assert f" --data {folder} " in command(claim, there, "quick")
    assert there.kind == "CIFAR-10"


def test_a_folder_without_images_is_refused_in_a_line(folder, touchstone):
    status, _, err = touchstone("check", *WORDS, "--data", "nowhere")
    assert status == 2
    assert (
        err.strip()
        .splitlines()[-1]
        .endswith("nowhere: must be a folder that holds MNIST or CIFAR-10")
    )


def test_a_folder_without_a_name_is_refused(folder, touchstone, monkeypatch):
    monkeypatch.chdir(folder)
    words = ("notes2026/brightness", "--claims", "../pixels.py")
    for asked in ("check", "plan"):
        status, _, err = touchstone(asked, *words, "--data", "")
        assert status == 2
        assert "must be a folder that holds MNIST or CIFAR-10" in err
    with pytest.raises(UsageError, match=r"^data: folder = '': must be a folder that holds MNIST"):
        in_folder("")


def test_a_plan_is_made_of_the_images_that_are_named(folder, touchstone, write_mnist):
    write_mnist(folder)
    words = ("notes2026/brightness", "--claims", "pixels.py")

    def points(*more):
        status, out, _ = touchstone("plan", *words, *more)
        assert status == 0
        return int(re.search(r"1 claim, (\d+) points?", out)[1])

    assert points("--data", folder) == 2 * points()


def test_images_for_claims_that_take_none_are_refused(folder, touchstone):
    words = ("luo2018/zeta-linear", "--data", folder)
    status, _, err = touchstone("check", *words)
    assert status == 2
    assert "none of the claims is judged on images" in err
