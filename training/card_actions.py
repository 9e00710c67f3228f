"""What was done to keep people, as the card, the sheet and the terminal tell it, and what that does to the evidence."""

from typing import Final

from models.evidence import Evidence
from models.manifest import ActedFacts
from training.markdown import share, table
from training.splits import HEADLINE
from training.tables import said

UNKNOWN: Final = (
    "No actions were read: windows in which somebody acted to keep a person cannot be told from the others. Bring them back "
    "with the table `actions` or `--actions`."
)
_READ: Final = """\
Somebody who was likely to leave, and was kept, looks like a false alarm: where lists are worked with, the evidence gets \
worse the better that works. Nothing was left out of the fit or of the other figures for it. Who is acted on is no random \
draw, so the two lines differ by who is in them as well, and neither tells what acting does."""


def card(facts: ActedFacts | None) -> list[str]:
    """The card's section."""
    if facts is None:
        return [UNKNOWN]
    if not facts.actions:
        return ["No action was known on the training day."]
    lines = [f"- {line}" for line in [*_learned(facts), looked_back(facts)]]
    return [*lines, "", *_side_by_side(facts)]


def sheet(facts: ActedFacts | None) -> list[str]:
    """The section of the sheet of the data."""
    if facts is None:
        return ["No table of them was read."]
    return [f"- {line}" for line in _learned(facts)]


def looked_back(facts: ActedFacts) -> str:
    """How much of the look back was acted on, in a sentence."""
    return (
        f"Of {facts.judged:,} people looked back on by {HEADLINE} days, counted once an origin, {_of(facts.judged_acted, facts.judged)} "
        f"were acted on; of the {facts.high:,} in the band high or above, {_of(facts.high_acted, facts.high)}."
    )


def _learned(facts: ActedFacts) -> list[str]:
    return [
        (
            f"{facts.actions:,} days with an action of {facts.people:,} people were known on the training day. A window counts as "
            f"acted on where one lies in it, or in the {facts.before_days:,} days before it."
        ),
        (
            f"Of {facts.windows:,} windows learned from {_of(facts.acted, facts.windows)} were acted on, and of {facts.leavers:,} "
            f"people who left {_of(facts.acted_leavers, facts.leavers)} had been."
        ),
    ]


def _side_by_side(facts: ActedFacts) -> list[str]:
    if not facts.judged:
        return ["There is no out-of-time evidence to hold them against."]
    rows = [_row("all", facts.with_them), _row("without those acted on", facts.without_them)]
    head = (f"by {HEADLINE} days", "people", "left", "expected", "observed/expected", "AUC", "Brier skill")
    return [*table(head, rows), "", _READ]


def _row(name: str, one: Evidence) -> tuple[str, ...]:
    expected = "none" if one.expected is None else f"{one.expected:,.1f}"
    figures = said(one.observed_expected, 2), said(one.auc), said(one.brier_skill)
    return (name, f"{one.people:,}", f"{one.observed:,}", expected, *figures)


def _of(some: int, all_: int) -> str:
    return f"{some:,} ({share(some / all_)})" if all_ else "none"
