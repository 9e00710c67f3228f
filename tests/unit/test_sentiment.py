"""From a comment's n-grams to its number, and the file that what reads comments travels in."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from features.company import Company
from features.grams import BUCKETS, unpacked
from features.ingest import load
from features.sentiment import KNOWN_LEAST, UNREAD, WEIGHT_UNIT, Valence, from_bytes, to_bytes, valences, valued
from features.settings import FeatureSettings
from tests.builders import folder, survey
from tests.companies import VALENCE
from tests.drawn import reading
from tests.oracle_comments import number, runs, tone

TEXTS = ("Proud of us.", "Ça va", "no", "the workload is far too high, week after week", "Überstunden über alles", "?!")


def said(path: Path, *texts: str) -> Company:
    """A company in which E000001 has commented."""
    rows = [survey(f"S{place:03d}", comment=text, responded_at="2021-03-02") for place, text in enumerate(texts)]
    return load(folder(path / "data", surveys=rows), FeatureSettings(), 20_000).company


def test_a_comment_is_the_sum_of_what_its_runs_weigh(tmp_path: Path) -> None:
    """Sum over the root of the number of runs, to the last bit, or nothing where too little is known."""
    company = said(tmp_path, *TEXTS)
    assert company.comments is not None
    found = valences(company.comments, VALENCE).tolist()
    wanted = [tone(text) for text in TEXTS]
    assert found == [UNREAD if value is None else round(value * 2**20) for value in wanted]
    assert None in wanted
    assert any(value is not None for value in wanted)


def test_new_words_are_not_read(tmp_path: Path) -> None:
    """A comment is read where the least share of its runs (here half), and five at least, are known."""
    company = said(tmp_path, "good", "good good", "good dog", "good ferry cat", "hm")
    assert company.comments is not None
    read = valences(company.comments, reading({"good": 0.4})) != UNREAD
    assert read.tolist() == [True, True, True, False, False]
    few = np.zeros(BUCKETS, np.int32)
    few[sorted(number(run) for run in runs("I"))[:KNOWN_LEAST]] = 1
    assert (few != 0).sum() == 3
    short = said(tmp_path / "short", "I")
    assert short.comments is not None
    assert valences(short.comments, Valence(few, 0)).tolist() == [UNREAD]


def test_a_number_stays_within_the_scale(tmp_path: Path) -> None:
    """However much the runs weigh, a comment is at most the whole scale from the average."""
    company = said(tmp_path, "good", "bitter")
    assert company.comments is not None
    found = valences(company.comments, reading({"good": 9.0, "bitter": -9.0}))
    assert (found / 2**20).tolist() == [1.0, -1.0]


def test_reading_leaves_no_runs_behind(tmp_path: Path) -> None:
    """Once read, a company holds numbers alone; without anything to read with, not even these."""
    company = said(tmp_path, "good", "strange words")
    read = valued(company, reading({"good": 0.4}))
    assert read.comments is None
    assert read.tones is not None
    assert (read.tones.valence / 2**20).round(4).tolist() == [0.4]
    unread = valued(company, None)
    assert (unread.comments, unread.tones) == (None, None)
    missing = valued(replace(company, comments=None), VALENCE)
    assert (missing.comments, missing.tones) == (None, None)


def test_the_file_gives_back_what_was_written() -> None:
    """Weights and offset to the last bit."""
    again = from_bytes(to_bytes(VALENCE))
    assert np.array_equal(again.weights, VALENCE.weights)
    assert again.weights.dtype == np.int32
    assert (again.offset, again.least_share) == (VALENCE.offset, VALENCE.least_share) == (-12_345, 2**19)


@pytest.mark.parametrize(
    "change",
    [
        lambda content: content[:0],
        lambda content: content[:-1],
        lambda content: content + b"\0",
        lambda content: b"comment!" + content[8:],
        lambda content: content[:8] + b"\2\0\0\0" + content[12:],
        lambda content: content[:12] + b"\0\0\1\0" + content[16:],
        lambda content: content[:16] + b"\xff" * 7 + b"\x7f" + content[24:],
        lambda content: content[:24] + b"\0\0\0\1" + content[28:],
        lambda content: b"\x80\x04" + content,
    ],
    ids=["empty", "short", "long", "magic", "version", "size", "offset", "share", "pickle"],
)
def test_any_other_file_is_refused(change: object) -> None:
    """Another length, name, version or size, or an offset or a share that cannot be."""
    assert callable(change)
    with pytest.raises(ValueError, match="reads comments"):
        from_bytes(change(to_bytes(VALENCE)))


def test_units() -> None:
    """A weight of one run is a weight of one: nothing is lost on the way to whole numbers."""
    assert reading({"hm": 0.5}).weights.max() == round(0.5 / len(runs("hm")) ** 0.5 * WEIGHT_UNIT)
    assert unpacked([])[1].dtype == np.uint32
