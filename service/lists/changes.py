"""What changed about a person since the run before, and which reason moved most that way."""

import math
from dataclasses import dataclass
from typing import Final

from models.telling import LOWERS, Reason
from service.lists.rises import STEADY
from service.store.runs import PublishedScore, Run

NO_LONGER: Final = "No longer: "
LESS: Final = " (weighs less than before)"


@dataclass(frozen=True)
class Change:
    """A person's risk against the run before."""

    since: str
    """Day of the run before."""
    direction: str
    """`rose`, `fell`, `steady`, or `new`: not scored in the run before."""
    risk_before: float | None
    band_before: str | None
    because: str | None
    """The reason that moved most that way, in words; None where none did or the risk is steady."""


def change(now: PublishedScore, before: PublishedScore | None, run: Run, compared: Run, column: int) -> Change:
    """How a scored person's risk moved between two runs.

    Parameters
    ----------
    compared
        The run before, in which `before` stands.
    column
        Which of the four risks is compared.
    """
    day = compared.identity.as_of
    if before is None or before.scored.risks is None or now.scored.risks is None:
        return Change(day, "new", None, None, None)
    moved = _log_odds(now.scored.risks[column]) - _log_odds(before.scored.risks[column])
    direction = "steady" if abs(moved) < STEADY else "rose" if moved > 0 else "fell"
    known = before.scored.risks[column], before.scored.band
    if direction == "steady":
        return Change(day, direction, *known, None)
    if run.identity.bundle_digest != compared.identity.bundle_digest:
        return Change(day, direction, *known, "Another model gave the risk before")
    return Change(day, direction, *known, _because(now.scored.reasons, before.scored.reasons, rose=moved > 0))


def _because(now: tuple[Reason, ...], before: tuple[Reason, ...], *, rose: bool) -> str | None:
    """The reason whose part moved most in the risk's direction; a reason that was not told counts as nothing."""
    sign = 1.0 if rose else -1.0
    was = {reason.feature: reason.contribution for reason in before}
    moved = [(sign * (one.contribution - was.get(one.feature, 0.0)), _weighed(one, rose=rose)) for one in now]
    told = {reason.feature for reason in now}
    gone = (reason for reason in before if reason.feature not in told)
    moved += [(-sign * reason.contribution, NO_LONGER + reason.text.removeprefix(LOWERS)) for reason in gone]
    most, text = max(moved, default=(0.0, ""))
    return text if most > 0 else None


def _weighed(reason: Reason, *, rose: bool) -> str:
    """The reason's words; one that pulls the other way has moved the risk by pulling less."""
    return reason.text if (reason.contribution > 0) == rose else reason.text + LESS


def _log_odds(risk: float) -> float:
    return math.log(risk) - math.log1p(-risk)
