"""The plainly good entries of a request and the others, brought together into what the exact reader makes of all."""

from bisect import bisect
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Final

import numpy as np

from features import posted_exact, posted_fast, posted_json, posted_plain
from features import posted_plan as plan
from features.company import Codes
from features.facts import Employed
from features.faults import MalformedError
from features.posted_body import Body
from features.posted_company import DATED, assemble
from features.posted_exact import Entry, Member
from features.posted_fast import Settled
from features.posted_people import Mixed, Plain
from features.posted_rows import Findings, Judge
from features.posted_text import Longs
from features.posted_types import LeftOut, Limits, Part, Posted

_LISTS: Final = tuple(posted_plain.LISTS + 2 * number for number in range(len(plan.TABLES)))
"""Where an entry says which rows each table has."""
_OPTIONAL: Final = tuple(_LISTS[plan.NUMBER_OF[name]] for name in DATED if name != "job_history")
NOTHING: Final = LeftOut(0, 0, 0, 0, 0)
_BITS: Final = 1 << np.arange(len(_OPTIONAL))


def read(body: Body, today: int, offboarding: Sequence[str], limits: Limits) -> Posted | None:
    """What `posted_exact.read` gives for the request, or None where that has to be asked."""
    leaving = tuple(offboarding)
    if not is_usual(leaving):
        return None
    settled = posted_fast.read(body, today, leaving, limits)
    if settled is None:
        return None
    told = settled.sheet.entries[: settled.people, [posted_plain.PLAIN, posted_plain.EMPLOYEE]].tolist()
    ids = [settled.texts[employee] if is_plain else "" for is_plain, employee in told]
    unlike = [number for number, (is_plain, _) in enumerate(told) if not is_plain]
    judge = Judge(today + 1, Findings())
    exact = _exact(settled, ids, unlike, judge, limits)
    if exact is None:
        return None
    return Together(settled, ids, exact.entries, judge, offboarding, exact.denied_columns).posted(settled.as_of)


def is_usual(leaving: tuple[str, ...]) -> bool:
    """Whether only tickets that have a category may be traces of somebody leaving."""
    return "" not in posted_fast.leaving_keys(leaving)


@dataclass
class _Exact:
    """Entries that the exact reader has read, and the denied columns in them."""

    entries: dict[int, Entry] = field(default_factory=dict)
    denied_columns: int = 0


def _exact(settled: Settled, ids: list[str], unlike: list[int], judge: Judge, limits: Limits) -> _Exact | None:
    """The entries that are not plainly good, and all of an employee with several; None where one has a fault."""
    found = _Exact()
    if not all(_judge(settled, ids, number, found, judge, limits) for number in unlike):
        return None
    several = [number for number in of_several(ids) if number not in found.entries]
    if not all(_judge(settled, ids, number, found, judge, limits) for number in several):
        return None
    found.entries = dict(sorted(found.entries.items()))
    return None if posted_exact.repeated(found.entries.values()) else found


def _judge(settled: Settled, ids: list[str], number: int, found: _Exact, judge: Judge, limits: Limits) -> bool:
    """Have an entry read exactly; false where it has a fault."""
    begin, end = settled.sheet.entries[number, [posted_plain.BEGIN, posted_plain.END]].tolist()
    try:
        read = posted_json.read(settled.sheet.cut(begin, end))
    except MalformedError:
        return False
    found.entries[number] = posted_exact.entry(read.value, f"/employees/{number}", judge, limits)
    ids[number] = found.entries[number].employee_id
    found.denied_columns += read.denied_columns
    return not judge.findings.faults


def of_several(ids: Sequence[str]) -> list[int]:
    """The places of all ids that come more than once."""
    counts = Counter(ids)
    return [number for number, id_ in enumerate(ids) if counts[id_] > 1] if len(counts) < len(ids) else []


def given(lists: Sequence[bool]) -> tuple[bool, ...]:
    """For each table whether people are given it as a source, from the tables whose lists they have; some always are."""
    return _given(sum(1 << bit for bit, place in enumerate(_OPTIONAL) if lists[(place - posted_plain.LISTS) // 2]))


@lru_cache(maxsize=64)
def _given(bits: int) -> tuple[bool, ...]:
    """The same from a bit for each list that may be missing."""
    found = {place: bool(bits >> bit & 1) for bit, place in enumerate(_OPTIONAL)}
    return tuple(found.get(place, True) for place in _LISTS)


@lru_cache(maxsize=64)
def _sources(given: tuple[bool, ...]) -> tuple[str, ...]:
    """The same as the names of the tables of facts."""
    tables = zip(plan.TABLES, given, strict=True)
    return tuple(sorted(table.name for table, is_given in tables if is_given and table.name in DATED))


@dataclass(frozen=True)
class _Group:
    """Employees with the same sources, by id."""

    given: tuple[bool, ...] = ()
    plain: list[int] = field(default_factory=list)
    """Numbers of plainly good entries."""
    members: list[Member] = field(default_factory=list)


@dataclass
class Together:
    """Entries without a fault: the plainly good ones as they are settled, the others as the exact reader has them."""

    settled: Settled
    """Its entries, and more may stand behind them."""
    ids: list[str]
    entries: dict[int, Entry]
    """By number; all of an employee with several are here."""
    judge: Judge
    """Its findings are of `entries`."""
    offboarding: Sequence[str]
    denied_columns: int
    """Of `entries`."""
    outside: int = 0

    def posted(self, as_of: int) -> Posted:
        """What they come to."""
        members, invalid = posted_exact.employees(self.entries, self.judge)
        is_plain = np.ones(len(self.ids), np.bool_)
        is_plain[list(self.entries)] = False
        told = self.settled.sheet.entries[: len(self.ids)][is_plain]
        parts = tuple([self._part(group) for group in self._groups(np.flatnonzero(is_plain), told, members)])
        denied, outside = told[:, [posted_plain.DENIED, posted_plain.OUTSIDE]].sum(axis=0).tolist()
        found = self.judge.findings
        left_out = LeftOut(
            self.denied_columns,
            found.denied_rows + denied,
            found.collapsed + found.repeated,
            self.outside + outside,
            found.unknown_columns,
        )
        return Posted(as_of, tuple(self.ids), parts, invalid, left_out)

    def _groups(self, numbers: Longs, told: Longs, members: list[Member]) -> list[_Group]:
        """Employees by their sources; whose has the first id comes first.

        Parameters
        ----------
        numbers, told
            The plainly good entries, and what is told of them.
        """
        groups: dict[tuple[str, ...], _Group] = {}
        bits = (told[:, _OPTIONAL] >= 0) @ _BITS
        for own in set(bits.tolist()):
            plain = sorted(numbers[bits == own].tolist(), key=self.ids.__getitem__)
            groups[_sources(_given(own))] = _Group(_given(own), plain)
        for member in members:
            groups.setdefault(member.sources, _Group()).members.append(member)
        return sorted(groups.values(), key=self._first)

    def _first(self, group: _Group) -> str:
        """The first id of a group."""
        plain = [self.ids[number] for number in group.plain[:1]]
        return min(plain + [member.employee.employee_id for member in group.members[:1]])

    def _part(self, group: _Group) -> Part:
        plain = _plain(self.settled, group.plain, self.ids, group.given)
        if not group.members:
            return Part(plain, tuple(group.plain))
        assembled = assemble([member.employee for member in group.members], self.offboarding)
        self.outside += assembled.outside_employment
        others = Employed(assembled.company)
        entries = [number for member in group.members for number in member.entries]
        if not group.plain:
            return Part(others, tuple(entries))
        places = self._places(group, len(entries))
        order = np.empty(len(group.plain) + len(entries), np.int64)
        order[places[0]], order[places[1]] = group.plain, entries
        return Part(Mixed(plain, others, places), tuple(order.tolist()))

    def _places(self, group: _Group, employments: int) -> tuple[Codes, Codes]:
        """The employments of the plain entries of a group, and of its members, by their places among all."""
        sizes = [len(member.entries) for member in group.members]
        before = [bisect(group.plain, one.employee.employee_id, key=self.ids.__getitem__) for one in group.members]
        places = np.repeat(before, sizes) + np.arange(employments)
        everybody = np.arange(len(group.plain) + employments)
        return np.delete(everybody, places).astype(np.int32), places.astype(np.int32)


def _plain(settled: Settled, order: list[int], ids: list[str], given: tuple[bool, ...]) -> Plain:
    return Plain(settled, order, tuple([ids[number] for number in order]), given)
