"""Files that are given twice: one file by several names, and copies of a file.

One file is known by what the file system knows it by, whatever links and spellings lead there; an address by its text,
but for what has no meaning in it (upper and lower case of the host, the usual port). Copies have equal content.
"""

import filecmp
import os
from collections import defaultdict
from collections.abc import Hashable, Iterable, Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

USUAL_PORTS = {"http": 80, "https": 443, "root": 1094, "roots": 1094, "xroot": 1094}

GLANCE_BYTES = 2**20
"""So much of the beginning and of the end is looked at, where reading it all would take too long."""


def is_remote(path: str) -> bool:
    """Whether a path is an address such as http:// or root://."""
    return "://" in str(path)


def local_path(path: str) -> str:
    """The path that an address of this machine (``file://``) means; anything else as it is."""
    parts = urlsplit(path)
    is_local = parts.scheme == "file" and "://" in path and parts.netloc in ("", "localhost")
    return unquote(parts.path) if is_local else path


def identity(path: str) -> Hashable:
    """Return what two paths or addresses share if they lead to one file; for files that are not there, the path."""
    if is_remote(path):
        parts = urlsplit(path)
        scheme = parts.scheme.lower()
        try:
            port = parts.port or USUAL_PORTS.get(scheme)
        except ValueError:  # no number
            return path
        return scheme, parts.hostname, port, parts.path, parts.query
    try:
        found = os.stat(path)
    except OSError:
        return os.path.realpath(path)
    return (found.st_dev, found.st_ino) if found.st_ino else os.path.realpath(path)


def repeats(paths: Iterable[str]) -> dict[str, str]:
    """Paths that lead to the file of an earlier one -> that one; a path that is there twice leads to itself."""
    first: dict[Hashable, str] = {}
    found = {}
    for path in paths:
        known = identity(path)
        if known in first:
            found[path] = first[known]
        first.setdefault(known, path)
    return found


def _same_at_a_glance(one: str, other: str) -> bool:
    """Whether beginning and end of two files of equal size are the same."""
    with open(one, "rb") as first, open(other, "rb") as second:
        for file in (first, second):
            file.seek(0)
        beginnings = [file.read(GLANCE_BYTES) for file in (first, second)]
        for file in (first, second):
            file.seek(max(0, os.fstat(file.fileno()).st_size - GLANCE_BYTES))
        ends = [file.read(GLANCE_BYTES) for file in (first, second)]
    return beginnings[0] == beginnings[1] and ends[0] == ends[1]


def copies(paths: Iterable[str], glance: bool = False) -> Iterator[tuple[str, str]]:
    """Pairs of a path and an earlier one whose file has the same content; only files of equal size are read.

    With a ``glance``, of these only the beginning and the end. Empty files and those elsewhere are no copies.
    """
    by_size: dict[int, list[str]] = defaultdict(list)
    for path in paths:
        if is_remote(path) or not Path(path).is_file() or not (size := os.stat(path).st_size):
            continue
        for earlier in by_size[size]:
            if _same_at_a_glance(path, earlier) and (glance or filecmp.cmp(path, earlier, shallow=False)):
                yield path, earlier
                break
        else:
            by_size[size].append(path)


def shared_files(files: Mapping[str, Iterable[str]]) -> list[str]:
    """Warnings about files that are given to more than one sample; ``files``: paths and addresses by sample.

    What looks like a copy at a glance is told too.
    """
    owners: dict[Hashable, str] = {}
    paths: dict[str, str] = {}
    warnings = []
    for sample, given in files.items():
        for path in dict.fromkeys(given):
            owner = owners.setdefault(identity(path), sample)
            if owner != sample:
                warnings.append(f"{path} is given to both {owner} and {sample}")
            else:
                paths.setdefault(path, sample)
    for path, earlier in copies(paths, glance=True):
        if paths[path] != paths[earlier]:
            warnings.append(
                f"{path} of {paths[path]} looks like a copy of {earlier} of {paths[earlier]} (same size, beginning and "
                "end)"
            )
    return warnings
