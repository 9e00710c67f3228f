"""A stream of posted people, one a line after a head: read in blocks, and a bad line spoils no other.

The head is ``{"as_of": "2026-11-01"}``; every further line is what an entry of `employees` is in one request, judged by
the same rules. A line with a fault is told of in its place. The employments of one employee_id follow each other
directly, so that nothing needs to be held back but the last of them; a line whose employee_id came earlier is a fault.
However the lines are cut into blocks, the answers are the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from features import posted_exact, posted_json, table_spec
from features.faults import Fault, FaultsError, MalformedError
from features.posted_exact import Entry
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


@dataclass(frozen=True)
class _Line:
    """A line, judged: an entry, or its faults; and what was counted in it."""

    entry: Entry | None
    found: Findings
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
        self._held: list[bytes] = []
        self._seen: set[str] = set()

    def push(self, lines: Sequence[bytes]) -> Block | None:
        """The next lines, without their line ends, none blank: read as far as no later line can belong to them."""
        return self._read([*self._held, *lines], last=False)

    def end(self) -> Block | None:
        """What was held back."""
        return self._read(self._held, last=True)

    def _read(self, lines: list[bytes], *, last: bool) -> Block | None:
        judged = [self._judged(line) for line in lines]
        stop = len(lines) if last else self._settled(judged)
        self._held = lines[stop:]
        return self._block(judged[:stop]) if stop else None

    def _judged(self, line: bytes) -> _Line:
        findings = Findings()
        try:
            read = posted_json.read(line)
        except MalformedError as error:
            findings.faults.append(Fault("", "not JSON", str(error)))
            return _Line(None, findings)
        entry = posted_exact.entry(read.value, "", Judge(self._today + 1, findings), self._limits)
        return _Line(None if findings.faults else entry, findings, read.denied_columns)

    def _settled(self, judged: Sequence[_Line]) -> int:
        """How many lines come before the run of lines that the next one may belong to."""
        stop = len(judged)
        id_ = _id(judged[-1]) if judged else None
        while id_ is not None and stop and _id(judged[stop - 1]) == id_:
            stop -= 1
        return len(judged) if len(judged) - stop >= self._limits.people else stop

    def _block(self, judged: Sequence[_Line]) -> Block:
        faults = {number: line.found.faults[:MOST_FAULTS] for number, line in enumerate(judged) if line.entry is None}
        entries = {number: line.entry for number, line in enumerate(judged) if line.entry is not None}
        places = list(entries)
        for place in posted_exact.repeated(entries.values()):
            faults[places[place]] = [posted_exact.twice("")]
        for number in self._apart(judged):
            faults.setdefault(number, [_APART])
        places = [number for number in places if number not in faults]
        good = [judged[number] for number in places]
        posted = self._assembled([entries[number] for number in places], good)
        return Block(len(judged), posted, tuple(places), {number: tuple(found) for number, found in faults.items()})

    def _apart(self, judged: Sequence[_Line]) -> list[int]:
        """The lines whose employee_id came earlier, but not in the line before, or in too many."""
        found: list[int] = []
        before: str | None = None
        together = 0
        for number, line in enumerate(judged):
            id_ = _id(line)
            together = together + 1 if id_ == before else 1
            if id_ is not None and id_ in self._seen and (id_ != before or together > self._limits.people):
                found.append(number)
                id_ = None
            elif id_ is not None:
                self._seen.add(id_)
            before = id_
        return found

    def _assembled(self, entries: Sequence[Entry], lines: Sequence[_Line]) -> Posted:
        findings = Findings()
        for line in lines:
            findings.denied_rows += line.found.denied_rows
            findings.unknown_columns += line.found.unknown_columns
        columns = sum(line.denied_columns for line in lines)
        return posted_exact.posted(self.as_of, entries, Judge(self._today + 1, findings), self._offboarding, columns)


def _id(line: _Line) -> str | None:
    return None if line.entry is None else line.entry.employee_id
