"""What is published with a run, in the same transaction: figures that are worked out once a night and read all day.

Each part looks at what the run saw and gives back what it will write; it is given the run's number when the run has one.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Engine

from features.company import Codes
from features.ingest import Ingested
from service.dashboard import part as dashboard
from service.monitoring import part as monitoring
from service.outcomes import night as outcomes
from service.page import published as page
from service.serving import Serving
from service.store.rows import Rows
from service.store.runs import Run, Write
from service.teams import night as teams
from service.webhooks import night as webhooks


@dataclass(frozen=True)
class Seen:
    """What a run saw and found."""

    store: Engine
    """As it was before the run."""
    data: Ingested
    """Its company's comments are read by the model's `valence`."""
    day: int
    """The as-of date: nothing recorded later may be used."""
    now: str
    """The present moment, RFC 3339 in UTC."""
    serving: Serving
    head: Run
    persons: Codes
    """Employments at risk on the day, by index."""
    rows: Rows
    """What is stored of each of them, in the same order: columns, which are also quicker to read than row by row."""
    delay_days: int = 0
    """So many days after an exit it is on record at the latest."""


PARTS: Final[Sequence[Callable[[Seen], Write]]] = (
    outcomes.part,
    page.part,
    teams.part,
    monitoring.monitored,
    dashboard.part,
    webhooks.published,
)
"""Everything that is published with a run, in this order: monitoring looks at what teams have written."""


def alongside(seen: Seen) -> list[Write]:
    """What is to be written with the run."""
    return [part(seen) for part in PARTS]
