"""Compiled reading of decimal numbers from bytes; buffers are (B,) u1, ranges are first (in) to last (not in)."""

import numpy as np
from numba import njit

from deepcollider.sources.csv_columns import NOT_FINITE, NOT_NUMBER

_POWERS = 10.0 ** np.arange(23)  # the powers of ten that float64 holds exactly
ZERO = np.uint8(48)  # unsigned: subtracting it wraps round, so one comparison tells a digit


# No cache on disk: it follows the time stamp of the outermost function's file alone, so that an edit of another file
# would go on running the old code. Compilation costs some seconds a process.
compiled = njit(nogil=True, error_model="numpy")


@compiled
def find(buffer, first, last, byte):
    """Position of ``byte`` in buffer[first:last], or ``last``."""
    while first < last and buffer[first] != byte:
        first += 1
    return first


@compiled
def trim(buffer, first, last):
    """The range without blanks, tabs and carriage returns at its ends."""
    while first < last and (buffer[first] == 32 or buffer[first] == 9 or buffer[first] == 13):
        first += 1
    while last > first and (buffer[last - 1] == 32 or buffer[last - 1] == 9 or buffer[last - 1] == 13):
        last -= 1
    return first, last


@compiled
def _digits(buffer, first, last, value):
    """(position after a run of digits, ``value`` with them appended, how many were too many); exact up to 15 in all."""
    too_many = 0
    while first < last and buffer[first] - ZERO <= 9:
        if value < 1e17:
            value = value * 10.0 + (buffer[first] - ZERO)
        else:
            too_many += 1
        first += 1
    return first, value, too_many


@compiled
def _scaled(value, exponent):
    """value * 10**exponent, right to a few parts in 1e16."""
    if -22 <= exponent <= 0:  # all ordinary numbers
        return value / _POWERS[-exponent]
    while exponent > 0 and 0.0 < value < np.inf:
        step = min(exponent, 22)
        value *= _POWERS[step]
        exponent -= step
    while exponent < 0 and value > 0.0:
        step = min(-exponent, 22)
        value /= _POWERS[step]
        exponent += step
    return value


@compiled
def sign_at(buffer, first, last):
    """(sign, position after it)."""
    if first < last and buffer[first] == 45:
        return -1, first + 1
    if first < last and buffer[first] == 43:
        return 1, first + 1
    return 1, first


@compiled
def _is_nan_or_inf(buffer, first, last):
    if last - first < 3:
        return False
    a, b, c = buffer[first] | 32, buffer[first + 1] | 32, buffer[first + 2] | 32
    return (a == 110 and b == 97 and c == 110) or (a == 105 and b == 110 and c == 102)


@compiled
def number(buffer, first, last):
    """(fault, value) of a decimal number such as ``-0.5``, ``7`` or ``1.09227e+06``."""
    first, last = trim(buffer, first, last)
    sign, first = sign_at(buffer, first, last)
    position, value, exponent = _digits(buffer, first, last, 0.0)
    seen = position - first
    if position < last and buffer[position] == 46:
        start = position + 1
        position, value, too_many = _digits(buffer, start, last, value)
        exponent -= position - start - too_many
        seen += position - start
    if seen == 0:
        return (NOT_FINITE if _is_nan_or_inf(buffer, position, last) else NOT_NUMBER), 0.0
    if position < last and buffer[position] | 32 == 101:
        exponent_sign, start = sign_at(buffer, position + 1, last)
        position, power, too_many = _digits(buffer, start, last, 0.0)
        if position == start:
            return NOT_NUMBER, 0.0
        exponent += exponent_sign * int(min(power, 1e9))
    if position != last:
        return NOT_NUMBER, 0.0
    return 0, sign * _scaled(value, exponent)


@compiled
def plain_number(buffer, first):
    """(position after, value) of a number such as ``-0.5`` or ``7``, at most 15 digits; (-1, 0) for any other.

    The buffer must go on with something else than digits: there is no other check for its end. One loop for digits
    and point is faster than one for each, whose lengths the processor would have to guess.
    """
    negative = buffer[first] == 45
    first += negative
    start, mantissa, points, decimals = first, np.int64(0), 0, 0
    while True:
        digit = buffer[first] - ZERO
        if digit <= 9:
            mantissa = mantissa * 10 + np.int64(digit)
            decimals += points
        elif buffer[first] == 46:
            points += 1
        else:
            break
        first += 1
    seen = first - start - points
    if seen == 0 or seen > 15 or points > 1:
        return -1, 0.0
    value = mantissa / _POWERS[decimals]
    return first, -value if negative else value
