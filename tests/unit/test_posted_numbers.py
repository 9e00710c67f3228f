"""Numbers read by one word: the same as digit by digit, and as Python reads them."""

import math
import random
import re
from typing import Final

import numpy as np

from features.posted_numbers import decimal, short
from features.posted_words import Bytes

NUMBER: Final = re.compile(r"-?(?:0|[1-9][0-9]*)(\.[0-9]+)?([eE][+-]?[0-9]+)?", re.ASCII)
SHORT: Final = 7
"""Digits of a number that is read by one word."""


def text(content: bytes) -> Bytes:
    """A text with zeros behind it."""
    return np.frombuffer(content + bytes(64), np.uint8)


def check(content: bytes) -> bool:
    """Compare what is found with what Python finds; whether anything is."""
    value, after, whole = short(text(content), 0)
    told = NUMBER.match(content.decode("latin-1"))
    if after < 0:
        plain = told is not None and told[2] is None and not told[0].startswith("-")
        follows = content[told.end() : told.end() + 1] if told else b""
        if told and plain and len(told[0].replace(".", "")) <= SHORT:
            assert follows in (b"e", b"E") or follows.isdigit() or follows == b".", content
        return False
    assert told is not None, content
    assert (value, after, whole) == (float(told[0]), told.end(), told[1] is None), content
    assert decimal(text(content), 0) == (value, after, whole)
    return True


def test_every_short_number() -> None:
    """Of up to four digits with a point anywhere, with and without more behind it."""
    for digits in range(5):
        for number in range(10**digits):
            told = f"{number:0{digits}}" if digits else ""
            for point in range(digits + 1):
                check(f"{told[:point]}.{told[point:]},".encode())
            check(f"{told}".encode())
            check(f"{told}}}".encode())


def test_every_byte_changed() -> None:
    """Each byte of a good number, and of what follows it, made each other."""
    for content in (b"1,", b"16.5}", b"4.0, ", b"1234567,", b"33200.0,", b"123456.5,", b"0.98125]", b"1234.5678,"):
        for at in range(len(content)):
            for byte in range(256):
                check(content[:at] + bytes((byte,)) + content[at + 1 :])


def test_random_numbers(*, trial: bool) -> None:
    """Of all lengths and forms, rounded as Python rounds them."""
    rng = random.Random(5)
    found = 0
    for _ in range(300_000 if trial else 30_000):
        whole, part = rng.choice((1, 1, 3, 5, 7, 9, 19)), rng.choice((1, 1, 2, 4, 7, 12, 18))
        content = str(rng.randrange(10**whole))
        if rng.random() < 0.6:
            content += "." + "".join(rng.choices("0123456789", k=part))
        content = rng.choice(("", "", "", "-", "0")) + content + rng.choice(("", "", "e3", "E-22", "e+5"))
        ended = f"{content}{rng.choice((',', '}', ']', ' ', ''))}".encode()
        found += check(ended)
        value, after, _ = decimal(text(ended), 0)
        if after >= 0 and not math.isnan(value):
            assert (value, after) == (float(content), len(content)), content
    print("found", found)
    assert found > 3_000
