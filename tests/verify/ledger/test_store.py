"""The ledger: what is written down once stays as it is, and a bad file is one clear line."""

import dataclasses
import sqlite3
from pathlib import Path

import numpy as np
import pytest

import verify
from toy_claims import TOY
from verify.engine.measured import Measured
from verify.engine.trial import entered, save
from verify.errors import UsageError
from verify.evidence.accounting import ALPHA, BUDGETS, Account
from verify.ledger import store as ledger_module
from verify.ledger.entries import entries
from verify.ledger.identity import Identities
from verify.ledger.store import APPLICATION, OLDEST, VERSION, Ledger
from verify.points import points
from verify.relations.said import spoken

CLAIM = TOY
JUDGED = CLAIM.says[0]
POINTS = points(CLAIM, BUDGETS["quick"])


@pytest.fixture
def path(tmp_path):
    return tmp_path / "ledger.sqlite"


def entered_in(ledger, claim, judged, point, account):
    """The trial of a statement, in blocks of ten draws."""
    (asked,) = spoken([judged], [point])
    drawn = Measured(claim, point.experiment, Identities()).told_by
    return entered(ledger, claim.id, point, asked.said[0], drawn, account, 10)


def trial(ledger, point=POINTS[0], seed=0, device="cpu"):
    return entered_in(ledger, CLAIM, JUDGED, point, Account(seed, "quick", device))


def feed(ledger, *trials, pieces, cost=0.0):
    """Add blocks of evidence to trials, and store each of them at once."""
    for piece in pieces:
        for one in trials:
            one.take(piece, cost)
        save(ledger, trials)


def conclude(ledger, one, verdict="CONFIRMED"):
    one.verdict, one.allowed_draws = verdict, 10
    save(ledger, [one])


def evidence(target, draws=50):
    rng = np.random.default_rng(draws)
    return target.weigh(target.value * rng.gamma(20, 1 / 20, size=draws))


def ruin(target):
    """A draw so large that every lower process loses all its wealth."""
    lost = target.weigh(np.array([1e9 * target.value]))
    assert np.isneginf(lost.wealth["refute_below"]).all()
    return lost


def fields(piece):
    return piece.as_dict()


def test_evidence_is_read_back_to_the_bit(path):
    with Ledger(path) as first:
        one = trial(first)
        pieces = [evidence(one.target), ruin(one.target), evidence(one.target, 7)]
        feed(first, one, pieces=pieces, cost=0.25)
    with Ledger(path) as second:
        found = trial(second)
    assert [fields(piece) for piece in found.blocks] == [fields(piece) for piece in pieces]
    assert found.blocks[0].wealth["refute_above"].dtype == np.float64
    assert found.seconds == 0.75
    assert found.target == one.target


def test_a_process_that_is_absent_is_read_back_absent(path):
    claim = verify.claims["furusho2020/hessian-fisher"]
    point = points(claim, BUDGETS["quick"])[0]
    with Ledger(path) as ledger:
        one = entered_in(ledger, claim, claim.says[0], point, Account(0, "quick", "cpu"))
        feed(ledger, one, pieces=[one.target.weigh(np.ones(3))])
        found = entered_in(ledger, claim, claim.says[0], point, Account(0, "quick", "cpu"))
    assert fields(found.blocks[0]) == fields(one.target.weigh(np.ones(3)))


def test_alpha_is_shared_out_in_order_of_first_sight():
    with Ledger() as ledger:
        alphas = [trial(ledger, point).target.alpha for point in POINTS]
    assert alphas == [ALPHA / (i * (i + 1)) for i in range(1, len(POINTS) + 1)]
    assert sum(alphas) < ALPHA


def test_each_claim_and_each_seed_has_the_whole_of_alpha():
    other = verify.claims["furusho2020/moments-resnet"]
    point = points(other, BUDGETS["quick"])[0]
    with Ledger() as ledger:
        first = [
            trial(ledger, POINTS[0], seed=0),
            trial(ledger, POINTS[0], seed=1),
            entered_in(ledger, other, other.says[1], point, Account(0, "quick", "cpu")),
        ]
    assert [one.position for one in first] == [1, 1, 1]


def test_a_trial_seen_again_keeps_its_position_and_its_row(path):
    with Ledger(path) as ledger:
        before = [trial(ledger, point) for point in POINTS[:3]]
    with Ledger(path) as ledger:
        after = [trial(ledger, point) for point in reversed(POINTS[:3])]
    assert [(one.row, one.position) for one in reversed(after)] == [
        (one.row, one.position) for one in before
    ]


@pytest.mark.parametrize(
    "change",
    [{"seed": 1}, {"device": "cuda"}, {"point": dataclasses.replace(POINTS[0], margin=0.5)}],
    ids=lambda change: next(iter(change)),
)
def test_another_seed_device_or_margin_is_another_trial(change):
    with Ledger() as ledger:
        assert trial(ledger).row != trial(ledger, **change).row


def test_seeds_beyond_64_bits_are_kept_apart():
    with Ledger() as ledger:
        rows = {trial(ledger, seed=seed).row for seed in (2**200, 2**200 + 1, 2**200)}
    assert len(rows) == 2


def test_a_verdict_is_kept(path):
    with Ledger(path) as ledger:
        conclude(ledger, trial(ledger))
        trial(ledger, POINTS[1])
    with Ledger(path) as ledger:
        assert trial(ledger).verdict == "CONFIRMED"
        assert trial(ledger, POINTS[1]).verdict is None
        (entry,) = entries(ledger, claim=CLAIM.id, form=JUDGED.name, verdict="CONFIRMED")
        kept = [entry.row[name] for name in ("point", "seed", "budget")]
        assert kept == [POINTS[0].key, "0", "quick"]
        assert list(entries(ledger, claim=CLAIM.id, form="another")) == []


def test_a_verdict_that_another_run_wrote_is_not_lost(path):
    with Ledger(path) as one, Ledger(path) as other:
        first, second = trial(one), trial(other)
        conclude(one, first)
        feed(other, second, pieces=[evidence(second.target)])
        assert trial(other).verdict == "CONFIRMED"


def test_a_verdict_that_is_not_final_is_not_kept(path):
    with Ledger(path) as ledger:
        stopped = trial(ledger)
        stopped.verdict = "INCONCLUSIVE"
        feed(ledger, stopped, pieces=[evidence(stopped.target)])
        found = trial(ledger)
    assert (found.verdict, len(found.blocks)) == (None, 1)


def test_a_block_that_is_there_is_not_written_twice(path):
    with Ledger(path) as ledger:
        for one in [trial(ledger), trial(ledger)]:  # both before the block is there
            feed(ledger, one, pieces=[evidence(one.target)], cost=1.0)
            save(ledger, [one])
        found = trial(ledger)
    assert len(found.blocks) == 1
    assert found.seconds == 1.0


def test_a_block_that_fails_midway_leaves_nothing_behind(path):
    with Ledger(path) as ledger:
        one, other = trial(ledger, POINTS[0]), trial(ledger, POINTS[1])
        unwritable = object()
        other.take(evidence(other.target), 0.0)
        one.take(evidence(one.target), unwritable)
        with pytest.raises(UsageError):
            save(ledger, [other, one])
        assert trial(ledger, POINTS[1]).blocks == []
        save(ledger, [other])
        assert len(trial(ledger, POINTS[1]).blocks) == 1


def test_a_block_of_no_trial_is_an_error_not_a_silence(path):
    with Ledger(path) as ledger:
        one = trial(ledger)
        nobody = dataclasses.replace(one, row=None)
        with pytest.raises(UsageError):
            feed(ledger, nobody, pieces=[evidence(one.target)])


def test_two_ledgers_on_one_file_see_each_other(path):
    with Ledger(path) as one, Ledger(path) as other:
        first = trial(one, POINTS[0])
        second = trial(other, POINTS[1])
        assert (first.position, second.position) == (1, 2)
        again = trial(other, POINTS[0])
        feed(one, first, pieces=[evidence(first.target)])
        feed(other, again, pieces=[evidence(first.target)])
        assert len(trial(other, POINTS[0]).blocks) == 1


def test_records_are_read_back_and_replaced(path):
    with Ledger(path) as ledger:
        assert ledger.record("counterexample", "mark") is None
        ledger.add_record("counterexample", "mark", {"depth": 1})
        ledger.add_record("counterexample", "mark", {"depth": 2, "ratio": float("inf")})
        ledger.add_record("mutation", "mark", {"depth": 3})
    with Ledger(path) as ledger:
        assert ledger.record("counterexample", "mark") == {"depth": 2, "ratio": float("inf")}


def test_a_ledger_names_itself(path):
    Ledger(path).close()
    connection = sqlite3.connect(path)
    marks = [
        connection.execute(f"PRAGMA {mark}").fetchone()[0]
        for mark in ("application_id", "user_version", "journal_mode")
    ]
    connection.close()
    assert marks == [APPLICATION, VERSION, "wal"]


def refused(path):
    """The one line with which a file is turned away."""
    with pytest.raises(UsageError) as caught:
        Ledger(path)
    message = str(caught.value)
    assert "\n" not in message
    assert str(path) in message
    return message


def test_a_text_file_is_no_ledger_and_stays_as_it_is(path):
    path.write_text("shopping list\n" * 100)
    assert "not a ledger" in refused(path)
    assert path.read_text() == "shopping list\n" * 100


def test_a_foreign_database_is_no_ledger_and_stays_as_it_is(path):
    connection = sqlite3.connect(path)
    connection.execute("CREATE TABLE trials (photograph TEXT)")
    connection.close()
    before = path.read_bytes()
    assert "not a Touchstone ledger" in refused(path)
    assert path.read_bytes() == before


def test_a_ledger_of_a_newer_version_asks_for_an_upgrade(path):
    Ledger(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {VERSION + 1}")
    connection.close()
    message = refused(path)
    assert f"version {VERSION + 1}" in message
    assert "upgrade" in message


def test_a_ledger_of_an_older_version_says_what_to_do(path):
    Ledger(path).close()
    connection = sqlite3.connect(path)
    connection.execute(f"PRAGMA user_version = {OLDEST - 1}")
    connection.close()
    message = refused(path)
    assert f"version {OLDEST - 1}, older than" in message
    assert "delete the file, or name another" in message


def test_a_ledger_that_is_only_read_cannot_be_written(path):
    with Ledger(path) as ledger:
        trial(ledger)
    with Ledger(path, read_only=True) as ledger:
        assert ledger.rows("SELECT position FROM trials")[0]["position"] == 1
        with pytest.raises(UsageError, match="readonly"):
            ledger.rows("UPDATE trials SET position = 2")


def test_what_is_read_is_of_one_moment(path):
    with Ledger(path) as writing:
        one = trial(writing)
        with Ledger(path, read_only=True) as reading:
            assert len(list(entries(reading))) == 1
            conclude(writing, one)
            trial(writing, POINTS[1])
            (entry,) = entries(reading)
            assert entry.row["verdict"] is None


def test_a_ledger_that_is_only_read_is_not_made(path):
    with pytest.raises(UsageError, match="cannot be opened"):
        Ledger(path, read_only=True)
    assert not path.exists()


def test_reading_leaves_nothing_beside_a_ledger(path):
    with Ledger(path) as ledger:
        trial(ledger)
    with Ledger(path, read_only=True) as reading:
        assert len(reading.rows("SELECT * FROM trials")) == 1
    assert list(path.parent.iterdir()) == [path]


@pytest.mark.parametrize("name", ["file:ledger", ":memory:", "file:ledger?mode=memory"])
def test_a_path_is_a_file_whatever_sqlite_makes_of_its_name(path, name, monkeypatch):
    monkeypatch.chdir(path.parent)
    with Ledger(Path(name)) as ledger:
        trial(ledger)
    with Ledger(Path(name), read_only=True) as ledger:
        assert len(ledger.rows("SELECT * FROM trials")) == 1
    assert [one.name for one in path.parent.iterdir()] == [name]


@pytest.mark.parametrize("instead", [False, True])
def test_a_ledger_that_is_deleted_meanwhile_ends_the_run(path, instead):
    lost = pytest.raises(UsageError, match="was deleted or replaced meanwhile")
    with Ledger(path) as ledger:
        one = trial(ledger)
        held = path.with_name("held")
        path.rename(held)
        if instead:
            path.touch()
        with lost:
            conclude(ledger, one)
        held.replace(path)
    with lost, Ledger(path) as ledger:
        trial(ledger)
        path.unlink()


def test_an_empty_file_holds_nothing_to_be_read_and_may_be_written(path):
    path.touch()
    with pytest.raises(UsageError, match="is empty; name one that a check has written"):
        Ledger(path, read_only=True)
    assert path.read_bytes() == b""
    with Ledger(path) as ledger:
        trial(ledger)
    with Ledger(path, read_only=True) as ledger:
        assert len(ledger.rows("SELECT * FROM trials")) == 1


def test_a_ledger_in_a_folder_that_cannot_be_written_is_read_all_the_same(path, monkeypatch):
    with Ledger(path) as ledger:
        trial(ledger)
    monkeypatch.setattr("os.access", lambda *_: False)
    before = sorted(path.parent.iterdir())
    with Ledger(path, read_only=True) as ledger:
        assert len(ledger.rows("SELECT * FROM trials")) == 1
        # Beside a file in use SQLite keeps two others, which it could not make there.
        assert sorted(path.parent.iterdir()) == before


def fill(ledger, one):
    feed(ledger, one, pieces=[evidence(one.target)] * 100)


def test_a_file_that_cannot_grow_keeps_what_it_holds(path):
    with Ledger(path) as ledger:
        one = trial(ledger)
        (pages,) = ledger.rows("PRAGMA page_count")[0]
        ledger.rows(f"PRAGMA max_page_count = {pages}")
        with pytest.raises(UsageError, match="what was measured before is kept"):
            fill(ledger, one)
        stored = len(trial(ledger).blocks)
        ledger.rows(f"PRAGMA max_page_count = {100 * pages}")
        save(ledger, [one])
        assert len(trial(ledger).blocks) == stored + 1


@pytest.fixture
def locked(path, monkeypatch):
    """A second program that holds the ledger for itself."""
    Ledger(path).close()
    monkeypatch.setattr(ledger_module, "PATIENCE_SECONDS", 0.05)
    connection = sqlite3.connect(path, isolation_level=None)
    connection.execute("BEGIN EXCLUSIVE")
    yield connection
    connection.close()


def test_a_locked_ledger_is_called_locked(path, locked):
    assert "locked by another program for 0.05 seconds" in refused(path)


def test_a_lock_that_comes_later_is_called_locked_and_passes(path, monkeypatch):
    monkeypatch.setattr(ledger_module, "PATIENCE_SECONDS", 0.05)
    other = sqlite3.connect(path, isolation_level=None)
    with Ledger(path) as ledger:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(UsageError, match="locked by another program"):
            trial(ledger)
        other.execute("ROLLBACK")
        assert trial(ledger).position == 1
    other.close()


@pytest.mark.parametrize("place", ["missing/ledger.sqlite", "file/ledger.sqlite", "."])
def test_a_place_that_cannot_hold_a_ledger_is_named(tmp_path, place):
    (tmp_path / "file").touch()
    assert "must " in refused(tmp_path / place)
