"""The yardstick for English comments: VADER's compound score beside the number that was learned.

VADER reads words, and behind the door there are none. So the file is read once more, the comments that taught are
scored by it, and one figure comes out; nothing else is kept. It is a comparison only: no model reads VADER.
"""

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np
import polars as pl
from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

from features import sources
from features.company import UNIT, Company
from models.manifest import SentimentFacts
from training.sentiment import labelled, rank_correlation, rounded

ENGLISH: Final = "en"


def beside(facts: SentimentFacts, company: Company, known_on: int, folder: Path) -> SentimentFacts:
    """The facts of what was learned on `known_on`, with VADER's figure for English.

    Parameters
    ----------
    company
        As read from `folder`, its comments not yet read.
    """
    if company.comments is None or all(line.language != ENGLISH for line in facts.languages):
        return facts
    rows = labelled(company, company.comments, known_on)
    rows = rows[company.comments.language[rows] == company.names.languages.index(ENGLISH)]
    compound = _compound(folder, company.comments.row[rows])
    found = rounded(rank_correlation(compound, company.comments.score[rows] / UNIT))
    lines = (replace(line, vader=found) if line.language == ENGLISH else line for line in facts.languages)
    return replace(facts, languages=tuple(lines))


def _compound(
    folder: Path, rows: "np.ndarray[tuple[int], np.dtype[np.int64]]"
) -> "np.ndarray[tuple[int], np.dtype[np.float64]]":
    """VADER's score, -1 to 1, of the comments in these rows of the file, counted from 1."""
    frame = sources.read("surveys", sources.find_files(folder)["surveys"]).frame
    texts = frame.rename({name: name.strip() for name in frame.columns})["comment"].gather(rows - 1)
    analyser = SentimentIntensityAnalyzer()
    return np.asarray([analyser.polarity_scores(text)["compound"] for text in texts.cast(pl.String).to_list()])
