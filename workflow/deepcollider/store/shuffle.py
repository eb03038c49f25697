"""Shuffle, mix and split row files larger than memory."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from tqdm import tqdm

from deepcollider.files import check_space, temporary_folder
from deepcollider.store.rows import BLOCK_ROWS, Layout, RowFileError, RowReader, Rows, RowWriter


def _row_dtype(layout: Layout) -> np.dtype:
    """One whole entry of a row file, as it lies in a bucket file."""
    return np.dtype([(name, dtype, shape) for name, (dtype, shape) in layout.items()])


def _as_records(rows: Rows, dtype: np.dtype) -> np.ndarray:
    """Rows of several datasets as one array (N,)."""
    records = np.empty(len(rows[dtype.names[0]]), dtype)
    for name in dtype.names:
        records[name] = rows[name]
    return records


def _deal(reader: RowReader, buckets: list[Path], dtype: np.dtype, rng: np.random.Generator, progress: tqdm) -> None:
    """Pass 1: append each row to a bucket drawn at random."""
    for batch in reader.batches():
        records = _as_records(batch, dtype)
        bucket = rng.integers(len(buckets), size=len(records))
        order = np.argsort(bucket, kind="stable")
        records, borders = records[order], np.searchsorted(bucket[order], np.arange(len(buckets) + 1))
        for path, first, last in zip(buckets, borders[:-1], borders[1:], strict=True):
            if last > first:
                with open(path, "ab") as file:
                    records[first:last].tofile(file)
        progress.update(len(records))


def _collect(buckets: list[Path], dtype: np.dtype, writer: RowWriter, rng: np.random.Generator, progress: tqdm) -> None:
    """Pass 2: append each bucket in an order drawn at random, and delete it."""
    for path in buckets:
        records = rng.permutation(np.fromfile(path, dtype))
        writer.append(**{name: records[name] for name in dtype.names})
        path.unlink()
        progress.update(len(records))


def _common_layout(readers: list[RowReader]) -> Layout:
    for reader in readers[1:]:
        if reader.layout != readers[0].layout:
            raise RowFileError(
                f"{reader.path}: its datasets or columns differ from those of {readers[0].path}; the two cannot be "
                "mixed. Delete both and let the workflow make them again"
            )
    return readers[0].layout


def mix(
    sources: list[str | Path],
    output: str | Path,
    seed: int,
    bucket_rows: int = 250_000,
    attributes: dict | None = None,
    show_progress: bool = True,
) -> int:
    """Write the rows of all ``sources`` to ``output`` in an order drawn at random with ``seed``; return their number.

    Two passes (Rao 1961, Sandelius 1962): every row goes to a bucket drawn uniformly, then every bucket is permuted
    in memory; all permutations are equally likely. ``bucket_rows`` (mean size of a bucket; an event has about 0.4 kB,
    and twice that while it is permuted) bounds the memory, not the result's quality; seed, ``bucket_rows`` and sources
    determine the order. Needs the size of the uncompressed rows on disk beside ``output``; it is freed, also on error.
    Raises DiskFullError if there is no room for it.
    """
    if bucket_rows < 1:
        raise ValueError(f"bucket_rows must be at least 1, not {bucket_rows}")
    output, rng = Path(output), np.random.default_rng(seed)
    with ExitStack() as stack:
        readers = [stack.enter_context(RowReader(source)) for source in sources]
        layout = _common_layout(readers)
        dtype = _row_dtype(layout)
        folder = stack.enter_context(temporary_folder(output))
        writer = stack.enter_context(RowWriter(output, layout, {**(attributes or {}), "seed": seed}))
        total = sum(len(reader) for reader in readers)
        check_space(output, total * dtype.itemsize)
        buckets = [Path(folder, f"{i}.rows") for i in range(-(-total // bucket_rows))]
        for path in buckets:
            path.touch()
        # every row is written twice
        bar = tqdm(total=2 * total, desc=output.stem, unit="row", mininterval=2.0, disable=not show_progress)
        progress = stack.enter_context(bar)
        for reader in readers:
            _deal(reader, buckets, dtype, rng, progress)
        _collect(buckets, dtype, writer, rng, progress)
    return total


def shuffle(
    source: str | Path, output: str | Path, seed: int, bucket_rows: int = 250_000, show_progress: bool = True
) -> None:
    """:func:`mix` of one file, whose attributes are kept."""
    with RowReader(source) as reader:
        attributes = reader.attributes
    mix([source], output, seed, bucket_rows, attributes, show_progress)


def split_borders(n: int, fractions: dict[str, float]) -> dict[str, tuple[int, int]]:
    """Row range (first, past the last) of each split of ``n`` rows, one after the other, sizes rounded.

    Borders, not sizes, are rounded: ranges never overlap, and fractions that add up to 1 use every row.
    """
    total = sum(fractions.values())
    if not fractions or min(fractions.values()) <= 0 or total > 1 + 1e-9:
        raise ValueError(f"split.fractions must be positive and add up to at most 1, not {fractions}")
    borders = [0, *(round(n * share) for share in np.cumsum(list(fractions.values())))]
    return {name: (borders[i], min(borders[i + 1], n)) for i, name in enumerate(fractions)}


def _content(reader: RowReader) -> str:
    return f"process {reader.attributes['process']}" if "process" in reader.attributes else "the sample"


def _check_train_size(reader: RowReader, borders: dict[str, tuple[int, int]], min_train: int, key: str) -> None:
    sizes = {name: last - first for name, (first, last) in borders.items()}
    if sizes.get("train", min_train) < min_train:
        raise RowFileError(
            f"{reader.path}: {_content(reader)} has {len(reader)} events, split "
            f"as {', '.join(f'{name} {size}' for name, size in sizes.items())}; a training on fewer than "
            f"{min_train} events is refused. Take a process with more events, or the larger file of this one, or "
            f"lower {key} in the configuration"
        )


def _copy(reader: RowReader, first: int, last: int) -> Iterator[Rows]:
    for start in range(first, last, BLOCK_ROWS):
        yield reader.read(start, min(start + BLOCK_ROWS, last))


def split(
    source: str | Path,
    outputs: dict[str, str | Path],
    fractions: dict[str, float],
    min_train: int = 1000,
    min_train_key: str = "split.min_train",
    show_progress: bool = True,
) -> dict[str, int]:
    """Cut a shuffled row file into consecutive ranges; return the size of each.

    ``outputs`` and ``fractions`` have the same names, in the order of ``fractions``. Attributes are copied; ``split``
    and ``fractions`` are added (``seed`` is the shuffle's). Raises RowFileError, with nothing written, if the split
    ``train`` has fewer than ``min_train`` events; ``min_train_key`` is where the configuration sets that.
    """
    if set(outputs) != set(fractions):
        raise ValueError(f"splits {sorted(outputs)} are asked for, but split.fractions has {sorted(fractions)}")
    with RowReader(source) as reader:
        borders = split_borders(len(reader), fractions)
        _check_train_size(reader, borders, min_train, min_train_key)
        for name, (first, last) in borders.items():
            added = {"split": name, "fractions": fractions, "seed": reader.attributes.get("seed", "none")}
            with RowWriter(outputs[name], reader.layout, {**reader.attributes, **added}) as writer:
                blocks, total = _copy(reader, first, last), -(-(last - first) // BLOCK_ROWS)
                for rows in tqdm(blocks, name, total, unit="block", mininterval=2.0, disable=not show_progress):
                    writer.append(**rows)
    return {name: last - first for name, (first, last) in borders.items()}
