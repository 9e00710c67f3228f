"""Figures of who is there, who leaves, who stays after being hired, and what leaving costs."""

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features import career
from features.asides import Currencies
from features.company import VOLUNTARY, Codes, Company, Fixed, Floats
from features.compiled import compiled
from features.days import Days
from features.streams import starts
from service.dashboard.ground import Ground, Present
from service.dashboard.measured import Measured, ends, ratio, some
from service.dashboard.survival import Kept, hires, kept
from service.dashboard.tally import Facts, Tally, quantiles

HORIZONS: Final = (90, 365, 730)
"""Retention is told after so many days."""
WINDOW: Final = 365
"""Hires of so many days more than the horizon are followed."""
CENTS: Final = 100
PAY_DIGITS: Final = 2
"""Usual pay is told to so many digits."""


def presence(ground: Ground, there: Present) -> list[Measured]:
    """Head count and attrition."""
    lengths = ground.months.lengths.astype(np.float64)
    yearly = 1 / 365
    return [
        Measured("head_count", there.days / lengths, there.people, personal=False),
        Measured("attrition_voluntary", ratio(there.resigned, there.days, yearly), there.people, personal=False),
        Measured("attrition_all", ratio(there.left, there.days, yearly), there.people, personal=False),
    ]


def retention(ground: Ground) -> list[Measured]:
    """Who is still here so long after hire: of recent hires, and of each month's."""
    starts_on, ends, of = ground.months.starts, ground.months.ends, hires(ground)
    found = [
        _retained(f"retention_{days}", kept(ground, of, days, ends - days - WINDOW + 1, ends, ends))
        for days in HORIZONS
    ]
    day = np.full_like(ends, ground.day)
    for days in HORIZONS[:2]:
        cohort = kept(ground, of, days, starts_on, ends, day)
        if days == HORIZONS[0]:
            found.append(Measured("cohort_hires", cohort.people.astype(np.float64), cohort.people, personal=False))
        found.append(_retained(f"cohort_retention_{days}", cohort, ends + days <= ground.day))
    return found


def _retained(name: str, found: Kept, closed: NDArray[np.bool_] | None = None) -> Measured:
    ends = {"low": found.low, "high": found.high}
    return Measured(name, found.share, found.people, personal=False, closed=closed, beside=ends)


def cost_of_turnover(ground: Ground, currencies: Currencies | None) -> tuple[Measured, list[str | None]]:
    """What the voluntary leavers of each month earned, and in which currency, by unit."""
    exits = ground.exits
    month = ground.months_of(exits.day, (exits.kind == VOLUNTARY) & (exits.day <= ground.day))
    person = np.flatnonzero(month >= 0).astype(np.int32)
    month = month[person]
    return _amounts(ground, "cost_of_turnover", currencies, person, month, ground.months.ends[month])


def pay_of_those_here(
    ground: Ground, currencies: Currencies | None, persons: Codes
) -> tuple[Measured, list[str | None]]:
    """What is usual: the median yearly salary of the people at risk, to `PAY_DIGITS`, in the last closed month.

    Whoever knows how many leave learns from it what leaving may cost, and of nobody what they earn.

    Parameters
    ----------
    persons
        People at risk on the run's day, in order.
    """
    month = np.full(len(persons), len(ground.months) - 1, np.int32)
    day = np.full(len(persons), ground.day, np.int32)
    found, currency = _amounts(ground, "cost_of_expected_exits", currencies, persons, month, day)
    salary, _ = salaries(ground.company, currencies, persons, day)
    cents = np.rint(np.where(np.isnan(salary), 0.0, salary) * CENTS).astype(np.int64)
    middle = quantiles(Facts(persons, month, cents).where(~np.isnan(salary)), ground.places, (0.5,))[0] / CENTS
    return replace(found, value=_rounded(middle), personal=False), currency


def _rounded(amounts: Floats) -> Floats:
    """To so many digits, 0 and null as they are."""
    size = np.floor(np.log10(amounts, out=np.zeros_like(amounts), where=amounts > 0)) - (PAY_DIGITS - 1)
    return np.asarray(np.rint(amounts / 10.0**size) * 10.0**size)


def _amounts(
    ground: Ground,
    name: str,
    currencies: Currencies | None,
    person: Codes,
    month: Codes,
    day: Days,
) -> tuple[Measured, list[str | None]]:
    """Salaries on days, summed by unit and month; and the one currency of each unit, None for none."""
    salary, currency = salaries(ground.company, currencies, person, day)
    cents = np.rint(np.where(np.isnan(salary), 0.0, salary) * CENTS)
    facts = Facts(person, month, cents.astype(np.int64), currency + 1).where(~np.isnan(salary))
    names = [None, *(() if currencies is None else currencies.names)]
    paid = ground.tally(facts, len(names))
    used = paid.counts.sum(axis=2) > 0
    total = Tally(*(column.sum(axis=0) for column in vars(paid).values()))
    value = np.where(total.counts > 0, total.sums / CENTS, np.nan)
    single = used.sum(axis=0) <= 1
    found = Measured(name, value, total.people, single=single)
    kinds = zip(used.argmax(axis=0).tolist(), single.tolist(), strict=True)
    return found, [names[kind] if one else None for kind, one in kinds]


def salaries(company: Company, currencies: Currencies | None, person: Codes, day: Days) -> tuple[Floats, Codes]:
    """The yearly base salary of people on days, NaN where none is on record, and its currency's code, -1 where not told.

    Persons stand in order.
    """
    jobs = career.in_winning_order(company.jobs)
    paid = ~np.isnan(jobs.base_salary)
    value = np.full(len(person), np.nan)
    _last((jobs.person[paid], jobs.effective[paid], jobs.known[paid]), jobs.base_salary[paid], person, day, value)
    code = np.full(len(person), -1.0)
    if currencies is not None:
        told = (currencies.person, currencies.effective, currencies.known)
        _last(told, currencies.currency.astype(np.float64), person, day, code)
    return value, code.astype(np.int32)


@compiled
def _last(table: tuple[Codes, Days, Days], values: Floats, person: Codes, day: Days, found: Floats) -> None:
    who, effective, known = table
    first = 0
    for row in range(len(person)):
        while first < len(who) and who[first] < person[row]:
            first += 1
        at = first
        while at < len(who) and who[at] == person[row]:
            if starts(effective[at], known[at]) <= day[row]:
                found[row] = values[at]
            at += 1


def volume(name: str, found: Tally, kind: int, there: Present, months: Days) -> Measured:
    """Facts for 100 people of the mean head count."""
    value, people = ratio(found.counts[kind] * 100 * months.astype(np.int64), there.days), found.people[kind]
    return Measured(name, value, people, sides=(some(people, there.people),))


def mean(name: str, found: Tally, kind: int, unit: int, among: Fixed, bottom: int = 0) -> Measured:
    """The mean of facts' values, in units.

    Parameters
    ----------
    among
        People of whom each might have a fact.
    bottom
        The least value that there is; the most is a unit.
    """
    sums, counts, people = found.sums[kind], found.counts[kind], found.people[kind]
    sides = ends(sums - bottom * counts, unit * counts - sums, people)
    return Measured(name, ratio(sums, counts, unit), people, sides=(*sides, some(people, among)))
