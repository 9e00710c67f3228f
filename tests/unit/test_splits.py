"""Rolling origins, with dates written out."""

import datetime as dt

import numpy as np

from features.days import to_date, to_day
from training import splits


def origins(first: str, as_of: str, delay: int = 0, count: int = 3, every: int = 6) -> dict[str, tuple[int, ...]]:
    """Cutoffs and the horizons that can be judged there."""
    start, end = (to_day(dt.date.fromisoformat(text)) for text in (first, as_of))
    return {str(to_date(one.cutoff)): one.horizons for one in splits.origins(start, end, delay, count, every)}


def test_origins_walk_back_from_the_last_closed_window() -> None:
    """Training on 2024-12-31: the newest cutoff is the last month end whose 90 days have closed."""
    assert origins("2023-01-01", "2024-12-31") == {
        "2023-09-30": (30, 90, 180, 365),
        "2024-03-31": (30, 90, 180),
        "2024-09-30": (30, 90),
    }


def test_a_window_may_close_on_the_training_day() -> None:
    """2024-06-30 and 90 days are 2024-09-28: on that day the cutoff counts, a day earlier it does not yet."""
    assert list(origins("2023-01-01", "2024-09-28", count=1)) == ["2024-06-30"]
    assert list(origins("2023-01-01", "2024-09-27", count=1)) == ["2024-05-31"]


def test_a_reporting_delay_moves_the_cutoffs_back() -> None:
    """With 30 days of delay the windows must have closed by 2024-12-01."""
    assert list(origins("2023-01-01", "2024-12-31", delay=30, count=1)) == ["2024-08-31"]


def test_a_cutoff_needs_ninety_days_before_it() -> None:
    """Records from 2024-06-01 allow 2024-08-31 (91 days) and no earlier month end."""
    assert list(origins("2024-06-01", "2024-12-31", count=9, every=1)) == ["2024-08-31", "2024-09-30"]


def test_records_too_short_have_no_origin() -> None:
    """Half a year less a few days leaves no month end with 90 days on either side."""
    assert origins("2024-07-10", "2024-12-31") == {}


def test_no_window_reaches_past_what_is_known(rng: np.random.Generator) -> None:
    """Whatever the dates: a horizon is judged only if it closed by the training day, less the delay."""
    for _ in range(200):
        first = int(rng.integers(15_000, 20_000))
        as_of, delay = first + int(rng.integers(0, 2_000)), int(rng.integers(0, 60))
        for origin in splits.origins(first, as_of, delay, count=6, every_months=3):
            assert origin.cutoff >= first + 90
            assert origin.horizons[:2] == (30, 90)
            assert all(origin.cutoff + horizon <= as_of - delay for horizon in origin.horizons)


def test_origins_are_described_in_words() -> None:
    """A line each, the oldest first."""
    days = (to_day(dt.date(2023, 1, 1)), to_day(dt.date(2024, 12, 31)))
    assert splits.describe(splits.origins(*days, 0, 2, 6)) == "2024-03-31   30, 90, 180 days\n2024-09-30   30, 90 days"
