"""What holds a run back, with the facts of two runs written out."""

from dataclasses import replace
from typing import Final

import numpy as np
import pytest

from features.catalogue import catalogue
from features.spec import FeatureSpec
from service.gates import Column, Facts, columns, reasons

NEWEST: Final = {"surveys": "2026-08-31", "tickets": "2026-08-30", "job_history": "2026-08-01"}
BEFORE: Final = Facts(
    "2026-08-31", "sha256:a", 1_000, NEWEST, {"a": Column(0.1, 4.0), "b": Column(0.6, 4.0), "c": Column(0.0, None)}
)
LATER: Final = {"surveys": "2026-09-06", "tickets": "2026-09-07", "job_history": "2026-08-01"}
NOW: Final = replace(BEFORE, as_of="2026-09-07", data_digest="sha256:b", newest=LATER)

FEATURES: Final = [
    replace(
        catalogue(FeatureSpec())[0], name=name, phrase=f"{name} of {{}} on {{date}}", null_phrase=f"No {name} on record"
    )
    for name in "abc"
]


def test_a_usual_week_is_not_held_back() -> None:
    """Newer facts, as many people, columns as they were; an old job history is no silence, since nobody changed jobs."""
    assert reasons(NOW, BEFORE, 0, FEATURES) == []
    assert reasons(replace(NOW, people=930), BEFORE, 50, FEATURES) == []


@pytest.mark.parametrize(
    "now,unknown,said",
    [
        (replace(NOW, people=599), 0, "Head count: 599 people are at risk, 1,000 were on 2026-08-31"),
        (NOW, 51, "Leavers vanished: 51 of the 1,000 people"),
        (replace(NOW, as_of="2026-09-08", newest=NEWEST), 0, "Stale export: the data knows nothing newer than 2026-08-31"),
        (replace(NOW, newest={"surveys": "2026-09-06", "job_history": "2026-08-01"}), 0, "Sources gone: tickets"),
        (replace(NOW, as_of="2026-10-01", newest={**LATER, "tickets": "2026-08-30"}), 0, "Silent source: the newest fact of tickets"),
        (replace(NOW, columns={**BEFORE.columns, "a": Column(0.97, None)}), 0, 'Values gone: of nearly everybody it is said now "No a on record", and was not on 2026-08-31.'),
        (replace(NOW, columns={**BEFORE.columns, "a": Column(0.1, 400.0), "b": Column(0.6, 0.1)}), 0, 'Other units: 20 or more times as large as on 2026-08-31, or as small: "a of … on …", "b of … on …".'),
    ],
)  # fmt: skip
def test_what_is_held_back(now: Facts, unknown: int, said: str) -> None:
    """One reason each, in words, with counts, names of tables, and columns as the catalogue says them."""
    (reason,) = reasons(now, BEFORE, unknown, FEATURES)
    assert reason.startswith(said)


def test_few_people_are_no_share() -> None:
    """A team of eight of whom four left is no broken export, and its columns say nothing."""
    small = replace(BEFORE, people=8)
    assert reasons(replace(NOW, people=4, columns={"a": Column(1.0, None)}), small, 4, FEATURES) == []


def test_the_same_data_a_few_days_later_is_not_stale_yet() -> None:
    """Nothing new for a week may happen; a day more is told."""
    assert reasons(replace(NOW, newest=NEWEST), BEFORE, 0, FEATURES) == []


def test_how_columns_look() -> None:
    """Nulls of what a year or no window says, the size of plain numbers; a window of months is null for who reviews yearly."""
    plain = catalogue(FeatureSpec())[0]
    units = {"pay": "number", "count_365": "count", "few_last": "number", "days": "days", "rating_mean_90": "number"}
    features = [replace(plain, name=name, unit=unit) for name, unit in units.items()]
    matrix = np.full((400, 5), np.nan, np.float32)
    matrix[:300, 0] = -3.0
    matrix[:50, 0] = 0.0
    matrix[:99, 2] = 1.0
    assert columns(features, matrix) == {
        "pay": Column(0.25, 3.0),
        "count_365": Column(1.0, None),
        "few_last": Column(0.7525, None),
    }
