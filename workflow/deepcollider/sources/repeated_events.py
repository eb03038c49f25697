"""Events that occur more than once in a sample, counted in constant memory.

An event is known by 64 bits of a hash of what it is known by. Up to BUFFER_EVENTS of these are held in memory; more go
to 256 files by their first bits, and are counted file by file: 8 bytes an event on disk beside the output while it is
made, and in memory 8 MB or 1/256 of that, whichever is more, and twice that while it is sorted. Different events of one
hash count as repeated: of N events N^2 / 2^65 are expected, 0.001 of the 200 million of the largest published sample.
"""

import sys
from collections.abc import Iterable
from contextlib import ExitStack
from itertools import pairwise
from pathlib import Path

import numpy as np

from deepcollider.files import temporary_folder

BUFFER_EVENTS = 2**20
_ODD = np.uint64(0x9E3779B97F4A7C15)  # 2^64 over the golden ratio
_FACTORS = np.uint64(0xBF58476D1CE4E5B9), np.uint64(0x94D049BB133111EB)
_SHIFT = np.uint64(32)
_BUCKET_SHIFT = np.uint64(56)


def hash_columns(columns: Iterable[np.ndarray]) -> np.ndarray:
    """64-bit hashes (N,) of the rows of columns (N,) of integers or floats, in their order.

    A multiplication and a shift a column, and twice more at the end (Steele, Lea, Flood 2014: SplitMix64).
    """
    found = None
    for column in columns:
        column = np.asarray(column)
        if column.dtype.kind == "f":
            column = column.astype("f8").view("u8")
        found = np.full(len(column), _ODD) if found is None else found
        found ^= column.astype("u8")
        found *= _FACTORS[0]
        found ^= found >> _SHIFT
    for factor in _FACTORS:
        found *= factor
        found ^= found >> _SHIFT
    return found


class EventRegister:
    """Counts the events of a sample that repeat an earlier one; use as a context manager, ``output`` is being made."""

    def __init__(self, output: str | Path):
        self.output = output
        self._stack, self._folder = ExitStack(), None
        self._held: list[np.ndarray] = []
        self.n = self._n_held = 0

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return self._stack.__exit__(*error)

    def add(self, hashes: np.ndarray) -> None:
        """Take note of the hashes (N,) of events."""
        self._held.append(hashes)
        self.n += len(hashes)
        self._n_held += len(hashes)
        if self._n_held > BUFFER_EVENTS:
            self._spill()

    def _spill(self) -> None:
        """Deal the hashes that are held to the files."""
        if self._folder is None:
            self._folder = self._stack.enter_context(temporary_folder(self.output))
        hashes = np.sort(np.concatenate(self._held))
        self._held, self._n_held = [], 0
        borders = np.searchsorted(hashes >> _BUCKET_SHIFT, np.arange(257, dtype="u8"))
        for bucket, (first, last) in enumerate(pairwise(borders)):
            if last > first:
                with open(self._folder / f"{bucket}.hashes", "ab") as file:
                    file.write(hashes[first:last].tobytes())

    def repeated(self) -> int:
        """Number of events so far that repeat an earlier one."""
        if self._folder is None:
            return self.n - len(np.unique(np.concatenate(self._held))) if self.n else 0
        if self._held:
            self._spill()
        return self.n - sum(len(np.unique(np.fromfile(path, "u8"))) for path in self._folder.iterdir())

    def tell_repeated(self, sample: str, what: str) -> int:
        """:meth:`repeated`, also told on stderr, with ``what`` of two such events is the same."""
        found = self.repeated()
        if found:
            print(
                f"warning: {sample}: {found} of {self.n} events repeat an earlier one ({what}); they are kept. Were "
                "files of one content joined, or events simulated twice?",
                file=sys.stderr,
            )
        return found
