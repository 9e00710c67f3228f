"""Which open-named columns a feature matrix has: the drivers, ticket categories and signals a company really uses.

These names come from the data, so they are chosen once, from what was known on the training day, and travel with
the model: scoring asks for exactly the columns the model was fitted on.
"""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from functools import cached_property
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features.company import Codes, Company
from features.feature import slug

MOST: Final = {"drivers": 10, "categories": 6, "signals": 8, "team_signals": 4}
"""At most so many names of a kind become columns."""
AT_LEAST: Final = 10
"""A name with fewer rows known on the training day is too rare for a column."""


@dataclass(frozen=True)
class FeatureSpec:
    """The data-dependent part of the catalogue.

    Each tuple holds lower-case names in alphabetical order. `cadence` is the norm of conversations a year about
    what one does, how one does it and what one wants to do.
    """

    drivers: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    signals: tuple[str, ...] = ()
    team_signals: tuple[str, ...] = ()
    cadence: tuple[int, int, int] = field(default=(12, 4, 2))

    def __hash__(self) -> int:
        """As of any frozen dataclass; it is asked for with every request."""
        return self._hash

    @cached_property
    def _hash(self) -> int:
        return hash((self.drivers, self.categories, self.signals, self.team_signals, self.cadence))

    def to_json(self) -> dict[str, Any]:
        """A JSON object from which `from_json` makes an equal spec."""
        return {name: list(value) for name, value in asdict(self).items()}

    @staticmethod
    def from_json(value: dict[str, Any]) -> "FeatureSpec":
        """The spec written by `to_json`."""
        what, how, want = value["cadence"]
        names = {kind: tuple(str(name) for name in value[kind]) for kind in MOST}
        return FeatureSpec(**names, cadence=(int(what), int(how), int(want)))


def feature_spec(company: Company, known_on: int, cadence: tuple[int, int, int] = (12, 4, 2)) -> FeatureSpec:
    """The spec for a training run on `known_on`: the most frequent names among the rows known by then.

    Survey rows count only if identified (others never become a person's feature). The driver ``enps`` has columns
    of its own and is not listed.
    """
    names = company.names
    found: dict[str, tuple[str, ...]] = dict.fromkeys(MOST, ())
    if (surveys := company.surveys) is not None:
        usable = surveys.identified & (surveys.answered <= known_on)
        found["drivers"] = _frequent("drivers", names.drivers, surveys.driver[usable], skip=("enps",))
    if (tickets := company.tickets) is not None:
        found["categories"] = _frequent("categories", names.categories, tickets.category[tickets.opened <= known_on])
    if (signals := company.signals) is not None:
        found["signals"] = _frequent("signals", names.signals, signals.name[signals.known <= known_on])
    if (team := company.team_signals) is not None:
        found["team_signals"] = _frequent("team_signals", names.team_signals, team.name[team.known <= known_on])
    return FeatureSpec(**found, cadence=cadence)


def slots(names: Sequence[str], wanted: Sequence[str]) -> NDArray[np.int32]:
    """For each name its place in `wanted`, -1 where it is not wanted; one more entry, -1, for the null code."""
    place = {name: index for index, name in enumerate(wanted)}
    return np.asarray([place.get(name, -1) for name in names] + [-1], dtype=np.int32)


def _frequent(kind: str, names: Sequence[str], codes: Codes, skip: tuple[str, ...] = ()) -> tuple[str, ...]:
    """The most frequent names, one for each column name they would get."""
    counts = np.bincount(codes[codes >= 0], minlength=len(names))
    ranked = sorted(
        (-int(n), name) for n, name in zip(counts, names, strict=True) if n >= AT_LEAST and name not in skip
    )
    columns: dict[str, str] = {}
    for _, name in ranked:
        if slug(name):
            columns.setdefault(slug(name), name)
    return tuple(sorted(list(columns.values())[: MOST[kind]]))
