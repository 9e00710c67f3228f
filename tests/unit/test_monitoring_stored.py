"""What monitoring keeps with a run, in stores of both kinds: estimates outlive the run, windows come back beside them."""

import datetime as dt
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from sqlalchemy import Engine, delete, func, insert, select

from features.days import to_day
from service.audit.log import AccessLog
from service.audit.retention import purge
from service.metrics import Metrics
from service.monitoring import drift, kept, part, watched
from service.monitoring.drift import Counted, Drift, Finding, Shift
from service.monitoring.expected import Estimate, Range, estimates
from service.settings import Settings
from service.store import runs, tables
from service.store.monitoring_tables import estimated, monitored
from service.store.outcome_tables import group_outcomes, realised
from service.store.runs import Run, RunIdentity
from service.teams import shown
from tests import staffed
from tests.published_runs import Person, publish
from tests.staffed import Member

FOUND = Finding("tickets_count_90", "tickets", "rose", 0.3, 0.1, 1e-6, "marked", "It rose.")
SHIFTS = tuple(Shift(name, 0.05, 0.1, "rose") for name in drift.SCORES)
DRIFT = Drift(300, 300, 500, 80, (FOUND,), SHIFTS)
COUNTED = Counted({"tickets_count_90": [0, 100, 200]}, {drift.SCORES[0]: [0, 150, 150]})
SAID = Estimate(90, 300, Range(20.0, 12.0, 29.0), Range(0.7, 0.6, 0.8), Range(0.05, 0.03, 0.07))
BARE = Estimate(30, 300, Range(8.0, 3.0, 14.0), None, Range(0.02, 0.01, 0.04))


def published(store: Engine, as_of: str, bundle: str = "sha256:b", *found: Estimate) -> Run:
    """A run of one person with what monitoring keeps of it."""
    run = publish(store, as_of, [Person("E000001", 0.1)], bundle=bundle)
    with store.begin() as connection:
        kept.write_drift(connection, run.id, COUNTED, DRIFT)
        kept.write_estimates(connection, run, found)
    return run


def became(store: Engine, as_of: str, bundle: str = "sha256:b", withheld: str | None = None, **more: Any) -> None:
    """What became of a run, by 90 days unless another horizon is given, as outcomes are kept and told."""
    row = {
        "as_of": as_of, "horizon": 90, "model_version": "1", "bundle_digest": bundle, "people": 290, "left": 21, "other": 3,
        "gone": 0, "unknown": 0, "expected": 19.5, "low": 14, "high": 25, "auc": 0.68, "brier": 0.06, "bins": "[]",
        "listed": 39, "listed_left": 8, "listed_other": 0, "listed_expected": 7.9, "listed_low": 4, "listed_high": 12,
        "first_on": as_of, "last_on": as_of, "worked_out_at": f"{as_of}T00:00:00Z",
    } | more  # fmt: skip
    few, plain, left = withheld == "too_few", withheld is None, row.pop("told_left", row["left"])
    told = {
        "as_of": as_of, "horizon": row["horizon"], "org_unit": "", "withheld": withheld, "worked_out_on": as_of,
        "people": None if few else 290, "left": None if few else left, "listed": 39 if plain else None,
        "listed_left": 8 if plain else None, "expected": 7.9 if plain else None,
    }  # fmt: skip
    with store.begin() as connection:
        connection.execute(insert(realised).values(row))
        connection.execute(insert(group_outcomes).values(told))


def test_what_was_written_is_read(store: Engine) -> None:
    """Findings, shifts and estimates come back as they were, those that could not be told as null."""
    published(store, "2026-01-31", "sha256:b", SAID, BARE)
    assert kept.told_on(store, "2026-01-31") == "2026-01-31"
    assert kept.drift_of(store, "2026-01-31") == DRIFT
    assert kept.estimates_of(store, "2026-01-31") == (BARE, SAID)
    with store.connect() as connection:
        assert json.loads(connection.execute(select(monitored.c.counts)).scalar_one()) == {
            "columns": {"tickets_count_90": [0, 100, 200]}, "scores": {"score_0_30": [0, 150, 150]}
        }  # fmt: skip


def test_a_day_published_again_says_anew(store: Engine) -> None:
    """The estimates of a day are those of its last run; each run has its own findings."""
    published(store, "2026-01-31", "sha256:b", SAID, BARE)
    again = published(store, "2026-01-31", "sha256:c", SAID)
    assert kept.estimates_of(store, "2026-01-31") == (SAID,)
    with store.connect() as connection:
        assert connection.execute(select(func.count()).select_from(monitored)).scalar_one() == 2
        assert connection.execute(select(estimated.c.bundle_digest)).scalar_one() == again.identity.bundle_digest


def test_monitoring_is_told_anew_with_the_company(store: Engine) -> None:
    """Ten people, then one more: what is told stays, with its day, as `teams` tells of the company; with five it follows."""
    told = []
    for number, people in enumerate((10, 11, 15), start=1):
        members = [Member(f"E{one}", "A", "M", 0.1) for one in range(people)]
        run = staffed.publish(store, f"2026-02-0{number}", members)
        seen = watched.watched(store, to_day(dt.date(2026, 2, 3)))
        assert seen is not None
        (company,) = shown.units(store, run, [""])
        told.append((seen.since, {one.people for one in seen.expected}))
        assert seen.since == company.as_of
    assert told == [("2026-02-01", {10}), ("2026-02-01", {10}), ("2026-02-03", {15})]


def test_findings_go_with_their_run_and_estimates_stay(store: Engine) -> None:
    """A run that was kept for its time takes its findings along; what was expected of it waits for what came."""
    published(store, "2026-01-31", "sha256:b", SAID)
    with store.begin() as connection:
        connection.execute(delete(tables.runs))
    with store.connect() as connection:
        assert connection.execute(select(func.count()).select_from(monitored)).scalar_one() == 0
    assert kept.estimates_of(store, "2026-01-31") == (SAID,)


def test_estimates_are_kept_for_their_time(store: Engine, tmp_path: Path) -> None:
    """Two years, as what became of runs is: on 31 January 2026 those of 2024-01-31 stay, those of the day before go."""
    for as_of in ("2024-01-30", "2024-01-31", "2026-01-31"):
        published(store, as_of, "sha256:b", SAID, BARE)
    with store.begin() as connection:
        connection.execute(delete(tables.runs).where(tables.runs.c.as_of < "2025"))
    given = Settings(home=tmp_path / "home", anchor_seconds=3_600, keep_log_days=731, keep_scores_days=3_650)
    assert purge(AccessLog(store, given, lambda: 0.0), given, dt.date(2026, 1, 31)) == {"estimated": 2}
    with store.connect() as connection:
        assert set(connection.execute(select(estimated.c.as_of)).scalars()) == {"2024-01-31", "2026-01-31"}


def test_windows_come_back_with_what_was_said(store: Engine) -> None:
    """The newest first; beside what was told on the day or last before it by the same model, else not, as a withheld one."""
    published(store, "2025-07-30", "sha256:b", BARE, SAID)
    published(store, "2026-01-31", "sha256:b", SAID)
    published(store, "2026-04-30", "sha256:b", SAID)
    for as_of, bundle, withheld in (
        ("2025-04-30", "sha256:b", None),
        ("2025-07-31", "sha256:b", None),
        ("2025-10-31", "sha256:a", None),
        ("2026-01-31", "sha256:b", None),
        ("2026-04-30", "sha256:c", None),
        ("2026-07-31", "sha256:b", "too_few"),
    ):
        became(store, as_of, bundle, withheld)
    found = kept.realised_of(store, 2)
    assert [(one.as_of, one.estimate) for one in found] == [("2026-01-31", SAID), ("2025-07-31", SAID)]
    one = found[0]
    assert (one.left, one.observed_expected, one.precision, one.auc) == (21, 21 / 20, 8 / 39, 0.68)


def test_a_corrected_window_is_told_as_it_was(store: Engine) -> None:
    """A late exit changed its figures: the counts and what was said stay, the ranking is not told; without an estimate nothing."""
    published(store, "2026-01-31", "sha256:b", SAID)
    became(store, "2026-01-31", last_on="2026-06-30", left=22, told_left=21, people=289, expected=19.1)
    became(store, "2025-10-31", last_on="2026-06-30")
    (one,) = kept.realised_of(store, 12)
    assert (one.as_of, one.people, one.left, one.expected) == ("2026-01-31", 290, 21, 20.0)
    assert (one.auc, one.brier, one.precision) == (None, None, 8 / 39)


@pytest.mark.parametrize("left, told", [(4, False), (5, True), (285, True), (286, False)])
def test_the_rank_of_a_few_is_not_told(store: Engine, left: int, told: bool) -> None:
    """An AUC of four leavers says where each stood."""
    published(store, "2026-01-31", "sha256:b", SAID)
    became(store, "2026-01-31", left=left)
    (one,) = kept.realised_of(store, 12)
    assert (one.left, one.auc is not None, one.brier is not None) == (left, told, told)


@pytest.mark.parametrize("by_30, told", [(21, True), (20, False), (17, False), (16, True)])
def test_two_windows_of_a_day_tell_of_nobody_between(store: Engine, by_30: int, told: bool) -> None:
    """Where one to four left between 30 and 90 days, the ranking is told by 90 days alone; lists always are."""
    published(store, "2026-01-31", "sha256:b", SAID, BARE)
    became(store, "2026-01-31")
    became(store, "2026-01-31", withheld="overlap", horizon=30, left=by_30)
    short, judged = kept.realised_of(store, 12)
    assert (short.horizon, short.auc is not None, short.listed, short.precision) == (30, told, None, None)
    assert (judged.horizon, judged.auc, judged.listed) == (90, 0.68, 39)


def test_windows_that_overlap_are_not_told(store: Engine) -> None:
    """What became of every day's run is kept, but told only of days that outcomes tell of."""
    published(store, "2026-01-31", "sha256:b", SAID)
    became(store, "2026-01-31")
    with store.begin() as connection:
        row = dict(connection.execute(select(realised)).mappings().one()) | {"as_of": "2026-02-01"}
        connection.execute(insert(realised).values(row))
    assert [one.as_of for one in kept.realised_of(store, 12)] == ["2026-01-31"]


def test_the_numbers_are_those_of_the_latest_run(store: Engine) -> None:
    """Gauges after two runs and a closed window; without any run there are none; no label names a unit or a person."""
    metrics = Metrics()
    today = to_day(dt.date(2026, 2, 3))
    watched.tell(metrics, watched.watched(store, today))
    assert b"retention_run_age_days " not in metrics.text()
    published(store, "2025-10-31", "sha256:b", SAID)
    published(store, "2026-01-31", "sha256:b", SAID, BARE)
    became(store, "2025-10-31")
    watched.tell(metrics, watched.watched(store, today))
    lines = {line for line in metrics.text().decode().splitlines() if not line.startswith("#")}
    assert {
        "retention_run_age_days 3",
        'retention_drift_findings{grade="marked"} 1',
        'retention_drift_findings{grade="slight"} 0',
        'retention_score_shift{score="score_30_90"} 0.050000000000000003',
        'retention_expected_auc{horizon="90"} 0.69999999999999996',
        'retention_expected_observed_expected{horizon="90",end="low"} 0.59999999999999998',
        'retention_realised_auc{horizon="90"} 0.68000000000000005',
        'retention_realised_observed_expected{horizon="90"} 1.05',
    } <= lines
    assert not any("org_unit" in line or "employee" in line or "E000001" in line for line in lines)


def test_a_run_without_estimates_is_written(store: Engine) -> None:
    """Of four people nothing is expected, and that is no fault."""
    run = Run(RunIdentity("2026-01-31", "d", "b", "s"), "1", False, "2026-01-31T00:00:00Z", 4, ())
    few = estimates(np.full((4, 4), 0.1), (0.1,) * 4, 1)
    with store.begin() as connection:
        kept.write_estimates(connection, run, few)
    assert kept.estimates_of(store, "2026-01-31") == ()
    assert runs.latest(store) is None


def test_of_many_people_some_are_drawn() -> None:
    """Of 3,000 all are compared; of more 3,000 by chance, the same again from the same seed, others from another."""
    assert part._sample(np.arange(3_000), 1).tolist() == list(range(3_000))
    drawn = part._sample(np.arange(10, 9_010), 1)
    assert (len(set(drawn.tolist())), drawn.min() >= 10, drawn.max() < 9_010) == (3_000, True, True)
    assert (np.diff(drawn) > 0).all()
    assert np.array_equal(drawn, part._sample(np.arange(10, 9_010), 1))
    assert not np.array_equal(drawn, part._sample(np.arange(10, 9_010), 2))
    assert abs(drawn.mean() - 4_509.5) < 4 * 9_000 / 12**0.5 / 3_000**0.5
