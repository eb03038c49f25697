"""Published events from Zenodo: what a record holds, frozen on first use, and the one file that a process needs.

The record API (``{api}/records/{record}``) states name, size and MD5 of every file. They are written to a manifest the
first time and compared ever after: a published number must not change because a file was replaced upstream. A record
that lists no file, as one that is restricted or embargoed does, is not written down but asked for again the next time.
"""

import hashlib
import json
import sys
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from deepcollider.files import write_json
from deepcollider.sources.csv_files import Receipt, SourceError, check_named, largest_file, sizes_in
from deepcollider.sources.downloads import Patience, download, fetch_json


@dataclass(frozen=True)
class RecordFile:
    """A file of a record, as the API describes it."""

    name: str
    size: int  # bytes
    md5: str
    url: str

    @property
    def content(self) -> tuple[int, str]:
        """What tells two versions of a file apart."""
        return self.size, self.md5


@dataclass(frozen=True)
class Record:
    """A Zenodo record and its files by name."""

    record: int
    doi: str
    title: str
    files: dict[str, RecordFile]

    @property
    def sizes(self) -> dict[str, int]:
        return {name: file.size for name, file in self.files.items()}

    def to_json(self) -> dict[str, Any]:
        return {**asdict(self), "files": [asdict(self.files[name]) for name in sorted(self.files)]}


def _file_of(entry: dict[str, Any]) -> RecordFile:
    algorithm, _, digest = entry["checksum"].partition(":")
    name = entry["key"]
    if algorithm != "md5" or not digest:
        raise ValueError(f"{name}: checksum {entry['checksum']!r} is no MD5")
    if Path(name).name != name:
        raise ValueError(f"{name!r} is not the plain name of a file")
    links = entry["links"]  # older answers have the download itself as `self`, newer ones `.../content`
    return RecordFile(name, int(entry["size"]), digest.lower(), links.get("content") or links["self"])


def access_to(answer: Any) -> str:
    """Who may have the files of a record, in the API's word (``open``, ``restricted``, ``embargoed``, ``closed``).

    Empty if the answer does not say. An embargo comes with the day on which it ends, if that is stated.
    """
    answer = answer if isinstance(answer, dict) else {}
    metadata, access = (answer.get(key) if isinstance(answer.get(key), dict) else {} for key in ("metadata", "access"))
    # older answers have access_right, newer ones access.status, or access.files (public, restricted)
    word = metadata.get("access_right") or access.get("status") or access.get("files") or ""
    embargo = access.get("embargo") if isinstance(access.get("embargo"), dict) else {}
    until = metadata.get("embargo_date") or embargo.get("until")
    word = "open" if word == "public" else str(word)
    return f"{word} until {until}" if word == "embargoed" and until else word


def _no_files(record: int, access: str, doi: str, url: str) -> SourceError:
    if access in ("", "open", "metadata-only"):
        return SourceError(
            f"{url}: record {record} lists no files; check the record's number in the configuration (zenodo.record, "
            f"processes.<id>.record) at https://doi.org/{doi}, which may describe another version of it"
        )
    return SourceError(
        f"{url}: the files of record {record} are {access}, and none is listed; ask for access at "
        f"https://doi.org/{doi}, then fetch them with a browser, put them into the folder {record} of zenodo.folder "
        "and set zenodo.offline; or run again when they are open. Nothing was written down of the record"
    )


def parse_record(answer: Any, record: int, url: str) -> Record:
    """The API's answer as a record of at least one file; SourceError if it is not what the API is known to send."""
    access = access_to(answer)
    try:
        doi = answer.get("doi") or f"10.5281/zenodo.{record}"
        listed = answer.get("files") if access not in ("", "open") else answer["files"]
        if listed == [] or (listed is None and access not in ("", "open")):
            raise _no_files(record, access, doi, url)
        files = [_file_of(entry) for entry in listed]
        title = answer.get("title") or answer.get("metadata", {}).get("title", "")
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        if access not in ("", "open"):  # names alone, or less
            raise _no_files(record, access, f"10.5281/zenodo.{record}", url) from error
        raise SourceError(
            f"{url}: the answer does not describe the files of a public record ({error!r}); "
            "check the record's number in the configuration, and whether its files are open"
        ) from error
    if access not in ("", "open"):
        print(f"warning: the files of record {record} are {access}; the server may refuse them", file=sys.stderr)
    return Record(record, doi, title, {file.name: file for file in files})


def read_manifest(path: str | Path) -> Record:
    """The frozen description of a record."""
    try:
        content = json.loads(Path(path).read_text(encoding="utf-8"))
        files = [RecordFile(**entry) for entry in content["files"]]
        return Record(**(content | {"files": {file.name: file for file in files}}))
    except (ValueError, KeyError, TypeError) as error:
        raise SourceError(f"{path}: is no manifest of a Zenodo record ({error}); restore or delete it") from error


def _known(path: Path) -> Record | None:
    """The frozen description, if there is one; one of no file says nothing, and is removed."""
    if not path.exists():
        return None
    known = read_manifest(path)
    if not known.files:
        print(f"{path}: lists no files; removed, to ask for the record again", file=sys.stderr)
        path.unlink(missing_ok=True)
        return None
    return known


def freeze(record: Record, path: str | Path) -> Record:
    """The manifest at ``path``; written from ``record`` if there is none. Of several writers the first one wins."""
    path = Path(path)
    if _known(path) is None:
        write_json(record.to_json(), path, replace=False)
    return read_manifest(path)


def compare(frozen: Record, now: Record, wanted: str, manifest: str | Path, place: str | Path) -> None:
    """Raise SourceError if the wanted file is no longer what the manifest says; warn of the other files."""
    for name in sorted(frozen.files.keys() | now.files.keys()):
        old, new = frozen.files.get(name), now.files.get(name)
        if old and new and old.content == new.content:
            continue
        change = f"{name}: {_change(old, new)}"
        if name != wanted:
            print(f"warning: record {frozen.record} has changed upstream: {change}", file=sys.stderr)
            continue
        raise SourceError(
            f"record {frozen.record} has changed upstream since {manifest} was written: {change}. Results would no "
            f"longer be comparable; to accept the change, delete {manifest} and {place}; to go on with the file "
            "that you have, set zenodo.offline"
        )


def _change(old: RecordFile | None, new: RecordFile | None) -> str:
    if old is None:
        return "is new"
    if new is None:
        return f"has vanished (it had {old.size} bytes, md5 {old.md5})"
    return f"had {old.size} bytes, md5 {old.md5}, and now has {new.size} bytes, md5 {new.md5}"


def _digests(path: Path) -> tuple[str, str]:
    """(md5, sha256) of a file, which is read once."""
    md5, sha256 = hashlib.md5(usedforsecurity=False), hashlib.sha256()
    with open(path, "rb") as file:
        while block := file.read(2**20):
            md5.update(block)
            sha256.update(block)
    return md5.hexdigest(), sha256.hexdigest()


@dataclass(frozen=True)
class Archive:
    """Where records are asked for, and where their files and manifests lie."""

    api: str
    folder: Path  # the files of record R lie in its subfolder R
    manifests: Path
    offline: bool = False
    patience: Patience = field(default_factory=Patience)

    def acquire(
        self, record: int, names: tuple[str, ...], all_names: Iterable[str], file: str | None = None
    ) -> Receipt:
        """Have the file of a process at hand, and describe it.

        ``names``: what the process is called, its id first; ``all_names``: what any process is called; ``file``:
        the name of the file in the record, by default the largest that belongs to the process. Raises SourceError.
        """
        manifest = self.manifests / f"{record}.json"
        return (self._offline if self.offline else self._online)(record, names, all_names, file, manifest)

    def _online(self, record, names, all_names, file, manifest: Path) -> Receipt:
        url = f"{self.api.rstrip('/')}/records/{record}"
        now = parse_record(fetch_json(url, self.patience), record, url)
        frozen = freeze(now, manifest)
        wanted = frozen.files[_choose(frozen.sizes, names, all_names, file, f"{manifest}: record {record}")]
        path = self.folder / str(record) / wanted.name
        compare(frozen, now, wanted.name, manifest, path)
        # the address as it is now, which may change as long as the content does not
        download(now.files[wanted.name].url, path, wanted.size, wanted.md5, self.patience)
        return _receipt(names[0], frozen, wanted.name, path)

    def _offline(self, record, names, all_names, file, manifest: Path) -> Receipt:
        folder = self.folder / str(record)
        if known := _known(manifest):
            name = _choose(known.sizes, names, all_names, file, f"{manifest}: record {record}")
        else:
            known = Record(record, f"10.5281/zenodo.{record}", "", {})
            name = _choose(sizes_in(folder), names, all_names, file, f"{folder} (zenodo.offline is set):")
        path = folder / name
        if not path.is_file():
            raise SourceError(
                f"{path}: is not there, and zenodo.offline is set; put the file {name} of "
                f"https://doi.org/{known.doi} there, or allow the download with zenodo.offline: false"
            )
        return _receipt(names[0], known, name, path)


def _choose(sizes: dict[str, int], names, all_names, file: str | None, place: str) -> str:
    """The file of a process among those of a record."""
    if file is not None:
        return check_named(file, sizes, place)
    try:
        return largest_file(sizes, names, all_names, place)
    except SourceError as error:
        raise SourceError(f"{error}. Name the right one with processes.{names[0]}.file") from None


def _receipt(process: str, record: Record, name: str, path: Path) -> Receipt:
    """The receipt of a file on disk, compared with what the record states of it, if anything."""
    size, (md5, sha256) = path.stat().st_size, _digests(path)
    stated = record.files.get(name)
    if stated is None:
        print(f"warning: {path} is unverified: there is no manifest of record {record.record}", file=sys.stderr)
    elif (size, md5) != stated.content:
        raise SourceError(
            f"{path}: has {size} bytes, md5 {md5}, but record {record.record} states {stated.size} bytes, "
            f"md5 {stated.md5}; delete it and download it again"
        )
    url = None if stated is None else stated.url
    return Receipt(process, record.record, record.doi, name, str(path), size, md5, sha256, url, stated is not None)
