"""Which CSV holds a process's events, in a Zenodo record or a folder; and the receipt of one that was acquired."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from deepcollider.errors import nearest
from deepcollider.files import write_json

SUFFIXES = (".csv", ".csv.gz")
SEPARATORS = ("_", "-", ".")


class SourceError(RuntimeError):
    """Events cannot be had; the message says what is wrong with which file, and the remedy."""


def is_csv(name: str) -> bool:
    """Whether a file of this name is a CSV, plain or gzipped."""
    return name.lower().endswith(SUFFIXES)


def _stem(name: str) -> str:
    """The lower-case name without ``.csv`` or ``.csv.gz``."""
    return name.lower().removesuffix(".gz").removesuffix(".csv")


def owner_of(file: str, process_names: Iterable[str]) -> str | None:
    """The longest of the names that a file's name begins with, as a word of its own; None if there is none.

    ``ttbar_10fb.csv`` is ttbar's, ``ttbarHiggs_10fb.csv`` is not; upper and lower case count alike.
    """
    stem = _stem(file)

    def fits(name: str) -> bool:
        return stem == name.lower() or stem.startswith(tuple(name.lower() + separator for separator in SEPARATORS))

    return max(filter(fits, process_names), key=len, default=None) if is_csv(file) else None


def largest_file(sizes: Mapping[str, int], names: tuple[str, ...], all_names: Iterable[str], place: str) -> str:
    """The largest file of a process (SYSTEMS 1.1: the 10 fb^-1 file, or that of 20 000 events where it has more).

    ``sizes``: bytes by file name; ``names``: what the process is called, its id first; ``all_names``: what any
    process is called, since the longest name that fits owns a file; ``place``: where the files lie, for the error.
    """
    candidates = set(all_names) | set(names)
    own = [file for file in sizes if owner_of(file, candidates) in names]
    if not own:
        listed = ", ".join(sorted(filter(is_csv, sizes))) or "no CSV at all"
        raise SourceError(
            f"{place} has no file for {names[0]}: its name must be {' or '.join(names)}, alone or followed by "
            f"_, - or ., and end with .csv or .csv.gz, but there is {listed}"
        )
    return max(sorted(own), key=lambda file: sizes[file])


def check_named(file: str, sizes: Mapping[str, int], place: str) -> str:
    """The file that the user named, if it is there."""
    if file not in sizes:
        raise SourceError(f"{place} has no file {file!r}; {nearest(file, sizes)}")
    return file


def sizes_in(folder: str | Path) -> dict[str, int]:
    """Bytes of every CSV in a folder, by name."""
    return {path.name: path.stat().st_size for path in Path(folder).glob("*") if path.is_file() and is_csv(path.name)}


def csv_in(path: str | Path, names: tuple[str, ...], all_names: Iterable[str]) -> str:
    """The CSV that ``path`` means: itself, or if it is a folder, the largest file of the process in it."""
    if Path(path).is_dir():
        return str(Path(path) / largest_file(sizes_in(path), names, all_names, f"{path}:"))
    if is_csv(str(path)):
        return str(path)
    raise SourceError(f"{path}: neither a folder that exists nor a .csv or .csv.gz")


@dataclass(frozen=True)
class Receipt:
    """What was acquired for a process, and where it lies."""

    process: str
    record: int
    doi: str
    file: str  # its name in the record
    path: str  # as seen from the working directory
    size: int  # bytes
    md5: str
    sha256: str
    url: str | None
    verified: bool  # whether size and md5 were compared with those that the record states

    def write(self, path: str | Path) -> None:
        write_json(asdict(self), path)

    @property
    def attributes(self) -> dict[str, str | int | bool]:
        """What an event file tells of its source, besides the name and the SHA-256."""
        return {"doi": self.doi, "record": self.record, "source_md5": self.md5, "source_verified": self.verified}


def read_receipt(path: str | Path) -> Receipt:
    """A receipt whose file is still there, with the size that it had; otherwise SourceError."""
    receipt = Receipt(**json.loads(Path(path).read_text(encoding="utf-8")))
    remedy = f"delete {path} and run again to acquire it anew"
    try:
        size = Path(receipt.path).stat().st_size
    except FileNotFoundError:
        raise SourceError(f"{receipt.path}: the file of {receipt.process} has gone; {remedy}") from None
    if size != receipt.size:
        raise SourceError(f"{receipt.path}: has {size} bytes, but had {receipt.size} when acquired; {remedy}")
    return receipt


def names_in(quarantine: str | Path, limit: int = 1000) -> list[str]:
    """Process names of the first ``limit`` quarantined lines that were refused for their name alone, each once."""
    found: dict[str, None] = {}
    with open(quarantine, encoding="utf-8") as file:
        for _, line in zip(range(limit), file, strict=False):
            _, reason, text = line.rstrip("\n").split("\t", 2)
            fields = text.split(";")
            if reason.startswith("process is not the expected one") and len(fields) > 1:
                found[fields[1].strip()] = None
    return list(found)
