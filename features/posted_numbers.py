# ruff: noqa: PLR1714
"""Numbers as a request writes them, rounded as the exact reader does.

Compiled. A short one is read by one word, any other byte by byte.
"""

import numpy as np

from features.bare import bare, inlined
from features.posted_text import Bytes, byte, numeral
from features.posted_words import TOPS, first, word

Number = tuple[float, int, bool]

_EXACT = 1 << 53
"""Whole numbers up to here, and powers of ten up to the 22nd, are doubles: their product or quotient is rounded once."""
_MOST_DIGITS = 18
_POWERS = np.array([float(10**power) for power in range(23)])
_NO_NUMBER = (np.nan, -1, False)
_ZEROS, _ROOM = np.uint64(0x3030303030303030), np.uint64(0x7676767676767676)
"""Eight times the byte of a zero, and what makes a byte reach its highest bit if it is more than 9."""
_ONE, _EIGHT, _TEN, _SIXTEEN, _HALF, _LAST = (np.uint64(number) for number in (1, 8, 10, 16, 32, 56))
_EVERY_FOURTH, _FIRST, _SECOND = (
    np.uint64(0xFF000000FF),
    np.uint64(100 + (1_000_000 << 32)),
    np.uint64(1 + (10_000 << 32)),
)
"""The numbers that two digits write stand in every second byte: these make one of four of them."""


@inlined
def short(text: Bytes, at: int) -> Number:
    """What `decimal` gives for a number of at most eight bytes without sign and exponent; the place is -1 for any other."""
    found = word(text, at) ^ _ZEROS
    size = written = _digits(found)
    if size and byte(text, at + size) == 46:
        whole = (_ONE << np.uint64(8 * size)) - _ONE
        last = np.uint64(byte(text, at + 8) ^ 48) << _LAST
        found = found & whole | found >> _EIGHT & ~whole | last & ~whole
        written = _digits(found)
        if written == size:
            return _NO_NUMBER
    after = at + written + (written > size)
    if size == 0 or written == 0 or byte(text, after) | 32 == 101 or (size > 1 and byte(text, at) == 48):
        return _NO_NUMBER
    found <<= np.uint64(64 - 8 * written)
    found = found * _TEN + (found >> _EIGHT)
    found = (found & _EVERY_FOURTH) * _FIRST + (found >> _SIXTEEN & _EVERY_FOURTH) * _SECOND >> _HALF
    value = float(np.int64(found))
    return (value, after, True) if written == size else (value / _POWERS[np.uint64(written - size)], after, False)


@inlined
def _digits(word: np.uint64) -> int:
    """How many digits a word begins with, of whose bytes that of "0" is taken off; 0 for eight of them."""
    ends = (word | word + _ROOM) & TOPS
    return first(ends) if ends else 0


@bare
def decimal(text: Bytes, at: int) -> Number:
    """A number's value, the place after it (-1: there is none), and whether it is written as an integer.

    The value is NaN where it takes more than one rounding to find.
    """
    minus = byte(text, at) == 45
    start = at = at + minus
    digits, at = numeral(text, at, 0)
    if at == start or (byte(text, start) == 48 and at > start + 1):
        return _NO_NUMBER
    written, power, whole = at - start, 0, True
    if byte(text, at) == 46:
        first = at + 1
        digits, at = numeral(text, first, digits)
        written, power, whole = written + at - first, first - at, False
        if at == first:
            return _NO_NUMBER
    if byte(text, at) | 32 == 101:
        sign = byte(text, at + 1)
        first = at + 2 if sign == 43 or sign == 45 else at + 1
        exponent, at = numeral(text, first, 0)
        power, whole = power + (-exponent if sign == 45 else exponent), False
        if at == first or at > first + 4:
            return _NO_NUMBER
    if written > _MOST_DIGITS or digits > _EXACT or not -22 <= power <= 22:
        return np.nan, at, False
    if minus and digits == 0:
        return _NO_NUMBER
    value = digits / _POWERS[-power] if power < 0 else digits * _POWERS[power]
    return -value if minus else value, at, whole
