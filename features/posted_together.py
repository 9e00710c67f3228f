"""The plainly good entries of a request and the others, brought together into what the exact reader makes of all."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import Final

import numpy as np

from features import posted_exact, posted_fast, posted_json, posted_plain
from features import posted_plan as plan
from features.company import Codes
from features.facts import Employed
from features.faults import MalformedError
from features.posted_body import Body
from features.posted_columns import filled
from features.posted_company import DATED, assemble
from features.posted_exact import Entry, Member
from features.posted_fast import Settled
from features.posted_people import Mixed, Plain
from features.posted_rows import Findings, Judge
from features.posted_types import LeftOut, Limits, Part, Posted

_LISTS: Final = tuple(posted_plain.LISTS + 2 * number for number in range(len(plan.TABLES)))
"""Where an entry says which rows each table has."""
_OPTIONAL: Final = tuple(_LISTS[plan.NUMBER_OF[name]] for name in DATED if name != "job_history")
NOTHING: Final = LeftOut(0, 0, 0, 0, 0)
_Of = int | Member
"""An employee: the number of a plainly good entry, or one as the exact reader has it."""


def read(body: Body, today: int, offboarding: Sequence[str], limits: Limits) -> Posted | None:
    """What `posted_exact.read` gives for the request, or None where that has to be asked."""
    leaving = tuple(offboarding)
    if not is_usual(leaving):
        return None
    settled = posted_fast.read(body, today, leaving, limits)
    if settled is None:
        return None
    told: list[list[int]] = settled.sheet.entries[: settled.people].tolist()
    ids = [settled.texts[entry[posted_plain.EMPLOYEE]] if entry[posted_plain.PLAIN] else "" for entry in told]
    if "" not in ids and len(set(ids)) == len(ids):
        return _all_plain(settled, told, ids)
    judge = Judge(today + 1, Findings())
    exact = _exact(settled, told, ids, judge, limits)
    if exact is None:
        return None
    return Together(settled, told, ids, exact.entries, judge, offboarding, exact.denied_columns).posted(settled.as_of)


def is_usual(leaving: tuple[str, ...]) -> bool:
    """Whether only tickets that have a category may be traces of somebody leaving."""
    return "" not in posted_fast.leaving_keys(leaving)


@dataclass
class _Exact:
    """Entries that the exact reader has read, and the denied columns in them."""

    entries: dict[int, Entry] = field(default_factory=dict)
    denied_columns: int = 0


def _exact(settled: Settled, told: list[list[int]], ids: list[str], judge: Judge, limits: Limits) -> _Exact | None:
    """The entries that are not plainly good, and all of an employee with several; None where one has a fault."""
    found = _Exact()
    unlike = [number for number, entry in enumerate(told) if not entry[posted_plain.PLAIN]]
    if not all(_judge(settled, told, ids, number, found, judge, limits) for number in unlike):
        return None
    several = [number for number in of_several(ids) if number not in found.entries]
    if not all(_judge(settled, told, ids, number, found, judge, limits) for number in several):
        return None
    found.entries = dict(sorted(found.entries.items()))
    return None if posted_exact.repeated(found.entries.values()) else found


def _judge(
    settled: Settled, told: list[list[int]], ids: list[str], number: int, found: _Exact, judge: Judge, limits: Limits
) -> bool:
    """Have an entry read exactly; false where it has a fault."""
    try:
        read = posted_json.read(text(settled, told[number]))
    except MalformedError:
        return False
    found.entries[number] = posted_exact.entry(read.value, f"/employees/{number}", judge, limits)
    ids[number] = found.entries[number].employee_id
    found.denied_columns += read.denied_columns
    return not judge.findings.faults


def text(settled: Settled, entry: list[int]) -> bytes:
    """The bytes of an entry."""
    return settled.sheet.cut(entry[posted_plain.BEGIN], entry[posted_plain.END])


def of_several(ids: Sequence[str]) -> list[int]:
    """The places of all ids that come more than once."""
    counts = Counter(ids)
    return [number for number, id_ in enumerate(ids) if counts[id_] > 1] if len(counts) < len(ids) else []


def _all_plain(settled: Settled, told: list[list[int]], ids: list[str]) -> Posted:
    """The answer for people of one plainly good employment each."""
    groups: dict[tuple[bool, ...], list[int]] = {}
    for number in sorted(range(len(ids)), key=ids.__getitem__) if len(ids) > 1 else (0,):
        groups.setdefault(_given(told[number]), []).append(number)
    parts = [
        filled(Part, {"people": _plain(settled, order, ids, given), "entries": tuple(order)})
        for given, order in groups.items()
    ]
    denied = sum([entry[posted_plain.DENIED] for entry in told])
    outside = sum([entry[posted_plain.OUTSIDE] for entry in told])
    left_out = replace(NOTHING, denied_rows=denied, outside_employment=outside) if denied or outside else NOTHING
    return filled(
        Posted,
        {
            "as_of": settled.as_of,
            "employee_ids": tuple(ids),
            "parts": tuple(parts),
            "invalid": {},
            "left_out": left_out,
        },
    )


def _given(entry: list[int]) -> tuple[bool, ...]:
    """For each table whether the entry has it as a source; some always are."""
    return _with_constant(tuple([entry[place] >= 0 for place in _OPTIONAL]))


def given(lists: Sequence[bool]) -> tuple[bool, ...]:
    """The same from the tables whose lists it has."""
    return _with_constant(tuple([lists[(place - posted_plain.LISTS) // 2] for place in _OPTIONAL]))


@lru_cache(maxsize=64)
def _with_constant(given: tuple[bool, ...]) -> tuple[bool, ...]:
    found = dict(zip(_OPTIONAL, given, strict=True))
    return tuple(found.get(place, True) for place in _LISTS)


def _plain(settled: Settled, order: list[int], ids: list[str], given: tuple[bool, ...]) -> Plain:
    named = tuple([ids[number] for number in order])
    return filled(Plain, {"settled": settled, "order": order, "ids": named, "given": given})


@dataclass
class Together:
    """Entries without a fault: the plainly good ones by what is told of them, the others as the exact reader has them."""

    settled: Settled
    told: list[list[int]]
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
        parts = tuple([self._part(group) for group in self._groups(members).values()])
        plain = [entry for number, entry in enumerate(self.told) if number not in self.entries]
        found = self.judge.findings
        left_out = LeftOut(
            self.denied_columns,
            found.denied_rows + sum(entry[posted_plain.DENIED] for entry in plain),
            found.collapsed + found.repeated,
            self.outside + sum(entry[posted_plain.OUTSIDE] for entry in plain),
            found.unknown_columns,
        )
        return Posted(as_of, tuple(self.ids), parts, invalid, left_out)

    def _groups(self, members: list[Member]) -> dict[tuple[str, ...], list[_Of]]:
        """Employees by their sources, each as the number of an entry or as a member; by id."""
        found: list[tuple[str, tuple[str, ...], _Of]] = [
            (self.ids[number], _sources(_given(entry)), number)
            for number, entry in enumerate(self.told)
            if number not in self.entries
        ]
        found += [(member.employee.employee_id, member.sources, member) for member in members]
        found.sort(key=lambda one: one[0])
        groups: dict[tuple[str, ...], list[_Of]] = {}
        for _, sources, of in found:
            groups.setdefault(sources, []).append(of)
        return groups

    def _part(self, group: list[_Of]) -> Part:
        order = [of] if isinstance(of := group[0], int) and len(group) == 1 else _numbers(group)
        plain = [of for of in group if isinstance(of, int)]
        exact = [of for of in group if isinstance(of, Member)]
        if not exact:
            return Part(self._plain(plain), tuple(order))
        assembled = assemble([member.employee for member in exact], self.offboarding)
        self.outside += assembled.outside_employment
        others = Employed(assembled.company)
        return Part(Mixed(self._plain(plain), others, _places(group)) if plain else others, tuple(order))

    def _plain(self, numbers: list[int]) -> Plain:
        return _plain(self.settled, numbers, self.ids, _given(self.told[numbers[0]]))


@lru_cache(maxsize=64)
def _sources(given: tuple[bool, ...]) -> tuple[str, ...]:
    """The same as the names of the tables of facts."""
    return tuple(
        sorted(
            table.name for table, is_given in zip(plan.TABLES, given, strict=True) if is_given and table.name in DATED
        )
    )


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
