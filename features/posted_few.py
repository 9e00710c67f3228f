# ruff: noqa: PLR0913, PLR0917
"""A few posted people, all of them plainly good: from the bytes of a request to their facts in two compiled calls.

It gives what `posted_fast` and `posted_people` give for them, or it gives nothing: whatever is not plainly good, or has
a comment, is left to those. What they make anew for every request (a sheet, room for its text, what its names mean) is
made once here and used again, so a reader serves one request after the other, in one thread. The names that records
are told apart by (questions, categories, signals, priorities, levels) stand before the request, in front of its text,
with all that is known of them; any other text of a request is forgotten, and its bytes are wiped out.
"""

from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features import posted_fast, posted_plain, presence
from features import posted_plan as plan
from features.bare import bare
from features.book import Shapes
from features.company import Codes, Fixed, Floats
from features.compiled import compiled
from features.days import Days
from features.facts import Facts
from features.grid import Places
from features.posted_body import PAD
from features.posted_fast import ENTRY_CELLS, LOOKED_AT, STATE, Sheet
from features.posted_people import NAMED, Meaning, way
from features.posted_plain import (
    COMMENTS,
    DENIED,
    EMPLOYEE,
    HARD_NUMBERS,
    LISTS,
    MOST_PEOPLE,
    MOST_ROWS,
    OUTSIDE,
    PEOPLE,
    PLAIN,
    POOL_SLOT,
    POOL_START,
    POOL_STOP,
    POOL_USES,
    POOL_WIDTH,
    ROOM,
    SHEET_ROWS,
    SLOTS,
    STOP,
    TEXTS,
    TOMORROW,
    Reals,
    enter,
)  # fmt: skip
from features.posted_scan import scan
from features.posted_settle import settle
from features.posted_text import Bytes, Longs
from features.posted_together import NOTHING, given, is_usual
from features.posted_types import LeftOut, Limits
from features.posted_walk import find
from features.posted_words import hashed
from features.program import Steps
from features.spec import FeatureSpec

_TABLES: Final = len(plan.TABLES)
_MEANT: Final = LOOKED_AT | NAMED
"""Uses of a text that is looked at: what it means is found out once."""
_MOST_NAMES: Final = 1_000
_NAME_BYTES: Final = 32_768
"""Of all names that are kept."""
_FIRST: Final = 1
"""Where the first name begins: what stands nowhere begins at 0."""
_FRONT: Final = _FIRST + _NAME_BYTES
"""Where the text of a request begins."""
_TIMES: Final = 3
"""A request is read again once its new names are known, and once more where all others had to be forgotten for them."""
_POSITIVE: Final = (1 << 62) - 1
NOT_PLAIN, NEW_NAMES = -1, -2
_ID, _ID_STOP, _MANAGER, _MANAGER_STOP, _UNIT, _UNIT_STOP, _REFUSED, _LEFT_OUT, _BEFORE, _TOLD = range(10)
"""What is told of a person: the spans of three texts, why there is no score, and two counts."""


class Read(NamedTuple):
    """A request of a few people, in the order posted."""

    as_of: int
    """Days since 1970."""
    facts: Facts
    """Good until the next request is read."""
    left_out: LeftOut


class Few:
    """Reads the requests of a few people, one after the other.

    Parameters
    ----------
    reads_comments
        Whether there is what reads comments, as columns then rest on it.
    leaving
        Ticket categories that are traces of somebody leaving.
    people, size
        At most so many people, and bytes of a request.
    """

    def __init__(
        self, spec: FeatureSpec, *, reads_comments: bool, leaving: Sequence[str], limits: Limits, people: int, size: int
    ) -> None:
        self._spec, self._reads_comments, self._leaving = (
            spec,
            reads_comments,
            frozenset(posted_fast.leaving_keys(tuple(leaving))),
        )
        self._size = size if is_usual(tuple(leaving)) else -1
        self._meaning = Meaning(spec).of
        rows, texts = (
            _TABLES + 2 + size // posted_fast.SHORTEST_ROW,
            _MOST_NAMES + 16 + size // posted_fast.SHORTEST_NAME,
        )
        slots = 1 << (2 * texts).bit_length()
        self._memory = bytearray(_FRONT + size + PAD + size + PAD)
        self._text = np.frombuffer(self._memory, np.uint8)
        self._state = STATE.copy()
        self._state[SLOTS], self._state[MOST_PEOPLE], self._state[MOST_ROWS] = (
            slots,
            min(people, limits.people),
            limits.rows,
        )
        cells, numbers = np.empty((rows, posted_plain.WIDTH), np.int64), np.empty((rows, posted_plain.NUMBERS))
        cells[:_TABLES], numbers[:_TABLES] = plan.BLANK_CELLS, plan.BLANK_NUMBERS
        entries = np.empty((people, ENTRY_CELLS), np.int64)
        self._pool = np.empty(slots + POOL_WIDTH * texts, np.int64)
        self._said, self._scales = np.empty((texts, 3), np.int64), np.empty((texts, 3))
        self._meant = np.empty(texts, np.int64)
        self._scanned = (
            self._text, self._state, plan.PLAN.copy(), plan.VALUES, plan.KEYS, plan.RANGES, cells, numbers,
            self._pool, entries,
        )  # fmt: skip
        self._judged = (
            self._state, entries, cells, numbers, self._pool, self._said, self._scales, self._meant, plan.TABLE_FACTS,
            plan.RULES, plan.LOWS, plan.FACTS, np.empty(4 * rows + 4, np.int64),
        )  # fmt: skip
        self._sheet = Sheet(self._text, self._state, cells, numbers, self._pool, entries)
        self._rooms: dict[tuple[int, int], _Room] = {}
        self._begin()

    def read(self, body: bytes, today: int) -> Read | None:
        """The people of a request; None where it must be read by other means.

        Parameters
        ----------
        today
            The clock's day; a day later may be asked for, none beyond.
        """
        size = len(body)
        if size > self._size or not posted_fast.is_text(body):
            return None
        self._memory[_FRONT : _FRONT + size] = body
        for _ in range(_TIMES):
            sources = scan_few(_FRONT, size, today + 1, self._names, *self._scanned)
            if sources != NEW_NAMES or not self._learn():
                break
        found = None if sources < 0 else self._worked_out(sources, today + 1)
        self._text[_FRONT : self._state[ROOM]] = 0
        return found

    def _worked_out(self, sources: int, tomorrow: int) -> Read | None:
        told = self._state.tolist()
        as_of, people, rows = told[posted_plain.AS_OF], told[PEOPLE], told[SHEET_ROWS]
        if told[HARD_NUMBERS]:
            posted_fast.round_hard(self._sheet, people, rows)
        found = self._rooms.get((sources, people)) or self._room(sources, people)
        if not work_out(as_of, tomorrow, *self._judged, *found.arrays):
            return None
        ids, managers, units, refused = [], [], [], []
        denied = outside = 0
        memory = self._memory
        for id_, id_stop, manager, manager_stop, unit, unit_stop, code, left_out, before in found.told.tolist():
            ids.append(memory[id_:id_stop].decode())
            managers.append(memory[manager:manager_stop].decode() if manager else None)
            units.append(memory[unit:unit_stop].decode() if unit else None)
            refused.append(presence.REFUSALS[code])
            denied, outside = denied + left_out, outside + before
        counts = LeftOut(0, denied, 0, outside, 0) if denied or outside else NOTHING
        return Read(as_of, Facts(ids, refused, managers, units, found.matrix, found.dates, found.missing), counts)

    def _room(self, sources: int, people: int) -> "_Room":
        """Room for what is found out of so many people with these sources, made once."""
        here = given([bool(sources >> table & 1) for table in range(_TABLES)])
        path = way(self._spec, here, self._reads_comments)
        order, told, refused = np.arange(people), np.empty((people, _TOLD), np.int64), np.empty(people, np.int8)
        matrix, days = np.empty((people, path.width), np.float32), np.empty((len(path.dated), people), np.int32)
        places = np.empty((people, 2), np.int32)
        arrays: tuple[NDArray[Any], ...] = (order, told, refused, places, matrix, days, *path.arrays)
        room = _Room(arrays, told, matrix, dict(zip(path.dated, days, strict=True)), path.missing)
        self._rooms[sources, people] = room
        return room

    # Names

    def _begin(self) -> None:
        """Know no name but those that the features have."""
        self._names, self._end = 0, _FIRST
        self._state[TEXTS] = 0
        self._pool[: self._state[SLOTS]] = 0
        self._said[:], self._scales[:], self._meant[:] = 0, posted_fast.USUAL, 0
        for name in ("enps", *self._spec.drivers, *self._spec.categories, *self._spec.signals):
            self._name(name)

    def _learn(self) -> bool:
        """Get to know the names of this request; false where they are too many."""
        slots, count = int(self._state[SLOTS]), int(self._state[TEXTS])
        new = self._pool[slots + POOL_WIDTH * self._names : slots + POOL_WIDTH * count].reshape(-1, POOL_WIDTH).tolist()
        names = [self._memory[one[POOL_START] : one[POOL_STOP]].decode() for one in new if one[POOL_USES] & _MEANT]
        forget(self._names, self._state, self._pool)
        for _ in range(2):
            if all(self._name(name) >= 0 for name in names):
                return True
            self._begin()
        return False

    def _name(self, name: str) -> int:
        """The number of a name, which is known from now on; -1 where there is no room for it."""
        slots, pool, content = int(self._state[SLOTS]), self._pool, name.encode()
        if self._names == _MOST_NAMES or self._end + len(content) > _FRONT:
            return -1
        start, stop = self._end, self._end + len(content)
        self._memory[start:stop] = content
        slot = hashed(self._text, start, stop) & _POSITIVE & slots - 1
        while known := int(pool[slot]):
            at = slots + POOL_WIDTH * (known - 1)
            if self._memory[pool[at + POOL_START] : pool[at + POOL_STOP]] == content:
                return known - 1
            slot = slot + 1 & slots - 1
        number, self._end = self._names, stop
        enter(self._text, start, stop, slot, self._state, pool)
        self._names = number + 1
        return number if self._tell(name, number) else -1

    def _tell(self, name: str, number: int) -> bool:
        """Write down what a name means, whatever it is used for; false where there is no room for its lower case."""
        about = posted_fast.known(name, _MEANT)
        lower = -1 if about.lower is None else self._name(about.lower)
        self._said[number] = lower + 1, about.denied, about.category in self._leaving
        for place, value in about.scale:
            self._scales[number, place] = value
        self._meant[number] = self._meaning(name)
        return about.lower is None or lower >= 0


class _Room(NamedTuple):
    """Room for what is found out of some people; see `posted_walk.find`."""

    arrays: tuple[NDArray[Any], ...]
    """What `work_out` writes, and how it comes to it."""
    told: Longs
    matrix: NDArray[np.float32]
    dates: dict[int, Days]
    missing: tuple[str, ...]


@bare
def forget(names: int, state: Longs, pool: Longs) -> None:
    """Take all texts behind the first so many out of the pool."""
    for text in range(names, state[TEXTS]):
        pool[pool[state[SLOTS] + POOL_WIDTH * text + POOL_SLOT]] = 0
    state[TEXTS] = names


@bare
def scan_few(
    front: int, size: int, tomorrow: int, names: int, text: Bytes, state: Longs, columns: Longs, values: Longs, keys: Longs,
    ranges: Reals, cells: Longs, numbers: Reals, pool: Longs, entries: Longs,
) -> int:  # fmt: skip
    """Read a request that stands in ``text[front:]`` of so many bytes.

    Returns
    -------
    The tables that all its people have, as bits; `NOT_PLAIN` where other means are needed, and `NEW_NAMES` where there
    are names of which it is not known what they mean.
    """
    forget(names, state, pool)
    for at in range(front + size, front + size + PAD):
        text[at] = 0
    state[ROOM], state[STOP], state[TOMORROW] = front + size + PAD, front + size, tomorrow
    state[PEOPLE] = state[COMMENTS] = state[HARD_NUMBERS] = 0
    state[SHEET_ROWS] = _TABLES
    whole = scan(text, front, state, columns, values, keys, ranges, cells, numbers, pool, entries)
    if not whole or state[PEOPLE] == 0 or state[COMMENTS]:
        return NOT_PLAIN
    sources = 0
    for entry in range(state[PEOPLE]):
        if not entries[entry, PLAIN]:
            return NOT_PLAIN
        here = 0
        for table in range(_TABLES):
            here |= (entries[entry, LISTS + 2 * table] >= 0) << table
        if entry and here != sources:
            return NOT_PLAIN
        sources = here
    for known in range(names, state[TEXTS]):
        if pool[state[SLOTS] + POOL_WIDTH * known + POOL_USES] & _MEANT:
            return NEW_NAMES
    return sources


@compiled
def work_out(
    day: int, tomorrow: int, state: Longs, entries: Longs, cells: Longs, numbers: Reals, pool: Longs, said: Longs,
    scales: Reals, meant: Longs, tables: Longs, rules_: Longs, lows: Reals, facts: Longs, scratch: Longs,
    order: Longs, told: Longs, refused: NDArray[np.int8], places: Codes, matrix: NDArray[np.float32], days: Days,
    steps: Longs, sizes: Longs, by_day: Longs,
    surveys: Shapes, tickets: Shapes, checkins: Shapes, signals: Shapes, blank: Fixed,
    runs: Steps, of_program: Steps, constants: Floats, columns: Places, dates: Places,
) -> bool:  # fmt: skip
    """Settle the rows of a request and find out what scoring its people needs; false where one is not plainly good.

    Parameters are those of `posted_settle.settle` and `posted_walk.find`; `told` is written.
    """
    people = len(order)
    settle(people, tomorrow, entries, cells, numbers, said, scales, tables, rules_, lows, facts, scratch)
    for entry in range(people):
        if not entries[entry, PLAIN]:
            return False
        for other in range(entry):
            if entries[other, EMPLOYEE] == entries[entry, EMPLOYEE]:
                return False
    find(order, day, state[SHEET_ROWS], entries, cells, numbers, scales, meant[: state[TEXTS]], refused, places, matrix, days, steps,
         sizes, by_day, surveys, tickets, checkins, signals, blank, runs, of_program, constants, columns, dates)  # fmt: skip
    for entry in range(people):
        employee = int(entries[entry, EMPLOYEE])
        manager, unit = int(places[entry, 0]), int(places[entry, 1])
        _span(pool, state[SLOTS], employee, told[entry], _ID)
        _span(pool, state[SLOTS], -1 if manager == employee else manager, told[entry], _MANAGER)
        _span(pool, state[SLOTS], unit, told[entry], _UNIT)
        told[entry, _REFUSED] = refused[entry]
        told[entry, _LEFT_OUT], told[entry, _BEFORE] = entries[entry, DENIED], entries[entry, OUTSIDE]
    return True


@bare
def _span(pool: Longs, slots: int, text: int, told: Longs, at: int) -> None:
    """Where a text stands; nowhere for none."""
    told[at] = told[at + 1] = 0
    if text >= 0:
        told[at] = pool[slots + POOL_WIDTH * text + POOL_START]
        told[at + 1] = pool[slots + POOL_WIDTH * text + POOL_STOP]
