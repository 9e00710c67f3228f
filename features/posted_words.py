"""Eight bytes of a text at once, as one number: where a string ends, what a span hashes to, whether it is another.

Compiled. The first byte is the lowest. Whoever calls sees to it that so many bytes are there: behind every text stand zeros.
"""

import numpy as np
from numpy.typing import NDArray

from features.bare import bare, inlined

Bytes = NDArray[np.uint8]
Pair = tuple[np.uint64, np.uint64]

ONES = np.uint64(0x0101010101010101)
TOPS = np.uint64(0x8080808080808080)
_QUOTES = np.uint64(0x2222222222222222)
_SLASHES = np.uint64(0x5C5C5C5C5C5C5C5C)
_BLANKS = np.uint64(0x2020202020202020)
_ONE, _UP, _HALF, _TIMES = np.uint64(1), np.uint64(56), np.uint64(32), np.uint64(0x3C79AC492BA7B653)
_FROM_A, _BEHIND_Z, _TWO = (128 - ord("A")) * ONES, (127 - ord("Z")) * ONES, np.uint64(2)
_MASKS = np.array([(1 << 8 * size) - 1 for size in range(9)], np.uint64)
"""By how many bytes of a word are wanted."""


@inlined
def word(text: Bytes, at: int) -> np.uint64:
    """The eight bytes from a place on, which is one read."""
    place, found = np.uint64(at), np.uint64(0)
    for step in range(8):
        found |= np.uint64(text[place + np.uint64(step)]) << np.uint64(8 * step)
    return found


@inlined
def first(bits: np.uint64) -> int:
    """Which byte of a word is the first with any of these bits, of which there is one: its highest."""
    return int(np.int64(((bits ^ (bits - _ONE)) & ONES) * ONES >> _UP)) - 1


@inlined
def _ends(word: np.uint64) -> np.uint64:
    """The highest bit of the first byte that is a quote, a backslash or less than a blank; bits behind it mean nothing."""
    quote, slash = word ^ _QUOTES, word ^ _SLASHES
    return ((quote - ONES & ~quote) | (slash - ONES & ~slash) | (word - _BLANKS & ~word)) & TOPS


@inlined
def end(text: Bytes, at: int) -> int:
    """The place of the next byte that does not simply belong to a string: a quote, a backslash, or less than a blank."""
    found = _ends(word(text, at))
    while found == 0:
        at += 8
        found = _ends(word(text, at))
    return at + first(found)


@inlined
def pair(text: Bytes, start: int, stop: int) -> Pair:
    """The first 16 bytes of a span as two words; of fewer, behind them zeros."""
    size = min(stop - start, 16)
    low, high = min(size, 8), max(size, 8) - 8
    return word(text, start) & _MASKS[np.uint64(low)], word(text, start + 8) & _MASKS[np.uint64(high)]


@inlined
def lowered(word: np.uint64) -> np.uint64:
    """The ASCII letters of a word in lower case, any other byte as it is."""
    letters = word & ~TOPS
    capital = letters + _FROM_A & ~(letters + _BEHIND_Z) & ~word & TOPS
    return word | capital >> _TWO


@inlined
def hashed(text: Bytes, start: int, stop: int) -> int:
    """A number made of all bytes of a span; equal spans have equal ones."""
    if stop - start > 16:
        return _long(text, start, stop)
    low, high = pair(text, start, stop)
    return int(np.int64(_mixed(_mixed(_mixed(np.uint64(stop - start) ^ low) ^ high))))


@bare
def _long(text: Bytes, start: int, stop: int) -> int:
    """The same for spans of more than 16 bytes."""
    found, at = np.uint64(stop - start), start
    while at + 16 < stop:
        found = _mixed(found ^ word(text, at))
        at += 8
    low, high = pair(text, at, stop)
    return int(np.int64(_mixed(_mixed(_mixed(found ^ low) ^ high))))


@inlined
def _mixed(number: np.uint64) -> np.uint64:
    """A number that every bit of another has a part in; done twice, in all of its bits."""
    number *= _TIMES
    return number ^ (number >> _HALF)


@inlined
def same(text: Bytes, at: int, other: int, size: int) -> bool:
    """Whether the bytes here are those at another place."""
    last = size - 8
    if last < 0:
        return bool((word(text, at) ^ word(text, other)) & _MASKS[np.uint64(size)] == 0)
    for step in range(0, last, 8):
        if word(text, at + step) != word(text, other + step):
            return False
    return bool(word(text, at + last) == word(text, other + last))
