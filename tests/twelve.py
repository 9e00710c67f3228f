"""A company of twelve people whose dashboard can be worked out with a pencil: the tables, and nothing else.

Units A (E01 to E06, manager M1) and B (E07 to E12, manager M2). Five were hired in June 2025: E04, E05, E06, E11, E12.
Of them E11 resigned after 40 days and E06 was made redundant after 80. In March 2026 five resigned: E01, E02, E03, E07, E08.
"""

import datetime as dt
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import msgspec
import numpy as np
from numpy.typing import NDArray
from sqlalchemy import Connection, Engine, insert

from features.company import UNIT, Tones
from features.ingest import Ingested, load
from features.settings import FeatureSettings
from models.hazard import HORIZONS
from service.dashboard import kept, part
from service.dashboard.view import Dashboard, FigureAnswer
from service.store import runs
from service.store.runs import Run, RunIdentity
from service.store.team_tables import group_figures
from service.teams import last
from service.teams.figures import Figures
from tests import builders
from tests.served import day

CADENCE: Final = (12, 4, 2)
RUN_DAY: Final = "2026-04-10"
TODAY: Final = "2026-04-11"
PEOPLE: Final = tuple(f"E{number:02d}" for number in range(1, 13))
HERE: Final = ("E01", "E02", "E03", "E04", "E05", "E07", "E08", "E09", "E10", "E12")
"""Who was there on the first of March 2026."""
HIRED: Final = {
    "E04": "2025-06-16", "E05": "2025-06-01", "E06": "2025-06-01", "E10": "2024-07-01", "E11": "2025-06-02",
    "E12": "2025-06-20",
}  # fmt: skip
"""The others: on the first day of 2020."""
RESIGNED: Final = {
    "E11": "2025-07-12", "E01": "2026-03-11", "E02": "2026-03-11", "E03": "2026-03-21", "E07": "2026-03-06",
    "E08": "2026-03-31",
}  # fmt: skip
SALARIES: Final = {
    "E01": 40_000, "E02": 50_000, "E03": 60_000, "E04": 20_000, "E05": 30_000, "E06": 30_000, "E07": 30_000,
    "E08": 45_000, "E09": 70_000, "E10": 80_000, "E11": 30_000, "E12": 50_000,
}  # fmt: skip
RISKS: Final = {"E04": 0.1, "E05": 0.2, "E09": 0.05, "E10": 0.1, "E12": 0.5}
"""By a year, of those at risk on the run's day."""
TONES: Final = {"E01": 0.5, "E02": -0.25, "E03": 0.0, "E04": 0.25, "E05": 0.0}
"""How the comments of 3 March 2026 sound."""

ENPS: Final = {
    "E01": 10, "E02": 9, "E03": 9, "E04": 7, "E05": 6, "E07": 0, "E08": 8, "E09": 10, "E10": None, "E12": 6,
}  # fmt: skip
GROWTH: Final = {"E01": 5, "E02": 4, "E03": 4, "E04": 3, "E05": 2, "E07": 1, "E08": 3, "E09": 5, "E10": 4, "E12": 3}
IN_FEBRUARY: Final = {"E01": 4, "E02": 4, "E03": 2, "E07": 5, "E08": 3, "E09": 3}
WELCOME: Final = {"E04": 4, "E05": 5, "E06": 3, "E11": 2, "E12": 5}
TICKETS: Final[tuple[Any, ...]] = (
    # who, category, hours to the first answer, days to the end, rating, escalated; opened on 2 March
    ("E01", "payroll", 2, 1, 5, False),
    ("E02", "payroll", 4, 2, 4, True),
    ("E03", "payroll", 6, 3, 3, False),
    ("E04", "payroll", 8, 4, None, False),
    ("E05", "payroll", 10, 5, 2, False),
    ("E07", "payroll", 20, 10, 1, False),
    ("E08", "payroll", None, None, None, None),
    ("E01", "payroll", 12, None, None, None),
    ("E09", "it", None, None, None, None, "2026-02-02"),
)
TALKS: Final = {"what": ("E01", "E02", "E04", "E05", "E07", "E09", "E10"), "how": ("E04",), "want": ()}
LEARNED: Final = ("E01", "E02", "E03", "E04", "E04", "E07")


def write(path: Path, **more: Any) -> Path:
    """The data folder; `more` are rows added to its tables."""
    tables = {
        "employees": [_employee(one) for one in PEOPLE],
        "job_history": [*(_hired(one) for one in PEOPLE), _raise("E07", "2026-02-01", 35_000)],
        "surveys": surveys(),
        "tickets": [_ticket(number, *row) for number, row in enumerate(TICKETS)],
        "checkins": [_talk(kind, one) for kind, held in TALKS.items() for one in held],
        "signals": [
            builders.signal(one, "2026-03-04", "learning", value=float(number)) for number, one in enumerate(LEARNED)
        ],
        "team_signals": [
            {"manager_id": "M1", "org_unit": None, "occurred_at": "2026-03-27", "name": "customer_nps", "value": 40.0},
            {"manager_id": "M2", "org_unit": None, "occurred_at": "2026-03-27", "name": "customer_nps", "value": 20.0},
            {"manager_id": None, "org_unit": "B", "occurred_at": "2026-03-27", "name": "service_level", "value": 0.9},
        ],
        "absences": [{"employee_id": "E05", "start_date": "2026-03-09", "end_date": "2026-03-13"}],
    }
    everything: Any = {name: [*rows, *more.get(name, [])] for name, rows in tables.items()}
    return builders.folder(path, **everything)


def read(path: Path, **more: list[dict[str, Any]]) -> Ingested:
    """The twelve, with their comments as if they had been read."""
    return loaded(write(path, **more))


def loaded(path: Path) -> Ingested:
    """The same from a folder that is there."""
    found = load(path, FeatureSettings(), day(TODAY))
    ids = list(found.company.people.employee_id)
    tones = Tones(
        person=np.asarray([ids.index(one) for one in TONES], np.int32),
        unit=np.full(len(TONES), -1, np.int32),
        answered=np.full(len(TONES), day("2026-03-03"), np.int32),
        identified=np.ones(len(TONES), np.bool_),
        valence=np.asarray([round(tone * UNIT) for tone in TONES.values()], np.int64),
    )
    return replace(found, company=replace(found.company, tones=tones))


def night(
    data: Ingested,
    before: kept.Before | None = None,
    as_of: str = RUN_DAY,
    without: NDArray[np.bool_] | None = None,
) -> kept.Night:
    """The night's dashboard."""
    ids = list(data.company.people.employee_id)
    persons = np.asarray([ids.index(one) for one in RISKS], np.int32)
    return part.night(data, day(as_of), CADENCE, persons, before, without)


def _teams(connection: Connection, run: int) -> None:
    """What teams tell of the company: the exits to expect of those here."""
    by_year = round(sum(RISKS.values()), 2)
    told = Figures({str(horizon): (by_year, 0, 3) for horizon in HORIZONS}, {})
    row = {"run": run, "number": 0, "kind": last.UNIT, "org_unit": "", "people": 5, "left_voluntarily": 5,
           "left_otherwise": 1, "as_of": RUN_DAY, "figures": msgspec.json.encode(told).decode()}  # fmt: skip
    connection.execute(insert(group_figures).values(row))


def publish(store: Engine, found: kept.Night, as_of: str = RUN_DAY) -> Run:
    """Publish a run with that dashboard."""
    identity = RunIdentity(as_of, f"sha256:{as_of}", "sha256:b", "sha256:s")
    head = Run(identity, "1", False, f"{as_of}T23:00:00Z", 0, ())
    assert runs.publish(store, head, [], {}, alongside=[kept.write(found), _teams])
    latest = runs.latest(store)
    assert latest is not None
    return latest


def figure(told: Dashboard, name: str) -> FigureAnswer:
    """One figure."""
    (found,) = [one for one in told.figures if one.name == name]
    return found


def unit(one: str) -> str:
    """Where somebody stands."""
    return "A" if one <= "E06" else "B"


def surveys() -> list[dict[str, Any]]:
    """Every question that was sent."""
    rows = [asked("March", one, "2026-03-02", "enps", score) for one, score in ENPS.items()]
    rows += [asked("March", one, "2026-03-02", "growth", score) for one, score in GROWTH.items()]
    rows += [asked("February", one, "2026-02-02", "growth", IN_FEBRUARY.get(one)) for one in HERE]
    rows += [asked("Welcome", one, "2025-06-25", "welcome", score, "onboarding") for one, score in WELCOME.items()]
    rows.append(asked("after", "E01", "2026-03-16", "growth", None))
    rows.append(asked("on leave", "E05", "2026-03-10", "growth", None))
    return rows


def asked(wave: str, one: str, sent: str, driver: str, score: int | None, kind: str = "pulse") -> dict[str, Any]:
    """One question; answered on the next day, if at all."""
    answered = None if score is None else str(dt.date.fromisoformat(sent) + dt.timedelta(days=1))
    return builders.survey(wave, one, sent, driver, responded_at=answered, score=score, survey_type=kind)


def _employee(one: str) -> dict[str, Any]:
    gone = {"termination_date": "2025-08-20", "termination_type": "redundancy"} if one == "E06" else {}
    return builders.employee(one, HIRED.get(one, "2020-01-01"), resignation_date=RESIGNED.get(one), **gone)


def _hired(one: str) -> dict[str, Any]:
    manager = "M1" if unit(one) == "A" else "M2"
    day = HIRED.get(one, "2020-01-01")
    return builders.job(one, day, "hire", manager, unit(one), base_salary=SALARIES[one], currency="EUR")


def _raise(one: str, day: str, salary: int) -> dict[str, Any]:
    return builders.job(one, day, "pay_change", None, None, base_salary=salary, currency="eur")


def _ticket(
    number: int,
    one: str,
    category: str,
    hours: int | None,
    days: int | None,
    rating: int | None,
    escalated: object,
    day: str = "2026-03-02",
) -> dict[str, Any]:
    opened = dt.datetime.fromisoformat(f"{day}T08:00:00+00:00")
    return builders.ticket(
        f"T{number}",
        one,
        opened.isoformat(),
        first_response_at=None if hours is None else (opened + dt.timedelta(hours=hours)).isoformat(),
        resolved_at=None if days is None else (opened + dt.timedelta(days=days)).isoformat(),
        category=category,
        csat=rating,
        escalated=escalated,
    )


def _talk(kind: str, one: str) -> dict[str, Any]:
    day = "2026-03-03T09:00:00Z"
    return builders.checkin(f"C{kind}{one}", one, day, held_at=day, status="held", conversation_type=kind)
