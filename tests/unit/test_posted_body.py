"""The bytes of a request, poured and written in parts: the same bytes, and what they are is known of all of them."""

import numpy as np
import pytest

from features.posted_body import FRONT, Body

PLAIN, UMLAUT, ESCAPE = b'{"a": [1, 2]}' * 9, "ä".encode(), b"\\n"


def parts(content: bytes, cut: int) -> Body:
    """A body of which the first bytes are poured, and the others written by somebody else."""
    body = Body(len(content))
    body.pour(content[:cut])
    body.room(len(content) - cut)[:] = content[cut:]
    body.wrote(len(content) - cut)
    return body


@pytest.mark.parametrize("cut", [0, 1, 40, 70, 117])
@pytest.mark.parametrize("content", [PLAIN, PLAIN + UMLAUT, UMLAUT + PLAIN, ESCAPE + PLAIN, PLAIN + ESCAPE + UMLAUT])
def test_in_parts(content: bytes, cut: int) -> None:
    """However it came: its bytes, whether they are plain, and zeros behind them; room where there are escapes."""
    body = parts(content, cut)
    assert (len(body), bytes(body)) == (len(content), content)
    found = body.text()
    assert found is not None
    text, plain = found
    assert text[FRONT : FRONT + len(content)].tobytes() == content
    assert not np.any(text[FRONT + len(content) :])
    assert len(text) >= FRONT + len(content) * (2 if ESCAPE in content else 1) + 64
    assert plain == (content == PLAIN)


def test_more_than_expected() -> None:
    """A body may be longer than was said; what came first is still there."""
    body = Body(3)
    for _ in range(100):
        body.pour(PLAIN)
    assert bytes(body) == PLAIN * 100


def test_a_large_body_of_unknown_length_is_moved_seldom() -> None:
    """Three megabytes in parts of 64 kB: from the second megabyte on the body stands where all that may come has room."""
    body, part, places = Body(0, 3_000_000), b" " * 65_536, set[int]()
    while len(body) + len(part) <= 3_000_000:
        body.pour(part)
        if len(body) > 2_200_000:
            found = body.text()
            assert found is not None
            places.add(found[0].ctypes.data)
    assert bytes(body) == b" " * 65_536 * 45
    assert len(places) == 1


@pytest.mark.parametrize("cut", [0, 1, 2, 3])
def test_no_utf8(cut: int) -> None:
    """A letter cut between two parts is a letter; half a letter is none."""
    assert parts("aä".encode(), cut).text() is not None
    assert parts("aä".encode()[:2] + b"b", cut).text() is None
