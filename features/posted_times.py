"""Days and times of day as a request writes them, read as the exact reader does.

Compiled. The usual form is read by whole words, any other byte by byte.
"""

import numpy as np

from features.bare import bare, inlined
from features.posted_text import DAY_SECONDS, NULL, Bytes, Found, byte, literal, numeral
from features.posted_words import TOPS, word
from features.table_spec import FIRST_YEAR, LAST_YEAR

_MONTHS = np.arange(f"{FIRST_YEAR}-01", f"{LAST_YEAR + 1}-02", dtype="M8[M]").astype("M8[D]").astype(np.int64)
"""The first day of every month of the years that may be named, and of the one after them."""
_FIRST_MONTH, _MOST_MONTHS = FIRST_YEAR * 12 + 1, 12 * (LAST_YEAR + 1 - FIRST_YEAR)
_ROOMS = {"0": 0x76, "\0": 0}
"""What makes a byte of the form reach its highest bit if it is more than 9 where a digit stands, or not 0 where another
byte does: see `_spelled`."""


def _spelled(form: str) -> tuple[np.uint64, np.uint64]:
    """A form as a word, of which the differences from it are taken, and what is added to these to see whether they are good."""
    rooms = bytes(_ROOMS.get(letter, 0x7F) for letter in form)
    return np.uint64(int.from_bytes(form.encode(), "little")), np.uint64(int.from_bytes(rooms, "little"))


_DATE, _DATE_ROOM = _spelled("0000-00-")
_CLOCK, _CLOCK_ROOM = _spelled("00T00:00")
_SECONDS, _SECONDS_ROOM = _spelled(":00")
_UTC, _ZONE = _spelled('Z"')[0], _spelled('+00:00"')[0]
_TWO, _THREE, _SEVEN = np.uint64((1 << 16) - 1), np.uint64((1 << 24) - 1), np.uint64((1 << 56) - 1)
"""So many bytes."""
_BYTE, _EIGHT, _TEN = np.uint64(0xFF), np.uint64(8), np.uint64(10)


@inlined
def usual(text: Bytes, at: int) -> Found:
    """The day that a string names, the second of that day, and the place after its quote, if it is written as usual.

    That is ``2026-11-01``, and behind it nothing or ``T09:00:00Z``, or ``+00:00`` in place of the last letter. The day is
    `NULL` where it has another form, or is no day, or the year may not be named at all.
    """
    date, clock, seconds, after = word(text, at) ^ _DATE, word(text, at + 8) ^ _CLOCK, np.uint64(0), at + 11
    if byte(text, at + 10) == 34:
        clock &= _TWO
    else:
        seconds = (word(text, at + 16) ^ _SECONDS) & _THREE
        zone = word(text, at + 19)
        after = at + 21 if zone & _TWO == _UTC else at + 26
        if zone & _TWO != _UTC and zone & _SEVEN != _ZONE:
            return NULL, 0, -1
    wrong = date | date + _DATE_ROOM | clock | clock + _CLOCK_ROOM | seconds | seconds + _SECONDS_ROOM
    date, clock = _paired(date), _paired(clock)
    month = _byte(date, 0) * 1200 + _byte(date, 2) * 12 + _byte(date, 5) - _FIRST_MONTH
    hours, minutes, second = _byte(clock, 3), _byte(clock, 6), _byte(_paired(seconds), 1)
    ordinary = 1 <= _byte(date, 5) <= 12 and hours <= 23 and minutes <= 59 and second <= 59
    if wrong & TOPS or not ordinary or not 0 <= month < _MOST_MONTHS:
        return NULL, 0, -1
    named = _MONTHS[np.uint64(month)] + _byte(clock, 0) - 1
    if not _MONTHS[np.uint64(month)] <= named < _MONTHS[np.uint64(month + 1)]:
        return NULL, 0, -1
    return int(named), hours * 3600 + minutes * 60 + second, after


@inlined
def _paired(digits: np.uint64) -> np.uint64:
    """In place of every digit of a word the number that it and the next one write."""
    return digits * _TEN + (digits >> _EIGHT)


@inlined
def _byte(word: np.uint64, place: int) -> int:
    return int(np.int64(word >> np.uint64(8 * place) & _BYTE))


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
def date(text: Bytes, start: int, stop: int) -> int:
    """The day that a date, or the midnight that begins it, names; `NULL` where there is none."""
    second, part = instant(text, start, stop)
    if second == NULL or part:
        return NULL
    named = day(text, start)
    midnight = stop - start == 10 or literal(text, start + 11, b"00:00") > 0
    return named if midnight and second == named * DAY_SECONDS else NULL


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
            part, at = numeral(text, first, 0)
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
