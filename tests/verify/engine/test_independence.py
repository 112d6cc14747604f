"""Draws that repeat or hang together are refused in a line that says which rule they break."""

import os
import threading
from concurrent.futures import Future
from functools import partial

import numpy as np
import pytest

import toy_claims as toys
import verify
from toy_claims import VARIANCE, claim, judged, measure, repeated
from verify.engine.executors import InProcess
from verify.engine.independence import FEW, MANY, ROUNDING
from verify.engine.measured import noise_seed
from verify.errors import UsageError
from verify.judging.judge import check_all
from verify.ledger.store import Ledger
from verify.model import Experiment
from verify.relations import Equal, Exactly

LEFT_OVER = np.random.default_rng(0)
"""A generator that is kept between calls."""


def level(values, drawn):
    """Levels of the usual mean and spread, of so many numbers of mean 0 and variance 1."""
    return {"level": values["depth"] * (1 + np.sqrt(VARIANCE) * np.asarray(drawn))}


def each(seed, first_network, networks):
    """A generator a network, as networks are keyed."""
    return [
        np.random.default_rng([seed, k]) for k in range(first_network, first_network + networks)
    ]


def of_one_data_set(values, *, seed, first_network, networks, device):
    """Each block draws one data set, and its networks their own weights."""
    data = np.random.default_rng([seed, first_network]).uniform(-1, 1)
    own = [rng.uniform(-1, 1) for rng in each(seed, first_network, networks)]
    return level(values, np.sqrt(3 / 2) * (data + np.array(own)))


def left_over(values, *, seed, first_network, networks, device):
    return level(values, np.sqrt(3) * LEFT_OVER.uniform(-1, 1, networks))


def centred(values, *, seed, first_network, networks, device):
    """Each block is brought to a mean of 0."""
    own = np.array([rng.uniform(-1, 1) for rng in each(seed, first_network, networks)])
    return level(values, np.sqrt(3) * (own - own.mean()))


def of_one_network(values, *, seed, first_network, networks, device):
    """One network stands for all."""
    return level(values, np.full(networks, np.random.default_rng(seed).uniform(-1, 1)))


def too_many(values, *, networks, **run):
    return measure(values, networks=networks + 1, **run)


def heads(values, *, seed, first_network, networks, device, by_network=True, chance=0.5):
    """Coins."""
    if by_network:
        drawn = [rng.random() for rng in each(seed, first_network, networks)]
    else:
        drawn = np.random.default_rng(seed).random(networks)
    return {"level": values["depth"] * (np.array(drawn) < chance) / chance}


REPEATS = "blocks repeat the same networks; a draw must depend on .* alone: use first_network$"
HANGS = "it hangs on what else its block holds; .* share nothing within a block$"
BROKEN = [
    (repeated, REPEATS),
    (partial(heads, by_network=False), REPEATS),
    (partial(heads, by_network=False, chance=0.02), REPEATS),
    (of_one_data_set, HANGS),
    (centred, HANGS),
    (left_over, "it is another each time it is drawn; .* keep no generator between calls$"),
    (of_one_network, "all .* give the same 'level', .* under another seed: .* use first_network$"),
    (too_many, "33 draws of 'level' for 32 networks: must be one a network$"),
]


def names(value):
    return "-".join(map(str, [value.func.__name__, *value.keywords.values()])) if isinstance(
        value, partial
    ) else getattr(value, "__name__", "")  # fmt: skip


def toy(drawn, *, variance=VARIANCE, **terms):
    says = judged(name="right", relative_variance=lambda values: variance)
    return claim(says, by=Experiment("toy draws", drawn, setting={"width": 4}), **terms)


@pytest.mark.parametrize("known", [True, False], ids=["stated", "pilot"])
@pytest.mark.parametrize(("drawn", "complaint"), BROKEN, ids=names)
def test_draws_that_are_not_independent_are_refused(drawn, complaint, known):
    if drawn is too_many and not known:
        complaint = complaint.replace("33", r"\d+").replace("32", r"\d+")
    variance = 1 / drawn.keywords.get("chance", 0.5) if isinstance(drawn, partial) else VARIANCE
    says = Equal(
        "level", toys.form(), relative_variance=(lambda values: variance) if known else None
    )
    with pytest.raises(UsageError, match="experiment toy draws: .*" + complaint) as refusal:
        verify.check(claim(says, by=Experiment("toy draws", drawn)))
    assert "\n" not in str(refusal.value)


def test_a_network_is_named_with_both_its_numbers():
    with pytest.raises(UsageError) as refusal:
        verify.check(toy(repeated), depth=2)
    first = repeated({"depth": 2}, **RUN_OF_TOY, first_network=0, networks=MANY)["level"]
    assert (
        f"experiment toy draws: network 16 is {first[16]:.6g} in a block that begins at 0 and"
        f" {first[0]:.6g} in one that begins at 16: blocks repeat" in str(refusal.value)
    )


RUN_OF_TOY = {
    "seed": noise_seed(0, "furusho2020/toy", toys.point({"depth": 2}, {"width": 4}).run),
    "device": "cpu",
}


def in_a_batch(values, *, first_network, networks, **run):
    """The last bits hang on the size of the batch, as those of products in single precision do."""
    drawn = measure(values, first_network=first_network, networks=networks, **run)["level"]
    return {"level": drawn * (1 + 1e-6 * networks / (1 + networks))}


def constant(values, *, networks, **run):
    return {"level": np.full(networks, float(values["depth"]))}


def sometimes_nothing(values, **run):
    """Of a level that is checked, NaN or infinite where it does not count."""
    drawn = heads(values, **run)["level"]
    other = measure(values, **run)["level"]
    bad = np.where(other > values["depth"], np.nan, np.inf)
    return {"level": np.where(drawn > 0, other, bad), "counts": (drawn > 0).astype(float)}


INDEPENDENT = [
    measure,
    heads,
    partial(heads, chance=0.1),
    in_a_batch,
    constant,
]


@pytest.mark.parametrize("drawn", INDEPENDENT, ids=names)
def test_draws_that_are_independent_are_judged(drawn):
    variance = 1 / drawn.keywords["chance"] if isinstance(drawn, partial) else 1.0
    assert verify.check(toy(drawn, variance=variance, depths=(2,))).verdict == "CONFIRMED"


def test_draws_that_do_not_count_may_be_no_numbers():
    how = {"counted": verify.model.Checked("counts")}
    says = judged(toys.form(assumptions=("counted",)).expr, relative_variance=lambda values: 0.1)
    found = verify.check(claim(says, by=Experiment("toy draws", sometimes_nothing, meets=how)))
    assert found.judgements[0].trials[0].excluded > 0


def rounded(values, *, networks, **run):
    """An identity, but for the rounding of a batch."""
    return {"level": np.full(networks, 1e-14 * networks)}


def test_rounding_of_a_value_of_0_is_no_difference():
    found = verify.check(claim(Exactly("level", 0), measure=rounded, rows=[{"depth": 1}]))
    assert found.verdict == "CONFIRMED"


def test_what_rounding_hides_is_a_hundred_thousandth():
    def off(by):
        def drawn(values, *, networks, **run):
            found = measure(values, networks=networks, **run)["level"]
            return {"level": found * (1 + by / networks)}

        return drawn

    assert verify.check(toy(off(ROUNDING)), depth=2).verdict == "CONFIRMED"
    with pytest.raises(UsageError, match=HANGS):
        verify.check(toy(off(10 * FEW * ROUNDING)), depth=2)


@pytest.mark.parametrize(("drawn", "complaint"), BROKEN[:1] + BROKEN[3:6], ids=names)
def test_worker_processes_refuse_as_one_process_does(drawn, complaint):
    with pytest.raises(UsageError, match=complaint):
        verify.check(toy(drawn), workers=2)


class SlowAtFirst(InProcess):
    """Takes many calls ahead, and is slow at the first of them."""

    in_flight = 64

    def __init__(self):
        self._begun = False

    def submit(self, work):
        if self._begun:
            return super().submit(work)
        self._begun, future = True, Future()

        def answer():
            error = found.exception()
            if error is None:
                future.set_result(found.result())
            else:
                future.set_exception(error)

        found = super().submit(work)
        threading.Timer(0.3, answer).start()
        return future


def test_nothing_of_an_experiment_is_kept_before_its_draws_are_known_to_be_independent():
    with Ledger() as ledger:
        with pytest.raises(UsageError, match=REPEATS):
            verify.check(toy(repeated, depths=range(1, 9)), executor=SlowAtFirst(), ledger=ledger)
        assert ledger.rows("SELECT * FROM blocks") == []


def test_other_claims_by_the_same_experiment_are_refused_by_themselves():
    both = [toy(repeated, id=f"furusho2020/{name}") for name in ("one", "other")]
    told = []
    with Ledger() as ledger:
        found = check_all(
            [*both, toys.TOY], "quick", 0, 1, "cpu", ledger,
            refused=lambda one, error: told.append((one.id, str(error))),
        )  # fmt: skip
    assert [one.claim.id for one in found] == [toys.TOY.id]
    assert sorted(name for name, _ in told) == ["furusho2020/one", "furusho2020/other"]


def counting(values, *, calls, **run):
    calls.append((run["first_network"], run["networks"]))
    return measure(values, **run)


def test_an_experiment_is_drawn_in_parts_once_a_run(tmp_path):
    calls = []
    asked = toy(partial(counting, calls=calls), depths=range(1, 7))
    with Ledger(tmp_path / "ledger") as ledger:
        found = verify.check(asked, ledger=ledger)
    networks = sum(trial.evidence.draws for one in found.judgements for trial in one.trials)
    assert sum(count for _, count in calls) == networks + FEW < 1.002 * networks


def test_a_resumed_run_is_held_against_a_part_of_a_later_block(tmp_path):
    kept = tmp_path / "ledger"

    class Stopped(Exception):
        pass

    class Stopping(InProcess):
        left = 3

        def submit(self, work):
            self.left -= 1
            if self.left < 0:
                raise Stopped
            return super().submit(work)

    ignoring = tmp_path / "ignoring"
    asked = toy(partial(turning, marker=str(ignoring)), depths=(2,))
    with Ledger(kept) as ledger, pytest.raises(Stopped):
        verify.check(asked, executor=Stopping(), ledger=ledger)
    ignoring.touch()
    with Ledger(kept) as ledger, pytest.raises(UsageError, match=REPEATS):
        verify.check(asked, ledger=ledger)
    ignoring.unlink()
    with Ledger(kept) as ledger:
        assert verify.check(asked, ledger=ledger).verdict == "CONFIRMED"


def turning(values, *, marker, **run):
    """Repeats itself once the marker is there."""
    return (repeated if os.path.exists(marker) else measure)(values, **run)
