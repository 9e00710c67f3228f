"""Windows in which somebody acted: marked, counted, and the evidence with and without them."""

import random
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import polars as pl
import pytest

from features.actions_file import read_actions, together
from features.asides import Actions
from features.days import NEVER
from features.errors import DataError
from features.ingest import load
from features.settings import FeatureSettings
from models.evidence import Evidence
from models.hazard import INTERVALS
from models.manifest import ActedFacts
from tests import small_models
from tests.builders import employee, folder, job
from tests.served import day, shared_toy
from training import acted, card_actions, fit
from training.acted import BEFORE_DAYS, Done
from training.backtest import Backtest, Judged
from training.evidence import evidence
from training.settings import TrainingSettings
from training.splits import Origin

TODAY: Final = day("2026-12-31")


def actions(*done: tuple[str, str | None]) -> Actions:
    """Actions by person and day; None is a day that is not given."""
    days = np.array([NEVER if on is None else day(on) for _, on in done], dtype=np.int32)
    return Actions(tuple(who for who, _ in done), ("other",) * len(done), days, (None,) * len(done))


def company(path: Path, *people: str) -> Any:
    """A company of these people, read through the door."""
    employees, jobs = [employee(one) for one in people], [job(one) for one in people]
    return load(folder(path, employees=employees, job_history=jobs), FeatureSettings(), TODAY).company


def test_a_window_is_acted_on_from_ninety_days_before_to_its_end(tmp_path: Path) -> None:
    """An action on the day t - 90 is too early, on t - 89 it counts; on the last day it counts, the day after not."""
    made = company(tmp_path, "E1", "E2")
    rows = [day("2025-06-30")], np.array([30], dtype=np.int32)
    for on, expected in (("2025-04-01", False), ("2025-04-02", True), ("2025-07-30", True), ("2025-07-31", False)):
        done = Done.of(actions(("E1", on), ("E2", None), ("nobody", on)), made, TODAY)
        both = np.array([0, 1], dtype=np.int32)
        found = done.windows(both, np.array(rows[0] * 2, dtype=np.int32), rows[1])
        assert found[:, 0].tolist() == [expected, False], on
        assert (len(done.key), done.people) == (1, 1)


def test_what_is_not_known_yet_marks_nothing(tmp_path: Path) -> None:
    """An action after the training day is passed over."""
    made = company(tmp_path, "E1")
    assert len(Done.of(actions(("E1", "2025-06-30")), made, day("2025-06-29")).key) == 0
    assert len(Done.of(actions(("E1", "2025-06-30")), made, day("2025-06-30")).key) == 1


@pytest.mark.parametrize("seed", range(20))
def test_marks_equal_a_slow_oracle(tmp_path: Path, seed: int) -> None:
    """Random people, days and actions: each window as a loop over all actions marks it."""
    rng = random.Random(seed)
    ids = [f"E{n}" for n in range(8)]
    made = company(tmp_path, *ids)
    start = day("2025-01-01")
    some = [(rng.randrange(8), start + rng.randrange(400)) for _ in range(rng.randrange(25))]
    days = np.array([on for _, on in some], dtype=np.int32)
    given = Actions(tuple(ids[who] for who, _ in some), ("other",) * len(some), days, (None,) * len(some))
    done = Done.of(given, made, start + 300)
    code = dict(zip(made.people.employee_id, made.people.employee.tolist(), strict=True))
    rows = [(rng.choice(ids), start + rng.randrange(300)) for _ in range(60)]
    found = done.windows(
        np.array([code[who] for who, _ in rows], dtype=np.int32), np.array([on for _, on in rows], dtype=np.int32)
    )
    for (who, on), marks in zip(rows, found.tolist(), strict=True):
        mine = [at for one, at in some if ids[one] == who and at <= start + 300]
        assert marks == [any(on - BEFORE_DAYS < at <= on + end for at in mine) for _, end in INTERVALS]


def test_training_rows_are_marked_and_none_is_left_out() -> None:
    """The fit learns from the same rows and cells; the marks are of the cells, and the facts count them."""
    toy, settings = shared_toy(), TrainingSettings(threads=1)
    read = load(toy.data, FeatureSettings(), TODAY)
    assert read.actions is not None
    known_on = day("2026-06-30")
    known = fit.gather(toy.company, known_on, settings, FeatureSettings().cadence)
    done = Done.of(read.actions, toy.company, known_on)
    marked = acted.marked(known, done)
    cells = known.rows.cells
    assert marked.rows.cells is cells
    assert marked.matrix is known.matrix
    by_hand = [
        any(
            (key // (NEVER + 1) == known.employee[row])
            and -BEFORE_DAYS < key % (NEVER + 1) - known.rows.day[row] <= INTERVALS[interval][1]
            for key in done.key.tolist()
        )
        for row, interval in list(zip(cells.row.tolist(), cells.interval.tolist(), strict=True))[::37]
    ]
    assert marked.rows.acted[::37].tolist() == by_hand
    found = acted.facts(marked, Backtest((), 0), (small_models.evidence("full"),), "full", done, settings)
    assert (found.windows, found.acted) == (len(cells.row), int(marked.rows.acted.sum()))
    assert 0 < found.acted < found.windows
    assert found.leavers == known.rows.leavers >= found.acted_leavers > 0
    assert (found.judged, found.high) == (0, 0)


def looked_back(seed: int = 3, people: int = 400) -> Backtest:
    """One origin of people with uniform risks, who leave as likely as the risk says."""
    rng = np.random.default_rng(seed)
    risk = np.tile(rng.random(people)[:, None] * 0.4, (1, 4))
    left = np.tile((rng.random(people) < risk[:, 0])[:, None], (1, 4))
    origin = Origin(day("2025-01-31"), (30, 90))
    return Backtest((Judged(origin, np.arange(people, dtype=np.int32), {"full": risk}, left),), 0)


def test_the_evidence_stands_with_and_without_those_acted_on() -> None:
    """Risk that was averted looks like a false alarm: kept people pull observed over expected below that of the others."""
    settings, found = TrainingSettings(threads=1, people_per_hrbp=100), looked_back()
    (one,) = found.judged
    kept = np.flatnonzero(one.risks["full"][:, 1] >= 0.3)[::2]
    left = one.left.copy()
    left[kept] = False
    found = Backtest((replace(one, left=left),), 0)
    done = Done(kept.astype(np.int64) * (NEVER + 1) + day("2025-02-10"))
    shown = evidence(found, settings.seed, settings.people_per_hrbp, ("full",))
    facts = acted.facts(None, found, shown, "full", done, settings)
    high = one.risks["full"][:, 1] >= 0.1
    assert (facts.judged, facts.judged_acted, facts.high, facts.high_acted) == (400, len(kept), high.sum(), len(kept))
    others = np.setdiff1d(np.arange(400), kept)
    assert facts.with_them == shown[1]
    assert (facts.without_them.people, facts.without_them.observed) == (len(others), left[others, 1].sum())
    risk = one.risks["full"][:, 1]
    assert facts.without_them.observed_expected.value == pytest.approx(
        left[others, 1].sum() / risk[others].sum(), abs=1e-6
    )
    assert facts.with_them.observed_expected.value == pytest.approx(left[:, 1].sum() / risk.sum(), abs=1e-6)
    ratio = facts.with_them.observed_expected, facts.without_them.observed_expected
    assert (ratio[0].high or 0) < (ratio[1].value or 0)
    text = "\n".join(card_actions.card(facts))
    assert "without those acted on" in text
    assert "looks like a false alarm" in text
    assert f"{len(kept):,} (" in text


def test_the_card_says_where_nothing_was_read() -> None:
    """No table is another thing than a table without an action that was known."""
    assert card_actions.card(None) == [card_actions.UNKNOWN]
    none = small_models.evidence("full", origins=0)
    assert card_actions.card(nothing(none)) == ["No action was known on the training day."]


def nothing(shown: Evidence) -> ActedFacts:
    """Facts of a company in which nobody acted."""
    return ActedFacts(0, 0, BEFORE_DAYS, 100, 0, 10, 0, 0, 0, 0, 0, shown, shown)


@pytest.mark.parametrize("form", ["csv", "parquet"])
def test_a_file_of_actions_is_read_as_the_table_is(tmp_path: Path, form: str) -> None:
    """Its rows join the folder's own; ids keep their zeros, and a column nobody knows is passed over."""
    rows = {
        "employee_id": ["007", "E2"], "action_type": ["learning", None],
        "occurred_at": ["2025-01-31T23:30:00Z", "2025-02-01"], "actor_id": ["0a1b2c3d", None], "note": ["x", "y"],
    }  # fmt: skip
    path = tmp_path / f"actions.{form}"
    frame = pl.DataFrame(rows)
    frame.write_csv(path) if form == "csv" else frame.write_parquet(path)
    found = read_actions(path, TODAY)
    assert found.employee_id == ("007", "E2")
    assert found.occurred.tolist() == [day("2025-01-31"), day("2025-02-01")]
    both = together(actions(("E1", "2024-01-01")), None, found)
    assert both is not None
    assert both.employee_id == ("E1", "007", "E2")
    assert both.occurred.tolist() == [day("2024-01-01"), day("2025-01-31"), day("2025-02-01")]
    assert together(None, None) is None


@pytest.mark.parametrize(
    "name,content",
    [("actions.txt", "x"), ("a.csv", "who\nE1"), ("a.csv", "employee_id,occurred_at\nE1,soon"), ("b.csv", None)],
)
def test_a_file_that_is_none_is_refused(tmp_path: Path, name: str, content: str | None) -> None:
    """Another ending, a missing column, a row that breaks a rule, no file at all: one message, and no value in it."""
    if content is not None:
        (tmp_path / name).write_text(content)
    with pytest.raises(DataError) as refused:
        read_actions(tmp_path / name, TODAY)
    assert "soon" not in str(refused.value)
