"""What a later night changes of months that were shown: nothing that is personal."""

from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from sqlalchemy import Engine, select, update

from service.dashboard import kept, part
from service.dashboard.view import dashboard
from service.store import tombstones
from service.store.dashboard_tables import dashboard_blocks, dashboard_units, dashboards
from service.store.team_tables import group_figures
from tests import builders, stores, twelve
from tests.served import day
from tests.twelve import figure, night, publish, read

NEXT: Final = "2026-04-11"
MARCH: Final = -1


def two_nights(store: Engine, path: Path, **late: list[dict[str, Any]]) -> Any:
    """What the second night's dashboard says, after rows were entered late."""
    publish(store, night(read(path / "first")))
    second = night(read(path / "second", **late), kept.last(store), NEXT)
    return dashboard(store, publish(store, second, NEXT), "", 60, 0.21)


def late(people: tuple[str, ...], wave: str, score: int) -> list[dict[str, Any]]:
    """Answers of March about growth that came to light later."""
    return [twelve.asked(f"{wave} {one}", one, "2026-03-04", "growth", score) for one in people]


@pytest.mark.parametrize("kind", stores.KINDS)
def test_one_late_answer_changes_nothing(kind: str, tmp_path: Path) -> None:
    """What was shown stays, with the day it was told first; what leaders know anyway is of tonight."""
    with stores.settings(kind, tmp_path / "home") as given, stores.opened(given) as store:
        told = two_nights(store, tmp_path, surveys=late(("E06",), "late", 5))
    growth: Any = figure(told, "driver.growth")
    assert (growth.values[MARCH], growth.n[MARCH], growth.withheld[MARCH]) == (pytest.approx(0.6), 10, None)
    assert growth.held == dict.fromkeys(("2026-02", "2026-03"), twelve.RUN_DAY)
    assert figure(told, "head_count").held == {}


def test_a_second_answer_of_the_same_people_changes_nothing(tmp_path: Path) -> None:
    """Who knows who answered once more would read it from the difference."""
    with stores.settings("sqlite", tmp_path / "home") as given, stores.opened(given) as store:
        told = two_nights(store, tmp_path, surveys=late(("E01",), "again", 5))
    growth: Any = figure(told, "driver.growth")
    assert (growth.values[MARCH], growth.n[MARCH]) == (pytest.approx(0.6), 10)


def test_what_is_not_worked_out_one_night_is_not_forgotten(tmp_path: Path) -> None:
    """Tickets missing from an export, then back with one more: March stays as it was shown before."""
    with stores.settings("sqlite", tmp_path / "home") as given, stores.opened(given) as store:
        publish(store, night(read(tmp_path / "first")))
        data, told = read(tmp_path / "second"), []
        without = replace(data, company=replace(data.company, tickets=None))
        more = [builders.ticket("T99", "E11", "2026-03-20T09:00:00Z", category="payroll")]
        for as_of, found in ((NEXT, without), ("2026-04-12", read(tmp_path / "third", tickets=more))):
            run = publish(store, night(found, kept.last(store), as_of), as_of)
            told.append(figure(dashboard(store, run, "", 60, 0.21), "tickets"))
    assert [(one.n[MARCH], one.held["2026-03"]) for one in told] == [(7, twelve.RUN_DAY)] * 2


def test_a_month_that_was_shown_stays_however_many_come(tmp_path: Path) -> None:
    """In February six had answered: with one more it stays, and with five; a month nobody has seen takes them all."""
    with stores.settings("sqlite", tmp_path / "home") as given, stores.opened(given) as store:
        publish(store, night(read(tmp_path / "first")))
        shown: list[Any] = []
        for number, more in enumerate((("E04",), ("E04", "E05", "E10", "E12", "E06"))):
            rows = [twelve.asked(f"late {one}", one, "2026-02-03", "growth", 5) for one in more]
            as_of = f"2026-04-1{number + 1}"
            found = night(read(tmp_path / as_of, surveys=rows), kept.last(store), as_of)
            growth = figure(dashboard(store, publish(store, found, as_of), "", 60, 0.21), "driver.growth")
            shown.append((growth.values[-2], growth.n[-2], growth.held))
        fresh = publish(store, night(read(tmp_path / "fresh", surveys=rows), None, "2026-04-20"), "2026-04-20")
        growth = figure(dashboard(store, fresh, "", 60, 0.21), "driver.growth")
        shown.append((growth.values[-2], growth.n[-2], growth.held))
    before = (pytest.approx(3.75 / 6), 6, dict.fromkeys(("2026-02", "2026-03"), twelve.RUN_DAY))
    assert shown == [before, before, (pytest.approx(8.75 / 11), 11, {})]


def test_a_month_is_told_after_its_delay(tmp_path: Path) -> None:
    """With ten days the run of 10 April tells March; with eleven it does not yet."""
    data, persons = read(tmp_path / "data"), np.zeros(0, np.int32)
    months = [
        part.night(data, day(twelve.RUN_DAY), twelve.CADENCE, persons, delay=delay).common.months[-1]
        for delay in (0, 10, 11)
    ]
    assert months == ["2026-03", "2026-03", "2026-02"]


def test_expected_exits_cost_nothing_that_teams_do_not_tell(tmp_path: Path) -> None:
    """Where teams withhold the exits to expect, or the unit is switched off, what they cost is withheld too."""
    with stores.settings("sqlite", tmp_path / "home") as given, stores.opened(given) as store:
        run = publish(store, night(read(tmp_path / "data")))
        with store.begin() as connection:
            connection.execute(update(group_figures).values(withheld="complement"))
        cost = figure(dashboard(store, run, "", 60, 0.21), "cost_of_expected_exits")
        off = figure(dashboard(store, run, "", 60, 0.21, switched_off=True), "cost_of_expected_exits")
    assert (cost.values[MARCH], cost.n[MARCH], cost.withheld[MARCH]) == (None, None, "complement")
    assert (off.values[MARCH], off.n[MARCH], off.withheld[MARCH]) == (None, None, "unit_switched_off")


def test_who_was_erased_counts_nowhere(tmp_path: Path) -> None:
    """Although the export still has them: nine answer, nine are there, and a month that was shown with ten stays."""
    data = read(tmp_path / "data")
    with stores.settings("sqlite", tmp_path / "home") as given, stores.opened(given) as store:
        publish(store, night(data))
        first = kept.last(store)
        with store.begin() as connection:
            tombstones.add(connection, [tombstones.new([], "E01", "2026-04-10T00:00:00Z")])
        gone = tombstones.erased(store, data.company.people.employee_id)
        told = [
            dashboard(store, publish(store, night(data, before, as_of, without=gone), as_of), "", 60, 0.21)
            for before, as_of in ((first, NEXT), (None, "2026-04-12"))
        ]
    growth: list[Any] = [figure(one, "driver.growth") for one in told]
    assert (growth[0].values[MARCH], growth[0].n[MARCH], growth[0].withheld[MARCH]) == (pytest.approx(0.6), 10, None)
    assert (growth[1].values[MARCH], growth[1].n[MARCH]) == (pytest.approx(5 / 9), 9)
    assert [figure(one, "head_count").n[MARCH] for one in told] == [9, 9]


def test_only_the_newest_dashboard_is_kept(tmp_path: Path) -> None:
    """A night takes the last one's place, in all three tables."""
    with stores.settings("sqlite", tmp_path / "home") as given, stores.opened(given) as store:
        two_nights(store, tmp_path)
        with store.connect() as connection:
            for table in (dashboards, dashboard_units, dashboard_blocks):
                assert len(set(connection.execute(select(table.c.run)).scalars())) == 1


def test_silence_is_told_of_few_only_where_all_were_asked_as_much(tmp_path: Path) -> None:
    """Four of ten were silent in February: told, but not once somebody was asked one question more than the others."""
    found = []
    with stores.settings("sqlite", tmp_path / "home") as given, stores.opened(given) as store:
        for number, more in enumerate(((), ("E01",)), start=10):
            data = read(
                tmp_path / str(number),
                surveys=[twelve.asked(f"more {one}", one, "2026-02-03", "growth", 5) for one in more],
            )
            run = publish(store, night(data, None, f"2026-04-{number}"), f"2026-04-{number}")
            silence: Any = figure(dashboard(store, run, "", 60, 0.21), "survey_silence")
            found.append((silence.values[MARCH - 1], silence.withheld[MARCH - 1]))
    assert found == [(pytest.approx(0.4), None), (None, "complement")]
