"""The store of runs, and the team values that posted people take from it, with values written out."""

import dataclasses
from pathlib import Path
from typing import Final

import numpy as np
import pytest
from numpy.typing import NDArray
from sqlalchemy import Engine, update

from service import published
from service.errors import StoreError, UsageError
from service.scoring import Scored, refusal
from service.settings import Settings
from service.store import runs, tables
from service.store.engine import open_store
from service.store.runs import PublishedScore, Run, RunIdentity
from tests.served import day

COLUMNS: Final = ("team_size", "team_survey_365")
IDENTITY: Final = RunIdentity("2026-03-31", "sha256:data", "sha256:bundle", "sha256:settings")
RUN: Final = Run(IDENTITY, "1", retrospective=False, published_at="x", people=3, team_columns=COLUMNS)
SCORED: Final = Scored("E1", (0.01, 0.02, 0.03, 0.04), "low", (), None, None)


@pytest.fixture
def store(tmp_path: Path) -> Engine:
    """A store with one run: E1 and E2 (who objects) in the team of M1."""
    engine = open_store(Settings(home=tmp_path).database_url)
    publish(engine, RUN)
    return engine


def publish(store: Engine, run: Run) -> bool:
    """Publish the run's two people; the team of M1 has 4 members, and no mean of answers."""
    people = [
        PublishedScore(SCORED, "M1", "A/B", pack(3.0, 0.5)),
        PublishedScore(refusal("E2", "objection"), "M1", "A/B", None),
    ]
    return runs.publish(store, run, map(runs.row, people), {"M1": pack(4.0, np.nan)})


def pack(*values: float) -> bytes:
    """Values as the store holds them."""
    return published.pack(np.asarray(values, dtype=np.float32))


def asked(
    teams: published.Teams, *placed: tuple[str, str | None], columns: tuple[str, ...] = COLUMNS
) -> tuple[NDArray[np.float32], list[str]]:
    """The team values of people under managers, and where they come from."""
    values = np.full((len(placed), len(columns)), np.nan, np.float32)
    return values, teams.fill(values, columns, *zip(*placed, strict=True))


def on(store: Engine, date: str) -> published.Teams:
    """What is published by a day."""
    return published.Published(store).on(day(date))


PLACED: Final = (("E1", "M1"), ("E2", "M1"), ("E3", "M1"), ("E4", "M9"), ("E5", None))


def test_own_values_then_the_team_s_means_then_nothing(store: Engine) -> None:
    """Scored in the run under this manager: own values; else the manager's means; else null, and each says which."""
    values, sources = asked(on(store, "2026-04-01"), *PLACED)
    assert sources == [
        "published_run:2026-03-31", "team_means:2026-03-31", "team_means:2026-03-31", "none", "none",
    ]  # fmt: skip
    nan = np.nan
    np.testing.assert_array_equal(values, [[3.0, 0.5], [4.0, nan], [4.0, nan], [nan, nan], [nan, nan]])


def test_another_manager_since_the_run(store: Engine) -> None:
    """Who has moved to a team the run does not know has no team values; the old ones would be another team's."""
    assert asked(on(store, "2026-04-01"), ("E1", "M2"))[1] == ["none"]


def test_nothing_later_than_the_day_is_used(store: Engine) -> None:
    """A run of a later day was not known on the as-of date."""
    for date, source in (("2026-03-30", "none"), ("2026-03-31", "published_run:2026-03-31")):
        assert asked(on(store, date), ("E1", "M1"))[1] == [source]


def test_columns_are_matched_by_name(store: Engine) -> None:
    """A model with other team columns takes those it knows; what the run did not have is null."""
    wanted = ("team_new", "team_survey_365", "team_size")
    values, _ = asked(on(store, "2026-04-01"), ("E1", "M1"), columns=wanted)
    np.testing.assert_array_equal(values, [[np.nan, 0.5, 3.0]])


def test_a_new_run_is_seen_within_a_second_and_never_within_a_request(store: Engine) -> None:
    """Whoever holds a run keeps it; a second later the next asker has the new one, and its values."""
    now = 0.0
    held = published.Published(store, lambda: now)
    before = held.on(day("2026-05-01"))
    later = dataclasses.replace(RUN, identity=dataclasses.replace(IDENTITY, as_of="2026-04-30"))
    publish(store, later)
    now = 0.9
    assert held.on(day("2026-05-01")) is before
    now = 1.1
    assert asked(held.on(day("2026-05-01")), ("E1", "M1"))[1] == ["published_run:2026-04-30"]
    assert asked(before, ("E1", "M1"))[1] == ["published_run:2026-03-31"]


def test_what_was_asked_for_is_remembered_and_forgotten_in_time(store: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Values stay right when more people were asked for than are remembered."""
    monkeypatch.setattr(published, "_REMEMBERED", 3)
    teams = on(store, "2026-04-01")
    for _ in range(3):
        for who, source in (
            ("E1", "published_run:2026-03-31"),
            ("E3", "team_means:2026-03-31"),
            ("E7", "team_means:2026-03-31"),
        ):
            assert asked(teams, (who, "M1"))[1] == [source]


def test_the_same_run_is_published_once(store: Engine) -> None:
    """The second of two publishers learns that it was not the first, and changes nothing."""
    assert not publish(store, RUN)
    found = runs.find(store, IDENTITY)
    assert found is not None
    assert found.id == 1
    assert runs.counts(store, found) == (1, 1)


def test_a_run_that_fails_on_the_way_leaves_nothing(store: Engine) -> None:
    """The same person twice breaks the second run; the first stays as it was, alone."""
    other = dataclasses.replace(RUN, identity=dataclasses.replace(IDENTITY, as_of="2026-04-30"))
    twice = [runs.row(PublishedScore(SCORED, "M1", None, None))] * 2
    with pytest.raises(StoreError, match="IntegrityError"):
        runs.publish(store, other, twice, {})
    assert runs.find(store, other.identity) is None
    latest = runs.latest(store)
    assert latest is not None
    assert latest.identity == IDENTITY


def test_latest_is_the_newest_day_not_the_newest_run(store: Engine) -> None:
    """An earlier day published later, and a retrospective later day, do not become the latest."""
    for as_of, retrospective in (("2026-01-31", False), ("2026-04-30", True)):
        run = dataclasses.replace(RUN, identity=dataclasses.replace(IDENTITY, as_of=as_of), retrospective=retrospective)
        assert publish(store, run)
    latest = runs.latest(store)
    assert latest is not None
    assert latest.identity.as_of == "2026-03-31"


def test_a_newer_store_is_refused(tmp_path: Path, store: Engine) -> None:
    """A program that is older than the store says so and touches nothing."""
    with store.begin() as connection:
        connection.execute(update(tables.schema).values(version=99))
    with pytest.raises(StoreError, match="made by a newer version"):
        open_store(Settings(home=tmp_path).database_url)


def test_sqlite_is_durable(store: Engine) -> None:
    """Write-ahead log, every commit flushed."""
    with store.connect() as connection:
        assert connection.exec_driver_sql("PRAGMA journal_mode").scalar() == "wal"
        assert connection.exec_driver_sql("PRAGMA synchronous").scalar() == 2


@pytest.mark.parametrize("url", ["nonsense", "oracle+nothing://x", "sqlite:////proc/nowhere/retention.db"])
def test_a_store_that_cannot_be_opened(url: str) -> None:
    """One sentence, whatever is wrong with the URL: a mistake of the configuration, not of the database."""
    with pytest.raises(UsageError, match="Check RETENTION_STORE_URL and RETENTION_HOME"):
        open_store(url)
