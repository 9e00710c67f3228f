"""Protected attributes become groups of people, for the audit alone; no feature and no label is near this file.

A column of text is cut by its values, ages and dates of birth by `AGE_LIMITS` (a date of birth at each origin) as far as
every band has people enough, other numbers with many values by quarters, so that no single value is told. Nothing given is a group of its own. Values
that fewer than `LEAST` people have are not named: they are pooled. Free text and ids are not audited, and why is said.
"""

import datetime as dt
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from features import denied
from features.asides import Protected
from features.company import Company
from features.days import to_day
from models.manifest import NotAudited

LEAST: Final = 5
"""Fewer people than this are never told apart."""
MOST_GROUPS: Final = 20
"""A column with more groups is not audited."""
ENOUGH: Final = 30
"""Bands of age with fewer people are joined to the next, since in them nothing could be judged."""
AGE_LIMITS: Final = (30, 40, 50)
"""Ages below the first limit, from there to below the next, and so on."""
QUARTERS: Final = ("lowest quarter", "second quarter", "third quarter", "highest quarter")
OTHERS: Final = "other groups"
NOT_GIVEN: Final = "not given"

_FEW_VALUES: Final = 12
"""Numbers with at most so many different values are codes or grades, values like any other."""
_READABLE: Final = 0.9
"""A column is one of numbers or of dates if such a share of its values can be read so; the others are not given."""
_AGE: Final = frozenset(denied.WORDS_BY_FACT["age"].split())
_BORN: Final = frozenset(denied.WORDS_BY_FACT["birth date"].split())
_TOO_FINE: Final = f"most people are in groups of fewer than {LEAST}: free text, an id, or cut too finely"

Texts = Sequence[str | None]
Codes = NDArray[np.int64]


@dataclass(frozen=True)
class Rows:
    """Who was judged on which day; one row a person and origin."""

    employee: NDArray[np.int32]
    """As in `People.employee`."""
    day: NDArray[np.int32]


@dataclass(frozen=True)
class Grouping:
    """One attribute's groups: row i of the judged rows is in the group ``names[code[i]]``."""

    attribute: str
    names: tuple[str, ...]
    code: Codes


def groupings(protected: Protected, company: Company, rows: Rows) -> tuple[list[Grouping], list[NotAudited]]:
    """Every column of `protected` as groups of the judged rows, or the reason why not, in order of the columns.

    Of several rows about one person the last that gives a value counts, column by column.
    """
    code_of = dict(zip(company.people.employee_id, company.people.employee.tolist(), strict=True))
    found: list[Grouping] = []
    skipped: list[NotAudited] = []
    for column, values in zip(protected.columns, protected.values, strict=True):
        by_employee: list[str | None] = [None] * len(code_of)
        for employee_id, value in zip(protected.employee_id, values, strict=True):
            if value is not None and value.strip() and employee_id in code_of:
                by_employee[code_of[employee_id]] = value.strip()
        one = grouping(column, by_employee, rows)
        if isinstance(one, Grouping):
            found.append(one)
        else:
            skipped.append(one)
    return found, skipped


def grouping(column: str, values: Texts, rows: Rows) -> Grouping | NotAudited:
    """One column as groups.

    Parameters
    ----------
    column
        Its name: one that speaks of an age or a birth is cut into bands of age.
    values
        One an employee, None where not given.
    """
    names, code = _cut(column, values, rows)
    if not len(rows.employee) or (code < 0).all():
        return NotAudited(column, "nobody judged has a value that can be read")
    people = _people(code, rows.employee, len(names))
    if people[people < LEAST].sum() > people.sum() / 2:
        return NotAudited(column, _TOO_FINE)
    found = Grouping(column, *_pooled(names, code, people))
    if len(found.names) > MOST_GROUPS:
        return NotAudited(column, f"more than {MOST_GROUPS} groups")
    if len(found.names) == 1:
        return NotAudited(column, "everybody judged is in one group")
    return found


def _cut(column: str, values: Texts, rows: Rows) -> tuple[list[str], Codes]:
    """Names of groups, and each row's; -1 where nothing is given."""
    words = frozenset(denied.words(column))
    born = _read(values, _birth) if words & _BORN else None
    if born is not None:
        return _bands((rows.day - born[rows.employee]) / 365.25, rows.employee)
    numbers = _read(values, _number)
    if numbers is not None and words & _AGE:
        return _bands(numbers[rows.employee], rows.employee)
    if numbers is not None and len(np.unique(numbers[np.isfinite(numbers)])) > _FEW_VALUES:
        return list(QUARTERS), _quarters(numbers, rows.employee)
    keys = [None if value is None else " ".join(value.casefold().split()) or None for value in values]
    names = sorted({key for key in keys if key is not None})
    place = {name: at for at, name in enumerate(names)}
    codes = np.array([-1 if key is None else place[key] for key in keys], dtype=np.int64)
    return names, codes[rows.employee]


def _read(values: Texts, reader: Callable[[str], float]) -> NDArray[np.float64] | None:
    """Each value as a number, NaN where it is none; None where too few of them are."""
    given = [value is not None for value in values]
    numbers = np.array([float("nan") if value is None else reader(value) for value in values])
    readable = int(np.isfinite(numbers).sum())
    return numbers if readable and readable >= _READABLE * sum(given) else None


def _number(text: str) -> float:
    try:
        found = float(text)
    except ValueError:
        return float("nan")
    return found if math.isfinite(found) else float("nan")


def _birth(text: str) -> float:
    """The day of birth of ``1990-03-01`` (a time may follow) or ``1990``, of a year its middle."""
    year = _number(text)
    if 1900 <= year <= 2100 and year == int(year):
        return float(to_day(dt.date(int(year), 7, 1)))
    try:
        return float(to_day(dt.date.fromisoformat(text[:10])))
    except ValueError:
        return float("nan")


def _bands(age: NDArray[np.float64], employee: NDArray[np.int32]) -> tuple[list[str], Codes]:
    """Cut at as many of `AGE_LIMITS` as leave every band `ENOUGH` people: the smallest goes to its smaller neighbour."""
    limits = list(AGE_LIMITS)
    while True:
        code = np.where(np.isnan(age), -1, np.searchsorted(limits, age, side="right")).astype(np.int64)
        people = _people(code, employee, len(limits) + 1)
        smallest = int(np.argmin(people))
        if not limits or people[smallest] >= ENOUGH:
            return _named(limits), code
        sides = [side for side in (smallest - 1, smallest) if 0 <= side < len(limits)]
        limits.pop(min(sides, key=lambda side: people[side if side < smallest else side + 1]))


def _named(limits: list[int]) -> list[str]:
    if not limits:
        return ["any age"]
    between = [f"{low} to {high - 1}" for low, high in pairwise(limits)]
    return [f"under {limits[0]}", *between, f"{limits[-1]} and over"]


def _quarters(numbers: NDArray[np.float64], employee: NDArray[np.int32]) -> Codes:
    """Cut at the quartiles of the people judged, each counted once."""
    judged = numbers[np.unique(employee)]
    edges = np.nanquantile(judged, [0.25, 0.5, 0.75]) if np.isfinite(judged).any() else np.zeros(3)
    found = numbers[employee]
    return np.where(np.isnan(found), -1, np.searchsorted(edges, found, side="left")).astype(np.int64)


def _people(code: Codes, employee: NDArray[np.int32], groups: int) -> NDArray[np.int64]:
    """How many different people each group has; those without a value are not counted."""
    pairs = np.unique(np.stack([code, employee.astype(np.int64)]), axis=1)
    return np.bincount(pairs[0][pairs[0] >= 0], minlength=groups)


def _pooled(names: Sequence[str], code: Codes, people: NDArray[np.int64]) -> tuple[tuple[str, ...], Codes]:
    """Groups with people, those too small to name in one, and last those who gave nothing."""
    kept = [at for at in range(len(names)) if people[at] >= LEAST]
    small = bool(((people > 0) & (people < LEAST)).any())
    place = np.full(len(names) + 1, len(kept), dtype=np.int64)
    place[kept] = np.arange(len(kept))
    place[-1] = len(kept) + small
    found = [names[at] for at in kept] + [OTHERS] * small + [NOT_GIVEN] * bool((code < 0).any())
    return tuple(found), place[code]
