"""What is left of a comment behind the door: hashed runs of letters."""

import numpy as np
import pytest

from features.grams import BUCKETS, MOST_CHARACTERS, packed, unpacked
from tests.oracle_comments import number, runs

TEXTS = (
    "So so",
    "I",
    "Ich fühle mich fair bezahlt.",
    "ΣΑΣ ΟΔΟΣ",
    "好的 😀 ok!",
    "tab\tand\u2003wide\u00a0blanks\n",
    "",
    " \t\u3000",
    "aaaa aaaa",
)


def hashed(text: str) -> list[int]:
    """The numbers of one text."""
    _, gram = unpacked(packed([text]))
    found: list[int] = gram.tolist()
    return found


def test_the_runs_of_a_word() -> None:
    """Two letters between blanks give three pairs, two triples and the whole."""
    assert runs("So so") == {" s", "so", "o ", " so", "so ", " so "}
    assert hashed("So so") == sorted(number(run) for run in runs("So so"))


def test_one_run_by_hand() -> None:
    """FNV-1a of the bytes of "a" is e40c292c; an empty run begins at 811c9dc5, and the mixing hides neither."""
    fnv = ((0x811C9DC5 ^ ord("a")) * 0x01000193) & 0xFFFFFFFF
    assert fnv == 0xE40C292C
    assert len({number(" "), number("a"), number("")}) == 3


@pytest.mark.parametrize("text", TEXTS)
def test_every_text_is_hashed_as_written_out(text: str) -> None:
    """Distinct, ascending, and none for a text without a word."""
    assert hashed(text) == sorted({number(run) for run in runs(text)})


def test_many_texts_are_hashed_as_each_alone() -> None:
    """More texts than are hashed together, empty ones among them, keep their own runs."""
    texts = [TEXTS[place % len(TEXTS)] + str(place) for place in range(10_003)] + ["", *TEXTS]
    first, gram = unpacked(packed(texts))
    assert (first[0], first[-1], len(first)) == (0, len(gram), len(texts) + 1)
    assert gram.max() < BUCKETS
    for place in (0, 1, 9_999, 10_000, 10_002, 10_003, 10_004, len(texts) - 1):
        assert gram[first[place] : first[place + 1]].tolist() == hashed(texts[place])


def test_case_composition_and_the_order_of_words_do_not_matter() -> None:
    """What is kept is which runs occur; two ways to write one letter are one."""
    assert hashed("Über uns") == hashed("u\u0308ber  UNS") == hashed("uns über über")
    assert hashed("über uns") != hashed("uber uns")


def test_a_very_long_comment_is_read_from_its_beginning() -> None:
    """What lies behind the limit changes nothing."""
    text = "word " * (MOST_CHARACTERS // 5)
    assert hashed(text + "more") == hashed(text)
    assert hashed("more " + text) != hashed(text)


def test_nothing_is_packed_as_nothing() -> None:
    """No texts, and texts without a word, have no numbers."""
    first, gram = unpacked([])
    assert (first.tolist(), gram.tolist()) == ([0], [])
    assert packed(["", "x"])[0] == b""
    assert np.diff(unpacked(packed(["", "x", ""]))[0]).tolist() == [0, 3, 0]
