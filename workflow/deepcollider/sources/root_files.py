"""ROOT files of anyone's making: trees read in bounded memory from paths, globs and addresses, and rows written.

No file is trusted: what cannot be read is an error that names the file, what is wrong with it and what to do.
"""

import glob
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

from tqdm import tqdm

from deepcollider.errors import nearest
from deepcollider.files import sha256_of, written_whole
from deepcollider.store.rows import BLOCK_ROWS, RowReader

STEP_ENTRIES = 100_000
"""Entries read at a time: what bounds the memory of a reader, whatever the size of the file."""

NEEDED_FOR = {
    "http": ("aiohttp", "aiohttp"),
    "https": ("aiohttp", "aiohttp"),
    "root": ("fsspec_xrootd", "fsspec-xrootd (the extra 'xrootd' of this project)"),
}
"""Scheme of an address -> module that uproot needs for it, and how the package is called."""


class RootFileError(ValueError):
    """A ROOT file is not what its reader expects; the message names the file, the fault and the remedy."""


def is_remote(path: str) -> bool:
    """Whether a path is an address such as http:// or root://."""
    return "://" in str(path)


def expand_paths(paths: Iterable[str]) -> list[str]:
    """Paths, globs and addresses -> paths and addresses, each once, globs in alphabetical order.

    A glob without a match stays as it is, for the reader to tell.
    """
    found: dict[str, None] = {}
    for path in map(str, paths):
        literal = is_remote(path) or Path(path).exists()
        matches = [path] if literal else sorted(glob.glob(path, recursive=True))
        found.update(dict.fromkeys(matches or [path]))
    return list(found)


def describe_source(path: str, n_entries: int) -> dict[str, Any]:
    """What to note down about a file that was read, told on stderr too; what lies at an address has no checksum."""
    described = {"path": path, "entries": n_entries} | ({} if is_remote(path) else {"sha256": sha256_of(path)})
    print(*(f"{key}: {value}" for key, value in described.items()), sep=", ", file=sys.stderr)
    return described


def _check_reachable(path: str) -> None:
    """Refuse what need not be opened to know that it cannot be read."""
    if not is_remote(path):
        if not Path(path).is_file():
            raise RootFileError(
                f"{path}: no such file, or no file matches; check the path (it is seen from {Path.cwd()})"
            )
        return
    scheme = path.split("://")[0]
    module, package = NEEDED_FOR.get(scheme, (None, None))
    if module and importlib.util.find_spec(module) is None:
        raise RootFileError(
            f"{path}: reading {scheme}:// needs the package {package}; install it, or copy the file here"
        )


def _unreadable(path: str, error: Exception) -> RootFileError:
    remedy = (
        "check the address, and that the server allows byte ranges, or copy the file here and give its path"
        if is_remote(path)
        else "it is empty, truncated, damaged or not a ROOT file; fetch it again, or take it out of the paths"
    )
    what = " ".join(str(error).split())[:300]
    return RootFileError(f"{path}: cannot be read as a ROOT file ({type(error).__name__}: {what}); {remedy}")


def _check_length(file, path: str) -> None:
    """Refuse a local file that is shorter than its header says, even if what is asked for is all there."""
    stated = file.file.fEND
    if not is_remote(path) and Path(path).stat().st_size < stated:
        raise RootFileError(
            f"{path}: truncated: {Path(path).stat().st_size} bytes, but its header says {stated}; fetch it again, or "
            "take it out of the paths"
        )


def _tree_of(file, path: str, name: str):
    import uproot

    known = sorted({key.split(";")[0] for key in file.keys()})  # noqa: SIM118 - a ROOT directory, not a dict
    if name not in known:
        held = ", ".join(known[:10]) or "nothing"
        raise RootFileError(f"{path}: has no tree {name!r} but {held}; is it of another format, or was it not closed?")
    tree = file[name]
    if not isinstance(tree, uproot.TTree):
        raise RootFileError(f"{path}: {name!r} is a {type(tree).__name__}, but a TTree is expected; convert the file")
    return tree


def _check_branches(tree, path: str, branches: Iterable[str]) -> None:
    known = set(tree.keys())
    missing = [name for name in branches if name not in known]
    if missing:
        hints = (
            "; ".join(f"{name} ({nearest(name, known)})" for name in missing) if len(known) < 50 else ", ".join(missing)
        )
        raise RootFileError(
            f"{path}: the tree {tree.name!r} lacks {hints}; take a file of the right format, or add the branches"
        )


def iterate_tree(
    path: str, tree_name: str, branches: Iterable[str], optional: Iterable[str] = (), step: int = STEP_ENTRIES
) -> Iterator[Any]:
    """Yield the entries of a tree in order, at most ``step`` at a time, as awkward records of the ``branches``.

    Those of ``optional`` that the file has are there too. Raises RootFileError for whatever is wrong with the file.
    """
    import uproot

    if step < 1:
        raise ValueError(f"step must be at least 1, not {step}")
    branches, path = list(branches), str(path)
    _check_reachable(path)
    try:
        # as a key, because a colon in a plain text would end the file's name
        with uproot.open({path: None}, array_cache=None, object_cache=None) as file:
            _check_length(file, path)
            tree = _tree_of(file, path, tree_name)
            _check_branches(tree, path, branches)
            wanted = {*branches, *optional}
            chunks = tree.iterate(filter_name=lambda name: name in wanted, step_size=step, library="ak")
            with closing(chunks):
                yield from chunks
    except RootFileError:
        raise
    except Exception as error:  # uproot and the decoders below it raise whatever damaged bytes lead to
        raise _unreadable(path, error) from error


def rows_to_root(source: str | Path, path: str | Path, dataset: str, tree_name: str, show_progress: bool = True) -> int:
    """Write a structured dataset of a row file as a flat tree, one branch a column, in constant memory.

    Returns the number of entries. NaN stays NaN.
    """
    import uproot

    with RowReader(source) as reader, written_whole(path) as temporary, uproot.recreate(temporary) as file:
        dtype = reader.layout[dataset][0]
        tree = file.mktree(tree_name, {name: dtype[name] for name in dtype.names})
        blocks, total = reader.batches(), -(-len(reader) // BLOCK_ROWS)
        for rows in tqdm(blocks, tree_name, total, unit="block", mininterval=2.0, disable=not show_progress):
            tree.extend({name: rows[dataset][name] for name in dtype.names})
        return len(reader)
