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
from numpy.typing import NDArray
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from features.asides import Protected
from features.company import Company
from models import resampling
from models.evidence import Figure
from models.manifest import Disparity, FairnessFacts, FairnessLine, NotAudited
from training import apart
from training.apart import Placed
from training.backtest import Backtest
from training.disclosure import LEAST, kept_back
from training.groups import Grouping, groupings
from training.settings import TrainingSettings
from training.tallies import CUTS, Tallies, scored, tally

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

DRAWS: Final = 400
_NONE: Final = Figure(None)


@dataclass(frozen=True)
class AtCut:
    """One group at one list cut; None where undefined or kept back."""

    cut: str
    listed: Figure
    """Share of its people listed (selection rate)."""
    to_highest: Figure
    """That share over the highest of a judged group; under .8 it is less than four fifths."""
    to_lowest: Figure
    """That share over the lowest of a judged group."""
    to_others: Figure
    """That share over everybody else's."""
    recall: Figure
    """Share of its leavers listed (true positive rate)."""
    recall_to_others: Figure
    """That share less everybody else's."""
    precision: Figure
    """Share of those listed who left."""


@dataclass(frozen=True)
class Group:
    """One group of an attribute."""

    name: str
    people: int | None
    """Different people; None where kept back."""
    leavers: int | None
    """Different people who left within 90 days of an origin; None where kept back."""
    judged: bool
    """Large enough for its share listed to be judged."""
    withheld: bool
    """Some of its figures are kept back."""
    left: Figure
    """Share that left within 90 days."""
    left_to_others: Figure
    """That share over everybody else's."""
    observed_expected: Figure
    """Leavers over the sum of the risks: 1 is right, above, the group's risks are too low."""
    cuts: tuple[AtCut, ...]


@dataclass(frozen=True)
class Parity:
    """All judged groups of an attribute at one cut, by Fairlearn's definitions."""

    cut: str
    parity_ratio: Figure
    """Demographic parity ratio: lowest share listed over highest."""
    parity_difference: Figure
    opportunity_ratio: Figure
    """Equal opportunity ratio: lowest recall over highest."""
    opportunity_difference: Figure


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
        shares = {cut: _Shares.of(sums, cut) for cut in CUTS}
        shielding = bool(_leavers_kept(sums)[1].any())
        groups = _groups(grouping.names, sums, shares)
        left = {group.name: group.left_to_others for group in groups}
        return Attribute(
            name=grouping.attribute,
            groups=groups,
            parities=tuple(_parity(cut, shares[cut], coarse=shielding) for cut in CUTS),
            disparities=tuple((one.cut, replace(one.disparity, left=left[one.disparity.group])) for one in found),
        )


@dataclass(frozen=True)
class _Shares:
    """Shares by group in every draw, (1 + draws, groups), and over whom highest and lowest are taken."""

    listed: Floats
    to_others: Floats
    recall: Floats
    recall_to_others: Floats
    precision: Floats
    judged: Flags
    judged_by_recall: Flags

    @classmethod
    def of(cls, sums: Tallies, cut: str) -> "_Shares":
        """All shares at one cut."""
        listed, found = sums.listed[cut], sums.found[cut]
        share, recall = listed / sums.rows, found / sums.left
        return cls(
            listed=share,
            to_others=share / (apart.others(listed) / apart.others(sums.rows)),
            recall=recall,
            recall_to_others=recall - apart.others(found) / apart.others(sums.left),
            precision=np.where(listed[0] >= LEAST, found / listed, np.nan),
            judged=apart.large(sums),
            judged_by_recall=apart.enough_leavers(sums),
        )


def _groups(names: tuple[str, ...], sums: Tallies, shares: dict[str, _Shares]) -> tuple[Group, ...]:
    """Every group, with what may be told of it.

    Of a group of too few people nothing is told. Where a count is kept back only for another's sake, shares that
    would give it away go with it, and its recall is rounded.
    """
    few, count_hidden = kept_back(sums.people)
    few_left, left_hidden = _leavers_kept(sums)
    left, calibration = sums.left / sums.rows, sums.left / sums.expected
    left_to_others = left / (apart.others(sums.left) / apart.others(sums.rows))
    return tuple(
        Group(
            name=name,
            people=None if few[g] or count_hidden[g] else int(sums.people[g]),
            leavers=None if few_left[g] or left_hidden[g] else int(sums.leavers[g]),
            judged=bool(apart.large(sums)[g]),
            withheld=bool(few[g] or count_hidden[g] or few_left[g] or left_hidden[g]),
            left=_NONE if few_left[g] or left_hidden[g] else resampling.figure(left[:, g]),
            left_to_others=_NONE if few_left[g] or left_hidden[g] else resampling.figure(left_to_others[:, g]),
            observed_expected=_NONE if few_left[g] or left_hidden[g] else resampling.figure(calibration[:, g]),
            cuts=tuple(
                _at_cut(cut, shares[cut], g, (bool(few[g]), bool(few_left[g]), bool(left_hidden[g]))) for cut in CUTS
            ),
        )
        for g, name in enumerate(names)
    )


def _at_cut(cut: str, shares: _Shares, g: int, kept: tuple[bool, bool, bool]) -> AtCut:
    """`kept`: too few people; too few leavers; leavers kept back for another group's sake."""
    few, few_left, left_hidden = kept
    highest, lowest = _ends(shares.listed, shares.judged)

    def told(values: Floats, *, unless: bool) -> Figure:
        return _NONE if unless else resampling.figure(values)

    recall = told(shares.recall[:, g], unless=few_left)
    return AtCut(
        cut=cut,
        listed=told(shares.listed[:, g], unless=few),
        to_highest=told(shares.listed[:, g] / highest, unless=few),
        to_lowest=told(shares.listed[:, g] / lowest, unless=few),
        to_others=told(shares.to_others[:, g], unless=few),
        recall=_coarse(recall) if left_hidden else recall,
        recall_to_others=told(shares.recall_to_others[:, g], unless=few_left or left_hidden),
        precision=told(shares.precision[:, g], unless=few_left or left_hidden),
    )


def _leavers_kept(sums: Tallies) -> tuple[Flags, Flags]:
    """Groups whose leavers, or whose stayers, are too few to tell, and those kept back for their sake."""
    return kept_back(np.minimum(sums.leavers, sums.people - sums.leavers))


def _parity(cut: str, shares: _Shares, *, coarse: bool) -> Parity:
    most, least = _ends(shares.listed, shares.judged)
    best, worst = _ends(shares.recall, shares.judged_by_recall)
    ratio, difference = resampling.figure(worst / best), resampling.figure(best - worst)
    return Parity(
        cut=cut,
        parity_ratio=resampling.figure(least / most),
        parity_difference=resampling.figure(most - least),
        opportunity_ratio=_coarse(ratio) if coarse else ratio,
        opportunity_difference=_coarse(difference) if coarse else difference,
    )


def _ends(shares: Floats, among: Flags) -> tuple[Floats, Floats]:
    """(1 + draws,) each: the group that has the highest share, and the one with the lowest, in every draw.

    Which they are is settled by everybody as they are, since in a draw the highest of many is higher by chance. NaN
    where fewer than two groups can be compared.
    """
    places = np.flatnonzero(among)
    if len(places) < 2:
        return np.full(len(shares), np.nan), np.full(len(shares), np.nan)
    ordered = places[np.argsort(shares[0, places], kind="stable")]
    return shares[:, ordered[-1]], shares[:, ordered[0]]


def _coarse(figure: Figure) -> Figure:
    """To two digits, so that no count can be told from it."""
    return Figure(*(None if value is None else round(value, 2) for value in (figure.value, figure.low, figure.high)))


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
