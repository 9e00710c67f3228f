"""What became of published risks: who left, from what was known, and the figures by hand and by a slow oracle."""

import datetime as dt
import random
from dataclasses import astuple, replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from sqlalchemy import Engine, select

from features.company import Company
from service.access.keys import Caller
from service.audit.erase import erase
from service.audit.kept import Kept
from service.audit.log import AccessLog
from service.audit.retention import purge
from service.lists.expected import Expected
from service.outcomes import figures, realised, working
from service.outcomes.became import Window, became
from service.outcomes.figures import Bin, Counted, Scored
from service.settings import Settings
from service.store import outcome_tables
from tests.builders import employee
from tests.companies_with_exits import company, left, night, refreshed
from tests.published_runs import Person, publish


def told(store: Engine) -> list[tuple[Any, ...]]:
    """The table of exits: who, when, how, known on, first and last told."""
    table = outcome_tables.exits.c
    query = select(table.employee_id, table.exit_day, table.kind, table.known_on, table.first_told, table.last_told)
    with store.connect() as connection:
        return [tuple(row) for row in connection.execute(query.order_by(table.employee_id, table.hire_day))]


SCORED: Final = "2025-01-31"
"""The run of the tests; its windows end on 2025-03-02, 05-01, 07-30 and 2026-01-31."""


@pytest.mark.parametrize(
    "exit_day,kind,expected",
    [
        (None, None, "stayed"),
        ("2025-02-01", "voluntary", "left"),
        ("2025-03-02", "voluntary", "left"),
        ("2025-03-03", "voluntary", "stayed"),
        ("2025-03-02", "other", "other"),
        ("2025-01-31", "voluntary", "gone"),
        ("2024-12-01", "other", "gone"),
        ("2025-02-10", "unknown", "unknown"),
    ],
)
def test_a_window_is_the_days_after_the_run(exit_day: str | None, kind: str | None, expected: str) -> None:
    """(t, t + h]: the run's own day is outside, the last one inside; until the window has closed all is pending."""
    window = Window(SCORED, 30, 10, "2025-03-12")
    assert (window.ends, window.closes, window.closed) == ("2025-03-02", "2025-03-12", True)
    assert window.became(exit_day, kind) == became(SCORED, window.ends, exit_day, kind) == expected
    assert Window(SCORED, 30, 10, "2025-03-11").became(exit_day, kind) == "pending"


def test_exits_are_what_was_known_on_the_runs_day(store: Engine, tmp_path: Path) -> None:
    """An exit that is recorded later comes with a later run; one from before every run never does."""
    found = company(
        tmp_path,
        [left("E1", "2025-02-10"), left("E2", "2025-02-10", "redundancy", "2025-03-05"), left("E3", "2025-01-10")],
    )
    people = [Person(one, 0.1) for one in ("E1", "E2")]
    night(store, found, SCORED, people)
    assert told(store) == []
    night(store, found, "2025-02-28", people)
    assert told(store) == [("E1", "2025-02-10", "voluntary", "2025-02-10", "2025-02-28", "2025-02-28")]
    night(store, found, "2025-03-31", people)
    assert told(store)[1:] == [("E2", "2025-02-10", "other", "2025-03-05", "2025-03-31", "2025-03-31")]
    assert refreshed(store, found, "2025-03-31") == []


def test_a_correction_takes_the_place_of_what_was_told(store: Engine, tmp_path: Path) -> None:
    """Another day or kind changes the row, which says when; an exit that is taken back goes."""
    people = [Person(one, 0.1) for one in ("E1", "E2", "E3")]
    publish(store, SCORED, people)
    first = [left("E1", "2025-02-10"), left("E2", "2025-02-10"), left("E3", "2025-02-10")]
    night(store, company(tmp_path / "a", first), "2025-02-28", people)
    later = [left("E1", "2025-02-12"), left("E2", "2025-02-10", "redundancy"), employee("E3", "2020-01-01")]
    night(store, company(tmp_path / "b", later), "2025-03-01", people)
    assert [(row[0], row[1], row[2], *row[4:]) for row in told(store)] == [
        ("E1", "2025-02-12", "voluntary", "2025-02-28", "2025-03-01"),
        ("E2", "2025-02-10", "other", "2025-02-28", "2025-03-01"),
    ]


def test_whom_the_data_loses_has_not_stayed(store: Engine, tmp_path: Path) -> None:
    """An export that drops its leavers: a told exit is kept, an untold one is unknown, until the person is back."""
    people = [Person(one, 0.1) for one in ("E1", "E2", "E3")]
    staff = [left("E1", "2025-02-10"), employee("E2", "2020-01-01"), employee("E3", "2020-01-01")]
    night(store, company(tmp_path / "a", staff), SCORED, people)
    night(store, company(tmp_path / "b", staff), "2025-02-28", people[1:])
    night(store, company(tmp_path / "c", staff[2:]), "2025-03-01", people[2:])
    assert [row[:3] for row in told(store)] == [
        ("E1", "2025-02-10", "voluntary"), ("E2", "2025-03-01", "unknown"),
    ]  # fmt: skip
    night(store, company(tmp_path / "d", staff[1:]), "2025-03-02", people[1:])
    assert [row[:3] for row in told(store)] == [("E1", "2025-02-10", "voluntary")]


def test_who_came_back_is_judged_by_the_employment_that_was_scored(store: Engine, tmp_path: Path) -> None:
    """An earlier employment's exit says nothing of a run that scored the later one, and the other way round."""
    again = employee("E1", "2025-03-15", resignation_date="2025-05-20", termination_type="voluntary")
    found = company(tmp_path, [left("E1", "2025-02-10"), again, employee("E2", "2020-01-01")])
    people = [Person("E1", 0.1), Person("E2", 0.2)]
    for as_of in (SCORED, "2025-04-01", "2025-06-30"):
        night(store, found, as_of, people)
    by_90 = {one.as_of: (one.everybody.left, one.gone) for one in realised.stored(store, 90)}
    assert by_90 == {SCORED: (1, 0), "2025-04-01": (1, 0)}


def test_erased_people_stay_out(settings: Settings, store: Engine, tmp_path: Path) -> None:
    """Erasure takes the exit with it, and the next night's data does not bring it back."""
    found = company(tmp_path, [left("E1", "2025-02-10"), left("E2", "2025-02-11")])
    publish(store, SCORED, [Person("E1", 0.1), Person("E2", 0.1)])
    night(store, found, "2025-02-28")
    log = AccessLog(store, settings, lambda: 1_767_225_600.0)
    assert erase(log, Kept(settings), Caller("the test", "admin", "", "command:the test"), "E1").rows["exits"] == 1
    night(store, found, "2025-03-31")
    assert [row[0] for row in told(store)] == ["E2"]


def test_exits_go_with_the_last_run_that_needs_them_and_counts_after_their_time(
    settings: Settings, store: Engine, tmp_path: Path
) -> None:
    """An exit goes once no kept run may have scored who left, and does not come back; figures stay RETENTION_KEEP_LOG_DAYS.

    The groups: three units in three windows.
    """
    found = company(tmp_path, [left("E1", "2025-02-10"), left("E2", "2025-04-20"), employee("E3", "2020-01-01")])
    people = [Person(one, 0.1) for one in ("E1", "E2", "E3")]
    for as_of in (SCORED, "2025-03-31", "2025-05-31"):
        night(store, found, as_of, people)
    log, settings = AccessLog(store, settings, lambda: 1_772_323_200.0), replace(settings, keep_scores_days=365)
    assert [row[0] for row in told(store)] == ["E1", "E2"]
    # SCORED + 365 days: that run goes, and with it what it alone needs
    assert purge(log, settings, dt.date(2026, 2, 1)) == {"runs": 1, "exits": 1}
    assert [row[0] for row in told(store)] == ["E2"]
    assert refreshed(store, found, "2025-05-31") == []
    assert [one.as_of for one in realised.stored(store, 30)] == ["2025-03-31", SCORED]
    gone = purge(log, settings, dt.date(2027, 6, 1))
    assert {name: gone[name] for name in ("runs", "exits", "realised", "group_outcomes")} == {
        "runs": 2, "exits": 1, "realised": 3, "group_outcomes": 9,
    }  # fmt: skip


TEN: Final = (0.30, 0.30, 0.20, 0.20, 0.10, 0.06, 0.04, 0.02, 0.02, 0.01)
"""90-day risks of E0 to E9: six are listed (from 5 %)."""


def ten(path: Path, *ended: dict[str, Any]) -> Company:
    """Ten people, of whom some left."""
    gone = {row["employee_id"] for row in ended}
    return company(path, [*ended, *(employee(f"E{n}", "2020-01-01") for n in range(10) if f"E{n}" not in gone)])


def test_figures_by_hand(store: Engine, tmp_path: Path) -> None:
    """Ten people: E0, E4 and E8 leave within 90 days, E1 is made redundant, E2 had gone already, E5 is lost.

    That leaves eight, of whom E0, E1, E3 and E4 were listed; two of these four left.
    """
    ended = [
        left("E0", "2025-02-10"), left("E4", "2025-05-01"), left("E8", "2025-04-01"),
        left("E1", "2025-03-01", "redundancy"), left("E2", "2025-01-20", recorded="2025-02-20"),
    ]  # fmt: skip
    people = [Person(f"E{n}", risk) for n, risk in enumerate(TEN)]
    night(store, ten(tmp_path / "a"), SCORED, people)
    later = ten(tmp_path / "b", *ended)
    night(store, later, "2025-04-30", [person for person in people if person.employee_id != "E0"])
    assert [one.horizon for one in realised.stored(store)] == [30]
    without = company(
        tmp_path / "c",
        [*ended, *(employee(f"E{n}", "2020-01-01") for n in (3, 6, 7, 9))],
    )
    night(store, without, "2025-05-01", [Person("E3", 0.2)])
    (found,) = realised.stored(store, 90)
    assert (found.as_of, found.first_on, found.last_on, found.stale_on) == (SCORED, "2025-05-01", "2025-05-01", None)
    assert (found.gone, found.unknown) == (1, 1)
    everybody, listed = found.everybody, found.listed
    assert (everybody.people, everybody.left, everybody.other) == (8, 3, 1)
    assert (listed.people, listed.left, listed.other) == (4, 2, 1)
    assert everybody.expected.value == pytest.approx(0.30 + 0.30 + 0.20 + 0.10 + 0.04 + 0.02 + 0.02 + 0.01)
    assert listed.expected.value == pytest.approx(0.30 + 0.30 + 0.20 + 0.10)
    assert found.expected_precision == pytest.approx(0.9 / 4)
    assert listed.precision.value == 0.5
    assert found.lift == pytest.approx(0.5 / (3 / 8), abs=1e-6)
    assert found.auc == pytest.approx((4.5 + 3 + 1.5) / (3 * 5))
    lost = [0.7, 0.3, 0.2, 0.9, 0.04, 0.02, 0.98, 0.01]
    assert found.brier == pytest.approx(sum(x * x for x in lost) / 8)
    assert found.bins == ()


def test_intervals_by_hand() -> None:
    """Wilson's for 2 of 4, Byar's for 3 leavers where 2 were expected, both worked out on paper."""
    two = Counted(4, 2, 0, Expected(1.0, 0, 2)).precision
    assert [round(one or 0, 3) for one in astuple(two)] == [0.5, 0.15, 0.85]
    three = Counted(40, 3, 0, Expected(2.0, 0, 4)).observed_expected
    assert [round(one or 0, 3) for one in astuple(three)] == [1.5, 0.301, 4.383]
    none = Counted(40, 0, 0, Expected(2.0, 0, 4)).observed_expected
    assert (none.value, none.low, round(none.high or 0, 3)) == (0.0, 0.0, 1.834)
    assert astuple(Counted(0, 0, 0, Expected(0.0, 0, 0)).precision) == (None, None, None)


def test_bins_hold_five_of_each_and_keep_equal_risks_together() -> None:
    """A hundred people by rising risk, every fifth left: ten tenths of two leavers become three bins of six and more."""
    risk = np.arange(100) / 100
    leaves = np.arange(100) % 5 == 0
    none = np.zeros(100, dtype=np.bool_)
    found = figures.bins(Scored(risk, leaves, none, none))
    assert found == (Bin(30, 6, 4.35), Bin(30, 6, 13.35), Bin(40, 8, 31.8))
    assert figures.bins(Scored(np.full(100, 0.2), leaves, none, none)) == ()
    assert figures.bins(Scored(risk, none, none, none)) == ()
    assert figures.bins(Scored(risk[:0], none[:0], none[:0], none[:0])) == ()


def test_a_late_correction_changes_the_figures_and_says_so(store: Engine, tmp_path: Path) -> None:
    """Worked out on the day the window closed, then again when an exit came late, and not on the nights between."""
    people = [Person(f"E{n}", risk) for n, risk in enumerate(TEN)]
    publish(store, SCORED, people)
    on_time, late = left("E0", "2025-02-10"), left("E3", "2025-02-20", recorded="2025-03-09")
    found = ten(tmp_path / "a", on_time, late)

    def by_30() -> tuple[Any, ...]:
        (one,) = realised.stored(store, 30)
        return one.everybody.left, one.first_on, one.last_on, one.worked_out_at[:10]

    night(store, found, "2025-03-02", people[1:])
    assert by_30() == (1, "2025-03-02", "2025-03-02", "2025-03-02")
    night(store, found, "2025-03-05", people[1:])
    assert by_30() == (1, "2025-03-02", "2025-03-02", "2025-03-02")
    night(store, found, "2025-03-10", people[1:])
    assert by_30() == (2, "2025-03-02", "2025-03-10", "2025-03-10")
    retyped = ten(tmp_path / "b", left("E0", "2025-02-10", "redundancy"), late)
    night(store, retyped, "2025-03-11", people[1:])
    assert by_30() == (1, "2025-03-02", "2025-03-11", "2025-03-11")


def test_what_the_budget_leaves_over_is_said_to_be_stale(
    store: Engine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With time for one window a night, a correction of two is worked in over two nights, new windows first."""
    people = [Person(f"E{n}", risk) for n, risk in enumerate(TEN)]
    late = left("E3", "2025-02-20", recorded="2025-03-09")
    found = ten(tmp_path, late)
    for as_of in (SCORED, "2025-02-01", "2025-03-08"):
        night(store, found, as_of, people)
    monkeypatch.setattr(working, "LEAST", 1)
    monkeypatch.setattr(working, "BUDGET", 1)

    def stale() -> list[tuple[str, str | None, int]]:
        return [(one.as_of, one.stale_on, one.everybody.left) for one in realised.stored(store, 30)]

    assert stale() == [("2025-02-01", None, 0), (SCORED, None, 0)]
    night(store, found, "2025-03-10", people)
    assert stale() == [("2025-02-01", None, 1), (SCORED, "2025-03-10", 0)]
    night(store, found, "2025-03-11", people)
    assert stale() == [("2025-02-01", None, 1), (SCORED, None, 1)]


@pytest.mark.parametrize("seed", range(6))
def test_figures_equal_a_slow_oracle(store: Engine, tmp_path: Path, seed: int) -> None:
    """Random people, exits of every kind, some recorded late: every figure as loops over people give it."""
    rng = random.Random(seed)
    ids = [f"E{n:03d}" for n in range(60)]
    start = dt.date(2025, 1, 31)
    risks = {one: round(rng.random() ** 3, 2) for one in ids}
    rows, known = [], {}
    for one in ids:
        day, kind = start + dt.timedelta(rng.randint(-20, 120)), rng.choice(["voluntary", "voluntary", "redundancy"])
        recorded = max(day, start + dt.timedelta(1)) + dt.timedelta(rng.choice([0, 0, 40]))
        if rng.random() < 0.6:
            rows.append(left(one, str(day), kind, str(recorded)))
            known[one] = day, kind, recorded
        else:
            rows.append(employee(one, "2020-01-01"))
    people = [Person(one, risk) for one, risk in risks.items()]
    publish(store, str(start), people)
    now = start + dt.timedelta(100)
    night(store, company(tmp_path, rows), str(now), people[:1])
    for found in realised.stored(store):
        assert _figures(found) == pytest.approx(_oracle(risks, known, start, now, found.horizon))
    assert [one.horizon for one in realised.stored(store)] == [30, 90]


def _figures(found: realised.Realised) -> list[float]:
    everybody, listed = found.everybody, found.listed
    counts = [value for one in (everybody, listed) for value in (one.people, one.left, one.other, one.expected.value)]
    return [*counts, found.gone, found.auc or -1, found.brier or -1]


def _oracle(risks: dict[str, float], known: dict[str, Any], start: dt.date, now: dt.date, horizon: int) -> list[float]:
    scale = {30: 0.5, 90: 1.0}[horizon]
    fates: list[tuple[float, bool, str]] = []
    gone = 0
    for one, risk in risks.items():
        day, kind, recorded = known.get(one, (None, None, None))
        fate = "stayed"
        if day is not None and recorded <= now and day <= start + dt.timedelta(horizon):
            fate = "left" if kind == "voluntary" else "other"
            if day <= start:
                gone += 1
                continue
        fates.append((risk * scale, risk >= 0.05, fate))
    counts: list[float] = []
    for some in (fates, [fate for fate in fates if fate[1]]):
        kinds = [fate for *_, fate in some]
        counts += [len(some), kinds.count("left"), kinds.count("other"), sum(risk for risk, *_ in some)]
    leavers = [risk for risk, _, fate in fates if fate == "left"]
    others = [risk for risk, _, fate in fates if fate != "left"]
    pairs = [(a > b) + (a == b) / 2 for a in leavers for b in others]
    lost = [(risk - (fate == "left")) ** 2 for risk, _, fate in fates]
    return [*counts, gone, sum(pairs) / len(pairs), sum(lost) / len(lost)]
