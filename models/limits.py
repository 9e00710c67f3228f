"""What a reader must know before relying on a model, worked out from its manifest alone."""

import datetime as dt
import re
from typing import Final

from models.evidence import Evidence
from models.hazard import HORIZONS
from models.manifest import Manifest

HEADLINE: Final = 90
"""The horizon that bands go by and that is spoken of first. Unit: days."""
FEW_LEAVERS: Final = 100
"""With fewer people who left, figures move from one training to the next."""
SEASONS_DAYS: Final = 730
"""Records of fewer days hold no season twice."""
LATE: Final = 0.05
"""Exits recorded late are named above this share."""
THIN: Final = 0.5
"""A source that speaks of fewer people than this share is named."""


def limits(manifest: Manifest) -> list[str]:
    """Sentences, the gravest first; those that hold for every model last."""
    return [
        *_mode(manifest),
        *_evidence(manifest),
        *_history(manifest),
        *_sources(manifest),
        *_groups(manifest),
        "People hired lately have few records; their risks lie near what tenure says.",
        "Exits that are not the person's own choice end the observation and are never predicted.",
        "What changes for everybody at once (a new owner, a pay round) is seen only once people have left because of it.",
    ]


def _mode(manifest: Manifest) -> list[str]:
    if manifest.mode == "base_rate":
        return [
            "There is little signal: nothing known of people was shown, out of time, to tell who leaves. Nobody is ranked."
        ]
    if manifest.mode == "tenure":
        return [
            "Only time in the company was shown, out of time, to tell who leaves; two people hired together are equal."
        ]
    return []


def _evidence(manifest: Manifest) -> list[str]:
    served = {one.horizon: one for one in manifest.evidence if one.method == manifest.mode and one.origins}
    found = []
    if silent := [str(horizon) for horizon in HORIZONS if horizon not in served]:
        found.append(
            f"How good it is by {_listed(silent)} days is not known: no such window has closed since an origin."
        )
    headline = served.get(HEADLINE)
    if headline is not None and manifest.mode != "base_rate" and _near_chance(headline):
        found.append(f"By {HEADLINE} days its ranking was not shown to be better than chance.")
    if headline is not None and _no_skill(headline):
        found.append(f"By {HEADLINE} days its risks were not shown to be more accurate than the plain rate.")
    if headline is not None and headline.origins == 1:
        found.append("The evidence is of one origin: of other years it says nothing.")
    return found


def _near_chance(one: Evidence) -> bool:
    return one.auc.low is None or one.auc.low <= 0.5


def _no_skill(one: Evidence) -> bool:
    return one.brier_skill.low is None or one.brier_skill.low <= 0.0


def _history(manifest: Manifest) -> list[str]:
    training = manifest.training
    found = []
    if training.leavers < FEW_LEAVERS:
        found.append(
            f"{training.leavers:,} people who left are few to learn from; figures move from one training to the next."
        )
    days = (dt.date.fromisoformat(training.trained_to) - dt.date.fromisoformat(training.observed_from)).days
    if days < SEASONS_DAYS:
        found.append(f"{days:,} days of records hold no season twice: seasons are not learned.")
    data = manifest.data
    if data is not None and data.delay_days is not None and data.recorded_late > LATE * data.exits_known:
        found.append(
            f"{data.recorded_late:,} of {data.exits_known:,} exits were put on record after their day, nine of ten within "
            f"{data.delay_days[1]:,} days; the latest weeks hold fewer leavers than there were."
        )
    return found


def _sources(manifest: Manifest) -> list[str]:
    found = []
    fed = {"surveys", "tickets", "checkins", "signals", "team_signals"}
    if manifest.data is not None and (missing := [one for one in manifest.data.missing if one in fed]):
        found.append(f"There was no {_listed(missing, 'or')}: what such records would say is not known to it.")
    covered = [(one.table, one.coverage) for one in manifest.sources if one.table in fed and one.coverage is not None]
    words = [f"{source} of {100 * coverage:.0f} %" for source, coverage in covered if coverage < THIN]
    if words:
        found.append(f"Few people have records in some sources: {_listed(words)} of them.")
    return found


def _groups(manifest: Manifest) -> list[str]:
    audit = manifest.fairness
    if audit is None:
        return ["Fairness was not assessed: there was no table `protected`."]
    found = [f"Fairness by `{_harmless(one.column)}` was not assessed: {one.reason}." for one in audit.not_audited]
    if any(line.small or line.withheld for line in audit.lines):
        found.append("Of small groups the fairness audit can say little; that none stands out there shows nothing.")
    return found


def _listed(words: list[str], last: str = "and") -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} {last} {words[-1]}"


def _harmless(name: str) -> str:
    """A name from the data, short and with nothing in it that a page or Markdown would take for its own."""
    return re.sub(r"[^\w .-]", "?", name[:40])
