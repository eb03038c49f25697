"""Part files: the rows that a network trains on, with the mean and spread of every column.

Dataset ``features`` (rows, columns) f4, NaN where there is nothing; what the columns are is for the view to say
(:mod:`deepcollider.features.views`). Attributes: view, part, columns, n_rows, n_events, mean, std, minimum, maximum,
events_file, and process, split, seed of the events.
"""

from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

import numpy as np
from tqdm import tqdm

from deepcollider.features.view import View
from deepcollider.store.event_files import EventReader, EventWriter
from deepcollider.store.rows import BLOCK_ROWS, RowFileError, RowReader, Rows, RowWriter


class RunningMoments:
    """Mean, deviation and range of columns met batch by batch (Chan, Golub and LeVeque 1983), in float64.

    Values that are not there (NaN) do not count; a column without any value has 0 for all of them.
    """

    def __init__(self, columns: int):
        self.n = np.zeros(columns, int)
        self.mean = np.zeros(columns)
        self._lowest, self._highest = np.full(columns, np.inf), np.full(columns, -np.inf)
        self._squares = np.zeros(columns)  # sum of squared deviations from the mean

    def add(self, batch: np.ndarray) -> None:
        """Take in rows (M, columns)."""
        batch = batch.astype(np.float64)
        there = ~np.isnan(batch)
        added = there.sum(axis=0)
        n = self.n + added
        share = added / np.maximum(n, 1)
        mean = np.where(there, batch, 0.0).sum(axis=0) / np.maximum(added, 1)
        shift = np.where(added > 0, mean - self.mean, 0.0)
        self._squares += np.where(there, (batch - mean) ** 2, 0.0).sum(axis=0) + shift**2 * self.n * share
        self.mean = self.mean + shift * share
        self._lowest = np.minimum(self._lowest, np.where(there, batch, np.inf).min(axis=0, initial=np.inf))
        self._highest = np.maximum(self._highest, np.where(there, batch, -np.inf).max(axis=0, initial=-np.inf))
        self.n = n

    @property
    def std(self) -> np.ndarray:
        """Standard deviation of the population (divided by n, as scalers do); 0 without rows."""
        return np.sqrt(self._squares / np.maximum(self.n, 1))

    @property
    def minimum(self) -> np.ndarray:
        """Lowest values; 0 without rows."""
        return np.where(self.n > 0, self._lowest, 0.0)

    @property
    def maximum(self) -> np.ndarray:
        """Highest values; 0 without rows."""
        return np.where(self.n > 0, self._highest, 0.0)

    def scales(self, is_scaled: np.ndarray) -> dict[str, list[float]]:
        """Attributes of a part file; those of columns that are not scaled (columns,) are such that any scaler leaves
        them."""
        return {
            "mean": np.where(is_scaled, self.mean, 0.0).tolist(),
            "std": np.where(is_scaled, self.std, 1.0).tolist(),
            "minimum": np.where(is_scaled, self.minimum, -1.0).tolist(),
            "maximum": np.where(is_scaled, self.maximum, 1.0).tolist(),
        }


def split_parts(
    source: str | Path, view: View, outputs: dict[str, str | Path], show_progress: bool = True
) -> dict[str, int]:
    """Write the parts named in ``outputs`` (of the view's) of an event file, in one pass; return their rows.

    Rows keep the order of the events. A part that no event has becomes a file without rows.
    """
    if unknown := set(outputs) - set(view.parts):
        raise ValueError(f"unknown parts {sorted(unknown)}; the view {view.name} has {', '.join(view.parts)}")
    moments = {part: RunningMoments(len(view.columns(part))) for part in outputs}
    with EventReader(source) as reader, ExitStack() as stack:
        writers = {
            part: stack.enter_context(RowWriter(path, {"features": (np.dtype("f4"), (len(view.columns(part)),))}))
            for part, path in outputs.items()
        }
        blocks, total = reader.event_batches(), -(-len(reader) // BLOCK_ROWS)
        for batch in tqdm(blocks, total=total, unit="block", mininterval=2.0, disable=not show_progress):
            for part, writer in writers.items():
                rows = view.rows(batch, part)
                moments[part].add(rows)
                writer.append(features=rows)
        inherited = {
            name: reader.attributes[name] for name in ("process", "split", "seed") if name in reader.attributes
        }
        for part, writer in writers.items():
            is_scaled = np.array([column not in view.unscaled(part) for column in view.columns(part)])
            writer.attributes |= {
                **inherited,
                "events_file": Path(source).name,
                "view": view.name,
                "part": part,
                "columns": view.columns(part),
                "n_rows": writer.written,
                "n_events": len(reader),
                **moments[part].scales(is_scaled),
            }
    return {part: writer.written for part, writer in writers.items()}


def select_events(source: str | Path, view: View, output: str | Path, show_progress: bool = True) -> tuple[int, int]:
    """Write the events that a view accepts, in their order; return how many were read and kept."""
    with EventReader(source) as reader, EventWriter(output, reader.attributes) as writer:
        blocks, total = reader.event_batches(), -(-len(reader) // BLOCK_ROWS)
        for batch in tqdm(blocks, total=total, unit="block", mininterval=2.0, disable=not show_progress):
            writer.append_events(batch.take(view.accepts(batch)))
        writer.attributes |= {"selection": view.name, "selected_of": len(reader)}
    return len(reader), writer.written


class PartReader(RowReader):
    """Read a part file; ``mean`` and ``std`` (columns,) float64 are those of its ``features``.

    With ``columns`` it is as if the file had these columns alone, in this order; RowFileError names one that it lacks.
    For columns that are never scaled they are 0 and 1, and the ``limits`` -1 and 1, so that any scaler leaves them.
    """

    datasets = ("features",)

    def __init__(self, path: str | Path, max_rows: int | None = None, columns: Sequence[str] | None = None):
        super().__init__(path, max_rows)
        known = tuple(self.attributes["columns"])
        if missing := [name for name in columns or () if name not in known]:
            self.close()
            raise RowFileError(
                f"{self.path}: has no column {', '.join(missing)}; delete it and let the workflow make it again"
            )
        self.columns = known if columns is None else tuple(columns)
        self._places = None if self.columns == known else [known.index(name) for name in self.columns]
        self.mean = self._of_columns("mean")
        std = self._of_columns("std")
        self.std = np.where(std > 0, std, 1.0)  # as scikit-learn: a constant column is only shifted

    def _of_columns(self, name: str) -> np.ndarray:
        values = np.array(self.attributes[name])
        return values if self._places is None else values[self._places]

    @property
    def limits(self) -> tuple[list[float], list[float]]:
        """Lowest and highest value of every column."""
        return self._of_columns("minimum").tolist(), self._of_columns("maximum").tolist()

    def read(self, start: int = 0, stop: int | None = None) -> Rows:
        """Rows start..stop (not included) of every dataset."""
        found = super().read(start, stop)
        return found if self._places is None else {"features": found["features"][:, self._places]}
