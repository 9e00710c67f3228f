"""Whom a run's groups are made of: everybody at risk on the day, and who left in the year before, but those who were erased."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from features import presence
from features.blocks import Snapshots
from features.company import VOLUNTARY
from features.places import places
from service.store import tombstones
from service.store.tombstones import Tombstone
from service.teams.groups import Flags, Groups, Places, groups

if TYPE_CHECKING:  # what is published with a run names its parts
    from service.alongside import Seen

YEAR: Final = 365
"""Days back in which exits are counted."""


@dataclass(frozen=True)
class People:
    """The people of a run."""

    ids: list[str]
    of: Groups
    scored: Flags
    risks: NDArray[np.float64]
    """Shape (people, horizons); NaN where not scored."""
    reasons: list[str]
    """JSON, as stored."""
    exits: Places
    """For each group who left voluntarily, and otherwise, in the `YEAR` up to the day; shape (groups, 2)."""


def people(seen: "Seen", stones: Sequence[Tombstone]) -> People:
    """The people whom a run saw."""
    rows = seen.rows
    gone = tombstones.among(stones, {one for one in (*rows.employee_id, *rows.manager_id) if one}) if stones else set()
    kept = [place for place, id_ in enumerate(rows.employee_id) if id_ not in gone]
    managers = [None if rows.manager_id[place] in gone else rows.manager_id[place] for place in kept]
    of = groups([rows.org_unit[place] for place in kept], managers)
    return People(
        ids=[rows.employee_id[place] for place in kept],
        of=of,
        scored=np.array([rows.no_score[place] is None for place in kept], np.bool_),
        risks=rows.risks[kept],
        reasons=[rows.reasons[place] for place in kept],
        exits=_exits(seen, of, stones),
    )


def _exits(seen: "Seen", of: Groups, stones: Sequence[Tombstone]) -> Places:
    """Who left, counted where they stood on the day before."""
    company = seen.data.company
    ended = presence.exits(company, seen.day)
    who = np.flatnonzero((ended.day <= seen.day) & (ended.day > seen.day - YEAR)).astype(np.int32)
    if stones:
        gone = tombstones.among(stones, [company.people.employee_id[one] for one in who.tolist()])
        who = who[[company.people.employee_id[one] not in gone for one in who.tolist()]]
    day = np.maximum(ended.day[who] - 1, company.people.hire[who]).astype(np.int32)
    managers, units = places(company, Snapshots(who, day))
    names, place = company.names, {manager: number for number, manager in enumerate(of.managers)}
    stood = replace(
        of,
        node=of.tree.nodes([names.units[unit] if unit >= 0 else None for unit in units.tolist()]),
        team=np.array([place.get(names.managers[one], -1) if one >= 0 else -1 for one in managers.tolist()], np.int64),
    )
    voluntary = ended.kind[who] == VOLUNTARY
    return stood.totals(np.stack([voluntary, ~voluntary], axis=1).astype(np.int64))
