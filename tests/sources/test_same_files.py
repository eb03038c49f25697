"""One file by several names, copies of a file, and files that are given to several samples."""

import json
import os
import shutil

import numpy as np
import pytest
import uproot

from deepcollider.config import given_files
from deepcollider.sources.dilepton_branches import BRANCHES, TREE
from deepcollider.sources.dileptons import skim_dileptons
from deepcollider.sources.root_files import RootFileError, expand_each, expand_paths
from deepcollider.sources.same_files import copies, identity, local_path, repeats, shared_files
from deepcollider.sources.trileptons import skim_nanoaod
from deepcollider.store.rows import RowReader
from tests.sources.nanoaod_files import random_events, write_nanoaod

HOW = ["absolute", "dotted", "symlink", "hardlink", "folder-symlink", "file-address", "again"]


def another_name(path, how):
    """Another name of a file."""
    link = path.with_name(f"z-{path.name}")
    if how == "symlink":
        link.symlink_to(path.name)
    if how == "hardlink":
        os.link(path, link)
    if how == "folder-symlink":
        (path.parent / "latest").symlink_to(".")
    return {
        "absolute": str(path.resolve()),
        "dotted": f"{path.parent}/../{path.parent.name}/{path.name}",
        "symlink": str(link),
        "hardlink": str(link),
        "folder-symlink": f"{path.parent}/latest/{path.name}",
        "file-address": path.resolve().as_uri(),
        "again": str(path),
    }[how]


@pytest.mark.parametrize("how", HOW)
def test_one_file_by_two_names_is_read_once_and_said_so(tmp_path, capsys, how):
    path = tmp_path / "a b.root"
    name = write_nanoaod(path, random_events(30, 1))
    given = expand_each([os.path.relpath(name), another_name(path, how)])
    assert len(given) == 2
    counts = skim_nanoaod(given, tmp_path / "rows.h5", 1, show_progress=False)
    assert counts["read"] == 30
    with RowReader(tmp_path / "rows.h5") as reader:
        first, second = reader.attributes["sources"]
    assert (first["path"], first["entries"]) == (given[0], 30)
    assert second == {"path": given[1], "same_as": given[0]}
    assert f"{given[1]}: is the same file as {given[0]}, and is read once" in capsys.readouterr().err


def test_what_two_globs_match_is_read_once_and_said_so(tmp_path, capsys):
    write_nanoaod(tmp_path / "a.root", random_events(30, 1))
    write_nanoaod(tmp_path / "b.root", random_events(20, 2))
    globs = [f"{tmp_path}/*.root", f"{tmp_path}/a*.root"]
    assert expand_paths(globs) == [f"{tmp_path}/a.root", f"{tmp_path}/b.root"]
    assert expand_each(globs) == [*expand_paths(globs), f"{tmp_path}/a.root"]
    assert skim_nanoaod(expand_each(globs), tmp_path / "rows.h5", 1, show_progress=False)["read"] == 50
    assert "a.root: is given more than once, and is read once" in capsys.readouterr().err


def test_copy_of_a_file_is_refused_with_both_names(tmp_path):
    paths = [write_nanoaod(tmp_path / "a.root", random_events(30, 1)), str(tmp_path / "b.root")]
    shutil.copy(*paths)
    with pytest.raises(RootFileError) as error:
        skim_nanoaod(paths, tmp_path / "rows.h5", 1, show_progress=False)
    assert str(error.value).startswith(f"{paths[1]}: has the same content as {paths[0]}, and its events would count")
    assert not (tmp_path / "rows.h5").exists()


def test_copies_of_a_file_without_events_do_no_harm(tmp_path):
    with uproot.recreate(tmp_path / "e1.root") as file:
        file.mktree("Events", {"run": "u4"})
    shutil.copy(tmp_path / "e1.root", tmp_path / "e2.root")
    good = write_nanoaod(tmp_path / "good.root", random_events(30, 1))
    paths = [good, tmp_path / "e1.root", tmp_path / "e2.root"]
    assert skim_nanoaod(paths, tmp_path / "rows.h5", 1, show_progress=False)["read"] == 30


def test_files_of_one_size_and_other_content_are_no_copies(tmp_path):
    for name, content in {"a": b"x" * 5_000_000, "b": b"x" * 4_999_999 + b"y", "c": b"", "d": b""}.items():
        (tmp_path / name).write_bytes(content)
    paths = [str(tmp_path / name) for name in "abcd"]
    assert list(copies([*paths, "http://host/a", str(tmp_path / "absent")])) == []
    shutil.copy(paths[1], tmp_path / "e")
    assert list(copies([*paths, str(tmp_path / "e")])) == [(str(tmp_path / "e"), paths[1])]


def test_difference_in_the_middle_counts_but_at_a_glance(tmp_path):
    for name, byte in {"a": b"x", "b": b"y"}.items():
        (tmp_path / name).write_bytes(bytes(3_000_000) + byte + bytes(3_000_000))
    paths = [str(tmp_path / "a"), str(tmp_path / "b")]
    assert list(copies(paths)) == [] and list(copies(paths, glance=True)) == [(paths[1], paths[0])]


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("http://host/a.root", "http://host/a.root"),
        ("http://host/a.root", "HTTP://HOST:80/a.root"),
        ("root://host//store/a.root", "root://host:1094//store/a.root"),
    ],
)
def test_one_address_by_two_spellings(one, other):
    assert repeats([one, other]) == {other: one}


@pytest.mark.parametrize(
    "other",
    ["http://host/A.root", "https://host/a.root", "http://host:81/a.root", "http://host/a.root?x", "host/a.root"],
)
def test_other_addresses(other):
    assert repeats(["http://host/a.root", other]) == {}


def test_address_that_makes_no_sense_is_left_to_its_reader():
    assert identity("http://host:port/a") == "http://host:port/a"


def test_addresses_of_this_machine_are_paths():
    assert local_path("file:///data/a%20b.root") == local_path("file://localhost/data/a%20b.root") == "/data/a b.root"
    assert local_path("http://host/a%20b") == "http://host/a%20b" and local_path("file:a") == "file:a"


def write_dileptons(path, n, seed):
    rng = np.random.default_rng(seed)
    values = {name: rng.uniform(30, 90, n).astype("f4") if "pt" in name else np.zeros(n, "f4") for name in BRANCHES}
    with uproot.recreate(path) as file:
        file.mktree(TREE, BRANCHES).extend(values)
    return str(path)


def skim_two(folder, *paths):
    outputs = folder / "features.h5", folder / "images.h5", folder / "bad.tsv"
    counts = skim_dileptons(paths, *outputs, sample="s", dataset_id=1, show_progress=False)
    with RowReader(outputs[0]) as reader:
        return counts, reader.attributes


def test_dilepton_file_by_two_names_and_copied(tmp_path):
    path = tmp_path / "a.root"
    name = write_dileptons(path, 20, 1)
    link = another_name(path, "symlink")
    counts, attributes = skim_two(tmp_path, name, link, write_dileptons(tmp_path / "b.root", 10, 2))
    assert counts["read"] == 30 and attributes["repeated_events"] == 0
    assert attributes["same_files"] == {link: name} and attributes["n_sources"] == 2
    shutil.copy(path, tmp_path / "c.root")
    with pytest.raises(RootFileError, match=r"c\.root: has the same content as .*a\.root"):
        skim_two(tmp_path, name, tmp_path / "c.root")


def test_file_of_two_samples_is_warned_of(tmp_path):
    for name, content in {"a.csv": b"1" * 100, "b.csv": b"2" * 100, "c.csv": b"1" * 100}.items():
        (tmp_path / name).write_bytes(content)
    a, b, c = (str(tmp_path / name) for name in ("a.csv", "b.csv", "c.csv"))
    link = another_name(tmp_path / "a.csv", "hardlink")
    assert shared_files({"one": [a, a], "two": [b]}) == []
    assert shared_files({"one": [a], "two": [b, link]}) == [f"{link} is given to both one and two"]
    (warning,) = shared_files({"one": [a], "two": [b, c]})
    assert warning.startswith(f"{c} of two looks like a copy of {a} of one")
    address = "root://host//a"
    assert shared_files({"one": [address], "two": [address]}) == [f"{address} is given to both one and two"]


def test_files_that_a_configuration_gives(tmp_path):
    (tmp_path / "a.root").touch()
    config = {
        "zenodo": {"record": 7},
        "processes": {
            "ttbar": {"source": "zenodo", "file": "x.csv"},
            "ww": {"source": "zenodo", "file": "x.csv", "record": 7},
            "ZZ": {"source": "zenodo"},
            "ZW": {"source": "file", "path": "data"},
            "z_jets": {"source": "pythia", "events": 1},
        },
        "ntuples": {"WZ": {"source": "file", "paths": [f"{tmp_path}/*.root"]}, "DY": {"source": "pythia"}},
    }
    before = json.dumps(config)
    found = given_files(config, {"ZW": "data/ZW.csv"})
    assert found == {
        "processes.ZW": ["data/ZW.csv"],
        "processes.ttbar": ["zenodo://7/x.csv"],
        "processes.ww": ["zenodo://7/x.csv"],
        "ntuples.WZ": [f"{tmp_path}/a.root"],
    }
    assert shared_files(found) == ["zenodo://7/x.csv is given to both processes.ttbar and processes.ww"]
    assert json.dumps(config) == before
