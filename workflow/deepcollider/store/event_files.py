"""Event files: ``/events`` (N,) and ``/objects`` (N, 20), GeV and rad, with what is needed to trust them as attributes.

Attributes: schema_version, units, kinds (code -> symbol), writer; and, as the stage knows them, process, source and
source_sha256 (of published ones also doi, record, source_md5, source_verified), cuts, seed, counts (read, kept,
rejected, quarantined, truncated), repeated_events.
"""

from collections.abc import Iterator
from pathlib import Path

from deepcollider.physics.events import EVENT_DTYPE, OBJECT_DTYPE, Events
from deepcollider.physics.kinds import KIND_TABLE, MAX_OBJECTS
from deepcollider.store.rows import BLOCK_ROWS, RowFileError, RowReader, RowWriter

SCHEMA_VERSION = 1
UNITS = {"met": "GeV", "met_phi": "rad", "energy": "GeV", "pt": "GeV", "phi": "rad"}


class EventWriter(RowWriter):
    """Write events batch by batch; use as a context manager."""

    def __init__(self, path: str | Path, attributes=None):
        layout = {"events": (EVENT_DTYPE, ()), "objects": (OBJECT_DTYPE, (MAX_OBJECTS,))}
        fixed = {"schema_version": SCHEMA_VERSION, "units": UNITS, "kinds": KIND_TABLE}
        super().__init__(path, layout, {**fixed, **(attributes or {})})

    def append_events(self, batch: Events) -> None:
        self.append(events=batch.events, objects=batch.objects)


class EventReader(RowReader):
    """Read events by slices or batches as :class:`Events`."""

    datasets = ("events", "objects")

    def __init__(self, path: str | Path, max_rows: int | None = None):
        super().__init__(path, max_rows)
        version = self.attributes.get("schema_version")
        if version != SCHEMA_VERSION:
            self.close()
            raise RowFileError(
                f"{self.path}: event schema version {version}, but this code reads {SCHEMA_VERSION}; "
                "delete the file and let the workflow make it again"
            )

    def read_events(self, start: int = 0, stop: int | None = None) -> Events:
        return Events(**self.read(start, stop))

    def event_batches(self, size: int = BLOCK_ROWS) -> Iterator[Events]:
        for rows in self.batches(size):
            yield Events(**rows)


def read_events(path: str | Path, limit: int | None = None) -> Events:
    """The first ``limit`` events of a file (all, if None) in memory: for samples known to be small."""
    with EventReader(path, limit) as reader:
        return reader.read_events()
