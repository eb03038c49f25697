"""The figures and tables that the source documents published, and which files of ours show the same.

``resources/published_figures.csv`` holds the facts, ``config/published_figures.tsv`` the files: one line a published
figure. Both are read strictly; a fault is an error that names file and line.
"""

import string
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from deepcollider.errors import ConfigError, nearest
from deepcollider.samples import Ntuple, Process, table_lines

FACT_COLUMNS = ["document", "id", "kind", "system", "process", "content"]
MAPPING_COLUMNS = ["document", "id", "system", "process", "files"]
NONE = "-"
"""In place of a system or process: the figure needs none."""

SUFFIXES = (".png", ".csv")
"""What the index can show: pictures and tables."""

Key = tuple[str, str]
"""Document and id of a published figure or table."""


@dataclass(frozen=True)
class PublishedFigure:
    """One line of published_figures.csv, as the document has it."""

    document: str
    id: str
    kind: str
    system: str
    process: str
    content: str


@dataclass(frozen=True)
class Mapped:
    """One line of published_figures.tsv: what must be in a run to show the figure, and the files that show it."""

    systems: tuple[str, ...]  # each must have an experiment, on the process if there is one
    processes: tuple[str, ...]  # ids of processes or n-tuples, or names of groups
    patterns: tuple[str, ...]  # of files, relative to the results


def sample_groups(
    processes: Mapping[str, Process], ntuples: Mapping[str, Ntuple], formats: Mapping[str, str]
) -> dict[str, tuple[str, ...]]:
    """What a line may name as its process -> the samples of which one must be configured.

    Names are the ids themselves, ``SM`` and ``BSM``, and for every family of n-tuples (``formats``: family -> format)
    ``<family>-background`` and ``<family>-signal``.
    """
    groups: dict[str, tuple[str, ...]] = {name: (name,) for name in (*processes, *ntuples)}
    for group in ("SM", "BSM"):
        groups[group] = tuple(name for name, process in processes.items() if process.group == group)
    for family, format in formats.items():
        for group in ("background", "signal"):
            chosen = (name for name, ntuple in ntuples.items() if (ntuple.format, ntuple.group) == (format, group))
            groups[f"{family}-{group}"] = tuple(chosen)
    return groups


def read_published(path: str | Path) -> dict[Key, PublishedFigure]:
    """published_figures.csv by document and id, in the order of the file."""
    published: dict[Key, PublishedFigure] = {}
    for line, entry in table_lines(path, FACT_COLUMNS, delimiter=","):
        figure = PublishedFigure(**entry)
        if (figure.document, figure.id) in published:
            raise ConfigError(f"{path}, line {line}: {figure.document} {figure.id} stands there already")
        published[figure.document, figure.id] = figure
    return published


def read_mapping(
    path: str | Path, published: Collection[Key], groups: Mapping[str, tuple[str, ...]]
) -> dict[Key, Mapped]:
    """published_figures.tsv by document and id: a line for each of ``published`` and for no other.

    ``groups``: see :func:`sample_groups`.
    """
    mapping: dict[Key, Mapped] = {}
    for line, entry in table_lines(path, MAPPING_COLUMNS):
        place, key = f"{path}, line {line}", (entry["document"], entry["id"])
        if key not in published:
            hint = nearest(" ".join(key), (" ".join(known) for known in published))
            raise ConfigError(f"{place}: nothing published is called {' '.join(key)!r}; {hint}")
        if key in mapping:
            raise ConfigError(f"{place}: {' '.join(key)} stands there already")
        mapped = Mapped(
            systems=_listed(entry["system"], ","),
            processes=_listed(entry["process"], ","),
            patterns=_listed(entry["files"], ";"),
        )
        _check(mapped, groups, place)
        mapping[key] = mapped
    for key in published:
        if key not in mapping:
            raise ConfigError(f"{path}: no line for {' '.join(key)}")
    return mapping


def _listed(text: str, separator: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(separator) if each.strip() not in ("", NONE))


def _check(mapped: Mapped, groups: Mapping[str, tuple[str, ...]], place: str) -> None:
    for process in mapped.processes:
        if process not in groups:
            raise ConfigError(f"{place}: unknown process {process!r}; {nearest(process, groups)}")
    if mapped.systems and len(mapped.processes) > 1:
        raise ConfigError(f"{place}: a system with {len(mapped.processes)} processes; give one, or {NONE} for any")
    if not mapped.patterns:
        raise ConfigError(f"{place}: no file")
    for pattern in mapped.patterns:
        _check_pattern(pattern, mapped, groups, place)


def _check_pattern(pattern: str, mapped: Mapped, groups: Mapping[str, tuple[str, ...]], place: str) -> None:
    if pattern.startswith(("/", "results/")) or not pattern.endswith(SUFFIXES):
        raise ConfigError(f"{place}: {pattern!r} must be relative to results and end in {' or '.join(SUFFIXES)}")
    names = set()
    for name, system in placeholders(pattern, place):
        names.add(name)
        if system and (name != "experiment" or system not in mapped.systems):
            raise ConfigError(f"{place}: {system!r} in {pattern!r} is none of the line's systems")
    unknown = sorted(names - {"experiment", "process", "setting"})
    if unknown:
        hint = nearest(unknown[0], ("experiment", "process", "setting"))
        raise ConfigError(f"{place}: unknown placeholder {{{unknown[0]}}} in {pattern!r}; {hint}")
    if "experiment" in names and not mapped.systems:
        raise ConfigError(f"{place}: {{experiment}} in {pattern!r}, but the line names no system")
    if "setting" in names and "experiment" not in names:
        raise ConfigError(f"{place}: {{setting}} without {{experiment}} in {pattern!r}")
    if "process" in names and not (mapped.processes and all(groups[each] == (each,) for each in mapped.processes)):
        raise ConfigError(f"{place}: {{process}} in {pattern!r}, but the line does not name processes by their ids")


def placeholders(pattern: str, place: str) -> Iterable[tuple[str, str]]:
    """(name, system or nothing) of each ``{name}`` or ``{name:system}`` of a pattern."""
    try:
        parsed = list(string.Formatter().parse(pattern))
    except ValueError as error:
        raise ConfigError(f"{place}: {pattern!r}: {error}") from None
    return [(name, system or "") for _, name, system, _ in parsed if name is not None]
