"""Boosted trees on (row, interval) cells, strongly regularised, several bags in one text.

The trees start from log-odds that are given (the base rate of each interval, or what another learner said) and learn
only what differs from them; an interval that nobody's history has covered yet keeps the level its neighbour implies.

Repeated snapshots of one person are one observation, so the least number of rows in a leaf grows with the rows per
person ("person scaling"). The settings were measured out of time on several longitudinal sets; see the README.
"""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any, Final

import lightgbm
import numpy as np
from numpy.typing import NDArray

from models import table, trees
from models.folds import Folds

ROUNDS: Final = 100
LEAST_COLUMNS: Final = 8
"""Columns a tree may choose from, at least, where there are so many: with fewer, no two would meet."""
_BINS: Final[dict[str, Any]] = {"max_bin": 127, "feature_pre_filter": False, "num_threads": 1, "verbosity": -1}
HALF_LIFE_DAYS: Final = 365.0
"""A row's weight halves for every so many days before the training day."""


@dataclass(frozen=True)
class Cells:
    """What there is to learn from: one entry a cell (row, interval) that has closed."""

    row: NDArray[np.int64]
    """Which row of the feature matrix."""
    interval: NDArray[np.int8]
    """Which of `hazard.INTERVALS`."""
    event: NDArray[np.bool_]
    """A voluntary exit fell into the interval."""
    weight: NDArray[np.float64]


@dataclass(frozen=True)
class Settings:
    """What the fit depends on; all of it is written into the manifest."""

    leaves: int
    least_rows: int
    extra_trees: bool
    seed: int
    bags: int = 3
    rounds: int = ROUNDS
    learning_rate: float = 0.06
    feature_fraction: float = 0.3
    bagging_fraction: float = 0.6
    lambda_l2: float = 20.0

    @staticmethod
    def suited_to(leavers: int, rows_per_person: float, seed: int) -> "Settings":
        """The settings for a company in which `leavers` people left and each person has so many landmark rows."""
        return Settings(
            leaves=7 if leavers < 300 else 15,
            least_rows=max(20, round(12 * rows_per_person)),
            extra_trees=leavers < 1000,
            seed=seed,
        )

    @staticmethod
    def for_residual(leavers: int, rows_per_person: float, seed: int) -> "Settings":
        """The settings for what a linear learner left unsaid."""
        return Settings(
            leaves=6 if leavers < 1000 else 12,
            least_rows=max(15, round(6 * rows_per_person)),
            extra_trees=True,
            seed=seed,
            rounds=30,
            learning_rate=0.08,
            lambda_l2=5.0 * rows_per_person,
        )


@dataclass(frozen=True)
class Parted:
    """Cells dealt to folds, put into bins once for every fit there will be."""

    stacked: NDArray[np.float32]
    """(cells, columns + 1): the row of each cell, and its interval's number."""
    fold: Folds
    """(cells,) the part of each, dealt by person."""
    others: tuple[lightgbm.Dataset, ...]
    """For each fold the cells outside it."""


@dataclass(frozen=True)
class Crossed:
    """One bag a fold, each fitted on the other folds: together a model, apart a test of it."""

    bags: tuple[lightgbm.Booster, ...]
    margins: tuple[NDArray[np.float64], ...]
    """For each number of rounds asked for (cells,) log-odds, each by the bag that saw nobody of its fold."""

    def texts(self, rounds: int) -> list[str]:
        """The bags cut after so many rounds."""
        return [str(bag.model_to_string(num_iteration=rounds)) for bag in self.bags]


def age_weight(age_days: NDArray[np.integer[Any]]) -> NDArray[np.float64]:
    """Row weight by age: 1 on the training day, a half a year before it.

    Source: measured; recency weights kept calibration through changes of level where recalibration did not.
    """
    return np.asarray(0.5 ** (age_days / HALF_LIFE_DAYS))


def fit(rows: NDArray[np.float32], cells: Cells, base: NDArray[np.float64], settings: Settings, threads: int) -> str:
    """Fit the bags and merge them, on top of the base rates, into one model text.

    Parameters
    ----------
    rows
        (n, columns) features, NaN for null.
    cells
        What became of them.
    base
        (4,) log-odds of each interval's base rate.
    settings
        Deterministic: equal rows, cells and settings give the same text, whatever `threads`.
    threads
        How many bags may be fitted at a time.
    """
    stacked = _stacked(rows, cells)
    counts = np.maximum(np.bincount(cells.interval, minlength=len(base)), 1)
    start = table.text([base.tolist()], [counts.tolist()], [], 0, stacked.shape[1])
    bags = [replace(settings, seed=settings.seed * 1_000 + bag) for bag in range(settings.bags)]
    with ThreadPoolExecutor(min(threads, settings.bags)) as pool:
        return trees.merge(start, list(pool.map(lambda bag: _bag(stacked, cells, base, bag), bags)))


def parted(rows: NDArray[np.float32], cells: Cells, fold: Folds) -> Parted:
    """Deal the cells to the folds of their rows, (n,)."""
    stacked, part = _stacked(rows, cells), fold[cells.row]
    whole = lightgbm.Dataset(stacked, cells.event.astype(np.float32), weight=cells.weight, params=_BINS).construct()
    others = [
        whole.subset(np.flatnonzero(part != held).tolist(), _BINS).construct() for held in range(int(fold.max()) + 1)
    ]
    return Parted(stacked, part, tuple(others))


def crossed(
    parts: Parted, start: NDArray[np.float64], settings: Settings, rounds: Sequence[int], threads: int
) -> Crossed:
    """Fit one bag a fold, on everything outside it.

    Parameters
    ----------
    start
        (cells,) log-odds the trees start from.
    settings
        The bags' number is that of the folds.
    rounds
        After how many rounds to ask for the log-odds of the fold left out; at most ``settings.rounds``.
    threads
        How many bags may be fitted at a time; nothing else depends on it.
    """

    def bag(part: int) -> lightgbm.Booster:
        own = replace(settings, seed=settings.seed * 1_000 + part)
        return _train(parts.others[part].set_init_score(start[parts.fold != part]), own)

    with ThreadPoolExecutor(min(threads, len(parts.others))) as pool:
        bags = tuple(pool.map(bag, range(len(parts.others))))
    margins = tuple(start.copy() for _ in rounds)
    for part, fitted in enumerate(bags):
        held = parts.fold == part
        for found, number in zip(margins, rounds, strict=True):
            found[held] += fitted.predict(parts.stacked[held], raw_score=True, num_iteration=number, num_threads=1)
    return Crossed(bags, margins)


def _stacked(rows: NDArray[np.float32], cells: Cells) -> NDArray[np.float32]:
    stacked = np.empty((len(cells.row), rows.shape[1] + 1), dtype=np.float32)
    np.take(rows, cells.row, axis=0, out=stacked[:, :-1])
    stacked[:, -1] = cells.interval
    return stacked


def _bag(stacked: NDArray[np.float32], cells: Cells, base: NDArray[np.float64], settings: Settings) -> str:
    data = lightgbm.Dataset(
        stacked,
        cells.event.astype(np.float32),
        weight=cells.weight,
        init_score=base[cells.interval],
        params=_BINS,
    )
    return str(_train(data, settings).model_to_string())


def _train(data: lightgbm.Dataset, settings: Settings) -> lightgbm.Booster:
    """One bag, on one thread: bags side by side use the cores better than threads within each."""
    params: dict[str, Any] = {
        "objective": "binary",
        "num_leaves": settings.leaves,
        "learning_rate": settings.learning_rate,
        "min_data_in_leaf": settings.least_rows,
        "feature_fraction": min(1.0, max(settings.feature_fraction, LEAST_COLUMNS / data.construct().num_feature())),
        "bagging_fraction": settings.bagging_fraction,
        "bagging_freq": 1,
        "lambda_l2": settings.lambda_l2,
        "extra_trees": settings.extra_trees,
        "seed": settings.seed,
        "deterministic": True,
        "force_col_wise": True,
    }
    return lightgbm.train(params | _BINS, data, num_boost_round=settings.rounds)
