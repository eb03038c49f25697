"""ROOT files of anyone's making: trees read in bounded memory from paths, globs and addresses, and rows written.

No file is trusted: what cannot be read is an error that names the file, what is wrong with it and what to do.
"""

import glob
import importlib.util
import sys
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

from tqdm import tqdm

from deepcollider.errors import nearest
from deepcollider.files import sha256_of, written_whole
from deepcollider.sources.same_files import copies, is_remote, local_path, repeats
from deepcollider.store.rows import BLOCK_ROWS, RowReader

STEP_ENTRIES = 100_000
"""Entries read at a time: what bounds the memory of a reader, whatever the size of the file."""

NEEDED_FOR = {
    "http": ("aiohttp", "aiohttp"),
    "https": ("aiohttp", "aiohttp"),
    "root": ("fsspec_xrootd", "fsspec-xrootd (the extra 'xrootd' of this project)"),
}
"""Scheme of an address -> module that uproot needs for it, and how the package is called."""

HOUSEKEEPING = frozenset(("Runs", "LuminosityBlocks", "MetaData", "ParameterSets", "tag"))
"""Names of what a file of CMS holds beside events; one that has no events may hold nothing else."""


class RootFileError(ValueError):
    """A ROOT file is not what its reader expects; the message names the file, the fault and the remedy."""


def expand_each(paths: Iterable[str]) -> list[str]:
    """Paths, globs and addresses -> paths and addresses, globs in alphabetical order, those of ``file://`` as paths.

    What several of them match comes as often. A glob without a match stays as it is, for the reader to tell.
    """
    found: list[str] = []
    for path in map(local_path, map(str, paths)):
        literal = is_remote(path) or Path(path).exists()
        found += [path] if literal else sorted(glob.glob(path, recursive=True)) or [path]
    return found


def expand_paths(paths: Iterable[str]) -> list[str]:
    """Return what :func:`expand_each` gives, each once."""
    return list(dict.fromkeys(expand_each(paths)))


def describe_source(path: str, n_entries: int) -> dict[str, Any]:
    """What to note down about a file that was read, told on stderr too; what lies at an address has no checksum."""
    described = {"path": path, "entries": n_entries} | ({} if is_remote(path) else {"sha256": sha256_of(path)})
    print(*(f"{key}: {value}" for key, value in described.items()), sep=", ", file=sys.stderr)
    return described


def files_once(paths: Iterable[str], tree_name: str) -> dict[str, str]:
    """Paths and addresses of files that are others of them again -> the first of these, told on stderr.

    One file by several names (overlapping globs, links, an address twice) is meant to be read once. A copy of a file
    with entries is an error that names both: whichever of them was not meant, the sample is not what it should be.
    """
    paths = list(paths)
    same = repeats(paths)
    for path, first in same.items():
        what = "is given more than once" if path == first else f"is the same file as {first}"
        print(f"{path}: {what}, and is read once", file=sys.stderr)
    for path, first in copies([path for path in dict.fromkeys(paths) if path not in same]):
        if branch_names(path, tree_name):
            raise RootFileError(
                f"{path}: has the same content as {first}, and its events would count twice; take one of the two out "
                "of the paths"
            )
    return same


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
    """The TTree or RNTuple of a name; None in a file of CMS that has no events and no such tree."""
    import uproot
    from uproot.behaviors.RNTuple import HasFields

    known = sorted({key.split(";")[0] for key in file.keys()})  # noqa: SIM118 - a ROOT directory, not a dict
    if name not in known:
        if known and HOUSEKEEPING.issuperset(known):
            return None
        held = ", ".join(known[:10]) or "nothing"
        raise RootFileError(f"{path}: has no tree {name!r} but {held}; is it of another format, or was it not closed?")
    tree = file[name]
    if not isinstance(tree, uproot.TTree | HasFields):
        raise RootFileError(
            f"{path}: {name!r} is a {type(tree).__name__}, but a TTree is expected, or an RNTuple; convert the file"
        )
    return tree


def _keys_of(tree) -> dict[str, str]:
    """Names of branches as a TTree has them -> where they are: ``Muon_pt`` is ``Muon.pt`` of an RNTuple of records.

    Where an RNTuple has no counter ``nMuon``, it is counted on one of the fields of that collection.
    """
    import uproot

    keys = list(tree.keys())
    if isinstance(tree, uproot.TTree):
        return {key: key for key in keys}
    branches = {key.replace(".", "_", 1): key for key in keys}
    counters = {f"n{name.split('_')[0]}": key for name, key in branches.items() if "_" in name}
    return counters | branches


def _as_branches(chunk, keys: dict[str, str]):
    """The fields of an RNTuple, by the names of branches."""
    import awkward as ak

    columns = {}
    for name, key in keys.items():
        values = chunk[tuple(key.split("."))]
        is_counter = name not in (key, key.replace(".", "_", 1)) and values.ndim > 1
        columns[name] = ak.num(values) if is_counter else values
    return ak.zip(columns, depth_limit=1)


def _check_branches(known: Iterable[str], path: str, tree_name: str, branches: Iterable[str]) -> None:
    known = set(known)
    missing = [name for name in branches if name not in known]
    if missing:
        hints = (
            "; ".join(f"{name} ({nearest(name, known)})" for name in missing) if len(known) < 50 else ", ".join(missing)
        )
        raise RootFileError(
            f"{path}: the tree {tree_name!r} lacks {hints}; take a file of the right format, or add the branches"
        )


@contextmanager
def _opened(path: str, tree_name: str) -> Iterator[Any]:
    """The tree of a file, TTree or RNTuple; None if it has no entry. RootFileError for whatever is wrong with it."""
    import uproot

    _check_reachable(path)
    try:
        # as a key, because a colon in a plain text would end the file's name
        with uproot.open({path: None}, array_cache=None, object_cache=None) as file:
            _check_length(file, path)
            tree = _tree_of(file, path, tree_name)
            yield tree if tree is not None and tree.num_entries else None
    except RootFileError:
        raise
    except Exception as error:  # uproot and the decoders below it raise whatever damaged bytes lead to
        raise _unreadable(path, error) from error


def branch_names(path: str, tree_name: str) -> set[str]:
    """Names of the branches of a tree, those of an RNTuple as a TTree has them; none of a tree without entries."""
    with _opened(str(path), tree_name) as tree:
        return set() if tree is None else set(_keys_of(tree))


def iterate_tree(
    path: str, tree_name: str, branches: Iterable[str], optional: Iterable[str] = (), step: int = STEP_ENTRIES
) -> Iterator[Any]:
    """Yield the entries of a tree in order, at most ``step`` at a time, as awkward records of the ``branches``.

    Those of ``optional`` that the file has are there too. The tree is a TTree or an RNTuple, whose collections of
    records (``Muon.pt``) come as branches (``Muon_pt``, ``nMuon``). Of a tree without entries nothing comes, whatever
    its branches. Raises RootFileError for whatever is wrong with the file.
    """
    import uproot

    if step < 1:
        raise ValueError(f"step must be at least 1, not {step}")
    branches, path = list(branches), str(path)
    with _opened(path, tree_name) as tree:
        if tree is None:
            return
        known = _keys_of(tree)
        _check_branches(known, path, tree_name, branches)
        keys = {name: known[name] for name in dict.fromkeys([*branches, *optional]) if name in known}
        wanted = set(keys.values())
        chunks = tree.iterate(filter_name=lambda name: name in wanted, step_size=step, library="ak")
        with closing(chunks):
            if isinstance(tree, uproot.TTree):
                yield from chunks
            else:
                yield from (_as_branches(chunk, keys) for chunk in chunks)


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
