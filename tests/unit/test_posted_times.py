"""Days and times read by whole words: those of the usual form, and nothing else, as the exact reader reads them."""

import datetime as dt
import random
import re
from typing import Final

import numpy as np
import pytest

from features.days import to_day
from features.posted_cells import FormError, RuleError, judge
from features.posted_text import NULL
from features.posted_times import date, instant, usual
from features.posted_words import Bytes
from features.table_spec import Column

TOMORROW: Final = to_day(dt.date(2026, 10, 2))
TIME: Final = Column("t", "time")
USUAL: Final = re.compile(r"\d{4}-\d\d-\d\d(?:T\d\d:\d\d:\d\d(?:Z|\+00:00))?", re.ASCII)
DAY: Final = 86_400
FORMS: Final = ("2024-02-29", "2024-02-29T23:59:59Z", "2024-02-29T23:59:59+00:00")


def text(content: bytes) -> Bytes:
    """A text with zeros behind it."""
    return np.frombuffer(content + bytes(64), np.uint8)


def exact(content: str) -> int | None:
    """The second that the exact reader finds; None where it finds none."""
    try:
        found = judge(TIME, content, TOMORROW)
    except (FormError, RuleError):
        return None
    assert found is None or isinstance(found, int)
    return found


def check(content: bytes) -> bool:
    """Compare what is found behind a quote with what the exact reader finds; whether anything is."""
    named, second, after = usual(text(content), 0)
    size = content.find(b'"')
    if named == NULL:
        told = content[:size].decode("latin-1")
        assert size < 0 or not USUAL.fullmatch(told) or exact(told) is None, content
        return False
    told = content[:size].decode("latin-1")
    assert after == size + 1, content
    assert exact(told) == named * DAY + second, content
    assert instant(text(content), 0, size) == (named * DAY + second, False)
    assert date(text(content), 0, size) == (NULL if second else named)
    return True


def test_every_day() -> None:
    """From 1900 to 2199, and none beyond."""
    for day in range(to_day(dt.date(1899, 1, 1)), to_day(dt.date(2201, 1, 1))):
        told = dt.date(1970, 1, 1) + dt.timedelta(day)
        expected = (day, 0, 11) if 1900 <= told.year <= 2199 else (NULL, 0, -1)
        assert usual(text(f'{told}"'.encode()), 0) == expected


@pytest.mark.parametrize("form", FORMS)
def test_every_byte_changed(form: str) -> None:
    """Each byte of a good text made each other: found where the exact reader finds the same."""
    content = f'{form}", "'.encode()
    found = sum(
        check(content[:at] + bytes((byte,)) + content[at + 1 :]) for at in range(len(form) + 1) for byte in range(256)
    )
    assert found > len(form)


@pytest.mark.parametrize("form", FORMS)
def test_every_two_digits(form: str) -> None:
    """Any two digits in place of those of the month, the day, the hour, the minute, the second and the zone."""
    for at in (0, 2, 5, 8, *range(11, len(form) - 1, 3)):
        for number in range(100):
            content = f'{form[:at]}{number:02}{form[at + 2 :]}"'
            check(content.encode())
            if at == 8:
                for month in range(13):
                    check(f"{content[:5]}{month:02}{content[7:]}".encode())
                    check(f"2023{content[4:5]}{month:02}{content[7:]}".encode())


def test_random_texts(*, trial: bool) -> None:
    """Parts of all forms, good and bad, put behind each other and damaged."""
    rng = random.Random(3)
    found = 0
    for _ in range(300_000 if trial else 20_000):
        year = rng.choice((1899, 1900, 2023, 2024, 2100, 2199, 2200, 9999, 0))
        content = f"{year:04}-{rng.randrange(14):02}-{rng.choice((0, 1, 28, 29, 30, 31, 32)):02}"
        if rng.random() < 0.7:
            content += f"{rng.choice('TTTTt ')}{rng.choice((0, 23, 24)):02}:{rng.choice((0, 59, 60)):02}"
            content += rng.choice((":00", ":59", ":60", "", ":5", ":00.5", ":00.000"))
            content += rng.choice(("Z", "z", "+00:00", "-00:00", "+0000", "+01:00", "", "Z\\", "Z ", "+00:0"))
        told = bytearray((content + rng.choice(('"', '"', '"', "", '" ', '\\"'))).encode())
        if rng.random() < 0.2:
            told[rng.randrange(len(told))] = rng.randrange(256)
        found += check(bytes(told))
    print("found", found)
    assert found > 300
