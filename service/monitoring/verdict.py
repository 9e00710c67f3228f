"""What became of a run beside what was said of it: as expected, more or fewer left, or the list ranked worse."""

from typing import Final, Literal

from service.monitoring.kept import Realised

Verdict = Literal["as_expected", "more_left", "fewer_left", "ranked_worse", "too_few"]

FEWEST_EXPECTED: Final = 5.0
"""With fewer leavers expected, what happened says little."""
APART: Final = 1.25
"""So many times as many leavers as expected, or a part, are worth speaking of, however certain fewer would be."""


def verdict(one: Realised) -> Verdict:
    """How a run did, by the interval that was given for it then."""
    observed = one.observed_expected
    if observed is None or one.expected < FEWEST_EXPECTED:
        return "too_few"
    said = one.estimate
    if one.left > said.leavers.high and observed > APART:
        return "more_left"
    if one.left < said.leavers.low and observed < 1 / APART:
        return "fewer_left"
    if said.auc is not None and one.auc is not None and one.auc < said.auc.low:
        return "ranked_worse"
    return "as_expected"


def text(one: Realised) -> str:
    """The verdict in words, with the figures it rests on."""
    counts = f"{one.expected:,.1f} of {one.people:,} people were expected to leave within {one.horizon} days, {one.left:,} did"
    ranked = ""
    if one.auc is not None and one.estimate.auc is not None:
        ranked = f"; AUC {one.auc:.2f}, where {one.estimate.auc.low:.2f} to {one.estimate.auc.high:.2f} was expected"
    return f"{counts}{ranked}: {_SAID[verdict(one)]}."


_SAID: Final[dict[Verdict, str]] = {
    "as_expected": "as was said then",
    "more_left": "more than chance and the backtest's doubt allow",
    "fewer_left": "fewer than chance and the backtest's doubt allow",
    "ranked_worse": "who left was told from who stayed less well than was said",
    "too_few": "too few to judge by",
}
