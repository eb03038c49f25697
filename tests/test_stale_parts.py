"""What killed writers leave is removed by the next one, what others are writing is not, and a full disk is told."""

import errno
import os
import pickle
import socket
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
import uproot
from matplotlib.figure import Figure

from deepcollider import files
from deepcollider.files import (
    DAYS_UNTOUCHED,
    DiskFullError,
    full_disk_told,
    is_disk_full,
    temporary_folder,
    write_json,
    written_whole,
)
from deepcollider.machine import this_process
from deepcollider.store.rows import RowWriter
from deepcollider.store.shuffle import mix

WRITER = f"""
import os, sys
sys.path[:0] = {sys.path!r}
from deepcollider.files import temporary_folder, written_whole
with written_whole(sys.argv[1]) as path, temporary_folder(sys.argv[1]) as folder:
    path.write_text("half")
    (folder / "0.rows").write_text("half")
    print(path, folder, flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def writer(tmp_path):
    """A process in the middle of writing results/a.h5, and the file and the folder that it has made so far."""
    command = [sys.executable, "-c", WRITER, str(tmp_path / "results/a.h5")]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        parts = [Path(part) for part in process.stdout.readline().split()]
        yield process, parts
        process.kill()


def left_by(folder, monkeypatch, **changed):
    """A part as a process leaves it that differs from this one in the ``changed`` fields of its description."""
    with monkeypatch.context() as patch:
        patch.setattr(files, "this_process", lambda: {**this_process(), **changed})
        path = files._part_of(folder / "a.h5", ".h5")
    path.write_text("half")
    return path


def untouched(path, days):
    os.utime(path, (time.time() - days * 86_400,) * 2)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_name_tells_host_and_process(writer):
    process, parts = writer
    for part in parts:
        assert part.name.startswith(f".a.part-{process.pid},") and f",{socket.gethostname()}," in part.name
    assert parts[0].suffix == ".h5"


@pytest.mark.parametrize("target", ["a.h5", "another.csv"])
@pytest.mark.parametrize("make", [written_whole, temporary_folder])
def test_parts_of_a_killed_writer_are_removed_by_the_next_in_the_folder(writer, capsys, target, make):
    process, parts = writer
    folder = parts[0].parent
    with make(folder / target) as path:
        assert all(part.exists() for part in parts)  # its writer is alive
        if make is written_whole:
            path.touch()
    process.kill()
    process.wait()
    with make(folder / target) as path:
        path.exists() or path.touch()
        assert set(names(folder)) <= {path.name, target}
    told = capsys.readouterr().err
    assert all(f"removing {part}, left by a process that has ended" in told for part in parts)


def test_writer_that_is_alive_is_not_disturbed(writer):
    process, parts = writer
    write_json("other", parts[0].with_name("a.h5"))
    process.communicate("")
    assert process.returncode == 0
    assert names(parts[0].parent) == ["a.h5"]
    assert parts[0].with_name("a.h5").read_text() == "half"


def test_recycled_pid_and_new_boot_keep_nothing(tmp_path, monkeypatch):
    left_by(tmp_path, monkeypatch, started="1")
    left_by(tmp_path, monkeypatch, boot="an earlier one")
    left_by(tmp_path, monkeypatch, pid=2**22 + 1)
    write_json(1, tmp_path / "b.json")
    assert names(tmp_path) == ["b.json"]


@pytest.mark.parametrize("changed", [{"host": "node-7.cluster"}, {"namespace": "pid:[1]"}, {"boot": None}])
def test_what_others_may_be_writing_stays_until_nobody_has_for_long(tmp_path, monkeypatch, changed):
    part = left_by(tmp_path, monkeypatch, **changed)
    folder = part.with_name(part.name.replace(",0,", ",").removesuffix(".h5"))
    folder.mkdir()
    (folder / "0.rows").touch()
    for each in (part, folder):
        untouched(each, DAYS_UNTOUCHED + 1)
    part.write_text("more")
    write_json(1, tmp_path / "b.json")
    assert names(tmp_path) == sorted([part.name, folder.name, "b.json"])
    for each in (part, folder, folder / "0.rows"):
        untouched(each, DAYS_UNTOUCHED + 1)
    write_json(1, tmp_path / "b.json")
    assert names(tmp_path) == ["b.json"]


def test_names_of_older_versions_go_with_time(tmp_path):
    part = tmp_path / ".a.part-123.h5"
    part.touch()
    write_json(1, tmp_path / "b.json")
    assert part.exists()
    untouched(part, DAYS_UNTOUCHED + 1)
    write_json(1, tmp_path / "b.json")
    assert not part.exists()


def test_files_of_the_user_stay(tmp_path):
    mine = [".a.h5", "a.part-123.h5", ".a.part-x.h5", ".partial", ".a.part-1,2.h5", ".a.part-12b"]
    for name in mine:
        (tmp_path / name).touch()
        untouched(tmp_path / name, 1000)
    write_json(1, tmp_path / "b.json")
    assert names(tmp_path) == sorted([*mine, "b.json"])


def test_part_that_cannot_be_removed_is_told_and_stops_nothing(tmp_path, monkeypatch, capsys):
    part = left_by(tmp_path, monkeypatch, started="1")

    def refuse(path):
        raise PermissionError(errno.EACCES, "not yours", str(path))

    monkeypatch.setattr(files.os, "unlink", refuse)
    files.remove_stale_parts(tmp_path)
    assert f"warning: {part} cannot be removed" in capsys.readouterr().err


# Full disks


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.ENOSPC, "x"),
        OSError(errno.EDQUOT, "x"),
        RuntimeError("Can't flush (file write failed: time = now, errno = 28, error message = 'x', buf = 0x5)"),
        OSError("Not enough free space to write 80000000 bytes after offset 0"),
        OSError("3000 requested and 12 written"),
    ],
)
@pytest.mark.parametrize("wrapped", [False, True])
def test_full_disk_is_told_with_file_room_and_remedy(tmp_path, error, wrapped):
    target = tmp_path / "a.csv"
    with pytest.raises(DiskFullError) as told, written_whole(target) as path:
        path.write_bytes(bytes(2_500_000))
        if wrapped:
            raise ValueError("cannot be written") from error
        raise error
    assert not list(tmp_path.iterdir())
    text = str(told.value)
    assert text.startswith(f"{target}: the disk, or your quota on it, is full: 2.5 MB were written")
    assert f"are free in {tmp_path}; make room there, or" in text
    assert told.value.errno == errno.ENOSPC


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "x"), ValueError("errno = 28"), RuntimeError("errno = 285")])
def test_other_errors_are_what_they_were(tmp_path, error):
    with pytest.raises(type(error)) as told, written_whole(tmp_path / "a"), full_disk_told(tmp_path / "b"):
        raise error
    assert told.value is error
    assert not is_disk_full(None)


@pytest.fixture
def small_disk(tmp_path):
    """A folder on a disk of 8 MB; skipped where none can be made."""
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=8m", "tmpfs", str(folder)]
    try:
        made = subprocess.run(command, capture_output=True, timeout=20).returncode == 0
    except OSError:
        made = False
    if not made:
        pytest.skip("only root can make a small disk here")
    yield folder
    subprocess.run(["umount", "--lazy", str(folder)], check=True)


def in_a_process_of_its_own(*arguments):
    """Run code that HDF5 might end; the completed process."""
    code = f"import sys; sys.path[:0] = {sys.path!r}\n{ROWS}"
    return subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True, text=True)


ROWS = """
import numpy as np
from deepcollider.store.rows import RowWriter
rng = np.random.default_rng(1)
with RowWriter(sys.argv[1], {"events": (np.dtype("f8"), ())}) as writer:
    for _ in range(int(sys.argv[2])):
        writer.append(events=rng.random(50_000))
"""


def test_row_file_that_fills_the_disk_leaves_nothing(small_disk):
    """2 MB are written and 40 MB are not, in a process that ends by itself and with the reason."""
    assert in_a_process_of_its_own(small_disk / "results/a.h5", 5).returncode == 0
    assert names(small_disk / "results") == ["a.h5"]
    done = in_a_process_of_its_own(small_disk / "results/b.h5", 100)
    assert done.returncode == 1  # -11 where HDF5 ended it
    assert f"DiskFullError: {small_disk}/results/b.h5: the disk, or your quota on it, is full" in done.stderr
    assert "1.4 MB more are needed" in done.stderr
    assert names(small_disk / "results") == ["a.h5"]


def test_full_disk_from_the_start(small_disk):
    (small_disk / "ballast").write_bytes(bytes(7_900_000))
    done = in_a_process_of_its_own(small_disk / "b.h5", 0)
    assert done.returncode == 1 and "DiskFullError" in done.stderr
    assert names(small_disk) == ["ballast"]


def test_text_that_fills_the_disk_leaves_nothing(small_disk):
    with pytest.raises(DiskFullError, match=r"a\.csv: the disk"), written_whole(small_disk / "a.csv") as path:
        path.write_text("x" * 10_000_000, encoding="utf-8")
    assert names(small_disk) == []


def write_root(path):
    with uproot.recreate(path) as file:
        tree = file.mktree("t", {"x": "f8"})
        for first in range(0, len(NUMBERS), 20_000):
            tree.extend({"x": NUMBERS[first : first + 20_000]})


def write_png(path):
    figure = Figure(figsize=(8, 8))
    figure.subplots().imshow(NUMBERS.reshape(400, -1), interpolation="nearest")
    figure.savefig(path, dpi=100)


NUMBERS = np.random.default_rng(1).random(160_000)
WRITERS = {
    ".root": write_root,
    ".csv": lambda path: pd.DataFrame({"x": NUMBERS}).to_csv(path),
    ".parquet": lambda path: pd.DataFrame({"x": NUMBERS}).to_parquet(path),
    ".rows": NUMBERS.tofile,
    ".pickle": lambda path: path.write_bytes(pickle.dumps(NUMBERS)),
    ".png": write_png,
}


@pytest.mark.parametrize("suffix", WRITERS)
def test_every_writer_that_fills_the_disk_is_told_as_such(small_disk, suffix):
    (small_disk / "ballast").write_bytes(bytes(8_300_000))
    told = rf"a\{suffix}: the disk, or your quota on it, is full: 0\.\d MB were written"
    with pytest.raises(DiskFullError, match=told), written_whole(small_disk / f"a{suffix}") as path:
        WRITERS[suffix](path)
    assert names(small_disk) == ["ballast"]


def test_shuffle_says_at_once_that_there_is_no_room(small_disk, tmp_path):
    with RowWriter(tmp_path / "a.h5", {"events": (np.dtype("f8"), ())}) as writer:
        writer.append(events=np.zeros(2_000_000))
    with pytest.raises(DiskFullError, match=r"b\.h5: the disk.* 17\.0 MB more are needed"):
        mix([tmp_path / "a.h5"], small_disk / "b.h5", seed=1, show_progress=False)
    assert names(small_disk) == []
