"""What goes into and comes out of the compiled CSV parser: columns for good lines, reasons for bad ones."""

from typing import NamedTuple

import numpy as np

from deepcollider.physics.kinds import BY_SYMBOL, MAX_OBJECTS

PROCESS_BYTES = 32
MAX_ETA = 10.0  # the beam rapidity at 13 TeV is 9.5
MAX_PHI = 6.2832  # 2 pi: angles in [0, 2 pi) are as welcome as those in (-pi, pi]

FIELDS = 16
LINE, EVENT_ID, PROCESS, WEIGHT, MET, MET_PHI, OBJECT, ENERGY, PT, ETA, PHI = range(11)
COUNT, NOT_NUMBER, NOT_FINITE, NEGATIVE, NOT_POSITIVE, OUT_OF_RANGE = range(1, 7)
NOT_INTEGER, EMPTY, TOO_LONG, UNKNOWN, OLD_LAYOUT, UNEXPECTED, CUT = range(7, 14)
FIELD_NAMES = ("line", "event id", "process", "weight", "MET", "METphi", "object", "E", "pt", "eta", "phi")
FAULT_WORDS = {
    COUNT: "has the wrong number of fields",
    NOT_NUMBER: "is not a number",
    NOT_FINITE: "is not finite",
    NEGATIVE: "is negative",
    NOT_POSITIVE: "is not positive",
    OUT_OF_RANGE: "is out of range",
    NOT_INTEGER: "is not an integer",
    EMPTY: "is empty",
    TOO_LONG: f"is longer than {PROCESS_BYTES} bytes",
    UNKNOWN: "has an unknown symbol",
    OLD_LAYOUT: "has three header fields and no E (layout of 2019)",
    UNEXPECTED: "is not the expected one",
    CUT: "is cut: the file ends in the middle of it",
}


def describe(code: int) -> str:
    """The reason behind a code, in words: ``pt is not positive``."""
    return f"{FIELD_NAMES[code % FIELDS]} {FAULT_WORDS[code // FIELDS]}"


class Columns(NamedTuple):
    """Space for the lines of one call: good lines in the first group, bad ones in the second."""

    event_id: np.ndarray  # (N,) i8
    process: np.ndarray  # (N, 32) u1, as spelled in the file
    header: np.ndarray  # (N, 3) f8: weight, MET (GeV), METphi (rad)
    n_objects: np.ndarray  # (N,) u1
    kind: np.ndarray  # (N, 20) u1
    features: np.ndarray  # (N, 20, 4) f4: E, pt (GeV), eta, phi (rad, not wrapped)
    line: np.ndarray  # (N,) i8, counted from 0 at the start of the call
    bad_line: np.ndarray  # (N,) i8
    bad_code: np.ndarray  # (N,) i8
    bad_span: np.ndarray  # (N, 2) i8, first and last byte of the line in the buffer


def allocate(rows: int) -> Columns:
    """Columns for ``rows`` good and as many bad lines."""
    return Columns(
        event_id=np.zeros(rows, np.int64),
        process=np.zeros((rows, PROCESS_BYTES), np.uint8),
        header=np.zeros((rows, 3), np.float64),
        n_objects=np.zeros(rows, np.uint8),
        kind=np.zeros((rows, MAX_OBJECTS), np.uint8),
        features=np.zeros((rows, MAX_OBJECTS, 4), np.float32),
        line=np.zeros(rows, np.int64),
        bad_line=np.zeros(rows, np.int64),
        bad_code=np.zeros(rows, np.int64),
        bad_span=np.zeros((rows, 2), np.int64),
    )


def symbol_table() -> np.ndarray:
    """Kind code by first byte and charge byte (0: none) of an object's symbol; 0 where there is none."""
    table = np.zeros((128, 128), np.uint8)
    for symbol, kind in BY_SYMBOL.items():
        table[ord(symbol[0]), ord(symbol[1:] or "\0")] = kind.code
    table[ord("a"), 0] = BY_SYMBOL["g"].code
    return table
