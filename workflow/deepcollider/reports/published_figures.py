"""The figures and tables that the source documents published, and which files of ours show the same.

``resources/published_figures.csv`` holds the facts, ``config/published_figures.tsv`` the files: one line a published
figure. Both are read strictly; a fault is an error that names file and line.
"""

import string
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from deepcollider.errors import ConfigError, nearest
from deepcollider.samples import Ntuple, Process, table_lines

FACT_COLUMNS = ["document", "id", "kind", "system", "process", "content", "origin"]
MAPPING_COLUMNS = ["document", "id", "system", "process", "settings", "files"]
ORIGINS = ("listed", "added")
"""Origins of a line: the list of the documents' results, or what that left out: schemes and tables of samples."""

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
    origin: str  # one of ORIGINS


Values = Mapping[str, tuple[float, ...]]
"""Hyperparameter -> its published values; their product makes the published settings."""


@dataclass(frozen=True)
class Mapped:
    """One line of published_figures.tsv: what must be in a run to show the figure, and the files that show it."""

    systems: tuple[str, ...]  # each must have an experiment, on the process if there is one
    processes: tuple[str, ...]  # ids of processes or n-tuples, or names of groups
    patterns: tuple[str, ...]  # of files, relative to the results
    settings: Mapping[str, Values] = field(default_factory=dict)  # system -> what the figure shows it at


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
        if figure.origin not in ORIGINS:
            raise ConfigError(f"{path}, line {line}: origin {figure.origin!r}, but {' or '.join(ORIGINS)} is expected")
        published[figure.document, figure.id] = figure
    return published


def read_mapping(
    path: str | Path,
    published: Collection[Key],
    groups: Mapping[str, tuple[str, ...]],
    systems: Mapping[str, Collection[str]],
) -> dict[Key, Mapped]:
    """published_figures.tsv by document and id: a line for each of ``published`` and for no other.

    ``groups``: see :func:`sample_groups`; ``systems``: every generative system with its hyperparameters.
    """
    mapping: dict[Key, Mapped] = {}
    for line, entry in table_lines(path, MAPPING_COLUMNS):
        place, key = f"{path}, line {line}", (entry["document"], entry["id"])
        if key not in published:
            hint = nearest(" ".join(key), (" ".join(known) for known in published))
            raise ConfigError(f"{place}: nothing published is called {' '.join(key)!r}; {hint}")
        if key in mapping:
            raise ConfigError(f"{place}: {' '.join(key)} stands there already")
        of_line = _listed(entry["system"], ",")
        for system in of_line:
            if system not in systems:
                raise ConfigError(f"{place}: unknown system {system!r}; {nearest(system, systems)}")
        mapped = Mapped(
            systems=of_line,
            processes=_listed(entry["process"], ","),
            patterns=_listed(entry["files"], ";"),
            settings=_published_settings(entry["settings"], {name: systems[name] for name in of_line}, place),
        )
        _check(mapped, groups, place)
        mapping[key] = mapped
    for key in published:
        if key not in mapping:
            raise ConfigError(f"{path}: no line for {' '.join(key)}")
    return mapping


def _listed(text: str, separator: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(separator) if each.strip() not in ("", NONE))


def _published_settings(text: str, systems: Mapping[str, Collection[str]], place: str) -> dict[str, dict]:
    """``alpha = 0.1, 0.2; gamma = 10`` -> system -> hyperparameter -> values.

    An entry holds for all systems of the line, or, as ``wgan: clip = 0.01``, for one of them. ``systems``: those of the
    line with their hyperparameters.
    """
    found: dict[str, dict[str, tuple[float, ...]]] = {}
    for entry in _listed(text, ";"):
        system, colon, rest = entry.rpartition(":")
        name, equals, values = (part.strip() for part in rest.partition("="))
        if not (name and equals and values):
            raise ConfigError(f"{place}: {entry!r} in the settings, but 'hyperparameter = value, value' is expected")
        if colon and system.strip() not in systems:
            raise ConfigError(f"{place}: {system.strip()!r} in the settings is none of the line's systems")
        if not systems:
            raise ConfigError(f"{place}: settings, but the line names no system")
        for each in [system.strip()] if colon else systems:
            if name not in systems[each]:
                hint = nearest(name, systems[each])
                raise ConfigError(f"{place}: {each} has no hyperparameter {name!r}; {hint}")
            if name in found.setdefault(each, {}):
                raise ConfigError(f"{place}: {name} of {each} stands twice in the settings")
            found[each][name] = tuple(_value(value, place) for value in values.split(","))
    return found


def _value(text: str, place: str) -> float:
    """A whole number stays one, as the names of settings have it."""
    try:
        return int(text) if text.strip().isdecimal() else float(text)
    except ValueError:
        raise ConfigError(f"{place}: {text.strip()!r} in the settings, but a number is expected") from None


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
