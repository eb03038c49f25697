"""What there is to simulate, download or read: the tables config/processes.tsv and config/ntuples.tsv."""

import csv
import re
from dataclasses import dataclass
from pathlib import Path

from deepcollider.errors import ConfigError

PROCESS_COLUMNS = ["id", "group", "label", "source", "aliases", "min_ht", "contains", "settings"]
NTUPLE_COLUMNS = ["id", "format", "group", "label", "dataset_id", "settings"]

SAMPLE_REPORTS = ("data", "trileptons", "dileptons")
"""Reports on the samples."""


@dataclass(frozen=True)
class Process:
    """One line of processes.tsv: a process of the Dark Machines sample."""

    id: str
    group: str  # SM or BSM
    label: str  # LaTeX
    source: str  # where it can come from: pythia, or zenodo if Pythia has no settings for it
    aliases: tuple[str, ...]  # other names that it bears in published files
    min_ht: float  # GeV; preselection on the scalar sum of the pt of jets and b-jets, 0 for none
    contains: int | None  # PDG id that the event record must contain
    settings: tuple[str, ...]  # of Pythia, empty if there is no built-in process

    @property
    def names(self) -> tuple[str, ...]:
        """The id and the aliases."""
        return (self.id, *self.aliases)

    @property
    def slha(self) -> str | None:
        """The SLHA file that the settings name, relative to the project's root."""
        values = [setting.split("=", 1)[1].strip() for setting in self.settings if setting.startswith("SLHA:file")]
        return values[0] if values else None

    @property
    def masses(self) -> dict[int, float]:
        """PDG id -> mass (GeV) of each new particle whose mass the settings state, over that of the SLHA file."""
        found = (re.fullmatch(r"(\d+):m0\s*=\s*([0-9.]+)", setting) for setting in self.settings)
        return {int(match[1]): float(match[2]) for match in found if match}


@dataclass(frozen=True)
class Ntuple:
    """One line of ntuples.tsv: a sample in ROOT files, of one of the two formats."""

    id: str
    format: str  # nanoaod or dilepton
    group: str  # background or signal
    label: str  # LaTeX
    dataset_id: int  # what tells the samples apart once they are mixed
    settings: tuple[str, ...]  # of Pythia


def table_lines(path: str | Path, columns: list[str], delimiter: str = "\t") -> list[tuple[int, dict[str, str]]]:
    """(line number, entry) of a table with these columns; a line with others is an error that names it.

    Quotes mean something only where commas separate.
    """
    quoting = csv.QUOTE_MINIMAL if delimiter == "," else csv.QUOTE_NONE
    with open(path, encoding="utf-8", newline="") as file:
        lines = list(csv.reader(file, delimiter=delimiter, quoting=quoting))
    header = lines[0] if lines else []
    if header != columns:
        raise ConfigError(f"{path}, line 1: columns {header}, but {columns} are expected")
    for number, line in enumerate(lines[1:], 2):
        if len(line) != len(columns):
            raise ConfigError(f"{path}, line {number}: {len(line)} columns, but {len(columns)} are expected")
    return [(number, dict(zip(columns, line, strict=True))) for number, line in enumerate(lines[1:], 2)]


def _read_table(path: str | Path, columns: list[str], groups: tuple[str, ...]) -> list[tuple[int, dict[str, str]]]:
    """Lines of processes.tsv or ntuples.tsv; a faulty one is an error that names it."""
    entries: list[tuple[int, dict[str, str]]] = []
    for number, entry in table_lines(path, columns):
        if entry["group"] not in groups:
            raise ConfigError(f"{path}, line {number}: group {entry['group']!r}, but {' or '.join(groups)} is expected")
        if any(entry["id"] == other["id"] for _, other in entries):
            raise ConfigError(f"{path}, line {number}: {entry['id']!r} stands there already")
        entries.append((number, entry))
    return entries


def _list_of(text: str) -> tuple[str, ...]:
    """The non-empty entries of a list separated by semicolons."""
    return tuple(entry.strip() for entry in text.split(";") if entry.strip())


def _number(kind, text: str, path: str | Path, line: int, column: str):
    try:
        return kind(text)
    except ValueError:
        raise ConfigError(f"{path}, line {line}: {column} is {text!r}, but a number is expected") from None


def read_processes(path: str | Path) -> dict[str, Process]:
    """processes.tsv by process id."""
    processes = {}
    for line, entry in _read_table(path, PROCESS_COLUMNS, ("SM", "BSM")):
        converted = {
            "aliases": _list_of(entry["aliases"]),
            "settings": _list_of(entry["settings"]),
            "min_ht": _number(float, entry["min_ht"] or "0", path, line, "min_ht"),
            "contains": _number(int, entry["contains"], path, line, "contains") if entry["contains"] else None,
        }
        processes[entry["id"]] = Process(**(entry | converted))
    return processes


def read_ntuples(path: str | Path) -> dict[str, Ntuple]:
    """ntuples.tsv by sample id."""
    ntuples = {}
    for line, entry in _read_table(path, NTUPLE_COLUMNS, ("background", "signal")):
        if entry["format"] not in ("nanoaod", "dilepton"):
            raise ConfigError(f"{path}, line {line}: format {entry['format']!r}, but nanoaod or dilepton is expected")
        converted = {
            "settings": _list_of(entry["settings"]),
            "dataset_id": _number(int, entry["dataset_id"], path, line, "dataset_id"),
        }
        ntuples[entry["id"]] = Ntuple(**(entry | converted))
    return ntuples
