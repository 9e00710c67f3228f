"""Drift on a sample company's own features, ties, nulls and all: nothing is found where nothing changed, and what did is named."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray

from features import build, presence
from features.blocks import Snapshots
from features.catalogue import catalogue
from features.days import to_day
from features.feature import Feature
from features.ingest import load
from features.sentiment import valued
from features.settings import FeatureSettings
from models.additive import additive
from models.reference import Distribution, Reference
from models.risk import RiskModel
from service.monitoring.drift import FALSE_ALARMS, SCORES, Drift, Finding, counted, drift, holm
from tests import small_models
from tests.served import TRAINED_TO, shared_toy
from training import fit, reference
from training.sample import END, make, write
from training.settings import TrainingSettings

SMALL: Final = 900
"""People ever employed, for batches of 30 and 300; `LARGE` is for 3,000."""
LARGE: Final = 6_000
Rows = NDArray[np.float32]


def plain(rows: NDArray[np.floating]) -> tuple[Distribution, ...]:
    """The counts of these rows, by bins from themselves; nothing is known of single days."""
    return reference.counted(rows, rows, rows[:0], np.empty(0, dtype=np.int32))


@dataclass(frozen=True)
class Crowd:
    """People of one company, one row each, in no order."""

    features: tuple[Feature, ...]
    rows: Rows
    margins: NDArray[np.float64]

    def reference(self, people: NDArray[np.int64]) -> Reference:
        """The reference that these people make; bins from themselves, which is the least favourable way."""
        columns, scores = (plain(some[people]) for some in (self.rows, self.margins))
        return Reference(len(people), columns, scores)

    def compared(self, batch: NDArray[np.int64], others: NDArray[np.int64], rows: Rows | None = None) -> Drift:
        """A batch, its rows changed where others are given, beside other people."""
        kept = self.reference(others)
        own = self.rows[batch] if rows is None else rows
        return drift(kept, self.features, counted(kept, self.features, own, self.margins[batch]))


def crowd(folder: Path, employees: int) -> Crowd:
    """The newest row of everybody who may train, with the scores of a model by tenure."""
    write(make(employees, 18, 11), folder)
    company = load(folder, FeatureSettings(), to_day(END)).company
    known = fit.gather(company, to_day(END) - 60, TrainingSettings(threads=1), FeatureSettings().cadence)
    fitted = fit.fit(known, TrainingSettings(threads=1), fit.BY_TENURE)
    order = np.lexsort((known.rows.day, known.employee))
    newest = order[np.append(np.diff(known.employee[order]) != 0, True)]
    rows = known.matrix[newest]
    score = additive(fitted.text, fitted.linear, known.columns)
    return Crowd(catalogue(known.spec), rows, score.margins(rows))


@pytest.fixture(scope="module")
def small(tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    """A company of nearly a thousand."""
    return crowd(tmp_path_factory.mktemp("small") / "data", SMALL)


@pytest.fixture(scope="module")
def large(tmp_path_factory: pytest.TempPathFactory) -> Crowd:
    """A company of thousands."""
    return crowd(tmp_path_factory.mktemp("large") / "data", LARGE)


def alarms(people: Crowd, size: int, draws: int, rng: np.random.Generator) -> int:
    """In how many draws of a batch and everybody else something is found."""
    found = 0
    for _ in range(draws):
        order = rng.permutation(len(people.rows))
        found += bool(people.compared(order[:size], order[size:]).findings)
    return found


@pytest.mark.parametrize("size", [30, 300])
def test_people_of_one_company_seldom_alarm(
    small: Crowd, size: int, rng: np.random.Generator, figures: Callable[..., Path], *, trial: bool
) -> None:
    """Of 200 draws at most one in twenty has any finding, whatever the batch's size.

    Of twelve draws four would come by chance in one of four hundred runs at that rate: three may have one.
    """
    draws = 200 if trial else 12
    found = alarms(small, size, draws, rng)
    figures(f"drift_false_alarms_{size}", {"draws": draws, "alarms": found, "others": len(small.rows) - size})
    print(f"{size} of {len(small.rows)} people: {found} of {draws} draws alarm")
    assert found <= (FALSE_ALARMS * draws if trial else 3)


@pytest.mark.trial
def test_thousands_of_one_company_seldom_alarm(
    large: Crowd, rng: np.random.Generator, figures: Callable[..., Path]
) -> None:
    """The same of batches of 3,000."""
    found = alarms(large, 3_000, 200, rng)
    figures("drift_false_alarms_3000", {"draws": 200, "alarms": found, "others": len(large.rows) - 3_000})
    print(f"3000 of {len(large.rows)} people: {found} of 200 draws alarm")
    assert found <= FALSE_ALARMS * 200


@pytest.mark.trial
def test_a_planted_shift_is_found_among_thousands(
    large: Crowd, rng: np.random.Generator, figures: Callable[..., Path]
) -> None:
    """Of 50 draws of 3,000 with one column moved by a quarter of its spread: it is found and named in all, and first.

    What else is found comes as seldom as without it.
    """
    named, others, first = 0, 0, 0
    place = widest(large)
    for _ in range(50):
        order = rng.permutation(len(large.rows))
        batch, rest = order[:3_000], order[3_000:]
        found = large.compared(batch, rest, moved(large, batch, place)).findings
        names = [one.name for one in found]
        named += large.features[place].name in names
        first += names[:1] == [large.features[place].name] and found[0].direction == "rose"
        others += len(set(names)) > 1
    figures("drift_planted_3000", {"draws": 50, "named": named, "first": first, "others": others})
    print(f"{large.features[place].name}: named in {named}, first in {first}, others in {others} of 50")
    assert (named, first) == (50, 50)
    assert others <= 6


def test_a_planted_shift_is_found_and_named(small: Crowd, rng: np.random.Generator) -> None:
    """Of 300, a column moved by its whole spread: first of the findings, as `rose`, in words, with its source."""
    order = rng.permutation(len(small.rows))
    batch, rest = order[:300], order[300:]
    place = widest(small)
    found = small.compared(batch, rest, moved(small, batch, place, 1.0)).findings
    feature = small.features[place]
    assert (found[0].name, found[0].direction, found[0].source) == (
        feature.name, "rose", feature.source or feature.family
    )  # fmt: skip
    assert found[0].text.startswith(f"{feature.name} rose since training")


def test_a_source_gone_is_named(small: Crowd, rng: np.random.Generator) -> None:
    """Of 300 people every second has lost what surveys said: nulls of survey columns, and nothing else."""
    order = rng.permutation(len(small.rows))
    batch, rest = order[:300], order[300:]
    rows = small.rows[batch].copy()
    columns = [place for place, feature in enumerate(small.features) if feature.family == "surveys"]
    rows[::2, columns] = np.nan
    found = small.compared(batch, rest, rows).findings
    assert {one.source for one in found} == {"surveys"}
    assert found[0].direction == "more_nulls"


def widest(people: Crowd) -> int:
    """The place of a column that everybody has, with many values."""
    return next(place for place, one in enumerate(people.features) if one.name == "career_tenure_days")


def moved(people: Crowd, batch: NDArray[np.int64], place: int, spreads: float = 0.25) -> Rows:
    """The rows of a batch with one column moved by so many of its standard deviations."""
    rows = people.rows[batch].copy()
    rows[:, place] += np.float32(spreads * np.nanstd(people.rows[:, place]))
    return rows


FEATURE: Final = catalogue(small_models.SPEC)[small_models.TENURE]


def asked(values: NDArray[np.float64], now: NDArray[np.float64], swing: float = 0.0) -> tuple[Finding, ...]:
    """What is found of one column, by its values then and now; scores stay."""
    (column,) = plain(values[:, None])
    even = np.linspace(-5.0, -2.0, len(values))[:, None].repeat(4, axis=1)
    kept = Reference(len(values), (replace(column, swing=swing),), plain(even))
    score = np.linspace(-5.0, -2.0, len(now))[:, None].repeat(4, axis=1)
    return drift(kept, (FEATURE,), counted(kept, (FEATURE,), now[:, None], score)).findings


def test_size_is_told_apart_from_certainty(rng: np.random.Generator) -> None:
    """A twentieth of a spread in a huge batch is certain and slight; half a spread is marked, but usual where days moved so."""
    then, now = rng.normal(size=10_000), rng.normal(size=100_000)
    (slight,) = asked(then, now + 0.1)
    assert (slight.grade, slight.direction, slight.p < 1e-6) == ("slight", "rose", True)
    assert "certain, but slight" in slight.text
    (marked,) = asked(then, now[:3_000] - 0.5)
    assert (marked.grade, marked.direction, round(marked.distance, 1)) == ("marked", "fell", 0.2)
    (usual,) = asked(then, now[:3_000] - 0.5, swing=0.12)
    assert (usual.grade, "season" in usual.text) == ("usual", True)


def test_spread_and_nulls_are_named(rng: np.random.Generator) -> None:
    """More at both ends, and nulls more and less often."""
    then, now = rng.normal(size=5_000), rng.normal(size=3_000)
    assert [one.direction for one in asked(then, 1.5 * now)] == ["spread"]
    assert [one.direction for one in asked(then, 0.6 * now)] == ["narrowed"]
    holes = np.where(np.arange(5_000) % 4 == 0, np.nan, then)
    assert [one.direction for one in asked(then, np.where(np.arange(3_000) % 4 == 0, np.nan, now))] == ["more_nulls"]
    assert [one.direction for one in asked(holes, now)] == ["fewer_nulls"]


def test_a_column_of_few_is_told_as_of_few(rng: np.random.Generator) -> None:
    """Where one in twenty has a value, all but the top fortieth of them move far: certain, and slight."""
    then, now = (np.where(np.arange(many) % 20 == 0, rng.normal(size=many), np.nan) for many in (10_000, 3_000))
    (one,) = asked(then, now + 9.0)
    assert (one.direction, one.distance, one.grade) == ("rose", 0.05, "slight")


def test_the_same_people_are_no_finding(small: Crowd) -> None:
    """Everybody beside themselves: no difference, and all four scores at a distance of nothing."""
    everybody = np.arange(len(small.rows))
    found = small.compared(everybody, everybody)
    assert (found.findings, found.people, found.reference) == ((), len(everybody), len(everybody))
    assert [(one.name, one.distance) for one in found.scores] == [(name, 0.0) for name in SCORES]


def test_many_questions_are_corrected_for() -> None:
    """Holm's example: the least chance times all, the next times one fewer, never falling, at most 1."""
    assert holm([0.01, 0.04, 0.03, 0.5]) == pytest.approx([0.04, 0.09, 0.09, 0.5])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_days_of_the_window_itself_are_not_called_drift(figures: Callable[..., Path]) -> None:
    """Everybody of the toy on twelve days of its last year of training, most of them no month ends.

    What a month's report, a survey or a season moves is found, many columns of it, and called usual: of the columns hardly one
    in fifty is called marked.
    """
    toy = shared_toy()
    model = RiskModel.load(toy.bundle.path)
    company, kept = valued(toy.company, model.valence), model.manifest.reference
    assert kept is not None
    marked = usual = 0
    days = range(TRAINED_TO - 10, TRAINED_TO - 10 - 12 * 27, -27)
    for day in days:
        persons = np.flatnonzero(presence.at_risk(company, day)).astype(np.int32)
        rows = build.build(company, model.spec, Snapshots(persons, np.full(len(persons), day, dtype=np.int32)))
        found = drift(kept, model.features, counted(kept, model.features, rows, model.score.margins(rows))).findings
        marked += sum(one.grade == "marked" for one in found)
        usual += sum(one.grade == "usual" for one in found)
    shares = {"marked": marked / len(days) / len(model.features), "usual": usual / len(days) / len(model.features)}
    figures("drift_within_the_window", shares)
    print(shares)
    assert shares["marked"] < 0.02
    assert shares["usual"] > 0.05
