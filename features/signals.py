"""Signals: any other dated fact about a person, by name (recognition, learning, overtime, a review's grade, sales …).

A signal counts from the day it was recorded. The columns of a name do not depend on what the name means; the model
finds out which way it points. Windows are active days.
"""

from functools import partial
from typing import Any, Final

import numpy as np

from features.bare import inlined
from features.book import EVENT, ROOM, STREAMS, Book, Shapes, enter, note
from features.company import Codes, Company, Fixed, Floats
from features.compiled import compiled
from features.days import NEVER
from features.feature import Feature, plain, slug
from features.formulas import Formula, age, change, count, last, last_date, latest, mean, total, where
from features.grid import Times, rows_of
from features.spec import FeatureSpec, slots

VALUE: Final = 1_000_000
"""Fixed-point unit of a signal's value: six decimals."""
LARGEST: Final = 1e11
"""Values beyond this are cut to it, so that integer sums cannot overflow."""


# The streams, by name; a row gives each at most one event.
OCCURRED: Final = 0
VALUED: Final = 1
"""Those that carry a value."""


def fixed(value: Floats) -> Fixed:
    """Values in fixed point; 0 for NaN (such rows are left out by their streams)."""
    return np.rint(np.clip(np.nan_to_num(value), -LARGEST, LARGEST) * VALUE).astype(np.int64)


def walk(company: Company, spec: FeatureSpec) -> Any:
    """What writes the signals of a block's persons into its book; None without signals."""
    if (s := company.signals) is None:
        return None
    return partial(loop, (s.person, s.occurred, s.known, s.name, s.value), slots(company.names.signals, spec.signals))


@compiled
def loop(table: Any, slot: Codes, times: Times, shapes: Shapes, book: Book) -> None:
    """Write the events of a block's persons into its book."""
    persons, occurred_on, known_on, names, values = table
    first, last = rows_of(persons, times)
    events, n = np.empty((ROOM, EVENT), np.int64), 0
    for row in range(first, last):
        if n > ROOM - STREAMS:
            enter(events, n, times, shapes, book)
            n = 0
        group, person, occurred, known, value = (
            slot[names[row]],
            persons[row],
            occurred_on[row],
            known_on[row],
            values[row],
        )
        n = note(events, n, OCCURRED, group, person, occurred, known, NEVER, 0)
        if not np.isnan(value):
            n = note(events, n, VALUED, group, person, occurred, known, NEVER, _fixed(value))
    enter(events, n, times, shapes, book)


@inlined
def _fixed(value: float) -> int:
    """One value in fixed point, as `fixed` makes it."""
    return int(np.rint(min(max(value, -LARGEST), LARGEST) * VALUE))


def _f(
    topic: str, name: str, unit: str, phrase: str, null: str, formula: Formula, date: Formula | None = None
) -> Feature:
    return Feature(f"signal_{topic}_{name}", "signals", unit, phrase, null, formula, date=date, topic=f"signal {topic}")


def signal_features(names: tuple[str, ...]) -> tuple[Feature, ...]:
    """Nine columns a name: counts, sum, last value and its change, means, trend and days since."""
    columns: list[Feature] = []
    for g, name in enumerate(names):
        column, word, valued_on = slug(name), plain(name), last_date(VALUED, g)
        none, no_value = f"No {word} on record", f"No value of {word} on record"
        no_quarter, no_year = (f"No value of {word} in the last {months} months" for months in (3, 12))
        columns += [
            _f(column, "count_90", "count", f"{word}: {{}} time{{s}} in the last 3 months", none,
               count(OCCURRED, 90, g)),
            _f(column, "count_365", "count", f"{word}: {{}} time{{s}} in the last 12 months", none,
               count(OCCURRED, 365, g)),
            _f(column, "days", "days", f"Last {word} {{}} ago", none, age(latest(OCCURRED, g))),
            _f(column, "last", "number", f"Last {word}, on {{date}}: {{}}", no_value,
               last(VALUED, VALUE, g), valued_on),
            _f(column, "change", "change", f"{word} moved by {{}} on {{date}}, against the value before",
               f"Fewer than two values of {word} on record", change(VALUED, VALUE, g), valued_on),
            _f(column, "mean_90", "number", f"{word}: {{}} on average in the last 3 months", no_quarter,
               mean(VALUED, 90, VALUE, g)),
            _f(column, "mean_365", "number", f"{word}: {{}} on average in the last 12 months", no_year,
               mean(VALUED, 365, VALUE, g)),
            _f(column, "trend", "change", f"Average {word} of the last 3 months against the last 12: {{}}", no_quarter,
               mean(VALUED, 90, VALUE, g) - mean(VALUED, 365, VALUE, g)),
            _f(column, "sum_365", "number", f"{word}: {{}} in all in the last 12 months", no_year,
               where(total(VALUED, 365, g) / VALUE, count(VALUED, 365, g))),
        ]  # fmt: skip
    return tuple(columns)
