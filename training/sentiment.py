"""What comments mean here is learned from the company's own words: comment -> the score the same person gave beside it.

Ridge regression on hashed n-grams, weighted by how rare they are. It needs no download and no list of languages. An
n-gram teaches only where `LEAST_PEOPLE` used it, so no weight is of one person's words. Below `LEAST_COMMENTS`, or where
held-out comments do not rank like their scores, nothing is learned: no number is better than a guess.

Rows that train a risk model read each person's comments by weights that were learned without that person.
"""

import zlib
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import sparse, stats
from sklearn.linear_model import Ridge

from features import sentiment
from features.company import NO_SHARE, UNIT, Codes, Comments, Company, Fixed, Floats
from features.grams import BUCKETS
from features.sentiment import UNREAD, WEIGHT_UNIT, Valence
from models.manifest import Language, SentimentFacts

LEAST_COMMENTS: Final = 50
"""With fewer comments with a score nothing is learned; a language with fewer is not told apart from others."""
MOST_COMMENTS: Final = 10_000
"""The latest so many teach."""
LEAST_PEOPLE: Final = 2
"""An n-gram that fewer people used has no weight: no weight is of one person's words."""
STRANGEST: Final = 0.05
"""So strange as this share of held-out comments, by how little of them is known, a comment is not read."""
FOLDS: Final = 5
OTHER: Final = "other"
_ALPHA: Final = 1.0
_TOLERANCE: Final = 1e-3
_CHANCE: Final = 1.645
"""Standard errors by which the rank correlation must lie above 0."""

Mask = NDArray[np.bool_]
Rows = NDArray[np.int64]


@dataclass(frozen=True)
class Learned:
    """What reads the comments of a company, and the company with its comments read.

    `training` is for rows that train (nobody's comments read by weights that they taught), `scoring` for rows to score.
    """

    valence: Valence | None
    training: Company
    scoring: Company
    facts: SentimentFacts


@dataclass(frozen=True)
class _Weights:
    """One fit, on the scale of scores: the prediction is (sum of weights) / sqrt(number of n-grams) + intercept."""

    weights: Floats
    intercept: float

    def valence(self, centre: float = 0.0, scale: float = 1.0, least_share: int = 0) -> Valence:
        """(prediction - centre) * scale, in whole numbers."""
        weights = np.rint(self.weights * scale * WEIGHT_UNIT).astype(np.int32)
        return Valence(weights, round((self.intercept - centre) * scale * WEIGHT_UNIT), least_share)


def learn(company: Company, known_on: int, seed: int) -> Learned:
    """Learn from what was known on `known_on`; equal comments in any order give equal weights.

    Parameters
    ----------
    seed
        Says which people are held out together.
    """
    comments = company.comments
    if comments is None:
        return _nothing(company, SentimentFacts(0, read=False))
    rows = labelled(company, comments, known_on)
    person = _people(company, comments, rows)
    fold = _folds(person[rows], seed)
    if len(rows) < LEAST_COMMENTS or fold.max() == 0:
        return _nothing(company, SentimentFacts(len(rows), read=False))
    taught = _only(comments, rows)
    matrix, score = _matrix(taught), taught.score / UNIT
    parts = [_fit(matrix, score, person[rows], fold != held) for held in range(fold.max() + 1)]
    level = _level(taught, fold, [part.valence() for part in parts])
    apart = [sentiment.valences(comments, part.valence(*level)) for part in parts]
    held_out = np.choose(fold, [values[rows] for values in apart])
    facts = SentimentFacts(
        len(rows), _languages(taught, company.names.languages, held_out), _better_than_chance(held_out, score)
    )
    if not facts.read:
        return _nothing(company, facts)
    whole = _fit(matrix, score, person[rows], np.ones(len(rows), np.bool_)).valence(*level)
    values = sentiment.valences(comments, whole)
    for held, part in enumerate(apart):
        theirs = np.isin(person, person[rows[fold == held]])
        values[theirs] = part[theirs]
    training = sentiment.with_tones(company, comments, values)
    return Learned(whole, training, sentiment.valued(company, whole), facts)


def labelled(company: Company, comments: Comments, known_on: int) -> Rows:
    """The comments with a score that were known on `known_on`, the latest `MOST_COMMENTS`, oldest first.

    The order does not depend on that of the rows.
    """
    rows = np.flatnonzero((comments.answered <= known_on) & (comments.score != NO_SHARE))
    words = [zlib.crc32(comments.gram[comments.first[row] : comments.first[row + 1]].tobytes()) for row in rows]
    keys = [np.asarray(words), comments.score[rows], _employees(company, comments)[rows], comments.answered[rows]]
    return rows[np.lexsort(keys)][-MOST_COMMENTS:]


def rank_correlation(values: Fixed | Floats, score: Floats) -> float | None:
    """Spearman's, None where either says the same of all or there are fewer than three."""
    if len(values) < 3 or np.ptp(values) == 0 or np.ptp(score) == 0:
        return None
    return float(stats.spearmanr(values, score).statistic)


def _nothing(company: Company, facts: SentimentFacts) -> Learned:
    unread = sentiment.valued(company, None)
    return Learned(None, unread, unread, facts)


def _employees(company: Company, comments: Comments) -> Codes:
    """Who wrote each comment; -1 where only a unit is known."""
    return np.where(comments.person >= 0, company.people.employee[comments.person], np.int32(-1))


def _people(company: Company, comments: Comments, rows: Rows) -> Codes:
    """Who wrote each comment; each of the `rows` without a name is somebody of their own."""
    person = _employees(company, comments)
    nameless = rows[person[rows] < 0]
    person[nameless] = -2 - np.arange(len(nameless), dtype=np.int32)
    return person


def _folds(person: Codes, seed: int) -> Rows:
    """The part in which each comment is held out, all of a person's in the same."""
    distinct, place = np.unique(person, return_inverse=True)
    part: Rows = np.random.default_rng(seed).permutation(len(distinct)) % FOLDS
    return part[place]


def _only(comments: Comments, rows: Rows) -> Comments:
    """Some of the comments, in the order of `rows`."""
    parts = [comments.gram[comments.first[row] : comments.first[row + 1]] for row in rows]
    columns = {name: values[rows] for name, values in vars(comments).items() if name not in {"first", "gram"}}
    first = np.append(0, np.cumsum(np.diff(comments.first)[rows]))
    return Comments(**columns, first=first, gram=np.concatenate(parts))


def _matrix(comments: Comments) -> Any:
    """Which n-grams occur in which comment, as a sparse matrix of ones."""
    gram = comments.gram.astype(np.int32)
    return sparse.csr_array((np.ones(len(gram)), gram, comments.first), shape=(len(comments.person), BUCKETS))


def _fit(matrix: Any, score: Floats, person: Codes, where: Mask) -> _Weights:
    """Ridge regression on the n-grams that enough people used, each weighted by its inverse document frequency."""
    matrix, score = matrix[where], score[where]
    distinct, place = np.unique(person[where], return_inverse=True)
    owner = sparse.csr_array((np.ones(len(place)), (place, np.arange(len(place)))), shape=(len(distinct), len(place)))
    people = np.diff((owner @ matrix).tocsc().indptr)
    weights, used = np.zeros(BUCKETS), np.flatnonzero(people >= LEAST_PEOPLE)
    if not len(used):
        return _Weights(weights, float(score.mean()))
    size, found = np.diff(matrix.indptr), matrix.tocsc()[:, used]
    rarity = np.log((1 + len(score)) / (1 + np.diff(found.indptr))) + 1
    scaled = sparse.diags_array(1 / np.sqrt(size)) @ found @ sparse.diags_array(rarity)
    ridge = Ridge(alpha=_ALPHA, solver="sparse_cg", tol=_TOLERANCE).fit(scaled.tocsr(), score)
    weights[used] = ridge.coef_ * rarity
    return _Weights(weights, float(ridge.intercept_))


def _level(taught: Comments, fold: Rows, parts: list[Valence]) -> tuple[float, float, int]:
    """The mean held-out prediction, what gives predictions the spread of the scores, and the share to be known."""
    share = np.choose(fold, [sentiment.known_shares(taught, part) for part in parts])
    least = int(np.quantile(share, STRANGEST, method="lower"))
    raw = np.choose(fold, [sentiment.valences(taught, part) for part in parts])
    read = (raw != UNREAD) & (share >= least)
    said, score = raw[read] / UNIT, taught.score[read] / UNIT
    spread = float(said.std()) if len(said) else 0.0
    return (float(said.mean()), float(score.std()) / spread, least) if spread > 0 else (0.0, 1.0, least)


def _better_than_chance(held_out: Fixed, score: Floats) -> bool:
    read = held_out != UNREAD
    found = rank_correlation(held_out[read], score[read])
    return bool(read.sum() >= LEAST_COMMENTS and found is not None and found > _CHANCE / np.sqrt(read.sum() - 1))


def _languages(taught: Comments, names: tuple[str, ...], held_out: Fixed) -> tuple[Language, ...]:
    """How well each language was read, the most frequent first; the rare and the unnamed ones together, last."""
    code = taught.language
    counts = np.bincount(code[code >= 0], minlength=len(names))
    own = sorted((g for g in range(len(names)) if counts[g] >= LEAST_COMMENTS), key=lambda g: (-counts[g], names[g]))
    groups = [(names[g], code == g) for g in own] + [(OTHER, ~np.isin(code, own))]
    return tuple(
        Language(name, int(rows_of.sum()), _ranked(held_out[rows_of], taught.score[rows_of]), None)
        for name, rows_of in groups
        if rows_of.any()
    )


def _ranked(held_out: Fixed, score: Fixed) -> float | None:
    read = held_out != UNREAD
    return rounded(rank_correlation(held_out[read], score[read] / UNIT))


def rounded(value: float | None) -> float | None:
    """To four digits; None stays."""
    return None if value is None else round(value, 4)
