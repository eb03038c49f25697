"""Dark Machines CSV -> event store, in constant memory (SYSTEMS 1.1; Zenodo 10.5281/zenodo.3685861).

Lines that cannot be read are not dropped in silence but go to a quarantine file, with line number and reason.
"""

import sys
from collections import Counter, deque
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import numpy as np
from tqdm import tqdm

from deepcollider.files import full_disk_told, sha256_of
from deepcollider.physics.acceptance import describe_cuts, has_trigger, in_acceptance
from deepcollider.physics.events import Events, empty_events, wrap_phi
from deepcollider.physics.kinds import MAX_OBJECTS
from deepcollider.sources import csv_columns
from deepcollider.sources.csv_blocks import Block, read_blocks
from deepcollider.sources.csv_columns import PARSED_EVENT_DTYPE, BadSpans, Tally, describe
from deepcollider.sources.csv_kernel import parse_lines
from deepcollider.sources.repeated_events import EventRegister, hash_columns
from deepcollider.store.event_files import EventWriter
from deepcollider.store.rows import BLOCK_ROWS, RowFileError

BLOCK_BYTES = 2**20
"""Bytes parsed at a time: larger blocks are slower, since they no longer fit in the processor's cache."""

BLANKS = b" \t\r\n"
"""What may stand around a line or a field."""

GIVE_UP_BAD_LINES = 100_000
"""With so many bad lines, and too many of those read, the rest is not read: the quarantine stays small."""


# what would end or garble a line of the quarantine file; a tab in its last column does not
ESCAPES = {code: f"\\x{code:02x}" for code in (*range(9), *range(10, 32), *range(127, 160))}
ESCAPES |= {code: f"\\u{code:04x}" for code in (0x2028, 0x2029)}


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


def _expected_names(names: tuple[str, ...]) -> np.ndarray:
    """Lower-case process names as (K, 32) u1, zero-padded."""
    encoded = [name.lower().encode() for name in names]
    for name in encoded:
        if not 0 < len(name) <= csv_columns.PROCESS_BYTES:
            raise ValueError(f"process name {name.decode()!r}: 1 to {csv_columns.PROCESS_BYTES} bytes allowed")
    table = np.array(encoded, f"S{csv_columns.PROCESS_BYTES}")
    return table.view(np.uint8).reshape(len(names), csv_columns.PROCESS_BYTES)


class _Piece(NamedTuple):
    """What one call of the compiled parser gives."""

    tally: Tally
    events: Events
    bad: BadSpans


def _parse(block: Block, expected: np.ndarray) -> list[_Piece]:
    """Parse a block by itself, knowing nothing of the rest of the file: many threads do so at once."""
    text = block.text if block.text.endswith(b"\n") else block.text + b"\n"
    buffer, pieces = np.frombuffer(text, np.uint8), []
    position, lines = 0, text.count(b"\n")
    while lines:
        rows = min(lines, BLOCK_ROWS)
        batch, bad = empty_events(rows), BadSpans.allocate(rows)
        found = parse_lines(buffer, position, expected, batch.events.view(PARSED_EVENT_DTYPE), batch.objects, bad)
        tally = Tally(*found)
        # where little is good, a copy lets go of the empty rows
        events = batch.take(slice(tally.good) if 2 * tally.good > rows else np.arange(tally.good))
        for phi in (events.events["met_phi"], events.objects["phi"]):
            phi[:] = wrap_phi(phi)
        pieces.append(_Piece(tally, events, BadSpans(*(values[: tally.bad] for values in bad))))
        position, lines = tally.position, lines - tally.lines
    return pieces


def _parse_in_order(
    blocks: Iterator[Block], expected: np.ndarray, threads: int
) -> Iterator[tuple[Block, list[_Piece]]]:
    """:func:`_parse` of every block, in their order, with ``threads`` at work and one block more in flight."""
    _parse(Block(b"\n", 0), expected)  # compiles here: numba's compiler is not safe beside other threads
    pending: deque[tuple[Block, Future]] = deque()

    def oldest() -> tuple[Block, list[_Piece]]:
        block, future = pending.popleft()
        return block, future.result()

    with ThreadPoolExecutor(threads, thread_name_prefix="csv") as pool:
        try:
            for block in blocks:
                pending.append((block, pool.submit(_parse, block, expected)))
                if len(pending) > threads:
                    yield oldest()
        except RowFileError:  # what stands before the damage counts, whatever the number of threads
            while pending:
                yield oldest()
            raise
        while pending:
            yield oldest()


class _LineCounter:
    """Parsed blocks in the order of the file -> what is known only from that order: line numbers, layout, cut end."""

    def __init__(self, path: Path, process_names: tuple[str, ...]):
        self.path, self.names = path, process_names
        self.lines = 0
        self.any_event = False
        self.closed = False  # whether the last good line ended with a semicolon

    def count(self, block: Block, pieces: list[_Piece]) -> Iterator[ParsedBlock]:
        if self._is_cut(block.text):
            yield ParsedBlock(empty_events(0), [self._cut_line(block.text)], 0, block.position)
            return
        for tally, events, bad in pieces:
            self._refuse_old_layout(tally, bad)
            bad_lines = self._bad_lines(block.text, bad)
            self.lines += tally.lines
            if tally.good:
                self.any_event, self.closed = True, tally.closed
            yield ParsedBlock(events, bad_lines, tally.truncated, block.position)

    def _is_cut(self, text: bytes) -> bool:
        """Whether this is a last line without the ``;`` of those before it: its last number may be short."""
        last = text.strip(BLANKS)
        return self.closed and not text.endswith(b"\n") and last != b"" and not last.endswith(b";")

    def _cut_line(self, text: bytes) -> BadLine:
        reason = describe(csv_columns.CUT * csv_columns.FIELDS + csv_columns.LINE)
        return BadLine(self.lines + 1, reason, text.strip(BLANKS).decode(errors="backslashreplace"))

    def _bad_lines(self, text: bytes, bad: BadSpans) -> list[BadLine]:
        bad_lines = []
        for line, code, (first, last) in zip(*(values.tolist() for values in bad), strict=True):
            reason = describe(code)
            if code // csv_columns.FIELDS == csv_columns.UNEXPECTED:
                reason += f" ({' or '.join(self.names)})"
            bad_lines.append(BadLine(self.lines + line + 1, reason, text[first:last].decode(errors="backslashreplace")))
        return bad_lines

    def _refuse_old_layout(self, tally: Tally, bad: BadSpans) -> None:
        """Refuse a file whose first event has the layout of 2019; a stray such line later on is just bad."""
        if self.any_event:
            return
        old = bad.line[bad.code // csv_columns.FIELDS == csv_columns.OLD_LAYOUT]
        if len(old) and (not tally.good or old[0] < tally.first_good):
            raise RowFileError(
                f"{self.path}: line {self.lines + old[0] + 1} has the layout of 2019 (three header fields, "
                "objects without E), which lacks what the models need; take the file of the present release, "
                "https://doi.org/10.5281/zenodo.3685861"
            )


def read_csv(
    path: str | Path,
    block_bytes: int = BLOCK_BYTES,
    process_names: tuple[str, ...] = (),
    threads: int = 2,
) -> Iterator[ParsedBlock]:
    """Read a Dark Machines CSV, plain or gzipped, piece by piece.

    Events come in GeV and rad (phi in (-pi, pi]), objects in the store's order. Blank lines are skipped.
    With ``process_names`` a line of another process (compared without case) is bad. What comes is the same for
    any ``block_bytes`` and ``threads``; memory depends on these two alone. A last line without newline is bad if
    it also lacks the ``;`` with which the good line before it ended: it may have lost digits. Raises RowFileError
    for the layout of 2019, another format, a damaged gzip file and lines of more than a megabyte.
    """
    path = Path(path)
    counter, expected = _LineCounter(path, process_names), _expected_names(process_names)
    for block, pieces in _parse_in_order(read_blocks(path, block_bytes), expected, threads):
        yield from counter.count(block, pieces)


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
            file.write(f"{bad.number}\t{bad.reason}\t{bad.text.translate(ESCAPES)}\n")
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


def content_hashes(events: Events) -> np.ndarray:
    """Hashes (N,) of all that an event has but its number and the name of its process."""
    names = ("weight", "met", "met_phi")
    objects = np.ascontiguousarray(events.objects)
    words = objects.view("u1").reshape(len(events), MAX_OBJECTS * objects.itemsize).view("u8")
    return hash_columns([*(events.events[name] for name in names), *words.T])


def _run(
    state: _Skim, writer: EventWriter, register: EventRegister, quarantine, blocks, process, require_valid, progress
):
    for block in blocks:
        register.add(content_hashes(block.events))
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
    threads: int = 2,
    show_progress: bool = True,
) -> dict[str, int]:
    """Write the events of a Dark Machines CSV to an event file; return the counts, also stored as attribute.

    ``process``: the name that every line must bear (without case; ``aliases`` are accepted too) and that
    the events get. ``require_valid`` drops events that fail the event selection, counted as ``rejected``.
    Bad lines go to the text file ``quarantine`` (line number, reason, line with control characters as ``\\x0d``;
    tab-separated). ``read`` = kept + rejected + quarantined; ``truncated`` counts the readable lines with more than
    20 objects. The attribute ``repeated_events`` counts readable events that have the content of an earlier one,
    whatever their number; they are kept, and told on stderr.

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
        mininterval=2.0,
    )
    with (
        progress,
        full_disk_told(quarantine),
        open(quarantine, "w", encoding="utf-8") as rejects,
        EventRegister(output) as register,
        EventWriter(output, attributes) as writer,
    ):
        rejects.write("line\treason\ttext\n")
        blocks = read_csv(source, process_names=names, threads=threads)
        _run(state, writer, register, rejects, blocks, process, require_valid, progress)
        writer.attributes |= {
            **({} if process is None else {"process": process, "process_spelling": sorted(state.spellings)}),
            "source": source.name,
            "source_sha256": sha256_of(source),
            "cuts": describe_cuts(),
            "counts": state.counts,
            "quarantine_reasons": dict(state.reasons),
            "repeated_events": register.tell_repeated(str(source), "the same but for their number"),
        }
    return state.counts
