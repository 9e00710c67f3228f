"""The plainly good entries of a request and the others, brought together into what the exact reader makes of all."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import numpy as np

from features import posted_exact, posted_fast, posted_groups, posted_json, posted_plain
from features import posted_plan as plan
from features.company import Codes, Company
from features.faults import MalformedError
from features.posted_company import DATED, assemble
from features.posted_exact import Entry, Member
from features.posted_fast import Settled
from features.posted_merge import merged
from features.posted_rows import Findings, Judge
from features.posted_types import LeftOut, Limits, Part, Posted

_DATED: Final = tuple((name, posted_plain.LISTS + 2 * plan.NUMBER_OF[name]) for name in sorted(DATED))
_JOBS: Final = next(place for place, (name, _) in enumerate(_DATED) if name == "job_history")

_Of = int | Member
"""An employee: the number of a plainly good entry, or one as the exact reader has it."""


def read(body: bytes, today: int, offboarding: Sequence[str], limits: Limits) -> Posted | None:
    """What `posted_exact.read` gives for the request, or None where that has to be asked."""
    leaving = tuple(offboarding)
    if "" in posted_fast.leaving_keys(leaving):
        return None
    settled = posted_fast.read(body, today, leaving, limits)
    if settled is None:
        return None
    told: list[list[int]] = settled.sheet.entries[: settled.people].tolist()
    ids = [settled.texts[entry[posted_plain.EMPLOYEE]] if entry[posted_plain.PLAIN] else "" for entry in told]
    judged = _Judged(settled, told, ids, Judge(today + 1, Findings()), offboarding, limits)
    return judged.posted(settled.as_of)


@dataclass
class _Judged:
    """A request's entries: the plainly good ones by what is told of them, the others as the exact reader has them."""

    settled: Settled
    told: list[list[int]]
    ids: list[str]
    judge: Judge
    offboarding: Sequence[str]
    limits: Limits
    denied_columns: int = 0
    outside: int = 0

    def posted(self, as_of: int) -> Posted | None:
        """The answer; None where an entry has a fault."""
        entries = self._exact()
        if entries is None:
            return None
        members, invalid = posted_exact.employees(entries, self.judge) if entries else ([], {})
        parts = tuple([self._part(sources, group) for sources, group in self._groups(members, entries).items()])
        plain = [entry for number, entry in enumerate(self.told) if number not in entries]
        found = self.judge.findings
        left_out = LeftOut(
            self.denied_columns,
            found.denied_rows + sum(entry[posted_plain.DENIED] for entry in plain),
            found.collapsed + found.repeated,
            self.outside + sum(entry[posted_plain.OUTSIDE] for entry in plain),
            found.unknown_columns,
        )
        return Posted(as_of, tuple(self.ids), parts, invalid, left_out)

    def _exact(self) -> dict[int, Entry] | None:
        """The entries that are not plainly good, and all of an employee with several; None where one has a fault."""
        entries: dict[int, Entry] = {}
        for number, entry in enumerate(self.told):
            if not entry[posted_plain.PLAIN] and not self._judge(number, entries):
                return None
        if len(set(self.ids)) < len(self.ids):
            several = {id_ for id_, count in Counter(self.ids).items() if count > 1}
            for number, id_ in enumerate(self.ids):
                if id_ in several and number not in entries and not self._judge(number, entries):
                    return None
        entries = dict(sorted(entries.items()))
        return None if entries and posted_exact.repeated(entries.values()) else entries

    def _judge(self, number: int, entries: dict[int, Entry]) -> bool:
        """Have an entry read exactly; false where it has a fault."""
        begin, end = self.told[number][posted_plain.BEGIN], self.told[number][posted_plain.END]
        try:
            read = posted_json.read(bytes(self.settled.sheet.memory[begin:end]))
        except MalformedError:
            return False
        entry = posted_exact.entry(read.value, f"/employees/{number}", self.judge, self.limits)
        entries[number], self.ids[number] = entry, entry.employee_id
        self.denied_columns += read.denied_columns
        return not self.judge.findings.faults

    def _groups(self, members: list[Member], entries: Mapping[int, Entry]) -> dict[tuple[str, ...], list[_Of]]:
        """Employees by their sources, each as the number of an entry or as a member; by id."""
        found: list[tuple[str, tuple[str, ...], _Of]] = [
            (self.ids[number], _sources(tuple([entry[place] >= 0 for _, place in _DATED])), number)
            for number, entry in enumerate(self.told)
            if number not in entries
        ]
        found += [(member.employee.employee_id, member.sources, member) for member in members]
        found.sort(key=lambda one: one[0])
        groups: dict[tuple[str, ...], list[_Of]] = {}
        for _, sources, of in found:
            groups.setdefault(sources, []).append(of)
        return groups

    def _part(self, sources: tuple[str, ...], group: list[_Of]) -> Part:
        order = [of] if isinstance(of := group[0], int) and len(group) == 1 else _numbers(group)
        plain = [of for of in group if isinstance(of, int)]
        exact = [of for of in group if isinstance(of, Member)]
        if not exact:
            company = self._plain(plain, sources)
        else:
            assembled = assemble([member.employee for member in exact], self.offboarding)
            self.outside += assembled.outside_employment
            company = assembled.company
            if plain:
                company = merged(self._plain(plain, sources), company, _places(group))
        return Part(company, tuple(order), tuple(range(len(order))))

    def _plain(self, numbers: list[int], sources: tuple[str, ...]) -> Company:
        wanted = [table.name in sources or table.name == "employees" for table in plan.TABLES]
        return posted_groups.company(self.settled, numbers, tuple([self.ids[number] for number in numbers]), wanted)


@lru_cache(maxsize=64)
def _sources(given: tuple[bool, ...]) -> tuple[str, ...]:
    """The tables of facts of which lists are given; job history is always one."""
    return tuple(name for place, (name, _) in enumerate(_DATED) if given[place] or place == _JOBS)


def _numbers(group: list[_Of]) -> list[int]:
    """The entries of a group, by employee and hire date."""
    return [number for of in group for number in ([of] if isinstance(of, int) else of.entries)]


def _places(group: list[_Of]) -> tuple[Codes, Codes]:
    """The employments of the plain entries of a group, and of its members, by their places among all."""
    places: tuple[list[int], list[int]] = ([], [])
    at = 0
    for of in group:
        size = 1 if isinstance(of, int) else len(of.entries)
        places[not isinstance(of, int)].extend(range(at, at + size))
        at += size
    return np.array(places[0], np.int32), np.array(places[1], np.int32)
