"""Shuffle and split event files larger than memory."""

import tempfile
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from deepcollider.physics.events import EVENT_DTYPE, OBJECT_DTYPE, Events
from deepcollider.physics.kinds import MAX_OBJECTS
from deepcollider.store.event_files import EventReader, EventWriter
from deepcollider.store.rows import BLOCK_ROWS, RowFileError

_ROW_DTYPE = np.dtype([("events", EVENT_DTYPE), ("objects", OBJECT_DTYPE, (MAX_OBJECTS,))])
"""One whole event, as it lies in a bucket file."""


def _as_rows(batch: Events) -> np.ndarray:
    """Events as one array (N,) of _ROW_DTYPE."""
    rows = np.empty(len(batch), _ROW_DTYPE)
    rows["events"], rows["objects"] = batch.events, batch.objects
    return rows


def _deal(reader: EventReader, buckets: list[Path], rng: np.random.Generator) -> None:
    """Pass 1: append each event to a bucket drawn at random."""
    for batch in reader.event_batches():
        bucket = rng.integers(len(buckets), size=len(batch))
        order = np.argsort(bucket, kind="stable")
        rows, borders = (
            _as_rows(batch.take(order)),
            np.searchsorted(bucket[order], np.arange(len(buckets) + 1)),
        )
        for path, first, last in zip(buckets, borders[:-1], borders[1:], strict=True):
            if last > first:
                with open(path, "ab") as file:
                    rows[first:last].tofile(file)


def _collect(buckets: list[Path], writer: EventWriter, rng: np.random.Generator) -> None:
    """Pass 2: append each bucket in an order drawn at random, and delete it."""
    for path in buckets:
        rows = rng.permutation(np.fromfile(path, _ROW_DTYPE))
        writer.append_events(Events(rows["events"], rows["objects"]))
        path.unlink()


def shuffle(source: str | Path, output: str | Path, seed: int, bucket_rows: int = 250_000) -> None:
    """Write the events of ``source`` to ``output`` in an order drawn at random with ``seed``.

    Two passes (Rao 1961, Sandelius 1962): every event goes to a bucket drawn uniformly, then every bucket is
    permuted in memory; all permutations are equally likely. ``bucket_rows`` (mean size of a bucket, about 0.4 kB an
    event and twice that while it is permuted) bounds the memory, not the result's quality; seed, ``bucket_rows``
    and source determine the order. Needs 0.4 kB of disk an event beside ``output``; it is freed, also on error.
    """
    if bucket_rows < 1:
        raise ValueError(f"bucket_rows must be at least 1, not {bucket_rows}")
    output, rng = Path(output), np.random.default_rng(seed)
    output.parent.mkdir(parents=True, exist_ok=True)
    with (
        EventReader(source) as reader,
        tempfile.TemporaryDirectory(prefix=f".{output.stem}.buckets-", dir=output.parent) as folder,
        EventWriter(output, {**reader.attributes, "seed": seed}) as writer,
    ):
        buckets = [Path(folder, f"{i}.rows") for i in range(-(-len(reader) // bucket_rows))]
        for path in buckets:
            path.touch()
        _deal(reader, buckets, rng)
        _collect(buckets, writer, rng)


def split_borders(n: int, fractions: dict[str, float]) -> dict[str, tuple[int, int]]:
    """Row range (first, past the last) of each split of ``n`` rows, one after the other, sizes rounded.

    Borders, not sizes, are rounded: ranges never overlap, and fractions that add up to 1 use every row.
    """
    total = sum(fractions.values())
    if not fractions or min(fractions.values()) <= 0 or total > 1 + 1e-9:
        raise ValueError(f"split.fractions must be positive and add up to at most 1, not {fractions}")
    borders = [0, *(round(n * share) for share in np.cumsum(list(fractions.values())))]
    return {name: (borders[i], min(borders[i + 1], n)) for i, name in enumerate(fractions)}


def _check_train_size(reader: EventReader, borders: dict[str, tuple[int, int]], min_train: int) -> None:
    sizes = {name: last - first for name, (first, last) in borders.items()}
    if sizes.get("train", min_train) < min_train:
        raise RowFileError(
            f"{reader.path}: process {reader.attributes.get('process', 'unknown')} has {len(reader)} events, split "
            f"as {', '.join(f'{name} {size}' for name, size in sizes.items())}; a training on fewer than "
            f"{min_train} events is refused. Take a process with more events, or the larger file of this one, or "
            "lower split.min_train in the configuration"
        )


def _copy(reader: EventReader, first: int, last: int) -> Iterator[Events]:
    for start in range(first, last, BLOCK_ROWS):
        yield reader.read_events(start, min(start + BLOCK_ROWS, last))


def split(
    source: str | Path, outputs: dict[str, str | Path], fractions: dict[str, float], min_train: int = 1000
) -> dict[str, int]:
    """Cut a shuffled event file into consecutive ranges; return the size of each.

    ``outputs`` and ``fractions`` have the same names, in the order of ``fractions``. Attributes are copied; ``split``
    and ``fractions`` are added (``seed`` is the shuffle's). Raises RowFileError, with nothing written, if the split
    ``train`` has fewer than ``min_train`` events.
    """
    if set(outputs) != set(fractions):
        raise ValueError(f"splits {sorted(outputs)} are asked for, but split.fractions has {sorted(fractions)}")
    with EventReader(source) as reader:
        borders = split_borders(len(reader), fractions)
        _check_train_size(reader, borders, min_train)
        for name, (first, last) in borders.items():
            added = {"split": name, "fractions": fractions, "seed": reader.attributes.get("seed", "none")}
            with EventWriter(outputs[name], {**reader.attributes, **added}) as writer:
                for batch in _copy(reader, first, last):
                    writer.append_events(batch)
    return {name: last - first for name, (first, last) in borders.items()}
