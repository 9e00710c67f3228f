"""What a bundle remembers of the people it learned from: counts by hand, each person once, nobody alone in a bin."""

from dataclasses import replace
from pathlib import Path

import msgspec
import numpy as np
import pytest

from features import presence
from features.days import to_date
from models import bundle
from models.additive import additive
from models.errors import BundleError
from models.manifest import Manifest
from models.reference import Distribution, Reference, tally
from models.risk import RiskModel
from tests import small_models
from tests.served import TRAINED_TO, shared_toy
from training import reference
from training.fit import gather
from training.settings import TrainingSettings

ONE = Distribution((0.0, 2.5), (3, 0, 6), 1, 0.1, 0.02)
PLAIN = Reference(10, (ONE,) * len(small_models.COLUMNS), (ONE,) * 4)


def test_values_are_counted_by_upper_ends() -> None:
    """A value on an edge stands below it; nulls stand apart; an empty bin is counted as such."""
    values = np.array([-1.0, 0.0, 0.5, 2.5, 2.6, 1e9, np.nan, np.nan], dtype=np.float32)
    nulls, counts = tally(np.array([0.0, 2.5, 3.0, 1e10]), values)
    assert (nulls, counts.tolist()) == (2, [2, 2, 1, 1, 0])


def test_bins_are_twentieths_and_what_never_was() -> None:
    """Of 1 to 1,000 the ends lie halfway between twentieths; a constant has a bin of its own, and one on either side."""
    ends = reference.edges(np.arange(1.0, 1_001.0))
    assert ends.tolist() == [24.0, 50.0, *range(100, 1_000, 50), 976.0]
    assert reference.edges(np.full(50, 7.0)).tolist() == [6.99, 7.01]
    assert reference.edges(np.empty(0)).tolist() == []


@pytest.mark.parametrize(
    "counts, kept",
    [
        ((5, 5, 5), [1.0, 2.0]),
        ((4, 5, 5), [2.0]),
        ((0, 9, 3), [1.0]),
        ((0, 9, 0), [1.0, 2.0]),
        ((3, 0, 1), []),
        ((6, 2, 3), [1.0]),
    ],
)
def test_nobody_is_alone_in_a_bin(counts: tuple[int, ...], kept: list[float]) -> None:
    """An edge goes where it would leave one to four people by themselves; an empty bin may stand."""
    assert reference._wide(np.array([1.0, 2.0]), np.array(counts)).tolist() == kept


def test_a_days_distance_is_by_hand() -> None:
    """Ten days of 40 people beside a reference of 50 below, 50 above and nobody null.

    On nine days half are below; on the last 16 of the 36 who have a value, a share of .4444, or .05 of all 40 too few. Nine
    in ten days lie no farther than a tenth of the way there, by linear interpolation; of nulls, of the way to 4 of 40.
    """
    values = np.tile(np.repeat([0.0, 1.0], 20), 10).astype(np.float32)
    values[360:364] = np.nan
    found = reference._swings(np.array([0.5]), np.array([50, 50, 0]), values, np.repeat(np.arange(10), 40))
    assert found == (round(0.1 * (0.5 - 16 / 36) * 36 / 40, 3), round(0.1 * 0.1, 3))


def test_few_days_or_people_say_nothing() -> None:
    """Five days, or days of 29 people; a column that nobody has says something of its nulls alone."""
    ends, whole = np.array([0.5]), np.array([50, 50, 0])
    ones = np.ones(400, dtype=np.float32)
    assert reference._swings(ends, whole, ones[:200], np.repeat(np.arange(5), 40)) == (0.0, 0.0)
    assert reference._swings(ends, whole, ones[:290], np.repeat(np.arange(10), 29)) == (0.0, 0.0)
    assert reference._swings(ends, whole, np.full(400, np.nan), np.repeat(np.arange(10), 40)) == (0.0, 1.0)


def test_days_lie_all_over_the_window() -> None:
    """Forty days from the first month end to the training day, not month ends alone, and only people who were there."""
    toy = shared_toy()
    known = gather(toy.company, TRAINED_TO, TrainingSettings(threads=1), (12, 4, 2))
    panel = reference._panel(known, 3)
    days = np.unique(panel.day)
    assert (len(days), days[0], days[-1]) == (40, known.rows.day.min(), TRAINED_TO)
    assert len({to_date(int(day)).day for day in days}) > 15
    assert presence.trainable(known.learned.scoring, TRAINED_TO, panel.person, panel.day).all()


def test_each_person_counts_once_on_a_day_they_were_there() -> None:
    """Of the toy's people: nobody twice, everybody trainable on their day, and months drawn by their weight."""
    toy = shared_toy()
    known = gather(toy.company, TRAINED_TO, TrainingSettings(threads=1), (12, 4, 2))
    drawn = reference._drawn(known, 3)
    company = known.learned.scoring
    assert len(np.unique(company.people.employee[drawn.person])) == len(drawn) > 200
    assert presence.trainable(company, TRAINED_TO, drawn.person, drawn.day).all()
    assert set(drawn.day.tolist()) <= set(known.rows.day.tolist())
    late = drawn.day > np.median(np.unique(known.rows.day))
    assert late.mean() > 0.5


def test_the_toys_bundle_has_one() -> None:
    """Every column and every interval, everybody in each, and the same again from the same seed."""
    toy = shared_toy()
    held = toy.bundle.manifest.reference
    assert held is not None
    assert held.sound(len(toy.bundle.manifest.columns), 4)
    known = gather(toy.company, TRAINED_TO, TrainingSettings(threads=1), (12, 4, 2))
    score = additive(toy.bundle.model_text, toy.bundle.manifest.linear, known.columns)
    assert reference.reference(known, score, TrainingSettings().seed) == held
    smallest = min(count for one in (*held.columns, *held.scores) if one.edges for count in one.counts if count)
    assert smallest >= 5
    assert str(to_date(TRAINED_TO)) == toy.bundle.manifest.training.trained_to


@pytest.mark.parametrize(
    "wrong",
    [
        replace(PLAIN, people=11),
        replace(PLAIN, columns=PLAIN.columns[1:]),
        replace(PLAIN, scores=PLAIN.scores[1:]),
        replace(PLAIN, scores=(replace(ONE, edges=(2.5, 0.0)), *PLAIN.scores[1:])),
        replace(PLAIN, scores=(replace(ONE, counts=(3, -1, 7)), *PLAIN.scores[1:])),
        replace(PLAIN, scores=(replace(ONE, counts=(3, 6)), *PLAIN.scores[1:])),
        replace(PLAIN, scores=(replace(ONE, swing=1.5), *PLAIN.scores[1:])),
    ],
)
def test_an_unsound_reference_is_refused(tmp_path: Path, wrong: Reference) -> None:
    """Right digests do not help: too many people, a column too few, edges that fall, counts that cannot be."""
    held = small_models.write(tmp_path / "bundle", reference=wrong)
    with pytest.raises(BundleError, match="nothing sound of the people") as refused:
        bundle.read(held.path)
    assert refused.value.reason == "manifest"


def test_it_is_sealed_and_may_be_absent(tmp_path: Path) -> None:
    """A bundle is read with one and without; one that was moved afterwards is refused though every digest agrees."""
    text = small_models.base_rate_text()
    assert small_models.sound(tmp_path / "without", text).manifest.reference is None
    held = small_models.sound(tmp_path / "with", text, reference=PLAIN)
    assert RiskModel.load(held.path).manifest.reference == PLAIN
    assert msgspec.json.decode(msgspec.json.encode(held.manifest), type=Manifest) == held.manifest
    moved = replace(held.manifest, reference=replace(PLAIN, scores=(replace(ONE, counts=(3, 1, 5)), *PLAIN.scores[1:])))
    other = bundle.write(moved, text, held.card, held.sheet, tmp_path / "moved")
    with pytest.raises(BundleError, match="do not mean what they did"):
        RiskModel.load(other.path)


def test_the_card_says_what_is_kept_and_that_runs_are_watched() -> None:
    """How many people were counted, and where what is watched can be read."""
    toy = shared_toy()
    held = toy.bundle.manifest.reference
    assert held is not None
    assert f"counts of {held.people:,} people by bin, nobody's row." in toy.bundle.card
    assert "`GET /v1/monitoring`" in toy.bundle.card
