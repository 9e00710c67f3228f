"""What was told of groups from wrong data is withdrawn by hand, for a reason, and told anew by the next night; never else."""

from pathlib import Path
from typing import Any, Final

import pytest
from sqlalchemy import Engine, select, update

from service.access.keys import Caller
from service.api.grouped import group
from service.audit.log import AccessLog
from service.audit.verify import verify
from service.cli import main
from service.dashboard import kept
from service.dashboard.view import Dashboard, dashboard
from service.errors import ChainError, UsageError
from service.retract import retracting
from service.retract.retracting import Retraction, Told
from service.settings import Settings
from service.store import leases, runs
from service.store.audit_tables import access_head, access_log
from service.store.leases import Lease
from service.teams import shown
from tests import staffed, stores, twelve
from tests.staffed import Member
from tests.twelve import figure, night, publish, read

ADMIN: Final = Caller("the test", "admin", "", "command:the test")
MOMENT: Final = 1_776_000_000.0
SECOND: Final = "2026-04-11"
THIRD: Final = "2026-04-12"
LATE: Final = [
    twelve.asked("late", "E06", "2026-03-04", "growth", 5),
    twelve.asked("later", "E04", "2026-02-04", "growth", 5),
]
"""An eleventh answer of March, and a seventh of February, at the top of the scale."""
WHY: Final = "The survey export of March was cut off: its last file was empty, and nobody saw it for ten days"
MARCH: Final = -1


@pytest.fixture
def log(store: Engine, settings: Settings) -> AccessLog:
    """The access log of a store of either kind."""
    return AccessLog(store, settings, lambda: MOMENT)


def told(store: Engine) -> Dashboard:
    """The company's dashboard as it is now."""
    run = runs.latest(store)
    assert run is not None
    return dashboard(store, run, "", 60, 0.21)


def march(found: Dashboard) -> tuple[Any, ...]:
    """What is told of growth in March."""
    growth: Any = figure(found, "driver.growth")
    return growth.values[MARCH], growth.n[MARCH], growth.withheld[MARCH], growth.held.get("2026-03")


def month_of(found: Dashboard, month: str) -> dict[str, Any]:
    """Every figure of a month: value, people and code."""
    at = found.months.index(month)
    return {one.name: (one.values[at], one.n[at], one.withheld[at]) for one in found.figures}


def two_nights(store: Engine, path: Path) -> None:
    """A night that told March without an answer, and one that knew it and had to stay with that."""
    publish(store, night(read(path / "first")))
    publish(store, night(read(path / "second", surveys=LATE), kept.last(store), SECOND), SECOND)


def test_a_month_is_withdrawn_and_told_anew(log: AccessLog, store: Engine, tmp_path: Path) -> None:
    """Held at 6 of 10; withheld once it is retracted; the next night tells 7 of 11, and leaves February as it was told."""
    two_nights(store, tmp_path)
    assert march(told(store)) == (pytest.approx(0.6), 10, None, twelve.RUN_DAY)
    february = month_of(told(store), "2026-02")
    before = retracting.look(store, "month", "2026-03")
    assert retracting.retract(log, ADMIN, "month", "2026-03", WHY) == before
    assert (before.since, before.before) == ([twelve.RUN_DAY, SECOND], 0)
    assert march(told(store)) == (None, None, "retracted", None)
    assert figure(told(store), "survey_score").withheld[MARCH] == "retracted"
    assert month_of(told(store), "2026-02") == february
    data = read(tmp_path / "third", surveys=LATE)
    publish(store, night(data, kept.last(store), THIRD), THIRD)
    assert march(told(store)) == (pytest.approx(7 / 11), 11, None, None)
    anew = month_of(told(store), "2026-03")
    assert month_of(told(store), "2026-02") == february
    publish(store, night(data, None, "2026-04-13"), "2026-04-13")
    assert month_of(told(store), "2026-03") == anew
    assert month_of(told(store), "2026-02") != february


def test_all_of_a_month_is_withdrawn_and_nothing_else(log: AccessLog, store: Engine, tmp_path: Path) -> None:
    """Of every unit and figure; what had no value keeps its code, and no other month has changed."""
    publish(store, night(read(tmp_path / "first")))
    run = runs.latest(store)
    assert run is not None
    before = {unit: dashboard(store, run, unit, 60, 0.21) for unit in ("", "A", "B")}
    found = retracting.retract(log, ADMIN, "month", "2026-03", WHY)
    seen = 0
    for unit, was in before.items():
        now = dashboard(store, run, unit, 60, 0.21)
        for old, new in zip(was.figures, now.figures, strict=True):
            assert (old.values[:MARCH], old.n[:MARCH], old.withheld[:MARCH]) == (
                new.values[:MARCH],
                new.n[:MARCH],
                new.withheld[:MARCH],
            )
            wanted = "retracted" if old.values[MARCH] is not None else old.withheld[MARCH]
            assert (new.values[MARCH], new.n[MARCH], new.withheld[MARCH]) == (None, None, wanted), old.name
            seen += old.values[MARCH] is not None
    assert found.count >= seen > 20
    with pytest.raises(UsageError, match=r"nothing of that month\. It tells of 2025-06 to 2026-03"):
        retracting.look(store, "month", "2026-04")


def staff(count: int, risk: float, unit: str = "Sales") -> list[Member]:
    """So many people of a unit, under its own manager."""
    return [Member(f"{unit}{number}", unit, f"M{unit}", risk) for number in range(count)]


def sales(store: Engine) -> tuple[Any, ...]:
    """What is told of the unit: code, day, and leavers to expect within 90 days."""
    run = runs.latest(store)
    assert run is not None
    one = shown.unit(store, run, "Sales")
    assert one is not None
    return one.withheld, one.as_of, one.figures and one.figures.expected["90"][0]


def test_figures_of_groups_are_withdrawn_and_told_anew(log: AccessLog, store: Engine) -> None:
    """Told at 40 % by mistake, they would stay until five came or went; the unit told on another day is left alone."""
    people = staff(20, 0.1, "People")
    staffed.publish(store, "2026-09-01", staff(10, 0.4) + people)
    for day in ("2026-09-02", "2026-09-03"):
        staffed.publish(store, day, staff(11, 0.1) + people)
        assert sales(store) == (None, "2026-09-01", 4.0)
    found = retracting.retract(log, ADMIN, "teams", "2026-09-01", WHY)
    assert found == Told(3, ["2026-09-01"], 0)  # the company, the unit and its team
    assert sales(store) == ("retracted", None, None)
    run = runs.latest(store)
    assert run is not None
    (unit, other) = (shown.unit(store, run, path) for path in ("Sales", "People"))
    assert unit is not None
    assert other is not None
    assert (
        group(unit, "2026-09-03").why == "It was worked out from wrong data and taken back; the next run tells it anew."
    )
    assert (other.withheld, other.as_of) == (None, "2026-09-03")
    staffed.publish(store, "2026-09-04", staff(11, 0.1) + people)
    assert sales(store) == (None, "2026-09-04", 1.0)
    with pytest.raises(UsageError, match="There are figures from 2026-09-04"):
        retracting.look(store, "teams", "2026-09-01")


def test_it_is_written_into_the_access_log_with_its_reason(log: AccessLog, store: Engine, tmp_path: Path) -> None:
    """Who, what and why, a reason longer than a row in several; the chain is whole, and the next time counts the first."""
    two_nights(store, tmp_path)
    retracting.retract(log, ADMIN, "month", "2026-03", f"  {WHY}\n")
    with store.connect() as connection:
        rows = connection.execute(select(access_log).order_by(access_log.c.seq)).all()
    assert [(row.action, row.caller, row.role) for row in rows] == [
        ("retract_month", "command:the test", "admin"),
        *[("retract_reason", "command:the test", "admin")] * 2,
    ]
    assert verify(store, log.anchor).bad_row is None
    assert retracting.listed(store) == [Retraction(rows[0].at, "command:the test", "month", "2026-03", WHY)]
    publish(store, night(read(tmp_path / "third", surveys=LATE), kept.last(store), THIRD), THIRD)
    assert retracting.look(store, "month", "2026-03").before == 1
    assert retracting.look(store, "month", "2026-02").before == 0


@pytest.mark.parametrize("reason", ["", " \n", "x" * 501, "Sales3 was missing", "wrong for (MSales).", "a\x1b[2Jb"])
def test_without_a_reason_that_can_be_kept_nothing_changes(log: AccessLog, store: Engine, reason: str) -> None:
    """None, too long, naming somebody of the run or a manager, or moving a terminal's cursor."""
    staffed.publish(store, "2026-09-01", staff(10, 0.4))
    with pytest.raises(UsageError, match="Nothing was changed"):
        retracting.retract(log, ADMIN, "teams", "2026-09-01", reason)
    assert sales(store)[:2] == (None, "2026-09-01")
    assert retracting.listed(store) == []


def test_not_while_a_run_is_under_way(log: AccessLog, store: Engine) -> None:
    """It has read what is told and would put it back; once it has ended, also by dying, it can be done."""
    staffed.publish(store, "2026-09-01", staff(10, 0.4))
    lease = leases.take(store, "sha256:n", leases.me())
    assert isinstance(lease, Lease)
    with pytest.raises(UsageError, match="A run is under way"):
        retracting.retract(log, ADMIN, "teams", "2026-09-01", WHY)
    assert sales(store)[0] is None
    lease.release()
    assert retracting.retract(log, ADMIN, "teams", "2026-09-01", WHY).count == 3


def test_not_with_a_log_that_was_tampered_with(log: AccessLog, store: Engine) -> None:
    """What cannot be written down is not done."""
    staffed.publish(store, "2026-09-01", staff(10, 0.4))
    log.write(ADMIN, "list", 1, ["Sales1"])
    with store.begin() as connection:
        connection.execute(update(access_head).values(hash="0" * 64))
    with pytest.raises(ChainError):
        retracting.retract(log, ADMIN, "teams", "2026-09-01", WHY)
    assert sales(store)[0] is None


def test_before_there_is_a_run_there_is_nothing_to_take_back(log: AccessLog) -> None:
    """An empty store is a mistake of whoever gives the command."""
    for kind, period in (("month", "2026-03"), ("teams", "2026-03-01")):
        with pytest.raises(UsageError, match="No run was published"):
            retracting.retract(log, ADMIN, kind, period, WHY)  # type: ignore[arg-type]  # kinds


def test_the_command_says_what_it_costs_and_wants_a_reason(
    settings: Settings, store: Engine, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without one it ends with the caller's mistake and changes nothing; with one it does what it said, and lists it."""
    two_nights(store, tmp_path)
    environ = {**stores.environ(settings), "RETENTION_ACTOR": "Ada"}
    assert main(["retract", "month", "2026-03"], environ) == 2
    said, refused = capsys.readouterr()
    assert "values of 2026-03, first told by the run of 2026-04-10, and others up to 2026-04-11." in said
    assert "What it costs: a month stays as it was first told so that nobody can compare" in said
    assert "Nothing was changed. To do it, say why" in refused
    assert march(told(store)) == (pytest.approx(0.6), 10, None, twelve.RUN_DAY)
    assert main(["retract", "list"], environ) == 0
    assert "Nothing was retracted" in capsys.readouterr().out
    assert main(["retract", "month", "2026-03", "--reason", WHY], environ) == 0
    assert "It is done, and written to the access log." in capsys.readouterr().out
    assert march(told(store))[2] == "retracted"
    assert main(["retract", "month", "2026-03", "--reason", WHY], environ) == 0
    assert capsys.readouterr().out == "No value of it is shown: there is nothing to retract.\n"
    assert main(["retract", "list"], environ) == 0
    rows = capsys.readouterr().out.splitlines()
    assert len(rows) == 2
    assert rows[1].endswith(f"  command:Ada  month  2026-03  {WHY}")
    assert main(["retract", "teams", "2020-01-01", "--reason", WHY], environ) == 2
