"""Contributions held against Shapley values of the log-odds of the risk itself: exact ones, and sampled ones of a company.

The Shapley value of a feature is its mean effect on logit(R) when it is taken from a person, the others before it in a
random order taken from the person too, and the rest from somebody the model was fitted on.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import factorial
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from features.blocks import Snapshots
from features.build import build
from features.days import to_day
from features.ingest import load
from features.presence import at_risk
from features.settings import FeatureSettings
from models import boosted, reasons
from models.additive import Additive, additive
from models.hazard import HORIZONS, hazards
from models.linear import Linear, Term
from tests import small_models
from training.fit import FULL, fit, gather
from training.sample import END, make, write
from training.settings import TrainingSettings

Figures = Callable[[str, Mapping[str, object]], Path]
Floats = NDArray[np.float64]
Matrix = NDArray[np.float32]

DAY: Final = to_day(END)
LARGEST: Final = 5


def log_odds(score: Additive, rows: Matrix) -> Floats:
    """(n, 4) logit of the four risks."""
    risk = score.risks(rows)
    return np.asarray(np.log(risk) - np.log1p(-risk))


def found(score: Additive, rows: Matrix) -> tuple[Floats, Floats]:
    """(n, columns, 4) contributions and (n, 4) baselines."""
    each = [reasons.combine(score.contributions(rows, number)) for number in range(1, 5)]
    return np.stack([one.values for one in each], axis=-1), np.stack([one.baseline for one in each], axis=-1)


def exact(score: Additive, rows: Matrix, background: Matrix) -> Floats:
    """(n, columns, 4) Shapley values over all subsets of the columns."""
    columns = range(rows.shape[1])
    subsets = [frozenset(some) for size in range(len(columns) + 1) for some in combinations(columns, size)]
    values = np.empty((len(rows), len(columns), 4))
    for number, row in enumerate(rows):
        worth = {some: _worth(score, row, some, background) for some in subsets}
        for j in columns:
            without = [some for some in subsets if j not in some]
            shares = [factorial(len(some)) * factorial(len(columns) - len(some) - 1) for some in without]
            gains = [worth[some | {j}] - worth[some] for some in without]
            values[number, j] = np.average(gains, axis=0, weights=shares)
    return values


def _worth(score: Additive, row: Matrix, some: frozenset[int], background: Matrix) -> Floats:
    mixed = background.copy()
    mixed[:, list(some)] = row[list(some)]
    return np.asarray(log_odds(score, mixed).mean(axis=0))


def sampled(score: Additive, rows: Matrix, background: Matrix, orders: int, rng: np.random.Generator) -> Floats:
    """(n, columns, 4) Shapley values over random orders, each also backwards, with a new stranger for each."""
    count, width = rows.shape
    values = np.zeros((count, width, 4))
    for _ in range(orders):
        order, stranger = rng.permutation(width), background[rng.integers(len(background))]
        for one in (order, order[::-1]):
            steps = np.repeat(stranger[None], count * (width + 1), axis=0).reshape(count, width + 1, width)
            for place, j in enumerate(one):
                steps[:, place + 1 :, j] = rows[:, j, None]
            worth = log_odds(score, steps.reshape(-1, width)).reshape(count, width + 1, 4)
            values[:, one] += np.diff(worth, axis=1) / (2 * orders)
    return values


def correlation(some: Floats, others: Floats) -> float:
    """Over all people and features together."""
    return float(np.corrcoef(some.ravel(), others.ravel())[0, 1])


def same_three(some: Floats, others: Floats) -> float:
    """The share of the three strongest features of a person that the other names as well."""
    tops = [np.argsort(-np.abs(values), axis=1)[:, :3] for values in (some, others)]
    return float(np.mean([len(set(a) & set(b)) / 3 for a, b in zip(*tops, strict=True)]))


def same_signs(some: Floats, true: Floats) -> float:
    """The share of the truth's five largest values of a person that point the same way."""
    largest = np.argsort(-np.abs(true), axis=1)[:, :LARGEST]
    signs = [np.sign(np.take_along_axis(values, largest, axis=1)) for values in (some, true)]
    return float((signs[0] == signs[1]).mean())


@pytest.fixture(scope="module")
def small() -> tuple[Additive, Matrix]:
    """Trees and a linear part over six columns, two of them alike, with interactions and high risks; its training rows."""
    rng = np.random.default_rng(7)
    rows = small_models.matrix(800, rng, columns=6)
    rows[:, 1] = rows[:, 0] + rng.normal(0, 0.7, len(rows))
    a, _, c, d, *_ = np.nan_to_num(rows).T
    rate = hazards(-1.5 + 1.2 * (a > 0.3) * (c > 0) + 0.8 * np.abs(d) - 0.5 * c)
    cells = small_models.cells(len(rows), rng, rate)
    settings = boosted.Settings(7, 20, extra_trees=False, seed=1, rounds=60)
    text = boosted.fit(rows, cells, np.full(4, -1.5), settings, 1)
    slopes, mean = (0.4, 0.3, 0.2, 0.1), float(np.nanmean(np.clip(rows[:, 4], -2, 2)))
    offsets = tuple(slope * mean for slope in slopes)
    line = Linear((0.0,) * 4, (Term("e", False, -2.0, 2.0, slopes, offsets, (0.0,) * 4),))  # type: ignore[arg-type]
    return additive(text, line, tuple("abcdef")), rows


def test_contributions_are_nearly_the_exact_shapley_values(small: tuple[Additive, Matrix]) -> None:
    """All subsets of six columns, against all training rows: correlated .998 at least, the same signs, at every horizon."""
    score, rows = small
    people = rows[:4]
    values, _ = found(score, people)
    true = exact(score, people, rows)
    for place in range(4):
        assert correlation(values[..., place], true[..., place]) > 0.998
        assert same_signs(values[..., place], true[..., place]) > 0.9
    total = log_odds(score, people) - log_odds(score, rows).mean(axis=0)
    assert true.sum(axis=1) == pytest.approx(total, abs=1e-9)


def test_sampled_values_come_to_the_exact_ones(small: tuple[Additive, Matrix], rng: np.random.Generator) -> None:
    """The measure itself: some hundred orders, each with one stranger, come near to all of them with all."""
    score, rows = small
    people = rows[:3]
    assert correlation(sampled(score, people, rows, 400, rng), exact(score, people, rows)) > 0.985


@dataclass(frozen=True)
class Company:
    """A fitted company: its model, the people of its last day, and those it learned from, recent ones more often."""

    score: Additive
    people: Matrix
    learned_from: Matrix


@pytest.fixture(scope="module")
def company(tmp_path_factory: pytest.TempPathFactory, trial: bool) -> Company:
    """A sample company, fitted in full."""
    folder = tmp_path_factory.mktemp("faithful") / "data"
    write(make(2_000 if trial else 400, 36 if trial else 24, seed=11), folder)
    loaded = load(folder, FeatureSettings(), DAY + 1).company
    settings = TrainingSettings(threads=2)
    known = gather(loaded, DAY, settings, (12, 4, 2))
    fitted = fit(known, settings)
    assert fitted.mode == FULL
    rng = np.random.default_rng(5)
    here = np.flatnonzero(at_risk(loaded, DAY)).astype(np.int32)
    chosen = rng.choice(here, 40 if trial else 8, replace=False)
    rows = build(known.learned.scoring, known.spec, Snapshots(chosen, np.full(len(chosen), DAY, np.int32)))
    weight = known.rows.weight / known.rows.weight.sum()
    strangers = known.matrix[rng.choice(len(weight), 2_000, p=weight)]
    return Company(additive(fitted.text, fitted.linear, known.columns), rows, strangers)


def test_reasons_of_a_company_are_faithful(
    company: Company, trial: bool, rng: np.random.Generator, figures: Figures
) -> None:
    """Correlated .985 at least with sampled values at full size, where sampling adds little noise; the signs agree."""
    values, baseline = found(company.score, company.people)
    true = sampled(company.score, company.people, company.learned_from, 150 if trial else 25, rng)
    mean = log_odds(company.score, company.learned_from).mean(axis=0)
    shown: dict[str, object] = {}
    for place, horizon in enumerate(HORIZONS):
        each: Sequence[Floats] = (values[..., place], true[..., place])
        shown[f"{horizon} days"] = {
            "correlation": round(correlation(*each), 4),
            "the same three strongest": round(same_three(*each), 3),
            "signs of the five largest": round(same_signs(*each), 3),
            "baseline less mean log-odds": round(float(baseline[:, place].mean() - mean[place]), 3),
            "spread of the baseline": float(np.ptp(baseline[:, place])),
        }
        assert correlation(*each) > (0.985 if trial else 0.95)
        assert same_signs(*each) > 0.95
        assert np.ptp(baseline[:, place]) < 1e-6
    print(figures("faithful_reasons", shown).read_text())
