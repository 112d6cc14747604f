"""What `make tables` keeps: whole rows, gone on with where it stopped."""

import pytest

from numerics.weight_paths.trained import record


@pytest.fixture
def few(monkeypatch):
    monkeypatch.setattr(record, "MODELS", ("C10k-B11c", "C10k-B13t"))
    return {4: 3, 8: 2}


def test_a_run_that_was_stopped_goes_on_where_it_was(tmp_path, few, capsys):
    whole, stopped = tmp_path / "whole.csv", tmp_path / "stopped.csv"
    record.record(whole, few)
    text = whole.read_text()
    assert text.startswith("# make tables, Touchstone ")
    assert len(text.splitlines()) == 2 + 2 * (3 + 2)
    # In the middle of a row, of the second model's third network.
    stopped.write_text(text[: text.index("C10k-B13t,4,2") + 20])
    capsys.readouterr()
    record.record(stopped, few)
    assert stopped.read_text() == text
    told = capsys.readouterr().err
    assert told.count("layers;") == 3
    record.record(stopped, few)
    assert not capsys.readouterr().err


def test_a_file_of_other_settings_is_left_alone(tmp_path, few, monkeypatch):
    file = tmp_path / "file.csv"
    record.record(file, few)
    text = file.read_text()
    monkeypatch.setattr(record, "SEED", 1)
    with pytest.raises(ValueError, match="remove the file to measure all of it anew"):
        record.record(file, {4: 4})
    assert file.read_text() == text


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("a,b\n1,2\n", "must begin with model,depth,network,variation"),
        ("model,depth,network,variation\nC10k-B11c,4,1,0.5\n", "network 1 is out of turn"),
    ],
)
def test_a_file_of_something_else_is_left_alone(tmp_path, few, text, complaint):
    file = tmp_path / "file.csv"
    file.write_text(text)
    with pytest.raises(ValueError, match=complaint):
        record.record(file, few)
    assert file.read_text() == text
