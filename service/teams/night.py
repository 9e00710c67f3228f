"""What a run says of groups, worked out when it is published and stored with it.

A group's figures are the run's own unless fewer than five people came or went since those last worked out to be shown, or two
runs together would fix one person's value: then those stay, with their day (`service.disclosure`).
"""

import secrets
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import msgspec
import numpy as np
from sqlalchemy import Connection, Row, insert, select

from features.catalogue import catalogue
from models.hazard import HORIZONS
from service.disclosure import digests
from service.disclosure.tree import HELD, TOO_FEW
from service.lists.expected import spread
from service.store import tombstones
from service.store.engine import faults_named
from service.store.runs import Write
from service.store.team_tables import group_figures, group_keys
from service.teams import figures, last
from service.teams.figures import Figures
from service.teams.groups import Groups
from service.teams.judged import Judged, judge
from service.teams.last import TEAM, UNIT, Last
from service.teams.people import People, people

if TYPE_CHECKING:  # what is published with a run names its parts
    from service.alongside import Seen


def part(seen: "Seen") -> Write:
    """What is published of groups; nothing with a run that is not shown, being retrospective or of an earlier day."""
    before = last.newest(seen.store)
    if seen.head.retrospective or (before and before.run.identity.as_of > seen.head.identity.as_of):
        return _nothing
    with faults_named(), seen.store.connect() as connection:
        stones = tombstones.stored(connection)
        known = connection.execute(select(group_keys.c.key)).scalar()
    key = known or secrets.token_hex(32)
    rows = list(_rows(seen, people(seen, stones), before, bytes.fromhex(key)))

    def write(connection: Connection, run: int) -> None:
        if known is None:
            connection.execute(insert(group_keys).values(id=1, key=key))
        led = {row["manager_id"] for row in rows if row["manager_id"]}
        gone = tombstones.among(tombstones.stored(connection), led)
        kept = [{**row, "run": run, "made_by": row["made_by"] or run} for row in rows if row["manager_id"] not in gone]
        connection.execute(insert(group_figures), kept)

    return write


def _nothing(_connection: Connection, _run: int) -> None:
    """Write nothing."""


def _rows(seen: "Seen", found: People, before: Last | None, key: bytes) -> Iterator[dict[str, Any]]:
    """A row a group; `made_by` is 0 where the figures are the run's own."""
    of, shown = found.of, before.rows if before else {}
    powers = np.zeros((len(found.ids), digests.POWERS), np.int64)
    powers[found.scored] = digests.members([found.ids[place] for place in np.flatnonzero(found.scored)], key)
    digest = [digests.packed(one) for one in of.totals(powers)]
    judged = judge(
        of, found.scored, digest, before.before(of, found.ids, found.scored) if before and before.rows else None
    )
    told = _own(seen, found, judged, shown, digest)
    heads = of.totals(np.ones(len(found.ids), np.int64)).tolist()
    for group, (kind, name) in enumerate(last.names(of)):
        kept = told.get(group) or _kept(shown.get((kind, name)))
        yield {
            "number": group,
            "kind": kind,
            "org_unit": name if kind == UNIT else of.homes[group - of.units],
            "above": of.tree.paths[of.tree.parent[group]] if kind == UNIT and group else None,
            "manager_id": name if kind == TEAM else None,
            "people": heads[group],
            "left_voluntarily": int(found.exits[group, 0]),
            "left_otherwise": int(found.exits[group, 1]),
            "withheld": judged.withheld[group] or (HELD if kept["figures"] is None else None),
            **kept,
        }
    yield from _vanished(of, shown)


def _kept(row: Row[Any] | None) -> dict[str, Any]:
    """What was shown of a group up to now."""
    return {column: row and getattr(row, column) for column in ("as_of", "made_by", "figures", "digest")}


def _vanished(of: Groups, shown: Mapping[last.Name, Row[Any]]) -> Iterator[dict[str, Any]]:
    """Groups that nobody is in any more: what was shown of them counts when somebody is again."""
    here = set(last.names(of))
    gone = [row for name, row in shown.items() if name not in here and row.figures is not None]
    for number, row in enumerate(gone, start=len(of)):
        place = {column: getattr(row, column) for column in ("kind", "org_unit", "above", "manager_id")}
        counts = {"people": 0, "left_voluntarily": 0, "left_otherwise": 0, "withheld": TOO_FEW}
        yield {"number": number, **place, **counts, **_kept(row)}


def _own(
    seen: "Seen", found: People, judged: Judged, shown: Mapping[last.Name, Row[Any]], digest: list[bytes]
) -> dict[int, dict[str, Any]]:
    """What the run itself worked out, by group."""
    of, model = found.of, seen.serving.model
    fresh = np.flatnonzero(judged.fresh)
    spreads = {horizon: spread(model.manifest.evidence, model.mode, horizon) for horizon in HORIZONS}
    expected = figures.leavers(of, found.scored, found.risks, fresh, spreads)
    driven = figures.drivers(found.reasons, catalogue(model.spec))
    means = figures.means(of, found.scored, judged.fresh, driven)
    company = _company(of, judged, means, driven.topics, shown)
    strongest = [np.flatnonzero(~np.isnan(company)).tolist()] if judged.fresh[0] else []
    strongest += figures.strongest(means[fresh[len(strongest) :]], company)
    own = {}
    for group, leavers, topics in zip(fresh.tolist(), expected, strongest, strict=True):
        row = means[group]
        drivers = {driven.topics[topic]: (float(row[topic]), float(company[topic])) for topic in topics}
        told = msgspec.json.encode(Figures(leavers, drivers)).decode()
        own[group] = {"as_of": seen.head.identity.as_of, "made_by": 0, "figures": told, "digest": digest[group]}
    return own


def _company(
    of: Groups, judged: Judged, means: figures.Means, topics: tuple[str, ...], shown: Mapping[last.Name, Row[Any]]
) -> figures.Means:
    """What is shown of the company's topics: the run's own means, else those it last had; NaN where none are."""
    if judged.fresh[0] or not len(of):
        return np.asarray(means[0])
    row = shown.get((UNIT, ""))
    told = msgspec.json.decode(row.figures, type=Figures).drivers if row is not None and row.figures else {}
    return np.array([told[topic][0] if topic in told else np.nan for topic in topics])
