"""Events that occur more than once in a sample are counted, whatever their number, and kept."""

import subprocess
import sys

import numpy as np
import pytest

from deepcollider.sources import repeated_events
from deepcollider.sources.dark_machines import skim
from deepcollider.sources.repeated_events import EventRegister, hash_columns
from deepcollider.sources.trileptons import skim_nanoaod
from deepcollider.store.event_files import EventReader
from deepcollider.store.rows import RowReader
from tests.sources.nanoaod_files import random_events, write_nanoaod, write_rntuple


def count(tmp_path, batches):
    with EventRegister(tmp_path / "a.h5") as register:
        for batch in batches:
            register.add(np.asarray(batch, "u8"))
        found = register.repeated()
    assert not list(tmp_path.iterdir())
    return found


@pytest.mark.parametrize("buffer", [3, 100, 10**6])
def test_repeats_against_a_plain_count(tmp_path, monkeypatch, buffer):
    monkeypatch.setattr(repeated_events, "BUFFER_EVENTS", buffer)
    rng = np.random.default_rng(1)
    pool = rng.integers(0, 2**64, 700, "u8")
    batches = [rng.choice(pool, n) for n in (1, 0, 500, 37, 800)]
    wanted = sum(map(len, batches)) - len({value for batch in batches for value in batch.tolist()})
    assert wanted > 500
    assert count(tmp_path, batches) == wanted


def test_nothing_repeats_nothing(tmp_path):
    assert count(tmp_path, []) == count(tmp_path, [[]]) == count(tmp_path, [[5]]) == 0


def test_every_bucket_is_counted(tmp_path, monkeypatch):
    monkeypatch.setattr(repeated_events, "BUFFER_EVENTS", 10)
    edges = [value for first in range(256) for value in (first << 56, (first << 56) + 2**56 - 1)]
    assert count(tmp_path, [edges, edges[:100]]) == 100


MANY = f"""
import sys
sys.path[:0] = {sys.path!r}
import numpy as np
from deepcollider.machine import peak_memory_mb
from deepcollider.sources.repeated_events import EventRegister
rng = np.random.default_rng(1)
before = peak_memory_mb()
with EventRegister(sys.argv[1]) as register:
    for _ in range(160):
        register.add(rng.integers(0, 2**64, 100_000, "u8"))
    print(register.repeated(), peak_memory_mb() - before)
"""


def test_memory_does_not_grow_with_the_sample(tmp_path):
    """Of 16 million events, 128 MB of hashes, 40 MB are held at a time at most."""
    command = [sys.executable, "-c", MANY, str(tmp_path / "a.h5")]
    repeated, megabytes = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert repeated == "0" and 8 < float(megabytes) < 40


def test_files_go_with_an_error(tmp_path, monkeypatch):
    monkeypatch.setattr(repeated_events, "BUFFER_EVENTS", 10)
    with pytest.raises(ZeroDivisionError), EventRegister(tmp_path / "a.h5") as register:
        register.add(np.arange(20, dtype="u8"))
        assert len(list(tmp_path.iterdir())) == 1
        1 / 0  # noqa: B018
    assert not list(tmp_path.iterdir())


def test_hash_tells_order_and_value_and_type_of_numbers_apart():
    """Of a million rows that differ in one bit, or in the order of their columns, none share a hash."""
    a, b = np.meshgrid(np.arange(1000), np.arange(1000))
    assert len(np.unique(hash_columns([a.ravel(), b.ravel()]))) == 10**6
    bits = np.uint64(1) << np.arange(64, dtype="u8")
    assert len(np.unique(hash_columns([bits, np.zeros(64, "u8")]))) == 64
    assert len(np.unique(hash_columns([np.r_[1.5, -1.5, 2.5], np.zeros(3, "i4")]))) == 3
    np.testing.assert_array_equal(hash_columns([np.float32([1.5])]), hash_columns([np.float64([1.5])]))
    flipped = hash_columns([bits]) ^ hash_columns([np.zeros(64, "u8")])
    assert 20 < np.bitwise_count(flipped).mean() < 44  # of 64 bits, half change


@pytest.mark.parametrize("write", [write_nanoaod, write_rntuple])
@pytest.mark.parametrize("lumi", [None, 1, 2])
def test_events_of_two_files_that_are_the_same(tmp_path, capsys, write, lumi):
    """Run 1 and numbers 0 to 29, then 20 to 59: ten of them again, unless of another luminosity block."""
    events = random_events(60, 5)
    blocks = [{}, {}] if lumi is None else [{"luminosityBlock": np.full(n, i, "u4")} for n, i in ((30, 1), (40, lumi))]
    sources = [
        write(tmp_path / "a.root", events[:30], **blocks[0]),
        write(tmp_path / "b.root", events[20:], **blocks[1]),
    ]
    counts = skim_nanoaod(sources, tmp_path / "rows.h5", 1, "WZ", step=11, show_progress=False)
    wanted = 0 if lumi == 2 else 10
    with RowReader(tmp_path / "rows.h5") as reader:
        assert reader.attributes["repeated_events"] == wanted
        assert len(reader) == counts["kept"]
    assert counts["read"] == 70
    told = "warning: WZ: 10 of 70 events repeat an earlier one (same run, luminosity block and number); they are kept"
    assert (told in capsys.readouterr().err) == (wanted > 0)


GOOD = "{};ttbar;1;{};0.5;b,120000,80000,0.9,-1.2;j,100000,70000,0.8,2.5;e-,40000,30000,-0.7,0.1"


def test_lines_of_one_content_whatever_their_number(tmp_path, capsys):
    """The last object, MET and weight count; the number and the spelling of the process do not."""
    lines = [GOOD.format(i, 50000 + i) for i in range(100)]
    lines += [GOOD.format(1000 + i, 50000 + i) for i in range(7)]
    lines += [
        lines[5],
        lines[8].replace("ttbar", "TTbar"),
        lines[6].replace(",0.1", ",0.2"),
        lines[7].replace(";1;", ";2;"),
    ]
    path = tmp_path / "a.csv"
    path.write_text("\n".join(lines) + "\n")
    counts = skim(path, tmp_path / "a.h5", tmp_path / "bad.tsv", process="ttbar", show_progress=False)
    assert counts["kept"] == counts["read"] == 111
    with EventReader(tmp_path / "a.h5") as reader:
        assert reader.attributes["repeated_events"] == 9
    told = f"warning: {path}: 9 of 111 events repeat an earlier one (the same but for their number); they are kept"
    assert told in capsys.readouterr().err


def test_file_of_different_events_is_not_warned_of(tmp_path, capsys):
    path = tmp_path / "a.csv"
    path.write_text("\n".join(GOOD.format(1, 50000 + i) for i in range(100)) + "\n")  # of one number, but not the same
    skim(path, tmp_path / "a.h5", tmp_path / "bad.tsv", show_progress=False)
    with EventReader(tmp_path / "a.h5") as reader:
        assert reader.attributes["repeated_events"] == 0
    assert "repeat" not in capsys.readouterr().err
