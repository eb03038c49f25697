"""Compiled parser of Dark Machines CSV lines: bytes in, columns out (format: SYSTEMS 1.1, VAE thesis 3.1).

``eventID;process;weight;MET;METphi;obj,E,pt,eta,phi;obj,...`` with MET, E and pt in MeV. A trailing ``;``, a
carriage return and blanks around a field are allowed. A line with a fault yields a code,
``fault * FIELDS + field``, put in words by :mod:`csv_columns`; nothing is ever raised from here.
"""

import numpy as np

from deepcollider.physics.kinds import MAX_OBJECTS, MEV_PER_GEV
from deepcollider.sources.csv_columns import (
    COUNT,
    EMPTY,
    ENERGY,
    ETA,
    EVENT_ID,
    FIELDS,
    LINE,
    MAX_ETA,
    MAX_PHI,
    MET,
    MET_PHI,
    NEGATIVE,
    NOT_FINITE,
    NOT_INTEGER,
    NOT_POSITIVE,
    OBJECT,
    OLD_LAYOUT,
    OUT_OF_RANGE,
    PHI,
    PROCESS,
    PROCESS_BYTES,
    PT,
    TOO_LONG,
    UNEXPECTED,
    UNKNOWN,
    WEIGHT,
    symbol_table,
)
from deepcollider.sources.csv_numbers import ZERO, compiled, find, number, plain_number, sign_at, trim

_FLOAT32_MAX = float(np.finfo(np.float32).max)
_SYMBOLS = symbol_table()
_MU = np.frombuffer(b"mu", np.uint8)


@compiled
def _quantity(buffer, first, last, field):
    """(code, value) of a number within the limits of its field; energies are turned into GeV."""
    fault, value = number(buffer, first, last)
    if fault == 0:
        if field in (MET, ENERGY, PT):
            value /= MEV_PER_GEV
        if not abs(value) <= _FLOAT32_MAX:
            fault = NOT_FINITE
        elif field == MET and value < 0.0:
            fault = NEGATIVE
        elif field in (ENERGY, PT) and not np.float32(value) > 0.0:
            fault = NOT_POSITIVE
        elif (field == ETA and abs(value) > MAX_ETA) or (field in (PHI, MET_PHI) and abs(value) > MAX_PHI):
            fault = OUT_OF_RANGE
    return (fault * FIELDS + field if fault else 0), value


@compiled
def _integer(buffer, first, last):
    """(code, value) of an event id of 1 to 18 digits."""
    first, last = trim(buffer, first, last)
    sign, first = sign_at(buffer, first, last)
    fault = NOT_INTEGER if first == last or last - first > 18 else 0
    value = np.int64(0)
    while fault == 0 and first < last:
        digit = buffer[first] - ZERO
        value = value * 10 + np.int64(digit)
        fault = NOT_INTEGER if digit > 9 else 0
        first += 1
    return (fault * FIELDS + EVENT_ID if fault else 0), sign * value


@compiled
def _lower(byte):
    return byte + 32 if 65 <= byte <= 90 else byte


@compiled
def _process(buffer, first, last, expected, name):
    """Copy the process into ``name``; code if it is none of the ``expected`` (K, 32) lower-case names."""
    first, last = trim(buffer, first, last)
    if first == last:
        return EMPTY * FIELDS + PROCESS
    if last - first > PROCESS_BYTES:
        return TOO_LONG * FIELDS + PROCESS
    name[:] = 0
    for i in range(last - first):
        name[i] = buffer[first + i]
    for k in range(expected.shape[0]):
        same = True
        for i in range(PROCESS_BYTES):
            same = same and _lower(name[i]) == expected[k, i]
        if same:
            return 0
    return UNEXPECTED * FIELDS + PROCESS if expected.shape[0] else 0


@compiled
def _kind(buffer, first, last):
    """Kind code of a symbol, 0 if unknown; ``mu-``, ``mu+`` and ``a`` are accepted for m-, m+ and g."""
    first, last = trim(buffer, first, last)
    if last - first == 3 and buffer[first] == _MU[0] and buffer[first + 1] == _MU[1]:
        first += 1
        head = _MU[0]
    elif 1 <= last - first <= 2:
        head = buffer[first]
    else:
        return 0
    charge = buffer[first + 1] if last - first == 2 else np.uint8(0)
    if head > 127 or charge > 127:
        return 0
    return np.int64(_SYMBOLS[head, charge])


@compiled
def _object(buffer, first, last, record):
    """(code, kind) of ``symbol,E,pt,eta,phi``; the four numbers go to ``record`` (4,) f4."""
    commas = 0
    for i in range(first, last):
        commas += buffer[i] == 44
    if commas != 4:
        return COUNT * FIELDS + OBJECT, 0
    end = find(buffer, first, last, 44)
    kind = _kind(buffer, first, end)
    if kind == 0:
        return UNKNOWN * FIELDS + OBJECT, 0
    for i in range(4):
        start = end + 1
        end = find(buffer, start, last, 44)
        code, value = _quantity(buffer, start, end, ENERGY + i)
        if code:
            return code, 0
        record[i] = value
    return 0, kind


@compiled
def _plain_object(buffer, first, last, record):
    """(position of the end, kind) of an object written in the ordinary way; kind 0 for all that needs a closer look.

    It accepts nothing that :func:`_object` would not accept with the same values; it is only faster.
    """
    if last - first < 10:
        return first, 0
    width = 1 if buffer[first + 1] == 44 else 2
    charge = buffer[first + 1] if width == 2 else np.uint8(0)
    if buffer[first + width] != 44 or buffer[first] > 127 or charge > 127:
        return first, 0
    kind = np.int64(_SYMBOLS[buffer[first], charge])
    position = first + width
    for i in range(4):
        if position >= last or buffer[position] != 44:
            return first, 0
        position, value = plain_number(buffer, position + 1, last)
        if position < 0:
            return first, 0
        record[i] = value / MEV_PER_GEV if i < 2 else value
    ordinary = record[0] > 0 and record[1] > 0 and abs(record[2]) <= MAX_ETA and abs(record[3]) <= MAX_PHI
    return position, kind if ordinary else 0


@compiled
def _insert(kinds, features, n, kind, record):
    """Insert an object by descending pt into the first ``n`` of 20; what falls off the end is lost."""
    position = n
    while position > 0 and record[1] > features[position - 1, 1]:
        position -= 1
    for i in range(min(n, MAX_OBJECTS - 1), position, -1):
        kinds[i] = kinds[i - 1]
        for j in range(4):  # element by element: assigning rows makes numba allocate copies
            features[i, j] = features[i - 1, j]
    if position < MAX_OBJECTS:
        kinds[position] = kind
        for j in range(4):
            features[position, j] = record[j]


@compiled
def _store(kinds, features, n, kind_out, features_out, row):
    """Write ``n`` objects, already by descending pt, ordered by kind; clear the other slots."""
    slot = 0
    for kind in range(1, 8):
        for i in range(n):
            if kinds[i] == kind:
                kind_out[row, slot] = kind
                for j in range(4):
                    features_out[row, slot, j] = features[i, j]
                slot += 1
    for empty in range(slot, MAX_OBJECTS):
        kind_out[row, empty] = 0
        for j in range(4):
            features_out[row, empty, j] = 0


@compiled
def _header(buffer, first, last, expected, columns, row):
    """(code, position after the five header fields)."""
    event_id, process, header, _, _, _ = columns
    for field in range(EVENT_ID, MET_PHI + 1):
        if first > last:
            return COUNT * FIELDS + LINE, first
        end = find(buffer, first, last, 59)
        if field == EVENT_ID:
            code, event_id[row] = _integer(buffer, first, end)
        elif field == PROCESS:
            code = _process(buffer, first, end, expected, process[row])
        elif field == MET and find(buffer, first, end, 44) < end:
            code = OLD_LAYOUT * FIELDS + LINE
        else:
            code, header[row, field - WEIGHT] = _quantity(buffer, first, end, field)
        if code:
            return code, first
        first = end + 1
    return 0, first


@compiled
def _event(buffer, first, last, expected, columns, row, kinds, features):
    """(code, objects in the line) of one line without its end; a good one fills ``row`` of the columns."""
    _, _, _, n_objects, kind_out, features_out = columns
    if buffer[last - 1] == 59:
        last -= 1
    code, first = _header(buffer, first, last, expected, columns, row)
    seen = 0
    record = features[MAX_OBJECTS]
    while code == 0 and first <= last:
        end = find(buffer, first, last, 59)
        code, kind = _object(buffer, first, end, record)
        if code == 0:
            _insert(kinds, features, min(seen, MAX_OBJECTS), kind, record)
            seen += 1
        first = end + 1
    if code == 0:
        kept = min(seen, MAX_OBJECTS)
        n_objects[row] = kept
        _store(kinds, features, kept, kind_out, features_out, row)
    return code, seen


@compiled
def _plain_header(buffer, first, stop, expected, columns, row):
    """Position after the five header fields written in the ordinary way, -1 if they are not."""
    event_id, process, header, _, _, _ = columns
    position, identity = plain_number(buffer, first, stop)
    end = position + 1
    while end < stop and end <= position + PROCESS_BYTES and buffer[end] > 32 and buffer[end] != 59:
        end += 1
    if position < 0 or end >= stop or buffer[position] != 59 or find(buffer, first, position, 46) < position:
        return -1
    if buffer[end] != 59 or _process(buffer, position + 1, end, expected, process[row]):
        return -1
    event_id[row], position = np.int64(identity), end
    for i in range(3):
        if position >= stop or buffer[position] != 59:
            return -1
        position, header[row, i] = plain_number(buffer, position + 1, stop)
        if position < 0:
            return -1
    header[row, 1] /= MEV_PER_GEV
    return position if header[row, 1] >= 0.0 and abs(header[row, 2]) <= MAX_PHI else -1


@compiled
def _plain_event(buffer, first, stop, expected, columns, row, kinds, features):
    """:func:`_event` for a line in the ordinary way, without looking for its end first.

    (position of its newline, objects in it); (-1, 0) for a line that needs :func:`_event`.
    """
    _, _, _, n_objects, kind_out, features_out = columns
    position = _plain_header(buffer, first, stop, expected, columns, row)
    seen = 0
    while 0 <= position < stop - 1 and buffer[position] == 59 and buffer[position + 1] > 13:
        position, kind = _plain_object(buffer, position + 1, stop, features[MAX_OBJECTS])
        if kind == 0:
            return -1, 0
        _insert(kinds, features, min(seen, MAX_OBJECTS), kind, features[MAX_OBJECTS])
        seen += 1
    for end in (59, 13):  # a trailing semicolon, a carriage return
        if 0 <= position < stop - 1 and buffer[position] == end:
            position += 1
    if position < 0 or position >= stop or buffer[position] != 10:
        return -1, 0
    n_objects[row] = min(seen, MAX_OBJECTS)
    _store(kinds, features, min(seen, MAX_OBJECTS), kind_out, features_out, row)
    return position, seen


@compiled
def parse_lines(buffer, position, expected, columns):
    """Parse lines of ``buffer`` (B,) u1 from ``position`` until its end or until the columns are full.

    ``expected`` (K, 32) u1 holds the lower-case process names allowed, zero-padded; K = 0 allows any. ``columns``
    is a csv_columns.Columns turned into a plain tuple. Returns (position reached, lines passed, good lines, bad
    lines, lines with more than 20 objects).
    """
    good_columns, (line, bad_line, bad_code, bad_span) = columns[:6], columns[6:]
    kinds = np.zeros(MAX_OBJECTS, np.uint8)
    features = np.zeros((MAX_OBJECTS + 1, 4), np.float32)  # the last row is for the object being read
    capacity, stop = len(line), len(buffer)
    lines = good = bad = truncated = 0
    while position < stop and good < capacity and bad < capacity:
        end, seen = _plain_event(buffer, position, stop, expected, good_columns, good, kinds, features)
        code, blank = 0, False
        if end < 0:
            end = find(buffer, position, stop, 10)
            first, last = trim(buffer, position, end)
            blank = first == last
            if not blank:
                code, seen = _event(buffer, first, last, expected, good_columns, good, kinds, features)
        if code:
            bad_line[bad], bad_code[bad] = lines, code
            bad_span[bad, 0], bad_span[bad, 1] = first, last
            bad += 1
        elif not blank:
            line[good] = lines
            truncated += seen > MAX_OBJECTS
            good += 1
        lines += 1
        position = end + 1
    return min(position, stop), lines, good, bad, truncated
