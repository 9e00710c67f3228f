"""What a scoring run leaves for the page, on both stores; packed conversations by hand."""

import atexit
import datetime as dt
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytest
from sqlalchemy import Engine, select

from features.company import CONVERSATIONS, Checkins
from features.days import NEVER
from features.settings import FeatureSettings
from models.bands import Bands
from models.risk import RiskModel
from service import nightly
from service.access.keys import Caller
from service.audit.erase import erase
from service.audit.kept import Kept
from service.audit.log import AccessLog
from service.audit.retention import purge
from service.bundles import Champion
from service.page import known, rhythm
from service.page.rhythm import Talk
from service.serving import Serving
from service.settings import Settings
from service.store import runs
from service.store.page_tables import page_people
from tests import builders, small_models
from tests.builders import checkin, employee, job
from tests.served import day

FIRST, LATER, DAY = "2025-02-01", "2025-03-01", "2025-03-31"
ADMIN: Final = Caller("t", "admin", "", "t")
PEOPLE: Final = [employee(f"E00000{n}") for n in (1, 2, 3)]
CHECKINS: Final = [
    checkin("C1", "E000001", "2025-03-20T09:00:00Z", held_at="2025-03-21T09:00:00Z", status="held", conversation_type="how"),
    checkin("C2", "E000001", "2025-01-15T09:00:00Z", status="missed", conversation_type="what"),
    checkin("C3", "E000001", "2025-04-15T09:00:00Z", status="scheduled", conversation_type="want"),
    checkin("C4", "E000001", "2024-03-31T09:00:00Z", status="held", conversation_type="want"),
    checkin("C5", "E000003", "2025-03-30T09:00:00Z", status="cancelled", cancelled_by="manager", conversation_type="want"),
    checkin("C6", "E000003", "2025-03-01T09:00:00Z", status="scheduled", conversation_type="what"),
]  # fmt: skip
NAMES: Final = [
    {"employee_id": "E000001", "display_name": "Ada", "work_email": "ada@example.invalid"},
    {"employee_id": "E000002", "display_name": "Bo"},
    {"employee_id": "E000099", "display_name": "Somebody who is not here"},
]


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data folder of three people; the directory names two of them, and one who is not employed."""
    jobs = [job(person["employee_id"]) for person in PEOPLE]
    return builders.folder(tmp_path / "data", employees=PEOPLE, job_history=jobs, checkins=CHECKINS, directory=NAMES)


@cache
def _serving() -> Serving:
    """The model of the base rate."""
    folder = tempfile.mkdtemp(prefix="retention-page-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    made = small_models.write(Path(folder) / "bundle")
    return Serving(Champion("retention-risk", "1", "", made.digest), RiskModel.load(made.path))


def score(store: Engine, data: Path, text: str) -> None:
    """One scoring run."""
    night = nightly.Night(
        folder=data, day=day(text), today=day(DAY) + 30, now=f"{text}T23:00:00+00:00", features=FeatureSettings(),
        bands=Bands(), threads=1, accept=True,
    )  # fmt: skip
    nightly.run(night, store, _serving(), lambda _: lambda _stage, _people: None)


def held(store: Engine) -> dict[str, Any]:
    """What the page has of everybody: the day of the run, name, address, conversations."""
    columns = page_people.c
    runs_ = {run.id: run.identity.as_of for run in runs.week(store, _latest(store), 400)}
    with store.connect() as connection:
        return {
            row.employee_id: (runs_[row.run], row.display_name, row.work_email, rhythm.unpacked(row.conversations))
            for row in connection.execute(select(page_people).order_by(columns.employee_id))
        }


def _latest(store: Engine) -> runs.Run:
    found = runs.latest(store)
    assert found is not None
    return found


def test_the_newest_run_leaves_names_and_conversations(store: Engine, data: Path) -> None:
    """Of those who are here and nobody else; by days known on the day, of the last 365; an older run's are gone."""
    score(store, data, LATER)
    score(store, data, DAY)
    assert held(store) == {
        "E000001": (DAY, "Ada", "ada@example.invalid", [Talk(10, "how", "held"), Talk(75, "what", "missed")]),
        "E000002": (DAY, "Bo", None, []),
        "E000003": (DAY, None, None, [Talk(1, "want", "cancelled"), Talk(30, "what", "open")]),
    }
    assert known.names(store, ["E000001", "E000003", "E9"]) == {
        "E000001": known.Named("Ada", "ada@example.invalid"),
        "E000003": known.Named("E000003", None),
        "E9": known.Named("E9", None),
    }


def test_a_run_of_an_earlier_day_leaves_the_newest_s(store: Engine, data: Path) -> None:
    """Days scored afterwards, and those before the model's training day, change nothing here."""
    score(store, data, LATER)
    score(store, data, FIRST)
    score(store, data, "2024-06-30")
    assert {of for of, *_ in held(store).values()} == {LATER}


def test_without_a_directory_there_are_ids(store: Engine, data: Path) -> None:
    """The next data without the table: names that were known are forgotten."""
    score(store, data, LATER)
    (data / "directory.csv").unlink()
    (data / "checkins.csv").unlink()
    score(store, data, DAY)
    with store.connect() as connection:
        rows = connection.execute(select(page_people.c.display_name, page_people.c.conversations)).all()
    assert rows == [(None, None)] * 3
    assert known.conversations(store, _latest(store), "E000001") is None


def test_erasure_and_time_take_them_out(settings: Settings, store: Engine, data: Path) -> None:
    """An erased person is gone and stays out of the next run; with their run's time over, everybody is gone."""
    score(store, data, LATER)
    log = AccessLog(store, settings, lambda: dt.datetime(2025, 4, 1, tzinfo=dt.UTC).timestamp())
    assert erase(log, Kept(settings), ADMIN, "E000001").rows["page_people"] == 1
    assert set(held(store)) == {"E000002", "E000003"}
    score(store, data, DAY)
    assert set(held(store)) == {"E000002", "E000003"}
    assert purge(log, settings, dt.date(2099, 1, 1))["runs"] == 2
    with store.connect() as connection:
        assert connection.execute(select(page_people)).all() == []


def test_conversations_are_packed_as_a_slow_reading_finds_them(rng: np.random.Generator) -> None:
    """A thousand random check-ins of a hundred people: what each has of the year, the newest first, by a plain loop."""
    size, now = 1_000, 20_000
    person = np.sort(rng.integers(0, 100, size)).astype(np.int32)
    scheduled = rng.integers(now - 500, now + 60, size).astype(np.int32)
    state = rng.integers(0, 4, size)
    never = np.full(size, NEVER, np.int32)
    checkins = Checkins(
        person=person,
        scheduled=scheduled,
        held=np.where(state == 0, scheduled + rng.integers(-5, 20, size), never).astype(np.int32),
        missed=np.where(state == 1, scheduled, never),
        cancelled=np.where(state == 2, scheduled, never),
        cancelled_by=np.full(size, -1, np.int32),
        conversation=rng.integers(0, 4, size).astype(np.int32),
    )
    persons = np.array([0, 3, 4, 50, 99], np.int32)
    found = rhythm.packed(checkins, persons, now)
    for place, one in enumerate(persons.tolist()):
        expected = sorted(_slow(checkins, one, now), key=lambda talk: talk.days_ago)
        assert sorted(rhythm.unpacked(found[place]), key=_all) == sorted(expected, key=_all)
        assert [talk.days_ago for talk in rhythm.unpacked(found[place])] == [talk.days_ago for talk in expected]


def _slow(checkins: Checkins, person: int, now: int) -> Iterator[Talk]:
    for row in range(len(checkins.person)):
        scheduled, held_on = int(checkins.scheduled[row]), int(checkins.held[row])
        if int(checkins.person[row]) != person or scheduled > now:
            continue
        state, on = "open", scheduled
        if held_on != NEVER and max(held_on, scheduled) <= now:
            state, on = "held", held_on
        elif int(checkins.missed[row]) <= now:
            state = "missed"
        elif int(checkins.cancelled[row]) <= now:
            state = "cancelled"
        if now - 365 < on <= now:
            yield Talk(now - on, CONVERSATIONS[int(checkins.conversation[row])], state)


def _all(talk: Talk) -> tuple[int, str, str]:
    return talk.days_ago, talk.about, talk.state


def test_lanes_count_what_was_held_of_what_was_planned() -> None:
    """Four of twelve asked for, three of them held; other things are in no lane; ticks stand in the middle of months."""
    talks = [Talk(3, "what", "held"), Talk(35, "what", "missed"), Talk(40, "how", "held"), Talk(50, "other", "held")]
    what, how, want = rhythm.lanes(talks, (12, 4, 2))
    assert [(lane.about, lane.norm, lane.held, lane.planned) for lane in (what, how, want)] == [
        ("what", 12, 1, 2), ("how", 4, 1, 1), ("want", 2, 0, 0),
    ]  # fmt: skip
    assert want.expected == [91, 274]
