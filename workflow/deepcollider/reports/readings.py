"""Readings: what the source documents leave open, what is taken here, and by which option the other can be had.

``resources/readings.tsv`` has them all, one line each; reports show those of their system. A line applies to systems
(or reports on samples) by name; ``*`` stands for any part of a name.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from deepcollider.errors import ConfigError, nearest
from deepcollider.samples import table_lines

COLUMNS = ["of", "subject", "document", "taken", "options", "other", "measured"]
NONE = "-"
"""In place of options, of another reading and of what was measured: there is none."""


@dataclass(frozen=True)
class Reading:
    """One line of readings.tsv."""

    of: tuple[str, ...]  # patterns of systems, or of reports on samples
    subject: str
    document: str  # what the documents say of it, and what not
    taken: str  # what is done here
    options: tuple[str, ...]  # hyperparameters, or keys of the configuration with dots, that choose
    other: str  # what choosing otherwise does
    measured: str  # what the choice does to the results, if that was measured

    def applies_to(self, name: str) -> bool:
        """Whether it is a reading of a system, or of a report on samples."""
        return any(fnmatchcase(name, pattern) for pattern in self.of)


def read_readings(path: str | Path, names: Collection[str] | None = None) -> list[Reading]:
    """Read readings.tsv in its order; a line that lacks a text, or applies to none of ``names``, is an error.

    ``names`` are those of all systems and reports on samples. A report does not know them, so that a new system
    makes no report anew; then any name will do.
    """
    readings: list[Reading] = []
    for line, entry in table_lines(path, COLUMNS):
        place, patterns = f"{path}, line {line}", _list_of(entry["of"])
        for pattern in patterns:
            if names is not None and not any(fnmatchcase(name, pattern) for name in names):
                raise ConfigError(f"{place}: nothing is called {pattern!r}; {nearest(pattern, names)}")
        for column in COLUMNS:
            if not entry[column].strip():
                raise ConfigError(f"{place}: no {column}; write {NONE!r} if there is none")
        reading = Reading(**{**entry, "of": patterns, "options": _list_of(entry["options"])})
        if any(reading.subject == other.subject and set(reading.of) & set(other.of) for other in readings):
            raise ConfigError(f"{place}: {reading.subject!r} of {entry['of']} stands there already")
        readings.append(reading)
    return readings


def _list_of(text: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in text.split(",")) if text != NONE else ()


def _spelt(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _options(reading: Reading, chosen: Mapping[str, Sequence[Any]]) -> str:
    """The options of a reading, with what an experiment has for each that is among ``chosen``."""
    texts = [
        f"`{name}`" + (f" (here {', '.join(_spelt(value) for value in chosen[name])})" if name in chosen else "")
        for name in reading.options
    ]
    other = "" if reading.other == NONE else f": {reading.other}"
    return f"Option {', '.join(texts)}{other}." if texts else (f"{reading.other}." if other else "")


def sentences(readings: Sequence[Reading], name: str, chosen: Mapping[str, Sequence[Any]]) -> list[str]:
    """The readings of a system or of a report on samples, in words.

    ``chosen``: hyperparameter -> its values in the settings of the experiment.
    """
    found = []
    for reading in readings:
        if reading.applies_to(name):
            measured = "" if reading.measured == NONE else f"Measured: {reading.measured}."
            taken = f"{'By default' if reading.options else 'Taken'}: {reading.taken}."
            texts = [f"{reading.document}.", taken, _options(reading, chosen), measured]
            found.append(f"**{reading.subject}.** " + " ".join(filter(None, texts)))
    return found


def values_of(settings: Sequence[Mapping[str, Any]]) -> dict[str, list[Any]]:
    """Hyperparameter -> the different values that it has in settings (all hyperparameters of each), in their order."""
    return {key: list(dict.fromkeys(setting[key] for setting in settings)) for key in (settings[0] if settings else ())}
