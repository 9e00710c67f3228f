"""A stream of posted people, one a line after a head: read in blocks, and a bad line spoils no other.

The head is ``{"as_of": "2026-11-01"}``; every further line is what an entry of `employees` is in one request, judged by
the same rules. A line with a fault is told of in its place. The employments of one employee_id follow each other
directly, so that nothing needs to be held back but the last of them; a line whose employee_id came earlier is a fault.
However the lines are cut into blocks, the answers are the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

import numpy as np

from features import posted_exact, posted_fast, posted_json, posted_plain, posted_together, table_spec
from features.faults import Fault, FaultsError, MalformedError
from features.posted_exact import Entry
from features.posted_fast import Settled
from features.posted_rows import MOST_FAULTS, Findings, Judge
from features.posted_types import Limits, Posted

_HEAD: Final = frozenset({"as_of"})
_APART: Final = Fault("/employee_id", table_spec.DUPLICATE, "The lines of one employee_id must follow each other.")


@dataclass(frozen=True)
class Block:
    """The next lines of a stream, read."""

    lines: int
    """How many they are."""
    posted: Posted
    """Those without a fault: an entry each."""
    places: tuple[int, ...]
    """For each entry of `posted` its line in the block."""
    faults: Mapping[int, tuple[Fault, ...]]
    """For every other line of the block what is wrong with it; pointers are into the line."""


@dataclass
class _Line:
    """A line, judged: plainly good, as the exact reader has it (`entry`), or with faults."""

    text: bytes
    id_: str | None
    """None for a line with a fault."""
    entry: Entry | None = None
    found: Findings = field(default_factory=Findings)
    denied_columns: int = 0


class Stream:
    """Reads one stream.

    Parameters
    ----------
    head
        The first line.
    today, offboarding, limits
        As of `posted.read`; at most ``limits.people`` lines of one employee_id are read together.

    Raises
    ------
    MalformedError, FaultsError
        The head is not JSON, or not a head.
    """

    def __init__(self, head: bytes, today: int, offboarding: Sequence[str], limits: Limits) -> None:
        value, findings = posted_json.read(head).value, Findings()
        if not isinstance(value, dict):
            raise FaultsError([Fault("", "not an object")])
        posted_exact.refuse_unknown(value, _HEAD, "", findings)
        self.as_of = posted_exact.day(value, today, findings)
        if findings.faults:
            raise FaultsError(findings.faults)
        self._today, self._offboarding, self._limits = today, offboarding, limits
        self._leaving = tuple(offboarding)
        self._is_usual = posted_together.is_usual(self._leaving)
        self._held: list[bytes] = []
        self._seen: set[str] = set()

    def push(self, lines: Sequence[bytes]) -> Block | None:
        """The next lines, without their line ends, none blank: read as far as no later line can belong to them."""
        return self._read([*self._held, *lines], last=False)

    def end(self) -> Block | None:
        """What was held back."""
        return self._read(self._held, last=True)

    def _read(self, lines: list[bytes], *, last: bool) -> Block | None:
        if not lines:
            return None
        settled = posted_fast.read_lines(lines, self._today, self._leaving, self._limits)
        judged = [self._judged(settled, *one) for one in zip(lines, settled.sheet.entries.tolist(), strict=True)]
        stop = len(lines) if last else self._settled(judged)
        self._held = lines[stop:]
        return self._block(settled, judged[:stop]) if stop else None

    def _judged(self, settled: Settled, text: bytes, told: list[int]) -> _Line:
        if told[posted_plain.PLAIN] and self._is_usual:
            return _Line(text, settled.texts[told[posted_plain.EMPLOYEE]])
        line = _Line(text, None)
        self._judge(line)
        return line

    def _judge(self, line: _Line) -> None:
        """Have a line read exactly."""
        try:
            read = posted_json.read(line.text)
        except MalformedError as error:
            line.found.faults.append(Fault("", "not JSON", str(error)))
            return
        entry = posted_exact.entry(read.value, "", Judge(self._today + 1, line.found), self._limits)
        if not line.found.faults:
            line.entry, line.id_, line.denied_columns = entry, entry.employee_id, read.denied_columns

    def _settled(self, judged: Sequence[_Line]) -> int:
        """How many lines come before the run of lines that the next one may belong to."""
        stop = len(judged)
        id_ = judged[-1].id_ if judged else None
        while id_ is not None and stop and judged[stop - 1].id_ == id_:
            stop -= 1
        return len(judged) if len(judged) - stop >= self._limits.people else stop

    def _block(self, settled: Settled, judged: Sequence[_Line]) -> Block:
        faults = {number: line.found.faults[:MOST_FAULTS] for number, line in enumerate(judged) if line.id_ is None}
        for number in posted_together.of_several([line.id_ or f"\0{number}" for number, line in enumerate(judged)]):
            if judged[number].entry is None and judged[number].id_ is not None:
                self._judge(judged[number])
        entries = {number: line.entry for number, line in enumerate(judged) if line.entry is not None}
        numbers = list(entries)
        for place in posted_exact.repeated(entries.values()):
            faults[numbers[place]] = [posted_exact.twice("")]
        for number in self._apart(judged):
            faults.setdefault(number, [_APART])
        places = [number for number in range(len(judged)) if number not in faults]
        posted = self._assembled(_only(settled, places), [judged[number] for number in places])
        told = {number: tuple(found) for number, found in faults.items()}
        return Block(len(judged), posted, tuple(places), told)

    def _apart(self, judged: Sequence[_Line]) -> list[int]:
        """The lines whose employee_id came earlier, but not in the line before, or in too many."""
        found: list[int] = []
        before: str | None = None
        together = 0
        for number, line in enumerate(judged):
            id_ = line.id_
            together = together + 1 if id_ == before else 1
            if id_ is not None and id_ in self._seen and (id_ != before or together > self._limits.people):
                found.append(number)
                id_ = None
            elif id_ is not None:
                self._seen.add(id_)
            before = id_
        return found

    def _assembled(self, settled: Settled, lines: Sequence[_Line]) -> Posted:
        findings = Findings()
        for line in lines:
            findings.denied_rows += line.found.denied_rows
            findings.unknown_columns += line.found.unknown_columns
        return posted_together.Together(
            settled,
            [line.id_ or "" for line in lines],
            {number: line.entry for number, line in enumerate(lines) if line.entry is not None},
            Judge(self._today + 1, findings),
            self._offboarding,
            sum(line.denied_columns for line in lines),
        ).posted(self.as_of)


def _only(settled: Settled, places: list[int]) -> Settled:
    """Settled lines without the others."""
    entries = settled.sheet.entries[np.array(places, np.int64)]
    return settled._replace(sheet=settled.sheet._replace(entries=entries))
