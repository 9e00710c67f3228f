"""Protected attributes as groups: bands, pooling, what is not audited and why."""

import datetime as dt
from typing import Any

import numpy as np
import pytest

from features.asides import Protected
from features.company import Company, Names, People
from features.days import NEVER, to_day
from models.manifest import NotAudited
from training import groups
from training.groups import Grouping, Rows

DAY = to_day(dt.date(2025, 6, 30))


def rows(people: int, day: int = DAY) -> Rows:
    """Everybody judged once."""
    return Rows(np.arange(people, dtype=np.int32), np.full(people, day, dtype=np.int32))


def cut(column: str, values: list[str | None]) -> dict[str, int]:
    """How many of the judged each group has."""
    one = groups.grouping(column, values, rows(len(values)))
    assert isinstance(one, Grouping)
    counts = np.bincount(one.code, minlength=len(one.names))
    return dict(zip(one.names, counts.tolist(), strict=True))


def reason(column: str, values: list[str | None]) -> str:
    """Why a column is not audited."""
    one = groups.grouping(column, values, rows(len(values)))
    assert isinstance(one, NotAudited)
    return one.reason


def test_text_is_cut_by_value() -> None:
    """Case and spaces do not matter; nothing given is a group of its own, and stands last."""
    assert cut("gender", ["f", "F ", "f", "f", "f", *["m"] * 6, None, ""]) == {"f": 5, "m": 6, "not given": 2}


def test_values_of_fewer_than_five_people_are_pooled() -> None:
    """They are not named, however many there are."""
    found = cut("origin", [*["north"] * 20, *["south"] * 10, *["far"] * 4, *["farther"] * 3])
    assert found == {"north": 20, "south": 10, "other groups": 7}


@pytest.mark.parametrize("age, band", [
    ("18", "under 30"), ("29", "under 30"), ("29.9", "under 30"), ("30", "30 to 39"), ("39", "30 to 39"),
    ("40", "40 to 49"), ("50", "50 and over"), ("67", "50 and over"),
])  # fmt: skip
def test_ages_are_cut_into_bands(age: str, band: str) -> None:
    """Under 30, and then each ten years to 50."""
    others = [*["25"] * 30, *["35"] * 30, *["45"] * 30, *["55"] * 30]
    assert cut("age", [*[age] * 6, *others])[band] == 36


@pytest.mark.parametrize("counts, bands", [
    ((40, 40, 40, 8), {"under 30": 40, "30 to 39": 40, "40 and over": 48}),
    ((8, 40, 31, 40), {"under 40": 48, "40 to 49": 31, "50 and over": 40}),
    ((90, 20, 50, 40), {"under 30": 90, "30 to 49": 70, "50 and over": 40}),
    ((20, 12, 9, 30), {"under 50": 41, "50 and over": 30}),
    ((30, 0, 0, 30), {"under 50": 30, "50 and over": 30}),
])  # fmt: skip
def test_bands_of_few_people_are_joined_to_the_next(counts: tuple[int, ...], bands: dict[str, int]) -> None:
    """The smallest to its smaller neighbour, until each has thirty."""
    ages = [age for age, count in zip(("25", "35", "45", "55"), counts, strict=True) for _ in range(count)]
    assert cut("age", list(ages)) == bands


def test_ages_in_bands_already_are_values_like_any_other() -> None:
    """What was cut before stays as it is."""
    assert cut("age_band", [*["under 40"] * 6, *["40 and over"] * 7]) == {"40 and over": 7, "under 40": 6}


def test_a_date_of_birth_becomes_the_age_at_each_origin() -> None:
    """Born on 1995-07-10: 29 on 2025-06-30, and 30 a month later. A year alone counts from its middle."""
    values: list[str | None] = [*["1995-07-10"] * 30, *["1960"] * 30, *["1980-01-01T00:00:00Z"] * 30]
    days = np.concatenate([np.full(90, DAY), np.full(90, DAY + 31)]).astype(np.int32)
    one = groups.grouping("birth_date", values, Rows(np.tile(np.arange(90, dtype=np.int32), 2), days))
    assert isinstance(one, Grouping)
    said = [one.names[code] for code in one.code[::30]]
    assert said == ["under 30", "50 and over", "40 to 49", "30 to 39", "50 and over", "40 to 49"]


def test_other_numbers_are_cut_into_quarters() -> None:
    """Without a limit being told, since that is somebody's value."""
    found = cut("degree_of_disability", [str(value) for value in range(0, 100, 2)])
    assert found == {"lowest quarter": 13, "second quarter": 12, "third quarter": 12, "highest quarter": 13}


def test_numbers_with_few_values_are_values_like_any_other() -> None:
    """Such as a code, or how many."""
    assert cut("children", [*["0"] * 9, *["1"] * 6, *["2"] * 5]) == {"0": 9, "1": 6, "2": 5}


def test_a_few_that_cannot_be_read_are_not_given() -> None:
    """One of twenty ages is no number."""
    ages: list[str | None] = [*["25"] * 40, *["55"] * 36, *["unknown"] * 4]
    assert cut("age", ages) == {"under 30": 40, "30 and over": 36, "not given": 4}


def test_what_is_not_audited_says_why() -> None:
    """Free text, ids, a column without values, one value for all, and more than twenty groups."""
    everybody: list[str | None] = [f"a remark about somebody {n}" for n in range(50)]
    assert "free text" in reason("remark", everybody)
    assert "nobody" in reason("religion", [None] * 50)
    assert "one group" in reason("gender", ["f"] * 50)
    assert "more than 20" in reason("nationality", [f"c{n % 21}" for n in range(210)])


def test_the_last_row_that_gives_a_value_counts() -> None:
    """Of several rows about one person, column by column; rows about nobody known are passed over."""
    never, nothing = np.full(12, NEVER, np.int32), None
    one = np.arange(12, dtype=np.int32)
    ids = tuple(f"E{n:06d}" for n in range(12))
    untouched: Any = nothing
    everybody = People(ids, one, one * 0, never, never, never, np.zeros(12, np.int8), never)
    company = Company(Names(), everybody, untouched, untouched)
    protected = Protected(
        (*ids, "E000000", "E000000", "X999999"), ("gender",), ((*["f"] * 6, *["m"] * 6, "m", None, "x"),)
    )
    found, skipped = groups.groupings(protected, company, rows(12))
    assert skipped == []
    assert found[0].names == ("f", "m")
    assert found[0].code.tolist() == [1, 0, 0, 0, 0, 0, 1, 1, 1, 1, 1, 1]
