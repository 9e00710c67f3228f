"""Can the model be trusted? One plain answer, and the figures it rests on, each with what chance may have done to it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from models.evidence import AtCapacity, Evidence, Figure
from models.limits import FEW_LEAVERS, HEADLINE
from models.manifest import Manifest
from service.page import words

_YES: Final = "Yes, for choosing whom to talk to first"
_UNTESTED: Final = (
    f"No past day could be replayed of which it is known by now who left within {words.PERIODS[HEADLINE]}."
)
_UNRANKED: Final = (
    "It knows how many leave, but not who: nothing in the records was shown to tell. So nobody is ranked, and nobody stands "
    "out."
)
_EQUAL: Final = "It goes by time with the company alone: two people hired together are equal to it."
_MOVES: Final = "the figures may move much with the next training."


@dataclass(frozen=True)
class Verdict:
    """What a reader is told first of a model."""

    answer: str
    good: bool
    """Whether the answer is yes, with nothing to hold against it."""
    why: Sequence[str]
    """Sentences, the gravest first."""


def verdict(manifest: Manifest) -> Verdict:
    """The answer for the horizon that bands go by, from the evidence in the model's own papers.

    It is a yes where, on past days it had not seen, the list held more leavers than a draw and the ranking was better than
    chance, both by their whole 95 % interval, and there were enough leavers and days to say so.
    """
    found = next((one for one in manifest.evidence if (one.method, one.horizon) == (manifest.mode, HEADLINE)), None)
    if found is None or not found.origins or found.expected is None:
        return Verdict("That is not known yet", good=False, why=[_UNTESTED])
    thin = list(_thin(manifest, found))
    why = [*_who(manifest.mode, found), _level(found), *thin, _tested(found)]
    answer = _answer(manifest.mode, found, thin=bool(thin))
    return Verdict(answer, good=answer == _YES, why=why)


def _answer(mode: str, found: Evidence, *, thin: bool) -> str:
    """The answer, by the gravest of what speaks against a yes."""
    right = _right(found.observed_expected) and _right(found.calibration_slope)
    against = (
        (mode == "base_rate", "Not for choosing between people"),
        (not _shown(found), "That was not shown"),
        (thin, "With care: the evidence is thin"),
        (mode == "tenure", "As far as time with the company tells"),
        (not right, "Yes for whom to talk to first; with care for the chances it gives"),
    )
    return next((answer for holds, answer in against if holds), _YES)


def _who(mode: str, found: Evidence) -> Iterator[str]:
    """Whether it tells who leaves."""
    if mode == "base_rate":
        yield _UNRANKED
    if mode == "tenure":
        yield _EQUAL
    if mode != "base_rate" and found.at_capacity:
        yield _listed(found, found.at_capacity[0])


def _listed(found: Evidence, top: AtCapacity) -> str:
    """Leavers among a hundred listed, and among a hundred drawn."""
    value, lift = top.precision.value, top.lift.value
    if value is None:
        return "How many of those it lists leave is not known."
    drawn = value / lift if lift else found.observed / max(found.people, 1)
    spread = "" if top.precision.low is None else f" ({_hundred(top.precision.low)} to {_hundred(top.precision.high)})"
    chance = "" if _above(top.lift, 1) else "; so small a difference may be chance"
    return (
        f"Of 100 people it lists first, {_hundred(value)}{spread} leave within {words.PERIODS[HEADLINE]}, "
        f"against {_hundred(drawn)} of 100 drawn at random{chance}."
    )


def _level(found: Evidence) -> str:
    """Whether its chances are right on the whole, and far enough apart."""
    seen = f"it expected {words.about(found.expected or 0.0)} to leave, and {found.observed:,} did"
    ratio = found.observed_expected
    if ratio.value is None or ratio.low is None or ratio.high is None:
        return f"Whether its chances are right on the whole is not known: {seen}."
    if not _right(ratio):
        high = "high" if ratio.value < 1 else "low"
        return f"Its chances were too {high}: {seen}, so what it calls 10 % was rather {10 * ratio.value:.1f} %."
    slope = found.calibration_slope
    if not _right(slope):
        far = "too far" if (slope.value or 0.0) < 1 else "not far enough"
        return f"Its chances were right on the whole ({seen}), but {far} apart between people."
    return f"Its chances held, as far as chance lets one see: {seen}."


def _thin(manifest: Manifest, found: Evidence) -> Iterator[str]:
    """Why the figures may move with the next training."""
    if manifest.training.leavers < FEW_LEAVERS:
        yield f"It learned from {words.count(manifest.training.leavers, 'leaver')}, which are few: {_MOVES}"
    elif found.observed < FEW_LEAVERS:
        yield f"The test holds {words.count(found.observed, 'leaver')}, which are few: {_MOVES}"
    if found.origins == 1:
        yield "It was tested on one past day alone, which says nothing of other times of the year."


def _tested(found: Evidence) -> str:
    days = words.count(found.origins, "past day")
    return f"Tested on {days}: it knew only what was known by then, and was asked of months that it had not seen."


def _shown(found: Evidence) -> bool:
    """Whether it tells who leaves better than chance, by all that is known."""
    lists = not found.at_capacity or _above(found.at_capacity[0].lift, 1)
    return lists and _above(found.auc, 0.5)


def _above(figure: Figure, least: float) -> bool:
    """Whether even the low end of a figure lies above."""
    return figure.low is not None and figure.low > least


def _right(figure: Figure) -> bool:
    """Whether a figure that should be 1 may be; one that is not known may."""
    return figure.low is None or figure.high is None or figure.low <= 1 <= figure.high


def _hundred(share: float | None) -> str:
    """Of a hundred, in whole people."""
    return "some" if share is None else f"{100 * share:.0f}"
