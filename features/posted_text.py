# ruff: noqa: PLR1714, SIM300
"""What a request's bytes are made of: blanks, strings and digits, read as the exact reader does.

Compiled, and used by `posted_scan`. Whatever is broken, or of a form that is not worth the lines here, gives -1 or
`NULL`; no function reads on behind a zero.
"""

import numpy as np
from numpy.typing import NDArray

from features.bare import bare, inlined
from features.posted_words import Bytes as Bytes  # noqa: PLC0414 - where readers look for it
from features.posted_words import end

Longs = NDArray[np.int64]
Span = tuple[int, int]
Found = tuple[int, int, int]

NULL = -(1 << 63)
DAY_SECONDS = 86_400
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
    start, at = at, end(text, at)
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


@inlined
def numeral(text: Bytes, at: int, found: int) -> Span:
    """The number that the digits from here on write behind those of `found`, and the place after them."""
    while 48 <= byte(text, at) <= 57:
        found = found * 10 + byte(text, at) - 48
        at += 1
    return found, at
