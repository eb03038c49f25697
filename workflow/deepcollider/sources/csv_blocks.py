"""The lines of a CSV file in blocks of bytes, unpacked on the way; other formats are refused by their first bytes."""

import gzip
import re
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

from deepcollider.store.rows import RowFileError

MAX_LINE_BYTES = 2**20
"""A longer line means another format: the longest real ones have about 2 kB."""

_HEAD_BYTES = 512
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"  # that of UTF-8, which some editors put before the first line
_REPACK = "unpack it first, or pack the CSV with gzip"
_NOT_EVENTS = "give the Dark Machines CSV that it was made from"
_FOREIGN = (
    (rb"PK\x03\x04|PK\x05\x06", "a zip archive", _REPACK),
    (rb"\xfd7zXZ\x00", "packed with xz", _REPACK),
    (rb"BZh[1-9](1AY&SY|\x17\x72\x45)", "packed with bzip2", _REPACK),
    (rb"\x28\xb5\x2f\xfd", "packed with zstd", _REPACK),
    (rb"7z\xbc\xaf\x27\x1c", "a 7z archive", _REPACK),
    (rb"(?s).{257}ustar", "a tar archive", _REPACK),
    (rb"\x89HDF\r\n\x1a\n", "an HDF5 file", _NOT_EVENTS),
    (rb"root\x00", "a ROOT file", _NOT_EVENTS),
    (rb"PAR1", "a Parquet file", _NOT_EVENTS),
    (rb"\xff\xfe|\xfe\xff", "text in UTF-16", "save it as plain text (UTF-8)"),
    (
        rb"(\xef\xbb\xbf)?\s*<",
        "an HTML or XML page",
        "the server sent it in place of the file; delete it and download the file again",
    ),
)


class Block(NamedTuple):
    """Whole lines of a file."""

    text: bytes  # ends with a newline, but for the very last line of a file that does not
    position: int  # bytes of the file on disk consumed so far, for progress


def _refuse_foreign(path: Path, head: bytes) -> None:
    """Raise RowFileError if a file, or what a gzip file holds, begins like another format than CSV."""
    for pattern, what, remedy in _FOREIGN:
        if re.match(pattern, head):
            raise RowFileError(f"{path}: is {what}, not a CSV of events; {remedy}")


def _cut_into_blocks(path: Path, stream, file, block_bytes: int) -> Iterator[Block]:
    head = stream.peek(_HEAD_BYTES)[:_HEAD_BYTES]
    _refuse_foreign(path, head)
    if head.startswith(_BYTE_ORDER_MARK):
        stream.read(len(_BYTE_ORDER_MARK))
    held = b""
    while read := stream.read(block_bytes):
        cut = read.rfind(b"\n") + 1
        if cut:
            yield Block(held + read[:cut], file.tell())
            held = read[cut:]
        else:
            held += read
        if len(held) > max(MAX_LINE_BYTES, block_bytes):
            raise RowFileError(f"{path}: has a line of more than {len(held) - 1} bytes; not a CSV of events")
    if held:
        yield Block(held, file.tell())


def read_blocks(path: Path, block_bytes: int) -> Iterator[Block]:
    """The lines of a file in blocks of about ``block_bytes``; gzip is known by its first bytes, whatever the name.

    Raises RowFileError for another format, a damaged gzip file and lines of more than a megabyte.
    """
    with open(path, "rb") as file:
        is_gzip = file.read(2) == b"\x1f\x8b"
        file.seek(0)
        stream = gzip.GzipFile(fileobj=file) if is_gzip else file
        try:
            yield from _cut_into_blocks(path, stream, file, block_bytes)
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise RowFileError(f"{path}: damaged gzip file ({error}); delete it and download it again") from error
