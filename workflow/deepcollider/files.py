"""House plumbing that every room may use: whole-or-nothing writes, full disks told as such, and content hashes.

What is being written has the hidden name ``.<stem>.part-<process><suffix>`` beside its target. The name says which
process of which host writes it (:func:`deepcollider.machine.this_process`), so that what a dead one has left is
removed by the next that writes into the same folder, and what a live one is writing, here or elsewhere, is not.
"""

import errno
import hashlib
import itertools
import json
import os
import re
import shutil
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from deepcollider.machine import has_ended, this_process

DAYS_UNTOUCHED = 7
"""A part is removed after so many days without a write if it cannot be told whether its process has ended."""

SPARE_BYTES = 2**20
"""Bytes that must stay free beside what is to be written: for the tables of contents that a format adds."""

_PART = re.compile(r"\..*\.part-(\d+)(?:,([^,.]*),([^,.]*),([^,.]*),([^,.]*),\d+)?(?:\..*)?", re.DOTALL)
_PART_FIELDS = ("pid", "started", "host", "namespace", "boot")
_MOST_NAME_BYTES = 255

_FULL = (errno.ENOSPC, errno.EDQUOT)
_FULL_TEXT = re.compile(
    rf"errno = (?:{'|'.join(map(str, _FULL))})\b|No space left on device|Disk quota exceeded"
    r"|Not enough free space to write|\d+ requested and \d+ written"
)
"""How HDF5 and numpy say so, without an error number."""

_numbers = itertools.count()


class DiskFullError(OSError):
    """A file cannot be written because disk or quota are full; the message names it, the room and the remedy."""

    def __init__(self, target: str | Path, what: str, folder: Path):
        free = shutil.disk_usage(folder).free
        super().__init__(
            errno.ENOSPC,
            f"{target}: the disk, or your quota on it, is full: {what}, and {_megabytes(free)} are free in {folder}; "
            "make room there, or work in a folder on another disk (--directory), and run again",
        )

    def __str__(self) -> str:
        return self.strerror


def _megabytes(n_bytes: int) -> str:
    return f"{n_bytes / 1e6:.1f} MB"


def check_space(target: str | Path, n_bytes: int) -> None:
    """Raise DiskFullError if the folder of ``target`` has no room for ``n_bytes`` more, and a little to spare.

    For writers that do not survive a full disk: HDF5 reports it late, and may end the process.
    """
    folder = Path(target).parent
    room = shutil.disk_usage(folder)
    if room.total and room.free < n_bytes + SPARE_BYTES:  # some network file systems state no size at all
        raise DiskFullError(target, f"{_megabytes(n_bytes + SPARE_BYTES)} more are needed", folder)


def is_disk_full(error: BaseException | None) -> bool:
    """Whether an error, or one that it came of, says that a disk or a quota is full."""
    while error is not None:
        full = isinstance(error, OSError) and error.errno in _FULL
        if full or (isinstance(error, OSError | RuntimeError) and _FULL_TEXT.search(str(error))):
            return True
        error = error.__cause__ or error.__context__
    return False


@contextmanager
def full_disk_told(target: str | Path, part: Path | None = None) -> Iterator[None]:
    """Turn whatever a full disk makes a writer of ``target`` raise into DiskFullError.

    ``part``: the file that it writes, if that is another.
    """
    try:
        yield
    except DiskFullError:
        raise
    except Exception as error:
        if not is_disk_full(error):
            raise
        written = part or Path(target)
        size = written.stat().st_size if written.is_file() else 0
        folder = next(parent for parent in written.absolute().parents if parent.is_dir())
        raise DiskFullError(target, f"{_megabytes(size)} were written, more are needed", folder) from error


def _part_of(target: Path, suffix: str) -> Path:
    """A name beside ``target`` that no other process or call takes, and that :func:`_writer_of` understands."""
    values = [this_process()[field] for field in _PART_FIELDS]
    # with = in place of %, and without dots and commas: some formats give a % in a name a meaning
    fields = [quote(str(value or ""), safe="").replace(".", "%2E").replace("%", "=") for value in values]
    end = f".part-{','.join(fields)},{next(_numbers)}{suffix}"
    stem = os.fsencode(target.stem)[: _MOST_NAME_BYTES - 1 - len(os.fsencode(end))]
    return target.with_name(f".{stem.decode(errors='ignore')}{end}")


def _writer_of(name: str) -> dict[str, Any] | None:
    """The process in the name of a part; empty where the name has its pid alone, None if it is no part."""
    found = _PART.fullmatch(name)
    if not found:
        return None
    if found[2] is None:
        return {}
    fields = [unquote(value.replace("=", "%")) or None for value in found.groups()]
    return {**dict(zip(_PART_FIELDS, fields, strict=True)), "pid": int(found[1])}


def _last_write(path: Path) -> float:
    """Time of the last write to a file, or to a folder and what is in it."""
    return max(each.lstat().st_mtime for each in [path, *(path.iterdir() if path.is_dir() else ())])


def remove_stale_parts(folder: str | Path) -> None:
    """Remove what processes that have ended left unfinished in a folder, and say so on stderr.

    Where it cannot be told whether a process has ended (another host or container; names of older versions, without
    the host), what it left is removed once it was not written to for DAYS_UNTOUCHED.
    """
    with os.scandir(folder) as entries:
        parts = {entry.path: writer for entry in entries if (writer := _writer_of(entry.name)) is not None}
    for path, writer in parts.items():
        try:
            ended = has_ended(writer)
            if ended is None:
                ended = time.time() - _last_write(Path(path)) > DAYS_UNTOUCHED * 86_400
            if not ended:
                continue
            print(f"removing {path}, left by a process that has ended", file=sys.stderr)
            if os.path.isdir(path) and not os.path.islink(path):
                shutil.rmtree(path)
            else:
                os.unlink(path)
        except FileNotFoundError:
            continue  # another process was faster
        except OSError as error:
            print(f"warning: {path} cannot be removed ({error})", file=sys.stderr)


@contextmanager
def written_whole(path: str | Path, replace: bool = True) -> Iterator[Path]:
    """Give a temporary path to write to; on success it becomes ``path``, on error it is removed.

    The temporary name keeps the suffix of the target, since some writers look at it. What dead processes left in the
    folder is removed first. Without ``replace``, a file that is there already stays: of several writers the first one
    wins. Raises DiskFullError for whatever a full disk makes the writer raise.
    """
    target = Path(path)
    temporary = _part_of(target, target.suffix)
    try:
        with full_disk_told(target, temporary):
            target.parent.mkdir(parents=True, exist_ok=True)
            remove_stale_parts(target.parent)
            yield temporary
            if replace:
                os.replace(temporary, target)
            else:
                with suppress(FileExistsError):
                    os.link(temporary, target)  # unlike a rename, fails if somebody else was faster
    finally:
        temporary.unlink(missing_ok=True)


@contextmanager
def temporary_folder(target: str | Path) -> Iterator[Path]:
    """Give an empty folder beside ``target`` for what is needed to make it; in the end it is removed.

    What dead processes left there is removed first. Raises DiskFullError as :func:`written_whole` does.
    """
    target = Path(target)
    folder = _part_of(target, "")
    try:
        with full_disk_told(target, folder):
            target.parent.mkdir(parents=True, exist_ok=True)
            remove_stale_parts(target.parent)
            folder.mkdir()
            yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def write_json(content: Any, path: str | Path, replace: bool = True) -> None:
    """Write a JSON file, whole or not at all; ``replace`` as in :func:`written_whole`."""
    with written_whole(path, replace) as temporary:
        temporary.write_text(json.dumps(content, indent=1) + "\n", encoding="utf-8")


def sha256_of(path: str | Path) -> str:
    """Hex SHA-256 of a file, read in blocks."""
    with open(path, "rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
