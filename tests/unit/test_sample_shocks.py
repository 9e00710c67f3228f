"""Shocks of the sample company: what changes from their month on, and that nothing changes before it or without one."""

import datetime as dt

import numpy as np
import polars as pl
import pytest
from numpy.typing import NDArray

from features.days import to_day
from training.errors import UsageError
from training.sample import END, SHOCKS, Sample, make

BEGAN = dt.date(2026, 1, 1)
"""The first of the nine months up to the default end."""


@pytest.fixture(scope="module")
def calm() -> Sample:
    """800 people over 30 months."""
    return make(800, 30, seed=5)


def _shocked(kind: str) -> Sample:
    return make(800, 30, seed=5, shock=kind)


def _hazards(sample: Sample, people: list[str], day: dt.date) -> NDArray[np.float64]:
    return sample.truth.hazard_at(people, to_day(day))


def _there(sample: Sample, day: dt.date) -> list[str]:
    truth = sample.truth
    here = (truth.hire <= to_day(day)) & (truth.exit > to_day(day))
    return sorted({name for name, there in zip(truth.employee_id, here, strict=True) if there})


@pytest.mark.parametrize("kind", SHOCKS)
def test_until_the_shock_the_two_live_the_same_life(calm: Sample, kind: str) -> None:
    """The exits and hires before the shock's month are those of the calm company; later ones are not."""
    shocked = _shocked(kind)

    def dates(sample: Sample, column: str) -> list[int]:
        return sorted(day for day in getattr(sample.truth, column).tolist() if day < to_day(BEGAN))

    assert dates(shocked, "exit") == dates(calm, "exit")
    assert dates(shocked, "hire") == dates(calm, "hire")
    assert sorted(shocked.truth.exit.tolist()) != sorted(calm.truth.exit.tolist())


def test_nobody_is_hired_under_a_hiring_freeze(calm: Sample) -> None:
    """The last hire lies before the freeze, and those who stay work more overtime than in calm times."""
    frozen = _shocked("hiring_freeze")
    assert frozen.tables["employees"]["hire_date"].max() < BEGAN  # type: ignore[operator]
    assert calm.tables["employees"].filter(pl.col("hire_date") >= BEGAN).height > 50

    def overtime(sample: Sample) -> float:
        rows = sample.tables["signals"].filter(
            pl.col("name") == "overtime_hours", pl.col("occurred_at") >= dt.date(2026, 6, 1)
        )
        return float(rows["value"].mean())  # type: ignore[arg-type]

    assert overtime(frozen) > overtime(calm) + 2


def test_a_pay_freeze_skips_the_round_and_the_market_moves_on(calm: Sample) -> None:
    """There is no pay change in April, and who was there before has a true hazard a fifth and more above the calm one."""
    frozen = _shocked("pay_freeze")
    rounds = {
        name: sample.tables["job_history"].filter(
            pl.col("event") == "pay_change", pl.col("effective_date") == dt.date(2026, 4, 1)
        )
        for name, sample in (("calm", calm), ("frozen", frozen))
    }
    assert len(rounds["calm"]) > 500
    assert len(rounds["frozen"]) == 0
    december = dt.date(2025, 12, 1)
    before = [_hazards(one, _there(one, december), december).mean() for one in (calm, frozen)]
    after = [_hazards(one, _there(one, END), END).mean() for one in (calm, frozen)]
    assert before[0] == pytest.approx(before[1])
    assert after[1] / after[0] > 1.2


def test_a_resignation_wave_multiplies_everybodys_hazard(calm: Sample) -> None:
    """In the wave's first month every hazard below the ceiling is 1.8 times what it would have been."""
    wave = _shocked("resignation_wave")
    month = int(np.searchsorted(calm.truth.edges, to_day(BEGAN), side="right")) - 1
    by_hire = [np.sort(rows.voluntary[rows.hire < to_day(BEGAN), month]) for rows in (calm.truth, wave.truth)]
    assert len(by_hire[0]) > 800
    np.testing.assert_allclose(by_hire[1], np.minimum(1.8 * by_hire[0], 0.02), rtol=1e-12)


def test_a_calm_company_knows_no_month_of_a_shock(calm: Sample) -> None:
    """Without a shock the months say nothing: every table is the same, whatever they are."""
    again = make(800, 30, seed=5, months_ago=3)
    assert all(table.equals(again.tables[name]) for name, table in calm.tables.items())


def test_shocks_that_cannot_be_are_refused() -> None:
    """An unknown name and more months than the tables cover are said in words."""
    with pytest.raises(UsageError, match="no shock 'flood', only hiring_freeze, pay_freeze, resignation_wave"):
        make(10, 12, seed=1, shock="flood")
    with pytest.raises(UsageError, match="began 13 months ago, allowed are 1 to 12"):
        make(10, 12, seed=1, shock="pay_freeze", months_ago=13)
