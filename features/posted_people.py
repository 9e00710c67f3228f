"""Plainly good people of a request with the same sources: their facts straight from the sheet they were read into.

Comments are read by other means: with any among their rows they are made a company first, as everybody else is.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from features import posted_groups, posted_walk, presence
from features import posted_plan as plan
from features.book import nothing_kept
from features.build import person_program
from features.catalogue import catalogue
from features.company import Codes, Company
from features.facts import SOURCES, Asked, Employed, Facts, People
from features.posted_columns import SIZES, STEPS
from features.posted_fast import Settled
from features.posted_merge import merged
from features.posted_text import Longs
from features.spec import FeatureSpec
from features.tickets import URGENT

_BY_DAY: Final = np.array((*posted_groups.JOBS, *posted_groups.TRACES), np.int64)
_FAMILIES: Final = ("surveys", "tickets", "checkins", "signals")
NAMED: Final = plan.DRIVER | plan.CATEGORY | plan.SIGNAL | plan.PRIORITY
"""Uses of a text that has a meaning to the features."""


@dataclass(frozen=True)
class Plain:
    """People of one plainly good entry each, sorted by id."""

    settled: Settled
    order: list[int]
    """Their entries."""
    ids: tuple[str, ...]
    given: tuple[bool, ...]
    """For each table whether it is a source here."""

    def company(self) -> Company:
        """A company of them."""
        return posted_groups.company(self.settled, self.order, self.ids, self.given)

    def facts(self, asked: Asked, block: slice) -> Facts:
        """The facts of some of them; equal to those of the company, to the last bit."""
        settled, sheet, ids = self.settled, self.settled.sheet, self.ids[block]
        if settled.comments:
            return self._as_company.facts(asked, block)
        texts, count = settled.texts, len(ids)
        path = way(asked.spec, self.given, asked.valence is not None)
        refused, places = np.empty(count, np.int8), np.empty((count, 2), np.int32)
        matrix, days = np.empty((count, path.width), np.float32), np.empty((len(path.dated), count), np.int32)
        posted_walk.find(
            np.array(self.order[block]), asked.day, settled.rows, sheet.entries, sheet.cells, sheet.numbers,
            settled.scales, self._meant(path), refused, places, matrix, days, *path.arrays,
        )  # fmt: skip
        named = zip(ids, places[:, 0].tolist(), strict=True)
        managers = [None if code < 0 or texts[code] == id_ else texts[code] for id_, code in named]
        units = [None if code < 0 else texts[code] for code in places[:, 1].tolist()]
        codes = [presence.REFUSALS[code] for code in refused.tolist()]
        return Facts(ids, codes, managers, units, matrix, dict(zip(path.dated, days, strict=True)), path.missing)

    def _meant(self, path: "Way") -> Longs:
        """What each text means to the features; found out with the first block."""
        made: Any = self.__dict__.get("_meanings")
        if made is None or made[0] is not path:
            pairs = zip(self.settled.texts, self.settled.uses, strict=True)
            meant = np.array([path.meaning(text) if use & NAMED else 0 for text, use in pairs], np.int64)
            made = self.__dict__["_meanings"] = path, meant
        found: Longs = made[1]
        return found

    @property
    def _as_company(self) -> Employed:
        made: Any = self.__dict__.get("_made")
        if made is None:
            made = self.__dict__["_made"] = Employed(self.company())
        found: Employed = made
        return found


@dataclass(frozen=True)
class Mixed:
    """Plainly good people, and others with the same sources, who are a company."""

    plain: Plain
    others: Employed
    places: tuple[Codes, Codes]
    """Of either, the place of each among all, ascending."""

    def company(self) -> Company:
        """A company of all of them."""
        return merged(self.plain.company(), self.others.company(), self.places)

    def facts(self, asked: Asked, block: slice) -> Facts:
        """The facts of some of them: those of either, in the order of all."""
        low, high, _ = block.indices(len(self.places[0]) + len(self.places[1]))
        found: list[tuple[list[int], Facts]] = []
        lots: tuple[People, People] = (self.plain, self.others)
        for people, places in zip(lots, self.places, strict=True):
            start, stop = np.searchsorted(places, (low, high)).tolist()
            if start < stop:
                found.append(((places[start:stop] - low).tolist(), people.facts(asked, slice(start, stop))))
        return found[0][1] if len(found) == 1 else _together(found)


def _together(found: Sequence[tuple[list[int], Facts]]) -> Facts:
    """The facts of several lots of people as one, from the place of each among all."""
    order = np.argsort([place for places, _ in found for place in places]).tolist()

    def joined(lists: Iterable[Sequence[Any]]) -> list[Any]:
        every = list(chain.from_iterable(lists))
        return [every[place] for place in order]

    lots = [facts for _, facts in found]
    return Facts(
        joined(facts.ids for facts in lots),
        joined(facts.refused for facts in lots),
        joined(facts.managers for facts in lots),
        joined(facts.units for facts in lots),
        np.concatenate([facts.matrix for facts in lots])[order],
        {column: np.concatenate([facts.dates[column] for facts in lots])[order] for column in lots[0].dates},
        lots[0].missing,
    )


@dataclass(frozen=True)
class Way:
    """How people with the same sources come to their features."""

    arrays: tuple[NDArray[Any], ...]
    """What `posted_walk.find` takes of it."""
    dated: tuple[int, ...]
    width: int
    missing: tuple[str, ...]
    meaning: Callable[[str], int]


@lru_cache(maxsize=64)
def way(spec: FeatureSpec, given: tuple[bool, ...], read: bool) -> Way:  # noqa: FBT001 - a key of the cache
    """The way of people with these sources; `read` says whether there is what reads comments."""
    here = {table.name for table, is_given in zip(plan.TABLES, given, strict=True) if is_given}
    comments = ("comments",) if read and "surveys" in here else ()
    steps = person_program(spec, ("career", *comments, *(family for family in _FAMILIES if family in here)))
    layout = steps.layout
    shapes = [layout.shapes.get(family, nothing_kept()) for family in _FAMILIES]
    program = steps.runs, steps.steps, steps.numbers, steps.columns, steps.dates
    return Way(
        (STEPS, SIZES, _BY_DAY, *shapes, layout.blank, *program),
        steps.dated,
        len(catalogue(spec)),
        tuple(name for name in SOURCES if name not in here),
        lru_cache(maxsize=4_096)(Meaning(spec).of),
    )


class Meaning:
    """What a text means to the features of a spec; see `posted_walk.find`."""

    def __init__(self, spec: FeatureSpec) -> None:
        self._places: dict[str, int] = {}
        for shift, names in ((0, ("enps", *spec.drivers)), (8, spec.categories), (16, spec.signals)):
            for place, name in enumerate(names, 1):
                self._places[name] = self._places.get(name, 0) | place << shift

    def of(self, text: str) -> int:
        """What it means."""
        return self._places.get(text, 0) | (text.lower() in URGENT) << 24
