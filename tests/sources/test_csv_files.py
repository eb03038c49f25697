"""Which CSV holds a process: the published list of names; folders; receipts."""

import random
from pathlib import Path

import pytest

from deepcollider.samples import read_processes
from deepcollider.sources.csv_files import (
    Receipt,
    SourceError,
    csv_in,
    largest_file,
    names_in,
    owner_of,
    read_receipt,
)
from deepcollider.sources.dark_machines import TooManyBadLines, skim

PROCESSES = read_processes(Path(__file__).parents[2] / "config/processes.tsv")
ALL_NAMES = [name for process in PROCESSES.values() for name in process.names]

# the names of the files, and which of them are in lower case, as public loaders of the record write them
PUBLISHED = {
    process.id: {"ZW": "zw", "ZZ": "zz"}.get(process.id, process.id).replace("Zp_", "Zp_technicol_") + "_10fb.csv"
    for process in PROCESSES.values()
}


def test_every_published_file_has_its_process():
    assert len(PUBLISHED) == 42
    sizes = dict.fromkeys(PUBLISHED.values(), 100)
    for process in PROCESSES.values():
        assert largest_file(sizes, process.names, ALL_NAMES, "here") == PUBLISHED[process.id]


@pytest.mark.parametrize("suffix", [".csv", ".csv.gz", "-20000.csv", ".v2.CSV", "_20000evts.csv.gz"])
def test_every_form_of_name_has_its_process(suffix):
    for process in PROCESSES.values():
        for name in process.names:
            for spelled in (name, name.upper()):
                assert owner_of(spelled + suffix, ALL_NAMES) in process.names


@pytest.mark.parametrize(
    ("file", "owner"),
    [
        ("ttbar_10fb.csv", "ttbar"),
        ("ttbarHiggs_10fb.csv", "ttbarHiggs"),
        ("ttbarX_10fb.csv", None),
        ("single_topbar_10fb.csv", "single_topbar"),
        ("ttbar_10fb.txt", None),
        ("ttbar_10fb.csv.partial", None),
        ("my_ttbar.csv", None),
        ("Zp_technicol_01_10fb.csv", "Zp_technicol_01"),
        ("Zp_06_10fb.csv", None),
    ],
)
def test_owner(file, owner):
    assert owner_of(file, ALL_NAMES) == owner


def test_the_longest_name_owns_a_file():
    names = ["stop", "stop_02", "stop_02_b"]
    files = ["stop_1.csv", "stop_02.csv", "stop_02_b.csv", "stop_02_c.csv"]
    assert [owner_of(file, names) for file in files] == ["stop", "stop_02", "stop_02_b", "stop_02"]
    sizes = dict(zip(files, (1, 2, 4, 3), strict=True))
    assert largest_file(sizes, ("stop",), names, "here") == "stop_1.csv"
    assert largest_file(sizes, ("stop_02",), names, "here") == "stop_02_c.csv"


def test_the_largest_of_several_files():
    """Where 10 fb^-1 are fewer than 20 000 events, the second file has more."""
    files = [("4top_10fb.csv", 30_000), ("4top_20000.csv", 6_000_000), ("ttbarWW.csv", 9_000_000), ("4top.csv", 5)]
    for seed in range(5):
        random.Random(seed).shuffle(files)
        assert largest_file(dict(files), ("4top",), ALL_NAMES, "here") == "4top_20000.csv"


def test_no_file_is_an_error_that_lists_what_there_is():
    sizes = {"ttbarHiggs_10fb.csv": 1, "README.md": 2}
    with pytest.raises(SourceError, match=r"^record 7: has no file for Zp_01: .*Zp_01 or Zp_technicol_01") as error:
        largest_file(sizes, PROCESSES["Zp_01"].names, ALL_NAMES, "record 7:")
    assert str(error.value).endswith("there is ttbarHiggs_10fb.csv")
    with pytest.raises(SourceError, match="no CSV at all"):
        largest_file({"README.md": 2}, ("ttbar",), ALL_NAMES, "record 7:")


def test_users_folder_or_file(tmp_path):
    for name, size in {"ttbar_a.csv": 10, "ttbar_b.csv.gz": 20, "ttbarZ.csv": 30, "ttbar.csv.partial": 40}.items():
        (tmp_path / name).write_bytes(b"x" * size)
    (tmp_path / "ttbar_folder.csv").mkdir()
    assert csv_in(str(tmp_path), ("ttbar",), ALL_NAMES) == str(tmp_path / "ttbar_b.csv.gz")
    assert csv_in("not/there.csv", ("ttbar",), ALL_NAMES) == "not/there.csv"  # Snakemake says that it is missing
    with pytest.raises(SourceError, match=r"has no file for stop_02: .*ttbarZ\.csv, ttbar_a\.csv, ttbar_b\.csv\.gz"):
        csv_in(str(tmp_path), ("stop_02",), ALL_NAMES)
    with pytest.raises(SourceError, match=r"neither a folder that exists nor a \.csv"):
        csv_in(str(tmp_path / "nowhere"), ("ttbar",), ALL_NAMES)


def test_receipt_of_a_file_that_is_there(tmp_path):
    data = tmp_path / "a.csv"
    data.write_bytes(b"abc")
    receipt = Receipt("ttbar", 7, "10.5281/zenodo.7", "a.csv", str(data), 3, "m", "s", "http://x", True)
    receipt.write(tmp_path / "a.json")
    assert read_receipt(tmp_path / "a.json") == receipt
    assert receipt.attributes["doi"] == "10.5281/zenodo.7" and receipt.attributes["record"] == 7
    data.write_bytes(b"abcd")
    with pytest.raises(SourceError, match=r"a\.csv: has 4 bytes, but had 3 when acquired; delete .*a\.json"):
        read_receipt(tmp_path / "a.json")
    data.unlink()
    with pytest.raises(SourceError, match=r"a\.csv: the file of ttbar has gone; delete .*a\.json"):
        read_receipt(tmp_path / "a.json")


def test_other_process_names_are_told_from_the_quarantine_of_a_skim(tmp_path):
    lines = [f"{i};{name};1;50000;0.5;j,100000,70000,0.8,2.5" for i, name in enumerate(["tttt", "4TOP", "tttt"])]
    (tmp_path / "a.csv").write_text("\n".join([*lines, "3;4top;1;x", "garbage"]) + "\n")
    with pytest.raises(TooManyBadLines):
        skim(tmp_path / "a.csv", tmp_path / "a.h5", tmp_path / "q.tsv", process="4top", show_progress=False)
    assert names_in(tmp_path / "q.tsv") == ["tttt"]


def test_other_process_names_are_told_from_the_quarantine(tmp_path):
    quarantine = tmp_path / "q.tsv"
    unexpected = "process is not the expected one (4top)"
    rows = [
        "line\treason\ttext",
        f"1\t{unexpected}\t1;tttt;1;2;3",
        "2\tpt is not a number\t2;other;1;2;3;j,x",
        f"3\t{unexpected}\t3;tttt;1;2;3",
        f"4\t{unexpected}\t4; ttH ;1;2;3\twith a tab",
    ]
    quarantine.write_text("\n".join(rows) + "\n")
    assert names_in(quarantine) == ["tttt", "ttH"]
