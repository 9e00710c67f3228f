"""The fairness audit: whether the list that people act on treats groups of people apart, and by how much.

Two harms are looked at. Who is *listed* gets attention that nobody asked for; who leaves and was *not listed* got no
help. So each group's share listed is held against everybody else's, more and less alike, and likewise the share of
its leavers that the list found (recall). Only scores given out of time are read. The attributes are read here and
nowhere else, and nothing but counts and shares of groups comes out, small ones kept back.

A difference in listing is no proof of unequal treatment: where a group leaves more often, a good list holds more of
it. The share that left and observed/expected stand beside it, so that a reader can tell.

A disparity is *found* where it is larger than a little and larger than chance: a share listed under four fifths of
everybody else's, or over five fourths, or a recall apart by a tenth or more, with an interval that excludes "no
disparity" although all groups, cuts and measures were looked at together.

Sources: Fairlearn, "Common fairness metrics" (demographic parity, equal opportunity); Uniform Guidelines on Employee
Selection Procedures, 29 CFR 1607.4(D) (four fifths, significance, small numbers); Westfall and Young, "Resampling-based
multiple testing" (1993) (intervals that hold together).
"""

from dataclasses import dataclass, replace
from typing import Final

import numpy as np
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from features.asides import Protected
from features.company import Company
from models import resampling
from models.evidence import Figure
from models.manifest import Disparity, FairnessFacts, FairnessLine, NotAudited
from training import apart
from training.apart import Placed
from training.backtest import Backtest
from training.group_figures import Group, Parity, Shares, groups, leavers_kept, parity
from training.groups import Grouping, groupings
from training.settings import TrainingSettings
from training.tallies import CUTS, Tallies, scored, tally

DRAWS: Final = 400
_NONE: Final = Figure(None)


@dataclass(frozen=True)
class Attribute:
    """One column of `protected`."""

    name: str
    groups: tuple[Group, ...]
    parities: tuple[Parity, ...]
    disparities: tuple[tuple[str, Disparity], ...]
    """With the cut each was found at."""


@dataclass(frozen=True)
class Fairness:
    """The whole audit: aggregates only. The shares and limits are those of `training.apart` and `training.tallies`."""

    people: int
    """Rows judged: a person counts once an origin."""
    origins: int
    comparisons: int
    """How many the intervals of disparities hold for at once."""
    attributes: tuple[Attribute, ...]
    not_audited: tuple[NotAudited, ...]


def audit(found: Backtest, company: Company, protected: Protected, mode: str, settings: TrainingSettings) -> Fairness:
    """Audit the scores that a mode gave out of time.

    Parameters
    ----------
    found
        The origins as judged.
    mode
        Whose scores: the mode that is to be served.
    settings
        For the seed of the draws and the band `high`.
    """
    judged = scored(found, mode, settings.bands.high)
    cut, not_audited = groupings(protected, company, judged.rows)
    draws = resampling.draw(judged.rows.employee, settings.seed, DRAWS)
    with threadpool_limits(1):  # a sum in another order is another sum
        counted = [(one, tally(one, judged, draws)) for one in cut]
    comparisons = [each for one, sums in counted for each in apart.comparisons(one, sums)]
    disparities = apart.disparities(comparisons)
    return Fairness(
        people=len(judged.risk),
        origins=judged.origins,
        comparisons=len(comparisons),
        attributes=tuple(
            _attribute(one, sums, [each for each in disparities if each.attribute == one.attribute])
            for one, sums in counted
        ),
        not_audited=tuple(not_audited),
    )


def facts(found: Fairness) -> FairnessFacts:
    """The audit in short, for the manifest and the card: a line an attribute and cut."""
    lines = tuple(_line(one, parity) for one in found.attributes for parity in one.parities)
    return FairnessFacts(found.people, found.origins, lines, found.not_audited)


def _attribute(grouping: Grouping, sums: Tallies, found: list[Placed]) -> Attribute:
    with np.errstate(divide="ignore", invalid="ignore"):
        shares = {cut: Shares.of(sums, cut) for cut in CUTS}
        shielding = bool(leavers_kept(sums)[1].any())
        told = groups(grouping.names, sums, shares)
        left = {group.name: group.left_to_others for group in told}
        return Attribute(
            name=grouping.attribute,
            groups=told,
            parities=tuple(parity(cut, shares[cut], coarse=shielding) for cut in CUTS),
            disparities=tuple((one.cut, replace(one.disparity, left=left[one.disparity.group])) for one in found),
        )


def _line(attribute: Attribute, parity: Parity) -> FairnessLine:
    at_cut = {group.name: one for group in attribute.groups for one in group.cuts if one.cut == parity.cut}
    judged = [group.name for group in attribute.groups if group.judged and at_cut[group.name].to_others.value]
    furthest = max(judged, key=lambda name: _distance(at_cut[name].to_others.value or 1.0), default=None)
    return FairnessLine(
        attribute=attribute.name,
        cut=parity.cut,
        groups=len(attribute.groups),
        small=sum(not group.judged and group.people is not None for group in attribute.groups),
        withheld=sum(group.withheld for group in attribute.groups),
        group=furthest,
        listed=_NONE if furthest is None else at_cut[furthest].to_others,
        parity_ratio=parity.parity_ratio,
        opportunity_difference=parity.opportunity_difference,
        disparities=tuple(one for cut, one in attribute.disparities if cut == parity.cut),
    )


def _distance(ratio: float) -> tuple[float, float]:
    """How far a ratio lies from 1, up or down; of two groups that mirror each other the one listed less is further."""
    return round(abs(float(np.log(ratio))), 3), -ratio
