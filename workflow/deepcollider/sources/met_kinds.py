"""Kinds of missing transverse momentum in NanoAOD, and which of them is taken.

Versions up to 14 have ``MET``, of particle-flow candidates, and ``PuppiMET`` beside it; from version 15 on it is
``PFMET`` and ``PuppiMET``. A sample needs one kind: the one that is asked for, or the first of MET, PuppiMET and PFMET
that all its files have.
"""

from collections.abc import Iterable

from deepcollider.sources.root_files import RootFileError, branch_names

TREE = "Events"

MET_KINDS = ("MET", "PuppiMET", "PFMET")
"""The kinds of MET in the order in which they are taken: that of our simulation and of most files first."""


def met_branches(kind: str) -> tuple[str, str]:
    """The branches of a kind of MET: its size and its azimuth."""
    return f"{kind}_pt", f"{kind}_phi"


def choose_met(sources: Iterable[str], kind: str | None = None) -> str:
    """The kind of MET that all files of a sample have: ``kind``, or if that is None, the first of MET_KINDS.

    Files without events do not count; if none has events, it is the first that would do. Opens every file. Raises
    RootFileError that names a file without it, or two files that have none in common, with what they have.
    """
    wanted, known = [kind] if kind else list(MET_KINDS), {}
    for source in sources:
        if names := branch_names(source, TREE):
            called = {name.removesuffix("_pt") for name in names if name.endswith("MET_pt")}
            known[source] = {each for each in called if names.issuperset(met_branches(each))}
            if not known[source].intersection(wanted):
                raise _without_met(source, names, known[source], wanted)
    for each in wanted:
        if all(each in kinds for kinds in known.values()):
            return each
    held = {source: ", ".join(sorted(kinds)) for source, kinds in known.items()}
    one, other = _without_common_met(known, wanted)
    raise RootFileError(
        f"{other}: has the MET of another kind than {one}: {held[other]} here, {held[one]} there; one sample needs one "
        "kind. Take files of one version of NanoAOD, or set trileptons.met to a kind that all of them have"
    )


def _without_met(source: str, names: set[str], kinds: set[str], wanted: list[str]) -> RootFileError:
    """The error of a file that has none of the kinds that are wanted, with those that it has."""
    missing = " and ".join(name for name in met_branches(wanted[0]) if name not in names)
    others = f", and those of {' and '.join(wanted[1:])}" if wanted[1:] else ""
    return RootFileError(
        f"{source}: the tree {TREE!r} lacks {missing}{others}; it has {', '.join(sorted(kinds)) or 'no kind of MET'}. "
        "Take other files, or set trileptons.met to the kind that all files of the sample have"
    )


def _without_common_met(known: dict[str, set[str]], wanted: list[str]) -> tuple[str, str]:
    """The first file, and one that lacks the kind that would be taken of it alone."""
    first, *others = known
    kind = next(each for each in wanted if each in known[first])
    return first, next(other for other in others if kind not in known[other])
