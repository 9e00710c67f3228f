"""What is worked out of the people of each group: leavers to expect, and what moves their risks against the company's.

A person's driver is a topic among the five strongest reasons of the 90-day risk; of a topic that is not among them nothing is
counted. A topic of a group is told where at least five of its people have it, and no difference between groups is made of
fewer (`service.disclosure`). Nor is any told of five people: all of them would have it.

Leavers are told to the nearest half. Nobody's risk is more than the sum of a group's, and the nearest half leaves room for a
risk of any band, however little is expected of a group.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import msgspec
import numpy as np
from msgspec import Struct
from numpy.typing import NDArray

from features.feature import Feature
from models.hazard import HORIZONS
from service.disclosure.crossing import admitted
from service.disclosure.tree import FEWEST, withheld
from service.lists import expected
from service.teams.groups import Flags, Groups, Places

SHARE: Final = 0.8
"""A group's interval holds the number of its leavers in so large a share of groups."""
MOST: Final = 3
"""So many drivers of either direction."""
_AT_ONCE: Final = 20_000
_DIGITS: Final = 3


class Figures(Struct, frozen=True):
    """Of one group, as stored."""

    expected: dict[str, tuple[float, int, int]]
    """By horizon: voluntary leavers, to the nearest half, and the ends of their interval."""
    drivers: dict[str, tuple[float, float]]
    """By topic the mean contribution to the log-odds over the group's people, and over the company's; of the company every
    topic that may be told, of others the strongest."""


class _Told(Struct, frozen=True, gc=False):
    """What is read of a reason."""

    feature: str
    contribution: float


Means = NDArray[np.float64]


@dataclass(frozen=True)
class Drivers:
    """Everybody's reasons by topic."""

    topics: tuple[str, ...]
    person: Places
    topic: Places
    contribution: NDArray[np.float64]


def drivers(reasons: Sequence[str], catalogue: Sequence[Feature]) -> Drivers:
    """The reasons of people by topic; JSON lists as the store holds them, in the order of people."""
    names = {feature.name: _topic(feature) for feature in catalogue}
    topics = sorted(set(names.values()))
    place = {name: topics.index(topic) for name, topic in names.items()}
    decoder = msgspec.json.Decoder(list[list[_Told]])
    counts: list[int] = []
    found: list[int] = []
    contributions: list[float] = []
    for start in range(0, len(reasons), _AT_ONCE):
        told = decoder.decode("[" + ",".join(reasons[start : start + _AT_ONCE]) + "]")
        counts += map(len, told)
        found += [place.get(one.feature, -1) for some in told for one in some]
        contributions += [one.contribution for some in told for one in some]
    topic, contribution = np.array(found, np.int64), np.array(contributions, np.float64)
    person, known = np.repeat(np.arange(len(counts)), counts), topic >= 0
    return Drivers(tuple(topics), person[known], topic[known], contribution[known])


def leavers(
    of: Groups, scored: Flags, risks: NDArray[np.float64], groups: Places, spreads: Mapping[int, float]
) -> list[dict[str, tuple[float, int, int]]]:
    """For each of some groups the leavers to expect, by horizon.

    Parameters
    ----------
    risks
        Shape (people, horizons).
    spreads
        By horizon the doubt about the level (`expected.spread`).
    """
    members, starts = of.members(groups, scored)
    found: list[dict[str, tuple[float, int, int]]] = [{} for _ in groups]
    for column, horizon in enumerate(HORIZONS):
        known, name = np.where(scored, risks[:, column], 0.0), str(horizon)
        values, ends = expected.of_groups(known, members, starts, spreads[horizon], SHARE)
        for one, value, (low, high) in zip(found, values, ends, strict=True):
            one[name] = round(2 * value) / 2, low, high
    return found


def means(of: Groups, scored: Flags, shown: Flags, driven: Drivers) -> Means:
    """For each group the mean contribution of each topic that may be told; NaN for others. Shape (groups, topics).

    Parameters
    ----------
    shown
        Groups that the run itself shows.
    """
    having = _once(driven)
    count, total = _summed(of, having, None), _summed(of, driven, driven.contribution)
    told = np.zeros(count.shape, np.bool_)
    nodes = np.flatnonzero(shown[: of.units])
    told[nodes] = ~withheld(_among(of, nodes), count[nodes].astype(np.int64))
    told[of.units :] = _of_teams(of, shown, told[: of.units], having)
    heads = of.totals(scored.astype(np.int64))
    told &= (heads > FEWEST)[:, None]
    return np.where(told, total / np.maximum(heads, 1)[:, None], np.nan).round(_DIGITS)


def strongest(mean: Means, company: Means) -> list[list[int]]:
    """For each group the topics that raise its risk most against the company, then those that lower it most.

    Parameters
    ----------
    mean
        Shape (groups, topics), NaN for what is not told.
    company
        Shape (topics,).
    """
    against = np.nan_to_num(mean - company)
    raising = np.argsort(-against, axis=1, kind="stable")[:, :MOST]
    lowering = np.argsort(against, axis=1, kind="stable")[:, :MOST]
    rows = zip(against.tolist(), raising.tolist(), lowering.tolist(), strict=True)
    return [
        [topic for topic in up if row[topic] > 0] + [topic for topic in down if row[topic] < 0]
        for row, up, down in rows
    ]


def _once(driven: Drivers) -> Drivers:
    """Who has which topic: a person may have two reasons of one, and is one person."""
    width = len(driven.topics)
    _, first = np.unique(driven.person * width + driven.topic, return_index=True)
    return Drivers(driven.topics, driven.person[first], driven.topic[first], driven.contribution[first])


def _summed(of: Groups, driven: Drivers, weights: NDArray[np.float64] | None) -> Means:
    """For each group and topic the number of its people, or what their reasons contribute together."""
    node, team, width = of.node[driven.person], of.team[driven.person], len(driven.topics)
    led, teams = team >= 0, len(of.managers)
    by_node = np.bincount(node * width + driven.topic, weights, of.units * width).reshape(of.units, width)
    of_led = None if weights is None else weights[led]
    by_team = np.bincount(team[led] * width + driven.topic[led], of_led, teams * width).reshape(teams, width)
    return np.concatenate([of.tree.totals(by_node.astype(np.float64)), by_team])


def _among(of: Groups, nodes: Places) -> Places:
    """The tree that some of the nodes make: for each the place of the lowest of them above it, -1 where none is."""
    place = np.full(of.units, -1, np.int64)
    place[nodes] = np.arange(len(nodes))
    cover = np.full(of.units, -1, np.int64)
    found = []
    for node, above in enumerate(of.tree.parent.tolist()):
        over = cover[above] if above >= 0 else -1
        cover[node] = over if place[node] < 0 else place[node]
        if place[node] >= 0:
            found.append(over)
    return np.asarray(found, np.int64)


def _of_teams(of: Groups, shown: Flags, units: Flags, driven: Drivers) -> Flags:
    """Which topics of teams may be told beside those of units: each topic is judged by itself, as groups are."""
    teams, width = len(of.managers), len(driven.topics)
    cover = np.full((of.units, width), -1, np.int64)
    for node, above in enumerate(of.tree.parent.tolist()):
        cover[node] = np.where(units[node], node, cover[above] if above >= 0 else -1)
    cell = cover[of.node[driven.person], driven.topic]
    team = of.team[driven.person]
    if teams:
        team = np.where((team >= 0) & shown[of.units + team], team, -1)
    found = admitted(
        np.where(cell < 0, -1, driven.topic * of.units + cell),
        np.where(team < 0, -1, driven.topic * teams + team),
        width * teams,
    )
    return found.reshape(width, teams).T


def _topic(feature: Feature) -> str:
    """What a feature is about, in a word or two; a digit at the end of a name is the length of its window."""
    return feature.topic or " ".join(part for part in feature.name.split("_")[1:] if not part.isdigit())
