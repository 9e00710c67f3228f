"""What the routes of one process share."""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property

from sqlalchemy import Engine

from features.posted import Limits
from features.posted_few import Few
from features.settings import FeatureSettings
from models.bands import Bands
from service.access.callers import Callers
from service.api.cursors import Cursors
from service.audit.blocks import Blocks
from service.audit.log import AccessLog
from service.errors import NotReadyError
from service.life import Life
from service.limits import Gate, Rates
from service.metrics import Metrics
from service.page.account import Account
from service.page.attempts import Failures
from service.page.sessions import Sessions
from service.published import Published
from service.serving import Models, Serving
from service.settings import Settings
from service.store import seals


@dataclass
class Service:
    """The parts of a running service."""

    settings: Settings
    features: FeatureSettings
    bands: Bands | None
    """From `RETENTION_BANDS`; None: those of the model."""
    store: Engine
    models: Models
    metrics: Metrics
    published: Published
    callers: Callers
    log: AccessLog
    blocks: Blocks
    rates: Rates
    gate: Gate
    sessions: Sessions
    account: Account
    today: Callable[[], int]
    """The clock's day (UTC), as days since 1970."""
    wall: Callable[[], float]
    """The clock, in seconds since 1970."""
    life: Life = field(default_factory=Life)
    failures: Failures = field(default_factory=Failures)
    few: tuple[Serving, Few] | None = None
    """What reads the requests of a few people for the model that is served; only ever used in the event loop."""

    @cached_property
    def cursors(self) -> Cursors:
        """What seals where a page of a list ends."""
        return Cursors(lambda purpose: seals.key(self.store, purpose, self.log.moment()))

    @cached_property
    def limits(self) -> Limits:
        """How much one request may post."""
        return Limits(self.settings.batch_limit, self.settings.rows_limit)

    def ready(self) -> Serving:
        """The model that is served now; an answer uses one from its beginning to its end.

        Raises
        ------
        NotReadyError
            None is loaded.
        """
        if self.models.serving is None:
            raise NotReadyError(f"Not ready: {self.models.reason}.")
        return self.models.serving
