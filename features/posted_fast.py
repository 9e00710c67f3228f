"""The fast reader of posted people: what is plainly good goes from the bytes of a request into arrays, compiled.

It gives what the exact reader gives, or it gives nothing: whatever is not plainly good is left to that one.
"""

import math
from collections.abc import Sequence
from functools import lru_cache
from typing import Final, NamedTuple

import numpy as np

from features import contracts, denied, posted_plain, posted_scan
from features import posted_plan as plan
from features import posted_settle as rules
from features.denied import category_key
from features.posted_body import FRONT, PAD, Body
from features.posted_plain import Reals
from features.posted_tables import level
from features.posted_text import Bytes, Longs
from features.posted_types import Limits

_TABLES: Final = len(plan.TABLES)
_SHORT_ROW: Final = 80
"""Bytes: rows are seldom shorter."""
SHORTEST_ROW: Final = 26
"""None that has all it needs is."""
_SHORT_BODY: Final = 100_000
"""Bytes up to which all of a text is decoded at once, to be cut into names."""
SHORTEST_NAME: Final = 24
"""Fewer names than one in so many bytes are distinct; the same holds if not."""
_SHORT_NAME: Final = 250
"""Seldom more are."""
_LEAST_NAMES: Final = 80
ENTRY_CELLS: Final = posted_plain.LISTS + 2 * _TABLES
_DENIABLE: Final = plan.DRIVER | plan.SIGNAL | plan.CATEGORY
LOOKED_AT: Final = _DENIABLE | plan.LEVEL
STATE: Final = np.array((0, 0, _TABLES, 0, 0, 0, 0, 0, 0, *plan.YEARS, 0, 0, 0, 0), np.int64)
"""Of a sheet that nothing was read into."""
_NAN: Final = float("nan")
_SCALE: Final = (*contracts.default_scale(""), _NAN)
"""What a text stands for that nothing else is known of: a scale, and the number of a level."""
USUAL: Final = np.array(_SCALE)


class Sheet(NamedTuple):
    """A request's cells in the making: the text, and the arrays that the compiled readers share."""

    text: Bytes
    """The request, zeros, and room."""
    state: Longs
    cells: Longs
    numbers: Reals
    pool: Longs
    entries: Longs

    def cut(self, start: int, stop: int) -> bytes:
        """The bytes of a span of the text."""
        return self.text[start:stop].tobytes()


class Settled(NamedTuple):
    """A sheet whose rows are settled."""

    sheet: Sheet
    people: int
    rows: int
    """Rows of the sheet that are in use."""
    comments: int
    as_of: int
    texts: list[str]
    """The distinct names, by number, and lower-case forms of them that do not occur."""
    uses: list[int]
    """What each is used for, as bits."""
    scales: Reals


def sheet(text: Bytes, size: int, people: int, rows: int, names: int, tomorrow: int, limits: Limits) -> Sheet:
    """An empty sheet for a request of so many bytes, and at most so many people, rows and distinct names."""
    rows, names = _TABLES + rows, _LEAST_NAMES + names
    slots = 1 << (2 * names).bit_length()
    state = STATE.copy()
    state[posted_plain.ROOM], state[posted_plain.TOMORROW] = FRONT + size + PAD, tomorrow
    state[posted_plain.MOST_PEOPLE], state[posted_plain.MOST_ROWS] = people, limits.rows
    state[posted_plain.STOP], state[posted_plain.SLOTS] = FRONT + size, slots
    cells, numbers = np.empty((rows, posted_plain.WIDTH), np.int64), np.empty((rows, posted_plain.NUMBERS))
    cells[:_TABLES], numbers[:_TABLES] = plan.BLANK_CELLS, plan.BLANK_NUMBERS
    pool = np.empty(slots + posted_plain.POOL_WIDTH * names, np.int64)
    pool[:slots] = 0
    return Sheet(text, state, cells, numbers, pool, np.empty((people, ENTRY_CELLS), np.int64))


def read(body: Body, today: int, leaving: tuple[str, ...], limits: Limits) -> Settled | None:
    """A request's people as settled rows; None where the request as a whole is not plainly good."""
    if (whole := body.text()) is None:
        return None
    text, plain = whole
    people = min(limits.people, 1 + len(body) // SHORTEST_ROW)
    for row, name in ((_SHORT_ROW, _SHORT_NAME), (SHORTEST_ROW, SHORTEST_NAME)):
        found = sheet(text, len(body), people, 2 + len(body) // row, len(body) // name, today + 1, limits)
        good = posted_scan.scan(
            text, FRONT, found.state, plan.PLAN.copy(), plan.VALUES, plan.KEYS, plan.RANGES, found.cells,
            found.numbers, found.pool, found.entries,
        )  # fmt: skip
        if not found.state[posted_plain.IS_FULL]:
            return settled(found, today + 1, leaving, plain=plain) if good else None
    return None


def read_lines(lines: Sequence[bytes], today: int, leaving: tuple[str, ...], limits: Limits) -> Settled:
    """Lines as settled rows, an entry each; a line that is not plainly good, or no text, is marked as such."""
    body = Body.of(b"".join([line + b"\0" if is_text(line) else b"\0" for line in lines]))
    ends = np.cumsum([len(line) + 1 if is_text(line) else 1 for line in lines])
    text, plain = body.text() or (np.zeros(0, np.uint8), False)
    rows, names = 2 + len(lines) + len(body) // SHORTEST_ROW, len(body) // SHORTEST_NAME
    found = sheet(text, len(body), len(lines), rows, names, today + 1, limits)
    posted_scan.scan_lines(
        text, FRONT + np.concatenate([[0], ends]), found.state, plan.PLAN.copy(), plan.VALUES, plan.KEYS,
        plan.RANGES, found.cells, found.numbers, found.pool, found.entries,
    )  # fmt: skip
    return settled(found, today + 1, leaving, plain=plain)


def settled(found: Sheet, tomorrow: int, leaving: tuple[str, ...], *, plain: bool) -> Settled:
    """The sheet with its texts read and its rows settled; `plain` is ASCII without escapes."""
    _, people, rows, count, comments, hard, _, as_of, *_, slots = found.state.tolist()
    if hard:
        round_hard(found, people, rows)
    pool = found.pool[slots : slots + posted_plain.POOL_WIDTH * count].tolist()
    texts = _texts(found.text, pool, plain=plain and len(found.text) < _SHORT_BODY)
    uses = pool[posted_plain.POOL_USES :: posted_plain.POOL_WIDTH]
    said, scales = _said(texts, uses, leaving)
    rules.settle(
        people, tomorrow, found.entries, found.cells, found.numbers, said, scales,
        plan.TABLE_FACTS, plan.RULES, plan.LOWS, plan.FACTS, np.empty(4 * rows + 4, np.int64),
    )  # fmt: skip
    return Settled(found, people, rows, comments, as_of, texts, uses, scales)


def round_hard(found: Sheet, people: int, rows: int) -> None:
    """Read the numbers of a sheet that are hard to round; an entry with one that may not be is no longer plainly good."""
    bits = found.numbers[_TABLES:rows].view(np.int64)
    for row, number in np.argwhere(bits > posted_plain.HARD).tolist():
        told = int(bits[row, number])
        start, size, column = told & 0xFFFFFFFF, told >> 32 & 0x1FF, told >> 41 & 0x3FF
        value = float(found.cut(start, start + size))
        found.numbers[_TABLES + row, number] = value
        if not math.isfinite(value) or value < plan.RANGES[column] or value <= plan.RANGES[column + 1]:
            plain = np.flatnonzero(found.entries[:people, posted_plain.PLAIN])
            begun = found.entries[plain, posted_plain.FIRST_ROW]
            found.entries[plain[np.searchsorted(begun, _TABLES + row, "right") - 1], posted_plain.PLAIN] = 0


def is_text(body: bytes) -> bool:
    """Whether bytes are UTF-8."""
    if body.isascii():
        return True
    try:
        body.decode()
    except UnicodeDecodeError:
        return False
    return True


def _texts(text: Bytes, pool: list[int], *, plain: bool) -> list[str]:
    """The distinct texts; `plain` is short and ASCII without escapes, in which a byte is a character."""
    spans = range(0, len(pool), posted_plain.POOL_WIDTH)
    if plain:
        whole = str(text.data, "latin-1")
        return [whole[pool[at] : pool[at + 1]] for at in spans]
    memory = text.data
    return [str(memory[pool[at] : pool[at + 1]], "utf-8") for at in spans]


def _said(texts: list[str], uses: list[int], leaving: tuple[str, ...]) -> tuple[Longs, Reals]:
    """What is known of each text; lower-case forms that do not occur are added to the texts, and their uses to those."""
    said, scales = np.zeros((len(texts), 3), np.int64), np.empty((len(texts), 3))
    scales[:] = USUAL
    places: dict[str, int] = {}
    for number, use in enumerate(tuple(uses)):
        if not use & LOOKED_AT:
            continue
        about = known(texts[number], use)
        if about.lower is not None:
            places = places or {text: place for place, text in enumerate(texts)}
            place = places.setdefault(about.lower, len(texts))
            said[number, rules.LOWER] = place + 1
            if place == len(texts):
                texts.append(about.lower)
                uses.append(0)
            uses[place] |= use
        if about.denied:
            said[number, rules.IS_DENIED] = about.denied
        if about.category is not None and about.category in leaving_keys(leaving):
            said[number, rules.IS_LEAVING] = True
        for place, value in about.scale:
            scales[number, place] = value
    return said, scales


class _Known(NamedTuple):
    """What a text means, by its uses."""

    lower: str | None
    """None where it is in lower case already."""
    denied: int
    """Bits of the uses for which it is."""
    category: str | None
    """As the lists of categories write it; None where it is none."""
    scale: tuple[tuple[int, float], ...]
    """What is unusual of its scale and level, by place."""


@lru_cache(maxsize=64)
def leaving_keys(categories: tuple[str, ...]) -> frozenset[str]:
    """Off-boarding categories as they are compared."""
    return frozenset(category_key(category) for category in categories)


@lru_cache(maxsize=4_096)
def known(text: str, use: int) -> _Known:
    """What a text means that is used so."""
    lower = text.lower() if use & _DENIABLE else text
    names, categories = use & (plan.DRIVER | plan.SIGNAL), use & plan.CATEGORY
    bits = (names if names and denied.denied_name(text) else 0) | (
        categories if categories and denied.denied_category(text) else 0
    )
    scale = contracts.default_scale(lower) if use & plan.DRIVER else _SCALE[:2]
    told = (*scale, level(text) if use & plan.LEVEL else _NAN)
    category = category_key(lower) if categories else None
    return _Known(
        None if lower == text else lower,
        bits,
        category,
        tuple((place, value) for place, value in enumerate(told) if value is not _SCALE[place]),
    )
