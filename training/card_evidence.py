"""The card's two longest parts: how good the model was out of time, and how it treats groups of people."""

from collections.abc import Sequence
from typing import Final

from models.evidence import Evidence
from models.manifest import Disparity, FairnessFacts, FairnessLine, Manifest
from training.apart import LISTED
from training.markdown import table
from training.markdown import text as name
from training.tables import said

_METHODS: Final = {
    "full": "full model",
    "tenure": "tenure",
    "logistic": "logistic regression",
    "base_rate": "base rate",
}

_READ: Final = """\
Refitted at each origin on what was known then, and held against what followed. In brackets 95 % intervals, from \
drawing people. A Brier skill of 0 is that of the plain rate; an observed/expected of 1 is the right level."""
_READ_LISTS: Final = """\
What a list is worth when each HR business partner talks to so many people a month: the share that left by so many \
days, and how many times as many that is as on a list drawn at random."""
_READ_FAIRNESS: Final = """\
Two lists are looked at: the top tenth of each origin, and everybody in the band high or above. Who is listed gets \
attention nobody asked for; who leaves unlisted missed help. So shares listed are compared both ways, and recall, \
the share of a group's leavers that were listed."""
_READ_PARITY: Final = """\
Furthest: the group whose share listed lies furthest from everybody else's, and how many times theirs it is. Parity: \
lowest share listed over highest (under .8 is less than four fifths). Recall gap: highest less lowest, each between \
the two groups at the ends. A gap alone may be chance: of several groups one is always lowest. Small groups (under 30 \
people) are not judged; withheld are counts under 5, and others that would give them away."""


def evidence(manifest: Manifest) -> list[str]:
    """How good it was out of time, each method beside the others."""
    known = [one for one in manifest.evidence if one.origins]
    if not known:
        return ["There is no out-of-time evidence: the records are too short."]
    return [
        _READ,
        "",
        *_ranking(manifest.mode, known),
        "",
        *_level(manifest.mode, known),
        *_lists(manifest.mode, known),
    ]


def _ranking(mode: str, known: Sequence[Evidence]) -> list[str]:
    rows = [
        (str(one.horizon), _method(mode, one), said(one.auc), said(one.average_precision), said(one.brier_skill))
        for one in known
    ]
    return table(("days", "method", "AUC", "average precision", "Brier skill"), rows, words=2)


def _level(mode: str, known: Sequence[Evidence]) -> list[str]:
    rows = [
        (
            str(one.horizon),
            _method(mode, one),
            f"{one.origins:,}",
            f"{one.people:,}",
            f"{one.observed:,}",
            _count(one.expected),
            said(one.observed_expected, 2),
            said(one.calibration_slope, 2),
        )
        for one in known
    ]
    head = ("days", "method", "origins", "people", "left", "expected", "observed/expected", "slope")
    return table(head, rows, words=2)


def _lists(mode: str, known: Sequence[Evidence]) -> list[str]:
    """What the top of the list was worth, of the served mode at every horizon known."""
    rows = [
        (f"{one.horizon}", f"{at.capacity:,}", said(at.precision), said(at.lift, 1))
        for one in known
        if one.method == mode
        for at in one.at_capacity
    ]
    if not rows:
        return []
    return [
        "",
        _READ_LISTS,
        "",
        *table(("days", "people", "left", "times"), rows, words=0),
    ]


def fairness(facts: FairnessFacts | None) -> list[str]:
    """What the audit found, in short."""
    if facts is None:
        return ["Not assessed: there was no table `protected`."]
    if not facts.lines:
        return ["Not assessed: no column of `protected` makes groups that can be compared."]
    head = ("attribute", "list", "groups", "furthest", "times others", "parity", "recall gap")
    found = [f"- DISPARITY: {sentence}" for sentence in disparities(facts)]
    return [
        f"Assessed on {facts.people:,} scores at {facts.origins:,} origins, out of time. {_READ_FAIRNESS}",
        "",
        *table(head, [_line(line) for line in facts.lines], words=4),
        "",
        _READ_PARITY,
        "",
        *(found or ["No disparity was found beyond chance and beyond a little (four fifths; a tenth of recall)."]),
    ]


def disparities(facts: FairnessFacts | None) -> list[str]:
    """Every disparity found, in a sentence that says who bears what."""
    return [_disparity(line, one) for line in (facts.lines if facts else ()) for one in line.disparities]


def _line(line: FairnessLine) -> tuple[str, ...]:
    aside = [f"{count} {word}" for count, word in ((line.small, "small"), (line.withheld, "withheld")) if count]
    groups = f"{line.groups} ({', '.join(aside)})" if aside else f"{line.groups}"
    furthest = "none" if line.group is None else name(line.group, 20)
    ends = (said(line.listed, 2), said(line.parity_ratio, 2), said(line.opportunity_difference, 2))
    return (name(line.attribute, 24), line.cut, groups, furthest, *ends)


def _disparity(line: FairnessLine, one: Disparity) -> str:
    who, found = f"{name(line.attribute)} '{name(one.group)}'", one.found.value or 0.0
    if one.measure == LISTED:
        harm = "if they leave, help is missed" if found < 1.0 else "they bear the attention of being listed"
        told = f"at {line.cut}, {who} is listed {said(one.found, 2)} times as often as everybody else; {harm}."
    else:
        harm = f"the leaving of {'these' if found < 0.0 else 'the others'} is missed more often"
        told = (
            f"at {line.cut}, the share of leavers listed of {who} is {said(one.found, 2)} off everybody else's; {harm}."
        )
    if one.left.value is None:
        return f"{told} How often they left is withheld."
    return f"{told} They left {said(one.left, 2)} times as often."


def _method(mode: str, one: Evidence) -> str:
    """A method in words; whichever mode is served is this model."""
    return "this model" if one.method == mode else _METHODS.get(one.method, one.method)


def _count(value: float | None) -> str:
    return "none" if value is None else f"{value:,.1f}"
