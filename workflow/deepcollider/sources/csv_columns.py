"""What goes into and comes out of the compiled CSV parser: columns for good lines, reasons for bad ones."""

from typing import NamedTuple

import numpy as np

from deepcollider.physics.events import EVENT_DTYPE
from deepcollider.physics.kinds import BY_SYMBOL

PROCESS_BYTES = 32
MAX_ETA = 10.0  # the beam rapidity at 13 TeV is 9.5
MAX_PHI = 6.2832  # 2 pi: angles in [0, 2 pi) are as welcome as those in (-pi, pi]

FIELDS = 16
LINE, EVENT_ID, PROCESS, WEIGHT, MET, MET_PHI, OBJECT, ENERGY, PT, ETA, PHI = range(11)
COUNT, NOT_NUMBER, NOT_FINITE, NEGATIVE, NOT_POSITIVE, OUT_OF_RANGE = range(1, 7)
NOT_INTEGER, EMPTY, TOO_LONG, UNKNOWN, OLD_LAYOUT, UNEXPECTED, UNPRINTABLE, CUT = range(7, 15)
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
    UNPRINTABLE: "has characters other than printable ASCII",
    CUT: "is cut: the file ends in the middle of it",
}


def describe(code: int) -> str:
    """The reason behind a code, in words: ``pt is not positive``."""
    return f"{FIELD_NAMES[code % FIELDS]} {FAULT_WORDS[code // FIELDS]}"


PARSED_EVENT_DTYPE = np.dtype(
    [(name, *((("u1", PROCESS_BYTES),) if name == "process" else (EVENT_DTYPE[name],))) for name in EVENT_DTYPE.names]
)
"""EVENT_DTYPE with the process as (32,) u1: compiled code cannot write into texts."""


class BadSpans(NamedTuple):
    """Space for the bad lines of one call."""

    line: np.ndarray  # (N,) i8, counted from 0 at the start of the call
    code: np.ndarray  # (N,) i8
    span: np.ndarray  # (N, 2) i8, first and last byte of the line in the buffer

    @classmethod
    def allocate(cls, rows: int) -> "BadSpans":
        return cls(np.zeros(rows, np.int64), np.zeros(rows, np.int64), np.zeros((rows, 2), np.int64))


class Tally(NamedTuple):
    """What one call of the compiled parser passed."""

    position: int  # in the buffer, after the last line
    lines: int
    good: int
    bad: int
    truncated: int  # good lines with more than 20 objects
    first_good: int  # number of the first good line, counted from 0 at the start of the call; -1 for none
    closed: bool  # whether the last good line ended with a semicolon


def symbol_table() -> np.ndarray:
    """Kind code by first byte and charge byte (0: none) of an object's symbol; 0 where there is none."""
    table = np.zeros((128, 128), np.uint8)
    for symbol, kind in BY_SYMBOL.items():
        table[ord(symbol[0]), ord(symbol[1:] or "\0")] = kind.code
    table[ord("a"), 0] = BY_SYMBOL["g"].code
    return table
