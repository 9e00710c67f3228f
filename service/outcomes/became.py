"""What became of one scored person by a horizon.

    t            exit day 20 days later        the window of 30 days closes
    |                   |                            |
    scored              left (voluntarily), or other (any other exit)

Nobody is resolved before the window has closed, and exits that are recorded late have had their time: until then it is
`pending`, also for who has left already. Else those who leave would be known first, and lists would look better than they
are. Whoever had left on the day itself, which became known later, is `gone` and counts for nothing, and so is `unknown`:
a person whom the data lost without an exit.
"""

import datetime as dt
from dataclasses import dataclass
from typing import Final, Literal

Became = Literal["left", "other", "stayed", "gone", "unknown", "pending"]

VOLUNTARY: Final = "voluntary"
OTHER: Final = "other"
UNKNOWN: Final = "unknown"


@dataclass(frozen=True)
class Window:
    """The days after a run in which an exit counts, and the newest day that is known."""

    as_of: str
    """The run's day, YYYY-MM-DD."""
    horizon: int
    """Days."""
    delay_days: int
    """So many days after its end it is closed."""
    known_to: str
    """Day of the latest run."""

    @property
    def ends(self) -> str:
        """The last day in it."""
        return after(self.as_of, self.horizon)

    @property
    def closes(self) -> str:
        """The day on which it is closed."""
        return after(self.as_of, self.horizon + self.delay_days)

    @property
    def closed(self) -> bool:
        """Whether it is."""
        return self.closes <= self.known_to

    def became(self, exit_day: str | None, kind: str | None) -> Became:
        """What became of a person with this exit, if there is one, of the employment that was scored."""
        return became(self.as_of, self.ends, exit_day, kind) if self.closed else "pending"


def became(as_of: str, ends: str, exit_day: str | None, kind: str | None) -> Became:
    """The same by days alone, of a window that is closed.

    >>> became("2025-01-31", "2025-03-02", "2025-03-02", "voluntary")
    'left'
    >>> became("2025-01-31", "2025-03-02", "2025-01-31", "voluntary")
    'gone'
    """
    if exit_day is None or exit_day > ends:
        return "stayed"
    if kind == UNKNOWN:
        return "unknown"
    if exit_day <= as_of:
        return "gone"
    return "left" if kind == VOLUNTARY else "other"


def after(day: str, days: int) -> str:
    """The day so many days after one, both YYYY-MM-DD."""
    return str(dt.date.fromisoformat(day) + dt.timedelta(days=days))
