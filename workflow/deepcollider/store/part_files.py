"""Part files: the rows that a per-particle model trains on, with the mean and spread of every column.

Dataset ``features`` (rows, columns) f4, and in the part ``met`` also ``counts`` (rows, 7) u1; what the columns are is
in :data:`deepcollider.features.parts.PART_COLUMNS`. Attributes: part, columns, n_rows, n_events, mean, std,
events_file, and process, split, seed of the events.
"""

from contextlib import ExitStack
from pathlib import Path

import numpy as np
from tqdm import tqdm

from deepcollider.features.parts import PART_COLUMNS, PART_NAMES, kind_part, met_part
from deepcollider.physics.events import Events
from deepcollider.physics.kinds import BY_NAME, KINDS
from deepcollider.store.event_files import EventReader
from deepcollider.store.rows import BLOCK_ROWS, RowReader, RowWriter


class RunningMoments:
    """Mean and standard deviation of columns met batch by batch (Chan, Golub and LeVeque 1983), in float64."""

    def __init__(self, columns: int):
        self.n = 0
        self.mean = np.zeros(columns)
        self._squares = np.zeros(columns)  # sum of squared deviations from the mean

    def add(self, batch: np.ndarray) -> None:
        """Take in rows (M, columns)."""
        if not len(batch):
            return
        batch = batch.astype(np.float64)
        n, mean = self.n + len(batch), batch.mean(axis=0)
        shift = mean - self.mean
        self._squares += ((batch - mean) ** 2).sum(axis=0) + shift**2 * (self.n * len(batch) / n)
        self.mean = self.mean + shift * (len(batch) / n)
        self.n = n

    @property
    def std(self) -> np.ndarray:
        """Standard deviation of the population (divided by n, as scalers do); 0 without rows."""
        return np.sqrt(self._squares / max(self.n, 1))


def _rows_of(events: Events, part: str) -> dict[str, np.ndarray]:
    return met_part(events) if part == "met" else kind_part(events, BY_NAME[part])


def _layout(part: str) -> dict:
    layout = {"features": (np.dtype("f4"), (len(PART_COLUMNS[part]),))}
    return layout | ({"counts": (np.dtype("u1"), (len(KINDS),))} if part == "met" else {})


def split_by_particle(source: str | Path, outputs: dict[str, str | Path], show_progress: bool = True) -> dict[str, int]:
    """Write the parts named in ``outputs`` (of PART_NAMES) of an event file, in one pass; return their rows.

    Rows keep the order of the events. A part that no event has becomes a file without rows.
    """
    if unknown := set(outputs) - set(PART_NAMES):
        raise ValueError(f"unknown parts {sorted(unknown)}; there are {', '.join(PART_NAMES)}")
    moments = {part: RunningMoments(len(PART_COLUMNS[part])) for part in outputs}
    with EventReader(source) as reader, ExitStack() as stack:
        writers = {part: stack.enter_context(RowWriter(path, _layout(part))) for part, path in outputs.items()}
        blocks, total = reader.event_batches(), -(-len(reader) // BLOCK_ROWS)
        for batch in tqdm(blocks, total=total, unit="block", mininterval=2.0, disable=not show_progress):
            for part, writer in writers.items():
                rows = _rows_of(batch, part)
                moments[part].add(rows["features"])
                writer.append(**rows)
        inherited = {
            name: reader.attributes[name] for name in ("process", "split", "seed") if name in reader.attributes
        }
        for part, writer in writers.items():
            writer.attributes |= {
                **inherited,
                "events_file": Path(source).name,
                "part": part,
                "columns": PART_COLUMNS[part],
                "n_rows": writer.written,
                "n_events": len(reader),
                "mean": moments[part].mean.tolist(),
                "std": moments[part].std.tolist(),
            }
    return {part: writer.written for part, writer in writers.items()}


class PartReader(RowReader):
    """Read a part file; ``mean`` and ``std`` (columns,) float64 are those of its ``features``."""

    datasets = ("features",)

    def __init__(self, path: str | Path):
        super().__init__(path)
        if self.attributes.get("part") == "met":
            self._names = ("features", "counts")
        self.columns = tuple(self.attributes["columns"])
        self.mean = np.array(self.attributes["mean"])
        std = np.array(self.attributes["std"])
        self.std = np.where(std > 0, std, 1.0)  # as scikit-learn: a constant column is only shifted
