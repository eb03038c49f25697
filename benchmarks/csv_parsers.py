"""Other ways to read the Dark Machines CSV into the same arrays: plain Python (two ways), pandas and polars.

None of them checks what it reads, and all take it for granted that no event has more than 20 objects.
"""

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl

from deepcollider.physics.events import OBJECT_FEATURES, Events, empty_events
from deepcollider.physics.kinds import BY_SYMBOL, MEV_PER_GEV

BATCH_ROWS = 16_384
CODES = {symbol: kind.code for symbol, kind in BY_SYMBOL.items()}
HEADER = ("event_id", "process", "weight", "met", "met_phi")


def _fill_by_field(batch: Events, row: int, fields: list[str]) -> None:
    """One line into row ``row``: split each object, sort, assign field by field."""
    event_id, process, weight, met, met_phi, *objects = fields
    event = batch.events[row]
    event["event_id"], event["process"], event["weight"] = int(event_id), process, float(weight)
    event["met"], event["met_phi"], event["n_objects"] = float(met) / 1e3, float(met_phi), len(objects)
    parts = [text.split(",") for text in objects]
    parts.sort(key=lambda part: (CODES[part[0]], -float(part[2])))
    for i, (symbol, energy, pt, eta, phi) in enumerate(parts):
        slot = batch.objects[row, i]
        slot["kind"], slot["valid"] = CODES[symbol], True
        slot["energy"], slot["pt"] = float(energy) / 1e3, float(pt) / 1e3
        slot["eta"], slot["phi"] = float(eta), float(phi)


def _fill_by_row(batch: Events, row: int, fields: list[str]) -> None:
    """The same with one assignment for the event and one for all its objects."""
    event_id, process, weight, met, met_phi, *objects = fields
    records = []
    for text in objects:
        symbol, energy, pt, eta, phi = text.split(",")
        records.append((CODES[symbol], True, float(energy) / 1e3, float(pt) / 1e3, float(eta), float(phi)))
    records.sort(key=lambda record: (record[0], -record[3]))
    batch.events[row] = (int(event_id), process, float(weight), float(met) / 1e3, float(met_phi), len(records))
    batch.objects[row, : len(records)] = records


def _line_by_line(path: Path, fill) -> Iterator[Events]:
    batch, row = empty_events(BATCH_ROWS), 0
    with open(path, encoding="utf-8") as file:
        for line in file:
            fill(batch, row, line.rstrip("\n;").split(";"))
            row += 1
            if row == BATCH_ROWS:
                yield batch
                batch, row = empty_events(BATCH_ROWS), 0
    yield batch.take(slice(row))


def plain_by_field(path: Path) -> Iterator[Events]:
    """Straightforward plain Python."""
    return _line_by_line(path, _fill_by_field)


def plain_tuned(path: Path) -> Iterator[Events]:
    """Plain Python as fast as we could make it."""
    return _line_by_line(path, _fill_by_row)


def _fill_flat(header, event: np.ndarray, kind: np.ndarray, features: dict[str, np.ndarray]) -> Events:
    """Events of header columns and flat columns of objects, both in MeV; objects by event, kind, descending pt."""
    batch = empty_events(len(header["met"]))
    for name in HEADER:
        batch.events[name] = header[name] / MEV_PER_GEV if name == "met" else header[name]
    counts = np.bincount(event, minlength=len(batch))
    batch.events["n_objects"] = counts
    slot = np.arange(len(event)) - (np.cumsum(counts) - counts)[event]
    batch.objects["kind"][event, slot], batch.objects["valid"][event, slot] = kind, True
    for name in OBJECT_FEATURES:
        values = features[name] / MEV_PER_GEV if name in ("energy", "pt") else features[name]
        batch.objects[name][event, slot] = values
    return batch


def with_pandas(path: Path) -> Iterator[Events]:
    """Lines with ``read_csv``, then ``str.split`` and ``explode``, a batch of lines at a time."""
    lines = pd.read_csv(path, sep="\x01", header=None, names=["line"], quoting=3, chunksize=BATCH_ROWS)
    for chunk in lines:
        fields = chunk["line"].reset_index(drop=True).str.rstrip(";").str.split(";")
        header = pd.DataFrame(fields.str[:5].tolist(), columns=HEADER)
        header = header.astype({"event_id": int, "weight": float, "met": float, "met_phi": float})
        objects = fields.str[5:].explode().dropna().str.split(",", expand=True)
        objects.columns = ["kind", *OBJECT_FEATURES]
        objects["kind"] = objects["kind"].map(CODES)
        objects = objects.astype(dict.fromkeys(OBJECT_FEATURES, float)).rename_axis("event").reset_index()
        objects = objects.sort_values(["event", "kind", "pt"], ascending=[True, True, False])
        arrays = {name: header[name].to_numpy() for name in header}
        arrays["process"] = arrays["process"].astype("S32")
        flat = {name: objects[name].to_numpy() for name in objects}
        yield _fill_flat(arrays, flat["event"], flat["kind"], flat)


def with_polars(path: Path) -> Iterator[Events]:
    """The whole file in one lazy query on all cores: lines, ``str.split``, ``explode``."""
    texts = pl.scan_csv(path, has_header=False, separator="\x01", quote_char=None, new_columns=["line"])
    fields = texts.select(pl.col("line").str.strip_chars_end(";").str.split(";")).with_row_index("event").collect()
    part = pl.col("line").list
    header = fields.select(
        part.get(0).cast(pl.Int64).alias("event_id"),
        part.get(1).alias("process"),
        *(part.get(i).cast(pl.Float64).alias(HEADER[i]) for i in (2, 3, 4)),
    )
    text = pl.col("line").str.split_exact(",", 4)
    objects = (
        fields.lazy()
        .select("event", part.slice(5))
        .explode("line")
        .drop_nulls()
        .select(
            "event",
            text.struct[0].replace_strict(CODES).alias("kind"),
            *(text.struct[i].cast(pl.Float64).alias(name) for i, name in enumerate(OBJECT_FEATURES, start=1)),
        )
        .sort("event", "kind", "pt", descending=[False, False, True], maintain_order=True)
        .collect()
    )
    arrays = {name: header[name].to_numpy() for name in header.columns}
    arrays["process"] = arrays["process"].astype("S32")
    flat = {name: objects[name].to_numpy() for name in objects.columns}
    yield _fill_flat(arrays, flat["event"], flat["kind"], flat)
