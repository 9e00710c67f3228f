"""What trees ask of a row, laid out for the compiled loops: every question once, however many splits put it.

A split asks one comparison, ``value <= threshold``, whatever LightGBM's rule for missing values: of each column those facts
are taken that some split reads, its value with nulls and zeros standing where the split's rule sends them. A null that
stays null is below no threshold and goes right. A split by category reads a fact of its own, which is below every
threshold where the category is in its set. Values have single precision, and so have the thresholds, rounded down: the
same values are below them.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.compiled import inlined
from models.forest import NAN_MISSING, NULL_LEFT, ZERO_MISSING, Forest

Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]
Answers = NDArray[np.int8]

index: Any = np.uintp
"""A position as an unsigned number, which compiled code need not check for counting from the end."""
LANES: Final = 64
"""Rows that are worked on side by side."""
ALONE: Final = 12
"""Up to so many rows are faster one by one."""

_NULL, _LEFTMOST = np.float32(np.nan), np.float32(-np.inf)
_RULES: Final = np.array(
    [(0.0, 0.0), (_LEFTMOST, 0.0), (_NULL, 0.0), (_LEFTMOST, _LEFTMOST), (_NULL, _NULL)], np.float32
)
"""Rules for missing values: what stands for a null and what for 0."""
_NULL_IS_ZERO, _NULL_LEFTMOST, _NULL_STAYS, _ZERO_LEFTMOST, _ZERO_IS_NULL = range(len(_RULES))
_TINY: Final = np.float32(1e-35)
"""LightGBM reads smaller values as 0."""
_INTEGERS: Final = 2.0**31

FACT: Final = np.dtype([
    ("column", np.int32),
    ("null", np.float32),      # what stands for a null
    ("zero", np.float32),      # what stands for 0
    ("question", np.int32),    # its first question
    ("questions", np.int32),
])  # fmt: skip
SET: Final = np.dtype([
    ("column", np.int32),
    ("word", np.int32),        # where its bits begin in `words`
    ("word_count", np.int32),
    ("question", np.int32),
])  # fmt: skip


class Questions(NamedTuple):
    """All questions of some trees: those about a fact side by side, then those whether a category is in a set."""

    facts: NDArray[Any]
    thresholds: Matrix
    """(questions,) what each compares with; of the last, which no tree asks, nothing is below it."""
    sets: NDArray[Any]
    words: NDArray[np.uint32]


def questions(forest: Forest) -> tuple[Questions, NDArray[np.uint32]]:
    """What the splits of a forest ask, and (splits,) which of the questions each of them puts."""
    by_set = forest.word_count > 0
    asked = np.empty(int((~by_set).sum()), [("column", np.int32), ("rule", np.int32), ("threshold", np.float32)])
    asked["column"], asked["rule"] = forest.column[~by_set], _rule(forest)[~by_set]
    asked["threshold"] = rounded_down(forest.threshold[~by_set])
    every, place = np.unique(asked, return_inverse=True)
    read, first, count = np.unique(every[["column", "rule"]], return_index=True, return_counts=True)
    facts = np.zeros(len(read), dtype=FACT)
    facts["column"], facts["question"], facts["questions"] = read["column"], first, count
    facts["null"], facts["zero"] = _RULES[read["rule"]].T
    sets = np.zeros(int(by_set.sum()), dtype=SET)
    sets["column"], sets["word"] = forest.column[by_set], forest.first_word[by_set]
    sets["word_count"], sets["question"] = forest.word_count[by_set], len(every) + np.arange(len(sets))
    of_splits = np.empty(len(by_set), dtype=np.uint32)
    of_splits[~by_set], of_splits[by_set] = place, sets["question"]
    thresholds = np.full(len(every) + len(sets) + 1, np.nan, np.float32)
    thresholds[: len(every)] = every["threshold"]
    return Questions(facts, thresholds, sets, forest.words), of_splits


def _rule(forest: Forest) -> NDArray[np.int64]:
    """(splits,) each one's rule for missing values."""
    left, zero, null = (forest.decision & bit > 0 for bit in (NULL_LEFT, ZERO_MISSING, NAN_MISSING))
    return np.select(
        [zero & left, zero, null & left, null],
        [_ZERO_LEFTMOST, _ZERO_IS_NULL, _NULL_LEFTMOST, _NULL_STAYS],
        _NULL_IS_ZERO,
    )


def rounded_down(thresholds: Floats) -> NDArray[np.float32]:
    """The greatest number of single precision that is no greater."""
    with np.errstate(over="ignore"):
        rounded = thresholds.astype(np.float32)
    return np.where(rounded > thresholds, np.nextafter(rounded, np.float32(-np.inf)), rounded)


@inlined
def _read(value: Any, fact: Any) -> Any:
    """A value as the splits read it that ask for this fact."""
    known = fact.zero if abs(value) <= _TINY else value
    return fact.null if np.isnan(value) else known


@inlined
def answer(columns: Matrix, asked: Questions, lanes: int, fact: Matrix, answers: Answers) -> None:
    """Write what rows side by side answer: -1, all bits, for a yes, and 0 for a no.

    Parameters
    ----------
    columns
        (columns, lanes) values.
    fact
        Room for a fact of each row.
    answers
        (questions, lanes)
    """
    width, thresholds, words = index(lanes), asked.thresholds, asked.words
    for one in asked.facts:
        start = index(one.column) * width
        for lane in range(lanes):
            fact[index(lane)] = _read(columns[start + index(lane)], one)
        for question in range(one.question, one.question + one.questions):
            threshold, place = thresholds[index(question)], index(question) * width
            for lane in range(lanes):
                answers[place + index(lane)] = np.int8(-1) if fact[index(lane)] <= threshold else np.int8(0)
    for one in asked.sets:
        for lane in range(lanes):
            value = np.float64(columns[index(one.column) * width + index(lane)])
            known = -1.0 < value < _INTEGERS and int(value) >> 5 < one.word_count
            held = known and (words[one.word + (int(value) >> 5)] >> np.uint32(int(value) & 31)) & 1 == 1
            answers[index(one.question) * width + index(lane)] = np.int8(-1) if held else np.int8(0)
    nothing = index(len(thresholds) - 1) * width
    for lane in range(lanes):
        answers[nothing + index(lane)] = np.int8(0)
