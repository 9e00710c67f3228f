"""Eight bytes at once: the same as byte by byte, wherever a span begins, whatever stands around it."""

import random
from typing import Final

import numpy as np
import pytest

from features.posted_words import Bytes, end, hashed, lowered, pair, same

NEIGHBOURS: Final = bytes(
    (0x00, 0x01, 0x1F, 0x20, 0x21, 0x22, 0x23, 0x5B, 0x5C, 0x5D, 0x7F, 0x80, 0xA0, 0xA2, 0xDC, 0xFF)
)
"""Bytes beside those that end a string, and the same with their highest bit."""


def text(content: bytes) -> Bytes:
    """A text with zeros behind it."""
    return np.frombuffer(content + bytes(64), np.uint8)


def surrounded(rng: random.Random, content: bytes) -> tuple[Bytes, int]:
    """A span between others bytes, and where it begins."""
    before = rng.randrange(17)
    return text(rng.randbytes(before) + content + rng.randbytes(40)), before


@pytest.mark.parametrize("place", range(18))
def test_a_string_ends_at_the_first_byte_that_is_not_simply_its_own(place: int) -> None:
    """Each of the 256 bytes at each place, between letters and between the bytes nearest to those that end a string."""
    rng = random.Random(place)
    for byte in range(256):
        for others in (b"aZ ~", NEIGHBOURS):
            content = bytes(rng.choices(others, k=place)) + bytes((byte,)) + bytes(rng.choices(others, k=20)) + b'"'
            expected = next(at for at, one in enumerate(content) if one in b'"\\' or one < 32)
            assert end(text(content), 0) == expected, content
            assert end(text(b'"' * 3 + content), 3) == expected + 3, content


@pytest.mark.parametrize("size", [*range(26), 40, 300])
def test_spans_are_told_apart_by_their_bytes_alone(size: int) -> None:
    """Equal spans have equal numbers wherever they stand; one with any byte changed, or one more, has another."""
    rng = random.Random(size)
    content = rng.randbytes(size)
    found, at = surrounded(rng, content)
    other, to = surrounded(rng, content)
    assert hashed(found, at, at + size) == hashed(other, to, to + size)
    assert pair(found, at, at + size) == pair(other, to, to + size)
    low, high = pair(found, at, at + size)
    assert (int(low).to_bytes(8, "little") + int(high).to_bytes(8, "little"))[:size] == content[:16]
    numbers = {hashed(found, at, at + size)}
    for place in range(size):
        changed, start = surrounded(rng, content[:place] + bytes((content[place] ^ 0x80,)) + content[place + 1 :])
        numbers.add(hashed(changed, start, start + size))
    longer, start = surrounded(rng, content + b"\0")
    numbers.add(hashed(longer, start, start + size + 1))
    assert len(numbers) == size + 2


@pytest.mark.parametrize("size", [*range(1, 26), 40])
def test_same(size: int) -> None:
    """Two places of a text hold the same bytes, or differ in one of them."""
    rng = random.Random(size)
    content = rng.randbytes(size)
    for place in range(-1, size):
        changed = bytearray(content)
        if place >= 0:
            changed[place] ^= 1 << rng.randrange(8)
        both = text(b"x" + content + b"y" * 9 + bytes(changed) + b"z")
        assert same(both, 1, size + 10, size) == (place < 0)


def test_letters_in_lower_case() -> None:
    """Each byte at each place: only ASCII's capitals change."""
    for byte in range(256):
        for place in range(8):
            content = bytes(place) + bytes((byte,)) + b"\xff" * (7 - place)
            found = int(lowered(np.uint64(int.from_bytes(content, "little"))))
            assert found.to_bytes(8, "little") == content.lower()
