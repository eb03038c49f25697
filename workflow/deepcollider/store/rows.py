"""Row files: HDF5 files whose datasets all have one row an entry, written and read in constant memory.

Both the event files and the per-part training files are row files; only the datasets differ.
"""

import json
import math
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import h5py
import numpy as np

from deepcollider import __version__
from deepcollider.files import check_space, written_whole

CHUNK_ROWS = 1024
BLOCK_ROWS = 16 * CHUNK_ROWS
"""Rows read at a time: what bounds the memory of every reader."""

Rows = dict[str, np.ndarray]
Layout = dict[str, tuple[np.dtype, tuple[int, ...]]]
"""Dataset -> (dtype, shape of one row)."""


class RowFileError(ValueError):
    """A file is not what its reader expects; the message names the file, the fault and the remedy."""


def _to_attribute(value: Any) -> Any:
    return json.dumps(value, sort_keys=True) if isinstance(value, dict | list | tuple) else value


def _from_attribute(value: Any) -> Any:
    if isinstance(value, str) and value[:1] in ("{", "["):
        try:
            return json.loads(value)
        except ValueError:  # a text that happens to begin like JSON
            return value
    return value.item() if isinstance(value, np.generic) else value


class RowWriter:
    """Append rows to a new file; it appears under its name only when closed without an error.

    ``attributes`` may be completed until the end. Raises DiskFullError before a disk is full.
    """

    def __init__(self, path: str | Path, layout: Layout, attributes=None):
        self.path = Path(path)
        self.attributes = dict(attributes or {})
        self._row_bytes = sum(dtype.itemsize * math.prod(shape) for dtype, shape in layout.values())
        self.written = 0
        with ExitStack() as stack:
            temporary = stack.enter_context(written_whole(self.path))
            check_space(self.path, 0)
            self._file = stack.enter_context(h5py.File(temporary, "w"))
            stack.push(self._write_attributes)
            for name, (dtype, shape) in layout.items():
                self._file.create_dataset(
                    name,
                    shape=(0, *shape),
                    maxshape=(None, *shape),
                    chunks=(CHUNK_ROWS, *shape),
                    dtype=dtype,
                    compression="lzf",
                    shuffle=dtype.names is None,  # records of objects come out larger and half as fast with it
                )
            self._open = stack.pop_all()

    def append(self, **rows: np.ndarray) -> None:
        """Append equally many rows to every dataset."""
        if set(rows) != set(self._file):
            raise ValueError(f"{self.path}: datasets {sorted(self._file)} expected, {sorted(rows)} given")
        lengths = {len(values) for values in rows.values()}
        if len(lengths) != 1:
            raise ValueError(f"{self.path}: datasets of different lengths given: {sorted(lengths)}")
        (added,) = lengths
        # HDF5 tells of a full disk when it is too late to close the file, and then ends the process
        check_space(self.path, added * self._row_bytes)
        for name, values in rows.items():
            dataset = self._file[name]
            dataset.resize(self.written + added, axis=0)
            dataset[self.written :] = values
        self.written += added

    def __enter__(self):
        return self

    def __exit__(self, *error):
        return self._open.__exit__(*error)

    def _write_attributes(self, error_type, *_):
        if error_type is None:
            for name, value in {**self.attributes, "writer": f"deepcollider {__version__}"}.items():
                self._file.attrs[name] = _to_attribute(value)


class RowReader:
    """Read a row file by slices, in batches, or round and round, never more than a block at a time.

    With ``max_rows`` the file ends after so many rows.
    """

    datasets: tuple[str, ...] = ()  # names that must be there; empty: whatever the file has

    def __init__(self, path: str | Path, max_rows: int | None = None):
        self.path = Path(path)
        try:
            self._file = h5py.File(self.path, "r")
        except OSError as error:
            raise RowFileError(
                f"{self.path}: cannot be read as HDF5 ({error}); delete it and let the workflow make it again"
            ) from error
        missing = [name for name in self.datasets if name not in self._file]
        if missing:
            self.close()
            raise RowFileError(f"{self.path}: has no dataset {', '.join(missing)}; is it of another stage?")
        self.attributes = {name: _from_attribute(value) for name, value in self._file.attrs.items()}
        self._names = self.datasets or tuple(self._file)
        lengths = {name: len(self._file[name]) for name in self._names}
        if len(set(lengths.values())) != 1:
            self.close()
            raise RowFileError(f"{self.path}: datasets of different lengths {lengths}; the file is damaged")
        self._length = next(iter(lengths.values()))
        if max_rows is not None:
            self._length = min(self._length, max_rows)

    def __len__(self) -> int:
        return self._length

    @property
    def layout(self) -> Layout:
        """Of the datasets that are read."""
        return {name: (self._file[name].dtype, self._file[name].shape[1:]) for name in self._names}

    def close(self) -> None:
        self._file.close()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def read(self, start: int = 0, stop: int | None = None) -> Rows:
        """Rows start..stop (not included) of every dataset."""
        stop = self._length if stop is None else min(stop, self._length)
        return {name: self._file[name][start:stop] for name in self._names}

    def batches(self, size: int = BLOCK_ROWS) -> Iterator[Rows]:
        """All rows once, in order, in batches of ``size`` (the last may be shorter)."""
        for start in range(0, self._length, size):
            yield self.read(start, start + size)

    def circular(self, size: int, start: int = 0) -> Iterator[Rows]:
        """Batches of exactly ``size`` rows for ever: past the last row comes the first (VAE thesis 7.1).

        ``start`` is the row of the endless stream to begin at (so training can resume where it was). A rare kind
        of particle never starves a batch. Reads whole blocks, holds at most one block and one batch.
        """
        if not self._length:
            raise RowFileError(f"{self.path}: has no rows; nothing can be trained on it")
        if self._length <= BLOCK_ROWS:
            yield from self._circular_in_memory(size, start)
        held = self.read(0, 0)
        position = start % self._length
        while True:
            while len(held[self._names[0]]) < size:
                block = self.read(position, position + BLOCK_ROWS)
                position = (position + len(block[self._names[0]])) % self._length
                held = {name: np.concatenate([held[name], block[name]]) for name in self._names}
            used = len(held[self._names[0]]) // size * size
            for first in range(0, used, size):
                yield {name: values[first : first + size] for name, values in held.items()}
            held = {name: values[used:] for name, values in held.items()}

    def _circular_in_memory(self, size: int, start: int) -> Iterator[Rows]:
        """:meth:`circular` for a file of one block, which is read once: a batch may go round it many times."""
        block = self.read()
        while True:
            rows = np.arange(start, start + size) % self._length
            start = (start + size) % self._length
            yield {name: values[rows] for name, values in block.items()}
