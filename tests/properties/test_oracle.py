"""The engine's numbers are those of the slow oracle, column by column, for generated companies."""

import datetime as dt
from dataclasses import dataclass

import numpy as np
import pytest

from features import presence
from features.build import build
from features.catalogue import catalogue
from features.company import Company
from features.days import to_date, to_day
from features.spec import FeatureSpec, feature_spec
from tests import companies
from tests.companies import LAST, SPEC, Key, Tables
from tests.conftest import SEED, TRIAL
from tests.oracle import Employment, Value, World, at_risk, day, exit_as_known, no_score, trainable
from tests.oracle_person import known_from, person_features
from tests.oracle_team import Day

SEEDS = range(SEED, SEED + (60 if TRIAL else 6))
DAYS = tuple(dt.date(*day) for day in ((2022, 12, 31), (2023, 9, 30), (2023, 10, 1), (2024, 8, 31), (2025, 6, 30)))
COLUMNS = tuple(feature.name for feature in catalogue(SPEC))
OPTIONAL = ("surveys", "tickets", "checkins", "signals", "team_signals", "absences", "objections")


@dataclass
class Case:
    """One company, through the door and by the oracle."""

    tables: Tables
    arrays: Company
    world: World


@pytest.fixture(scope="module", params=SEEDS)
def case(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Case:
    """A generated company; every third one lacks some of the optional sources."""
    tables = companies.company(request.param, people=40 if TRIAL else 20)
    if request.param % 3 == 0:
        for place, table in enumerate(OPTIONAL):
            if (request.param // 3 + place) % 3 == 0:
                del tables[table]
    folder = tmp_path_factory.mktemp("company") / "data"
    return Case(tables, companies.through_the_door(folder, tables), World(tables))


def expected(world: World, spec: FeatureSpec, one: Employment, on: Day) -> dict[str, Value]:
    """All columns of one row, by the oracle; absent ones are null."""
    return {**person_features(world, spec, one, on.t), **on.features(spec, one)}


def agrees(value: np.float32, wanted: Value) -> bool:
    """Equal after rounding to float32; a difference of two equal means may be off by the rounding of either."""
    if wanted is None:
        return bool(np.isnan(value))
    return bool(np.isclose(value, np.float32(wanted), rtol=1e-6, atol=1e-7))


def disagreements(case: Case, spec: FeatureSpec) -> list[str]:
    """Name every column, with its row and both values, in which engine and oracle differ."""
    rows = companies.hired_by(case.arrays, DAYS)
    matrix = build(case.arrays, spec, companies.snapshots(case.arrays, rows))
    people: dict[Key, Employment] = {one.key: one for one in case.world.employments}
    days = {t: Day(case.world, t) for t in DAYS}
    found = []
    for values, (key, t) in zip(matrix, rows, strict=True):
        wanted = expected(case.world, spec, people[key], days[t])
        for name, value in zip((feature.name for feature in catalogue(spec)), values, strict=True):
            if not agrees(value, wanted.pop(name, None)):
                found.append(f"{name} of {key} on {t}: {value}")
        assert wanted == {}, "the oracle knows no column that the catalogue does not"
    return found


def test_every_feature_equals_the_oracle(case: Case) -> None:
    """Every column of every person on every day is what plain loops over the raw rows give."""
    assert disagreements(case, SPEC) == []


def test_a_spec_of_the_data_equals_the_oracle(case: Case) -> None:
    """With the columns that a training run would choose, and another rhythm, the numbers are the oracle's as well."""
    spec = feature_spec(case.arrays, to_day(LAST), (24, 6, 1))
    assert disagreements(case, spec) == []


def test_presence_equals_the_oracle(case: Case) -> None:
    """Who is at risk on a day, and why somebody is not scored, is what the contract's sentences give."""
    everybody = np.arange(len(case.arrays.people), dtype=np.int32)
    for t in (*DAYS, *(one.hire for one in case.world.employments)):
        people = case.world.employments
        assert presence.at_risk(case.arrays, to_day(t)).tolist() == [at_risk(one, t) for one in people]
        refusals = presence.no_score(case.arrays, everybody, to_day(t))
        assert refusals == [no_score(case.world, one, t) for one in people]


def test_exits_equal_the_oracle(case: Case) -> None:
    """Exit day, kind and the day of knowledge are the oracle's on every day of knowledge."""
    kinds = {"voluntary": 1, "competing": 2}
    recorded = {day(row["exit_recorded_at"]) for row in case.tables["employees"] if "exit_recorded_at" in row}
    for t in (*DAYS, *recorded, dt.date(2026, 6, 30)):
        found = presence.exits(case.arrays, to_day(t))
        for place, one in enumerate(case.world.employments):
            wanted = exit_as_known(one, t)
            if wanted is None:
                assert found.kind[place] == 0
            else:
                left, kind, known = wanted
                got = to_date(found.day[place]), found.kind[place], to_date(found.known[place])
                assert got == (left, kinds[kind], known)


def test_trainable_equals_the_oracle(case: Case) -> None:
    """A row may train if the person was there by everything known on the training day and was then to be scored."""
    person = np.arange(len(case.arrays.people), dtype=np.int32)
    for known_on in DAYS:
        for t in DAYS:
            rows = np.full(len(person), to_day(t), np.int32)
            found = presence.trainable(case.arrays, to_day(known_on), person, rows)
            assert found.tolist() == [trainable(one, known_on, t) for one in case.world.employments]


def test_who_may_train_was_to_be_scored(case: Case) -> None:
    """A row that may train is of somebody at risk on its day, whom nothing but an objection kept from a score."""
    person = np.arange(len(case.arrays.people), dtype=np.int32)
    for t in DAYS:
        usable = presence.trainable(case.arrays, to_day(LAST), person, np.full(len(person), to_day(t), np.int32))
        refused = presence.no_score(case.arrays, person[usable], to_day(t))
        assert set(refused) <= {None, "objection"}
        assert presence.at_risk(case.arrays, to_day(t))[usable].all()


def test_the_spec_counts_only_what_was_known(case: Case) -> None:
    """A signal's name becomes a column where ten rows or more were known on the training day."""
    for t in DAYS:
        known = [
            row["name"].lower()
            for one in case.world.employments
            for row in one.signals
            if known_from(row) <= t
        ]  # fmt: skip
        wanted = tuple(sorted(name for name in set(known) if known.count(name) >= 10))
        assert feature_spec(case.arrays, to_day(t)).signals == wanted


def test_observation_starts_with_the_first_known_fact(case: Case) -> None:
    """The first day of observation is the earliest exit or dated fact that was known by then."""
    for t in DAYS:
        dates = [left[0] for one in case.world.employments if (left := exit_as_known(one, t)) is not None]
        for one in case.world.employments:
            dates += [day(row["sent_at"]) for row in one.surveys] + [day(row["opened_at"]) for row in one.tickets]
            dates += [day(row["scheduled_at"]) for row in one.checkins] + one.traces
            dates += [day(row["occurred_at"]) for row in one.signals if known_from(row) <= t]
        dates += [day(row["sent_at"]) for row in case.world.nameless if row.get("survey_type") != "exit"]
        first = min((date for date in dates if date <= t), default=to_date(1_000_000))
        assert presence.observed_from(case.arrays, to_day(t)) == to_day(first)
