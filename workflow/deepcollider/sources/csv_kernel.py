"""Compiled parser of Dark Machines CSV lines: bytes in, columns out (format: SYSTEMS 1.1, VAE thesis 3.1).

``eventID;process;weight;MET;METphi;obj,E,pt,eta,phi;obj,...`` with MET, E and pt in MeV. A trailing ``;``, a
carriage return and blanks around a field are allowed. A line with a fault yields a code,
``fault * FIELDS + field``, put in words by :mod:`csv_columns`; nothing is ever raised from here.
"""

from typing import NamedTuple

import numpy as np

from deepcollider.physics.kinds import KINDS, MAX_OBJECTS, MEV_PER_GEV
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
    UNPRINTABLE,
    WEIGHT,
    symbol_table,
)
from deepcollider.sources.csv_numbers import ZERO, compiled, find, number, plain_number, sign_at, trim

_FLOAT32_MAX = float(np.finfo(np.float32).max)
_SYMBOLS = symbol_table()
_MU = np.frombuffer(b"mu", np.uint8)
_N_PLACES = len(KINDS) + 2


class Scratch(NamedTuple):
    """The objects of the line being read: 20 and the one that comes next."""

    order: np.ndarray  # (21,) i8, slots by descending pt
    kinds: np.ndarray  # (21,) u1, by slot
    features: np.ndarray  # (21, 4) f4, by slot: E, pt (GeV), eta, phi (rad, not wrapped)
    places: np.ndarray  # (9,) i8, by kind: where the next object of that kind goes


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
def _process(buffer, first, last, expected, event):
    """Copy the process to the event; code if it is none of the ``expected`` (K, 32) lower-case names."""
    first, last = trim(buffer, first, last)
    if first == last:
        return EMPTY * FIELDS + PROCESS
    if last - first > PROCESS_BYTES:
        return TOO_LONG * FIELDS + PROCESS
    name = event.process
    name[:] = 0
    for i in range(last - first):
        name[i] = buffer[first + i]
        if name[i] < 32 or name[i] > 126:
            return UNPRINTABLE * FIELDS + PROCESS
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
    if head > 127 or charge > 127 or (charge == 0 and last - first == 2):
        return 0
    return np.int64(_SYMBOLS[head, charge])


@compiled
def _object(buffer, first, last, scratch, slot):
    """Code of ``symbol,E,pt,eta,phi``; a good one goes to its slot of the scratch space."""
    commas = 0
    for i in range(first, last):
        commas += buffer[i] == 44
    if commas != 4:
        return COUNT * FIELDS + OBJECT
    end = find(buffer, first, last, 44)
    kind = _kind(buffer, first, end)
    if kind == 0:
        return UNKNOWN * FIELDS + OBJECT
    for i in range(4):
        start = end + 1
        end = find(buffer, start, last, 44)
        code, value = _quantity(buffer, start, end, ENERGY + i)
        if code:
            return code
        scratch.features[slot, i] = value
    scratch.kinds[slot] = kind
    return 0


@compiled
def _plain_object(buffer, first, scratch, slot):
    """Position after an object written in the ordinary way, -1 for all that needs a closer look.

    It accepts nothing that :func:`_object` would not accept with the same values; it is only faster.
    """
    second = buffer[first + 1]
    width = 1 if second == 44 else 2
    if second <= 32 or buffer[first + width] != 44 or buffer[first] > 127 or second > 127:
        return -1
    kind = _SYMBOLS[buffer[first], second if width == 2 else 0]
    position = first + width
    record = scratch.features[slot]
    for i in range(4):
        if buffer[position] != 44:
            return -1
        position, value = plain_number(buffer, position + 1)
        if position < 0:
            return -1
        record[i] = value / MEV_PER_GEV if i < 2 else value
    scratch.kinds[slot] = kind
    ordinary = record[0] > 0 and record[1] > 0 and abs(record[2]) <= MAX_ETA and abs(record[3]) <= MAX_PHI
    return position if kind > 0 and ordinary else -1


@compiled
def _insert(scratch, n):
    """Move the object just read, slot ``order[n]``, to its place by descending pt among the ``n`` read before it.

    With n = 20 the softest ends in the last place, where the next object overwrites it.
    """
    order, features = scratch.order, scratch.features
    slot = order[n]
    while n > 0 and features[slot, 1] > features[order[n - 1], 1]:
        order[n] = order[n - 1]
        n -= 1
    order[n] = slot


@compiled
def _store(scratch, n, objects):
    """Write the ``n`` hardest objects to ``objects`` (20,), all empty so far, by kind and descending pt."""
    order, kinds, features, places = scratch
    places[:] = 0
    for i in range(n):
        places[kinds[order[i]] + 1] += 1
    for kind in range(1, len(places)):
        places[kind] += places[kind - 1]
    for i in range(n):
        slot = order[i]
        kind = kinds[slot]
        target = objects[places[kind]]
        places[kind] += 1
        target.kind, target.valid = kind, True
        target.energy, target.pt = features[slot, 0], features[slot, 1]
        target.eta, target.phi = features[slot, 2], features[slot, 3]


@compiled
def _header(buffer, first, last, expected, event):
    """(code, position after the five header fields)."""
    for field in range(EVENT_ID, MET_PHI + 1):
        if first > last:
            return COUNT * FIELDS + LINE, first
        end = find(buffer, first, last, 59)
        if field == EVENT_ID:
            code, event.event_id = _integer(buffer, first, end)
        elif field == PROCESS:
            code = _process(buffer, first, end, expected, event)
        elif field == MET and find(buffer, first, end, 44) < end:
            code = OLD_LAYOUT * FIELDS + LINE
        else:
            code, value = _quantity(buffer, first, end, field)
            if field == WEIGHT:
                event.weight = value
            elif field == MET:
                event.met = value
            else:
                event.met_phi = value
        if code:
            return code, first
        first = end + 1
    return 0, first


@compiled
def _event(buffer, first, last, expected, event, scratch):
    """(code, objects in the line) of one line without its end; fills ``event`` and the scratch space."""
    if buffer[last - 1] == 59:
        last -= 1
    code, first = _header(buffer, first, last, expected, event)
    seen = 0
    while code == 0 and first <= last:
        end = find(buffer, first, last, 59)
        n = min(seen, MAX_OBJECTS)
        code = _object(buffer, first, end, scratch, scratch.order[n])
        if code == 0:
            _insert(scratch, n)
            seen += 1
        first = end + 1
    return code, seen


@compiled
def _next_plain_number(buffer, position):
    """:func:`plain_number` after the semicolon at ``position``; a position of -1 is passed on."""
    if position < 0 or buffer[position] != 59:
        return -1, 0.0
    return plain_number(buffer, position + 1)


@compiled
def _plain_header(buffer, first, expected, event):
    """Position after the five header fields written in the ordinary way, -1 if they are not."""
    position, identity = plain_number(buffer, first)
    if position < 0 or buffer[position] != 59 or find(buffer, first, position, 46) < position:
        return -1
    end = position + 1
    while buffer[end] > 32 and buffer[end] != 59:
        end += 1
    if buffer[end] != 59 or _process(buffer, position + 1, end, expected, event):
        return -1
    position, weight = _next_plain_number(buffer, end)
    position, met = _next_plain_number(buffer, position)
    position, met_phi = _next_plain_number(buffer, position)
    if position < 0 or met < 0.0 or abs(met_phi) > MAX_PHI:
        return -1
    event.event_id, event.weight, event.met, event.met_phi = np.int64(identity), weight, met / MEV_PER_GEV, met_phi
    return position


@compiled
def _plain_event(buffer, first, expected, event, scratch):
    """:func:`_event` for a line in the ordinary way, without looking for its end first.

    (position of its newline, objects in it); (-1, 0) for a line that needs :func:`_event`.
    """
    position = _plain_header(buffer, first, expected, event)
    if position < 0:
        return -1, 0
    seen = 0
    while buffer[position] == 59 and buffer[position + 1] > 13:
        n = min(seen, MAX_OBJECTS)
        position = _plain_object(buffer, position + 1, scratch, scratch.order[n])
        if position < 0:
            return -1, 0
        _insert(scratch, n)
        seen += 1
    for end in (59, 13):  # a trailing semicolon, a carriage return
        if buffer[position] == end:
            position += 1
    return (position, seen) if buffer[position] == 10 else (-1, 0)


@compiled
def parse_lines(buffer, position, expected, events, objects, bad_lines):
    """Parse lines of ``buffer`` (B,) u1 from ``position`` until its end or until there is no more space.

    The buffer must end with a newline. ``expected`` (K, 32) u1 holds the lower-case process names allowed,
    zero-padded; K = 0 allows any. Good lines go to ``events`` (N,) of PARSED_EVENT_DTYPE and ``objects`` (N, 20),
    both zero before; bad ones to a csv_columns.BadSpans. Gives the values of a csv_columns.Tally as a tuple.
    """
    scratch = Scratch(
        np.arange(MAX_OBJECTS + 1),
        np.zeros(MAX_OBJECTS + 1, np.uint8),
        np.zeros((MAX_OBJECTS + 1, 4), np.float32),
        np.zeros(_N_PLACES, np.int64),
    )
    lines = good = bad = truncated = 0
    first_good, closed = -1, False
    while position < len(buffer) and good < len(events) and bad < len(bad_lines.line):
        end, seen = _plain_event(buffer, position, expected, events[good], scratch)
        code, blank = 0, False
        if end < 0:
            end = find(buffer, position, len(buffer), 10)
            first, last = trim(buffer, position, end)
            blank = first == last
            if not blank:
                code, seen = _event(buffer, first, last, expected, events[good], scratch)
        if code:
            bad_lines.line[bad], bad_lines.code[bad] = lines, code
            bad_lines.span[bad, 0], bad_lines.span[bad, 1] = first, last
            bad += 1
        elif not blank:
            events[good].n_objects = min(seen, MAX_OBJECTS)
            _store(scratch, min(seen, MAX_OBJECTS), objects[good])
            first, last = trim(buffer, position, end)
            closed = buffer[last - 1] == 59
            first_good = lines if first_good < 0 else first_good
            truncated += seen > MAX_OBJECTS
            good += 1
        lines += 1
        position = end + 1
    return position, lines, good, bad, truncated, first_good, closed
