import os

import pytest

from verify.writing import in_one_step


def test_files_take_their_places_together_and_leave_no_part(tmp_path):
    targets = [tmp_path / "one", tmp_path / "other"]
    targets[0].write_text("old")
    with in_one_step(*targets) as parts:
        for part in parts:
            part.write_text("new")
        assert targets[0].read_text() == "old"
    assert [target.read_text() for target in targets] == ["new", "new"]
    assert sorted(tmp_path.iterdir()) == targets


def full(part):
    part.write_text("new")
    raise OSError("disk full")


def test_what_is_not_written_to_its_end_changes_nothing(tmp_path):
    target = tmp_path / "one"
    target.write_text("old")
    with pytest.raises(OSError, match="full"), in_one_step(target) as (part,):
        full(part)
    assert target.read_text() == "old"
    assert list(tmp_path.iterdir()) == [target]


def test_a_link_is_followed(tmp_path):
    target, link = tmp_path / "one", tmp_path / "link"
    target.write_text("old")
    link.symlink_to(target)
    with in_one_step(link) as (part,):
        part.write_text("new")
    assert link.is_symlink()
    assert target.read_text() == "new"


def test_what_is_no_regular_file_is_not_replaced(tmp_path):
    pipe, link = tmp_path / "pipe", tmp_path / "link"
    os.mkfifo(pipe)
    link.symlink_to(os.devnull)
    for target in (pipe, link, tmp_path):
        with pytest.raises(FileExistsError, match="no regular file"), in_one_step(target):
            pass
    assert pipe.is_fifo()
    assert sorted(tmp_path.iterdir()) == sorted([pipe, link])
