# ruff: noqa: PLR1714, SIM300
"""What a request's bytes are made of: blanks, strings, numbers, days and times of day, read as the exact reader does.

Compiled, and used by `posted_scan`. Whatever is broken, or of a form that is not worth the lines here, gives -1 or
`NULL`; no function reads on behind a zero.
"""

import numpy as np
from numpy.typing import NDArray

from features.bare import bare, inlined

Bytes = NDArray[np.uint8]
Longs = NDArray[np.int64]
Span = tuple[int, int]
Found = tuple[int, int, int]

NULL = -(1 << 63)
NO_NUMBER = (np.nan, -1, False)
DAY_SECONDS = 86_400
_EXACT = 1 << 53
"""Whole numbers up to here, and powers of ten up to the 22nd, are doubles: their product or quotient is rounded once."""
_MOST_DIGITS = 18
_POWERS = np.array([float(10**power) for power in range(23)])
_DEEPEST = 64


@inlined
def byte(text: Bytes, at: int) -> int:
    """The byte at a place that is not negative; Numba need not ask whether it is."""
    return int(text[np.uint64(at)])


@inlined
def blank(text: Bytes, at: int) -> int:
    """The place of the next byte that is no blank of JSON's."""
    while byte(text, at) == 32 or byte(text, at) == 10 or byte(text, at) == 13 or byte(text, at) == 9:
        at += 1
    return at


@bare
def literal(text: Bytes, at: int, word: bytes) -> int:
    """The place after `word` where it stands here, else -1."""
    for step in range(len(word)):
        if text[at + step] != word[step]:
            return -1
    return at + len(word)


@inlined
def word(text: Bytes, at: int) -> int:
    """The eight bytes from a place on as one number, which is one read; there must be as many."""
    place, found = np.uint64(at), np.uint64(0)
    for step in range(8):
        found |= np.uint64(text[place + np.uint64(step)]) << np.uint64(8 * step)
    return int(np.int64(found))


@inlined
def _first(word: int, size: int) -> int:
    """The first so many bytes of a word, fewer than eight."""
    return word & ((1 << 8 * size) - 1)


@inlined
def same(text: Bytes, at: int, other: int, size: int) -> bool:
    """Whether the bytes here are those at another place."""
    last = size - 8
    if last < 0:
        return _first(word(text, at) ^ word(text, other), size) == 0
    for step in range(0, last, 8):
        if word(text, at + step) != word(text, other + step):
            return False
    return word(text, at + last) == word(text, other + last)


@inlined
def hashed(text: Bytes, start: int, stop: int) -> int:
    """A number made of all bytes of a span; equal spans have equal ones."""
    found, at = stop - start, start
    while at + 8 <= stop:
        found = _mixed(found ^ word(text, at))
        at += 8
    return _mixed(_mixed(found ^ _first(word(text, at), stop - at)))


@inlined
def _mixed(number: int) -> int:
    """A number that every bit of another has a part in; done twice, in all of its bits."""
    number *= 0x3C79AC492BA7B653
    return number ^ (number >> 32)


@bare
def passed(text: Bytes, at: int) -> int:
    """The place after the object that begins here, whatever is in it; -1 where it does not end or nests too deep."""
    depth = 0
    while True:
        byte = text[at]
        if byte == 34:
            at += 1
            while text[at] >= 32 and text[at] != 34:
                at += 2 if text[at] == 92 and text[at + 1] >= 32 else 1
        elif byte == 123 or byte == 91:
            depth += 1
        elif byte == 125 or byte == 93:
            depth -= 1
        if text[at] == 0 or depth > _DEEPEST:
            return -1
        at += 1
        if depth == 0:
            return at


@inlined
def quoted(text: Bytes, at: int, state: Longs) -> Found:
    """The span of a string whose opening quote stands before `at`, and the place after it; -1 where it has no end."""
    start = at
    while byte(text, at) >= 32 and byte(text, at) != 34 and byte(text, at) != 92:
        at += 1
    if byte(text, at) == 34:
        return start, at, at + 1
    return _written_out(text, start, at, state) if byte(text, at) == 92 else (start, at, -1)


@bare
def _written_out(text: Bytes, start: int, at: int, state: Longs) -> Found:
    """The same for a string with escapes, written out where the text has room, which is free from ``state[0]`` on."""
    first = to = state[0]
    for place in range(start, at):
        text[to] = text[place]
        to += 1
    while text[at] != 34:
        if text[at] < 32:
            return 0, 0, -1
        if text[at] == 92:
            at, to = _unescaped(text, at + 1, to)
            if at < 0:
                return 0, 0, -1
        else:
            text[to] = text[at]
            at += 1
            to += 1
    state[0] = to
    return first, to, at + 1


@bare
def _unescaped(text: Bytes, at: int, to: int) -> Span:
    """Write what the escape means whose backslash stands before `at`; the places after both."""
    byte = text[at]
    for letter, meant in ((34, 34), (92, 92), (47, 47), (98, 8), (102, 12), (110, 10), (114, 13), (116, 9)):
        if byte == letter:
            text[to] = meant
            return at + 1, to + 1
    if byte != 117:
        return -1, to
    point, at = _four(text, at + 1), at + 5
    if 0xD800 <= point < 0xDC00 and text[at] == 92 and text[at + 1] == 117:
        low, at = _four(text, at + 2), at + 6
        point = 0x10000 + ((point - 0xD800) << 10) + low - 0xDC00 if 0xDC00 <= low < 0xE000 else -1
    if point <= 0 or 0xD800 <= point < 0xE000:
        return -1, to
    return at, _encoded(text, point, to)


@bare
def _four(text: Bytes, at: int) -> int:
    """The number that four hexadecimal digits write, -1 where they do not."""
    found = 0
    for place in range(at, at + 4):
        byte = text[place]
        if 48 <= byte <= 57:
            found = found * 16 + byte - 48
        elif 97 <= (byte | 32) <= 102:
            found = found * 16 + (byte | 32) - 87
        else:
            return -1
    return found


@bare
def _encoded(text: Bytes, point: int, to: int) -> int:
    """Write a code point as UTF-8; the place after it."""
    if point < 0x80:
        text[to] = point
        return to + 1
    size = 2 if point < 0x800 else 3 if point < 0x10000 else 4
    text[to] = (0xF00 >> size) & 0xFF | point >> 6 * (size - 1)
    for step in range(1, size):
        text[to + step] = 0x80 | (point >> 6 * (size - 1 - step)) & 0x3F
    return to + size


@inlined
def trimmed(text: Bytes, start: int, stop: int) -> Span:
    """A span without the blanks, Unicode's, at its ends."""
    if start == stop or (32 < text[start] < 0x80 and 32 < text[stop - 1] < 0x80):
        return start, stop
    return _stripped(text, start, stop)


@bare
def _stripped(text: Bytes, start: int, stop: int) -> Span:
    while start < stop:
        size = _gap(text, start, stop)
        if size == 0:
            break
        start += size
    while start < stop:
        size = 1
        while size < 3 and text[stop - size] & 0xC0 == 0x80:
            size += 1
        if _gap(text, stop - size, stop) != size:
            break
        stop -= size
    return start, stop


@bare
def _gap(text: Bytes, at: int, stop: int) -> int:
    """How many bytes the blank character has that begins here; 0 where none does."""
    byte = text[at]
    if byte <= 32:
        return 1 if byte == 32 or 9 <= byte <= 13 or 28 <= byte else 0
    if at + 1 < stop and byte == 0xC2:
        return 2 if text[at + 1] == 0x85 or text[at + 1] == 0xA0 else 0
    if at + 2 >= stop:
        return 0
    point = (byte & 0x0F) << 12 | (text[at + 1] & 0x3F) << 6 | text[at + 2] & 0x3F
    wide = 0x2000 <= point <= 0x200A or point == 0x2028 or point == 0x2029 or point == 0x202F or point == 0x205F
    return 3 if byte & 0xF0 == 0xE0 and (wide or point == 0x1680 or point == 0x3000) else 0


@bare
def decimal(text: Bytes, at: int) -> tuple[float, int, bool]:
    """A number's value, the place after it (-1: there is none), and whether it is written as an integer.

    The value is NaN where it takes more than one rounding to find.
    """
    minus = byte(text, at) == 45
    start = at = at + minus
    digits, at = _digits(text, at, 0)
    if at == start or (byte(text, start) == 48 and at > start + 1):
        return NO_NUMBER
    written, power, whole = at - start, 0, True
    if byte(text, at) == 46:
        first = at + 1
        digits, at = _digits(text, first, digits)
        written, power, whole = written + at - first, first - at, False
        if at == first:
            return NO_NUMBER
    if byte(text, at) | 32 == 101:
        sign = byte(text, at + 1)
        first = at + 2 if sign == 43 or sign == 45 else at + 1
        exponent, at = _digits(text, first, 0)
        power, whole = power + (-exponent if sign == 45 else exponent), False
        if at == first or at > first + 4:
            return NO_NUMBER
    if written > _MOST_DIGITS or digits > _EXACT or not -22 <= power <= 22:
        return np.nan, at, False
    if minus and digits == 0:
        return NO_NUMBER
    value = digits / _POWERS[-power] if power < 0 else digits * _POWERS[power]
    return -value if minus else value, at, whole


@inlined
def _digits(text: Bytes, at: int, found: int) -> Span:
    """The number that the digits from here on write behind those of `found`, and the place after them."""
    while 48 <= byte(text, at) <= 57:
        found = found * 10 + byte(text, at) - 48
        at += 1
    return found, at


@inlined
def _two(text: Bytes, at: int) -> int:
    """The number two digits write; a very negative one where they do not."""
    tens, ones = byte(text, at) - 48, byte(text, at + 1) - 48
    return tens * 10 + ones if 0 <= tens <= 9 and 0 <= ones <= 9 else -100_000


@bare
def day(text: Bytes, at: int) -> int:
    """The day that ``YYYY-MM-DD`` names here, `NULL` where it names none."""
    year, month, date = _two(text, at) * 100 + _two(text, at + 2), _two(text, at + 5), _two(text, at + 8)
    if byte(text, at + 4) != 45 or byte(text, at + 7) != 45 or year < 1 or not 1 <= month <= 12 or date < 1:
        return NULL
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    longest = 29 if month == 2 and leap else 28 if month == 2 else 30 + (month + month // 8) % 2
    if date > longest:
        return NULL
    years, months = (year - 1, month + 9) if month < 3 else (year, month - 3)
    return years * 365 + years // 4 - years // 100 + years // 400 + (153 * months + 2) // 5 + date - 719_469


@bare
def instant(text: Bytes, start: int, stop: int) -> tuple[int, bool]:
    """The second that a day, or a day and a time, names, `NULL` where it names none; and whether a part is left over."""
    midnight = day(text, start) if stop - start >= 10 else NULL
    if midnight == NULL or stop - start == 10:
        return (NULL if midnight == NULL else midnight * DAY_SECONDS), False
    at = start + 10
    hours, minutes, seconds = _two(text, at + 1), _two(text, at + 4), 0
    if (
        byte(text, at) not in (32, 84, 116)
        or byte(text, at + 3) != 58
        or not 0 <= hours <= 23
        or not 0 <= minutes <= 59
    ):
        return NULL, False
    at, part = at + 6, 0
    if byte(text, at) == 58:
        seconds, at = _two(text, at + 1), at + 3
        if byte(text, at) == 46:
            first = at + 1
            part, at = _digits(text, first, 0)
            if at == first or at > first + 9:
                return NULL, False
    offset = _offset(text, at, stop)
    if not 0 <= seconds <= 59 or offset == NULL:
        return NULL, False
    return midnight * DAY_SECONDS + hours * 3600 + minutes * 60 + seconds - offset, part > 0


@bare
def _offset(text: Bytes, at: int, stop: int) -> int:
    """The seconds that a zone is ahead of UTC, `NULL` where what stands here up to `stop` is none."""
    if at == stop or (at + 1 == stop and text[at] | 32 == 122):
        return 0
    if (text[at] != 43 and text[at] != 45) or stop - at not in (5, 6) or (stop - at == 6 and text[at + 3] != 58):
        return NULL
    hours, minutes = _two(text, at + 1), _two(text, stop - 2)
    if not 0 <= hours <= 23 or not 0 <= minutes <= 59:
        return NULL
    return (hours * 3600 + minutes * 60) * (-1 if text[at] == 45 else 1)
