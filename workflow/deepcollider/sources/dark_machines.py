"""Dark Machines CSV -> event store, in constant memory (SYSTEMS 1.1; Zenodo 10.5281/zenodo.3685861).

Lines that cannot be read are not dropped in silence but go to a quarantine file, with line number and reason.
"""

import gzip
import sys
import zlib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from tqdm import tqdm

from deepcollider.files import sha256_of
from deepcollider.physics.acceptance import describe_cuts, has_trigger, in_acceptance
from deepcollider.physics.events import Events, empty_events, wrap_phi
from deepcollider.sources import csv_columns
from deepcollider.sources.csv_columns import Columns, allocate, describe
from deepcollider.sources.csv_kernel import parse_lines
from deepcollider.store.event_files import EventWriter
from deepcollider.store.rows import BLOCK_ROWS, RowFileError

BLOCK_BYTES = 2**20
"""Bytes parsed at a time: larger blocks are slower, since they no longer fit in the processor's cache."""

MAX_LINE_BYTES = 2**20
"""A longer line means another format: the longest real ones have about 2 kB."""

GIVE_UP_BAD_LINES = 100_000
"""With so many bad lines, and too many of those read, the rest is not read: the quarantine stays small."""


class TooManyBadLines(RowFileError):  # noqa: N818 - says what is the matter
    """More of a file is unreadable than the configuration allows."""


@dataclass(frozen=True)
class BadLine:
    """A line that could not be read: its number in the file (from 1), why, and itself."""

    number: int
    reason: str
    text: str


@dataclass(frozen=True)
class ParsedBlock:
    """What one step of :func:`read_csv` gives: at most BLOCK_ROWS events, in the order of the file."""

    events: Events
    bad_lines: list[BadLine]
    n_truncated: int  # lines with more than 20 objects, of which those of highest pt were kept
    position: int  # bytes of the file on disk consumed so far, for progress


def _read_blocks(path: Path, block_bytes: int) -> Iterator[tuple[bytes, int]]:
    """(bytes that end at a line's end, position in the file); only the very last may lack its newline."""
    with open(path, "rb") as file:
        stream = gzip.GzipFile(fileobj=file) if path.suffix == ".gz" else file
        held = b""
        while block := stream.read(block_bytes):
            cut = block.rfind(b"\n") + 1
            if cut:
                yield held + block[:cut], file.tell()
                held = block[cut:]
            else:
                held += block
            if len(held) > max(MAX_LINE_BYTES, block_bytes):
                raise RowFileError(f"{path}: has a line of more than {len(held) - 1} bytes; not a CSV of events")
        if held:
            yield held, file.tell()


def _blocks(path: Path, block_bytes: int) -> Iterator[tuple[bytes, int]]:
    """:func:`_read_blocks` with the errors of a damaged gzip file in words."""
    try:
        yield from _read_blocks(path, block_bytes)
    except (EOFError, gzip.BadGzipFile, zlib.error) as error:
        raise RowFileError(f"{path}: damaged gzip file ({error}); delete it and download it again") from error


def _expected_names(names: tuple[str, ...]) -> np.ndarray:
    """Lower-case process names as (K, 32) u1, zero-padded."""
    encoded = [name.lower().encode() for name in names]
    for name in encoded:
        if not 0 < len(name) <= csv_columns.PROCESS_BYTES:
            raise ValueError(f"process name {name.decode()!r}: 1 to {csv_columns.PROCESS_BYTES} bytes allowed")
    table = np.array(encoded, f"S{csv_columns.PROCESS_BYTES}")
    return table.view(np.uint8).reshape(len(names), csv_columns.PROCESS_BYTES)


def _assemble(columns: Columns, n: int) -> Events:
    """The first ``n`` rows of the columns as events."""
    batch = empty_events(n)
    events, objects = batch.events, batch.objects
    events["event_id"] = columns.event_id[:n]
    events["process"] = columns.process[:n].view(f"S{csv_columns.PROCESS_BYTES}")[:, 0]
    for i, name in enumerate(("weight", "met", "met_phi")):
        events[name] = columns.header[:n, i]
    events["n_objects"] = columns.n_objects[:n]
    objects["kind"] = columns.kind[:n]
    objects["valid"] = columns.kind[:n] > 0
    for i, name in enumerate(("energy", "pt", "eta", "phi")):
        objects[name] = columns.features[:n, :, i]
    events["met_phi"] = wrap_phi(events["met_phi"])
    objects["phi"] = wrap_phi(objects["phi"])
    return batch


class _LineParser:
    """Blocks of bytes -> parsed blocks; knows the line number and what the file looked like so far."""

    def __init__(self, path: Path, process_names: tuple[str, ...]):
        self.path = path
        self.names = process_names
        self.expected = _expected_names(process_names)
        self.columns = allocate(BLOCK_ROWS)
        self.lines = 0
        self.any_event = False
        self.ends_with_semicolon: bool | None = None

    def parse(self, block: bytes, position: int) -> Iterator[ParsedBlock]:
        if self.ends_with_semicolon is None and block.strip():
            self.ends_with_semicolon = block.lstrip().split(b"\n", 1)[0].rstrip().endswith(b";")
        if self._is_cut(block):
            yield ParsedBlock(empty_events(0), [self._cut_line(block)], 0, position)
            return
        buffer, at = np.frombuffer(block, np.uint8), 0
        while at < len(buffer):
            at, lines, good, bad, truncated = parse_lines(buffer, at, self.expected, tuple(self.columns))
            bad_lines = self._bad_lines(block, bad)
            self._refuse_old_layout(good, bad)
            events = _assemble(self.columns, good)
            self.lines += lines
            self.any_event |= good > 0
            yield ParsedBlock(events, bad_lines, truncated, position)

    def _is_cut(self, block: bytes) -> bool:
        """Whether this is a last line without the ``;`` of the others: its last number may be short."""
        return bool(self.ends_with_semicolon) and not block.endswith(b"\n") and not block.rstrip().endswith(b";")

    def _cut_line(self, block: bytes) -> BadLine:
        reason = describe(csv_columns.CUT * csv_columns.FIELDS + csv_columns.LINE)
        return BadLine(self.lines + 1, reason, block.strip().decode(errors="backslashreplace"))

    def _bad_lines(self, block: bytes, n: int) -> list[BadLine]:
        columns, bad_lines = self.columns, []
        for line, code, (first, last) in zip(
            columns.bad_line[:n].tolist(),
            columns.bad_code[:n].tolist(),
            columns.bad_span[:n].tolist(),
            strict=True,
        ):
            reason = describe(code)
            if code // csv_columns.FIELDS == csv_columns.UNEXPECTED:
                reason += f" ({' or '.join(self.names)})"
            text = block[first:last].decode(errors="backslashreplace")
            bad_lines.append(BadLine(self.lines + line + 1, reason, text))
        return bad_lines

    def _refuse_old_layout(self, good: int, bad: int) -> None:
        """Refuse a file whose first event has the layout of 2019; a stray such line later on is just bad."""
        if self.any_event:
            return
        columns = self.columns
        old = columns.bad_line[:bad][columns.bad_code[:bad] // csv_columns.FIELDS == csv_columns.OLD_LAYOUT]
        if len(old) and (not good or old[0] < columns.line[0]):
            raise RowFileError(
                f"{self.path}: line {self.lines + old[0] + 1} has the layout of 2019 (three header fields, "
                "objects without E), which lacks what the models need; take the file of the present release, "
                "https://doi.org/10.5281/zenodo.3685861"
            )


def read_csv(
    path: str | Path, block_bytes: int = BLOCK_BYTES, process_names: tuple[str, ...] = ()
) -> Iterator[ParsedBlock]:
    """Read a Dark Machines CSV (``.csv`` or ``.csv.gz``) piece by piece.

    Events come in GeV and rad (phi in (-pi, pi]), objects in the store's order. Blank lines are skipped.
    With ``process_names`` a line of another process (compared without case) is bad. Memory depends on
    ``block_bytes`` alone. Raises RowFileError for the layout of 2019, a damaged gzip file and lines of more
    than a megabyte.
    """
    parser = _LineParser(Path(path), process_names)
    for block, position in _blocks(Path(path), block_bytes):
        yield from parser.parse(block, position)


class _Skim:
    """The running state of one skim: counts, reasons and the rule when to give up."""

    def __init__(self, source: Path, quarantine: Path, max_bad_fraction: float):
        self.source, self.quarantine, self.max_bad_fraction = source, quarantine, max_bad_fraction
        names = ("read", "kept", "rejected", "quarantined", "truncated", "objects_outside_acceptance")
        self.counts = dict.fromkeys(names, 0)
        self.reasons: Counter[str] = Counter()
        self.first_bad: BadLine | None = None
        self.spellings: set[str] = set()

    def select(self, block: ParsedBlock, process: str | None, require_valid: bool) -> Events:
        """The events of a block to keep, counted; their process is spelled as the caller spells it."""
        events = block.events
        if process is not None and len(events):
            self.spellings.update(name.decode() for name in np.unique(events.events["process"]))
            events.events["process"] = process.encode()
        kept = events.take(has_trigger(events.objects)) if require_valid else events
        outside = kept.objects["valid"] & ~in_acceptance(kept.objects)
        self.counts["read"] += len(events) + len(block.bad_lines)
        self.counts["kept"] += len(kept)
        self.counts["rejected"] += len(events) - len(kept)
        self.counts["truncated"] += block.n_truncated
        self.counts["objects_outside_acceptance"] += int(outside.sum())
        return kept

    def set_aside(self, bad_lines: list[BadLine], file) -> None:
        """Write bad lines to the quarantine file and count them."""
        for bad in bad_lines:
            file.write(f"{bad.number}\t{bad.reason}\t{bad.text}\n")
            self.reasons[bad.reason] += 1
            self.first_bad = self.first_bad or bad
        self.counts["quarantined"] += len(bad_lines)

    def too_many_bad(self) -> bool:
        return self.counts["quarantined"] > self.max_bad_fraction * self.counts["read"]

    def check_bad_lines(self, at_end: bool) -> None:
        if not self.too_many_bad() or not (at_end or self.counts["quarantined"] >= GIVE_UP_BAD_LINES):
            return
        bad, read = self.counts["quarantined"], self.counts["read"]
        raise TooManyBadLines(
            f"{self.source}: {bad} of {read} lines could not be read ({bad / read:.2%}, "
            f"{self.max_bad_fraction:.2%} allowed); the first is line {self.first_bad.number}: "
            f"{self.first_bad.reason} [{self.first_bad.text[:80]}]. "
            f"All are in {self.quarantine}; "
            "if they can be spared, raise skim.max_bad_fraction in the configuration, otherwise download the file again"
        )


def _run(state: _Skim, writer: EventWriter, quarantine, blocks, process, require_valid, progress) -> None:
    for block in blocks:
        kept = state.select(block, process, require_valid)
        state.set_aside(block.bad_lines, quarantine)
        state.check_bad_lines(at_end=False)
        if len(kept):
            writer.append_events(kept)
        progress.update(block.position - progress.n)
    state.check_bad_lines(at_end=True)
    if not state.counts["read"]:
        raise RowFileError(f"{state.source}: has no lines; delete it and download it again")


def skim(
    source: str | Path,
    output: str | Path,
    quarantine: str | Path,
    *,
    process: str | None = None,
    aliases: tuple[str, ...] = (),
    max_bad_fraction: float = 0.01,
    require_valid: bool = True,
    attributes: dict | None = None,
    show_progress: bool = True,
) -> dict[str, int]:
    """Write the events of a Dark Machines CSV to an event file; return the counts, also stored as attribute.

    ``process``: the name that every line must bear (without case; ``aliases`` are accepted too) and that
    the events get. ``require_valid`` drops events that fail the event selection, counted as ``rejected``.
    Bad lines go to the text file ``quarantine`` (line number, reason, line; tab-separated). ``read`` = kept +
    rejected + quarantined; ``truncated`` counts the readable lines with more than 20 objects.

    Raises TooManyBadLines when quarantined / read exceeds ``max_bad_fraction``: then there is no event file,
    and the quarantine file stays to explain it. Raises RowFileError for a file that is empty or of another
    format.
    """
    source, quarantine = Path(source), Path(quarantine)
    names = () if process is None else (process, *aliases)
    state = _Skim(source, quarantine, max_bad_fraction)
    quarantine.parent.mkdir(parents=True, exist_ok=True)
    progress = tqdm(
        total=source.stat().st_size,
        unit="B",
        unit_scale=True,
        desc=source.name,
        file=sys.stderr,
        disable=not show_progress,
    )
    with (
        progress,
        open(quarantine, "w", encoding="utf-8") as rejects,
        EventWriter(output, attributes) as writer,
    ):
        rejects.write("line\treason\ttext\n")
        blocks = read_csv(source, process_names=names)
        _run(state, writer, rejects, blocks, process, require_valid, progress)
        writer.attributes |= {
            **({} if process is None else {"process": process, "process_spelling": sorted(state.spellings)}),
            "source": source.name,
            "source_sha256": sha256_of(source),
            "cuts": describe_cuts(),
            "counts": state.counts,
            "quarantine_reasons": dict(state.reasons),
        }
    return state.counts
