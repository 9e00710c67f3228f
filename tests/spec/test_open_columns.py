"""Open-named columns: the drivers, categories and signals that a training day really knew of."""

import pytest

from features.catalogue import catalogue, digest
from features.spec import FeatureSpec, feature_spec
from tests.drawn import See, on


def lines(header: str, row: str, many: int) -> str:
    """A drawn table of `many` rows; `#` in `row` is the row's number."""
    return "\n".join([header, *(row.replace("#", str(number)) for number in range(1, many + 1))])


LATE = {
    "signals": (
        lines("occurred_at | name | value | recorded_at", "2024-01-01 | Overtime | # |", 9)
        + "\n2024-01-01 | overtime | 10 | 2024-03-01T08:00:00Z"
    ),
    "team_signals": (
        lines("manager_id | occurred_at | name | value | recorded_at", "M1 | 2024-01-01 | Overtime | # |", 9)
        + "\nM1 | 2024-01-01 | overtime | 10 | 2024-03-01T08:00:00Z"
    ),
    "drivers": (
        lines("survey_id | sent_at | responded_at | driver | score", "S# | 2024-01-01 | 2024-01-02 | Overtime | 3", 9)
        + "\nS10 | 2024-01-01 | 2024-03-01 | overtime | 3"
    ),
    "categories": (
        lines("ticket_id | opened_at | category", "T# | 2024-01-01 | Overtime", 9) + "\nT10 | 2024-03-01 | overtime"
    ),
}
"""Ten rows of one name in each table, the last of them known on 1 March 2024."""


@pytest.mark.parametrize("kind", LATE)
def test_a_name_becomes_a_column_with_the_tenth_row_known(see: See, kind: str) -> None:
    """Nine rows known are too few; the tenth counts from the day it was recorded, answered or opened."""
    table = {"drivers": "surveys", "categories": "tickets"}.get(kind, kind)
    company = see(**{table: LATE[kind]}).company
    found = [getattr(feature_spec(company, on(day)), kind) for day in ("2024-02-29", "2024-03-01")]
    assert found == [(), ("overtime",)]


def test_what_is_no_column_of_a_person_is_not_counted(see: See) -> None:
    """Private answers, eNPS and off-boarding tickets make no column."""
    surveys = lines(
        "survey_id | sent_at | responded_at | driver | score | attribution",
        "A# | 2024-01-01 | 2024-01-02 | trust | 3 | confidential\nB# | 2024-01-01 | 2024-01-02 | enps | 3 |",
        12,
    )
    tickets = lines("ticket_id | opened_at | category", "T# | 2024-01-01 | Final pay", 12)
    assert feature_spec(see(surveys=surveys, tickets=tickets).company, on("2024-06-01")) == FeatureSpec()


def test_the_most_frequent_names_are_taken(see: See) -> None:
    """Of seven categories the six most frequent; ties go by name, and the columns stand in alphabetical order."""
    rows = [
        f"{name}{number} | 2024-01-01 | {name}"
        for name, many in (("g", 11), ("f", 12), ("e", 10), ("d", 10), ("c", 15), ("b", 13), ("a", 11))
        for number in range(many)
    ]
    company = see(tickets="\n".join(["ticket_id | opened_at | category", *rows])).company
    assert feature_spec(company, on("2024-06-01")).categories == ("a", "b", "c", "d", "f", "g")


def test_a_spec_comes_back_from_json() -> None:
    """What is written into a bundle is read back as the same spec, with the same columns."""
    spec = FeatureSpec(("growth",), ("payroll",), ("overtime",), ("nps",), (10, 3, 1))
    again = FeatureSpec.from_json(spec.to_json())
    assert (again, digest(again)) == (spec, digest(spec))
    assert digest(spec) != digest(FeatureSpec(("growth",), ("payroll",), ("overtime",), ("nps",)))


def test_the_teams_columns_come_last() -> None:
    """The families stand in one order, the team's at the end."""
    families = [
        feature.family for feature in catalogue(FeatureSpec(("growth",), ("payroll",), ("overtime",), ("nps",)))
    ]
    assert list(dict.fromkeys(families)) == ["career", "surveys", "comments", "tickets", "checkins", "signals", "team"]
    assert families == sorted(families, key=lambda family: list(dict.fromkeys(families)).index(family))
