"""What the columns of parts of trees bring to rows: looked up by their answers, or worked out where a part has no table.

Either way the numbers are whole, and so a row's sums are equal to the last bit alone and among others.
"""

from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from features.bare import bare
from features.compiled import inlined
from models.layout import LANES, Answers, index
from models.shapley import BESIDE, BLOCK, FOUND, NUMBERS, Plan, contribute

Floats = NDArray[np.float64]
Sums = NDArray[np.int64]
Places = NDArray[np.uint32]
Bits = NDArray[np.uint8]


_ABREAST: Final = 4
"""Parts that go through each step together."""


class Room(NamedTuple):
    """What the loops write down between two steps."""

    bits: Bits
    """Of each of the parts `_ABREAST`, then of a large one; and so `taken`."""
    rows: Places
    """Which row of a table each lane reads; of one lane, where the row of each part begins."""
    taken: Sums
    turned: Sums
    said: NDArray[np.bool_]
    scratch: Floats


@inlined
def room_for(plan: Plan, lanes: int) -> Room:
    """Room for so many rows side by side."""
    return Room(
        np.empty((_ABREAST + 1) * lanes, np.uint8),
        np.empty(len(plan.parts) + lanes, np.uint32),
        np.empty((_ABREAST + 1) * BLOCK * lanes, np.int64),
        np.empty(BLOCK * lanes, np.int64),
        np.empty(plan.most, np.bool_),
        np.empty((NUMBERS, plan.most)),
    )


@inlined
def look_up(plan: Plan, answers: Answers, intervals: int, lanes: int, width: int, room: Room, phi: Sums) -> None:
    """Write what each column brings to the log-odds of rows side by side, in units of the plan.

    Parameters
    ----------
    answers
        (questions, lanes), as `layout.answer` writes them.
    phi
        (intervals + 1, width, lanes) what is common to all intervals, then what each has of its own; the last of the
        columns is nobody's.
    """
    for place in range(len(phi)):
        phi[place] = 0
    for owner in range(intervals + 1):
        first, last, sums = plan.owners[owner], plan.owners[owner + 1], owner * width * lanes
        if lanes == 1:
            _add_to_one(plan, first, last, answers, room, phi[sums : sums + width])
        else:
            _add_to_many(plan, first, last, answers, room, phi[sums : sums + width * LANES])


@bare
def _add_to_one(plan: Plan, first: int, last: int, answers: Answers, room: Room, phi: Sums) -> None:
    """Add to (columns,) what the parts bring to one row."""
    parts, asked, columns, tables, rows = plan.parts, plan.asked, plan.columns, plan.tables, room.rows
    bits, one_row = room.bits, room.rows[len(parts) :]
    for number in range(first, last):
        part = parts[index(number)]
        _say(asked, index(part.first), answers, 1, bits)
        row = index(bits[0])
        if part.questions > BESIDE:
            _say_more(asked, index(part.first) + index(BESIDE), answers, 1, bits, one_row)
            row = index(one_row[0])
        row = index(part.table) + row * _step(part)
        rows[index(number)] = row if part.table >= 0 else index(0)
    phi[-1] = _fetch(tables, rows[first:last])  # nobody's; but what is of no use is not done
    for number in range(first, last):
        part = parts[index(number)]
        if part.table < 0:
            _work_out(plan, number, answers, 1, room, phi)
            continue
        row, column, shift = index(rows[index(number)]), index(part.column), np.int64(part.shift)
        for _ in range(0, part.columns, BESIDE):
            for pair in range(BLOCK):
                two, at = tables[row + index(pair)], column + index(2 * pair)
                phi[index(columns[at])] += np.int64(np.int32(two)) << shift
                phi[index(columns[at + index(1)])] += (two >> 32) << shift
            row, column = row + index(BLOCK), column + index(BESIDE)


@inlined
def _fetch(tables: Sums, rows: Places) -> Any:
    """Read something of every row that will be read: all at once, so that memory is waited for once and not part by part."""
    read = np.int64(0)
    for row in rows:
        read |= tables[index(row)]
    return read


@bare
def _add_to_many(plan: Plan, first: int, last: int, answers: Answers, room: Room, phi: Sums) -> None:
    """Add to (columns, `LANES`) what the parts bring to rows side by side.

    A few parts go through each step together, so that what one waits for from memory the others wait for as well.
    """
    parts, bits, taken = plan.parts, room.bits, room.taken
    for start in range(first, last, _ABREAST):
        stop = min(last, start + _ABREAST)
        for number in range(start, stop):
            at = (number - start) * LANES
            _say(plan.asked, index(parts[index(number)].first), answers, LANES, bits[at : at + LANES])
        for number in range(start, stop):
            part, at = parts[index(number)], (number - start) * LANES
            if _is_small(part):
                into = taken[BLOCK * at : BLOCK * (at + LANES)]
                _take(plan.tables, index(part.table), _step(part), bits[at : at + LANES], into)
        for number in range(start, stop):
            part, at = parts[index(number)], (number - start) * LANES
            if _is_small(part):
                _add_columns(plan, part, 0, taken[BLOCK * at : BLOCK * (at + LANES)], room.turned, phi)
            else:
                _add_large(plan, number, answers, room, phi)


@inlined
def _is_small(part: Any) -> Any:
    """Whether a part has a table whose rows are chosen by one byte and hold one block."""
    return part.table >= 0 and part.questions <= BESIDE and part.columns <= BESIDE


@inlined
def _add_columns(plan: Plan, part: Any, block: int, taken: Sums, turned: Sums, phi: Sums) -> None:
    """Add what the columns of a block bring, as it was taken from the part's table."""
    columns, first, shift = plan.columns, index(part.column) + index(block), np.int64(part.shift)
    _turn(taken, turned)
    for pair in range((min(BESIDE, part.columns - block) + 1) // 2):
        at = first + index(2 * pair)
        low, high = index(columns[at]) * index(LANES), index(columns[at + index(1)]) * index(LANES)
        _add_pair(turned, index(pair) * index(LANES), shift, low, high, phi)


@bare
def _add_large(plan: Plan, number: int, answers: Answers, room: Room, phi: Sums) -> None:
    """The same of a part that is not small."""
    part, bits, taken = plan.parts[number], room.bits[-LANES:], room.taken[-BLOCK * LANES :]
    if part.table < 0:
        _work_out(plan, number, answers, LANES, room, phi)
        return
    _say(plan.asked, index(part.first), answers, LANES, bits)
    if part.questions > BESIDE:
        _say_more(plan.asked, index(part.first) + index(BESIDE), answers, LANES, bits, room.rows)
    else:
        for lane in range(LANES):
            room.rows[lane] = np.uint32(bits[lane])
    for block in range(0, part.columns, BESIDE):
        _take(plan.tables, index(part.table) + index(block // 2), _step(part), room.rows, taken)
        _add_columns(plan, part, block, taken, room.turned, phi)


@inlined
def _say(asked: Places, first: Any, answers: Answers, lanes: int, bits: Bits) -> None:
    """Write the answers to questions `BESIDE` each other as bits, the first one's the lowest."""
    width = index(lanes)
    a, b = index(asked[first]) * width, index(asked[first + index(1)]) * width
    c, d = index(asked[first + index(2)]) * width, index(asked[first + index(3)]) * width
    e, f = index(asked[first + index(4)]) * width, index(asked[first + index(5)]) * width
    g, h = index(asked[first + index(6)]) * width, index(asked[first + index(7)]) * width
    for lane in range(lanes):
        at = index(lane)
        bits[at] = (
            (np.uint8(answers[a + at]) & np.uint8(1)) | (np.uint8(answers[b + at]) & np.uint8(2))
            | (np.uint8(answers[c + at]) & np.uint8(4)) | (np.uint8(answers[d + at]) & np.uint8(8))
            | (np.uint8(answers[e + at]) & np.uint8(16)) | (np.uint8(answers[f + at]) & np.uint8(32))
            | (np.uint8(answers[g + at]) & np.uint8(64)) | (np.uint8(answers[h + at]) & np.uint8(128))
        )  # fmt: skip


@inlined
def _say_more(asked: Places, first: Any, answers: Answers, lanes: int, bits: Bits, rows: Places) -> None:
    """Write the answers that are there as bits and, above them, those to the next questions."""
    for lane in range(lanes):
        rows[index(lane)] = np.uint32(bits[index(lane)])
    _say(asked, first, answers, lanes, bits)
    for lane in range(lanes):
        rows[index(lane)] |= np.uint32(bits[index(lane)]) << np.uint32(BESIDE)


@inlined
def _step(part: Any) -> Any:
    """From one row of its table to the next."""
    return (index(part.columns) + index(BESIDE - 1)) // index(BESIDE) * index(BLOCK)


@inlined
def _take(tables: Sums, first: Any, step: Any, rows: Any, taken: Sums) -> None:
    """Write (lanes, `BLOCK`) what a block of the row says that each lane reads."""
    for lane in range(LANES):
        row, place = first + index(rows[index(lane)]) * step, index(lane) * index(BLOCK)
        a, b, c, d = tables[row], tables[row + index(1)], tables[row + index(2)], tables[row + index(3)]
        taken[place], taken[place + index(1)], taken[place + index(2)], taken[place + index(3)] = a, b, c, d


@inlined
def _turn(taken: Sums, turned: Sums) -> None:
    """Write (`BLOCK`, lanes) what is (lanes, `BLOCK`)."""
    for lane in range(LANES):
        place, at = index(lane) * index(BLOCK), index(lane)
        a, b, c, d = taken[place], taken[place + index(1)], taken[place + index(2)], taken[place + index(3)]
        turned[at], turned[at + index(LANES)], turned[at + index(2 * LANES)], turned[at + index(3 * LANES)] = a, b, c, d


@inlined
def _add_pair(turned: Sums, start: Any, shift: Any, low: Any, high: Any, phi: Sums) -> None:
    """Add two columns' numbers, which stand in the lower and the upper half of one."""
    for lane in range(LANES):
        phi[low + index(lane)] += np.int64(np.int32(turned[start + index(lane)])) << shift
    for lane in range(LANES):
        phi[high + index(lane)] += (turned[start + index(lane)] >> 32) << shift


@bare
def _work_out(plan: Plan, number: int, answers: Answers, lanes: int, room: Room, phi: Sums) -> None:
    """The same of a part without a table."""
    part = plan.parts[number]
    for lane in range(lanes):
        for at in range(part.questions):
            room.said[at] = answers[plan.asked[part.first + at] * lanes + lane] != 0
        contribute(plan, number, room.said, room.scratch)
        for at in range(part.columns):
            found = np.int64(np.rint(room.scratch[FOUND, at] * part.scale))
            phi[plan.columns[part.column + at] * lanes + lane] += found << part.shift
