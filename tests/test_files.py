"""Whole-or-nothing writes, and content hashes."""

import gzip
from contextlib import nullcontext

import pytest

from deepcollider.files import sha256_of, temporary_folder, write_json, written_whole


def test_appears_only_at_the_end(tmp_path):
    target = tmp_path / "new" / "a.csv"
    with written_whole(target) as path:
        assert path.parent == target.parent  # same file system, so that it can be moved at once
        assert path.suffix == ".csv"
        path.write_text("whole")
        assert not target.exists()
    assert target.read_text() == "whole"
    assert list(target.parent.iterdir()) == [target]


@pytest.mark.parametrize("older", [None, "older"])
@pytest.mark.parametrize("written", [None, "half"])
def test_nothing_is_left_on_error(tmp_path, older, written):
    target = tmp_path / "a.csv"
    if older:
        target.write_text(older)
    with pytest.raises(ZeroDivisionError), written_whole(target) as path:
        if written:
            path.write_text(written)
        raise ZeroDivisionError
    assert [(file.name, file.read_text()) for file in tmp_path.iterdir()] == ([("a.csv", older)] if older else [])


def test_replaced_at_once(tmp_path):
    target = tmp_path / "a.csv"
    target.write_text("older")
    with open(target, encoding="utf-8") as reader:
        with written_whole(target) as path:
            path.write_text("newer")
            assert target.read_text() == "older"
        assert reader.read() == "older"  # a reader keeps the file that it opened: it was not written over
    assert target.read_text() == "newer"


def test_writer_that_writes_nothing_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError), written_whole(tmp_path / "a.csv"):
        pass
    assert not list(tmp_path.iterdir())


def test_suffix_is_kept_for_writers_that_look_at_it(tmp_path):
    with written_whole(str(tmp_path / "a.csv.gz")) as path, gzip.open(path, "wt") as file:
        file.write("x")
    assert gzip.decompress((tmp_path / "a.csv.gz").read_bytes()) == b"x"


def test_first_of_several_writers_wins_where_so_wanted(tmp_path):
    target = tmp_path / "a.json"
    with written_whole(target, replace=False) as path:
        path.write_text("slower")
        write_json("faster", target, replace=False)
    write_json("late", target, replace=False)
    assert target.read_text() == '"faster"\n'
    assert list(tmp_path.iterdir()) == [target]


def test_writers_within_one_process_do_not_share_a_file(tmp_path):
    with written_whole(tmp_path / "a.csv") as first, written_whole(tmp_path / "a.csv") as second:
        assert first != second
        first.touch()
        second.touch()


@pytest.mark.parametrize("fails", [False, True])
def test_temporary_folder_goes_with_what_is_in_it(tmp_path, fails):
    with (
        pytest.raises(ZeroDivisionError) if fails else nullcontext(),
        temporary_folder(tmp_path / "new/a.h5") as folder,
    ):
        assert folder.parent == tmp_path / "new" and not list(folder.iterdir())
        (folder / "0.rows").write_text("x")
        if fails:
            raise ZeroDivisionError
    assert not list((tmp_path / "new").iterdir())


@pytest.mark.parametrize("name", ["a" * 250 + ".csv", "ü" * 120 + ".csv"])
def test_longest_names_can_be_written(tmp_path, name):
    with written_whole(tmp_path / name) as path:
        path.write_text("x")
        assert path.suffix == ".csv"
    assert [file.name for file in tmp_path.iterdir()] == [name]


@pytest.mark.parametrize(
    ("content", "digest"),
    [  # FIPS 180-2, appendix B, and the empty message
        (b"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"),
        (b"a" * 1_000_000, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"),
        (b"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"),
    ],
)
def test_sha256_of_known_messages(tmp_path, content, digest):
    (tmp_path / "a").write_bytes(content)
    assert sha256_of(tmp_path / "a") == digest
